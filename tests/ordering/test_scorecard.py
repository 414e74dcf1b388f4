"""A supplier's scorecard: fill, lead time, returns and prices of some days, each from what happened in them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd import donation, receiving
from spd.core.columns import worth
from spd.ledger import Item, Movement
from spd.ordering.scorecard import CardDays, Scorecard, permille, scorecards
from spd.ordering.scorecard_lines import CardPart, goods_on_card, matches_on_card, orders_on_card
from spd.settlement.invoices import InvoiceMatch
from tests import build
from tests.accounting.test_table import gift
from tests.build import Hospital
from tests.ordering import given
from tests.settlement import bills
from tests.theatre import lending

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def of_gauze(session: Session, since: date = MARCH[0], until: date = MARCH[1]) -> Scorecard | None:
    return {one.supplier: one for one in scorecards(session, since, until)}.get("SUP-GAUZE")


def opened(session: Session, h: Hospital) -> dict[CardPart, list[Any]]:
    """What each figure of the card counts; what it says is what its lines come to."""
    days, card = CardDays(since=MARCH[0], until=MARCH[1], at=None), of_gauze(session)
    assert card is not None
    orders = orders_on_card(session, days, h.gauzes)
    came = sum(one.came for one in orders)
    assert (len(orders), permille(came, sum(one.ordered for one in orders))) == (card.orders, card.fill_permille)
    found: dict[CardPart, list[Any]] = {CardPart.ORDERS: orders}
    for part, amount in ((CardPart.RECEIVED, card.received), (CardPart.RETURNED, card.returned)):
        goods = goods_on_card(days, h.gauzes, part)[0].add_columns(worth(Movement.quantity, Item.unit_price))
        found[part] = list(session.scalars(goods))
        assert sum(found[part]) == amount
    for part, count in ((CardPart.BILLED, card.billed_lines), (CardPart.DIFFERING, card.differing_lines)):
        lines = matches_on_card(days, h.gauzes, part).add_columns(InvoiceMatch.billed - InvoiceMatch.accrued)
        found[part] = list(session.scalars(lines))
        assert (len(found[part]), sum(found[part])) == (count, card.difference)
    return found


def test_it_tells_what_came_of_what_was_ordered_and_how_soon(session: Session, h: Hospital) -> None:
    b = given.buying(session, h)
    order = given.sent(session, b, ("GAUZE", 100))
    given.sent(session, b, ("GAUZE", 100))
    note = given.noted(session, b, order, ("GAUZE", 100))
    given.came(session, b, note, 60)
    card = of_gauze(session)
    assert card is not None
    assert (card.orders, card.fill_permille, card.lead_days) == (2, 300, 0)
    assert (card.received, card.returned, card.returned_permille) == (60 * Decimal("3.5"), 0, 0)
    assert [(one.came, one.lead_days) for one in opened(session, h)[CardPart.ORDERS]] == [(60, 0), (0, None)]
    assert of_gauze(session, date(2026, 4, 1), date(2026, 4, 30)) is None


def test_it_tells_what_invoices_said_of_prices(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    one = bills.matched(
        session,
        bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 50, "3.60"), bills.line("GAUZE", 50, "3.50")),
    )
    before = of_gauze(session)
    bills.booked(session, one, reason="new price")
    card = of_gauze(session)
    assert before is not None
    assert card is not None
    assert (before.billed_lines, before.difference) == (0, 0)
    assert (card.billed_lines, card.differing_lines) == (2, 1)
    assert card.difference == 5
    assert (card.fill_permille, card.lead_days, card.received) == (None, None, 350)
    assert opened(session, h)[CardPart.DIFFERING] == [5]


def test_it_is_as_it_was_known_at_an_instant(session: Session, h: Hospital) -> None:
    b = given.buying(session, h)
    order = given.sent(session, b, ("GAUZE", 100))
    note = given.noted(session, b, order, ("GAUZE", 100))
    sent = {one.supplier: one for one in scorecards(session, *MARCH, build.NOW)}["SUP-GAUZE"]
    assert (sent.fill_permille, sent.received, sent.billed_lines) == (0, 0, 0)
    later = build.NOW + timedelta(hours=1)
    arrival = receiving.Arrived(scan=build.scan(build.GAUZE_DI, lot="L1"), count=50)
    receiving.receive(
        session,
        receiving.Delivered(
            occasion=build.occasion(h.keeper, at=later), delivery=note.code, location=h.store.code, arrivals=[arrival]
        ),
    )
    one = bills.matched(session, bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 50, "3.60")))
    bills.booked(session, one, reason="new price", at=later + timedelta(hours=1))
    assert {one.supplier: one for one in scorecards(session, *MARCH, build.NOW)}["SUP-GAUZE"] == sent
    came = {one.supplier: one for one in scorecards(session, *MARCH, later)}["SUP-GAUZE"]
    assert (came.fill_permille, came.received, came.billed_lines) == (500, 175, 0)
    now = of_gauze(session)
    assert now is not None
    assert (now.billed_lines, now.difference) == (1, 5)
    assert {one.supplier: one for one in scorecards(session, *MARCH, later + 2 * timedelta(hours=1))}[
        "SUP-GAUZE"
    ] == now


def test_lead_time_is_counted_in_days_of_the_hospital(session: Session, h: Hospital) -> None:
    b = given.buying(session, h)
    order = given.sent(session, b, ("GAUZE", 50))
    note = given.noted(session, b, order, ("GAUZE", 50))
    said = receiving.Delivered(
        occasion=build.occasion(h.keeper, at=build.NOW + timedelta(days=4)),
        delivery=note.code,
        location=h.store.code,
        arrivals=[receiving.Arrived(scan=build.scan(build.GAUZE_DI, lot="L1"), count=50)],
    )
    receiving.receive(session, said)
    card = of_gauze(session)
    assert card is not None
    assert (card.fill_permille, card.lead_days) == (1000, 4)


def test_gifts_and_sets_that_are_lent_are_no_deliveries(session: Session, h: Hospital) -> None:
    donation.decide(session, build.occasion(h.nurse), donation.record(session, gift(h)).code, takes=True)
    loaned = lending.came(session, h, lending.listed(session, h))
    lending.went(session, h, loaned, lending.screws(10), lending.stent())
    assert scorecards(session, *MARCH) == []
    build.gauze(session, h)
    assert [(one.supplier, one.received) for one in scorecards(session, *MARCH)] == [("SUP-GAUZE", 175)]
