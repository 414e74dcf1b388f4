"""Closed months answer from what was kept, the same as ever; what is chosen adds up whichever way it is told apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.orm import Session

from spd import costing, ledger
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.costing import Dimension, Filter
from spd.ledger import KeptClosing, Span, flows, numbering
from tests import build
from tests.build import Hospital

MARCH = Filter(period="2026-03")
APRIL_2 = datetime(2026, 4, 2, 2, tzinfo=UTC)


def a_march(session: Session, h: Hospital) -> list[str]:
    stents = build.stents(session, h, 3)
    build.use(session, h, stents[0])
    build.use(session, h, stents[1], encounter=h.other_stay.code)
    build.use(session, h, build.packs(session, h, 1, 10)[0], encounter=None)
    return stents


def close(session: Session, h: Hospital) -> None:
    ledger.close_period(session, build.occasion(h.keeper, at=APRIL_2), "2026-03")
    session.flush()  # what follows asks which months are closed


def test_a_closed_month_is_answered_without_reading_postings(session: Session, h: Hospital) -> None:
    a_march(session, h)
    before = costing.by_department(session, MARCH), costing.by_month(session, MARCH), costing.posted(session, MARCH)
    close(session, h)
    asked: list[str] = []
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", lambda *said: asked.append(said[2]))
    after = costing.by_department(session, MARCH), costing.by_month(session, MARCH, months=1), None
    costing.posted(session, MARCH)
    assert (after[0], after[1][0]) == (before[0], before[1][-1])
    assert costing.posted(session, MARCH) == before[2] == sum(row.total for row in before[0])
    assert not [one for one in asked if "FROM postings" in one]


@pytest.mark.parametrize("dimension", list(Dimension))
def test_the_parts_are_the_whole_by_whatever_is_asked(session: Session, h: Hospital, dimension: Dimension) -> None:
    a_march(session, h)
    whole = costing.posted(session, MARCH)
    for closed in (False, True):
        if closed:
            close(session, h)
        groups = costing.by(session, MARCH, dimension)
        assert sum((group.amount for group in groups), Decimal(0)) == whole == Decimal(17235)
        for group in groups:
            value = {"1": True, "0": False}[group.key] if dimension is Dimension.CHARGEABLE else group.key
            below = Filter(period="2026-03", **{dimension.value: value})  # type: ignore[arg-type]
            uses = costing.uses(session, below, limit=1000)
            assert sum((use.amount for use in uses), Decimal(0)) == group.amount
            assert sum((row.amount for row in costing.by_product(session, below)), Decimal(0)) == group.amount


def test_months_together_are_the_sum_of_each(session: Session, h: Hospital) -> None:
    stents = a_march(session, h)
    close(session, h)
    build.use(session, h, stents[2], occasion=build.occasion(h.nurse, at=APRIL_2))
    both = Filter(since="2026-03", period="2026-04")
    assert both.periods == ["2026-03", "2026-04"]
    (cardiology,) = costing.by_department(session, both)
    assert cardiology.total == Decimal(17235) + Decimal(8600) == costing.posted(session, both)
    assert costing.of_department_months(session, both, both.periods) == {
        (h.cardiology.id, "2026-03"): Decimal(17235), (h.cardiology.id, "2026-04"): Decimal(8600)
    }  # fmt: skip
    before = both.earlier(1)
    assert (before.since, before.period) == ("2026-02", "2026-03")


def test_a_report_as_of_an_instant_gives_what_it_gave_then(session: Session, h: Hospital) -> None:
    stents = a_march(session, h)
    then = Filter(period="2026-03", at=build.NOW)
    before = costing.by_department(session, then)
    build.use(session, h, stents[2], occasion=build.occasion(h.nurse, at=build.NOW + timedelta(minutes=1)))
    assert costing.by_department(session, then) == before
    assert costing.by_department(session, MARCH)[0].total == before[0].total + Decimal(8600)
    asked_in_april = Filter(period="2026-04", at=build.NOW)
    assert (
        costing.by_department(session, asked_in_april.earlier(1)) == before
    )  # what it is compared with is of then too
    close(session, h)
    assert costing.by_department(session, then) == before
    assert sum(row.amount for row in costing.by_product(session, then)) == before[0].total


def test_a_late_scan_under_a_number_kept_back_is_not_in_the_closed_month(session: Session, h: Hospital) -> None:
    """A process that has numbers left from before the lock writes with them after it: the month's stock stays."""
    stents = a_march(session, h)
    kept_back = _numbers_of_another_process(session, h)
    close(session, h)
    late = replace(build.occasion(h.nurse), recorded_at=APRIL_2 + timedelta(hours=1))
    kept_back()
    use = build.use(session, h, stents[2], occasion=late)
    last = session.scalars(select(KeptClosing.last_movement_id)).one()
    assert session.get_bind().dialect.name == "sqlite" or use.movement_id < last
    for month in ("2026-03", "2026-04"):
        sums: dict[str, Decimal] = {}
        for one in flows.stock(session, Span(first=month, last=month)):
            sums[one.part] = sums.get(one.part, Decimal(0)) + one.amount
        assert sum(sums.values()) == 2 * sums.get("closing", Decimal(0)), month
        assert sums["used"] == {"2026-03": -17235, "2026-04": -8600}[month]
    assert build.problems(session) == []


def _numbers_of_another_process(session: Session, h: Hospital) -> Callable[[], None]:
    """Some numbers taken and kept while others went on; what puts them back to be used next."""
    if session.get_bind().dialect.name == "sqlite":  # one act at a time: numbers follow the highest there is
        return lambda: None
    pool = numbering._pool_of(str(session.get_bind().engine.url))["movements"]
    pool.extend(session.scalars(text("SELECT nextval('movements_id_seq') FROM generate_series(1, 8)")))
    left = [pool.popleft() for _ in range(4)]
    build.gauze(session, h)
    return lambda: pool.extendleft(reversed(left))


def test_what_is_settled_lies_before_every_act_under_way(database: Database) -> None:
    with reading(database) as session:
        assert ledger.settled_at(session, build.NOW) <= build.NOW - timedelta(seconds=30)
    if database.is_sqlite:  # who writes is alone
        return
    with transaction(database) as other:
        other.execute(text("SELECT 1"))
        time.sleep(0.2)
        with reading(database) as session:
            assert ledger.settled_at(session, build.NOW) <= build.NOW - timedelta(seconds=30.2)
