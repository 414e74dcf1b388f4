"""This file is the separation of duties over an order: who placed or approved it does not receive what comes of it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.errors import NotAllowed
from spd.ordering.models import OrderLine, OrderStep
from spd.receiving import Delivery, DeliveryLine

BUYING = ("place", "amend", "submit", "approve", "send")


class BuyerReceives(NotAllowed):
    """The one at the bay had a hand in the order."""

    code = "buyer-receives"
    error = "E15"
    say = {
        "zh": "送货单 {delivery} 的订单由您下单或审批, 不能由您收货。请另一位库管收货。",
        "en": "You placed or approved an order behind note {delivery}. Ask another storekeeper to receive it.",
    }


def refuse_buyer_receives(session: Session, delivery: str, staff_id: int) -> None:
    """Refuse that who placed, approved or sent an order receives its delivery. Raises: BuyerReceives.

    `delivery` is the note's number or our label; a note that is not known is left to receiving to refuse.
    """
    had_a_hand = (
        select(OrderStep.id)
        .join(OrderLine, OrderLine.order_id == OrderStep.order_id)
        .join(DeliveryLine, DeliveryLine.order_line_id == OrderLine.id)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .where((Delivery.code == delivery) | (Delivery.label == delivery))
        .where(OrderStep.staff_id == staff_id, OrderStep.step.in_(BUYING))
        .limit(1)
    )
    if session.scalar(had_a_hand) is not None:
        raise BuyerReceives(delivery=delivery)
