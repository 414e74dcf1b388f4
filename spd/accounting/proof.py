"""This file is the proof that money and matter agree: accounts equal the goods they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.accounting.charged import unsettled
from spd.accounting.documents import DocumentEvent
from spd.accounting.gifts import gifts
from spd.accounting.inventory import inventory_accounts
from spd.accounting.payables import accrued_accounts
from spd.accounting.rules import version_for
from spd.accounting.versions import check
from spd.core.columns import worth
from spd.ledger import (
    Account,
    EntryRow,
    Item,
    Movement,
    MovementKind,
    PeriodStep,
    Posting,
    calendar_for,
    following,
    period_of,
)  # fmt: skip
from spd.ledger.verify import Problem
from spd.parties import HOSPITAL_ID
from spd.places import INSIDE, WARD_KINDS, End, Location, LocationKind


def problems(session: Session) -> list[Problem]:
    """Where an account is not what the goods say; an empty list is the proof."""
    return [
        *_inventory(session), *_costs(session), *_titles(session), *_rules(session), *_charged(session),
        *_nobodys(session), *_months(session),
    ]  # fmt: skip


def _nobodys(session: Session) -> Iterator[Problem]:
    """Expense is a department's: so departments come to what was posted."""
    query = select(Posting.id, Posting.account).join(Account, Account.code == Posting.account)
    for number, account in session.execute(query.where(Account.kind == "expense", Posting.department_id.is_(None))):
        yield Problem(check="cost", table="postings", row=str(number), says=f"is on {account}, and no department's")


_CHOSEN = (DocumentEvent.VARIANCE_RELEASED, DocumentEvent.ACCRUAL_AGAIN, DocumentEvent.ACCRUAL_BACK)
"""What is posted to a month that is about to be closed, or to the one after it, on whatever day that is done."""


def _months(session: Session) -> Iterator[Problem]:
    """An entry is in the month of its day by the closing calendar, or in a later one that was once the first open.

    Which was the first open when it was written is not asked: a clock does not tell who came first.
    """
    calendar = calendar_for(session, date.max)
    closed = session.scalars(select(PeriodStep.closed_through).where(PeriodStep.closed_through != "").distinct())
    opened = {following(period) for period in closed}
    query = (
        select(EntryRow.day_on, EntryRow.period, func.min(EntryRow.id), func.count())
        .where(EntryRow.event.not_in([event.value for event in _CHOSEN]))
        .group_by(EntryRow.day_on, EntryRow.period)
        .order_by(EntryRow.day_on, EntryRow.period)
    )
    for day, period, first, count in session.execute(query):
        own = period_of(day, calendar)
        if period != own and (period < own or period not in opened):
            says = f"one of {count} of {day} that are in {period}: their month is {own}"
            yield Problem(check="months", table="entries", row=str(first), says=says)


def _charged(session: Session) -> Iterator[Problem]:
    """What a person owes for a loss is all that it cost: nobody bears anything of it besides."""
    for document, left in unsettled(session):
        says = f"is owed by a person, and {left} of its losses still are somebody's cost"
        yield Problem(check="charged", table="document_entries", row=document, says=says)


def _rules(session: Session) -> Iterator[Problem]:
    """The version of the rules that was activated last is sound."""
    number = version_for(session)
    for one in check(session, number):
        says = f"{one.event} {one.cost_class} {one.account}: {one.fault.value}"
        yield Problem(check="rules", table="rule_versions", row=str(number), says=says)


def _titles(session: Session) -> Iterator[Problem]:
    """Per lot: what passed from suppliers to the hospital is what became owed to them, and back.

    What was given, found or there at the beginning passes title and is owed to nobody; what was given, on its way back
    too.
    """
    passing, owing = _titled(accrued_accounts(session))
    passed_by: dict[int, Decimal] = dict(session.execute(passing).all())
    owed_by: dict[int, Decimal] = {lot: -amount for lot, amount in session.execute(owing)}
    for lot in sorted(passed_by.keys() | owed_by.keys()):
        was, due = passed_by.get(lot, Decimal(0)), owed_by.get(lot, Decimal(0))
        if was != due:
            says = f"goods worth {was} became the hospital's, {due} became owed for them"
            yield Problem(check="titles", table="lots", row=str(lot), says=says)


@cache
def _titled(accrued: frozenset[str]) -> tuple[Any, Any]:
    """By lot: the worth of what passed to the hospital, and what was posted on the accounts of what is owed."""
    ours, theirs = Movement.to_owner_id == HOSPITAL_ID, Movement.from_owner_id == HOSPITAL_ID
    free = or_(*(EntryRow.event.contains(name) for name in ("donation", "gain", "opening")))
    given_back = (Movement.kind == MovementKind.RETURN) & Movement.item_id.in_(gifts())
    passed = case((ours & ~theirs, Movement.quantity), (theirs & ~ours, -Movement.quantity), else_=0)
    title = (
        select(Item.lot_id, func.sum(worth(passed, Item.unit_price)).label("amount"))
        .join(Movement, Movement.item_id == Item.id)
        .outerjoin(EntryRow, EntryRow.movement_id == Movement.id)
        .where(passed != 0, or_(EntryRow.id.is_(None), ~free), ~given_back)
        .group_by(Item.lot_id)
    )
    owed = (
        select(Item.lot_id, func.sum(Posting.amount).label("amount"))
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .where(Posting.account.in_(accrued))
        .group_by(Item.lot_id)
    )
    return title, owed


def _inventory(session: Session) -> Iterator[Problem]:
    """Each inventory account equals the hospital's own goods where it stands for: the stores, or the wards."""
    accounts = inventory_accounts(session)
    kept = dict.fromkeys(accounts.values(), Decimal(0))
    there = dict(kept)
    kept |= dict(session.execute(_held(frozenset(kept))).all())
    for place, value in _owned(session).items():
        there[accounts[place]] += value
    for account in sorted(kept):
        if kept[account] != there[account]:
            says = f"holds {kept[account]}, the hospital's goods it stands for are worth {there[account]}"
            yield Problem(check="inventory", table="accounts", row=account, says=says)


@cache
def _held(accounts: frozenset[str]) -> Any:
    """What each of these accounts holds."""
    held = select(Posting.account, func.sum(Posting.amount)).where(Posting.account.in_(accounts))
    return held.group_by(Posting.account)


def _owned(session: Session) -> dict[str, Decimal]:
    """What the hospital owns in its stores and on its wards; what is on its way still counts where it left."""
    found = {"store": Decimal(0), "ward": Decimal(0)}
    for query in _by_kind():
        for kind, worth_of in session.execute(query):
            found["ward" if kind in WARD_KINDS else "store"] += worth_of
    return found


_LEFT = aliased(Location)
_SENT = aliased(Movement)


@cache
def _by_kind() -> tuple[Any, ...]:
    """The worth of the hospital's goods by the kind of place: of those that lie, and of those on their way."""
    value = func.sum(worth(Item.quantity, Item.unit_price))
    ours = (Item.owner_id == HOSPITAL_ID) & (Item.quantity > 0)
    lying = select(Location.kind, value).join(Location, Location.id == Item.location_id)
    lying = lying.where(ours, Location.kind.in_(INSIDE), Location.kind != LocationKind.TRANSIT)
    last = select(func.max(_SENT.sequence)).where(_SENT.item_id == Item.id, _SENT.kind == MovementKind.DISPATCH)
    going = (
        select(_LEFT.kind, value)
        .join(Location, (Location.id == Item.location_id) & (Location.kind == LocationKind.TRANSIT))
        .join(Movement, (Movement.item_id == Item.id) & (Movement.sequence == last.scalar_subquery()))
        .join(_LEFT, _LEFT.id == Movement.from_location_id)
        .where(ours)
    )
    return lying.group_by(Location.kind), going.group_by(_LEFT.kind)


def _costs(session: Session) -> Iterator[Problem]:
    """What each use or write-off cost is its quantity at the price the item came in at; undone, the same below zero.

    A use is expense; what is written off, or missing at a count, is expense of a ward, or the disposal of the store's.
    """
    for sign, wrong in _misstated():
        for movement_id, value, amount in session.execute(wrong):
            says = f"cost {sign * value}, its postings say {amount if amount is not None else 'nothing'}"
            yield Problem(check="cost", table="movements", row=str(movement_id), says=says)


_UNDONE = aliased(Movement)


@cache
def _misstated() -> tuple[tuple[int, Select[Any]], ...]:
    """The movements whose postings say another cost than their goods: done, and undone."""
    cost = worth(Movement.quantity, Item.unit_price)
    found: list[tuple[int, Select[Any]]] = []
    lost = ("expense", "disposal")
    kinds = ((MovementKind.CONSUME, ("expense",)), (MovementKind.WRITE_OFF, lost), (MovementKind.ADJUST, lost))
    for kind, accounts in kinds:
        posted = (
            select(EntryRow.movement_id, func.sum(Posting.amount).label("amount"))
            .join(Posting, Posting.entry_id == EntryRow.id)
            .where(Posting.account.in_(select(Account.code).where(Account.kind.in_(accounts))))
            .group_by(EntryRow.movement_id)
            .subquery()
        )
        query = (
            select(Movement.id, cost.label("worth"), posted.c.amount)
            .join(Item, Item.id == Movement.item_id)
            .outerjoin(posted, posted.c.movement_id == Movement.id)
        )
        of_loss = [one.to_location_id == End.LOSS for one in (Movement, _UNDONE) if kind == MovementKind.ADJUST]
        done = query.where(Movement.kind == kind, func.coalesce(posted.c.amount, 0) != cost, *of_loss[:1])
        of_kind = and_(_UNDONE.id == Movement.reverses_id, _UNDONE.kind == kind, *of_loss[1:])
        back = query.join(_UNDONE, of_kind).where(func.coalesce(posted.c.amount, 0) != -cost)
        found += [(1, done), (-1, back)]
    return tuple(found)
