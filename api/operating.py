"""This file is what happens at an operation, as its page and the interface both do it: things drawn, brought back,
wasted, signatures; and the operation told whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api import badge as badges
from api.here import person, read, write
from spd import disposal, ledger, replenishment, theatre
from spd.catalog import Lot, Product
from spd.core.occasion import Occasion
from spd.disposal import Asked, Kind, ToDispose, Why
from spd.encounters import Encounter
from spd.ledger import Item
from spd.places import Department, Location
from spd.staff import Staff, get_staff
from spd.stock.identify import item_code
from spd.stock.operation_lines import figures_of
from spd.stock.operations import OperationEvent
from spd.theatre import Operation, OperationLine, OperationStanding, Part, Signed, ToDraw, ToReturn, WitnessMissing

SURGEON, NURSE = aliased(Staff), aliased(Staff)


def draw(asked: ToDraw) -> dict[str, Any]:
    """Things moved into the room for an operation. Raises: as `theatre.to_draw` and `replenishment.transfer`."""

    def act(session: Session) -> dict[str, Any]:
        if ledger.find_done(session, asked.occasion):
            operation = theatre.get_operation(session, asked.operation, departments=asked.departments)
            room = session.get_one(Location, operation.location_id)
        else:
            operation, room = theatre.to_draw(session, asked)
        return _moved(session, asked, operation, room)

    return write(asked.occasion, act)


def bring_back(asked: ToReturn) -> dict[str, Any]:
    """Things that were not used, back in their place, or the room's own from now on.

    Raises: as `theatre.to_return` and `replenishment.transfer`.
    """

    def act(session: Session) -> dict[str, Any]:
        if theatre.was_kept(session, asked.occasion):
            operation = theatre.get_operation(session, asked.operation, departments=asked.departments)
            room = session.get_one(Location, operation.location_id)
            return {"items": (), "to": room.code, "to_name": room.name, "to_name_en": room.name_en, "repeated": True}
        if done := ledger.find_done(session, asked.occasion):
            operation = theatre.get_operation(session, asked.operation, departments=asked.departments)
            return _moved(session, asked, operation, session.get_one(Location, done[0].to_location_id))
        going = theatre.to_return(session, asked)
        if not going.stays:
            return _moved(session, asked, going.operation, going.to)
        theatre.keep(session, asked.occasion, going)
        to = going.to
        return {"items": going.codes, "to": to.code, "to_name": to.name, "to_name_en": to.name_en, "repeated": False}

    return write(asked.occasion, act)


def _moved(session: Session, asked: ToDraw | ToReturn, operation: Operation, to: Location) -> dict[str, Any]:
    said = replenishment.ToTransfer(
        occasion=asked.occasion, items=asked.items, to=to.code, departments=asked.departments, document=operation.code
    )  # fmt: skip
    moved = replenishment.transfer(session, said)
    return {
        "items": moved.items, "to": to.code, "to_name": to.name, "to_name_en": to.name_en, "repeated": moved.repeated,
    }  # fmt: skip


def waste(code: str, asked: ToDispose) -> str:
    """A write-off asked for of what was drawn: its number. It is wasted once another person has approved it.

    Raises: UnknownOperation, OperationStands, UnknownItem, NotDrawn, and as `disposal.ask`.
    """

    def act(session: Session) -> str:
        if not ledger.is_done(session, asked.occasion):
            operation = theatre.get_working(session, code, asked.departments)
            for line in asked.lines:
                item = ledger.get_item_state(session, item_code(session, line.item, departments=asked.departments))
                theatre.refuse_not_drawn(session, operation, item.id, item.code)
        return disposal.ask(session, asked)[0].code

    return write(asked.occasion, act)


def to_waste(when: Occasion, item: Any, quantity: int | None, reason: str, mine: frozenset[int] | None) -> ToDispose:
    """What is asked to be written off."""
    lines = [Asked(item=item, quantity=quantity)]
    return ToDispose(occasion=when, kind=Kind.WRITE_OFF, lines=lines, reason=Why(reason), departments=mine)


def sign(signed: Signed, badge: str, pin: str) -> tuple[Operation, bool]:
    """One signature, its password given; without a badge it is that of who asks.

    Raises: WitnessMissing, UnknownStaff, TooManyRequests, WrongPassword, and as `theatre.sign`.
    """
    if not badges.proved(badge, pin):
        raise WitnessMissing()
    number = read(lambda session: get_staff(session, badge).id) if badge else person().id
    said = replace(signed, staff_id=number)
    return write(said.occasion, lambda session: theatre.sign(session, said))


_HIS = aliased(Encounter)


def around() -> tuple[Any, Any, Any, Any, Any]:
    """What operations are joined with: the encounter their patient is under now, room, department, surgeon, nurse."""
    return Encounter, Location, Department, SURGEON, NURSE


def encounter_code() -> Any:
    """The number of the encounter."""
    return Encounter.code


def rows() -> Any:
    """Operations with the names of what they point to."""
    return (
        select(
            Operation, Encounter.code.label("encounter"), Encounter.patient_name, Encounter.bed,
            Location.code.label("room"), Location.name.label("room_name"), Location.name_en.label("room_name_en"),
            Department.code.label("department"), Department.name.label("department_name"),
            Department.name_en.label("department_name_en"),
            SURGEON.code.label("surgeon"), SURGEON.name.label("surgeon_name"),
            NURSE.code.label("nurse"), NURSE.name.label("nurse_name"),
        )
        .join(_HIS, _HIS.id == Operation.encounter_id)
        .join(Encounter, Encounter.id == func.coalesce(_HIS.merged_into_id, _HIS.id))
        .join(Location, Location.id == Operation.location_id)
        .outerjoin(Department, Department.id == Location.department_id)
        .join(SURGEON, SURGEON.id == Operation.surgeon_id)
        .join(NURSE, NURSE.id == Operation.nurse_id)
    )  # fmt: skip


def told(row: Any) -> dict[str, Any]:
    """One operation."""
    operation = row.Operation
    names = ("id", "code", "standing", "planned_at", "opened_at", "ended_at", "confirmed_at")
    plain = {name: value for name, value in row._mapping.items() if name != "Operation"}
    return (
        plain | {name: getattr(operation, name) for name in names}
        | {"procedures": [vars(one) for one in theatre.procedures_of(operation)]}
    )  # fmt: skip


def whole(session: Session, code: str, departments: frozenset[int] | None) -> dict[str, Any]:
    """One operation with all that became of its things, what happened, and who signed. Raises: UnknownOperation."""
    operation = theatre.get_operation(session, code, departments=departments)
    row = session.execute(rows().where(Operation.id == operation.id)).one()
    lines = theatre.lines_of(session, [operation.id])[operation.id]
    signed = theatre.confirmed_figures(session, operation)
    valid = theatre.valid_signatures(session, operation, figures_of(lines))
    shown = _lines(session, lines, signed)
    figures = ("drawn", "used", "direct", "elsewhere", "returned", "wasted", "asked", "out")
    return told(row) | {
        "lines": shown,
        "figures": {name: sum(line[name] for line in shown) for name in figures},
        "signatures": _signatures(session, operation, {one.id for one in valid.values()}),
        "events": _events(session, operation),
        "missing": [part.value for part in Part if part not in valid],
        "changed": operation.standing == OperationStanding.ENDED and bool(signed),
    }


def _lines(
    session: Session, lines: list[OperationLine], signed: dict[int, list[int]]
) -> list[dict[str, Any]]:  # fmt: skip
    query = (
        select(Item.id, Item.code, Product.code.label("product"), Product.name, Product.name_en, Product.specification,
               Product.base_unit, Product.chargeable, Lot.code.label("lot"), Item.serial, Lot.expires_on)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.id.in_([line.item_id for line in lines]))
    )  # fmt: skip
    known = {row.id: row for row in session.execute(query)}
    names = ("drawn", "used", "direct", "elsewhere", "returned", "wasted", "asked", "out")
    return [
        {
            **{name: value for name, value in known[line.item_id]._mapping.items() if name not in ("id", "code")},
            "item": known[line.item_id].code,
            **{name: getattr(line, name) for name in names},
            "confirmed": signed.get(line.item_id) == line.figures,
        }
        for line in lines
    ]


def _signatures(session: Session, operation: Operation, valid: set[int]) -> list[dict[str, Any]]:
    return [
        {
            "part": one.part, "by": session.get_one(Staff, one.staff_id).code,
            "by_name": session.get_one(Staff, one.staff_id).name, "signed_at": one.signed_at, "valid": one.id in valid,
        }
        for one in theatre.signatures(session, operation)
    ]  # fmt: skip


def _events(session: Session, operation: Operation) -> list[Any]:
    query = (
        select(OperationEvent.kind, OperationEvent.occurred_at, Staff.code.label("by"), Staff.name.label("by_name"),
               OperationEvent.reason)
        .join(Staff, Staff.id == OperationEvent.staff_id)
        .where(OperationEvent.operation_id == operation.id)
        .order_by(OperationEvent.id)
    )  # fmt: skip
    return [dict(row._mapping) for row in session.execute(query)]


def under_way(session: Session, departments: frozenset[int] | None) -> int:
    """How many operations of these departments are open."""
    query: Any = select(func.count()).select_from(Operation).join(Location, Location.id == Operation.location_id)
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    return session.scalar(query.where(Operation.standing == OperationStanding.OPEN)) or 0
