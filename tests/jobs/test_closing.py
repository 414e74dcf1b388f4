"""The turn of the month by the worker: once, by the hospital's clock and calendar, where the policy says so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select

from spd import policies
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.jobs.closing import turn_month
from spd.ledger import DocumentEntry, EntryRow, Posting
from spd.ledger.calendar import forget_calendars, set_calendar
from spd.staff import Staff
from tests import build

SHANGHAI = ZoneInfo("Asia/Shanghai")


def turned(database: Database, *at: int) -> bool:
    return turn_month(database, now=lambda: datetime(2026, *at, tzinfo=UTC), zone=SHANGHAI)  # type: ignore[arg-type]


def red(database: Database) -> list[tuple[str, str, Decimal]]:
    """(month, who, amount) of what was taken back from the accrued payables."""
    query = (
        select(Posting.period, Staff.code, Posting.amount)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(EntryRow.event == "accrual_back", Posting.account == "2302.01")
        .order_by(Posting.period)
    )
    query = query.join(DocumentEntry, DocumentEntry.id == EntryRow.document_entry_id).join(
        Staff, Staff.id == DocumentEntry.staff_id
    )
    with reading(database) as session:
        return [tuple(row) for row in session.execute(query)]  # type: ignore[misc]


def test_the_worker_turns_a_month_once_on_the_hospitals_first_day(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        build.gauze(session, h)  # 50 boxes at 3.50, without an invoice
    assert not turned(database, 4, 1, 2)  # the policy keeps accruals
    with transaction(database) as session:
        policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", "first_day")
    assert turned(database, 3, 31, 15, 59)  # still the 31st in Shanghai: February's turn, with nothing in it
    assert red(database) == []
    assert turned(database, 3, 31, 16, 1)
    assert red(database) == [("2026-04", "system", Decimal(175))]
    assert turned(database, 4, 1, 2)
    assert turned(database, 4, 30, 2)  # a worker that asks again all month long changes nothing
    assert len(red(database)) == 1
    with reading(database) as session:
        assert build.problems(session) == []


def test_a_month_turns_by_the_closing_calendar(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", "first_day")
        set_calendar(session, build.occasion(h.keeper), last_day=25, from_on=date(2026, 4, 1), reason="finance office")
        build.gauze(session, h)
    forget_calendars()
    assert turned(database, 4, 2, 2)
    assert turned(database, 4, 25, 2)
    assert [month for month, _who, _amount in red(database)] == ["2026-04"]
    assert turned(database, 4, 26, 2)  # of the month that ended on the 25th
    assert [month for month, _who, _amount in red(database)] == ["2026-04", "2026-05"]
