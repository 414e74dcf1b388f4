"""The database's own guards: they hold whoever writes, our own code included."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from tests import build

APPEND_ONLY = ("requests", "movements", "entries", "postings", "period_steps", "closed_totals", "document_entries")


@pytest.fixture
def told(session: Session) -> Session:
    """A ledger in which every append-only table has rows: a stent used in March, and March closed."""
    h = build.hospital(session)
    build.use(session, h, build.stents(session, h)[0])
    lines = [
        ledger.Line(account=account, amount=Decimal(amount), product_id=None, product_class="", chargeable=False)
        for account, amount in (("1301", 5), ("2302.02", -5))
    ]
    paper = ledger.Entry(event="invoice", period="2026-03", lines=lines)
    voucher = ledger.Voucher(kind="test", document_id=1, document="T-1", entry=paper)
    ledger.enter(session, build.occasion(h.keeper), [voucher])
    april = build.occasion(h.keeper, at=build.NOW.replace(month=4))
    ledger.close_period(session, april, "2026-03")
    session.flush()  # the triggers look at what is there
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # else TRUNCATE is refused for what is still unchecked
        session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    return session


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_written_row_is_not_updated(told: Session, table: str) -> None:
    column = (
        "period" if table in ("closed_totals", "period_steps") else "recorded_at" if table != "postings" else "amount"
    )
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), told.begin_nested():
        told.execute(text(f"UPDATE {table} SET {column} = {column}"))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_written_row_is_not_deleted(told: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match=f"{table} is append-only"), told.begin_nested():
        told.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("session", ["postgresql"], indirect=True)  # SQLite has no TRUNCATE
def test_a_table_of_written_rows_is_not_emptied(told: Session, table: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), told.begin_nested():
        told.execute(text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_written_row_is_not_replaced(told: Session, table: str) -> None:
    if told.get_bind().dialect.name == "sqlite":
        statement = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    else:
        column = key = "key" if table == "requests" else "id"
        statement = (
            f"INSERT INTO {table} SELECT * FROM {table} ON CONFLICT ({key}) DO UPDATE SET {column} = excluded.{column}"
        )
    with pytest.raises(DBAPIError, match=r"append-only|sum to zero|is closed"), told.begin_nested():
        told.execute(text(statement))


NEW_POSTING = (
    "INSERT INTO postings (id, entry_id, line, account, amount, period, product_id, product_class, chargeable) "
    "VALUES (:id, :entry, :line, '1302.01', :amount, '2026-05', 1, 'low_value', false)"
)
NEW_ENTRY = (
    "INSERT INTO entries (id, movement_id, event, period, day_on, recorded_at, digest) "
    "VALUES (9001, :movement, 'receive_owned', :period, '2026-03-02', '2026-03-02 02:00:00+00:00', 'x')"
)


def test_an_entry_that_weighs_something_is_not_taken(told: Session) -> None:
    movement = told.scalar(text("SELECT min(id) FROM movements"))
    with pytest.raises(IntegrityError, match="sum to zero"), told.begin_nested():
        told.execute(text(NEW_POSTING), {"id": 9001, "entry": 9001, "line": 1, "amount": 1})
        told.execute(text(NEW_ENTRY), {"movement": movement, "period": "2026-05"})


def test_a_line_is_not_added_to_an_entry_that_stands(told: Session) -> None:
    entry = told.scalar(text("SELECT min(id) FROM entries"))
    with pytest.raises(IntegrityError, match="sum to zero"), told.begin_nested():
        told.execute(text(NEW_POSTING), {"id": 9001, "entry": entry, "line": 9, "amount": 1})


@pytest.mark.parametrize("period", ["2026-03", "2026-02", "1999-12"])
def test_a_closed_month_and_those_before_it_take_no_entry(told: Session, period: str) -> None:
    movement = told.scalar(text("SELECT min(id) FROM movements"))
    with pytest.raises(IntegrityError, match="is closed"), told.begin_nested():
        told.execute(text(NEW_ENTRY), {"movement": movement, "period": period})


def test_less_than_nothing_is_never_on_hand(told: Session) -> None:
    with pytest.raises(IntegrityError, match="not_negative"), told.begin_nested():
        told.execute(text("UPDATE items SET quantity = -1"))
