"""This file is who uses a thing: which department bears it, whether it may, and another ward's stock coming over."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies, stock
from spd.core.errors import NotAllowed, Refusal
from spd.ledger import Draft, ItemState, MovementKind, Step
from spd.places import WARD_KINDS, Department, Location, get_department
from spd.stock import Goods


class NotYours(NotAllowed):
    """The person acts for another department."""

    code = "not-your-department"
    error = "E15"
    say = {
        "zh": "您无权在科室 {department} 使用物品。请该科室同事扫描。",
        "en": "You may not use items of {department}. Ask somebody of that department to scan it.",
    }


@dataclass(frozen=True, kw_only=True)
class User:
    """The department that uses something and bears it."""

    id: int
    code: str
    cost_class: str
    taking_over: bool = False
    """Another ward's stock, which comes over to this one first."""


def user_of(
    session: Session, goods: Goods, *, department: str | None, mine: frozenset[int] | None
) -> tuple[User | None, Refusal | None]:
    """Who uses it: the department said, else the one whose stock it is; or why they may not.

    Told, not raised: the rules about patient and thing come first, and who hears that it is recalled need not hear
    whose it is. Raises: UnknownDepartment.
    """
    if department is not None:
        said = get_department(session, department)
        user = User(id=said.id, code=said.code, cost_class=said.cost_class)
        if mine is not None and user.id not in mine:
            other = goods.department_id not in (None, said.id)
            return user, _other(goods) if other else NotYours(department=user.code)
    elif goods.department_id is None:
        return None, stock.NotSignedYet(item=goods.item.code)
    else:
        user = User(id=goods.department_id, code=goods.department_code, cost_class=goods.cost_class)
        if mine is None or user.id in mine:
            return user, None
        if len(mine) != 1:
            return user, _other(goods)
        one = session.get_one(Department, min(mine))
        user = User(id=one.id, code=one.code, cost_class=one.cost_class)
    if goods.department_id in (None, user.id):
        return user, None
    if goods.location_kind not in WARD_KINDS or policies.get(session, "use.other_ward_stock") != "transfer":
        return user, _other(goods)
    return User(id=user.id, code=user.code, cost_class=user.cost_class, taking_over=True), None


def _other(goods: Goods) -> Refusal:
    return stock.OtherDepartment(item=goods.item.code, location=goods.location_name)


def from_other(goods: Goods, quantity: int) -> stock.Caution:
    """What the person is told of so much of another ward's stock; a part of a thing is used where it lies."""
    place = goods.location_name
    whole = quantity == goods.item.quantity
    zh = "已记调拨" if whole else "用去其中一部分, 余量仍在该处"
    en = "a transfer is recorded" if whole else "part of it is used, the rest stays there"
    return stock.Caution(code="other-ward-stock", error="E17", zh=f"来自 {place} 库存, {zh}", en=f"From {place}: {en}")


def moved_over(session: Session, draft: Draft, goods: Goods, user: User, *, quantity: int) -> ItemState:
    """The item at the user's own place, where all of it is used; of a part the rest stays where it lies."""
    item = goods.item
    query = (
        select(Location.id)
        .where(Location.department_id == user.id, Location.kind.in_(WARD_KINDS), ~Location.retired)
        .order_by(Location.kind != goods.location_kind, Location.code)
    )
    place = session.scalars(query.limit(1)).first()
    if place is None or quantity != item.quantity:
        return item
    return draft.move(
        item,
        Step(
            kind=MovementKind.TRANSFER,
            quantity=item.quantity,
            from_location_id=item.location_id,
            to_location_id=place,
            from_owner_id=item.owner_id,
            to_owner_id=item.owner_id,
            state_after=item.state,
            department_id=user.id,
            reason="other-ward-stock",
        ),
    )
