"""This file is keeping the figures of a month that was locked, as they were then: nobody has to think of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd import indicators
from spd.core import kept_figures
from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.costing import group_sets, kept_groups
from spd.costing.groups import GroupsAsked
from spd.indicators import Span
from spd.ledger import closed_through, days_of, instants_of, steps_of
from spd.staff import ensure_system

_CLOSED = "closed"


def keep_locked(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> int:
    """How many reports on the month locked last were kept: its indicators, and its cases by every payer of its year.

    What was kept since the lock already, by whomever, is not kept again.
    """
    with reading(database) as session:
        period = closed_through(session)
        if not period:
            return 0
        locked_at = max(one.done_at for one in steps_of(session, period) if one.step == _CLOSED)
        asked = _cases(session, period, zone)
    at, count = now(), 0
    for one in (None, *asked):
        with transaction(database) as session:
            said = Occasion(
                request_key=uuid5(NAMESPACE_OID, f"spd:figures:{period}:{locked_at.isoformat()}"),
                staff_id=ensure_system(session).id, occurred_at=at, recorded_at=at, day=day_of(at, zone),
                device="worker", content=digest_of(["figures", period]),
            )  # fmt: skip
            count += _keep(session, said, _span(session, period, zone) if one is None else one, since=locked_at)
    return count


def _keep(session: Session, occasion: Occasion, what: Span | GroupsAsked, *, since: datetime) -> bool:
    name, asked = (
        ("indicators", indicators.asked_of(what))
        if isinstance(what, Span)
        else (kept_groups.REPORT, kept_groups.asked_of(what))
    )
    last = kept_figures.find(session, name, asked)
    if last is not None and last.made_at >= since:
        return False
    if isinstance(what, Span):
        indicators.keep(session, occasion, what)
    else:
        kept_groups.keep(session, occasion, what)
    return True


def _span(session: Session, period: str, zone: ZoneInfo) -> Span:
    since, until = instants_of(session, period, zone)
    first, last = days_of(session, period)
    return Span(period=period, first=period, since=since, until=until, first_on=first, last_on=last, zone=zone)


def _cases(session: Session, period: str, zone: ZoneInfo) -> list[GroupsAsked]:
    since, until = instants_of(session, period, zone)
    payers = [one for one in group_sets.payers(session) if one.year == int(period[:4])]
    return [GroupsAsked(since=since, until=until, zone=zone, payer=one) for one in payers]
