"""This file is a thing found again that was written off: that is undone, at its own price, and nobody owes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from spd import accounting, ledger
from spd.accounting import Charge, OwedFor
from spd.core.occasion import Occasion
from spd.disposal.refusals import MovedOn, NotAWriteOff
from spd.ledger import Draft, Item, ItemState, ItemStateName, Movement, MovementKind, Step
from spd.places import End, Location
from spd.stock import Goods, OtherDepartment, expiry, get_goods, holds
from spd.stock.until import is_expired


@dataclass(frozen=True, kw_only=True)
class Found:
    """A thing that was written off and has turned up."""

    occasion: Occasion
    item: str
    note: str
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class FoundAgain:
    """What came back, and the cost taken off again."""

    movement_id: int
    reverses_id: int
    item: str
    quantity: int
    state: str
    cost: Decimal
    repeated: bool = False


def find_again(session: Session, said: Found) -> FoundAgain:
    """The last write-off of a thing undone: it is back where it was, at its price, with its owner.

    It comes back on hold where something else still holds it, or where it has expired.

    Raises: KeyReused, UnknownItem, OtherDepartment, NotAWriteOff, MovedOn, Moved, Racing.
    """
    if done := ledger.find_done(session, said.occasion):
        return _found(session, done[0], repeated=True)
    goods = get_goods(session, said.item)
    undone = _last_write_off(session, goods.item.id)
    if undone is None:
        raise NotAWriteOff(item=said.item)
    lost, department = undone
    if said.departments is not None and department not in said.departments:
        raise OtherDepartment(item=said.item, location=goods.location_name)
    item = goods.item
    if item.quantity and (item.location_id, item.owner_id) != (lost.from_location_id, lost.from_owner_id):
        raise MovedOn(item=said.item)
    event, lines = ledger.lines_of(session, lost.id)
    period = ledger.posting_period(session, said.occasion.day)
    draft = Draft(session, said.occasion)
    draft.move(
        item,
        Step(
            kind=MovementKind.REVERSE,
            quantity=lost.quantity,
            from_location_id=End.LOSS,
            to_location_id=lost.from_location_id,
            from_owner_id=lost.to_owner_id,
            to_owner_id=lost.from_owner_id,
            state_after=_state_after(session, said, goods, lost),
            department_id=lost.department_id,
            document=lost.document,
            reason=said.note,
            reverses_id=lost.id,
            entry=accounting.reversed_entry(event, lines, period=period),
        ),
    )
    movement = draft.write()[0]
    if owing := accounting.owing_for(session, OwedFor.WRITE_OFF, lost.document):
        owed = Charge(
            owed_for=OwedFor.WRITE_OFF, document=lost.document, staff_id=owing.staff_id, movements=[lost.id], back=True
        )
        accounting.charge_person(session, said.occasion, owed)
    if not item.quantity:
        expiry.note_expired(session, said.occasion, [goods])
    return _found(session, ledger.get_movement(session, movement["id"]))


def _state_after(session: Session, said: Found, goods: Goods, lost: Movement) -> str:
    item = goods.item
    if item.quantity:
        return item.state
    if holds.open_holds(session, [item.id]) or is_expired(goods.until, said.occasion.moment):
        return ItemStateName.HELD
    there: ItemState = replace(item, location_id=lost.from_location_id)
    return holds.states_before(session, [there])[item.id]


_UNDOING = aliased(Movement)


def _last_write_off(session: Session, item_id: int) -> tuple[Movement, int | None] | None:
    """The last write-off of a thing that stands, and whose place it was at."""
    query = (
        select(Movement, Location.department_id)
        .join(Location, Location.id == Movement.from_location_id)
        .outerjoin(_UNDOING, _UNDOING.reverses_id == Movement.id)
        .where(Movement.item_id == item_id, Movement.kind == MovementKind.WRITE_OFF, _UNDOING.id.is_(None))
        .order_by(Movement.sequence.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def _found(session: Session, movement: Movement, *, repeated: bool = False) -> FoundAgain:
    item = session.get_one(Item, movement.item_id)
    assert movement.reverses_id is not None
    return FoundAgain(
        movement_id=movement.id,
        reverses_id=movement.reverses_id,
        item=item.code,
        quantity=movement.quantity,
        state=movement.state_after,
        cost=-movement.quantity * item.unit_price,
        repeated=repeated,
    )
