"""This file is operations: one patient in one room, from its plan until two people have confirmed what was used.

What is drawn to an operation moves into its room under the operation's number, and what goes back moves out of it: the
ledger keeps both. Here stand the plan, what happened to it, and which uses are of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, Uuid, func, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd import ledger
from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Name, Quantity, UtcDateTime, Word
from spd.core.errors import NotFound
from spd.core.occasion import Occasion
from spd.ledger import Movement
from spd.places import Location


class OperationStanding(StrEnum):
    """How far an operation is."""

    PLANNED = "planned"
    OPEN = "open"
    ENDED = "ended"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


BEGUN = (OperationStanding.OPEN, OperationStanding.ENDED, OperationStanding.CONFIRMED)


class Part(StrEnum):
    """Who confirms."""

    SURGEON = "surgeon"
    NURSE = "nurse"


class Operation(Base):
    """One operation: whose, where, when, by whom, and how far it is."""

    __tablename__ = "operations"
    __table_args__ = (
        Index("ix_operations_standing", "standing", "location_id"),
        Index("ix_operations_encounter", "encounter_id"),
        Index("ix_operations_planned", "planned_at"),
        Index(
            "uq_operations_open", "location_id", unique=True, postgresql_where=text("standing = 'open'"),
            sqlite_where=text("standing = 'open'"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    """Its number in HIS, or one of ours."""
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    """The room."""
    planned_at: Mapped[Instant]
    surgeon_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    nurse_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    """The circulating nurse."""
    procedures: Mapped[str] = mapped_column(Text())
    """A JSON list of objects: code, name, side."""
    standing: Mapped[Word]
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class OperationEvent(AppendOnly, Base):
    """One thing that happened to an operation, with its occasion."""

    __tablename__ = "operation_events"
    __table_args__ = (
        UniqueConstraint("request_key", "operation_id", "kind"),
        Index("ix_operation_events_operation", "operation_id", "id"),
    )

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"))
    kind: Mapped[Word]
    """planned, changed, opened, ended, reopened, signed, confirmed, cancelled, overdue."""
    occurred_at: Mapped[Instant]
    recorded_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]
    reason: Mapped[Name]


class OperationUse(AppendOnly, Base):
    """One use that is of an operation. `drawn`: of what was drawn for it, else of the room's own stock."""

    __tablename__ = "operation_uses"

    id: Mapped[Id]
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"), index=True)
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), unique=True)
    drawn: Mapped[bool]


class OperationKept(AppendOnly, Base):
    """What was drawn and not used, and stays in the room as its stock. `sequence`: the item's last movement then."""

    __tablename__ = "operation_kept"
    __table_args__ = (UniqueConstraint("request_key", "item_id"),)

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"), index=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("items.id"))
    sequence: Mapped[int]
    quantity: Mapped[Quantity]
    kept_at: Mapped[Instant]
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class OperationSignature(AppendOnly, Base):
    """One person's word for what was used: the figures as they stood, and their digest."""

    __tablename__ = "operation_signatures"
    __table_args__ = (Index("ix_operation_signatures_operation", "operation_id", "id"),)

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    operation_id: Mapped[int] = mapped_column(ForeignKey("operations.id"))
    part: Mapped[Word]
    """surgeon or nurse."""
    turn: Mapped[int]
    """How often the operation had been opened again by then: a signature holds until it is."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    signed_at: Mapped[Instant]
    figures: Mapped[str] = mapped_column(Text())
    """A JSON object by item: drawn, used, used of the room's stock, returned, wasted."""
    digest: Mapped[Digest]


class UnknownOperation(NotFound):
    """No operation has this number, or it is of a place that is not yours."""

    code = "unknown-operation"
    error = "E01"
    say = {
        "zh": "没有手术 {operation}。核对手术单号, 或先登记手术。",
        "en": "There is no operation {operation}. Check its number, or plan it first.",
    }


def find_operation(session: Session, code: str) -> Operation | None:
    """The operation with this number."""
    return session.scalars(select(Operation).where(Operation.code == code)).one_or_none()


def get_operation(session: Session, code: str, *, departments: frozenset[int] | None = None) -> Operation:
    """The operation with this number, in a room of one's own departments. Raises: UnknownOperation."""
    query = select(Operation).join(Location, Location.id == Operation.location_id).where(Operation.code == code)
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownOperation(operation=code)
    return found


def note(session: Session, when: Occasion, operation: Operation, kind: str, reason: str = "") -> None:
    """Keep what happened to an operation."""
    session.add(
        OperationEvent(
            request_key=when.request_key, content=when.content, operation_id=operation.id, kind=kind,
            occurred_at=when.occurred_at, recorded_at=when.recorded_at, staff_id=when.staff_id, device=when.device,
            reason=reason[:200],
        )
    )  # fmt: skip
    session.flush()  # asked for twice at once, one is refused here


def is_noted(session: Session, when: Occasion) -> bool:
    """Whether this very request did something to an operation before. Raises: KeyReused."""
    query = select(OperationEvent.content).where(OperationEvent.request_key == when.request_key).limit(1)
    content = session.scalar(query)
    if content is not None and content != when.content:
        raise ledger.KeyReused(key=str(when.request_key))
    return content is not None


def step(
    session: Session, operation: Operation, before: Iterable[OperationStanding], after: OperationStanding,
    **values: datetime | int | None,
) -> bool:  # fmt: skip
    """The operation one step further, whoever else tries at this moment; whether it was this call."""
    moved = (
        update(Operation)
        .where(Operation.id == operation.id, Operation.standing.in_(list(before)))
        .values(standing=after, **values)
        .returning(Operation.id)
    )
    if session.execute(moved, execution_options={"synchronize_session": False}).first() is None:
        return False
    session.refresh(operation)
    return True


def lock(session: Session, operation: Operation) -> Operation:
    """The operation as it stands, and as it stays until this transaction is over: its figures are about to change, or
    to be signed."""
    taken = update(Operation).where(Operation.id == operation.id).values(standing=Operation.standing)
    session.execute(taken, execution_options={"synchronize_session": False})
    session.refresh(operation)
    return operation


def rounds(session: Session, operation: Operation) -> int:
    """How often it was opened again."""
    query = select(func.count()).where(OperationEvent.operation_id == operation.id, OperationEvent.kind == "reopened")
    return session.scalar(query) or 0


def reopen(session: Session, when: Occasion, operations: Sequence[Operation], reason: str) -> None:
    """Those of these that were confirmed wait for both signatures again, for what has changed."""
    for operation in operations:
        lock(session, operation)
        if step(session, operation, [OperationStanding.CONFIRMED], OperationStanding.ENDED, confirmed_at=None):
            note(session, when, operation, "reopened", reason)


def reopen_of_use(session: Session, when: Occasion, movement_id: int, reason: str) -> None:
    """The operation of a use that was undone waits for its signatures again, if it was confirmed."""
    query = select(Operation).join(OperationUse, OperationUse.operation_id == Operation.id)
    reopen(session, when, list(session.scalars(query.where(OperationUse.movement_id == movement_id))), reason)


def reopen_of_items(session: Session, when: Occasion, location_id: int, items: Sequence[int], reason: str) -> None:
    """Operations of a room that things were drawn for, and that are accounted for no longer, wait again."""
    drawn = select(Movement.id).where(Movement.document == Operation.code, Movement.item_id.in_(items)).exists()
    query = select(Operation).where(Operation.location_id == location_id, drawn)
    reopen(session, when, list(session.scalars(query)), reason)


@dataclass(frozen=True, kw_only=True)
class Procedure:
    """One procedure that is planned. side: left, right, both, or none."""

    code: str
    name: str
    side: str = ""
