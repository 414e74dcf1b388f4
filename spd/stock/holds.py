"""This file is holds: things that must not be used until somebody says they may, each with its reason.

Several reasons may hold one item; it is free again when the last of them is released. The item stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Uuid, func, insert, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd import ledger
from spd.core.base import Base
from spd.core.columns import Code, Id, Instant, Name, UtcDateTime, Word
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemState, ItemStateName, Movement, MovementKind, Step
from spd.places import End
from spd.stock.kits import kits_with

HOLDABLE = (
    ItemStateName.AVAILABLE,
    ItemStateName.OPEN,
    ItemStateName.RESERVED,
    ItemStateName.IN_TRANSIT,
    ItemStateName.HELD,
)
_FREE = (ItemStateName.AVAILABLE, ItemStateName.OPEN)
_AT_ONCE = 500


class HoldReason(StrEnum):
    """Why a thing is held."""

    RECALL = "recall"
    INSPECTION = "inspection"
    TEMPERATURE = "temperature"
    LICENCE = "licence"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    DISPUTE = "dispute"
    WRITE_OFF = "write_off"
    """Asked to be written off, not yet decided."""
    RETURN = "return"
    """Put aside for its supplier, not yet signed out."""
    OTHER = "other"


QUALITY = (HoldReason.RECALL, HoldReason.INSPECTION, HoldReason.TEMPERATURE, HoldReason.LICENCE)
"""The reasons that a second person releases, where the hospital's policy wants one."""


class Hold(Base):
    """One reason for which one item is held, from when to when."""

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_open", "item_id", postgresql_where=text("released_at IS NULL")),
        Index("ix_holds_reference", "reference", "item_id"),
    )

    id: Mapped[Id]
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    reason: Mapped[Word]
    reference: Mapped[Code] = mapped_column(default="")
    """The recall, note or document that asks for it."""
    note: Mapped[Name] = mapped_column(default="")
    request_key: Mapped[UUID] = mapped_column(Uuid(), index=True)
    placed_at: Mapped[Instant]
    placed_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    released_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    released_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    release_note: Mapped[Name] = mapped_column(default="")
    release_key: Mapped[UUID | None] = mapped_column(Uuid(), index=True)


@dataclass(frozen=True, kw_only=True)
class Why:
    """Why things are held."""

    reason: HoldReason
    reference: str = ""
    note: str = ""


def place(session: Session, occasion: Occasion, items: Iterable[ItemState], why: Why) -> list[ItemState]:
    """The items that are held now for this reason; those no longer in the hospital's hands are left out.

    Whoever is just moving one of them is waited for by asking again. Raises: Moved, Racing.
    """
    holdable = [item for item in items if item.state in HOLDABLE and item.quantity > 0]
    already = _held_for(session, [item.id for item in holdable], why)
    fresh = [item for item in holdable if item.id not in already]
    draft = Draft(session, occasion, expected=len(fresh))
    for item in fresh:
        if item.state != ItemStateName.HELD:
            draft.move(item, stays(item, MovementKind.HOLD, ItemStateName.HELD, why.reference, why.note or why.reason))
    if draft.movements:
        draft.write()
    note(session, occasion, [item.id for item in fresh], why)
    return fresh


def note(session: Session, occasion: Occasion, item_ids: Sequence[int], why: Why) -> None:
    """Keep why the items are held; they came into the state by a movement of the caller's, or by `place`."""
    rows: list[dict[str, Any]] = [
        {
            "item_id": item_id,
            "reason": why.reason.value,
            "reference": why.reference,
            "note": why.note,
            "request_key": occasion.request_key,
            "placed_at": occasion.recorded_at,
            "placed_by_id": occasion.staff_id,
        }
        for item_id in item_ids
    ]
    if rows:
        session.execute(insert(Hold), rows)


def release(session: Session, occasion: Occasion, holds: Sequence[Hold], *, note: str) -> list[ItemState]:
    """The items that are free again: those that no other reason holds. Raises: Moved, Racing."""
    end(session, occasion, holds, note=note)
    wanted = sorted({hold.item_id for hold in holds})
    still = _held(session, wanted)
    free = [item for item in ledger.item_states(session, wanted).values() if item.id not in still]
    held = [item for item in free if item.state == ItemStateName.HELD]
    before = states_before(session, held)
    draft = Draft(session, occasion, expected=len(held))
    for item in held:
        draft.move(item, stays(item, MovementKind.RELEASE, before[item.id], "", note))
    if draft.movements:
        draft.write()
    return held


def end(session: Session, occasion: Occasion, holds: Sequence[Hold], *, note: str) -> None:
    """End these reasons without moving anything: what becomes of the items is a movement of the caller's."""
    mine = sorted(hold.id for hold in holds if hold.released_at is None)
    for start in range(0, len(mine), _AT_ONCE):
        session.execute(
            update(Hold)
            .where(Hold.id.in_(mine[start : start + _AT_ONCE]), Hold.released_at.is_(None))
            .values(
                released_at=occasion.recorded_at,
                released_by_id=occasion.staff_id,
                release_note=note,
                release_key=occasion.request_key,
            )
        )


def stays(item: ItemState, kind: MovementKind, state: str, document: str, reason: str) -> Step:
    """A movement that leaves a thing where and whose it is, and changes what may be done with it."""
    return Step(
        kind=kind,
        quantity=item.quantity,
        from_location_id=item.location_id,
        to_location_id=item.location_id,
        from_owner_id=item.owner_id,
        to_owner_id=item.owner_id,
        state_after=state,
        document=document,
        reason=reason,
    )


def open_holds(session: Session, item_ids: Sequence[int]) -> list[Hold]:
    """What holds these items now, in the order placed."""
    found: list[Hold] = []
    for start in range(0, len(item_ids), _AT_ONCE):
        part = Hold.item_id.in_(item_ids[start : start + _AT_ONCE])
        found += session.scalars(select(Hold).where(part, Hold.released_at.is_(None)).order_by(Hold.id))
    return found


def holds_of(session: Session, reference: str) -> list[Hold]:
    """What holds things now for this recall, note or document."""
    query = select(Hold).where(Hold.reference == reference, Hold.released_at.is_(None)).order_by(Hold.id)
    return list(session.scalars(query))


def states_before(session: Session, items: Sequence[ItemState]) -> dict[int, str]:
    """What each item is again when nothing holds it: as it was before.

    What was on its way or kept for somebody and has been carried off since is as it was before that: a pack that left
    open is open again. What is in a sealed kit stays kept for it.
    """
    there = {item.id: item.location_id == End.TRANSIT for item in items}
    found = _last_state(session, sorted(there), (*_FREE, ItemStateName.RESERVED, ItemStateName.IN_TRANSIT))
    carried = [item_id for item_id, state in found.items() if state not in _FREE and not there[item_id]]
    found |= dict.fromkeys(carried, ItemStateName.AVAILABLE) | _last_state(session, carried, _FREE)
    found |= dict.fromkeys(kits_with(session, [one for one in carried if not there[one]]), ItemStateName.RESERVED)
    return {item_id: found.get(item_id, ItemStateName.AVAILABLE) for item_id in there}


def _last_state(session: Session, item_ids: Sequence[int], among: Sequence[str]) -> dict[int, str]:
    """The last of these states that each item was in."""
    found: dict[int, str] = {}
    for start in range(0, len(item_ids), _AT_ONCE):
        last = (
            select(Movement.item_id, func.max(Movement.sequence).label("sequence"))
            .where(Movement.item_id.in_(item_ids[start : start + _AT_ONCE]), Movement.state_after.in_(among))
            .group_by(Movement.item_id)
            .subquery()
        )
        query = select(Movement.item_id, Movement.state_after).join(
            last, (last.c.item_id == Movement.item_id) & (last.c.sequence == Movement.sequence)
        )
        found |= {item_id: state for item_id, state in session.execute(query)}  # noqa: C416
    return found


def _held(session: Session, item_ids: Sequence[int]) -> set[int]:
    return {hold.item_id for hold in open_holds(session, item_ids)}


def _held_for(session: Session, item_ids: Sequence[int], why: Why) -> set[int]:
    """The items that this very reason holds already."""
    held = open_holds(session, item_ids)
    return {hold.item_id for hold in held if (hold.reason, hold.reference) == (why.reason.value, why.reference)}
