"""Entries that no movement makes: on one chain, balanced, in an open month, once for a key, and proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.clock import now
from spd.ledger import DocumentEntry, Entry, EntryRow, Line, Posting, Voucher
from spd.ledger.verify import compare, problems, seal
from tests import build
from tests.build import Hospital


def voucher(amount: str = "12.34", *, period: str = "2026-03", number: int = 1) -> Voucher:
    """Money from one account to another."""
    lines = [
        Line(account=account, amount=sign * Decimal(amount), product_id=None, product_class="", chargeable=False)
        for account, sign in (("1301", 1), ("2302.02", -1))
    ]
    entry = Entry(event="invoice", period=period, lines=lines)
    return Voucher(kind="test", document_id=number, document=f"T-{number}", entry=entry)


def entered(session: Session, h: Hospital, *amounts: str) -> list[int]:
    vouchers = [voucher(amount, number=number) for number, amount in enumerate(amounts or ("12.34",), 1)]
    return ledger.enter(session, build.occasion(h.keeper), vouchers)


def unguarded(session: Session) -> None:
    """A hand that the database's own guards do not stop."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f"DROP TRIGGER {name}"))


def test_they_are_numbered_without_a_gap_and_each_follows_the_one_before(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    assert entered(session, h, "1", "2") == [1, 2]
    assert entered(session, h) == [3]
    rows = session.scalars(select(DocumentEntry).order_by(DocumentEntry.id)).all()
    assert [row.previous_hash for row in rows[1:]] == [row.hash for row in rows[:-1]]
    assert problems(session) == []


def test_one_of_many_lines_is_taken_whole(session: Session, h: Hospital) -> None:
    lines = [
        Line(account="1301", amount=Decimal(amount), product_id=1, product_class="high_value", chargeable=True)
        for amount in (*range(1, 700), -sum(range(1, 700)))
    ]
    one = replace(voucher(), entry=Entry(event="invoice", period="2026-03", lines=lines))
    ledger.enter(session, build.occasion(h.keeper), [one])
    assert len(session.scalars(select(Posting.id).where(Posting.account == "1301")).all()) == 700
    assert problems(session) == []


def test_a_key_is_used_once(session: Session, h: Hospital) -> None:
    when = build.occasion(h.keeper)
    ledger.enter(session, when, [voucher()])
    with pytest.raises(ledger.Racing), session.begin_nested():
        ledger.enter(session, when, [voucher()])


def test_a_closed_month_takes_none(session: Session, h: Hospital) -> None:
    entered(session, h)
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=31)), "2026-03")
    session.flush()
    with pytest.raises(ledger.PeriodClosed), session.begin_nested():
        ledger.enter(session, build.occasion(h.keeper), [voucher()])


def test_an_entry_is_of_a_movement_or_of_a_document(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    entered(session, h)
    both = (
        "INSERT INTO entries (id, movement_id, document_entry_id, event, period, day_on, recorded_at, digest) "
        "VALUES (9001, {0}, {1}, 'x', '2026-03', '2026-03-02', '2026-03-02 02:00:00+00:00', 'x')"
    )
    for movement, document in (("(SELECT max(id) FROM movements)", "1"), ("NULL", "NULL")):
        with pytest.raises(IntegrityError, match=r"of_one|CHECK"), session.begin_nested():
            session.execute(text(both.format(movement, document)))


@pytest.mark.parametrize("name", [column.name for column in DocumentEntry.__table__.columns])
def test_a_changed_field_is_found(session: Session, h: Hospital, name: str) -> None:
    entered(session, h, "1", "2")
    assert problems(session) == []
    unguarded(session)
    table = DocumentEntry.__table__
    row = session.execute(select(table).order_by(table.c.id.desc()).limit(1)).one()
    value = getattr(row, name)
    shifted: Any = bytes(32) if isinstance(value, bytes) else value + 1 if isinstance(value, int) else "other"
    other: Any = {
        "id": 99, "staff_id": h.nurse.id, "request_key": build.occasion(h.nurse).request_key,
        "occurred_at": build.NOW + timedelta(days=1), "recorded_at": build.NOW + timedelta(days=1),
        "day_on": build.TODAY + timedelta(days=1),
    }.get(name, shifted)  # fmt: skip
    session.execute(update(table).where(table.c.id == row.id).values({name: other}))
    session.expire_all()
    assert {"document_entries", "entries"} & {problem.table for problem in problems(session)}


@pytest.mark.parametrize("table", ["document_entries", "entries"])
def test_one_that_was_taken_away_is_found(session: Session, h: Hospital, table: str) -> None:
    entered(session, h, "1", "2", "3")
    unguarded(session)
    key = "id" if table == "document_entries" else "document_entry_id"
    session.execute(text(f"DELETE FROM {table} WHERE {key} = 2"))
    assert "documents" in {problem.check for problem in problems(session)}


def test_the_seal_finds_a_tail_that_was_cut(session: Session, h: Hospital) -> None:
    entered(session, h, "1", "2")
    lines = list(seal(session, at=now()))
    assert list(compare(session, lines)) == []
    unguarded(session)
    entry = session.scalars(select(EntryRow.id).where(EntryRow.document_entry_id == 2)).one()
    session.execute(delete(Posting.__table__).where(Posting.__table__.c.entry_id == entry))
    session.execute(delete(EntryRow.__table__).where(EntryRow.__table__.c.id == entry))
    session.execute(text("DELETE FROM document_entries WHERE id = 2"))
    assert [problem.table for problem in compare(session, lines)] == ["document_entries"]


@pytest.mark.parametrize("change", ["UPDATE document_entries SET reason = 'x'", "DELETE FROM document_entries"])
def test_what_is_written_stays(session: Session, h: Hospital, change: str) -> None:
    entered(session, h)
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(change))
