"""This file is the proof of the outbox: what is sent was sent, and no credit without its charge."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from spd.charging.models import OutboxEvent
from spd.charging.sending import TOPICS
from spd.ledger import Movement, OutboxMessage
from spd.ledger.verify import Problem

_CHARGE = aliased(OutboxMessage)


def problems(session: Session) -> list[Problem]:
    """Messages that are said to be sent and never were, or that went in the wrong order; empty is the proof."""
    return [
        Problem(check="outbox", table="outbox", row=str(number), says=says)
        for query, says in _told()
        for number in session.scalars(query)
    ]


@cache
def _told() -> tuple[tuple[Select[Any], str], ...]:
    """The messages that are looked for, and what is wrong with them."""
    sent = and_(OutboxEvent.message_id == OutboxMessage.id, OutboxEvent.kind == "sent")
    unproved = select(OutboxMessage.id).where(
        OutboxMessage.topic.in_(TOPICS),
        OutboxMessage.sent_at.is_not(None),
        ~select(OutboxEvent.id).where(sent).exists(),
    )
    both = select(OutboxMessage.id).where(OutboxMessage.sent_at.is_not(None), OutboxMessage.given_up_at.is_not(None))
    early = (
        select(OutboxMessage.id)
        .join(Movement, Movement.id == OutboxMessage.movement_id)
        .join(_CHARGE, and_(_CHARGE.movement_id == Movement.reverses_id, _CHARGE.topic == "charge"))
        .where(
            OutboxMessage.topic == "credit", OutboxMessage.sent_at.is_not(None),
            or_(_CHARGE.sent_at.is_(None), _CHARGE.sent_at > OutboxMessage.sent_at),
        )
    )  # fmt: skip
    return (
        (unproved, "is marked as sent, and no try of it succeeded"),
        (both, "is both sent and given up"),
        (early, "credits a charge that was not sent before it"),
    )
