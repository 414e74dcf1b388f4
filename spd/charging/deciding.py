"""This file is what people do about messages that HIS does not take: send again, or give up, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from spd.charging.models import OutboxChannel, OutboxEvent
from spd.charging.sending import ABANDONED, CHANNEL, TOPICS
from spd.core.columns import worth
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.encounters import Encounter
from spd.ledger import Item, KeyReused, Movement, OutboxMessage
from spd.places import Department

STATES = ("dead", "waiting", "sent", "given_up")


class UnknownMessage(NotFound):
    """There is no such message."""

    code = "unknown-message"
    say = {"zh": "没有收费消息 {message}。刷新列表。", "en": "There is no charge message {message}. Reload the list."}


class MessageGone(Conflict):
    """HIS has it, or it was given up."""

    code = "message-gone"
    verdict = "repeat"
    say = {
        "zh": "收费消息 {message} 已送达或已放弃。",
        "en": "Charge message {message} has been taken by HIS, or given up.",
    }


class MessageUnderWay(Conflict):
    """It is being sent at this moment: nobody knows yet whether HIS has it."""

    code = "message-under-way"
    say = {
        "zh": "收费消息 {message} 正在发送, 稍后再试。",
        "en": "Charge message {message} is being sent at this moment. Try again shortly.",
    }


class WhyGiveUp(Refused):
    """Not to charge wants a reason."""

    code = "why-give-up"
    say = {"zh": "放弃发送须填写原因。", "en": "Say why it is not sent."}


@dataclass(frozen=True, kw_only=True)
class MessageAct:
    """What somebody decides about a message."""

    occasion: Occasion
    message: int
    reason: str = ""


def resend(session: Session, act: MessageAct) -> OutboxMessage:
    """The message, due at once, its failures forgotten. Raises: KeyReused, UnknownMessage, MessageGone."""
    row = _decide(session, act, "resent", {"dead_at": None, "due_at": None, "attempts": 0})
    now = act.occasion.recorded_at
    shut = (OutboxChannel.name == CHANNEL, OutboxChannel.open_until_at > now)
    session.execute(update(OutboxChannel).where(*shut).values(open_until_at=now))
    return row


def give_up(session: Session, act: MessageAct) -> OutboxMessage:
    """The message, never to be sent; a credit of a charge that was never sent goes with it.

    Raises: WhyGiveUp, MessageUnderWay, KeyReused, UnknownMessage, MessageGone.
    """
    if not act.reason.strip():
        raise WhyGiveUp()
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.id == act.message, _under_way(act))):
        raise MessageUnderWay(message=act.message)
    row = _decide(session, act, "given_up", {"given_up_at": act.occasion.recorded_at})
    give_up_credits(session, at=act.occasion.recorded_at)
    return row


def _under_way(act: MessageAct) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.claimed_at >= act.occasion.recorded_at - ABANDONED, OutboxMessage.sent_at.is_(None),
        OutboxMessage.given_up_at.is_(None),
    )  # fmt: skip


_USE = aliased(Movement)
_CHARGE = aliased(OutboxMessage)


def give_up_credits(session: Session, *, at: datetime) -> int:
    """Credits of charges that were given up are not sent either; how many there were."""
    theirs = (
        select(OutboxMessage.id)
        .join(Movement, Movement.id == OutboxMessage.movement_id)
        .join(_USE, _USE.id == Movement.reverses_id)
        .join(_CHARGE, (_CHARGE.movement_id == _USE.id) & (_CHARGE.topic == "charge"))
        .where(
            OutboxMessage.topic == "credit", OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None),
            _CHARGE.given_up_at.is_not(None),
        )
    )  # fmt: skip
    numbers = list(session.scalars(theirs))
    for number in numbers:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == number).values(given_up_at=at))
        session.add(OutboxEvent(message_id=number, at=at, kind="given_up", detail="the charge was never sent"))
    session.flush()  # so that a refusal by the database comes here
    return len(numbers)


def hold(session: Session, message: int, *, why: str, at: datetime) -> None:
    """The message is left to people, who send it on or give it up."""
    session.execute(update(OutboxMessage).where(OutboxMessage.id == message).values(dead_at=at, trouble=why))
    session.add(OutboxEvent(message_id=message, at=at, kind="held", detail=why))
    session.flush()  # so that a refusal by the database comes here


def _decide(session: Session, act: MessageAct, kind: str, values: dict[str, Any]) -> OutboxMessage:
    occasion = act.occasion
    before = session.scalars(select(OutboxEvent).where(OutboxEvent.request_key == occasion.request_key)).first()
    if before is not None:
        if before.content != occasion.content:
            raise KeyReused(key=str(occasion.request_key))
        return session.get_one(OutboxMessage, before.message_id)
    row = session.get(OutboxMessage, act.message)
    if row is None or row.topic not in TOPICS:
        raise UnknownMessage(message=act.message)
    mine = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == row.id, OutboxMessage.sent_at.is_(None), OutboxMessage.given_up_at.is_(None))
        .values(values)
        .returning(OutboxMessage.id)
    )
    if mine.first() is None:
        raise MessageGone(message=row.id)
    session.add(
        OutboxEvent(
            message_id=row.id, at=occasion.recorded_at, kind=kind, detail=act.reason.strip(),
            staff_id=occasion.staff_id, request_key=occasion.request_key, content=occasion.content,
        )
    )  # fmt: skip
    session.flush()  # so that a refusal by the database comes here
    session.refresh(row)
    return row


def state_of() -> ColumnElement[str]:
    """How far a message is: sent, given_up, dead, waiting."""
    return case(
        (OutboxMessage.sent_at.is_not(None), literal("sent")),
        (OutboxMessage.given_up_at.is_not(None), literal("given_up")),
        (OutboxMessage.dead_at.is_not(None), literal("dead")),
        else_=literal("waiting"),
    )


def select_messages() -> Any:
    """Every message with what it is about."""
    return (
        select(
            OutboxMessage.id, OutboxMessage.topic, OutboxMessage.created_at, OutboxMessage.sent_at,
            OutboxMessage.attempts, OutboxMessage.due_at, OutboxMessage.dead_at,
            func.coalesce(OutboxMessage.trouble, "").label("trouble"), state_of().label("state"),
            Item.code.label("item"), Movement.id.label("movement_id"), Movement.day_on, Movement.quantity,
            worth(Movement.quantity, Item.unit_price).label("amount"),
            Department.code.label("department"), Department.name.label("department_name"),
            Department.name_en.label("department_name_en"), Encounter.code.label("encounter"),
        )
        .join(Movement, Movement.id == OutboxMessage.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(Department, Department.id == Movement.department_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .where(OutboxMessage.topic.in_(TOPICS))
    )  # fmt: skip


def events_of(session: Session, message: int) -> list[OutboxEvent]:
    """What came of a message so far, in order."""
    return list(session.scalars(select(OutboxEvent).where(OutboxEvent.message_id == message).order_by(OutboxEvent.id)))
