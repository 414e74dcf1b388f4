"""This file is one adjustment: the movement of a difference, on the item as it is now, and the money of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from spd import accounting
from spd.accounting import Event
from spd.counting.judged import Judged
from spd.counting.models import Count
from spd.ledger import Entry, ItemKind, ItemStateName, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, Department, End, Location
from spd.stock import Goods

GONE_SINCE = "gone_since"
"""Less is left by now than is missing: the difference is judged, and what is not there cannot be taken away."""
ON_ITS_WAY = "on_its_way"
"""It left before the count was approved: whoever signs for it counts it."""


def adjustment(session: Session, count: Count, one: Judged, goods: Goods, *, period: str) -> Step | str:
    """The movement of a difference; why there is none, where the item allows none any more. Raises: NoRule."""
    item = goods.item
    if item.location_id == End.TRANSIT:
        return ON_ITS_WAY
    if one.difference < 0:
        if item.quantity < -one.difference:
            return GONE_SINCE
        return _loss(session, count, one, goods, period)
    if item.quantity == 0 and item.state not in (
        ItemStateName.CONSUMED, ItemStateName.SPENT, ItemStateName.WRITTEN_OFF,
    ):  # fmt: skip
        return GONE_SINCE
    return _gain(session, count, one, goods, period)


def _loss(session: Session, count: Count, one: Judged, goods: Goods, period: str) -> Step:
    """So much less of it. What is lost of a consignor's in the hospital's hands is owed for."""
    item, lost = goods.item, -one.difference
    ward = goods.location_kind in WARD_KINDS
    if item.owner_id == HOSPITAL_ID:
        event = Event.LOSS_WARD if ward else Event.LOSS_STORE
    else:
        event = Event.LOSS_CONSIGNED_WARD if ward else Event.LOSS_CONSIGNED_STORE
    bears = _Bears(goods.department_id, goods.cost_class)
    return Step(
        kind=MovementKind.ADJUST,
        quantity=lost,
        from_location_id=item.location_id,
        to_location_id=End.LOSS,
        from_owner_id=item.owner_id,
        to_owner_id=HOSPITAL_ID,
        state_after=ItemStateName.WRITTEN_OFF if lost == item.quantity else item.state,
        department_id=goods.department_id if ward else None,
        document=count.code,
        reason=one.reason,
        entry=_entry(session, event, goods, lost, bears, period=period),
    )


def _gain(session: Session, count: Count, one: Judged, goods: Goods, period: str) -> Step:
    """More of it; a thing of which nothing was left is where it was found. A consignor's stays the consignor's."""
    item = goods.item
    back = item.quantity == 0
    place = session.get_one(Location, one.location_id if back else item.location_id)
    ward = place.kind in WARD_KINDS
    entry = None
    if item.owner_id == HOSPITAL_ID:
        event = Event.GAIN_WARD if ward else Event.GAIN_STORE
        department = session.get(Department, place.department_id) if place.department_id else None
        bears = _Bears(department.id, department.cost_class) if department else _Bears(None, "")
        entry = _entry(session, event, goods, one.difference, bears, period=period)
    return Step(
        kind=MovementKind.ADJUST,
        quantity=one.difference,
        from_location_id=End.FOUND,
        to_location_id=place.id,
        from_owner_id=item.owner_id,
        to_owner_id=item.owner_id,
        state_after=_found_state(goods) if back else item.state,
        department_id=place.department_id if ward else None,
        document=count.code,
        reason=one.reason,
        entry=entry,
    )


def _found_state(goods: Goods) -> str:
    """A unit is whole again; of a pack only a part may have come back: it is open."""
    return ItemStateName.OPEN if goods.item.kind == ItemKind.PACK else ItemStateName.AVAILABLE


@dataclass(frozen=True)
class _Bears:
    """Who bears it."""

    department_id: int | None
    cost_class: str


def _entry(session: Session, event: Event, goods: Goods, quantity: int, bears: _Bears, *, period: str) -> Entry | None:
    return accounting.entry_for(
        accounting.load_rules(session, period),
        event,
        accounting.Goods(
            product_id=goods.item.product_id,
            product_class=goods.product_class,
            chargeable=goods.chargeable,
            amount=quantity * goods.item.unit_price,
            supplier_id=goods.item.supplier_id,
            department_id=bears.department_id,
            cost_class=bears.cost_class,
        ),
        period=period,
    )
