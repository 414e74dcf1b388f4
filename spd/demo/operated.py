"""This file is the demo's operations: one confirmed, one late to be confirmed, one under way, one planned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from spd import consumption, replenishment, theatre
from spd.catalog import Lot, Product
from spd.consumption import UseScanned
from spd.core.occasion import Occasion
from spd.demo.ground import label_of
from spd.demo.people import add_signer
from spd.demo.world import Stay, World
from spd.ledger import Item, ItemKind, ItemStateName, Movement
from spd.places import Department, Location
from spd.stock.operations import Operation
from spd.theatre import (
    OpeningScanned,
    OperationAct,
    OperationPlanned,
    Part,
    Procedure,
    Signed,
    ToDraw,
    ToReturn,
)

DEPARTMENT, STOCK, ROOMS = "ORMA", "ORMA-K", ("ORMA-1", "ORMA-2")
SURGEON = "surgeon"


@dataclass(frozen=True, kw_only=True)
class _Planned:
    """One operation of the story: how long ago it began, and how far it came."""

    code: str
    hours_ago: int
    room: str
    procedure: Procedure
    department: str


_STORY = (
    _Planned(
        code="SS-DEMO-01", hours_ago=30, room=ROOMS[0], department="ORTH",
        procedure=Procedure(code="79.35", name="股骨骨折切开复位内固定术", side="right"),
    ),
    _Planned(
        code="SS-DEMO-02", hours_ago=10, room=ROOMS[1], department="GENS",
        procedure=Procedure(code="51.23", name="腹腔镜胆囊切除术"),
    ),
    _Planned(
        code="SS-DEMO-03", hours_ago=1, room=ROOMS[0], department="ORTH",
        procedure=Procedure(code="81.54", name="全膝关节置换术", side="left"),
    ),
    _Planned(
        code="SS-DEMO-04", hours_ago=-2, room=ROOMS[1], department="GENS",
        procedure=Procedure(code="47.01", name="腹腔镜阑尾切除术"),
    ),
)  # fmt: skip


def operate(world: World) -> None:
    """The rooms, a surgeon (fictional, like everybody), and the operations of these days."""
    session = world.session
    department = session.scalars(select(Department).where(Department.code == DEPARTMENT)).one()
    for number, code in enumerate(ROOMS, 1):
        session.add(
            Location(
                code=code, label=label_of(code), name=f"手术间 {number}", name_en=f"Operating room {number}",
                kind="theatre", department_id=department.id,
            )
        )  # fmt: skip
    add_signer(session, SURGEON, "何医生 (虚构)")
    for number, one in enumerate(_STORY):
        _operate(world, one, number)


def _operate(world: World, one: _Planned, number: int) -> None:
    begun = world.now - timedelta(hours=one.hours_ago)
    stay = _patient(world, one.department, begun, number)
    if stay is None:
        return
    said = OperationPlanned(
        occasion=_when(world, min(begun, world.now) - timedelta(minutes=40)), code=one.code, encounter=stay.code,
        room=one.room, planned_at=begun, surgeon=SURGEON, nurse="ornurse", procedures=[one.procedure],
    )  # fmt: skip
    operation, _ = theatre.plan(world.session, said)
    things = _things(world, begun, 4)
    if one.hours_ago < 0 or len(things) < 4:
        return
    opening = OpeningScanned(occasion=_when(world, begun), operation=one.code)
    theatre.open_operation(world.session, opening)
    _draw(world, operation, things, begun + timedelta(minutes=2))
    for minute, code in enumerate(things[:2], 10):
        use = UseScanned(occasion=_when(world, begun + timedelta(minutes=minute)), item=code, encounter=stay.code)
        consumption.record_use(world.session, use)
    if one.hours_ago > 1:
        _finish(world, operation, things[2:], begun, confirmed=number == 0)


def _finish(world: World, operation: Operation, left: Sequence[str], begun: datetime, *, confirmed: bool) -> None:
    """The operation over; all back and signed, or one thing still out and nobody has signed."""
    for minute, code in enumerate(left if confirmed else left[:1], 90):
        when = _when(world, begun + timedelta(minutes=minute))
        going = theatre.to_return(world.session, ToReturn(occasion=when, operation=operation.code, items=[code]))
        moved = replenishment.ToTransfer(
            occasion=when, items=[code], to=going.to.code, document=operation.code
        )  # fmt: skip
        replenishment.transfer(world.session, moved)
    over = OperationAct(occasion=_when(world, begun + timedelta(hours=2)), operation=operation.code)
    theatre.end(world.session, over)
    for minute, part in enumerate((Part.NURSE, Part.SURGEON) if confirmed else (), 5):
        who = operation.nurse_id if part is Part.NURSE else operation.surgeon_id
        when = _when(world, begun + timedelta(hours=2, minutes=minute))
        theatre.sign(world.session, Signed(occasion=when, operation=operation.code, part=part, staff_id=who))


def _draw(world: World, operation: Operation, codes: Sequence[str], at: datetime) -> None:
    when = _when(world, at)
    _, room = theatre.to_draw(world.session, ToDraw(occasion=when, operation=operation.code, items=codes))
    moved = replenishment.ToTransfer(occasion=when, items=codes, to=room.code, document=operation.code)
    replenishment.transfer(world.session, moved)


def _when(world: World, at: datetime) -> Occasion:
    return world.occasion(world.staff["ornurse"], at, "pda-or")


def _patient(world: World, department: str, begun: datetime, number: int) -> Stay | None:
    """An inpatient who was here then and is here still: of the department, where it has one."""
    at = min(begun, world.now)
    for code in (department, *sorted(world.stays)):
        there = [stay for stay in world.stays_open(code, at) if stay.discharged_at is None and stay.code[:2] == "ZY"]
        if there:
            return there[number % len(there)]
    return None


def _things(world: World, before: datetime, many: int) -> list[str]:
    """Things of the theatre's store, each of another product, that nothing has happened to since."""
    last = select(Movement.recorded_at).where(Movement.item_id == Item.id, Movement.sequence == Item.version)
    query = (
        select(Item.product_id, Item.code)
        .join(Product, Product.id == Item.product_id)
        .join(Location, Location.id == Item.location_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Location.code == STOCK, Item.state == ItemStateName.AVAILABLE, Item.quantity > 0)
        .where(Lot.expires_on > world.today + timedelta(days=60), last.scalar_subquery() < before)
        .where(Item.kind.in_((ItemKind.UNIT, ItemKind.PACK)), ~Product.implant)
        .order_by(Item.kind.desc(), Item.id)
    )
    first: dict[int, str] = {}
    for product, code in world.session.execute(query):
        first.setdefault(product, code)
    return list(first.values())[:many]
