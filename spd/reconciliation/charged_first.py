"""This file is charges that come before their use: what they propose, and the use that a scan confirms them by.

Such a use and its charge belong together from the start; HIS is not told to charge again what it has charged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, cast, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from spd.catalog import Product
from spd.core.occasion import Occasion
from spd.encounters import Encounter, Stay
from spd.ledger import Movement, Racing
from spd.places import Department
from spd.policies import wards
from spd.reconciliation.models import ChargeLine, ChargeUse
from spd.stock import Goods


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What HIS has charged of a product, and nobody has used yet."""

    line_id: int
    line: str
    encounter: str
    product: str
    name: str
    name_en: str
    base_unit: str
    department: str
    item: str
    lot: str
    charged: int
    left: int
    charged_at: datetime


_UNDONE = aliased(Movement)
_REFUND = aliased(ChargeLine)


def select_proposed() -> Select[Any]:
    """Charges of products whose ward charges first, with what of them is not used yet; refunds taken off."""
    used = (
        select(func.coalesce(func.sum(ChargeUse.quantity), 0))
        .outerjoin(_UNDONE, _UNDONE.reverses_id == ChargeUse.movement_id)
        .where(ChargeUse.charge_line_id == ChargeLine.id, _UNDONE.id.is_(None))
        .correlate(ChargeLine)
        .scalar_subquery()
    )
    refunded = (
        select(func.coalesce(func.sum(_REFUND.quantity), 0))
        .where(_REFUND.refund_of == ChargeLine.number)
        .correlate(ChargeLine)
        .scalar_subquery()
    )
    left = cast(ChargeLine.quantity + refunded - used, BigInteger)
    billed = or_(
        and_(Product.charge_code != "", Product.charge_code == ChargeLine.charge_code),
        Product.code == ChargeLine.charge_code,
    )
    mode = wards.spoken(Product.id, ChargeLine.department_id)
    query: Any = (
        select(
            ChargeLine.id.label("line_id"), ChargeLine.number.label("line"), ChargeLine.encounter,
            Product.code.label("product"), Product.name, Product.name_en, Product.base_unit,
            Department.code.label("department"), ChargeLine.item, ChargeLine.lot,
            ChargeLine.quantity.label("charged"), left.label("left"), ChargeLine.charged_at,
        )
        .join(Product, billed)
        .join(Department, Department.id == ChargeLine.department_id)
        .where(ChargeLine.quantity > 0, left > 0, mode.like(f"%,{wards.Charging.BEFORE_USE.value},%"))
        .order_by(ChargeLine.charged_at, ChargeLine.id)
    )  # fmt: skip
    whole: Select[Any] = query
    return whole


_OWN = aliased(Encounter)
_OTHER = aliased(Encounter)


def numbers_of(stay_id: int) -> Select[Any]:
    """Every number that a stay is charged under: its own, and those of stays that were merged into it."""
    its = func.coalesce(_OWN.merged_into_id, _OWN.id)
    stands_for = func.coalesce(_OTHER.merged_into_id, _OTHER.id)
    return select(_OTHER.code).join(_OWN, stands_for == its).where(_OWN.id == stay_id)


def proposed(session: Session, stay_id: int) -> list[Proposed]:
    """What a stay was charged for and is still to be used, the earliest first."""
    query = select_proposed().where(ChargeLine.encounter.in_(numbers_of(stay_id)))
    return [Proposed(**row._asdict()) for row in session.execute(query)]


@dataclass
class Confirming:
    """Uses that confirm charges, in one act: it says how much of what is used was charged, and links that then."""

    taken: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """By item: numbers of lines, and how much of each."""

    def claim(self, session: Session, goods: Goods, stay: Stay, quantity: int) -> int:
        """How much of this use HIS has charged already; of that very piece first, then in the order it was charged."""
        there = {goods.item.code, goods.item.serial} - {""}
        query = select_proposed().where(
            ChargeLine.encounter.in_(numbers_of(stay.id)), Product.id == goods.item.product_id,
            or_(ChargeLine.item == "", ChargeLine.item.in_(there)),
        )  # fmt: skip
        same_lot = case((ChargeLine.lot == goods.lot, 0), else_=1)
        query = query.order_by(None).order_by(ChargeLine.item == "", same_lot, ChargeLine.charged_at, ChargeLine.id)
        before = Counter[int]()
        for line, n in chain.from_iterable(self.taken.values()):
            before[line] += n  # several things of one act may each have taken some of it
        left = quantity
        for row in session.execute(query):
            n = min(left, row.left - before[row.line_id])
            if n > 0:
                self.taken.setdefault(goods.item.code, []).append((row.line_id, n))
                left -= n
        return quantity - left

    def link(self, session: Session, occasion: Occasion, uses: Sequence[tuple[str, int]]) -> None:
        """The charges with the movements (item, number) that used them. Raises: Racing."""
        for item, movement_id in uses:
            for line_id, quantity in self.taken.get(item, ()):
                query = select(func.count()).where(ChargeUse.charge_line_id == line_id)
                session.add(
                    ChargeUse(
                        charge_line_id=line_id, ordinal=(session.scalar(query) or 0) + 1, movement_id=movement_id,
                        quantity=quantity, linked_at=occasion.recorded_at,
                    )
                )  # fmt: skip
                try:
                    session.flush()  # another use of the same charge at this moment has the same ordinal
                except IntegrityError as error:
                    raise Racing() from error


def confirmed(session: Session, movement_id: int) -> int:
    """How much of a use confirms charges that came before it."""
    return (
        session.scalar(
            select(func.coalesce(func.sum(ChargeUse.quantity), 0)).where(ChargeUse.movement_id == movement_id)
        )
        or 0
    )


def overused(session: Session) -> list[int]:
    """The numbers of lines that more was linked to than they charged."""
    query = (
        select(ChargeLine.id)
        .join(ChargeUse, ChargeUse.charge_line_id == ChargeLine.id)
        .outerjoin(_UNDONE, _UNDONE.reverses_id == ChargeUse.movement_id)
        .where(_UNDONE.id.is_(None))
        .group_by(ChargeLine.id)
        .having(func.sum(ChargeUse.quantity) > ChargeLine.quantity)
    )
    return list(session.scalars(query))
