"""This file is moving things within one pair of hands: put away, or carried between places without a tote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemStateName, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End, Location, LocationKind, get_location
from spd.replenishment import money
from spd.replenishment.totes import codes_of, things_of
from spd.stock import Goods, OtherDepartment, expiry, kit_fitness, kits, operations
from spd.stock.safety import is_stopped, refuse_uncarried


@dataclass(frozen=True, kw_only=True)
class ToTransfer:
    """Items carried to a place by somebody who may take them from where they are."""

    occasion: Occasion
    items: Sequence[str | Scan]
    to: str
    departments: frozenset[int] | None = None
    document: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Transferred:
    """What is now there."""

    items: tuple[str, ...]
    to: str
    things: int = 0
    """How many things were carried: a kit is one."""
    repeated: bool = False


def transfer(session: Session, asked: ToTransfer) -> Transferred:
    """The items at the other place, whole, and whose they were (or the hospital's, where issue passes title).

    What is held or expired goes back to a store and nowhere else, and stays held there. A kit is carried as one, by
    its own label.

    Raises: KeyReused, UnknownLocation, UnknownItem, KitEnded, InKit, OtherDepartment, AlreadyUsed, Gone, Held,
    NotSignedYet, Expired, KitStopped, KitNotSterile, KitApart, Moved, Racing.
    """
    place = get_location(session, asked.to)
    if done := ledger.find_done(session, asked.occasion):
        things = things_of(session, done)
        return Transferred(items=codes_of(session, done), to=place.code, things=things, repeated=True)
    gathered = kits.gather(session, asked.items, asked.departments)
    goods, to_store = gathered.goods, place.kind == LocationKind.STORE
    period = ledger.posting_period(session, asked.occasion.day)
    draft = Draft(session, asked.occasion, expected=len(goods))
    for one in goods:
        if asked.departments is not None and one.department_id not in asked.departments:
            raise OtherDepartment(item=one.item.code, location=one.location_name)
        kit = gathered.kits.get(one.item.id)
        if kit is None:
            refuse_uncarried(one, to_store=to_store, when=asked.occasion.moment)
        elif not to_store or one.item.location_id == End.TRANSIT:
            kit_fitness.refuse_unfit(session, kit, gathered.mates(kit), when=asked.occasion.moment)
        origin = session.get_one(Location, one.item.location_id)
        item = one.item
        draft.move(
            item,
            Step(
                kind=MovementKind.TRANSFER,
                quantity=item.quantity,
                from_location_id=item.location_id,
                to_location_id=place.id,
                from_owner_id=item.owner_id,
                to_owner_id=HOSPITAL_ID if money.passes_title(one, place.kind) else item.owner_id,
                state_after=ItemStateName.HELD if is_stopped(one, when=asked.occasion.moment) else item.state,
                document=asked.document,
                reason=asked.reason,
                entry=money.entry_of(session, one, origin.kind, place.kind, period=period),
            ),
        )
    draft.write()
    _tell_operations(session, asked.occasion, goods)
    expiry.note_expired(session, asked.occasion, goods)
    return Transferred(items=tuple(one.item.code for one in goods), to=place.code, things=gathered.things)


def _tell_operations(session: Session, when: Occasion, goods: Sequence[Goods]) -> None:
    """What waited on a write-off and is carried out of a theatre's room after all: whoever signed for it signs anew."""
    held = [one for one in goods if one.item.state == ItemStateName.HELD and one.location_kind == LocationKind.THEATRE]
    for room in {one.item.location_id for one in held}:
        items = [one.item.id for one in held if one.item.location_id == room]
        operations.reopen_of_items(session, when, room, items, "carried-away")
