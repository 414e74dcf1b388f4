"""This file is sending charges to HIS: posted with a signature, or dropped as files; and reconciling what came back."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from spd import charging, reconciliation, settlement
from spd.charging import Answer, OutboxEvent, ToSend, Tried
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import transaction
from spd.ledger import Movement, OutboxMessage

AT_ONCE = 500  # messages of one run; the next begins seconds later
_LONGEST_ANSWER = 64 * 1024
_LATER = frozenset({408, 425, 429})
_KNOWN = 409
_log = structlog.get_logger()


class Way(Protocol):
    """One way to HIS."""

    def send(self, message: ToSend, *, at: datetime) -> Tried:
        """Send it once; whatever happens is told, nothing is raised."""


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Posted as JSON: `X-SPD-Signature` is sha256= and the HMAC of `X-SPD-Timestamp`, a dot and the body.

    No redirect is followed and no proxy asked: only the configured address hears of it. A connection serves one
    message, so that an answer too many is nobody else's.
    """

    url: str
    secret: str
    timeout_seconds: int = 10

    def send(self, message: ToSend, *, at: datetime) -> Tried:
        """Taken on 2xx, and on 409: HIS has it already. Refused on other 4xx. All else is tried again."""
        try:
            status, text = self._post(message, str(int(at.timestamp())))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Tried(answer=Answer.FAILED, detail=f"{type(error).__name__}: {error}")
        return _judged(message, status, text)

    def _post(self, message: ToSend, stamp: str) -> tuple[int, str]:
        parts = urlsplit(self.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "", parts.port, timeout=self.timeout_seconds)
        deadline = monotonic() + self.timeout_seconds
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body=message.body, headers=self._headers(message, stamp))
            response = connection.getresponse()
            return response.status, _read(response, deadline)
        finally:
            connection.close()

    def _headers(self, message: ToSend, stamp: str) -> dict[str, str]:
        signed = hmac.new(self.secret.encode(), f"{stamp}.".encode() + message.body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8", "Idempotency-Key": message.key,
            "X-SPD-Timestamp": stamp, "X-SPD-Signature": f"sha256={signed}", "Connection": "close",
        }  # fmt: skip


def _read(response: http.client.HTTPResponse, deadline: float) -> str:
    """The answer, in time and not without end. Raises: TimeoutError, HTTPException."""
    read = b""
    while len(read) < _LONGEST_ANSWER and (some := response.read1(_LONGEST_ANSWER)):
        read += some
        if monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
    return read.decode("utf-8", errors="replace")


def _judged(message: ToSend, status: int, text: str) -> Tried:
    said = " ".join(text.split())[:120]
    detail = f"{status} {said}".strip()
    if 200 <= status < 300:
        other = _other_id(message, text)
        return Tried(answer=Answer.FAILED, detail=f"answered for {other}") if other else Tried(answer=Answer.TAKEN)
    if status == _KNOWN:
        return Tried(answer=Answer.TAKEN, detail=detail)
    refused = 400 <= status < 500 and status not in _LATER
    return Tried(answer=Answer.REFUSED if refused else Answer.FAILED, detail=detail)


def _other_id(message: ToSend, text: str) -> str:
    """The id of another message, where the answer is about that one."""
    try:
        said = json.loads(text)
    except ValueError:
        return ""
    other = str(said.get("id", message.key)) if isinstance(said, dict) else message.key
    return "" if other == message.key else other[:80]


@dataclass(frozen=True, kw_only=True)
class FileDrop:
    """One file a message, under its own name, seen whole or not at all; dropped again it is the same file."""

    folder: Path

    def send(self, message: ToSend, *, at: datetime) -> Tried:
        """Taken when it is on the disk."""
        assert at.tzinfo is not None
        whole = self.folder / f"{message.id:012d}-{message.topic}-{message.key}.json"
        part = whole.with_suffix(".part")
        try:
            with part.open("wb") as file:
                file.write(message.body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(whole)
        except OSError as error:
            return Tried(answer=Answer.FAILED, detail=f"{type(error).__name__}: {error.strerror}")
        return Tried(answer=Answer.TAKEN)


def way(settings: Settings) -> Way | None:
    """The way the hospital has configured; None where it has none, and charges wait."""
    if settings.charge_url:
        seconds = int(settings.charge_timeout_seconds)
        return Webhook(url=settings.charge_url, secret=settings.charge_secret, timeout_seconds=seconds)
    return FileDrop(folder=Path(settings.charge_folder)) if settings.charge_folder else None


_WHY = "settled with the supplier already: agree with HIS first 已与供应商结算, 请先与 HIS 确认"


_USE = aliased(Movement)
_CHARGE = aliased(OutboxMessage)
_SEEN = aliased(OutboxEvent)


def hold_settled(session: Session, *, at: datetime) -> int:
    """Credits of uses that a supplier has a statement of or has billed, and that HIS has charged, are not sent by
    themselves: a person agrees with HIS, then sends them on or gives them up. How many were left to people now.

    Source: domain facts B3, the matrix of corrections by stage.
    """
    query = (
        select(OutboxMessage.id)
        .distinct()
        .join(Movement, Movement.id == OutboxMessage.movement_id)
        .join(_USE, _USE.id == Movement.reverses_id)
        .join(_CHARGE, (_CHARGE.movement_id == _USE.id) & (_CHARGE.topic == "charge") & _CHARGE.sent_at.is_not(None))
        .where(
            OutboxMessage.topic == "credit", OutboxMessage.sent_at.is_(None), OutboxMessage.dead_at.is_(None),
            OutboxMessage.given_up_at.is_(None), settlement.is_settled(_USE.id),
            ~exists().where(_SEEN.message_id == OutboxMessage.id, _SEEN.kind.in_(("held", "resent"))),
        )
    )  # fmt: skip
    found = list(session.scalars(query))
    for number in found:
        charging.hold(session, number, why=_WHY, at=at)
    return len(found)


def send_waiting(database: Database, by: Way, *, now: Callable[[], datetime], most: int = AT_ONCE) -> int:
    """Send what is due, oldest first, until nothing is or the breaker opens; how many HIS took.

    Nothing is open in the database while HIS is waited for.
    """
    taken = 0
    with transaction(database) as session:
        charging.give_up_credits(session, at=now())
        hold_settled(session, at=now())
    for _ in range(most):
        with transaction(database) as session:
            message = charging.claim_next(session, at=now())
        if message is None:
            break
        tried = by.send(message, at=now())
        with transaction(database) as session:
            charging.note(session, message, tried, at=now())
        if tried.answer is Answer.TAKEN:
            taken += 1
        else:
            _log.warning("charge not taken", message=message.id, answer=str(tried.answer), why=tried.detail)
    return taken


def reconcile(database: Database, *, now: Callable[[], datetime]) -> reconciliation.Ran:
    """Put what came since into cases; where another worker does it at this moment, nothing."""
    try:
        with transaction(database) as session:
            return reconciliation.reconcile(session, at=now())
    except reconciliation.ReconcilingNow:
        return reconciliation.Ran(facts=0, opened=0, ended=0)
