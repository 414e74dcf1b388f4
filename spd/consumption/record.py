"""This file is the bedside scan: one item used, on an encounter or by a department."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from scanners import Scan
from spd import accounting, ledger, stock
from spd.accounting import Event
from spd.consumption.by_whom import User, from_other, moved_over, user_of
from spd.consumption.charging import Claim, ToldCharge, tell_charge
from spd.consumption.judging import ALSO, Approval, Judged, Noted, ToJudge, judge, mode_of
from spd.consumption.sold import note_sale
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.encounters import Encounter, Stay
from spd.ledger import Draft, Entry, Item, ItemKind, ItemState, ItemStateName, Movement, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import Department, End, LocationKind
from spd.stock import ForUse, Goods, holds, opened, operation_uses, use_happened
from spd.stock.safety import whole
from spd.stock.use_findings import Registered

DOWNTIME = "downtime"
"""Why a use was booked late: it was written on paper while nothing else worked."""


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
    approval: Approval | None = None
    """Of a second person, for what a rule lets only two let pass."""
    claim: Claim | None = None
    """Asked, where the ward charges first, how much of a use HIS has charged already."""
    sheet: str = ""
    """Of paper: it has happened, so that what the rules find is kept, and stops only what cannot be booked at all."""


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
    charged: int = 0
    """How much of it HIS had charged before, and this use confirms."""
    registered: bool = False
    """Its registration was on record, and covered the day it was made."""
    noted: tuple[Noted, ...] = field(default=(), compare=False)
    """What the rules found and let pass, for whoever keeps it: told the first time, and no part of the answer."""
    about: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What that was about, by number."""


def record_use(session: Session, use: UseScanned) -> Use:
    """Record one item used, and charge the department and the encounter for it.

    A consignor's item becomes the hospital's by being used. Asked again with the same key, the first use is returned.

    Raises: KeyReused, NotAnItem, SeveralLots, UnknownItem, UnknownEncounter, UnknownDepartment, then in the order of
    `stock.use_rules`: EncounterMerged, EncounterClosed, PatientElsewhere, WrongSide, NotAsPlanned, Unregistered,
    AlreadyRecorded, AlreadyUsed, Gone, Recalled, ColdChainBroken, Held, NotSignedYet, Expired, NotEnough;
    SamePerson, UnfitApprover, OtherDepartment, NotYours, NoRule, Moved, Racing.
    """
    found = _find(session, use)
    if found is None or found.asked is not None:
        done = ledger.find_done(session, use.occasion)
        assert done, "a request that is on record moved something"
        return _told_again(session, next(one for one in done if one.kind == MovementKind.CONSUME))
    drafted = draft_use(session, use, found)
    drafted.draft.write()
    return drafted_told(session, drafted)


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """A use that may go on, ready to be written."""

    draft: Draft
    bedside: Bedside
    judged: Judged
    found: ForUse
    charged: ToldCharge


def draft_use(session: Session, use: UseScanned, found: ForUse, *, beside: Draft | None = None) -> Drafted:
    """The use judged and drafted; `beside` another that it is written with. Raises: what `judge` raises."""
    quantity = use.quantity or _one_scan(found)
    bedside, judged = judged_use(session, use, found, quantity)
    draft = Draft(session, use.occasion, beside=beside)
    goods, user = found.goods, bedside.user
    item = moved_over(session, draft, goods, user, quantity=quantity) if user.taking_over else goods.item
    step = step_of(bedside, item, entry_of(session, bedside), document=use.sheet)
    draft.move(item, replace(step, reason=DOWNTIME) if use.sheet else step)
    charged = tell_charge(session, draft, bedside, mode_of(found))
    return Drafted(draft=draft, bedside=bedside, judged=judged, found=found, charged=charged)


def drafted_told(session: Session, drafted: Drafted) -> Use:
    """The use that has been written, with what is kept beside it."""
    bedside, judged, goods = drafted.bedside, drafted.judged, drafted.found.goods
    use = bedside.use
    note_operation(session, use.occasion, drafted.draft.movements[-1:], [bedside])
    if use.sheet and goods.item.state == ItemStateName.HELD:
        holds.end(session, use.occasion, holds.open_holds(session, [goods.item.id]), note=use.sheet)
    _note_opened(session, bedside, drafted.found)
    known = judged.cautions + ([from_other(goods, bedside.quantity)] if bedside.user.taking_over else [])
    known += drafted.charged.cautions + note_sale(session, use.occasion, use.item, goods, bedside.quantity)
    told = _used(goods, drafted.draft.movements[-1], bedside.user.code, drafted.found.stay, known)
    noted = judged.noted(bedside.user.taking_over)
    held = drafted.found.also[0] == Registered.HOLDS
    return replace(told, noted=noted, about=judged.about, charged=drafted.charged.quantity, registered=held)


def note_operation(
    session: Session, when: Occasion, movements: Sequence[Mapping[str, Any]], used: Sequence[Bedside]
) -> None:
    """Of which operation uses in theatre are; nothing is asked about those elsewhere."""
    if any(one.goods.location_kind == LocationKind.THEATRE or one.user.taking_over for one in used):
        operation_uses.attach(session, when, movements)


def _one_scan(found: ForUse) -> int:
    """How much one scan takes: of a sealed pack all of it, or one where the ward uses it loose."""
    item = found.goods.item
    sealed = item.kind == ItemKind.PACK and item.state == ItemStateName.AVAILABLE
    return 1 if sealed and mode_of(found).loose else whole(found.goods)


def _note_opened(session: Session, bedside: Bedside, found: ForUse) -> None:
    """What is open by this use, from when on its days count."""
    days, until = mode_of(found).open_days, found.also[4]
    if opened.opens(bedside.goods.item, bedside.quantity, open_days=days, opened=until is not None):
        item, user = bedside.goods.item, bedside.user.id
        opened.note_opened(session, bedside.use.occasion, item, department_id=user, open_days=days)


def judged_use(session: Session, use: UseScanned, found: ForUse, quantity: int) -> tuple[Bedside, Judged]:
    """The use of one thing that may go on, and what the rules found. Raises: UnknownDepartment, what `judge` raises."""
    user, refused = user_of(session, found.goods, department=use.department, mine=use.departments)
    asked = ToJudge(
        occasion=use.occasion, found=found, quantity=quantity, user_id=user.id if user else None, against=refused,
        approval=use.approval, departments=use.departments,
        told_as=use_happened.as_happened if use.sheet else None,
    )  # fmt: skip
    judged = judge(session, asked)
    assert user is not None, "nobody uses it only where that was refused"
    return Bedside(use=use, goods=found.goods, quantity=quantity, user=user, stay=found.stay), judged


def _find(session: Session, use: UseScanned) -> ForUse | None:
    """The item and the patient; None where the act was done before and the scan means nothing any more."""
    try:
        code = stock.item_code(session, use.item, departments=use.departments)
        key, when = use.occasion.request_key, use.occasion.moment
        return stock.get_for_use(session, code, use.encounter, request_key=key, when=when, also=ALSO)
    except (NotFound, Refused):
        if ledger.find_done(session, use.occasion):
            return None
        raise


@dataclass(frozen=True, kw_only=True)
class Bedside:
    """A use that has been judged: what, how much, by whom, on whom."""

    use: UseScanned
    goods: Goods
    quantity: int
    user: User
    stay: Stay | None


def step_of(bedside: Bedside, item: ItemState, entry: Entry | None, *, document: str = "") -> Step:
    """The thing used: the hospital's by it, and gone to the patient."""
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
    period = ledger.posting_period(session, bedside.use.occasion.day, goods.closed_through)
    return accounting.entry_for(
        accounting.load_rules(session, period),
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
        period=period,
    )


def event_of(goods: Goods) -> Event:
    """Which rule a use follows: a consignor's goods, ours from a store, or ours from a ward."""
    if goods.item.owner_id != HOSPITAL_ID:
        return Event.USE_CONSIGNED
    return Event.USE_STORE if goods.location_kind == LocationKind.STORE else Event.USE_WARD


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
