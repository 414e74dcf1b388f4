"""This file is a supplier's own pages: its day in figures, its orders, what it answers. Its own rows alone."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import read, settings, write
from api.i18n import gettext as _
from api.pages import bp, office, order_words
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.orders import notes_of, order_columns
from api.pages.report import this_month
from api.pages.scanned import named
from spd import ordering
from spd.core import clock
from spd.ordering import Answer, Order, OrderState, portal
from spd.parties import Party
from spd.places import Location


class AnswerForm(Schema):
    """What a supplier says to an order: accepted with quantities and days, or declined with a reason."""

    answer = fields.String(required=True, validate=validate.OneOf(["accept", "decline"]))
    reason = Text(load_default="", shortest=0)
    line = fields.List(fields.Integer(validate=validate.Range(1, 100_000)), load_default=list)
    quantity = fields.List(fields.Integer(validate=validate.Range(0, 10_000_000)), load_default=list)
    promised_on = fields.List(fields.String(validate=validate.Length(0, 10)), load_default=list)


def mine() -> frozenset[int]:
    """The suppliers whose rows this request may see: never all."""
    return access.suppliers() or frozenset()


def today() -> date:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def supplier_names(session: Session) -> str:
    """Whom this person acts for."""
    parties = session.scalars(select(Party).where(Party.id.in_(mine())).order_by(Party.code))
    return ", ".join(named(party.name, party.name_en) for party in parties)


@bp.get("/supplier")
def supplier() -> str:
    """The day of this supplier in figures."""

    def ask(session: Session) -> str:
        waiting = (
            select(Order)
            .where(ordering.seen_by(mine()), Order.state == OrderState.SENT, Order.answer == Answer.NONE)
            .order_by(Order.id)
        )
        return render_template(
            "supplier.html",
            names=supplier_names(session),
            standing=portal.standing(session, mine(), on=today()),
            waiting=session.scalars(waiting.limit(20)).all(),
            month=this_month(),
        )

    return read(ask)


@bp.get("/supplier/orders")
def supplier_orders() -> str | Response:
    """The orders this supplier was sent."""
    states = {name: words for name, words in order_words.state_names().items() if name not in ("draft", "submitted")}
    columns = [column for column in order_columns("pages.supplier_order") if column.key != "supplier"]
    listing = Listing(
        name="orders",
        base=select(Order.id.label("id"))
        .join(Party, Party.id == Order.supplier_id)
        .join(Location, Location.id == Order.location_id)
        .where(ordering.seen_by(mine())),
        columns=columns,
        filters=(
            Words("q", _("Search"), lambda words: Order.code.icontains(words, autoescape=True)),
            Choice("state", _("State"), list(states.items()), lambda value: ordering.progress_of() == value),
            Choice("answer", _("Your answer"), _answers(), _answered),
        ),
        order="-code",
        tie=Order.id,
    )
    return listed(listing, title=_("Your orders"), empty=_("No orders yet"), crumbs=crumbs(_("Your orders")))


def _answers() -> list[tuple[str, str]]:
    return [(name or "none", words) for name, words in order_words.answer_names().items()]


def _answered(value: str) -> Any:
    return Order.answer == ("" if value == "none" else value)


def crumbs(*trail: str, **between: str) -> list[tuple[str, str | None]]:
    """The way to a page of this supplier; `between` are pages on the way, by their endpoint."""
    way: list[tuple[str, str | None]] = [(_("For suppliers"), url_for("pages.supplier"))]
    way += [(words, url_for(f"pages.{endpoint}")) for endpoint, words in between.items()]
    return [*way, *((words, None) for words in trail)]


@bp.get("/supplier/orders/<code>")
def supplier_order(code: str) -> str:
    """One order, with what is to be answered."""
    return read(lambda session: _page(session, code, office.blank()))


@bp.post("/supplier/orders/<code>")
def supplier_answer(code: str) -> str | Response:
    """The order is accepted, with quantities and days, or declined."""
    form = office.filled(AnswerForm)
    if form.sent:
        with form.attempt():
            write(form.occasion, lambda session: _answer(session, form, code))
            office.tell(_("Your answer is recorded."))
            return redirect(url_for("pages.supplier_order", code=code))
    return read(lambda session: _page(session, code, form))


def _answer(session: Session, form: office.Form, code: str) -> Order:
    order = ordering.get_order(session, code, suppliers=mine())
    said = form.said
    if said["answer"] == "decline":
        return ordering.decline(session, form.occasion, order, reason=said["reason"])
    days = [*map(_day, said["promised_on"]), *[None] * len(said["line"])]
    confirmed = [
        ordering.Confirmed(line=line, quantity=quantity, promised_on=day)
        for line, quantity, day in zip(said["line"], said["quantity"], days, strict=False)
    ]
    return ordering.answer(session, form.occasion, order, confirmed)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(session: Session, code: str, form: office.Form) -> str:
    order = ordering.get_order(session, code, suppliers=mine())
    lines = ordering.lines_of(session, [order.id])[order.id]
    is_open = order.state == OrderState.SENT
    return render_template(
        "supplier_order.html",
        order=order,
        lines=lines,
        shown=ordering.shown_as(order, lines),
        store=session.get_one(Location, order.location_id),
        notes=notes_of(session, order),
        amount=sum(line.amount for line in lines),
        may_answer=is_open and not any(line.announced for line in lines),
        may_deliver=is_open
        and order.answer != Answer.DECLINED
        and any(line.open(order.over_percent) for line in lines),
        form=form,
        words=order_words,
        crumbs=crumbs(order.code, supplier_orders=_("Your orders")),
    )


def product_columns(name: Any, code: Any, specification: Any) -> tuple[Column, ...]:
    """The columns that name a product."""
    return (
        Column("product", _("Code"), code, kind="code"),
        Column("name", _("Product"), name),
        Column("specification", _("Specification"), specification),
    )
