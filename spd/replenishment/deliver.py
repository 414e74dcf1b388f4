"""This file is sending things to a ward: a tote is filled and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scanners import Scan, own
from spd import ledger
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemState, ItemStateName, MovementKind, Step
from spd.places import End, Location, get_location
from spd.replenishment.models import Dispatch
from spd.replenishment.totes import codes_of, get_dispatch, things_of
from spd.stock import OtherDepartment, kit_fitness, kits
from spd.stock.safety import refuse_unsafe


class MixedOrigin(Refused):
    """A tote is filled at one place."""

    code = "mixed-origin"
    error = "E20"
    say = {
        "zh": "{item} 账面在 {location}, 与其他物品不在同一货位。分开装箱。",
        "en": "{item} is at {location}, not with the others. Fill a tote from one place only.",
    }


@dataclass(frozen=True, kw_only=True)
class ToDispatch:
    """What goes into a tote, and where it goes."""

    occasion: Occasion
    items: Sequence[str | Scan]
    to: str
    departments: frozenset[int] | None = None
    """Whose stock the sender may take from; all, where none is named."""


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A tote on its way."""

    code: str
    to: str
    to_name: str
    items: tuple[str, ...]
    things: int = 0
    """How many things were put in: a kit is one, whatever it holds."""
    repeated: bool = False


def dispatch(session: Session, asked: ToDispatch) -> Sent:
    """The tote with its seal; its items are in transit, and still whose they were. A kit goes in by its own label.

    Raises: KeyReused, UnknownLocation, UnknownItem, KitEnded, InKit, OtherDepartment, AlreadyUsed, Gone, Held,
    NotSignedYet, Expired, KitStopped, KitNotSterile, KitApart, MixedOrigin, Moved, Racing.
    """
    code = own.derive("document", f"dispatch:{asked.occasion.request_key}".encode())
    if done := ledger.find_done(session, asked.occasion):
        tote = get_dispatch(session, code)
        place = session.get_one(Location, tote.to_location_id)
        codes = codes_of(session, done)
        return Sent(
            code=code, to=place.code, to_name=place.name, items=codes, things=things_of(session, done), repeated=True
        )
    place = get_location(session, asked.to)
    gathered = kits.gather(session, asked.items, asked.departments)
    goods = gathered.goods
    for one in goods:
        if asked.departments is not None and one.department_id not in asked.departments:
            raise OtherDepartment(item=one.item.code, location=one.location_name)
        kit = gathered.kits.get(one.item.id)
        if kit is None:
            refuse_unsafe(one, 1, when=asked.occasion.moment)
        else:
            kit_fitness.refuse_unfit(session, kit, gathered.mates(kit), when=asked.occasion.moment)
        if one.item.location_id != goods[0].item.location_id:
            raise MixedOrigin(item=one.item.code, location=one.location_name)
    session.add(
        Dispatch(
            code=code,
            from_location_id=goods[0].item.location_id,
            to_location_id=place.id,
            dispatched_at=asked.occasion.recorded_at,
        )
    )
    draft = Draft(session, asked.occasion, expected=len(goods))
    for one in goods:
        draft.move(one.item, leave(one.item, code))
    draft.write()
    codes = tuple(one.item.code for one in goods)
    return Sent(code=code, to=place.code, to_name=place.name, items=codes, things=gathered.things)


def leave(item: ItemState, code: str) -> Step:
    """The step of an item that leaves in a tote: on its way, and still whose it was."""
    return Step(
        kind=MovementKind.DISPATCH,
        quantity=item.quantity,
        from_location_id=item.location_id,
        to_location_id=End.TRANSIT,
        from_owner_id=item.owner_id,
        to_owner_id=item.owner_id,
        state_after=ItemStateName.IN_TRANSIT,
        document=code,
    )
