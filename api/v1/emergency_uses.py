"""This file is /emergency-uses: things used before anybody knew on whom, and whose they were."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import Select, case, select

from api import access, intercepted
from api.fields import CautionOut, Money, Page, Scan, Text, Whole, Write
from api.here import occasion, read
from api.noun import Noun
from api.paging import paged
from api.v1.uses import SecondPersonIn, approved
from scanners import Scan as Scanned
from spd import consumption
from spd.catalog import Lot, Product
from spd.consumption import AssignReason, EmergencyAssignment, EmergencyUse
from spd.core.columns import worth
from spd.encounters import Encounter
from spd.ledger import Item, Movement
from spd.places import Department
from spd.staff import Staff

bp = Noun("emergency-uses", "Things used before anybody knew on whom, and whose they were.")


class EmergencyUseIn(Write):
    """One item scanned to be used on a patient who is not known yet."""

    scan = Scan(required=True)
    tag = Text(load_default="A", longest=24, metadata={"description": "Which unknown patient; never a name."})
    department = Text(metadata={"description": "Who uses it; left out, the department whose stock it is."})
    quantity = Whole(validate=validate.Range(1, 1_000_000))


class EmergencyUsedOut(Schema):
    """What was used. `number` is null where the ward bears it in any case, and nobody need be found."""

    number = fields.Integer(allow_none=True)
    movement_id = fields.Integer()
    item = fields.String()
    product = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    department = fields.String()
    cost = Money()
    cautions = fields.List(fields.Nested(CautionOut))
    repeated = fields.Boolean()


class EmergencyKitIn(Write):
    """A kit scanned to be used on a patient who is not known yet: everything in it."""

    kit = Text(required=True, metadata={"description": "The code on the kit's label."})
    tag = Text(load_default="A", longest=24, metadata={"description": "Which unknown patient; never a name."})


class EmergencyKitUsedOut(Schema):
    """What was in the kit. `numbers` are those of the list; what the ward bears in any case is not on it."""

    numbers = fields.List(fields.Integer())
    kit = fields.String()
    items = fields.List(fields.String())
    movement_ids = fields.List(fields.Integer())
    department = fields.String()
    cost = Money()
    cautions = fields.List(fields.Nested(CautionOut))
    repeated = fields.Boolean()


class EmergencyUsesAsked(Page):
    """Which uses."""

    state = fields.String(validate=validate.OneOf(["open", "assigned"]))


class EmergencyUseOut(Schema):
    """One use of the list: open, assigned or undone."""

    id = fields.Integer()
    tag = fields.String()
    state = fields.String()
    item = fields.String()
    product = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    cost = Money()
    department = fields.String()
    staff = fields.String()
    used_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    encounter = fields.String(allow_none=True)
    assigned_at = fields.AwareDateTime(allow_none=True)


class EmergencyUsesOut(Schema):
    """A page of them."""

    uses = fields.List(fields.Nested(EmergencyUseOut))
    next = fields.Integer(allow_none=True)


class EmergencyAssignIn(Write):
    """Whose they were."""

    uses = fields.List(
        Whole(validate=validate.Range(1, 2**62)), required=True, validate=validate.Length(1, 200),
        metadata={"description": "Their numbers on the list."},
    )  # fmt: skip
    encounter = Text(required=True, metadata={"description": "Encounter number or wristband."})
    reason = fields.String(required=True, validate=validate.OneOf([one.value for one in AssignReason]))
    override = fields.Nested(SecondPersonIn)


class EmergencyLineOut(Schema):
    """One use, on the stay now."""

    number = fields.Integer()
    movement_id = fields.Integer()
    item = fields.String()
    quantity = fields.Integer()
    cost = Money()
    cautions = fields.List(
        fields.Nested(CautionOut),
        metadata={"description": "What speaks against it in this patient: latex, a magnet, a patient of another ward."},
    )


class EmergencyAssignedOut(Schema):
    """What was assigned, and to whom."""

    encounter = fields.String()
    patient_name = fields.String()
    lines = fields.List(fields.Nested(EmergencyLineOut))
    repeated = fields.Boolean()


@bp.post("")
@bp.arguments(EmergencyUseIn())
@bp.response(201, EmergencyUsedOut)
def record(said: dict[str, Any]) -> dict[str, Any]:
    """Record one item used on a patient who is not known yet: booked, and on the ward's list."""
    scan: Scanned = said["scan"]
    use = consumption.UseScanned(
        occasion=occasion(said), item=scan, department=said.get("department"), quantity=said.get("quantity"),
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"), departments=access.departments(),
    )  # fmt: skip
    done = intercepted.use_in_emergency(use, said["tag"], scan.trace_code)
    return vars(done.use) | {"number": done.number}


@bp.post("/kits")
@bp.arguments(EmergencyKitIn)
@bp.response(201, EmergencyKitUsedOut)
def record_kit(said: dict[str, Any]) -> dict[str, Any]:
    """Open a kit on a patient who is not known yet: each thing in it is booked, and on the ward's list."""
    use = consumption.UseScanned(
        occasion=occasion(said), item=said["kit"], raw_scan=said["kit"].encode("utf-8", "surrogateescape"),
        departments=access.departments(),
    )  # fmt: skip
    done = intercepted.use_kit_in_emergency(use, said["tag"])
    return vars(done.use) | {"numbers": done.numbers}


@bp.get("")
@bp.arguments(EmergencyUsesAsked, location="query")
@bp.response(200, EmergencyUsesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The emergency list of one's departments, in the order used."""
    query = rows_of(access.departments()).where(EmergencyUse.id > asked["after"])
    if "state" in asked:
        query = query.where(state_of() == asked["state"])
    query = query.order_by(EmergencyUse.id).limit(asked["limit"] + 1)
    rows = read(lambda session: session.execute(query).all())
    return paged("uses", rows, asked["limit"], lambda row: int(row.id))


def state_of() -> Any:
    """open, assigned or undone."""
    return case(
        (consumption.is_undone(), "undone"), (EmergencyAssignment.id.is_not(None), "assigned"), else_="open"
    )  # fmt: skip


def rows_of(departments: frozenset[int] | None) -> Select[Any]:
    """Emergency uses as they are listed."""
    return uses_of(departments).add_columns(
        EmergencyUse.tag, EmergencyUse.used_at, EmergencyUse.due_at, state_of().label("state"),
        EmergencyUse.movement_id, Item.code.label("item"), Product.code.label("product"), Product.name,
        Product.name_en, Lot.code.label("lot"), Movement.quantity, Product.base_unit,
        worth(Movement.quantity, Item.unit_price).label("cost"), Department.code.label("department"),
        Staff.code.label("staff"), Encounter.code.label("encounter"), EmergencyAssignment.at.label("assigned_at"),
    )  # fmt: skip


def uses_of(departments: frozenset[int] | None) -> Select[Any]:
    """The numbers of emergency uses, with all that is told of them within reach."""
    query: Select[Any] = (
        select(EmergencyUse.id.label("id"))
        .join(Movement, Movement.id == EmergencyUse.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Department, Department.id == EmergencyUse.department_id)
        .join(Staff, Staff.id == EmergencyUse.staff_id)
        .outerjoin(EmergencyAssignment, EmergencyAssignment.use_id == EmergencyUse.id)
        .outerjoin(Encounter, Encounter.id == EmergencyAssignment.encounter_id)
    )
    return query if departments is None else query.where(EmergencyUse.department_id.in_(departments))


@bp.post("/assignments")
@bp.arguments(EmergencyAssignIn())
@bp.response(201, EmergencyAssignedOut)
def assign(said: dict[str, Any]) -> consumption.Assigned:
    """Say whose uses these were: each is booked anew on the stay as of when it happened, and HIS hears of it.

    All of them or none. A thing that was kept for somebody else, or is of another side or size than planned for this
    patient, is refused until a second person confirms the lines. What the patient must not get has been used: it is
    told as a caution of its line, and kept. Safe to send again with the same key.
    """
    asked = consumption.ToAssign(
        occasion=occasion(said), uses=said["uses"], encounter=said["encounter"],
        reason=AssignReason(said["reason"]), departments=access.departments(), approval=approved(said),
    )  # fmt: skip
    return intercepted.assign(asked)
