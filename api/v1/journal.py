"""This file is /journal: entries with their lines, as they were posted."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import AGES, Money, Month, Page, Text
from api.here import read
from api.noun import Noun
from api.paging import paged
from spd import accounting
from spd.core.money import ZERO
from spd.ledger import Account, DocumentEntry, EntryRow, Posting
from spd.parties import Party
from spd.places import Department
from spd.settlement.lots import LotStands, three_books

bp = Noun("journal", "Entries and their postings.")


class JournalAsked(Page):
    """Which entries."""

    month = Month()
    movement = fields.Integer(validate=validate.Range(1, 2**62))
    document = Text(longest=80, metadata={"description": "The number of an invoice or a payment."})


class PostingOut(Schema):
    """One line: debit above zero, credit below."""

    line = fields.Integer()
    account = fields.String()
    account_name = fields.String()
    amount = Money()
    department = fields.String(allow_none=True)
    party = fields.String(allow_none=True)
    product_class = fields.String()
    chargeable = fields.Boolean()


class EntryOut(Schema):
    """One entry; its lines sum to zero."""

    id = fields.Integer()
    movement_id = fields.Integer(allow_none=True, metadata={"description": "Null where a document made it."})
    document = fields.String(allow_none=True, metadata={"description": "Of an invoice, a payment; null of a movement."})
    event = fields.String()
    period = fields.String()
    day_on = fields.Date()
    recorded_at = fields.AwareDateTime()
    lines = fields.List(fields.Nested(PostingOut))


class JournalOut(Schema):
    """A page of entries."""

    entries = fields.List(fields.Nested(EntryOut))
    next = fields.Integer(allow_none=True)


class VouchersAsked(Page):
    """Which month; `after` is the number of the last voucher taken, `limit` how many vouchers."""

    month = Month(required=True)
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "What was recorded until then."})


class VoucherLineOut(Schema):
    """One line of a voucher."""

    account = fields.String()
    account_name = fields.String()
    department = fields.String()
    supplier = fields.String()
    debit = Money()
    credit = Money()
    entries = fields.Integer(metadata={"description": "How many entries of the journal it sums."})


class VoucherOut(Schema):
    """What happened of a kind on a day; debit and credit are the same."""

    voucher = fields.String()
    number = fields.Integer()
    day_on = fields.Date()
    event = fields.String()
    late = fields.Boolean(metadata={"description": "Of an earlier month that was closed."})
    added = fields.Boolean(metadata={"description": "Entered while the month was opened again, after its first lock."})
    lines = fields.List(fields.Nested(VoucherLineOut))


class ControlTotalsOut(Schema):
    """What a general ledger must come to when it has taken the month."""

    period = fields.String()
    vouchers = fields.Integer()
    lines = fields.Integer()
    debit = Money()
    credit = Money()
    final = fields.Boolean(metadata={"description": "Whether the month is closed: numbers and amounts stay."})


class VouchersOut(Schema):
    """A page of vouchers, with the control totals of the whole month."""

    vouchers = fields.List(fields.Nested(VoucherOut))
    next = fields.Integer(allow_none=True)
    totals = fields.Nested(ControlTotalsOut)


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
        lines = _lines(session, [entry.id for entry, _ in entries])
        names = ("id", "movement_id", "event", "period", "day_on", "recorded_at")
        return [
            {name: getattr(e, name) for name in names} | {"document": document, "lines": lines.get(e.id, [])}
            for e, document in entries
        ]

    return paged("entries", read(ask), asked["limit"], lambda row: int(row["id"]))


def _lines(session: Session, entries: list[int]) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(Posting, Account.name, Department.code, Party.code)
        .join(Account, Account.code == Posting.account)
        .outerjoin(Department, Department.id == Posting.department_id)
        .outerjoin(Party, Party.id == Posting.party_id)
        .where(Posting.entry_id.in_(entries))
        .order_by(Posting.entry_id, Posting.line)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for posting, account_name, department, party in session.execute(query):
        found.setdefault(posting.entry_id, []).append(
            {
                "line": posting.line,
                "account": posting.account,
                "account_name": account_name,
                "amount": posting.amount,
                "department": department,
                "party": party,
                "product_class": posting.product_class,
                "chargeable": posting.chargeable,
            }
        )
    return found


class BalancesAsked(Schema):
    """Of which months; as of an instant, where one is said."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    as_of = fields.AwareDateTime(validate=AGES)


class BalanceOut(Schema):
    """One account. Opening and closing are debits above zero, credits below; what is undone is red."""

    account = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()
    opening = Money()
    debit = Money()
    credit = Money()
    year_debit = Money()
    year_credit = Money()
    closing = Money()


class BalancesOut(Schema):
    """Every account with a balance, and whether they weigh nothing together."""

    since = fields.String()
    month = fields.String()
    accounts = fields.List(fields.Nested(BalanceOut))
    debit = Money()
    credit = Money()
    ties = fields.Boolean()


class LotAsked(Schema):
    """Which lot: its product's code, and its own."""

    product = Text(required=True, longest=80)
    lot = Text(required=True, longest=80, shortest=0)
    as_of = fields.AwareDateTime(validate=AGES, metadata={"description": "As the lot stood then."})


class LotLineOut(Schema):
    """One movement in the three books: base units, and yuan."""

    movement_id = fields.Integer()
    day_on = fields.Date()
    recorded_at = fields.AwareDateTime()
    kind = fields.String()
    event = fields.String()
    item = fields.String()
    document = fields.String()
    supplier = fields.String()
    physical = fields.Integer()
    owned = fields.Integer()
    consigned = fields.Integer()
    owed = Money()
    invoiced = Money()


class LotBooksOut(Schema):
    """A lot: what is in the house, whose it is, what became owed for it and what of that is invoiced."""

    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    physical = fields.Integer()
    owned = fields.Integer()
    consigned = fields.Integer()
    loaner = fields.Integer()
    owed = Money()
    invoiced = Money()
    tie_out = fields.Integer(metadata={"description": "What lies there less what the movements come to: zero."})
    lines = fields.List(fields.Nested(LotLineOut))


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
