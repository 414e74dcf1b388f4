"""This file is a ward as the bedside page shows it: its patients, and what one person used lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Product
from spd.consumption import was_sent, was_settled
from spd.core.occasion import Moment
from spd.encounters import Encounter, here
from spd.ledger import Item, Movement, MovementKind, OutboxMessage
from spd.places import Department, Location
from spd.theatre.label_photos import wanted

SHOWN = 30
SHIFT = timedelta(hours=12)


@dataclass(frozen=True, kw_only=True)
class UsedLately:
    """One use, and whether it was undone."""

    movement_id: int
    name: str
    name_en: str
    quantity: int
    base_unit: str
    lot: str
    occurred_at: datetime
    patient_name: str | None
    undone: bool
    today: bool = True
    """Else it is of a shift that began the day before."""
    opened: bool = False
    """Only opened, and charged to nobody."""
    photo: bool = False
    """An implant whose code was typed, and of whose label there is no picture."""
    onward: bool = False
    """HIS has its charge, or its supplier's statement is approved: it is reversed with a reason."""


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One patient of the ward: number, bed, masked name."""

    code: str
    bed: str
    patient_name: str
    department: Department
    admitted_at: datetime


def kinds_of(session: Session, departments: frozenset[int]) -> set[str]:
    """The kinds of the places that departments use from."""
    return set(session.scalars(select(Location.kind).where(Location.department_id.in_(departments)).distinct()))


def patients(session: Session, departments: frozenset[int] | None, at: datetime) -> list[Patient]:
    """The patients here now, by bed."""
    query = (
        select(Encounter, Department)
        .join(Department, Department.id == Encounter.department_id)
        .where(here(at))
        .where(Encounter.encounter_class != "outpatient")
        .order_by(Department.code, Encounter.bed, Encounter.code)
        .limit(100)
    )
    if departments is not None:
        query = query.where(Encounter.department_id.in_(departments))
    return [
        Patient(
            code=stay.code,
            bed=stay.bed,
            patient_name=stay.patient_name,
            department=department,
            admitted_at=stay.admitted_at,
        )
        for stay, department in session.execute(query)
    ]


def department_of(session: Session, patient: Encounter) -> Department:
    """The department a patient lies in."""
    return session.get_one(Department, patient.department_id)


_UNDO = aliased(Movement)


def uses_lately(session: Session, staff_id: int, moment: Moment, patient: Encounter | None) -> list[UsedLately]:
    """What this person used today or in a shift that began yesterday (on this patient, where there is one), the newest
    first: each can be undone."""
    since = (moment.at or datetime.max.replace(tzinfo=UTC)) - SHIFT
    query = (
        select(
            Movement.id.label("movement_id"),
            Product.name,
            Product.name_en,
            Movement.quantity,
            Product.base_unit,
            Lot.code.label("lot"),
            Movement.occurred_at,
            Encounter.patient_name,
            _UNDO.id.is_not(None).label("undone"),
            (Movement.day_on == moment.day).label("today"),
            (Movement.kind == MovementKind.OPEN).label("opened"),
            or_(
                select(OutboxMessage.id).where(was_sent(Movement.id)).correlate(Movement).exists(),
                was_settled(Movement.id),
            ).label("onward"),
            wanted().label("photo"),
        )
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .outerjoin(_UNDO, _UNDO.reverses_id == Movement.id)
        .where(Movement.kind.in_((MovementKind.CONSUME, MovementKind.OPEN)))
        .where(Movement.staff_id == staff_id, Movement.day_on.in_([moment.day - timedelta(days=1), moment.day]))
        .where(or_(Movement.day_on == moment.day, Movement.occurred_at >= since))
        .order_by(Movement.id.desc())
        .limit(SHOWN)
    )
    if patient is not None:
        query = query.where(Movement.encounter_id == patient.id)
    return [UsedLately(**row._asdict()) for row in session.execute(query)]


def count_today(session: Session, patient: Encounter, staff_id: int, day: date) -> int:
    """How many things this person used on the patient today, those undone left out."""
    query = (
        select(func.count())
        .select_from(Movement)
        .outerjoin(_UNDO, _UNDO.reverses_id == Movement.id)
        .where(Movement.encounter_id == patient.id, Movement.kind == MovementKind.CONSUME, _UNDO.id.is_(None))
        .where(Movement.staff_id == staff_id, Movement.day_on == day)
    )
    return session.scalar(query) or 0
