"""This file is what was put into patients: each implant used, with all that its card and the law ask for.

It is read from the movements: an undone use is not there, and what was used on a loaner is like any other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.catalog import Lot, Packaging, Product
from spd.core.errors import NotFound
from spd.core.occasion import KEYED
from spd.encounters import Encounter, get_encounter
from spd.ledger import Item, Movement, MovementKind
from spd.parties import Party
from spd.places import Department, Location
from spd.staff import Staff
from spd.stock.operations import Operation, OperationUse

_UNDOING, _MAKER, _SURGEON = aliased(Movement), aliased(Party), aliased(Staff)


class UnknownImplant(NotFound):
    """No implant was used by this movement, or it was undone, or it is another department's patient."""

    code = "unknown-implant"
    say = {
        "zh": "没有植入记录 {movement}, 或已冲销。",
        "en": "There is no implant {movement} on record, or its use was undone.",
    }


def patient_of(session: Session, code: str) -> str:
    """The patient's number behind an encounter or a wristband. Raises: UnknownEncounter.

    Everything about a person is looked up through here and `of_patient`, whichever stay something was used on.
    """
    stay = get_encounter(session, code)
    return (session.get_one(Encounter, stay.merged_into_id) if stay.merged_into_id else stay).patient


_HIS = aliased(Encounter)


def of_patient(patient: str) -> Any:
    """Whether an encounter is of this person, or was merged into one that is."""
    return or_(
        Encounter.patient == patient, Encounter.merged_into_id.in_(select(_HIS.id).where(_HIS.patient == patient))
    )


def _di() -> Any:
    """The device identifier of the smallest package: what a card calls UDI-DI. Of several the first."""
    return (
        select(func.min(Packaging.code))
        .where(Packaging.product_id == Product.id, Packaging.base_units == 1)
        .correlate(Product)
        .scalar_subquery()
    )


def select_implants(departments: frozenset[int] | None = None) -> Select[Any]:
    """Every implant used on somebody and not undone; of these departments' patients or uses where it says so."""
    undone = select(_UNDOING.id).where(_UNDOING.reverses_id == Movement.id).exists()
    query: Any = (
        select(
            Movement.id, Movement.occurred_at, Movement.day_on, Movement.quantity, Movement.document,
            Item.code.label("item"), Item.serial, Lot.code.label("lot"), Lot.expires_on, Lot.expires_at,
            Lot.produced_on, Product.code.label("product"), Product.name, Product.name_en, Product.specification,
            Product.base_unit, Product.registration_number, _di().label("di"),
            func.coalesce(_MAKER.name, "").label("maker"), func.coalesce(_MAKER.name_en, "").label("maker_en"),
            Encounter.code.label("encounter"), Encounter.patient, Encounter.patient_name,
            Department.code.label("department"), Department.name.label("department_name"),
            Department.name_en.label("department_name_en"), Location.code.label("location"),
            Staff.name.label("scanned_by"), Item.settlement_mode, Movement.raw_scan,
            Movement.device.like(KEYED).label("typed"),
            Operation.code.label("operation"), func.coalesce(_SURGEON.name, "").label("surgeon"),
        )
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Encounter, Encounter.id == Movement.encounter_id)
        .join(Department, Department.id == Movement.department_id)
        .join(Location, Location.id == Movement.from_location_id)
        .join(Staff, Staff.id == Movement.staff_id)
        .outerjoin(_MAKER, _MAKER.id == Product.manufacturer_id)
        .outerjoin(OperationUse, OperationUse.movement_id == Movement.id)
        .outerjoin(Operation, Operation.id == OperationUse.operation_id)
        .outerjoin(_SURGEON, _SURGEON.id == Operation.surgeon_id)
        .where(Movement.kind == MovementKind.CONSUME, Product.implant, ~undone)
    )  # fmt: skip
    if departments is not None:
        query = query.where(Movement.department_id.in_(departments) | Encounter.department_id.in_(departments))
    found: Select[Any] = query
    return found


def implant_of(session: Session, movement: int, *, departments: frozenset[int] | None = None) -> Any:
    """One implant, by the use that put it in. Raises: UnknownImplant."""
    row = session.execute(select_implants(departments).where(Movement.id == movement)).one_or_none()
    if row is None:
        raise UnknownImplant(movement=movement)
    return row


def implants_with(session: Session, movement: int, *, departments: frozenset[int] | None = None) -> list[Any]:
    """All implants of the patient who got this one, oldest first. Raises: UnknownImplant."""
    row = implant_of(session, movement, departments=departments)
    query = select_implants().where(of_patient(row.patient)).order_by(Movement.occurred_at, Movement.id)
    return list(session.execute(query))
