"""Money that a document puts on a department is cost like any other: every way to tell cost apart comes to the same."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from spd import costing
from spd.costing import Dimension, Filter
from tests import build
from tests.build import Hospital
from tests.settlement.bills import booked, entered, line, matched

MONTH = "2026-03"


def differing(session: Session, h: Hospital) -> Decimal:
    """A stent used and then billed for a hundred yuan more; the difference."""
    build.use(session, h, build.stents(session, h)[0])
    bill = matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8700")))
    booked(session, bill, reason="new price", at=build.NOW + timedelta(minutes=5))
    return Decimal(100)


def test_a_price_difference_is_in_every_report_of_cost(session: Session, h: Hospital) -> None:
    differing(session, h)
    said = Filter(period=MONTH)
    total = sum(row.total for row in costing.by_department(session, said))
    assert total == Decimal(8700)
    assert sum(row.amount for row in costing.by_product(session, said)) == total
    assert sum(row.amount for row in costing.uses(session, said)) == total
    for dimension in Dimension:
        assert sum(group.amount for group in costing.by(session, said, dimension)) == total, dimension


def test_its_row_names_the_document_and_no_movement(session: Session, h: Hospital) -> None:
    difference = differing(session, h)
    row = next(row for row in costing.uses(session, Filter(period=MONTH)) if row.movement_id is None)
    assert (row.amount, row.quantity, row.lot, row.product) == (difference, 0, "", "STENT")
    assert row.item
    (_use, _difference) = costing.uses(session, Filter(period=MONTH))
    again = Filter(period=MONTH, at=build.NOW)
    assert sum(one.amount for one in costing.uses(session, again)) == Decimal(8600)


def test_of_a_product_it_adds_cost_and_no_quantity(session: Session, h: Hospital) -> None:
    differing(session, h)
    (stent,) = costing.by_product(session, Filter(period=MONTH))
    assert (stent.quantity, stent.amount) == (1, Decimal(8700))
