"""This file is a loss that a person owes: what it cost is taken off again, and stands against the person's name.

The journal keeps who it is in the entry's document: of these kinds the number is that of the person, so that it is
sealed with the entry. What is owed comes off the accounts that bear the loss, whatever class its department is of now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import BigInteger, Select, func, select, type_coerce
from sqlalchemy.orm import Session

from spd import ledger
from spd.accounting.documents import DocumentEvent, Money, document_lines
from spd.accounting.later import RECEIVABLE
from spd.accounting.rules import classes_on, load_rules
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.core.occasion import Occasion
from spd.ledger import Account, DocumentEntry, EntryRow, Movement, Posting
from spd.staff import Staff

EVENTS = (DocumentEvent.LOSS_CHARGED_STORE, DocumentEvent.LOSS_CHARGED_WARD)
BEARING = ("expense", "disposal")
"""The kinds of accounts on which a loss comes to rest."""


class OwedFor(StrEnum):
    """What a person owes for; the kinds of the journal's documents, which are called by its number."""

    WRITE_OFF = "charged_write_off"
    COUNT = "charged_count"


@dataclass(frozen=True, kw_only=True)
class Owing:
    """Who owes for a document, and how much of it still stands."""

    staff_id: int
    code: str
    name: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Charge:
    """The losses of these movements, which a document is of, owed by a person.

    `back`: owed no more, as what was lost has turned up.
    """

    owed_for: OwedFor
    document: str
    staff_id: int
    movements: Sequence[int]
    back: bool = False


def charge_person(session: Session, occasion: Occasion, charge: Charge) -> None:
    """What losses cost, taken off who bore it and owed by a person.

    In the month that the losses were posted in or, where that is over, the open one. Raises: NoRule, PeriodClosed,
    Racing.
    """
    borne = session.execute(_borne(charge.movements)).all()
    if not borne:
        return
    period = ledger.posting_period(session, occasion.day)
    rules = load_rules(session, period)
    sign = -1 if charge.back else 1
    said = replace(occasion, request_key=_key(occasion.request_key))
    by_event: dict[DocumentEvent, list[Money]] = {}
    for row in borne:
        event = EVENTS[row.department_id is not None]
        classes = classes_on(load_rules(session, row.period), row.event, row.account)
        money = Money(
            event=event, amount=sign * row.amount, supplier_id=None, department_id=row.department_id,
            cost_class=min(classes, default=""), product_id=row.product_id, product_class=row.product_class,
            chargeable=row.chargeable,
        )  # fmt: skip
        by_event.setdefault(event, []).append(money)
    entries = [
        ledger.Entry(event=event, period=period, lines=lines)
        for event in EVENTS
        if (lines := document_lines(rules, by_event.get(event, ())))
    ]
    ledger.hold_documents(session)
    _ensure_account(session, {line.account for entry in entries for line in entry.lines})
    kind, who, document = charge.owed_for, charge.staff_id, charge.document
    vouchers = [ledger.Voucher(kind=kind, document_id=who, document=document, entry=entry) for entry in entries]
    ledger.enter(session, said, vouchers)


def _key(act: UUID) -> UUID:
    return uuid5(act, "charged")


def act_of(session: Session, owing: DocumentEntry) -> UUID | None:
    """The key of the act by which the losses left that an entry is of, or came back."""
    acts = session.scalars(select(Movement.request_key).where(Movement.document == owing.document).distinct())
    return next((act for act in acts if _key(act) == owing.request_key), None)


def _borne(movements: Sequence[int]) -> Select[Any]:
    """What losses among these movements cost, line by line, with whose cost it is; what was found is no loss."""
    query: Any = (
        select(
            Posting.amount, Posting.department_id, Posting.product_id, Posting.product_class, Posting.chargeable,
            Posting.account, Posting.period, EntryRow.event,
        )
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Account, Account.code == Posting.account)
        .where(EntryRow.movement_id.in_(movements), EntryRow.event.startswith("loss"), Account.kind.in_(BEARING))
        .order_by(Posting.id)
    )  # fmt: skip
    found: Select[Any] = query
    return found


def _ensure_account(session: Session, codes: set[str]) -> None:
    """The account of what people owe is there before the first is posted to it."""
    code, name, name_en, kind = RECEIVABLE
    if code in codes and session.get(Account, code) is None:
        session.add(Account(code=code, name=name, name_en=name_en, kind=kind))
        session.flush()  # postings name it


def owing_for(session: Session, owed_for: OwedFor, document: str) -> Owing | None:
    """Who owes for a document, and what of it stands; None where nobody does."""
    owed = _sum(Posting.amount)
    query = (
        select(Staff.id, Staff.code, Staff.name, owed)
        .select_from(DocumentEntry)
        .join(Staff, Staff.id == DocumentEntry.document_id)
        .join(EntryRow, EntryRow.document_entry_id == DocumentEntry.id)
        .join(Posting, Posting.entry_id == EntryRow.id)
        .join(Account, Account.code == Posting.account)
        .where(DocumentEntry.kind == owed_for, DocumentEntry.document == document, Account.kind.not_in(BEARING))
        .group_by(Staff.id, Staff.code, Staff.name)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else Owing(staff_id=row[0], code=row[1], name=row[2], amount=row[3] or ZERO)


def _sum(amount: Any) -> Any:
    return type_coerce(func.sum(type_coerce(amount, BigInteger)), Scaled())


def unsettled(session: Session) -> list[tuple[str, Decimal]]:
    """Documents that a person owes for whose losses still cost somebody something: (document, how much). None is due.

    What was lost and has turned up again costs nothing, and is owed no more.
    """
    kinds = [str(one) for one in OwedFor]
    of_people = (
        select(DocumentEntry.document, _sum(Posting.amount).label("amount"))
        .join(EntryRow, EntryRow.document_entry_id == DocumentEntry.id)
        .join(Posting, Posting.entry_id == EntryRow.id)
        .join(Account, Account.code == Posting.account)
        .where(DocumentEntry.kind.in_(kinds), Account.kind.in_(BEARING))
        .group_by(DocumentEntry.document)
    )
    charged: dict[str, Decimal] = dict(session.execute(of_people).all())
    cost: dict[str, Decimal] = {}
    codes = sorted(charged)
    for start in range(0, len(codes), 500):
        cost |= dict(session.execute(_lost(codes[start : start + 500])).all())
    left = ((code, cost.get(code, ZERO) + charged[code]) for code in codes)
    return [(code, amount) for code, amount in left if amount]


def _lost(documents: Sequence[str]) -> Select[Any]:
    """What the losses of documents cost by what was posted of them, without what has turned up again."""
    query: Any = (
        select(Movement.document, _sum(Posting.amount))
        .join(EntryRow, EntryRow.movement_id == Movement.id)
        .join(Posting, Posting.entry_id == EntryRow.id)
        .join(Account, Account.code == Posting.account)
        .where(
            Movement.document.in_(documents),
            EntryRow.event.startswith("loss") | EntryRow.event.startswith("reverse_loss"),
            Account.kind.in_(BEARING),
        )
        .group_by(Movement.document)
    )
    found: Select[Any] = query
    return found
