"""This file is the steps of an order: which may follow which, each taken once, by whom and when kept."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.ledger import KeyReused, Racing
from spd.ordering.models import Order, OrderState, OrderStep

S = OrderState
EDITABLE = frozenset({S.DRAFT, S.SUBMITTED, S.APPROVED, S.REFUSED, S.SENT})

STEPS: dict[str, tuple[frozenset[OrderState], OrderState]] = {
    "submit": (frozenset({S.DRAFT}), S.SUBMITTED),
    "waive": (frozenset({S.SUBMITTED}), S.APPROVED),  # worth less than what needs approval
    "approve": (frozenset({S.SUBMITTED}), S.APPROVED),
    "refuse": (frozenset({S.SUBMITTED}), S.REFUSED),
    "send": (frozenset({S.APPROVED}), S.SENT),
    "accept": (frozenset({S.SENT}), S.SENT),
    "decline": (frozenset({S.SENT}), S.SENT),
    "amend": (EDITABLE, S.DRAFT),
    "close": (frozenset({S.SENT}), S.CLOSED),
    "cancel": (EDITABLE, S.CANCELLED),
}
"""The states in which a step may be taken, and the state it leads to. What is not here cannot be done."""
_ZH = {
    S.DRAFT: "草稿", S.SUBMITTED: "待审批", S.APPROVED: "已审批", S.REFUSED: "已驳回", S.SENT: "已发出",
    S.CLOSED: "已关闭", S.CANCELLED: "已取消",
}  # fmt: skip


class UnknownOrder(NotFound):
    """No order has this number, or it is another supplier's."""

    code = "unknown-order"
    error = "E01"
    say = {
        "zh": "没有订单 {order}。核对订单号。",
        "en": "There is no order {order}. Check its number.",
    }


class NotThatStep(Conflict):
    """The order is not where this step begins."""

    code = "order-not-there"
    say = {
        "zh": "订单 {order} 当前为“{state_zh}”, 不能执行此操作。刷新页面查看。",
        "en": "Order {order} is {state}: this cannot be done with it now. Look at it again.",
    }


def get_order(session: Session, code: str, *, suppliers: frozenset[int] | None = None) -> Order:
    """The order with this number or label; of some suppliers where they are named. Raises: UnknownOrder.

    A supplier sees no order before it is sent.
    """
    query = select(Order).where((Order.code == code) | (Order.label == code)).order_by(Order.code == code)
    if suppliers is not None:
        query = query.where(seen_by(suppliers))
    found = session.scalars(query).first()
    if found is None:
        raise UnknownOrder(order=code)
    return found


def seen_by(suppliers: Collection[int]) -> ColumnElement[bool]:
    """Whether an order is one of these suppliers' and was sent: only then they see it."""
    sent = exists().where(OrderStep.order_id == Order.id, OrderStep.step == "send").correlate(Order)
    return Order.supplier_id.in_(suppliers) & sent


def may(state: str, step: str) -> bool:
    """Whether a step may be taken in a state."""
    return state in STEPS[step][0]


def find_done(session: Session, occasion: Occasion) -> list[OrderStep] | None:
    """The steps taken before under this key, in order; None where it is new. Raises: KeyReused."""
    found = list(
        session.scalars(select(OrderStep).where(OrderStep.request_key == occasion.request_key).order_by(OrderStep.id))
    )
    if not found:
        return None
    if found[0].content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return found


def keep_still(session: Session, order: Order) -> None:
    """The order is this act's until it ends: others who announce or decide wait, and then see what was done.

    Its row is written as it is: PostgreSQL then lets one act at a time go on. SQLite does anyway.
    """
    session.execute(
        update(Order)
        .where(Order.id == order.id)
        .values(over_percent=Order.over_percent)
        .execution_options(synchronize_session=False)
    )
    session.refresh(order)


def take(session: Session, occasion: Occasion, order: Order, step: str, *, reason: str = "") -> OrderStep:
    """The step taken: the order is in its next state. Raises: NotThatStep, Racing."""
    before, after = STEPS[step]
    if order.state not in before:
        raise NotThatStep(order=order.code, state=order.state, state_zh=_ZH[OrderState(order.state)])
    mine = session.execute(
        update(Order)
        .where(Order.id == order.id, Order.state == order.state, Order.version == order.version)
        .values(state=after.value)
        .execution_options(synchronize_session=False)
    )
    if mine.rowcount != 1:  # type: ignore[attr-defined]
        raise Racing()  # somebody else took a step at this moment: judged again as things stand
    session.refresh(order)
    return note(session, occasion, order, step, reason=reason)


def note(session: Session, occasion: Occasion, order: Order, step: str, *, reason: str = "") -> OrderStep:
    """The step on record, for the order as it stands. Raises: Racing."""
    row = OrderStep(
        order_id=order.id,
        version=order.version,
        step=step,
        state_after=order.state,
        reason=reason,
        staff_id=occasion.staff_id,
        done_at=occasion.recorded_at,
        day_on=occasion.day,
        request_key=occasion.request_key,
        content=occasion.content,
    )
    session.add(row)
    try:
        session.flush()  # the same key at this moment is refused here, where it has a name
    except IntegrityError as error:
        raise Racing() from error
    return row
