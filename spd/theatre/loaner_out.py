"""This file is a loaner set going: what was not used is counted out by two people, and the set closed when nothing is
missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import Draft, ItemState, ItemStateName, MovementKind, Step
from spd.places import End
from spd.stock import holds
from spd.stock.holds import HoldReason
from spd.stock.loaned import LoanerSet, SetLine, SetStanding, describe, get_set, lines_of
from spd.theatre.loaner_in import count_of
from spd.theatre.pieces import Counted, Seen, hear
from spd.theatre.refusals import KeptHere, NothingCounted, NotOfSet, SetEnded, SetNotClosed

_MAY_LEAVE = (ItemStateName.AVAILABLE, ItemStateName.OPEN, ItemStateName.HELD)
_DOCUMENTS = (HoldReason.WRITE_OFF, HoldReason.RETURN)


@dataclass(frozen=True, kw_only=True)
class CountedOut:
    """What two people counted of what goes back with its supplier."""

    occasion: Occasion
    set: str
    pieces: Sequence[Counted]
    seen_by_id: int
    note: str = ""
    """Who took it along."""
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class SetEnding:
    """A set to be closed, or given up."""

    occasion: Occasion
    set: str
    departments: frozenset[int] | None = None


def count_out(session: Session, said: CountedOut) -> tuple[LoanerSet, bool]:
    """The set without what has gone, and whether it went before. Recalled and held things go too.

    Raises: KeyReused, UnknownSet, SetEnded, SamePerson, UnknownItem, LotUnread, NothingCounted, NotOfSet, KeptHere,
    Moved, Racing.
    """
    loaned = get_set(session, said.set, departments=said.departments)
    if ledger.find_done(session, said.occasion):
        return loaned, True
    if loaned.standing not in (SetStanding.IN, SetStanding.CLOSED):
        raise SetEnded(set=loaned.code, standing=loaned.standing)
    refuse_same_person(said.occasion.staff_id, said.seen_by_id)
    going = _going(session, said, loaned)
    if not going:
        raise NothingCounted()
    _refuse_kept(session, going)
    draft = Draft(session, said.occasion, expected=len(going))
    for item, quantity in going:
        draft.move(item, _step(loaned, item, quantity))
    draft.write()
    whole = [item.id for item, quantity in going if quantity == item.quantity]
    holds.end(session, said.occasion, holds.open_holds(session, whole), note=loaned.code)
    session.add(count_of(said.occasion, loaned, "out", said.seen_by_id, said.note))
    session.flush()  # the count stands before the set is read again
    return loaned, False


def _going(session: Session, said: CountedOut, loaned: LoanerSet) -> list[tuple[ItemState, int]]:
    """What goes, item by item. Raises: UnknownItem, LotUnread, NotOfSet."""
    lines = [one for one in lines_of(session, loaned) if one.left > 0 and one.line.item_id is not None]
    items = ledger.item_states(session, [one.line.item_id for one in lines if one.line.item_id is not None])
    going: dict[int, int] = {}
    for seen in hear(session, said.pieces):
        line = _line_of(lines, items, seen)
        if line is None:
            raise NotOfSet(item=seen.what, set=loaned.code)
        number = line.line.item_id
        assert number is not None
        going[number] = going.get(number, 0) + seen.quantity
        if going[number] > line.left:
            raise NotOfSet(item=seen.what, set=loaned.code)
    return [(items[number], quantity) for number, quantity in going.items()]


def _line_of(lines: Sequence[SetLine], items: dict[int, ItemState], seen: Seen) -> SetLine | None:
    for one in lines:
        line = one.line
        if seen.code:
            if items[line.item_id or 0].code == seen.code:
                return one
        elif seen.product is not None and (line.product_id, line.serial) == (seen.product.id, seen.serial):
            if not seen.serial and seen.lot != line.lot:
                continue
            return one
    return None


def _refuse_kept(session: Session, going: Sequence[tuple[ItemState, int]]) -> None:
    """Raises: KeptHere."""
    documents = {
        hold.item_id for hold in holds.open_holds(session, [item.id for item, _ in going]) if hold.reason in _DOCUMENTS
    }
    for item, _quantity in going:
        if item.state not in _MAY_LEAVE or item.location_id == End.TRANSIT or item.id in documents:
            raise KeptHere(item=item.code)


def _step(loaned: LoanerSet, item: ItemState, quantity: int) -> Step:
    return Step(
        kind=MovementKind.RETURN, quantity=quantity, from_location_id=item.location_id, to_location_id=End.SUPPLIER,
        from_owner_id=item.owner_id, to_owner_id=item.supplier_id,
        state_after=ItemStateName.RETURNED if quantity == item.quantity else item.state, document=loaned.code,
        reason="loaner",
    )  # fmt: skip


def close(session: Session, said: SetEnding) -> tuple[LoanerSet, bool]:
    """The set closed: all that came was used, taken out or lost. Raises: UnknownSet, SetEnded, SetNotClosed."""
    loaned = get_set(session, said.set, departments=said.departments)
    if loaned.ended_key == said.occasion.request_key:
        return loaned, True
    missing = [one for one in lines_of(session, loaned) if one.left]
    if loaned.standing == SetStanding.IN and missing:
        count = sum(one.left for one in missing)
        raise SetNotClosed(set=loaned.code, count=count, missing=describe(missing))
    return _end(session, said, loaned, SetStanding.IN, SetStanding.CLOSED), False


def withdraw(session: Session, said: SetEnding) -> tuple[LoanerSet, bool]:
    """The set given up before anything of it came. Raises: UnknownSet, SetEnded."""
    loaned = get_set(session, said.set, departments=said.departments)
    if loaned.ended_key == said.occasion.request_key:
        return loaned, True
    return _end(session, said, loaned, SetStanding.LISTED, SetStanding.WITHDRAWN), False


def _end(session: Session, said: SetEnding, loaned: LoanerSet, before: SetStanding, after: SetStanding) -> LoanerSet:
    when = said.occasion
    values = {
        "standing": after, "ended_at": when.recorded_at, "ended_by_id": when.staff_id, "ended_key": when.request_key,
    }  # fmt: skip
    ended = update(LoanerSet).where(LoanerSet.id == loaned.id, LoanerSet.standing == before)
    if session.execute(ended.values(values).returning(LoanerSet.id)).first() is None:
        raise SetEnded(set=loaned.code, standing=loaned.standing)
    session.refresh(loaned)
    return loaned


def refuse_foreign(session: Session, loaned: LoanerSet, code: str) -> None:
    """Refuse a thing that is not among what is left of a set. Raises: NotOfSet."""
    numbers = [one.line.item_id for one in lines_of(session, loaned) if one.left and one.line.item_id is not None]
    if code not in {item.code for item in ledger.item_states(session, numbers).values()}:
        raise NotOfSet(item=code, set=loaned.code)
