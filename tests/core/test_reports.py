"""Reports are read beside the wards: on one core, with an end, few at a time, and from a replica where there is one."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from spd.core.database import Database
from spd.core.reports import ReportsBusy, ReportTooLong, Turns, reporting
from spd.parties import Party


def test_a_report_takes_one_core_and_keeps_nothing(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("readers of SQLite hold up nobody")
    with reporting(database, seconds=7) as session:
        held = [
            session.scalar(text(f"SHOW {name}"))
            for name in ("max_parallel_workers_per_gather", "jit", "statement_timeout", "transaction_isolation")
        ]
        session.add(Party(code="SUP-1", kind="supplier", name="一"))
        with pytest.raises(InternalError, match="read-only"):
            session.flush()  # it was really sent
    assert held == ["0", "off", "7s", "repeatable read"]


def test_a_report_that_takes_too_long_is_stopped_and_says_so(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no limit of time")
    with pytest.raises(ReportTooLong), reporting(database, seconds=1) as session:
        session.execute(text("SELECT pg_sleep(5)"))
    with reporting(database, seconds=1) as session:
        assert session.scalar(text("SELECT 1")) == 1


def test_pages_take_turns_and_a_long_file_takes_none_of_them() -> None:
    turns = Turns(1, patience_s=0.01)
    with turns.file(), turns.page(), pytest.raises(ReportsBusy), turns.page():
        pass
    with turns.page():
        pass
