"""This file tests what ends: windows, the newest version, since when, and the job that notes it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Product
from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.transaction import reading, transaction
from spd.jobs.licences import warn_of_licences
from spd.licensing import Licence, LicenceWarning
from spd.licensing.warning import note_warnings
from spd.licensing.worklist import ending, not_on_record, windows
from tests import build
from tests.build import NOW, TODAY, Hospital
from tests.licensing import papers
from tests.licensing.papers import NUMBER


def _states(session: Session, on: date = TODAY) -> dict[str, str]:
    seen = windows(session, on=on)
    query = ending(seen).with_only_columns(Licence.number, seen.state())
    return {row[0]: row[1] for row in session.execute(query)}


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "expired"), (0, "30"), (30, "30"), (31, "60"), (60, "60"), (61, "90"), (90, "90"), (91, "valid")],
)
def test_a_licence_stands_in_the_nearest_window(session: Session, h: Hospital, days: int, state: str) -> None:
    licence = papers.paper(session, h, "business", party=h.stents, valid_to_on=TODAY + timedelta(days))
    assert _states(session) == {licence.number: state}
    found = windows(session, on=TODAY).window_of(licence.valid_to_on)
    assert {"expired": 0, "valid": None}.get(state, int(state) if state.isdigit() else None) == found


def test_one_without_an_end_is_valid_and_one_that_has_not_begun_is_coming(session: Session, h: Hospital) -> None:
    papers.paper(session, h, "operation", "for ever", party=h.stents, valid_to_on=None)
    papers.paper(session, h, "business", "soon", party=h.stents, valid_from_on=TODAY + timedelta(1), valid_to_on=None)
    assert _states(session) == {"for ever": "valid", "soon": "coming"}


def test_a_renewal_takes_the_old_version_off_the_list(session: Session, h: Hospital) -> None:
    old = papers.paper(session, h, "registration", NUMBER, valid_to_on=TODAY + timedelta(10))
    assert _states(session) == {NUMBER: "30"}
    papers.paper(session, h, "registration", NUMBER, valid_from_on=TODAY + timedelta(11), renews=old.id)
    assert _states(session) == {NUMBER: "coming"}
    assert _states(session, TODAY + timedelta(20)) == {NUMBER: "valid"}


def test_the_hospital_sets_the_windows(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "licence.warn_days", [120, 45, 7])
    papers.paper(session, h, "business", party=h.stents, valid_to_on=TODAY + timedelta(40))
    assert _states(session) == {"business-1": "45"}
    assert windows(session, on=TODAY).states == ("expired", "7", "45", "120", "coming", "valid")


def test_every_window_is_noted_once_with_the_day_it_was_entered(session: Session, h: Hospital) -> None:
    papers.paper(session, h, "business", party=h.stents, valid_to_on=TODAY + timedelta(60))
    assert note_warnings(session, on=TODAY, at=NOW) == {60: 1}
    assert note_warnings(session, on=TODAY, at=NOW) == {}
    assert note_warnings(session, on=TODAY + timedelta(29), at=NOW) == {}
    assert note_warnings(session, on=TODAY + timedelta(30), at=NOW) == {30: 1}
    assert note_warnings(session, on=TODAY + timedelta(61), at=NOW) == {0: 1}
    query = select(LicenceWarning.days, LicenceWarning.entered_on).order_by(LicenceWarning.id)
    assert [tuple(row) for row in session.execute(query)] == [
        (60, TODAY),
        (30, TODAY + timedelta(30)),
        (0, TODAY + timedelta(61)),
    ]


def test_two_workers_look_at_licences_once_a_day(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        papers.paper(session, h, "business", party=h.stents, valid_to_on=TODAY)
    assert warn_of_licences(database, TODAY, now=lambda: NOW)
    assert not warn_of_licences(database, TODAY, now=lambda: NOW)
    assert warn_of_licences(database, TODAY + timedelta(1), now=lambda: NOW)
    with reading(database) as session:
        runs = session.execute(select(JobRun.job, JobRun.outcome, JobRun.detail).order_by(JobRun.id)).all()
        assert [tuple(run) for run in runs] == [("licences", "noted", '{"30": 1}'), ("licences", "noted", '{"0": 1}')]


def _missing(session: Session) -> set[tuple[str, str]]:
    rows: list[Any] = list(session.execute(not_on_record()))
    return {(row.kind, row.code) for row in rows}


def test_what_has_no_licence_on_record_is_listed(session: Session, h: Hospital) -> None:
    maker = papers.maker(session)
    papers.stent(session, maker)
    suppliers = {(kind, code) for kind in ("business", "operation") for code in ("SUP-STENT", "SUP-GAUZE")}
    assert _missing(session) == suppliers | {("production", "MAKER"), ("registration", "STENT")}
    papers.all_papers(session, h, maker)
    assert _missing(session) == {("business", "SUP-GAUZE"), ("operation", "SUP-GAUZE")}
    session.get_one(Product, 2).registration_number = "国械注准20213130648"
    h.gauzes.retired = True
    session.flush()  # the list reads the database
    assert _missing(session) == {("registration", "GAUZE")}
