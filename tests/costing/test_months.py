"""Cost month by month: as many months as asked, zero where nothing was used, the same sums as the months themselves."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from spd import costing
from tests import build
from tests.build import Hospital


def test_every_month_is_there_with_its_own_sum(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    build.use(session, h, build.packs(session, h, 1, 10)[0], encounter=None)
    months = costing.by_month(session, costing.Filter(period="2026-03"))
    assert [months[0].period, months[-1].period, len(months)] == ["2025-04", "2026-03", 12]
    whole = sum(row.total for row in costing.by_department(session, costing.Filter(period="2026-03")))
    assert [one.amount for one in months] == [Decimal(0)] * 11 + [whole]


def test_months_keep_to_what_is_chosen(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    chosen = costing.Filter(period="2026-03", department=h.surgery.code)
    assert {one.amount for one in costing.by_month(session, chosen, months=3)} == {Decimal(0)}
    mine = costing.Filter(period="2026-03", product="STENT", departments=frozenset([h.cardiology.id]))
    assert costing.by_month(session, mine, months=1)[0].amount == Decimal(8600)
