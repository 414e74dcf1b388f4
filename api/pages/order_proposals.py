"""This file is the page of order proposals: what stores should order today and why, chosen lines ordered at one tap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import redirect, render_template, request
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, office, order_words
from api.pages.listing import Choice, Column, Listing, Words, exported, table
from api.pages.scanned import named
from spd import ordering
from spd.core import clock
from spd.ordering import Proposal


class ChosenForm(Schema):
    """The proposals chosen; each has its quantity in a field of its own."""

    chosen = fields.List(fields.String(validate=validate.Length(1, 200)), load_default=list)


@bp.get("/orders/proposals")
def orders_proposals() -> str | Response:
    """What should be ordered today."""
    return _page(office.blank())


@bp.post("/orders/proposals")
def orders_accept() -> str | Response:
    """The chosen lines become orders, one for each supplier and store, sent for approval."""
    form = office.filled(ChosenForm)
    if form.sent and (chosen := _chosen(form)):
        with form.attempt():
            orders = write(form.occasion, lambda session: ordering.accept(session, form.occasion, chosen, suppliers={}))
            codes = ", ".join(order.code for order in orders)
            office.tell(_("Orders placed and sent for approval: %(codes)s") % {"codes": codes})
            return redirect(request.full_path)
    return _page(form)


def _chosen(form: office.Form) -> dict[str, int]:
    """The chosen lines with their quantities; what cannot be read is told on the form."""
    chosen: dict[str, int] = {}
    for key in form.said["chosen"]:
        text = request.form.get(f"quantity-{key}", "").strip()
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 10_000_000):
            form.errors["chosen"] = _("%(product)s: the quantity is a whole number.") % {
                "product": key.partition(":")[2]
            }
            return {}
        chosen[key] = int(text)
    if not chosen:
        form.errors["chosen"] = _("Choose one line at least.")
    return chosen


def _today() -> date:
    return clock.day_of(clock.now(), settings().zone)


def _page(form: office.Form) -> str | Response:
    shown = _listing(read(lambda session: ordering.propose(session, on=_today(), at=clock.now())))
    if answer := exported(shown, title=_("Order proposals")):
        return answer

    def ask(session: Session) -> str:
        page = table(session, shown)
        return render_template(
            "order_proposals.html",
            list=page,
            form=form,
            words=order_words,
            may_order=may_open("pages.orders_accept", person()),
            orderable=sum(1 for one in page.rows if not one.problem),
        )

    return read(ask)


def _listing(every: Sequence[Proposal]) -> Listing:
    suppliers = sorted({(one.supplier, named(one.supplier_name, one.supplier_name_en)) for one in every})
    problems = [("no", _("can be ordered")), ("yes", _("cannot be ordered"))]
    stores = sorted({(one.location, named(one.location_name, one.location_name_en)) for one in every})
    return Listing(
        name="order_proposals",
        base=sorted(every, key=lambda one: (one.supplier, one.location, one.product)),
        columns=(
            Column("location", _("For"), kind="code"),
            Column("product", _("Code"), kind="code"),
            Column("name", _("Product")),
            Column("specification", _("Specification")),
            Column("supplier", _("Supplier"), kind="code"),
            Column("quantity", _("Order"), kind="quantity"),
            Column("base_unit", _("Unit")),
            Column("unit_price", _("Unit price"), kind="money"),
            Column("amount", _("Amount"), kind="money", total=True),
            Column("available", _("Available"), kind="quantity"),
            Column("on_order", _("On order"), kind="quantity"),
            Column("demand", _("Wards are short of"), kind="quantity"),
            Column("reorder_at", _("Order at"), kind="quantity"),
            Column("up_to", _("Up to"), kind="quantity"),
            Column("basis", _("Because of"), show=order_words.basis_names()),
            Column("lead_days", _("Days to come"), kind="quantity"),
            Column("wanted_on", _("Wanted on"), kind="day"),
            Column("problem", _("Problem"), show=order_words.problem_names()),
        ),
        filters=(
            Words("q", _("Search"), text=_text),
            Choice("location", _("For"), stores, of=lambda one: one.location),
            Choice("supplier", _("Supplier"), suppliers, of=lambda one: one.supplier),
            Choice("basis", _("Because of"), list(order_words.basis_names().items()), of=lambda one: one.basis),
            Choice("problem", _("Problem"), problems, of=lambda one: "yes" if one.problem else "no"),
        ),
    )


def _text(one: Proposal) -> str:
    return f"{one.product} {one.name} {one.name_en} {one.specification}"
