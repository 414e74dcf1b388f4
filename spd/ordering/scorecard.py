"""This file is a supplier's scorecard: what came of what was ordered, how soon, what went back, what prices did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, Select, and_, exists, func, select, true, type_coerce
from sqlalchemy.orm import Session, aliased

from spd.core.columns import Scaled, worth
from spd.core.money import ZERO
from spd.ledger import Item, Movement, MovementKind
from spd.ordering.models import Order, OrderLine, OrderStep
from spd.ordering.progress import lines_of
from spd.parties import parties_at
from spd.places import End
from spd.receiving import DeliveryLine
from spd.settlement.invoices import Invoice, InvoiceLine, InvoiceMatch, InvoiceStep
from spd.stock.loaned import LOANER

_AT_ONCE = 500
HALF_A_CENT = Decimal("0.005")
"""A price that differs by no more is the same."""
_DELIVERED = and_(Item.receipt_line_id.is_not(None), Item.settlement_mode != LOANER)
"""Not gifts, opening stock or sets that are only lent: they say nothing about what a supplier delivers."""
CAME_IN: ColumnElement[bool] = and_(_DELIVERED, Movement.kind == MovementKind.RECEIVE)
WENT_BACK: ColumnElement[bool] = and_(_DELIVERED, Movement.to_location_id == End.SUPPLIER)


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """One supplier over some days. Rates are thousandths; None where there is nothing to reckon them from."""

    supplier: str
    name: str
    name_en: str
    orders: int
    """Sent in these days."""
    fill_permille: int | None
    """Of the base units of these orders, how many have come; more than was ordered counts as what was ordered."""
    lead_days: Decimal | None
    """From an order's being sent to the first of it that came: the mean of the orders of which something came."""
    received: Decimal
    """Worth of what was delivered in these days, from orders or without."""
    returned: Decimal
    """Worth of what of deliveries went back in these days."""
    returned_permille: int | None
    billed_lines: int
    """Matches of invoices that came in these days."""
    differing_lines: int
    """Those whose price is another than was accrued, beyond half a cent."""
    difference: Decimal
    """What was billed above what was accrued; below zero where it was less."""


@dataclass(frozen=True, kw_only=True)
class CardDays:
    """The days a card is of, as they were known at an instant; None is now."""

    since: date
    until: date
    at: datetime | None

    def known(self, recorded: Any) -> ColumnElement[bool]:
        """Whether something was recorded by then."""
        return true() if self.at is None else recorded <= self.at

    def within(self, day: Any) -> ColumnElement[bool]:
        """Whether a day is one of these."""
        return cast(ColumnElement[bool], day.between(self.since, self.until))


def scorecards(session: Session, since: date, until: date, at: datetime | None = None) -> list[Scorecard]:
    """Every supplier that had an order sent, goods come or gone, or an invoice in these days, by its code; by what is
    recorded, or was at an instant."""
    days = CardDays(since=since, until=until, at=at)
    sent = orders_sent(session, days)
    came, back = _moved(session, days, CAME_IN), _moved(session, days, WENT_BACK)
    billed = _billed(session, days)
    come, leads = filled(session, sent, at), lead_times(session, sent, days)
    found = []
    parties = {supplier for supplier, _ in sent.values()} | came.keys() | back.keys() | billed.keys()
    known = parties_at(at)
    query = select(known.id, known.code, known.name, known.name_en).where(known.id.in_(parties))
    for party in session.execute(query.order_by(known.code)):
        mine = [order for order, (supplier, _) in sent.items() if supplier == party.id]
        ordered, received = (sum(come[order][part] for order in mine) for part in (0, 1))
        took = [leads[order] for order in mine if order in leads]
        worth_in, worth_back = came.get(party.id, ZERO), back.get(party.id, ZERO)
        lines, differing, difference = billed.get(party.id, (0, 0, ZERO))
        found.append(
            Scorecard(
                supplier=party.code, name=party.name, name_en=party.name_en, orders=len(mine),
                fill_permille=permille(received, ordered),
                lead_days=(Decimal(sum(took)) / len(took)).quantize(Decimal("0.1")) if took else None,
                received=worth_in, returned=worth_back, returned_permille=permille(worth_back, worth_in),
                billed_lines=lines, differing_lines=differing, difference=difference,
            )
        )  # fmt: skip
    return found


def permille(part: int | Decimal, whole: int | Decimal) -> int | None:
    """How many thousandths of the whole a part is; None of nothing."""
    return None if not whole else int((Decimal(part) * 1000 / Decimal(whole)).to_integral_value())


def orders_sent(session: Session, days: CardDays) -> dict[int, tuple[int, date]]:
    """(supplier, day first sent) of the orders sent in these days."""
    query = (
        select(OrderStep.order_id, Order.supplier_id, func.min(OrderStep.day_on))
        .join(Order, Order.id == OrderStep.order_id)
        .where(OrderStep.step == "send", days.known(OrderStep.done_at))
        .group_by(OrderStep.order_id, Order.supplier_id)
        .having(days.within(func.min(OrderStep.day_on)))
    )
    return {order: (supplier, day) for order, supplier, day in session.execute(query)}


def filled(session: Session, sent: dict[int, Any], at: datetime | None) -> dict[int, tuple[int, int]]:
    """(ordered, come) of each order, in base units."""
    found: dict[int, tuple[int, int]] = {}
    for part in _parts(sent):
        for order, lines in lines_of(session, part, at=at).items():
            ordered = sum(line.quantity for line in lines)
            found[order] = (ordered, sum(min(line.received, line.quantity) for line in lines))
    return found


def lead_times(session: Session, sent: dict[int, tuple[int, date]], days: CardDays) -> dict[int, int]:
    """Days from being sent to the first of it that came, of the orders of which something came."""
    found: dict[int, int] = {}
    for part in _parts(sent):
        query = (
            select(OrderLine.order_id, func.min(Movement.day_on))
            .join(DeliveryLine, DeliveryLine.order_line_id == OrderLine.id)
            .join(Item, Item.receipt_line_id == DeliveryLine.id)
            .join(Movement, (Movement.item_id == Item.id) & (Movement.kind == MovementKind.RECEIVE))
            .where(OrderLine.order_id.in_(part), days.known(Movement.recorded_at))
            .group_by(OrderLine.order_id)
        )
        for order, day in session.execute(query):
            found[order] = (day - sent[order][1]).days
    return found


def _parts(sent: dict[int, Any]) -> Sequence[list[int]]:
    orders = sorted(sent)
    return [orders[start : start + _AT_ONCE] for start in range(0, len(orders), _AT_ONCE)]


def _moved(session: Session, days: CardDays, condition: Any) -> dict[int, Decimal]:
    """Worth, at the price they came in at, of the goods of each supplier that moved so in these days."""
    value = type_coerce(func.sum(type_coerce(worth(Movement.quantity, Item.unit_price), BigInteger)), Scaled())
    query = moved(days, condition).add_columns(Item.supplier_id, value).group_by(Item.supplier_id)
    return dict(session.execute(query).all())


def moved(days: CardDays, condition: ColumnElement[bool]) -> Select[Any]:
    """The movements with their items that went so in these days."""
    of = select().select_from(Movement).join(Item, Item.id == Movement.item_id)
    return of.where(days.within(Movement.day_on), condition, days.known(Movement.recorded_at))


_UNDOING = aliased(InvoiceMatch)


def matches(days: CardDays) -> Select[Any]:
    """The matches, with their lines and invoices, of booked invoices that came in these days, that stood."""
    undone = exists().where(_UNDOING.undoes_id == InvoiceMatch.id, days.known(_UNDOING.matched_at))
    booked = exists().where(
        InvoiceStep.invoice_id == Invoice.id, InvoiceStep.step == "book", days.known(InvoiceStep.done_at)
    )
    return (
        select()
        .select_from(Invoice)
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .join(InvoiceMatch, InvoiceMatch.line_id == InvoiceLine.id)
        .where(
            days.within(Invoice.received_on), booked, days.known(InvoiceMatch.matched_at),
            InvoiceMatch.undoes_id.is_(None), ~undone,
        )
    )  # fmt: skip


def _billed(session: Session, days: CardDays) -> dict[int, tuple[int, int, Decimal]]:
    """(matches, those that differ, difference) of the invoices of each supplier that came in these days."""
    query = matches(days).add_columns(Invoice.supplier_id, InvoiceMatch.billed, InvoiceMatch.accrued)
    found: dict[int, tuple[int, int, Decimal]] = {}
    for supplier, billed, accrued in session.execute(query.execution_options(yield_per=4000)):
        lines, differing, total = found.get(supplier, (0, 0, ZERO))
        differs = abs(billed - accrued) > HALF_A_CENT
        found[supplier] = (lines + 1, differing + differs, total + billed - accrued)
    return found
