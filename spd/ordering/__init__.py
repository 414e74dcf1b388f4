"""Orders to suppliers: proposed, placed, approved, sent, followed until everything has come."""

from spd.ordering.duties import BuyerReceives, refuse_buyer_receives
from spd.ordering.models import Answer, Order, OrderAnswer, OrderLine, OrderState, OrderStep

__all__ = [
    "Answer",
    "BuyerReceives",
    "Order",
    "OrderAnswer",
    "OrderLine",
    "OrderState",
    "OrderStep",
    "refuse_buyer_receives",
]
