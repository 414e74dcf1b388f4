"""This file is the pages of orders: the list, one order with its lines and what came, its steps, its paper."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.headers import name_file
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office, order_paper, order_words
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named_column
from spd import ordering
from spd.core.errors import NotAllowed
from spd.ordering import Order, OrderStep, steps
from spd.parties import Party
from spd.places import Location
from spd.receiving import Delivery, DeliveryLine
from spd.staff import Role, Staff

BUYERS_STEPS = ("submit", "send", "close", "cancel")
DECISIONS = ("approve", "refuse")


class StepForm(Schema):
    """A step, and why."""

    step = fields.String(required=True, validate=validate.OneOf([*BUYERS_STEPS, *DECISIONS]))
    reason = Text(load_default="", shortest=0)


@bp.get("/orders")
def orders() -> str | Response:
    """The orders that match."""
    names = order_words.state_names()
    actions = [{"text": _("Proposals"), "href": url_for("pages.orders_proposals"), "icon": "chart"}]
    if may_open("pages.orders_new", person()):
        actions.append({"text": _("New order"), "href": url_for("pages.orders_new"), "icon": "plus", "kind": "primary"})
    if may_open("pages.orders_notes", person()):
        actions.append({"text": _("Delivery notes"), "href": url_for("pages.orders_notes"), "icon": "receive"})
    listing = Listing(
        name="orders",
        base=select(Order.id.label("id"))
        .join(Party, Party.id == Order.supplier_id)
        .join(Location, Location.id == Order.location_id),
        columns=order_columns("pages.orders_one"),
        filters=(
            Words("q", _("Search"), _matching),
            Choice("state", _("State"), list(names.items()), lambda value: ordering.progress_of() == value),
            Choice(
                "answer", _("Supplier's answer"), list(order_words.answer_names().items())[1:],
                lambda value: Order.answer == value,
            ),
            DayFrom("wanted", _("Wanted until"), lambda day: Order.wanted_on <= day),
        ),
        order="-code",
        tie=Order.id,
    )  # fmt: skip
    return listed(listing, title=_("Orders"), empty=_("No orders yet"), actions=actions)


def order_columns(page: str) -> tuple[Column, ...]:
    """The columns of a list of orders; `page` shows one."""
    names, answers = order_words.state_names(), order_words.answer_names()
    return (
        Column("code", _("Order"), Order.code, kind="code", href=lambda row: url_for(page, code=row.code)),
        Column("supplier", _("Supplier"), named_column(Party)),
        Column("location", _("For"), named_column(Location)),
        Column(
            "state", _("State"), ordering.progress_of(), kind="pill", show=names, colour=order_words.STATE_COLOURS.get
        ),
        Column(
            "answer", _("Supplier's answer"), Order.answer, kind="pill", show=answers,
            colour=order_words.ANSWER_COLOURS.get,
        ),
        Column("amount", _("Amount"), ordering.amount_of(), kind="money", total=True),
        Column("wanted_on", _("Wanted on"), Order.wanted_on, kind="day"),
        Column("placed_at", _("Placed"), Order.placed_at, kind="instant"),
    )  # fmt: skip


def _matching(words: str) -> Any:
    columns = (Order.code, Party.name, Party.name_en, Party.code)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


@bp.get("/orders/<code>")
def orders_one(code: str) -> str:
    """One order."""
    return read(lambda session: _page(session, code, office.blank()))


@bp.post("/orders/<code>/step")
def orders_step(code: str) -> str | Response:
    """A step is taken with an order."""
    form = office.filled(StepForm)
    if form.sent:
        if form.said["step"] not in DECISIONS and Role.BUYER not in person().roles:
            raise NotAllowed()
        with form.attempt():
            write(form.occasion, lambda session: _taken(session, form, code))
            office.tell(_("Done."))
            return redirect(url_for("pages.orders_one", code=code))
    return read(lambda session: _page(session, code, form))


def _taken(session: Session, form: office.Form, code: str) -> Order:
    order = ordering.get_order(session, code)
    return ordering.decide(session, form.occasion, order, form.said["step"], reason=form.said["reason"])


@bp.get("/orders/<code>/order.pdf")
def orders_paper(code: str) -> Response:
    """The order on A4, to print or to send."""

    def ask(session: Session) -> bytes:
        order = ordering.get_order(session, code)
        lines = ordering.lines_of(session, [order.id])[order.id]
        supplier, store = session.get_one(Party, order.supplier_id), session.get_one(Location, order.location_id)
        return order_paper.pdf(order, lines, supplier, store)

    response = Response(read(ask), content_type="application/pdf")
    name_file(response, f"{code}.pdf", shown=True)
    return response


def _page(session: Session, code: str, form: office.Form) -> str:
    order = ordering.get_order(session, code)
    lines = ordering.lines_of(session, [order.id])[order.id]
    taken = (
        select(OrderStep, Staff.name)
        .join(Staff, Staff.id == OrderStep.staff_id)
        .where(OrderStep.order_id == order.id)
        .order_by(OrderStep.id)
    )
    me = person()
    buys = Role.BUYER in me.roles
    decides = may_open("pages.orders_step", me)
    open_steps = [
        step
        for step in (*DECISIONS, *BUYERS_STEPS)
        if steps.may(order.state, step) and (buys if step in BUYERS_STEPS else decides)
    ]
    return render_template(
        "order.html",
        order=order,
        shown=ordering.shown_as(order, lines),
        lines=lines,
        steps=session.execute(taken).all(),
        notes=notes_of(session, order),
        supplier=session.get_one(Party, order.supplier_id),
        store=session.get_one(Location, order.location_id),
        amount=sum(line.amount for line in lines),
        open_steps=open_steps,
        may_amend=buys and steps.may(order.state, "amend"),
        form=form,
        words=order_words,
        fresh=request.method == "GET",
    )


def notes_of(session: Session, order: Order) -> list[Delivery]:
    """The delivery notes that fulfil an order, newest first."""
    lines = (
        select(DeliveryLine.delivery_id)
        .join(ordering.OrderLine, ordering.OrderLine.id == DeliveryLine.order_line_id)
        .where(ordering.OrderLine.order_id == order.id)
    )
    return list(session.scalars(select(Delivery).where(Delivery.id.in_(lines)).order_by(Delivery.id.desc())))
