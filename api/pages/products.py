"""This file is the pages of products: the catalogue searched, one product with its codes, prices and changes."""

from __future__ import annotations

from flask import render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import bp, office, product_codes
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import class_names
from api.pages.scanned import named, named_column
from spd.catalog import Packaging, Price, Product, UnknownProduct
from spd.catalog.attributes import attributes_of, written
from spd.catalog.changes import find_product, history_of
from spd.catalog.control_classes import CONTROL_CLASSES
from spd.commitments import Standing, standings
from spd.core import clock
from spd.parties import Party, PartyKind
from spd.staff import Role, Staff
from spd.stock.finding import matching


def admission_names() -> dict[str, str]:
    """What the states of admission are called."""
    return {
        "admitted": _("admitted"),
        "temporary": _("for a time"),
        "pending": _("being decided"),
        "refused": _("not admitted"),
    }


def mode_names() -> dict[str, str]:
    """When title passes."""
    return {"on_receipt": _("on receipt"), "on_issue": _("on issue"), "on_use": _("on use")}


def control_names() -> dict[str, str]:
    """The 18 classes in the reader's language."""
    return {key: named(zh, en) for key, (zh, en) in CONTROL_CLASSES.items()}


@bp.get("/products")
def products() -> str | Response:
    """The products that match."""
    classes, admission = class_names(), admission_names()
    yes_no = [("1", _("yes")), ("0", _("no"))]
    colours = {"admitted": "ok", "temporary": "caution", "pending": "queued", "refused": "stop"}
    listing = Listing(
        name="products",
        base=select(Product.id.label("id"), Product.retired),
        columns=(
            Column("code", _("Code"), Product.code, kind="code", href=lambda row: address(row.code)),
            Column("name", _("Name"), named_column(Product)),
            Column("specification", _("Specification"), Product.specification),
            Column("attributes", _("Attributes"), Product.attributes, show=written, sortable=False),
            Column("product_class", _("Class"), Product.product_class, show=classes),
            Column("base_unit", _("Unit"), Product.base_unit),
            Column("insurance_code", _("Insurance code"), Product.insurance_code, kind="code"),
            Column("charge_code", _("Charge code"), Product.charge_code, kind="code"),
            Column("admission", _("Admission"), Product.admission, kind="pill", show=admission, colour=colours.get),
        ),
        filters=(
            Words("q", _("Search"), matching),
            Choice("product_class", _("Class"), list(classes.items()), lambda value: Product.product_class == value),
            Choice(
                "control_class", _("Control list"), list(control_names().items()),
                lambda value: Product.control_class == value,
            ),
            Choice("admission", _("Admission"), list(admission.items()), lambda value: Product.admission == value),
            Choice("lacks", _("Lacks"), list(product_codes.lacking_names().items()), product_codes.lacks),
            Choice("retired", _("Retired"), yes_no, lambda value: Product.retired == (value == "1")),
        ),
        order="code",
        tie=Product.id,
    )  # fmt: skip
    actions = (
        [{"text": _("Admission requests"), "href": url_for("pages.admissions")}] if may("pages.admissions") else []
    )
    if may("pages.commitments"):
        actions.append({"text": _("Volume commitments"), "href": url_for("pages.commitments")})
    if may("pages.agreements"):
        actions.append({"text": _("Agreements"), "href": url_for("pages.agreements")})
    if may("pages.prices"):
        actions.append({"text": _("Prices"), "href": url_for("pages.prices")})
    if may("pages.parties"):
        actions.append({"text": _("Suppliers"), "href": url_for("pages.parties")})
    if may("pages.imports_new"):
        actions.append({"text": _("Import"), "href": url_for("pages.imports_new", kind="products")})
    if is_buyer():
        actions.append(
            {"text": _("New product"), "href": url_for("pages.product_new"), "kind": "primary", "icon": "plus"}
        )
    return listed(listing, title=_("Products"), actions=actions)


@bp.get("/products/<path:code>")
def product(code: str) -> str:
    """One product."""
    return read(lambda session: page(session, code, office.blank()))


def page(session: Session, code: str, form: office.Form) -> str:
    """One product, with the form of a price as it was filled in."""
    product = get(session, code)
    today = clock.day_of(clock.now(), settings().zone)
    prices = session.execute(
        select(Price, Party)
        .join(Party, Party.id == Price.supplier_id)
        .where(Price.product_id == product.id)
        .order_by(Price.valid_from_on.desc(), Price.id.desc())
    ).all()
    history = history_of(session, product)
    people = dict(
        session.execute(select(Staff.id, Staff.name).where(Staff.id.in_({one.staff_id for one in history}))).all()
    )
    suppliers = select(Party).where(Party.kind == PartyKind.SUPPLIER, ~Party.retired).order_by(Party.code)
    packagings = session.scalars(
        select(Packaging).where(Packaging.product_id == product.id).order_by(Packaging.base_units, Packaging.code)
    ).all()
    return render_template(
        "product.html",
        product=product,
        attributes=attributes_of(product.attributes),
        packagings=packagings,
        levels=product_codes.level_names(),
        listed=product_codes.listed_codes(session, packagings),
        certificate=product_codes.facts_of(product.registration_number),
        certificates=product_codes.versions_of(session, product.registration_number),
        attribute_name=product_codes.attribute_name,
        manufacturer=session.get(Party, product.manufacturer_id) if product.manufacturer_id else None,
        prices=prices,
        history=history,
        people=people,
        commitments=_promised(session, product) if may("pages.commitments") else [],
        suppliers=[(one.code, named(one.name, one.name_en)) for one in session.scalars(suppliers)],
        form=form,
        today=today,
        may_change=is_buyer(),
        sees_prices=bool(person().roles & {Role.BUYER, Role.FINANCE, Role.AUDITOR, Role.QUALITY, Role.STOREKEEPER}),
        classes=class_names(),
        modes=mode_names(),
        admissions=admission_names(),
        controls=control_names(),
    )


def _promised(session: Session, product: Product) -> list[Standing]:
    today = clock.day_of(clock.now(), settings().zone)
    return [one for one in standings(session, on=today) if one.product == product.code]


def get(session: Session, code: str) -> Product:
    """The product with this code, retired or not. Raises: UnknownProduct."""
    found = find_product(session, code)
    if found is None:
        raise UnknownProduct(product=code)
    return found


def address(code: str) -> str:
    """Where a product's page is."""
    return url_for("pages.product", code=code)


def may(endpoint: str) -> bool:
    """Whether the reader may open a page."""
    return access.may_open(endpoint, person())


def is_buyer() -> bool:
    """Whether the reader keeps the catalogue."""
    return Role.BUYER in person().roles
