"""This file is the checks of money: entries are what was written, weigh nothing, and closed months stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from spd.ledger import chain
from spd.ledger.books import ClosedTotal, PeriodStep, Step
from spd.ledger.models import DocumentEntry, EntryRow, Movement, Posting
from spd.ledger.periods import closed_through, totals
from spd.ledger.verify.problem import Problem

_ENTRIES = select(*EntryRow.__table__.columns).order_by(EntryRow.id).execution_options(yield_per=2000)
_POSTINGS = (
    select(*Posting.__table__.columns).order_by(Posting.entry_id, Posting.line).execution_options(yield_per=4000)
)  # fmt: skip
_STRANGERS = (
    select(Movement.id, EntryRow.id)
    .outerjoin(EntryRow, EntryRow.movement_id == Movement.id)
    .where(
        (Movement.entry_digest.is_not(None) & EntryRow.id.is_(None))
        | (Movement.entry_digest.is_(None) & EntryRow.id.is_not(None))
        | (Movement.entry_digest != EntryRow.digest)
    )
)
_OF_NOTHING = select(EntryRow.id).where(
    (EntryRow.movement_id.is_(None)) == (EntryRow.document_entry_id.is_(None))
)  # fmt: skip
_DOCUMENTS = (
    select(*DocumentEntry.__table__.columns, EntryRow.digest.label("written"))
    .outerjoin(EntryRow, EntryRow.document_entry_id == DocumentEntry.id)
    .order_by(DocumentEntry.id)
    .execution_options(yield_per=2000)
)
_STRAY = (
    select(EntryRow.id)
    .outerjoin(DocumentEntry, DocumentEntry.id == EntryRow.document_entry_id)
    .where(EntryRow.document_entry_id.is_not(None), DocumentEntry.id.is_(None))
)
_CLOSINGS = (
    select(PeriodStep).where(PeriodStep.step == Step.CLOSED).order_by(PeriodStep.period, PeriodStep.version)
)  # fmt: skip


def entries(session: Session) -> Iterator[Problem]:
    """Entries changed, unbalanced, lost or forged. A movement's chain names its entry, so none can go unseen."""
    written = iter(session.execute(_ENTRIES))
    rows = session.execute(_POSTINGS)
    entry = next(written, None)
    for entry_id, group in groupby(rows, key=lambda row: row.entry_id):
        while entry is not None and entry.id < entry_id:
            yield _says("entries", entry.id, "has no postings")
            entry = next(written, None)
        lines = list(group)
        if entry is None or entry.id != entry_id:
            yield _says("postings", lines[0].id, f"belongs to entry {entry_id}, which does not exist")
            continue
        yield from _entry(entry, lines)
        entry = next(written, None)
    while entry is not None:
        yield _says("entries", entry.id, "has no postings")
        entry = next(written, None)
    yield from _not_named(session)


def _entry(entry: Row[Any], lines: list[Row[Any]]) -> Iterator[Problem]:
    weight = sum(line.amount for line in lines)
    if weight != 0:
        yield _says("entries", entry.id, f"does not balance: its postings sum to {weight}")
    if [line.line for line in lines] != list(range(1, len(lines) + 1)):
        yield _says("entries", entry.id, "lacks a line")
    for line in lines:
        if line.period != entry.period:
            yield _says("postings", line.id, f"is in {line.period}, its entry in {entry.period}")
    if chain.entry_digest(entry._asdict(), [line._asdict() for line in lines]) != entry.digest:
        yield _says("entries", entry.id, "or one of its postings is not what was written: the digest does not match")


def _not_named(session: Session) -> Iterator[Problem]:
    """Movement and entry must name each other."""
    for movement_id, entry_id in session.execute(_STRANGERS):
        says = "has lost its entry" if entry_id is None else f"does not name entry {entry_id} as its own"
        yield _says("movements", movement_id, says)
    for entry_id in session.scalars(_OF_NOTHING):
        yield _says("entries", entry_id, "belongs neither to one movement nor to one document")


def documents(session: Session) -> Iterator[Problem]:
    """The chain of the documents' entries: no gap, none changed, each with the entry it names and no other."""
    rows = session.execute(_DOCUMENTS)
    number, head = 0, chain.documents_root()
    for row in rows:
        if row.id != number + 1:
            yield _of_documents(row.id, f"follows number {number}: what was between is gone")
        if row.previous_hash != head:
            yield _of_documents(row.id, "does not follow from the entry of a document before it")
        if chain.document_hash(row._asdict()) != row.hash:
            yield _of_documents(row.id, "is not what was written: its hash does not match")
        if row.written != row.entry_digest:
            says = "has lost its entry" if row.written is None else "does not name the entry that is there as its own"
            yield _of_documents(row.id, says)
        number, head = row.id, row.hash
    for entry_id in session.scalars(_STRAY):
        yield Problem(
            check="documents", table="entries", row=str(entry_id), says="belongs to a document that is not there"
        )


def _of_documents(row: int, says: str) -> Problem:
    return Problem(check="documents", table="document_entries", row=str(row), says=says)


def closed_months(session: Session) -> Iterator[Problem]:
    """The totals of closed months are those kept; of a closing that was taken back, what it had then."""
    closed = closed_through(session)
    steps = session.scalars(_CLOSINGS).all()
    newest = {step.period: step.version for step in steps}
    for step in steps:
        stands = step.period <= closed and step.version == newest[step.period]
        yield from _closing(session, step, None if stands else step.as_of)


def _closing(session: Session, step: PeriodStep, at: datetime | None) -> Iterator[Problem]:
    query = select(ClosedTotal).where(ClosedTotal.period == step.period, ClosedTotal.version == step.version)
    kept = {(row.account, row.department): (row.amount, row.lines) for row in session.scalars(query)}
    now = {(account, dept): (amount, lines) for account, dept, amount, lines in totals(session, step.period, at=at)}
    for key in sorted(kept.keys() | now.keys()):
        if kept.get(key) != now.get(key):
            before, after = kept.get(key, (0, 0))[0], now.get(key, (0, 0))[0]
            where = f"account {key[0]}, department {key[1] or '-'}"
            says = f"{where}: {before} when closed, {after} now"
            yield Problem(check="closed months", table="closed_totals", row=step.period, says=says)


def _says(table: str, row: int, says: str) -> Problem:
    return Problem(check="entries", table=table, row=str(row), says=says)
