"""This file is the forms of orders: a new one, and one that asks for something else from now on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.fields import Text
from api.here import read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.scanned import named
from spd import ordering
from spd.ordering import Order, ToOrder, Wanted
from spd.parties import Party, PartyKind
from spd.places import Location, LocationKind

_ROWS, _MORE = 8, 4  # of a new order, and beyond the lines of one that is there


class OrderForm(Schema):
    """An order as it is filled in: one product and quantity for each row."""

    supplier = Text(load_default="", shortest=0)
    location = Text(load_default="", shortest=0)
    wanted_on = fields.Date(load_default=None)
    over_percent = fields.Integer(load_default=0, validate=validate.Range(0, 100))
    note = Text(load_default="", shortest=0)
    reason = Text(load_default="", shortest=0)
    product = fields.List(fields.String(validate=validate.Length(0, 80)), load_default=list)
    quantity = fields.List(fields.String(validate=validate.Length(0, 12)), load_default=list)


@bp.route("/orders/new", methods=["GET", "POST"])
def orders_new() -> str | Response:
    """An order by hand."""
    form = office.filled(OrderForm) if request.method == "POST" else office.blank()
    if form.sent and _readable(form):
        with form.attempt():
            order = write(
                form.occasion, lambda session: ordering.place(session, form.occasion, [_asked(form)], submit=True)[0]
            )
            office.tell(_("Order %(code)s is placed.") % {"code": order.code})
            return redirect(url_for("pages.orders_one", code=order.code))
    return _form_page(form, None, _ROWS)


@bp.route("/orders/<code>/amend", methods=["GET", "POST"])
def orders_amend(code: str) -> str | Response:
    """An order that is to ask for something else: a new version, approved again."""
    order, lines = read(lambda session: _found(session, code))
    form = office.filled(OrderForm) if request.method == "POST" else office.blank(_texts(order, lines))
    if form.sent and _readable(form):
        with form.attempt():
            write(form.occasion, lambda session: _amended(session, form, code))
            office.tell(_("Order %(code)s is amended: send it for approval.") % {"code": code})
            return redirect(url_for("pages.orders_one", code=code))
    return _form_page(form, order, len(lines) + _MORE)


def _found(session: Session, code: str) -> tuple[Order, list[ordering.LineProgress]]:
    order = ordering.get_order(session, code)
    return order, ordering.lines_of(session, [order.id])[order.id]


def _amended(session: Session, form: office.Form, code: str) -> Order:
    order = ordering.get_order(session, code)
    return ordering.amend(session, form.occasion, order, _asked(form), reason=form.said["reason"])


def _texts(order: Order, lines: Sequence[ordering.LineProgress]) -> dict[str, Any]:
    wanted: date | None = order.wanted_on
    return {
        "wanted_on": wanted.isoformat() if wanted else "",
        "over_percent": order.over_percent,
        "note": order.note,
        "product": [line.product for line in lines],
        "quantity": [str(line.quantity) for line in lines],
    }


def _rows(form: office.Form) -> list[tuple[str, str]]:
    """The rows somebody wrote in."""
    pairs = zip(form.said["product"], form.said["quantity"], strict=False)
    return [(product, quantity) for product, quantity in pairs if product or quantity]


def _readable(form: office.Form) -> bool:
    """Whether every row has a product and a whole number; what is wrong is told on the form."""
    for product, quantity in _rows(form):
        if not product or not (quantity.isascii() and quantity.isdigit() and int(quantity) > 0):
            form.errors["product"] = _("Row %(row)s needs a product and a whole number.") % {"row": product or quantity}
            return False
    return True


def _asked(form: office.Form) -> ToOrder:
    return ToOrder(
        supplier=form.said["supplier"],
        location=form.said["location"],
        lines=[Wanted(product=product, quantity=int(quantity)) for product, quantity in _rows(form)],
        wanted_on=form.said["wanted_on"],
        over_percent=form.said["over_percent"],
        note=form.said["note"],
    )


def _form_page(form: office.Form, order: Order | None, rows: int) -> str:
    def ask(session: Session) -> str:
        suppliers = select(Party).where(Party.kind == PartyKind.SUPPLIER, ~Party.retired).order_by(Party.code)
        stores = select(Location).where(Location.kind == LocationKind.STORE, ~Location.retired).order_by(Location.id)
        products, quantities = form.value("product", []), form.value("quantity", [])
        filled = list(zip(products, quantities, strict=False))
        return render_template(
            "order_form.html",
            form=form,
            order=order,
            rows=[*filled, *[("", "")] * (rows - len(filled))],
            suppliers=[(one.code, f"{one.code} {named(one.name, one.name_en)}") for one in session.scalars(suppliers)],
            stores=[(one.code, named(one.name, one.name_en)) for one in session.scalars(stores)],
        )

    return read(ask)
