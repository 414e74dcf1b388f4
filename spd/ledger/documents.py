"""This file is the second writer of money: entries that a document makes, with no movement of goods behind them.

An invoice, a payment or a price difference moves no item. Such an entry belongs to one row of `document_entries`, all
of which hang on one chain, numbered without a gap; the scans' writer in `store` knows nothing of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.ledger import chain, numbering, store
from spd.ledger.draft import Entry, posting_rows
from spd.ledger.models import DocumentEntry, EntryRow, Posting, Request
from spd.ledger.refusals import PeriodClosed, Racing

_CHAIN = 0x5BD0C
"""The lock of the chain of documents on PostgreSQL; on SQLite who writes is alone."""


@dataclass(frozen=True, kw_only=True)
class Voucher:
    """The money of one document: what kind it is, its number in its own table, how people call it, the entry."""

    kind: str
    document_id: int
    document: str
    entry: Entry
    reason: str = ""


def hold_documents(session: Session) -> None:
    """From here on this act alone writes documents, until it ends: what it reads of them cannot change before."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:chain)"), {"chain": _CHAIN})


def enter(session: Session, occasion: Occasion, vouchers: Sequence[Voucher]) -> list[int]:
    """Write the entries of documents, in order, under this act's request key; their numbers in `document_entries`.

    All of them or, with a refusal, nothing. Raises: Racing, PeriodClosed.
    """
    assert vouchers, "an act of documents enters something"
    hold_documents(session)
    numbers = numbering.Numbers(session, sum(len(one.entry.lines) for one in vouchers))
    last = session.execute(
        select(DocumentEntry.id, DocumentEntry.hash).order_by(DocumentEntry.id.desc()).limit(1)
    ).first()
    number, head = (last.id, last.hash) if last else (0, chain.documents_root())
    documents: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    postings: list[dict[str, Any]] = []
    for line, voucher in enumerate(vouchers, 1):
        number += 1
        entry, lines = _entry(occasion, numbers, number, voucher)
        row = _document(occasion, number, line, voucher, entry["digest"], head)
        head = row["hash"] = chain.document_hash(row)
        documents.append(row)
        entries.append(entry)
        postings.extend(lines)
    try:
        _write(session, occasion, documents, entries, postings)
    except IntegrityError as error:
        raise _named(error, vouchers) from error
    return [row["id"] for row in documents]


def _entry(
    occasion: Occasion, numbers: numbering.Numbers, number: int, voucher: Voucher
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    said = voucher.entry
    assert said.lines and sum(line.amount for line in said.lines) == 0, f"entry {said} does not sum to zero"
    entry: dict[str, Any] = {
        "id": numbers.next("entries"),
        "movement_id": None,
        "document_entry_id": number,
        "event": said.event,
        "period": said.period,
        "day_on": occasion.day,
        "recorded_at": occasion.recorded_at,
    }
    lines = posting_rows(numbers, entry["id"], said)
    return entry | {"digest": chain.entry_digest(entry, lines)}, lines


def _document(
    occasion: Occasion, number: int, line: int, voucher: Voucher, digest: bytes, head: bytes
) -> dict[str, Any]:
    return {
        "id": number,
        "request_key": occasion.request_key,
        "line": line,
        "kind": voucher.kind,
        "document_id": voucher.document_id,
        "document": voucher.document,
        "reason": voucher.reason,
        "occurred_at": occasion.occurred_at,
        "recorded_at": occasion.recorded_at,
        "day_on": occasion.day,
        "staff_id": occasion.staff_id,
        "device": occasion.device,
        "entry_digest": digest,
        "previous_hash": head,
    }


def _write(
    session: Session,
    occasion: Occasion,
    documents: list[dict[str, Any]],
    entries: list[dict[str, Any]],
    postings: list[dict[str, Any]],
) -> None:
    """Postings before their entries, and all lines in one statement: the triggers weigh an entry whole."""
    request = {
        "key": occasion.request_key, "content": occasion.content, "staff_id": occasion.staff_id,
        "device": occasion.device, "recorded_at": occasion.recorded_at,
    }  # fmt: skip
    session.execute(insert(Request), [request])
    session.execute(insert(DocumentEntry), documents)
    if session.get_bind().dialect.name == "postgresql":
        store.populate(session, "postings", postings)
    else:
        session.execute(insert(Posting.__table__), postings)  # type: ignore[arg-type]
    session.execute(insert(EntryRow), entries)


def _named(error: IntegrityError, vouchers: Sequence[Voucher]) -> Exception:
    """The refusal behind a constraint; an error of ours stays an error."""
    said = str(error.orig)
    if "is closed" in said:
        return PeriodClosed(period=vouchers[0].entry.period)
    if any(name in said for name in ("pk_requests", "requests.key", "pk_document_entries", "document_entries.id")):
        return Racing()
    return error


def find_vouchers(session: Session, kind: str, document_id: int, *, at: datetime | None = None) -> list[dict[str, Any]]:
    """The entries a document made, until an instant, in order."""
    query = (
        select(DocumentEntry.id, EntryRow.id.label("entry_id"), EntryRow.event, EntryRow.period, EntryRow.recorded_at)
        .join(EntryRow, EntryRow.document_entry_id == DocumentEntry.id)
        .where(DocumentEntry.kind == kind, DocumentEntry.document_id == document_id)
        .order_by(DocumentEntry.id)
    )
    if at is not None:
        query = query.where(EntryRow.recorded_at <= at)
    return [row._asdict() for row in session.execute(query)]
