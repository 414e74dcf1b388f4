"""This file is the writing of /products, and /prices: the catalogue kept over the interface."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Money, Page, Text, Write
from api.fields import Price as PriceField
from api.here import occasion, read, write_plain
from api.noun import Noun
from api.paging import paged
from api.v1.reference import ProductOut, products
from spd.catalog import Price, Product, ProductClass, SettlementMode, UnknownProduct, get_product
from spd.catalog.attributes import attributes_of, read_attributes
from spd.catalog.changes import PriceSaid, add_product, change_product, find_product, set_price
from spd.catalog.control_classes import CONTROL_CLASSES
from spd.ledger import Item
from spd.parties import Party, get_supplier

prices = Noun("prices", "What a base unit costs from a supplier, from a day on.")
_CLASSES = validate.OneOf([one.value for one in ProductClass])


class ProductChanged(Write):
    """What is to be different of a product; what is left out stays."""

    name = Text(longest=200)
    name_en = fields.String(validate=validate.Length(0, 200))
    specification = fields.String(validate=validate.Length(0, 200))
    base_unit = Text(longest=24)
    product_class = fields.String(validate=_CLASSES)
    chargeable = fields.Boolean()
    implant = fields.Boolean()
    cold_chain = fields.Boolean()
    ved = fields.String(validate=validate.OneOf(["V", "E", "D"]))
    control_class = fields.String(validate=validate.OneOf(["", *CONTROL_CLASSES]))
    attributes = fields.Dict(keys=Text(longest=80), values=fields.String(validate=validate.Length(0, 200)))
    charge_code = fields.String(validate=validate.Length(0, 40))
    insurance_code = fields.String(validate=validate.Length(0, 40))
    registration_number = fields.String(validate=validate.Length(0, 60))
    retired = fields.Boolean()


class ProductAdded(ProductChanged):
    """A new product."""

    code = Text(required=True, longest=80)
    name = Text(required=True, longest=200)
    base_unit = Text(required=True, longest=24)
    product_class = fields.String(required=True, validate=_CLASSES)


class ProductKept(ProductOut):
    """A product as it is now."""

    ved = fields.String()
    control_class = fields.String()
    attributes = fields.Function(lambda product: attributes_of(product.attributes), metadata={"type": "object"})
    admission = fields.String()
    admitted_until_on = fields.Date(allow_none=True)
    retired = fields.Boolean()


class PriceIn(Write):
    """A price from a day on."""

    product = Text(required=True, longest=80)
    supplier = Text(required=True, longest=80)
    unit_price = PriceField(required=True)
    settlement_mode = fields.String(required=True, validate=validate.OneOf([one.value for one in SettlementMode]))
    valid_from_on = fields.Date(required=True)
    valid_to_on = fields.Date(load_default=None, allow_none=True)
    agreement = fields.String(load_default="", validate=validate.Length(0, 80))


class PriceOut(Schema):
    """One price."""

    product = fields.String()
    supplier = fields.String()
    unit_price = Money()
    settlement_mode = fields.String()
    valid_from_on = fields.Date()
    valid_to_on = fields.Date(allow_none=True)
    agreement = fields.String()


class OfProduct(Page):
    """Prices of one product."""

    product = Text(required=True)


class PricesOut(Schema):
    """A page of prices."""

    prices = fields.List(fields.Nested(PriceOut))
    next = fields.Integer(allow_none=True)


def _product_said(said: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in said.items() if name not in ("request_key", "occurred_at", "code")}
    if "attributes" in known:
        known["attributes"] = read_attributes(
            "; ".join(f"{name}={value}" for name, value in known["attributes"].items())
        )
    return known


@products.post("", endpoint="add")
@products.arguments(ProductAdded)
@products.response(201, ProductKept)
def product_add(said: dict[str, Any]) -> Product:
    """Add a product to the catalogue."""
    when = occasion(said)
    return write_plain(lambda session: add_product(session, when, said["code"], _product_said(said)))


@products.patch("/<path:code>", endpoint="change")
@products.arguments(ProductChanged)
@products.response(200, ProductKept)
def product_change(said: dict[str, Any], code: str) -> Product:
    """Change or retire a product; what it was is kept. Nothing is deleted."""
    when = occasion(said)

    def act(session: Session) -> Product:
        product = find_product(session, code)
        if product is None:
            raise UnknownProduct(product=code)
        moved = session.scalar(select(Item.id).where(Item.product_id == product.id).limit(1)) is not None
        change_product(session, when, code, _product_said(said), moved=moved)
        return product

    return write_plain(act)


@prices.get("")
@prices.arguments(OfProduct, location="query")
@prices.response(200, PricesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The prices of a product, in the order they were set."""

    def ask(session: Session) -> dict[str, Any]:
        product = get_product(session, asked["product"])
        query = select(Price, Party.code).join(Party, Party.id == Price.supplier_id)
        query = query.where(Price.product_id == product.id, Price.id > asked["after"]).order_by(Price.id)
        rows = session.execute(query.limit(asked["limit"] + 1)).all()
        page = paged("prices", rows, asked["limit"], lambda row: row[0].id)
        return page | {"prices": [_price(price, product.code, supplier) for price, supplier in page["prices"]]}

    return read(ask)


@prices.post("")
@prices.arguments(PriceIn)
@prices.response(201, PriceOut)
def settle(said: dict[str, Any]) -> dict[str, Any]:
    """Set a price from a day on; earlier prices, and what was received at them, stay."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        product, supplier = get_product(session, said["product"]), get_supplier(session, said["supplier"])
        price = PriceSaid(
            supplier_id=supplier.id, supplier=supplier.name, unit_price=Decimal(said["unit_price"]),
            settlement_mode=SettlementMode(said["settlement_mode"]), valid_from_on=said["valid_from_on"],
            valid_to_on=said["valid_to_on"], agreement=said["agreement"],
        )  # fmt: skip
        return _price(set_price(session, when, product, price), product.code, supplier.code)

    return write_plain(act)


def _price(price: Price, product: str, supplier: str) -> dict[str, Any]:
    columns = ("unit_price", "settlement_mode", "valid_from_on", "valid_to_on", "agreement")
    return {"product": product, "supplier": supplier} | {name: getattr(price, name) for name in columns}
