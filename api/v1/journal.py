"""This file is /journal: entries with their lines, as they were posted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.here import read
from api.noun import Noun
from api.paging import paged
from api.v1.journal_schemas import (
    BalancesAsked,
    BalancesOut,
    JournalAsked,
    JournalOut,
    LotAsked,
    LotBooksOut,
    VouchersAsked,
    VouchersOut,
)
from spd import accounting
from spd.core.money import ZERO
from spd.ledger import Account, DocumentEntry, EntryRow, Posting
from spd.parties import Party
from spd.places import Department
from spd.settlement.lots import LotStands, three_books

bp = Noun("journal", "Entries and their postings.")


@bp.get("/vouchers")
@bp.arguments(VouchersAsked, location="query")
@bp.response(200, VouchersOut)
def vouchers(asked: dict[str, Any]) -> dict[str, Any]:
    """A month as a general ledger takes it: a voucher for each day and event, numbered, with control totals."""

    def ask(session: Session) -> dict[str, Any]:
        lines = accounting.vouchers(session, asked["month"], at=asked.get("as_of"))
        beyond = [line for line in lines if line.number > asked["after"]]
        taken = [_voucher(list(of)) for _, of in groupby(beyond, lambda line: line.number)][: asked["limit"] + 1]
        totals = accounting.control_totals(session, asked["month"], lines)
        return paged("vouchers", taken, asked["limit"], lambda row: int(row["number"])) | {"totals": totals}

    return read(ask)


def _voucher(lines: list[accounting.VoucherLine]) -> dict[str, Any]:
    names = ("voucher", "number", "day_on", "event", "late", "added")
    return {name: getattr(lines[0], name) for name in names} | {"lines": lines}


@bp.get("")
@bp.arguments(JournalAsked, location="query")
@bp.response(200, JournalOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The entries, in order."""
    query = select(EntryRow, DocumentEntry.document).outerjoin(
        DocumentEntry, DocumentEntry.id == EntryRow.document_entry_id
    )
    query = query.where(EntryRow.id > asked["after"]).order_by(EntryRow.id).limit(asked["limit"] + 1)
    if "month" in asked:
        query = query.where(EntryRow.period == asked["month"])
    if "movement" in asked:
        query = query.where(EntryRow.movement_id == asked["movement"])
    if "document" in asked:
        query = query.where(DocumentEntry.document == asked["document"])

    def ask(session: Session) -> list[dict[str, Any]]:
        entries = session.execute(query).all()
        lines = _lines(session, [entry for entry, _ in entries])
        names = ("id", "movement_id", "event", "period", "day_on", "recorded_at")
        return [
            {name: getattr(e, name) for name in names} | {"document": document, "lines": lines.get(e.id, [])}
            for e, document in entries
        ]

    return paged("entries", read(ask), asked["limit"], lambda row: int(row["id"]))


def _lines(session: Session, entries: Sequence[EntryRow]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for period in sorted({entry.period for entry in entries}):
        item = accounting.expense_item(session, period)
        query: Any = (
            select(Posting, Account.name, Department.code, Party.code, item.column)
            .join(Account, Account.code == Posting.account)
            .outerjoin(Department, Department.id == Posting.department_id)
            .outerjoin(Party, Party.id == Posting.party_id)
            .where(Posting.entry_id.in_([entry.id for entry in entries if entry.period == period]))
            .order_by(Posting.entry_id, Posting.line)
        )
        for posting, account_name, department, party, expense in session.execute(item.joined(query)):
            found.setdefault(posting.entry_id, []).append(
                {
                    "line": posting.line,
                    "account": posting.account,
                    "account_name": account_name,
                    "amount": posting.amount,
                    "department": department,
                    "party": party,
                    "product_class": posting.product_class,
                    "expense_item": expense,
                    "chargeable": posting.chargeable,
                }
            )
    return found


@bp.get("/balances")
@bp.arguments(BalancesAsked, location="query")
@bp.response(200, BalancesOut)
def balances(asked: dict[str, Any]) -> dict[str, Any]:
    """Balances of accounts: opening, debit, credit and closing of a month, or of those from `since` to it."""
    last = asked["month"]
    first = min(asked.get("since", last), last)
    rows = read(lambda session: accounting.trial_balance(session, first, last, at=asked.get("as_of")))
    weighed = accounting.weigh(rows)
    return {
        "since": first, "month": last, "accounts": rows, "ties": weighed.ties,
        "debit": sum((row.debit for row in rows), ZERO), "credit": sum((row.credit for row in rows), ZERO),
    }  # fmt: skip


@bp.get("/lot")
@bp.arguments(LotAsked, location="query")
@bp.response(200, LotBooksOut)
def lot(asked: dict[str, Any]) -> LotStands:
    """The three books of a lot: every movement that changed what is there, whose it is, or what is owed."""
    return read(lambda session: three_books(session, asked["product"], asked["lot"], asked.get("as_of")))
