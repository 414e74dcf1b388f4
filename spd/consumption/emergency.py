"""This file is uses in an emergency: nobody knows yet on whom, and nobody waits for it.

The thing is used and the department bears it at once, so that matter and money agree. Whose it was is said within
a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.orm import Session, aliased

from spd import policies, stock
from spd.consumption.models import EmergencyAssignment, EmergencyUse
from spd.consumption.record import Use, UseScanned, record_use
from spd.consumption.whole_kit import KitUse, use_kit
from spd.ledger import ItemKind, Movement
from spd.places import get_department
from spd.stock import Goods


@dataclass(frozen=True, kw_only=True)
class InEmergency:
    """What was used, and the number it has on the ward's list; none where the ward bears it in any case."""

    use: Use
    number: int | None


def use_in_emergency(session: Session, use: UseScanned, tag: str) -> InEmergency:
    """One item used on a patient who is not known yet: booked, and on the list of the ward until it is assigned.

    Every rule that looks at the thing itself holds. Asked again with the same key, the first use is returned.
    Raises: what `record_use` raises.
    """
    done = record_use(session, replace(use, encounter=None))
    known = select(EmergencyUse.id).where(EmergencyUse.movement_id == done.movement_id)
    if not done.repeated and not of_the_ward(stock.get_goods(session, done.item)):
        _list(session, use, tag, done.department, [done.movement_id])
    return InEmergency(use=done, number=session.scalar(known))


@dataclass(frozen=True, kw_only=True)
class KitInEmergency:
    """A kit that was used, and the numbers of what was in it on the ward's list."""

    use: KitUse
    numbers: tuple[int, ...]


def use_kit_in_emergency(session: Session, use: UseScanned, tag: str) -> KitInEmergency:
    """A kit opened on a patient who is not known yet: each thing in it on the list of the ward until it is assigned.

    Asked again with the same key, the first use is returned. Raises: what `use_kit` raises.
    """
    done = use_kit(session, replace(use, encounter=None))
    if not done.repeated:
        goods = stock.goods.goods_with(session, done.items)
        moved = zip(done.items, done.movement_ids, strict=True)
        listed = [number for code, number in moved if not of_the_ward(goods[code])]
        _list(session, use, tag, done.department, listed)
    query = select(EmergencyUse.id).where(EmergencyUse.movement_id.in_(done.movement_ids)).order_by(EmergencyUse.id)
    return KitInEmergency(use=done, numbers=tuple(session.scalars(query)))


def _list(session: Session, use: UseScanned, tag: str, department: str, movements: Sequence[int]) -> None:
    """These uses on the list of the department, open from now on."""
    hours = int(policies.get(session, "emergency.assign_hours"))
    at = use.occasion.occurred_at
    rows = {
        "department_id": get_department(session, department).id, "tag": tag, "staff_id": use.occasion.staff_id,
        "used_at": at, "due_at": at + timedelta(hours=hours),
    }  # fmt: skip
    if movements:
        session.execute(insert(EmergencyUse), [rows | {"movement_id": number} for number in movements])


def of_the_ward(goods: Goods) -> bool:
    """A sealed ward pack that nobody is billed for is the department's, whoever the patient is."""
    return goods.item.kind == ItemKind.PACK and not goods.chargeable and goods.product_class == "low_value"


_UNDONE = aliased(Movement)
_TOLD = aliased(EmergencyAssignment)


def is_open() -> ColumnElement[bool]:
    """Of emergency uses: neither assigned nor undone."""
    return ~(
        select(_TOLD.id).where(_TOLD.use_id == EmergencyUse.id).correlate(EmergencyUse).exists()
        | select(_UNDONE.id).where(_UNDONE.reverses_id == EmergencyUse.movement_id).correlate(EmergencyUse).exists()
    )


def is_undone() -> ColumnElement[bool]:
    """Of emergency uses with their assignment, where there is one: taken back, before it was assigned or afterwards."""
    stands = func.coalesce(EmergencyAssignment.movement_id, EmergencyUse.movement_id)
    undone = select(_UNDONE.id).where(_UNDONE.reverses_id == stands)
    return undone.correlate(EmergencyUse, EmergencyAssignment).exists()


def waiting_in_emergency(
    session: Session, departments: frozenset[int] | None, *, at: datetime
) -> tuple[int, int]:  # fmt: skip
    """How many uses wait to be assigned, and how many of them wait too long."""
    query = select(func.count(), func.count().filter(EmergencyUse.due_at < at)).where(is_open())
    if departments is not None:
        query = query.where(EmergencyUse.department_id.in_(departments))
    count, late = session.execute(query).one()
    return count, late
