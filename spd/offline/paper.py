"""This file is paper used while nothing else worked: the slowest of devices, whose lines are events like any other.

A sheet's line is kept as an event of the ward's paper, judged as one, and disputed where it cannot be booked. Before
that it is held against what is booked already, since somebody may have scanned it too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session, aliased

from spd import policies
from spd.core.errors import Conflict, Refused
from spd.encounters import STANDS_FOR, Encounter
from spd.ledger import Item, Movement, MovementKind
from spd.offline.chain import START, Queued, digest
from spd.offline.models import DeviceChain, EntryOutcome, EventKind, ReEntry

PAPER = "PAPER-"
"""How the device of a ward's paper begins; its department's code follows."""


class NotThen(Refused):
    """The time on the paper is to come, or longer ago than may be entered."""

    code = "reentry-time"
    say = {
        "zh": "补录时间 {claimed} 不可晚于现在, 也不可早于 {hours} 小时前。核对纸单上的日期和时间。",
        "en": "{claimed} is in the future, or more than {hours} hours ago. Check the date and time on the sheet.",
    }


class PerhapsEntered(Conflict):
    """Something like it is booked already: the same line, or another piece?"""

    code = "perhaps-entered"
    error = "E03"
    verdict = "caution"
    say = {
        "zh": "已有相似记录: {item}, {at}, {staff}。是同一次还是另一次? 请选择。",
        "en": "Something like it is booked: {item}, {at}, by {staff}. The same, or another one? Choose.",
    }


@dataclass(frozen=True, kw_only=True)
class PaperLine:
    """One line of a sheet: what, on whom, by whom, when; who enters it and when."""

    request_key: UUID
    sheet: str
    department_id: int
    used_by_id: int
    entered_by_id: int
    occurred_at: datetime
    recorded_at: datetime
    payload: dict[str, Any]
    encounter_id: int | None = None
    item_id: int | None = None
    first_id: int | None = None
    """The first entry of the same line, which this one answers."""

    @property
    def quantity(self) -> int | None:
        """As the sheet says; none for all of it, or one."""
        told = self.payload.get("quantity")
        return None if told is None else int(told)

    @property
    def scanned(self) -> str:
        """What was used, as it was read or typed."""
        return str(self.payload["scan"])[:400]


def refuse_untimely(session: Session, occurred_at: datetime, *, now: datetime) -> None:
    """Refuse a time that is to come, or too long ago. Raises: NotThen."""
    hours = int(policies.get(session, "reentry.hours"))
    if occurred_at > now or now - occurred_at > timedelta(hours=hours):
        raise NotThen(claimed=occurred_at, hours=hours)


_UNDONE = aliased(Movement)
_OTHER = aliased(Item)
_ITS = aliased(Encounter)


def find_like(session: Session, item: Item, encounter_id: int | None, at: datetime) -> Movement | None:
    """A use that may be this very one: of the item on the same patient, or of its lot within minutes of it."""
    minutes = int(policies.get(session, "reentry.like_minutes"))
    now = select(STANDS_FOR).where(Encounter.id == encounter_id).scalar_subquery()
    its = select(_ITS.id).where(func.coalesce(_ITS.merged_into_id, _ITS.id) == now)  # whichever of its numbers it was
    same_patient = Movement.encounter_id.is_(None) if encounter_id is None else Movement.encounter_id.in_(its)
    near = Movement.occurred_at.between(at - timedelta(minutes=minutes), at + timedelta(minutes=minutes))
    this = Movement.item_id == item.id
    if item.quantity:  # of what is left of it another piece may have been taken at another time
        this &= near
    if not item.serial:
        this |= (_OTHER.product_id == item.product_id) & (_OTHER.lot_id == item.lot_id) & (_OTHER.serial == "") & near
    query = (
        select(Movement)
        .join(_OTHER, _OTHER.id == Movement.item_id)
        .where(Movement.kind == MovementKind.CONSUME.value, same_patient, this)
        .where(~select(_UNDONE.id).where(_UNDONE.reverses_id == Movement.id).correlate(Movement).exists())
        .order_by(Movement.id.desc())
        .limit(1)
    )
    return session.scalars(query).first()


def event_of(chain: DeviceChain, line: PaperLine) -> Queued:
    """The line as the next event of the ward's paper."""
    event = Queued(
        event_id=line.request_key, device=chain.device, sequence=chain.last_sequence + 1, kind=EventKind.PAPER.value,
        payload=line.payload, clock_at=line.occurred_at, offset_ms=0, previous=chain.last_hash, hash=START,
        staff_id=line.used_by_id,
    )  # fmt: skip
    return replace(event, hash=digest(event))


def keep_entry(
    session: Session, line: PaperLine, outcome: EntryOutcome, *, movement_id: int | None = None, rule: str = ""
) -> None:
    """What became of the line, once."""
    session.execute(
        insert(ReEntry).values(
            request_key=line.request_key, sheet=line.sheet, department_id=line.department_id,
            used_by_id=line.used_by_id, staff_id=line.entered_by_id, encounter_id=line.encounter_id,
            scanned=line.scanned, occurred_at=line.occurred_at, recorded_at=line.recorded_at, outcome=outcome.value,
            movement_id=movement_id, rule=rule, item_id=line.item_id, quantity=line.quantity, first_id=line.first_id,
        )
    )  # fmt: skip


def find_entry(session: Session, key: UUID) -> ReEntry | None:
    """The line that was entered under this key."""
    return session.scalars(select(ReEntry).where(ReEntry.request_key == key)).one_or_none()
