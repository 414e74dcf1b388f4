"""This file is /products, /suppliers, /departments and /locations: what there is."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api.fields import Page, Text
from api.here import read
from api.noun import Noun
from api.paging import paged
from spd.catalog import Packaging, Product, get_product
from spd.parties import Party, PartyKind
from spd.places import INSIDE, Department, Location

products = Noun("products", "What can be stocked.")
suppliers = Noun("suppliers", "Who supplies.")
departments = Noun("departments", "Who bears cost.")
locations = Noun("locations", "Where things are.")


class Search(Page):
    """Which products: by part of the name, the code, the specification, or pinyin initials."""

    q = Text()


class ProductOut(Schema):
    """One product."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    product_class = fields.String()
    chargeable = fields.Boolean()
    implant = fields.Boolean()
    cold_chain = fields.Boolean()
    charge_code = fields.String()
    insurance_code = fields.String()
    registration_number = fields.String()


class PackagingOut(Schema):
    """One trade unit of a product."""

    code = fields.String()
    issuer = fields.String()
    level = fields.String()
    base_units = fields.Integer()


class ProductsOut(Schema):
    """A page of products."""

    products = fields.List(fields.Nested(ProductOut))
    next = fields.Integer(allow_none=True)


class ProductWhole(ProductOut):
    """One product with its packagings."""

    packagings = fields.List(fields.Nested(PackagingOut))


class PlaceOut(Schema):
    """One department, location or supplier."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()


class DepartmentOut(PlaceOut):
    """One department."""

    cost_class = fields.String()
    campus = fields.String()


class LocationOut(PlaceOut):
    """One location."""

    label = fields.String(allow_none=True)
    kind = fields.String()
    department = fields.String(allow_none=True)


@products.get("")
@products.arguments(Search, location="query")
@products.response(200, ProductsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The products, in the order they were added."""
    query = select(Product).where(Product.id > asked["after"], ~Product.retired).order_by(Product.id)
    if "q" in asked:
        part = asked["q"].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = (Product.name, Product.name_en, Product.code, Product.specification)
        like = [column.ilike(f"%{part}%", escape="\\") for column in columns]
        query = query.where(or_(*like, Product.initials.like(f"{part.upper()}%", escape="\\")))
    rows = read(lambda session: list(session.scalars(query.limit(asked["limit"] + 1))))
    return paged("products", rows, asked["limit"], lambda row: row.id)


@products.get("/<path:code>")
@products.response(200, ProductWhole)
def show(code: str) -> dict[str, Any]:
    """One product with its packagings."""

    def ask(session: Session) -> dict[str, Any]:
        product = get_product(session, code)
        held = select(Packaging).where(Packaging.product_id == product.id).order_by(Packaging.base_units)
        columns = {column.key: getattr(product, column.key) for column in Product.__table__.columns}
        return columns | {"packagings": list(session.scalars(held))}

    return read(ask)


@suppliers.get("", endpoint="listing")
@suppliers.response(200, PlaceOut(many=True))
def suppliers_listing() -> list[Party]:
    """The suppliers, by code."""
    query = select(Party).where(Party.kind == PartyKind.SUPPLIER, ~Party.retired).order_by(Party.code)
    return read(lambda session: list(session.scalars(query)))


@departments.get("", endpoint="listing")
@departments.response(200, DepartmentOut(many=True))
def departments_listing() -> list[Department]:
    """The departments, by code."""
    return read(
        lambda session: list(session.scalars(select(Department).where(~Department.retired).order_by(Department.code)))
    )


@locations.get("", endpoint="listing")
@locations.response(200, LocationOut(many=True))
def locations_listing() -> list[dict[str, Any]]:
    """The locations inside the hospital, by code."""
    query = (
        select(
            Location.code,
            Location.name,
            Location.name_en,
            Location.label,
            Location.kind,
            Department.code.label("department"),
        )
        .outerjoin(Department, Department.id == Location.department_id)
        .where(Location.kind.in_(INSIDE), ~Location.retired)
        .order_by(Location.code)
    )
    return read(lambda session: [row._asdict() for row in session.execute(query)])
