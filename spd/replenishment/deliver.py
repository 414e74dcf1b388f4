"""This file is sending things to a ward: a tote is filled and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from scanners import Scan, own
from spd import ledger
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemStateName, MovementKind, Step
from spd.places import End, Location, get_location
from spd.replenishment.models import Dispatch
from spd.replenishment.totes import codes_of, get_dispatch
from spd.stock import Goods, goods_of
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


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A tote on its way."""

    code: str
    to: str
    to_name: str
    items: tuple[str, ...]
    repeated: bool = False


def dispatch(session: Session, asked: ToDispatch) -> Sent:
    """The tote with its seal; its items are in transit, and still whose they were.

    Raises: KeyReused, UnknownLocation, UnknownItem, AlreadyUsed, Gone, Held, NotSignedYet, Expired, MixedOrigin,
    Moved, Racing.
    """
    code = own.derive("document", f"dispatch:{asked.occasion.request_key}".encode())
    if done := ledger.find_done(session, asked.occasion):
        tote = get_dispatch(session, code)
        place = session.get_one(Location, tote.to_location_id)
        return Sent(code=code, to=place.code, to_name=place.name, items=codes_of(session, done), repeated=True)
    place = get_location(session, asked.to)
    goods = goods_of(session, asked.items)
    for one in goods:
        refuse_unsafe(one, 1, on=asked.occasion.day)
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
        draft.move(one.item, _leave(one, code))
    draft.write()
    return Sent(code=code, to=place.code, to_name=place.name, items=tuple(one.item.code for one in goods))


def _leave(goods: Goods, code: str) -> Step:
    item = goods.item
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
