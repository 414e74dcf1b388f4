"""This file is totes as they are found: by their seal, with what is still in them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import NotFound
from spd.ledger import Item, Movement, MovementKind
from spd.places import End, Location
from spd.replenishment.levels import left_again
from spd.replenishment.models import Dispatch
from spd.stock import kits


class UnknownDispatch(NotFound):
    """No tote has this seal."""

    code = "unknown-dispatch"
    error = "E01"
    say = {
        "zh": "没有配送箱 {dispatch}。扫描箱封条码。",
        "en": "There is no tote {dispatch}. Scan the code on its seal.",
    }


def find_dispatch(session: Session, code: str) -> Dispatch | None:
    """The tote with this code, or with this number on its seal."""
    known = (Dispatch.code == code) | (Dispatch.seal == code)
    return session.scalars(select(Dispatch).where(known).order_by(Dispatch.code == code).limit(1)).first()


def get_dispatch(session: Session, code: str) -> Dispatch:
    """The tote with this seal. Raises: UnknownDispatch."""
    found = find_dispatch(session, code)
    if found is None:
        raise UnknownDispatch(dispatch=code)
    return found


def waiting_in(session: Session, code: str) -> list[str]:
    """The codes of what left in a tote and has not been signed for."""
    query = (
        select(Item.code)
        .join(Movement, Movement.item_id == Item.id)
        .where(Movement.document == code, Movement.kind == MovementKind.DISPATCH)
        .where(Item.location_id == End.TRANSIT, ~left_again(Movement))
        .order_by(Item.id)
    )
    return list(session.scalars(query))


def waiting_at(session: Session, department_id: int) -> list[tuple[Dispatch, Location, str]]:
    """What is on its way to the places of a department and has not been signed for: tote, place, code of the item."""
    query = (
        select(Dispatch, Location, Item.code)
        .join(Location, Location.id == Dispatch.to_location_id)
        .join(Movement, (Movement.document == Dispatch.code) & (Movement.kind == MovementKind.DISPATCH))
        .join(Item, Item.id == Movement.item_id)
        .where(Location.department_id == department_id, Item.location_id == End.TRANSIT, ~left_again(Movement))
        .order_by(Dispatch.id, Item.id)
    )
    return [(tote, place, code) for tote, place, code in session.execute(query)]


def tote_with(session: Session, item: str) -> str:
    """The code of the tote in which a thing is on its way. Raises: UnknownDispatch."""
    query = (
        select(Movement.document)
        .join(Item, Item.id == Movement.item_id)
        .where(Item.code == item, Item.location_id == End.TRANSIT)
        .where(Movement.kind == MovementKind.DISPATCH, ~left_again(Movement))
    )
    code = session.scalar(query)
    if code is None:
        raise UnknownDispatch(dispatch=item)
    return code


def things_of(session: Session, done: Sequence[Movement]) -> int:
    """How many things an act moved: what was in a sealed kit then is one with it."""
    ids = [movement.item_id for movement in done]
    return len({kits.sealed_then(session, ids, done[0].recorded_at).get(one, -one) for one in ids}) if ids else 0


def codes_of(session: Session, done: Sequence[Movement]) -> tuple[str, ...]:
    """The codes of the items an act moved, in its order."""
    items = ledger.item_states(session, [movement.item_id for movement in done])
    return tuple(items[movement.item_id].code for movement in done)
