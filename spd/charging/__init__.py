"""Charges out: what waits in the outbox, sent until HIS has it, or decided about by people."""

from spd.charging.deciding import (
    STATES,
    MessageAct,
    MessageGone,
    MessageUnderWay,
    UnknownMessage,
    WhyGiveUp,
    events_of,
    give_up,
    give_up_credits,
    hold,
    resend,
    select_messages,
    state_of,
)
from spd.charging.models import OutboxChannel, OutboxEvent
from spd.charging.proof import problems
from spd.charging.sending import TOPICS, Answer, ToSend, Tried, claim_next, note, waiting

__all__ = [
    "STATES",
    "TOPICS",
    "Answer",
    "MessageAct",
    "MessageGone",
    "MessageUnderWay",
    "OutboxChannel",
    "OutboxEvent",
    "ToSend",
    "Tried",
    "UnknownMessage",
    "WhyGiveUp",
    "claim_next",
    "events_of",
    "give_up",
    "give_up_credits",
    "hold",
    "note",
    "problems",
    "resend",
    "select_messages",
    "state_of",
    "waiting",
]
