"""This file is what a loss and a return mean in money: who bears it, and from which stock it goes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import accounting
from spd.accounting import Event
from spd.ledger import Entry, Movement, MovementKind
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, Department, Location, LocationKind
from spd.stock import Goods


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Whose stock it is: a ward's with its department, or the store's."""

    ward: bool
    department_id: int | None
    cost_class: str


def bearer_of(session: Session, goods: Goods) -> Bearer:
    """Whose stock it is; what is on its way is still its origin's."""
    if goods.location_kind != LocationKind.TRANSIT:
        return _bearer(goods.location_kind, goods.department_id, goods.cost_class)
    query = (
        select(Location.kind, Location.department_id, Department.cost_class)
        .join(Movement, Movement.from_location_id == Location.id)
        .outerjoin(Department, Department.id == Location.department_id)
        .where(Movement.item_id == goods.item.id, Movement.kind == MovementKind.DISPATCH)
        .order_by(Movement.sequence.desc())
        .limit(1)
    )
    kind, department_id, cost_class = session.execute(query).one()
    return _bearer(kind, department_id, cost_class or "")


def _bearer(kind: str, department_id: int | None, cost_class: str) -> Bearer:
    ward = kind in WARD_KINDS
    return Bearer(ward=ward, department_id=department_id if ward else None, cost_class=cost_class if ward else "")


def loss_event(goods: Goods, bearer: Bearer) -> Event:
    """Which rule a loss follows. A consignor's goods lost in our hands are owed for."""
    if goods.item.owner_id == HOSPITAL_ID:
        return Event.LOSS_WARD if bearer.ward else Event.LOSS_STORE
    return Event.LOSS_CONSIGNED_WARD if bearer.ward else Event.LOSS_CONSIGNED_STORE


def entry_of_loss(session: Session, goods: Goods, quantity: int, bearer: Bearer, *, period: str) -> Entry | None:
    """The entry of a loss: a cost of the ward whose stock it was, and no patient's. Raises: NoRule."""
    return _entry(session, loss_event(goods, bearer), goods, quantity, bearer, period=period)


def entry_of_return(session: Session, goods: Goods, quantity: int, bearer: Bearer, *, period: str) -> Entry | None:
    """The entry of goods that go back; none of a consignor's own, which we never owed for, and of a gift the gift in
    red: its income, and nobody's debt. Raises: NoRule."""
    if goods.item.owner_id != HOSPITAL_ID:
        return None
    if accounting.is_gift(session, goods.item.id):
        event = Event.DONATION_WARD if bearer.ward else Event.DONATION_STORE
        given = _entry(session, event, goods, quantity, bearer, period=period)
        return given and accounting.reversed_entry(event, given.lines, period=period)
    event = Event.RETURN_SUPPLIER_WARD if bearer.ward else Event.RETURN_SUPPLIER_STORE
    return _entry(session, event, goods, quantity, bearer, period=period)


def _entry(session: Session, event: Event, goods: Goods, quantity: int, bearer: Bearer, *, period: str) -> Entry | None:
    return accounting.entry_for(
        accounting.load_rules(session, period),
        event,
        accounting.Goods(
            product_id=goods.item.product_id,
            product_class=goods.product_class,
            chargeable=False,  # nobody was treated with it, so nobody is charged for it
            amount=quantity * goods.item.unit_price,
            supplier_id=goods.item.supplier_id,
            department_id=bearer.department_id,
            cost_class=bearer.cost_class,
        ),
        period=period,
    )
