"""This file is what is to be sent next, and what an answer means: sent, tried again later, or left to people.

A message is claimed before it is sent and noted afterwards, each in a transaction of its own: while HIS takes its time,
nothing is held that a use would wait for. A message may arrive twice; it carries its own id, by which HIS knows it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session, aliased

from spd import policies
from spd.charging.models import OutboxChannel, OutboxEvent
from spd.ledger import Movement, OutboxMessage

TOPICS = ("charge", "credit")
CHANNEL = "his"
ABANDONED = timedelta(minutes=2)  # a claim this old was left by a worker that died
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
FAILURES_TO_OPEN = 5
FIRST_OPEN, LONGEST_OPEN = timedelta(seconds=15), timedelta(minutes=10)


class Answer(StrEnum):
    """What came of one try."""

    TAKEN = "taken"
    FAILED = "failed"
    """Not now: nothing heard, or an error of the other side's."""
    REFUSED = "refused"
    """Never: sent again, it would be refused again."""


@dataclass(frozen=True, kw_only=True)
class ToSend:
    """A message that is ours to send. `body` is what is sent, the same each time."""

    id: int
    key: str
    topic: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of sending it, and in which words."""

    answer: Answer
    detail: str = ""


def waiting() -> ColumnElement[bool]:
    """Messages that are neither sent nor given up nor left to people."""
    return and_(
        OutboxMessage.topic.in_(TOPICS), OutboxMessage.sent_at.is_(None), OutboxMessage.dead_at.is_(None),
        OutboxMessage.given_up_at.is_(None),
    )  # fmt: skip


def claim_next(session: Session, *, at: datetime) -> ToSend | None:
    """The oldest message that is due, ours from now on; None where there is none or the breaker is open.

    A credit waits until its charge has gone.
    """
    channel = _channel(session)
    if channel.open_until_at is not None and at < channel.open_until_at:
        return None
    if channel.open_until_at is not None and not _may_probe(session, channel, at):
        return None
    free = or_(OutboxMessage.claimed_at.is_(None), OutboxMessage.claimed_at < at - ABANDONED)
    due = or_(OutboxMessage.due_at.is_(None), OutboxMessage.due_at <= at)
    query = (
        select(OutboxMessage.id)
        .where(waiting(), free, due, or_(OutboxMessage.topic != "credit", ~_charge_unsent()))
        .order_by(OutboxMessage.id)
        .limit(1)
    )
    mine = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == query.scalar_subquery(), waiting(), free)
        .values(claimed_at=at)
        .returning(OutboxMessage.id, OutboxMessage.topic, OutboxMessage.payload)
    ).one_or_none()
    if mine is None:
        if channel.open_until_at is not None:
            _nothing_to_probe(session, at)
        return None
    said = json.loads(mine.payload)
    body = json.dumps({"topic": mine.topic} | said, ensure_ascii=False, separators=(",", ":")).encode()
    return ToSend(id=mine.id, key=said["id"], topic=mine.topic, body=body)


_CREDIT = aliased(Movement)
_USE = aliased(Movement)
_CHARGE = aliased(OutboxMessage)


def _charge_unsent() -> ColumnElement[bool]:
    """Whether the charge that a credit takes back has not gone yet."""
    return (
        select(_CHARGE.id)
        .join(_USE, _USE.id == _CHARGE.movement_id)
        .join(_CREDIT, _CREDIT.reverses_id == _USE.id)
        .where(_CREDIT.id == OutboxMessage.movement_id, _CHARGE.topic == "charge", _CHARGE.sent_at.is_(None))
        .exists()
    )


def _may_probe(session: Session, channel: OutboxChannel, at: datetime) -> bool:
    """After the breaker's time one of all workers may try one message: the breaker stays shut for the others."""
    taken = session.execute(
        update(OutboxChannel)
        .where(OutboxChannel.name == CHANNEL, OutboxChannel.open_until_at == channel.open_until_at)
        .values(open_until_at=at + ABANDONED)
        .returning(OutboxChannel.name)
    )
    return taken.first() is not None


def _nothing_to_probe(session: Session, at: datetime) -> None:
    """The next that is due is the one that is tried."""
    session.execute(update(OutboxChannel).where(OutboxChannel.name == CHANNEL).values(open_until_at=at))


def note(session: Session, message: ToSend, tried: Tried, *, at: datetime) -> None:
    """What came of it: sent, due again after a longer while, or left to people."""
    row, channel = session.get_one(OutboxMessage, message.id), _channel(session)
    probe = channel.open_until_at is not None
    row.claimed_at, row.trouble = None, tried.detail[:200] or None
    session.add(OutboxEvent(message_id=row.id, at=at, kind=_KINDS[tried.answer], detail=tried.detail[:200]))
    if tried.answer is Answer.FAILED:
        _failed(session, row, channel, at=at, probe=probe)
        return
    channel.failures, channel.openings, channel.open_until_at = 0, 0, None
    if tried.answer is Answer.REFUSED:
        row.attempts += 1
        row.dead_at = at
    elif row.sent_at is None:
        row.attempts += 1
        row.sent_at = at


_KINDS = {Answer.TAKEN: "sent", Answer.FAILED: "failed", Answer.REFUSED: "refused"}


def _failed(session: Session, row: OutboxMessage, channel: OutboxChannel, *, at: datetime, probe: bool) -> None:
    """While nothing gets through it is not the message's fault, and does not count against it."""
    channel.failures += 1
    if probe or channel.failures >= FAILURES_TO_OPEN:
        channel.open_until_at = at + min(FIRST_OPEN * 2 ** min(channel.openings, 20), LONGEST_OPEN)
        channel.openings += 1
    if not probe:
        row.attempts += 1
    row.due_at = at + min(FIRST_WAIT * 2 ** min(max(row.attempts - 1, 0), 20), LONGEST_WAIT)
    if row.attempts >= policies.get(session, "charge.attempts"):
        row.dead_at = at


def _channel(session: Session) -> OutboxChannel:
    channel = session.get(OutboxChannel, CHANNEL, populate_existing=True)
    if channel is None:
        channel = OutboxChannel(name=CHANNEL, failures=0, openings=0)
        session.add(channel)
        session.flush()  # the next question finds it
    return channel
