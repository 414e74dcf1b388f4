"""This file is the bedside scan: one item used, on an encounter or by a department."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from scanners import Scan
from spd import accounting, ledger, stock, trace_codes
from spd.accounting import Event
from spd.catalog import find_packaging
from spd.core.errors import NotAllowed, NotFound, Refused
from spd.core.money import shown
from spd.core.occasion import Occasion
from spd.encounters import Encounter, Stay, refuse_closed
from spd.ledger import Draft, Entry, Item, ItemKind, ItemState, ItemStateName, Movement, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import Department, End, LocationKind, get_department
from spd.stock import ForUse, Goods
from spd.stock.safety import whole


class NotYours(NotAllowed):
    """The person acts for another department."""

    code = "not-your-department"
    error = "E15"
    say = {
        "zh": "您无权在科室 {department} 使用物品。请该科室同事扫描。",
        "en": "You may not use items of {department}. Ask somebody of that department to scan it.",
    }


@dataclass(frozen=True, kw_only=True)
class UseScanned:
    """An item scanned to be used. No quantity means all of a pack or a unit, and one of a bulk."""

    occasion: Occasion
    item: str | Scan
    encounter: str | None = None
    department: str | None = None
    quantity: int | None = None
    raw_scan: bytes | None = None
    departments: frozenset[int] | None = None
    """Those the person acts for; None is everywhere."""


@dataclass(frozen=True, kw_only=True)
class Use:
    """What was used, for whom, at what cost."""

    movement_id: int
    item: str
    product: str
    name: str
    name_en: str
    lot: str
    quantity: int
    base_unit: str
    department: str
    encounter: str | None
    patient_name: str
    cost: Decimal
    title_passed: bool
    occurred_at: datetime
    cautions: tuple[stock.Caution, ...] = ()
    repeated: bool = False


def record_use(session: Session, use: UseScanned) -> Use:
    """Record one item used, and charge the department and the encounter for it.

    A consignor's item becomes the hospital's by being used. Asked again with the same key, the first use is returned.

    Raises: KeyReused, NotAnItem, SeveralLots, UnknownItem, UnknownEncounter, AlreadyUsed, Gone, Held, NotSignedYet,
    Expired, NotEnough, EncounterClosed, UnknownDepartment, OtherDepartment, NotYours, NoRule, Moved, Racing.
    """
    found = _find(session, use)
    if found is None or found.asked is not None:
        done = ledger.find_done(session, use.occasion)
        assert done, "a request that is on record moved something"
        return _told_again(session, done[0])
    goods, stay = found.goods, found.stay
    quantity = use.quantity or whole(goods)
    stock.refuse_unsafe(goods, quantity, on=use.occasion.day)
    if stay is not None:
        refuse_closed(stay, at=use.occasion.occurred_at)
    bedside = bedside_of(session, use, goods, quantity, stay)

    draft = Draft(session, use.occasion)
    draft.move(goods.item, step_of(bedside, entry_of(session, bedside)))
    if goods.chargeable and stay is not None:
        draft.tell("charge", charge_of(bedside, stay))
    movement = draft.write()[0]
    known = stock.cautions(goods, on=use.occasion.day) + told_of_trace(session, bedside)
    return _used(goods, movement, bedside.user.code, stay, known)


def _find(session: Session, use: UseScanned) -> ForUse | None:
    """The item and the patient; None where the act was done before and the scan means nothing any more."""
    try:
        code = stock.item_code(session, use.item, departments=use.departments)
        return stock.get_for_use(session, code, use.encounter, request_key=use.occasion.request_key)
    except (NotFound, Refused):
        if ledger.find_done(session, use.occasion):
            return None
        raise


@dataclass(frozen=True, kw_only=True)
class _User:
    id: int
    code: str
    cost_class: str


def _department(session: Session, use: UseScanned, goods: Goods) -> _User:
    """Who uses it: the department said, else the one whose stock it is."""
    if use.department is not None:
        said = get_department(session, use.department)
        if goods.department_id is not None and goods.department_id != said.id:
            raise stock.OtherDepartment(item=goods.item.code, location=goods.location_name)
        user = _User(id=said.id, code=said.code, cost_class=said.cost_class)
    elif goods.department_id is None:
        raise stock.NotSignedYet(item=goods.item.code)
    else:
        user = _User(id=goods.department_id, code=goods.department_code, cost_class=goods.cost_class)
    if use.departments is not None and user.id not in use.departments:
        if use.department is None:
            raise stock.OtherDepartment(item=goods.item.code, location=goods.location_name)
        raise NotYours(department=user.code)
    return user


@dataclass(frozen=True, kw_only=True)
class Bedside:
    """A use that has been judged: what, how much, by whom, on whom."""

    use: UseScanned
    goods: Goods
    quantity: int
    user: _User
    stay: Stay | None


def bedside_of(session: Session, use: UseScanned, goods: Goods, quantity: int, stay: Stay | None) -> Bedside:
    """The use of one thing, by whom it is borne. Raises: UnknownDepartment, OtherDepartment, NotYours, NotSignedYet."""
    return Bedside(use=use, goods=goods, quantity=quantity, user=_department(session, use, goods), stay=stay)


def told_of_trace(session: Session, bedside: Bedside) -> list[stock.Caution]:
    """The sale of a trace code kept, and what is wrong with it."""
    if code := _trace_code(bedside.use, bedside.goods):
        return _alarms(trace_codes.note(session, bedside.use.occasion, _sale(session, bedside, code)))
    return []


def step_of(bedside: Bedside, entry: Entry | None, *, document: str = "") -> Step:
    """The thing used: the hospital's by it, and gone to the patient."""
    item = bedside.goods.item
    return Step(
        kind=MovementKind.CONSUME,
        quantity=bedside.quantity,
        from_location_id=item.location_id,
        to_location_id=End.PATIENT,
        from_owner_id=item.owner_id,
        to_owner_id=HOSPITAL_ID,
        state_after=_state_after(item, bedside.quantity),
        department_id=bedside.user.id,
        encounter_id=bedside.stay.id if bedside.stay else None,
        document=document,
        raw_scan=bedside.use.raw_scan,
        entry=entry,
    )


def _state_after(item: ItemState, quantity: int) -> str:
    if quantity == item.quantity:
        return ItemStateName.CONSUMED
    return ItemStateName.OPEN if item.kind == ItemKind.PACK else item.state


def entry_of(session: Session, bedside: Bedside) -> Entry | None:
    """The money of the use."""
    goods = bedside.goods
    return accounting.entry_for(
        accounting.load_rules(session),
        event_of(goods),
        accounting.Goods(
            product_id=goods.item.product_id,
            product_class=goods.product_class,
            chargeable=goods.chargeable,
            amount=bedside.quantity * goods.item.unit_price,
            supplier_id=goods.item.supplier_id,
            department_id=bedside.user.id,
            cost_class=bedside.user.cost_class,
            encounter_id=bedside.stay.id if bedside.stay else None,
        ),
        period=ledger.open_period(bedside.use.occasion.day, goods.closed_through),
    )


def event_of(goods: Goods) -> Event:
    """Which rule a use follows: a consignor's goods, ours from a store, or ours from a ward."""
    if goods.item.owner_id != HOSPITAL_ID:
        return Event.USE_CONSIGNED
    return Event.USE_STORE if goods.location_kind == LocationKind.STORE else Event.USE_WARD


def _trace_code(use: UseScanned, goods: Goods) -> str | None:
    """The trace code on what was scanned, or the one that the item goes by."""
    if isinstance(use.item, Scan) and use.item.trace_code:
        return use.item.trace_code
    return goods.item.code if trace_codes.LOOKS_SO.fullmatch(goods.item.code) else None


def _sale(session: Session, bedside: Bedside, code: str) -> trace_codes.Done:
    """The sale of a package, or of a part of one that holds more than is used."""
    said, item = bedside.use.item, bedside.goods.item
    package = find_packaging(session, (said.bound_by if isinstance(said, Scan) else None) or code[:7])
    in_parts = item.code == code or (package is not None and package.base_units > bedside.quantity)
    return trace_codes.Done(codes=(code,), act=trace_codes.Act.SELL, reference=item.code, in_parts=in_parts)


def _alarms(answer: trace_codes.Answer) -> list[stock.Caution]:
    """What the person is told; the storekeeper finds it on the worklist."""
    return [
        stock.Caution(code=reason, error="E02", zh=f"{zh}, 已报库房核查", en=f"{en}; the store is told")
        for reason in dict.fromkeys(reason for _, reason in answer.alarms)
        for zh, en in [trace_codes.REASONS[reason]]
    ]


def charge_of(bedside: Bedside, stay: Stay, *, line: int = 0) -> str:
    """What HIS is told, so that it can bill the use; `line` tells the things of one act apart."""
    use, goods = bedside.use, bedside.goods
    message: dict[str, Any] = {
        "id": f"{use.occasion.request_key}-{line}" if line else str(use.occasion.request_key),
        "encounter": stay.code,
        "department": bedside.user.code,
        "charge_code": goods.charge_code,
        "product": goods.product_code,
        "item": goods.item.code,
        "lot": goods.lot,
        "quantity": bedside.quantity,
        "unit_price": shown(goods.item.unit_price),
        "amount": shown(bedside.quantity * goods.item.unit_price),
        "occurred_at": use.occasion.occurred_at.isoformat(),
    }
    return json.dumps(message, ensure_ascii=False)


def _used(goods: Goods, movement: Any, department: str, stay: Stay | None, known: list[stock.Caution]) -> Use:
    return Use(
        movement_id=movement["id"],
        item=goods.item.code,
        product=goods.product_code,
        name=goods.name,
        name_en=goods.name_en,
        lot=goods.lot,
        quantity=movement["quantity"],
        base_unit=goods.base_unit,
        department=department,
        encounter=stay.code if stay else None,
        patient_name=stay.patient_name if stay else "",
        cost=movement["quantity"] * goods.item.unit_price,
        title_passed=movement["from_owner_id"] != movement["to_owner_id"],
        occurred_at=movement["occurred_at"],
        cautions=tuple(known),
    )


def _told_again(session: Session, movement: Movement) -> Use:
    """The use as it was answered the first time."""
    item = session.get_one(Item, movement.item_id)
    goods = stock.get_goods(session, item.code)
    encounter = session.get(Encounter, movement.encounter_id) if movement.encounter_id else None
    department = session.get_one(Department, movement.department_id)
    columns = {column.name: getattr(movement, column.name) for column in Movement.__table__.columns}
    known = stock.cautions(goods, on=movement.day_on)
    first = _used(goods, columns, department.code, Stay.of(encounter) if encounter else None, known)
    return Use(**(vars(first) | {"repeated": True}))
