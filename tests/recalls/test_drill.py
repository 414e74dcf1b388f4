"""The mock recall of a month: one used lot, matched as if recalled, nothing held, every unit accounted for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import recalls
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.jobs import recalling
from spd.ledger import get_item_state
from spd.recalls import RecallDrill
from tests import build
from tests.build import NOW, Hospital


class Clock:
    """A second passes at every look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def test_it_accounts_for_every_unit_and_holds_nothing(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    build.use(session, h, codes[0])
    report = recalls.run_drill(session, "2026-03", now=Clock())
    assert (report.product, report.lot, report.received, report.on_hand, report.used) == ("STENT", "L1", 3, 2, 1)
    assert (report.accounted_permille, report.traced_permille, report.patients) == (1000, 1000, 1)
    assert (report.match_ms, report.places_ms, report.patients_ms) == (1000, 1000, 1000)
    assert report.passed
    assert get_item_state(session, codes[1]).state == "available"


def test_a_month_is_drilled_once(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    first = recalls.run_drill(session, "2026-03", now=Clock())
    assert recalls.run_drill(session, "2026-03", now=Clock()) == first
    assert len(list(session.scalars(select(RecallDrill)))) == 1


def test_packs_lead_back_to_the_delivery_of_their_bulk(session: Session, h: Hospital) -> None:
    build.use(session, h, build.packs(session, h, 1)[0], encounter=None)
    report = recalls.run_drill(session, "2026-03", now=Clock())
    assert (report.product, report.uses, report.traced_permille, report.departments) == ("GAUZE", 1, 1000, 1)


def test_there_is_nothing_to_drill_where_nothing_was_used(session: Session, h: Hospital) -> None:
    build.stents(session, h)
    with pytest.raises(recalls.NothingUsed):
        recalls.run_drill(session, "2026-03", now=Clock())


def test_two_workers_drill_once(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.stents(session, h)[0])
    assert recalling.drill(database, "2026-03", now=Clock())
    assert not recalling.drill(database, "2026-03", now=Clock())
    with reading(database) as session:
        assert recalls.report_of(session.scalars(select(RecallDrill)).one()).month == "2026-03"
