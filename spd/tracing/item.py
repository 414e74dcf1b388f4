"""This file is the life of one code: from the supplier's note through packing and wards to the patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from spd import stock
from spd.core.errors import NotAllowed, NotFound
from spd.encounters import Encounter
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.places import Department, Location
from spd.staff import Staff
from spd.stock import Goods


class NothingFound(NotFound):
    """Nothing in the ledger carries this code or lot."""

    code = "nothing-found"
    error = "E01"
    say = {
        "zh": "账上没有 {what}。核对编码或批号后重试。",
        "en": "Nothing on record carries {what}. Check the code or the lot and try again.",
    }


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One movement in the chain, and the cost it posted."""

    movement_id: int
    item: str
    kind: str
    quantity: int
    from_code: str
    from_name: str
    from_kind: str
    to_code: str
    to_name: str
    to_kind: str
    from_owner: str
    to_owner: str
    occurred_at: datetime
    recorded_at: datetime
    staff: str
    device: str
    document: str
    department: str | None
    encounter: str | None
    patient_name: str | None
    reason: str
    reverses_id: int | None
    raw_scan: str
    hash: str
    entry: str
    cost: Decimal


@dataclass(frozen=True, kw_only=True)
class Chain:
    """One item: what it is, where it came from, what was made of it, every hop."""

    code: str
    kind: str
    state: str
    quantity: int
    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    lot: str
    serial: str
    expires_on: date | None
    expires_at: datetime | None
    unit_price: Decimal
    settlement_mode: str
    supplier: str
    supplier_en: str
    location: str
    location_name: str
    made_from: str | None
    made_into: tuple[str, ...]
    hops: tuple[Hop, ...]


def trace_item(session: Session, code: str, *, departments: frozenset[int] | None = None) -> Chain:
    """The life of an item, with that of the bulk it was packed from before it.

    `departments` are the reader's: what never came to one of them they do not see. Raises: NothingFound, NotAllowed.
    """
    goods = stock.find_goods(session, code)
    if goods is None:
        raise NothingFound(what=code)
    item = goods.item
    if departments is not None and not _came_to(session, item.id, departments):
        raise NotAllowed()
    parent = session.get(Item, item.parent_id) if item.parent_id else None
    children = session.scalars(select(Item.code).where(Item.parent_id == item.id).order_by(Item.id))
    ids = [item.id, *([parent.id] if parent else [])]
    return _chain(session, goods, parent, tuple(children), hops(session, Movement.item_id.in_(ids)))


def _came_to(session: Session, item_id: int, departments: frozenset[int]) -> bool:
    query = (
        select(Movement.id)
        .join(Location, Location.id == Movement.to_location_id)
        .where(
            Movement.item_id == item_id,
            Movement.department_id.in_(departments) | Location.department_id.in_(departments),
        )
        .limit(1)
    )
    return session.scalar(query) is not None


def _chain(session: Session, goods: Goods, parent: Item | None, children: tuple[str, ...], found: list[Hop]) -> Chain:
    item = goods.item
    supplier = session.get_one(Party, item.supplier_id)
    own = [hop for hop in found if hop.item == item.code]
    before = [hop for hop in found if hop.item != item.code and (not own or hop.movement_id < own[0].movement_id)]
    return Chain(
        code=item.code,
        kind=item.kind,
        state=item.state,
        quantity=item.quantity,
        product=goods.product_code,
        name=goods.name,
        name_en=goods.name_en,
        specification=goods.specification,
        base_unit=goods.base_unit,
        lot=goods.lot,
        serial=item.serial,
        expires_on=goods.expires_on,
        expires_at=goods.expires_at,
        unit_price=item.unit_price,
        settlement_mode=item.settlement_mode,
        supplier=supplier.name,
        supplier_en=supplier.name_en,
        location=goods.location_code,
        location_name=goods.location_name,
        made_from=parent.code if parent else None,
        made_into=children,
        hops=(*before, *own),
    )


_ORIGIN = aliased(Location)
_TARGET = aliased(Location)
_GIVER = aliased(Party)
_TAKER = aliased(Party)


def hops(session: Session, which: Any, *, limit: int = 2000) -> list[Hop]:
    """The movements that a condition names, oldest first, with everything a person asks of one."""
    query = (
        select(
            Movement,
            Item.code,
            _ORIGIN,
            _TARGET,
            _GIVER.name,
            _TAKER.name,
            Staff.name,
            Department.code,
            Encounter.code,
            Encounter.patient_name,
            EntryRow,
        )
        .join(Item, Item.id == Movement.item_id)
        .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
        .join(_TARGET, _TARGET.id == Movement.to_location_id)
        .join(_GIVER, _GIVER.id == Movement.from_owner_id)
        .join(_TAKER, _TAKER.id == Movement.to_owner_id)
        .join(Staff, Staff.id == Movement.staff_id)
        .outerjoin(Department, Department.id == Movement.department_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .outerjoin(EntryRow, EntryRow.movement_id == Movement.id)
        .where(or_(which))
        .order_by(Movement.id)
        .limit(limit)
    )
    rows: list[Any] = list(session.execute(query))
    costs = _costs(session, [row[-1].id for row in rows if row[-1] is not None])
    return [_hop(row, costs) for row in rows]


def _costs(session: Session, entries: list[int]) -> dict[int, Decimal]:
    """The cost each entry put on a department."""
    found: dict[int, Decimal] = {}
    for start in range(0, len(entries), 500):
        query = select(Posting.entry_id, Posting.amount).where(
            Posting.entry_id.in_(entries[start : start + 500]), Posting.department_id.is_not(None)
        )
        for entry_id, amount in session.execute(query):
            found[entry_id] = found.get(entry_id, Decimal(0)) + amount
    return found


def _hop(row: Any, costs: dict[int, Decimal]) -> Hop:
    movement, code, origin, target, giver, taker, staff, department, encounter, patient, entry = row
    return Hop(
        movement_id=movement.id,
        item=code,
        kind=movement.kind,
        quantity=movement.quantity,
        from_code=origin.code,
        from_name=origin.name,
        from_kind=origin.kind,
        to_code=target.code,
        to_name=target.name,
        to_kind=target.kind,
        from_owner=giver,
        to_owner=taker,
        occurred_at=movement.occurred_at,
        recorded_at=movement.recorded_at,
        staff=staff,
        device=movement.device,
        document=movement.document,
        department=department,
        encounter=encounter,
        patient_name=patient,
        reason=movement.reason,
        reverses_id=movement.reverses_id,
        raw_scan=(movement.raw_scan or b"").decode("utf-8", "replace"),
        hash=movement.hash.hex(),
        entry=entry.event if entry is not None else "",
        cost=costs.get(entry.id, Decimal(0)) if entry is not None else Decimal(0),
    )
