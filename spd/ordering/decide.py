"""This file is what becomes of an order: submitted, approved by another person, sent, answered, closed, cancelled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.catalog.admitted import refuse_unadmitted
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ordering import steps
from spd.ordering.lines import refuse_unlicensed
from spd.ordering.models import Answer, Order, OrderAnswer, OrderLine, OrderStep
from spd.ordering.place import send_for_approval
from spd.ordering.progress import LineProgress, lines_of

ASKING = ("place", "amend", "submit")
_NEED_A_REASON = ("refuse", "cancel", "decline")


class ReasonNeeded(Refused):
    """Whoever refuses, cancels, declines or closes short says why."""

    code = "reason-needed"
    say = {"zh": "请填写原因。", "en": "Give the reason."}


class AlreadyAnnounced(Refused):
    """Goods are on their way."""

    code = "already-announced"
    say = {
        "zh": "订单 {order} 已有送货或收货, 不能取消。未到部分用“关闭”结束。",
        "en": "Goods of order {order} are on their way or have come: it cannot be cancelled. Close it instead.",
    }


class MoreThanOrdered(Refused):
    """The supplier confirms more than was asked for."""

    code = "more-than-ordered"
    say = {
        "zh": "{product} 订购 {quantity}, 不能确认 {confirmed}。",
        "en": "{quantity} of {product} were ordered: {confirmed} cannot be confirmed.",
    }


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """What the supplier says of one line."""

    line: int
    quantity: int
    promised_on: date | None = None


def decide(session: Session, occasion: Occasion, order: Order, step: str, *, reason: str = "") -> Order:
    """The order after a step of the hospital: submit, approve, refuse, send, close or cancel.

    Who placed, amended or submitted it neither approves nor refuses it.
    Raises: KeyReused, ReasonNeeded, SamePerson, NotAdmitted, Unlicensed, AlreadyAnnounced, NotThatStep, Racing.
    """
    if steps.find_done(session, occasion):
        return order
    if step in _NEED_A_REASON and not reason:
        raise ReasonNeeded()
    if step in ("approve", "refuse"):
        for person in _who(session, order, ASKING):
            refuse_same_person(person, occasion.staff_id)
    if step in ("submit", "approve", "send"):
        _refuse_unorderable(session, order, on=occasion.day)
    steps.keep_still(session, order)
    lines = lines_of(session, [order.id])[order.id] if step in ("close", "cancel") else []
    if step == "cancel" and any(line.announced for line in lines):
        raise AlreadyAnnounced(order=order.code)
    if step == "close" and any(line.missing for line in lines) and not reason:
        raise ReasonNeeded()
    if step == "submit":
        send_for_approval(session, occasion, order)
    else:
        steps.take(session, occasion, order, step, reason=reason)
    return order


def answer(session: Session, occasion: Occasion, order: Order, confirmed: Sequence[Confirmed]) -> Order:
    """The order as its supplier accepts it: how much of each line, for which day; lines not named as ordered.

    Raises: KeyReused, MoreThanOrdered, NotThatStep, Racing.
    """
    if steps.find_done(session, occasion):
        return order
    lines = lines_of(session, [order.id])[order.id]
    said = {one.line: one for one in confirmed}
    for line in lines:
        if line.line in said and said[line.line].quantity > line.quantity:
            raise MoreThanOrdered(product=line.name, quantity=line.quantity, confirmed=said[line.line].quantity)
    step = steps.take(session, occasion, order, "accept")
    changed = [_kept(session, step, line, said) for line in lines]
    _settle(session, order, Answer.CHANGED if any(changed) else Answer.ACCEPTED)
    return order


def decline(session: Session, occasion: Occasion, order: Order, *, reason: str) -> Order:
    """The order, which its supplier will not deliver. Raises: KeyReused, ReasonNeeded, NotThatStep, Racing."""
    if steps.find_done(session, occasion):
        return order
    if not reason:
        raise ReasonNeeded()
    steps.take(session, occasion, order, "decline", reason=reason)
    _settle(session, order, Answer.DECLINED)
    return order


def _kept(session: Session, step: OrderStep, line: LineProgress, said: Mapping[int, Confirmed]) -> bool:
    """Keep what was said of a line; whether it is less, or later, than was asked for."""
    one = said.get(line.line) or Confirmed(line=line.line, quantity=line.quantity, promised_on=line.wanted_on)
    session.add(OrderAnswer(step_id=step.id, order_line_id=line.id, quantity=one.quantity, promised_on=one.promised_on))
    later = one.promised_on is not None and line.wanted_on is not None and one.promised_on > line.wanted_on
    return one.quantity < line.quantity or later


def _settle(session: Session, order: Order, said: Answer) -> None:
    session.execute(update(Order).where(Order.id == order.id).values(answer=said.value))
    session.refresh(order)


def _who(session: Session, order: Order, done: Sequence[str]) -> set[int]:
    query = select(OrderStep.staff_id).where(OrderStep.order_id == order.id, OrderStep.step.in_(done))
    return set(session.scalars(query))


def _refuse_unorderable(session: Session, order: Order, *, on: date) -> None:
    """What could be ordered when it was placed may no longer be. Raises: NotAdmitted, Unlicensed."""
    query = (
        select(Product)
        .join(OrderLine, OrderLine.product_id == Product.id)
        .where(OrderLine.order_id == order.id, OrderLine.version == order.version)
    )
    products = session.scalars(query).all()
    for product in products:
        refuse_unadmitted(product, on=on)
    refuse_unlicensed(session, order.supplier_id, [product.id for product in products], on=on)
