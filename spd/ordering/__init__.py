"""Orders to suppliers: proposed, placed, approved, sent, followed until everything has come."""

from spd.ordering.accept import NoLongerProposed, accept
from spd.ordering.announce import (
    MOST_INVOICES,
    NotYourSupplier,
    PriceNotAgreed,
    announce,
    chain_flagged,
    get_note,
    orders_of,
)
from spd.ordering.announce import (
    amend as amend_note,
)
from spd.ordering.decide import AlreadyAnnounced, Confirmed, MoreThanOrdered, ReasonNeeded, answer, decide, decline
from spd.ordering.duties import BuyerReceives, refuse_buyer_receives
from spd.ordering.lines import BelowMinimum, NothingOrdered, NotWholePackaging, ProductTwice, Wanted
from spd.ordering.models import Answer, Order, OrderAnswer, OrderLine, OrderState, OrderStep
from spd.ordering.open_lines import MoreThanOpen, NotOnOrder, OrderNotOpen, Stated, judge
from spd.ordering.place import BelowAnnounced, ToOrder, amend, place
from spd.ordering.progress import (
    DELIVERED,
    PARTLY,
    PROGRESS,
    LineProgress,
    amount_of,
    lines_of,
    progress_of,
    shown_as,
)
from spd.ordering.proposals import Proposal, propose
from spd.ordering.steps import STEPS, NotThatStep, UnknownOrder, get_order, may, seen_by

__all__ = [
    "DELIVERED",
    "MOST_INVOICES",
    "PARTLY",
    "PROGRESS",
    "STEPS",
    "AlreadyAnnounced",
    "Answer",
    "BelowAnnounced",
    "BelowMinimum",
    "BuyerReceives",
    "Confirmed",
    "LineProgress",
    "MoreThanOpen",
    "MoreThanOrdered",
    "NoLongerProposed",
    "NotOnOrder",
    "NotThatStep",
    "NotWholePackaging",
    "NotYourSupplier",
    "NothingOrdered",
    "Order",
    "OrderAnswer",
    "OrderLine",
    "OrderNotOpen",
    "OrderState",
    "OrderStep",
    "PriceNotAgreed",
    "ProductTwice",
    "Proposal",
    "ReasonNeeded",
    "Stated",
    "ToOrder",
    "UnknownOrder",
    "Wanted",
    "accept",
    "amend",
    "amend_note",
    "amount_of",
    "announce",
    "answer",
    "chain_flagged",
    "decide",
    "decline",
    "get_note",
    "get_order",
    "judge",
    "lines_of",
    "may",
    "orders_of",
    "place",
    "progress_of",
    "propose",
    "refuse_buyer_receives",
    "seen_by",
    "shown_as",
]
