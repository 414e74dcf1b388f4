"""Figures of a month that was locked are kept by the worker, once for each lock."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from spd import costing, indicators, ledger
from spd.core import kept_figures
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.costing import kept_groups
from spd.jobs.figures import keep_locked
from spd.jobs.reviews import look_locked
from spd.reviewing import UsageReview
from tests import build
from tests.costing.given import cases_costed
from tests.costing.test_groups import ZONE, asked
from tests.indicators.test_indicators import span

APRIL = build.NOW + timedelta(days=40)


def kept(database: Database, at: datetime = APRIL) -> int:
    return keep_locked(database, now=lambda: at, zone=ZONE)


def test_a_locked_month_is_looked_at_once_for_what_stands_out(database: Database) -> None:
    def look(days: int = 0) -> bool:
        return look_locked(database, now=lambda: APRIL + timedelta(days=days), zone=ZONE)

    def on_the_list() -> list[tuple[str, str]]:
        with reading(database) as session:
            return [(one.subject, one.of) for one in session.scalars(select(UsageReview))]

    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.stents(session, h)[0])
        cases_costed(session, h)
    assert (look(), on_the_list()) == (False, [])  # nothing is locked
    with transaction(database) as session:
        ledger.close_period(session, build.occasion(h.keeper, at=APRIL - timedelta(days=1)), "2026-03")
    assert (look(), on_the_list()) == (True, [("special", "E-OUT")])
    assert (look(1), len(on_the_list())) == (False, 1)


def test_a_locked_month_is_kept_once_and_again_after_another_lock(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.stents(session, h)[0])
        cases_costed(session, h)
    assert kept(database) == 0  # nothing is locked
    with transaction(database) as session:
        ledger.close_period(session, build.occasion(h.keeper, at=APRIL - timedelta(days=1)), "2026-03")
    assert kept(database) == 2
    assert kept(database, APRIL + timedelta(days=1)) == 0
    with reading(database) as session:
        versions = kept_figures.versions(session, "indicators", indicators.asked_of(span()))
        assert versions == [(1, APRIL)]
        report = kept_groups.report(session, asked(), APRIL)
        assert report.cost == costing.groups.report(session, asked()).cost
