"""This file is totes as they are found: by their seal, with what is still in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from spd import ledger
from spd.core.errors import NotFound
from spd.ledger import Item, Movement, MovementKind
from spd.places import End
from spd.replenishment.models import Dispatch


class UnknownDispatch(NotFound):
    """No tote has this seal."""

    code = "unknown-dispatch"
    error = "E01"
    say = {
        "zh": "没有配送箱 {dispatch}。扫描箱封条码。",
        "en": "There is no tote {dispatch}. Scan the code on its seal.",
    }


def find_dispatch(session: Session, code: str) -> Dispatch | None:
    """The tote with this seal."""
    return session.scalars(select(Dispatch).where(Dispatch.code == code)).one_or_none()


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
        .where(Item.location_id == End.TRANSIT, ~_left_again(Movement))
        .order_by(Item.id)
    )
    return list(session.scalars(query))


def _left_again(sent: Any) -> Any:
    """Whether the item was sent off once more after this dispatch; a hold on its way changes nothing."""
    later = aliased(Movement)
    again = (later.item_id == sent.item_id) & (later.sequence > sent.sequence) & (later.kind == MovementKind.DISPATCH)
    return exists().where(again)


def codes_of(session: Session, done: Sequence[Movement]) -> tuple[str, ...]:
    """The codes of the items an act moved, in its order."""
    items = ledger.item_states(session, [movement.item_id for movement in done])
    return tuple(items[movement.item_id].code for movement in done)
