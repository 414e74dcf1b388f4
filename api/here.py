"""This file is what belongs to this process and this request: settings, database, transactions, the occasion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import structlog
from flask import current_app, g, has_request_context, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from spd.core import clock
from spd.core.database import Database
from spd.core.errors import Refusal, Refused
from spd.core.occasion import Moment, Occasion, digest_of, refuse_skewed
from spd.core.reports import Turns, reporting
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.ledger import Moved, PeriodClosed, Racing, is_done
from spd.staff import Person

Answer = TypeVar("Answer")
DEVICE_COOKIE = "device"
_log = structlog.get_logger()
_TRIES = 6  # a bulk that several take from at once: each round one of them gets through


class RequestKeyMissing(Refused):
    """A write without a key could be done twice."""

    code = "request-key-missing"
    say = {
        "zh": "缺少请求编号。写入须带 request_key 或 Idempotency-Key (UUID)。",
        "en": "The request key is missing. Send request_key or Idempotency-Key, a UUID, with every write.",
    }


class RequestKeyMalformed(Refused):
    """The key is no UUID."""

    code = "request-key-malformed"
    say = {
        "zh": "请求编号 {key} 不是 UUID。改用 UUIDv7。",
        "en": "Request key {key} is not a UUID. Make one of version 7.",
    }


def settings() -> Settings:
    """The settings of this process."""
    return current_app.extensions["spd.settings"]  # type: ignore[no-any-return]


def database() -> Database:
    """The database of this process."""
    return current_app.extensions["spd.database"]  # type: ignore[no-any-return]


def person() -> Person:
    """Who asks. Only behind an endpoint that the access table does not leave open."""
    assert g.person is not None, "the access table lets nobody anonymous through here"
    return g.person  # type: ignore[no-any-return]


def read(ask: Callable[[Session], Answer]) -> Answer:
    """The answer to a question, from one snapshot; that of a report beside the wards, when it is its turn.

    Raises: ReportTooLong, ReportsBusy, of a report.
    """
    if not _is_report():
        with reading(database()) as session:
            return ask(session)
    if "reported" in g:  # within a report: its turn has come
        return _report(ask)
    turns: Turns = current_app.extensions["spd.report_turns"]
    with turns.file() if "progress" in g else turns.page():
        g.reported = True
        try:
            return _report(ask)
        finally:
            g.pop("reported")


_REPORTS = (
    "pages.finance", "pages.finance_stock", "pages.finance_stock_movements", "pages.finance_export",
    "pages.finance_encounters", "pages.finance_encounter", "pages.finance_drgs", "pages.finance_drg_cases",
    "pages.finance_groups",
    "pages.finance_group_cases", "pages.finance_indicators", "pages.finance_indicator", "pages.finance_case_lines",
    "pages.finance_step_flows",
)  # fmt: skip
"""Pages that only read, and may read a great deal; with the endpoints of costs and indicators."""
_BACKGROUND_S = 3600


def _is_report() -> bool:
    endpoint = (request.endpoint or "") if has_request_context() else ""
    return endpoint in _REPORTS or endpoint.startswith(("costs.", "indicators."))


def _report(ask: Callable[[Session], Answer]) -> Answer:
    """From the replica where there is one and it answers, else from the database that everybody works with."""
    seconds = _BACKGROUND_S if "progress" in g else int(settings().report_seconds)
    workers = int(settings().report_workers)
    replica: Database | None = current_app.extensions.get("spd.replica")
    if replica is not None:
        try:
            with reporting(replica, seconds=seconds, workers=workers) as session:
                return ask(session)
        except OperationalError as error:
            _log.warning("the replica did not answer", why=str(error.orig))
    with reporting(database(), seconds=seconds, workers=workers) as session:
        return ask(session)


def write(when: Occasion, act: Callable[[Session], Answer]) -> Answer:
    """The answer to an act, in one transaction; if somebody else was quicker, it is judged again as things stand.

    A refusal may be because this very request was answered at the same moment, by a retry that overlaps its first
    try: then the act is asked again, and gives that answer.
    """
    for _ in range(_TRIES - 1):
        try:
            return _once(act)
        except (Moved, Racing, PeriodClosed):
            continue
        except Refusal:
            if not read(lambda session: is_done(session, when)):
                raise
            break
    return _once(act)


def write_plain(act: Callable[[Session], Answer]) -> Answer:
    """The answer to something kept that moves nothing and may be said twice without harm."""
    return _once(act)


def _once(act: Callable[[Session], Answer]) -> Answer:
    with transaction(database()) as session:
        return act(session)


def site() -> str:
    """The address that links in files begin with, without a slash at its end; empty where none is known."""
    root = settings().site_url or g.get("root")
    return str(request.url_root if root is None else root).rstrip("/")


def device() -> str:
    """What the scanner of this request calls itself, or what its browser was told to call it; empty where neither."""
    said = (request.headers.get("X-Device") or request.cookies.get(DEVICE_COOKIE) or "").strip()[:80]
    return "" if "\x00" in said else said


def moment() -> Moment:
    """Now, by the hospital's clock."""
    now = clock.now()
    return Moment(clock.day_of(now, settings().zone), now)


def occasion(said: dict[str, Any]) -> Occasion:
    """The occasion of a write: who, when by the device and by us, which day, which key.

    Raises: RequestKeyMissing, RequestKeyMalformed, ClockSkewed.
    """
    recorded_at = clock.now()
    occurred_at: datetime = said.get("occurred_at") or recorded_at
    refuse_skewed(
        occurred_at,
        recorded_at,
        ahead=timedelta(seconds=int(settings().clock_ahead_seconds)),
        late=timedelta(hours=int(settings().late_hours)),
    )
    sent = request.get_json(silent=True) or request.form.to_dict()
    content = _without_pin({name: value for name, value in sent.items() if name not in ("request_key", "csrf_token")})
    return Occasion(
        request_key=_key(said),
        staff_id=person().id,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        day=clock.day_of(occurred_at, settings().zone),
        zone=settings().zone,
        device=device(),
        content=digest_of([request.endpoint, request.view_args or {}, person().id, content]),
    )


def _without_pin(sent: Any) -> Any:
    """What was said, but a password: the digest of it is kept for ever, and a short password is guessed."""
    if not isinstance(sent, dict):
        return sent
    return {name: _without_pin(value) for name, value in sent.items() if name not in ("pin", "again", "password")}


def _key(said: dict[str, Any]) -> UUID:
    key = said.get("request_key") or request.headers.get("Idempotency-Key")
    if isinstance(key, UUID):
        return key
    if not key:
        raise RequestKeyMissing()
    try:
        return UUID(key)
    except ValueError:
        raise RequestKeyMalformed(key=key) from None
