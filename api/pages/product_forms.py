"""This file is the forms of products: a new one, one changed or retired, a price from a day on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request
from marshmallow import Schema, fields, validate
from sqlalchemy import exists, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.fields import Price as PriceField
from api.fields import Text
from api.here import read, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.products import address, control_names, get, page
from api.pages.report import class_names
from api.pages.scanned import named
from spd.catalog import Price, Product, ProductClass, SettlementMode
from spd.catalog.attributes import read_attributes, written
from spd.catalog.changes import PriceSaid, add_product, change_product, set_price
from spd.catalog.control_classes import CONTROL_CLASSES
from spd.ledger import Item
from spd.parties import Party, PartyKind, get_supplier


class ProductForm(Schema):
    """A product as it is filled in."""

    code = Text(required=True, longest=80)
    name = Text(required=True, longest=200)
    name_en = Text(load_default="", longest=200)
    specification = Text(load_default="", longest=200)
    base_unit = Text(required=True, longest=24)
    product_class = fields.String(required=True, validate=validate.OneOf([one.value for one in ProductClass]))
    chargeable = fields.Boolean(load_default=False)
    implant = fields.Boolean(load_default=False)
    cold_chain = fields.Boolean(load_default=False)
    ved = fields.String(load_default="E", validate=validate.OneOf(["V", "E", "D"]))
    control_class = fields.String(load_default="", validate=validate.OneOf(["", *CONTROL_CLASSES]))
    attributes = Text(load_default="", longest=1000)
    charge_code = Text(load_default="", longest=40)
    insurance_code = Text(load_default="", longest=40)
    registration_number = Text(load_default="", longest=60)
    manufacturer = Text(load_default="", longest=80)


class PriceForm(Schema):
    """A price from a day on."""

    supplier = Text(required=True, longest=80)
    unit_price = PriceField(required=True)
    settlement_mode = fields.String(required=True, validate=validate.OneOf([one.value for one in SettlementMode]))
    valid_from_on = fields.Date(required=True)
    valid_to_on = fields.Date(load_default=None)
    agreement = Text(load_default="", longest=80)


@bp.route("/products/new", methods=["GET", "POST"])
def product_new() -> str | Response:
    """A new product."""
    form = office.filled(ProductForm) if request.method == "POST" else office.blank({"ved": "E"})
    if form.sent:
        with form.attempt():
            made = write_plain(lambda session: add_product(session, form.occasion, *_said(session, form)))
            office.tell(_("%(name)s is in the catalogue.") % {"name": made.name})
            return redirect(address(made.code))
    return _form_page(form, None)


@bp.route("/products/<path:code>/change", methods=["GET", "POST"])
def product_change(code: str) -> str | Response:
    """A product changed; what it was is kept."""
    product = read(lambda session: get(session, code))
    form = office.filled(ProductForm) if request.method == "POST" else office.blank(_texts(product))
    if form.sent:
        with form.attempt():
            changed = write_plain(lambda session: _change(session, form, product))
            office.tell(_("Changed.") if changed else _("Nothing was different."))
            return redirect(address(code))
    return _form_page(form, product)


@bp.post("/products/<path:code>/retire")
def product_retire(code: str) -> Response:
    """A product retired, or taken back into the catalogue; nothing is deleted."""
    form = office.filled(Schema)
    retired = request.form.get("retired") == "1"
    write_plain(lambda session: change_product(session, form.occasion, code, {"retired": retired}, moved=False))
    office.tell(_("Retired.") if retired else _("It is in the catalogue again."))
    return redirect(address(code))


@bp.post("/products/<path:code>/prices")
def product_price(code: str) -> str | Response:
    """A price from a day on."""
    form = office.filled(PriceForm)
    if form.sent:
        with form.attempt():
            write_plain(lambda session: _set_price(session, form, code))
            office.tell(_("The price is set."))
            return redirect(address(code))
    return read(lambda session: page(session, code, form))


def _form_page(form: office.Form, product: Product | None) -> str:
    makers = read(
        lambda session: session.execute(
            select(Party.code, Party.name, Party.name_en)
            .where(Party.kind == PartyKind.MANUFACTURER, ~Party.retired)
            .order_by(Party.code)
        ).all()
    )
    return render_template(
        "product_form.html",
        form=form,
        product=product,
        classes=list(class_names().items()),
        controls=[("", "–"), *control_names().items()],
        makers=[("", "–"), *((code, named(name, name_en)) for code, name, name_en in makers)],
        veds=[("V", _("V · vital")), ("E", _("E · essential")), ("D", _("D · desirable"))],
    )


def _said(session: Session, form: office.Form) -> tuple[str, dict[str, Any]]:
    """The code, and what the form says of the product. Raises: BadAttributes, UnknownSupplier."""
    said = dict(form.said)
    code, maker = said.pop("code"), said.pop("manufacturer")
    found = session.scalars(
        select(Party).where(Party.code == maker, Party.kind == PartyKind.MANUFACTURER)
    ).one_or_none()
    return code, said | {
        "attributes": read_attributes(said["attributes"]),
        "manufacturer_id": found.id if found else None,
    }


def _change(session: Session, form: office.Form, product: Product) -> dict[str, tuple[str, str]]:
    _code, said = _said(session, form)
    moved = session.scalar(select(exists().where(Item.product_id == product.id))) or False
    return change_product(session, form.occasion, product.code, said, moved=moved)


def _set_price(session: Session, form: office.Form, code: str) -> Price:
    said = dict(form.said)
    supplier = get_supplier(session, said.pop("supplier"))
    price = PriceSaid(
        supplier_id=supplier.id,
        supplier=supplier.name,
        unit_price=Decimal(said["unit_price"]),
        settlement_mode=SettlementMode(said["settlement_mode"]),
        valid_from_on=said["valid_from_on"],
        valid_to_on=said["valid_to_on"],
        agreement=said["agreement"],
    )
    return set_price(session, form.occasion, get(session, code), price)


def _texts(product: Product) -> dict[str, Any]:
    """What stands in the form of a product."""
    texts = {name: getattr(product, name) for name in ProductForm().fields if hasattr(product, name)}
    maker = read(lambda session: session.get(Party, product.manufacturer_id)) if product.manufacturer_id else None
    return texts | {"attributes": written(product.attributes), "manufacturer": maker.code if maker else ""}
