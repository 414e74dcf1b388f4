"""This file is what is long to sum of a month: kept once the month is closed, summed from movements until then."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from spd import costing
from spd.accounting import Event
from spd.core import kept_figures
from spd.core.occasion import Occasion
from spd.ledger import EntryRow, Posting, Span, closed_through, flows, steps_of
from spd.ledger.books import Step

REPORT = "indicator_months"


def stores(session: Session, period: str) -> dict[str, Decimal]:
    """What the stores had by part of the stock book, whoever owns it."""
    return _month(session, period)["stores"]


def used_own(session: Session, period: str) -> Decimal:
    """What was used of the hospital's own goods, as it was posted."""
    return _month(session, period)["own"].get("used", Decimal(0))


def own_uses(session: Session, periods: Sequence[str]) -> Select[Any]:
    """The cost of uses of goods that were the hospital's before: consigned ones are bought by their use, and were in no
    stock of ours."""
    return (
        select()
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(*costing.Filter(period=periods[-1], since=periods[0]).conditions(session))
        .where(EntryRow.event.in_((Event.USE_STORE.value, Event.USE_WARD.value)))
    )


def keep(session: Session, occasion: Occasion, period: str) -> None:
    """A month that is closed kept for this lock of it; of an open one nothing. Raises: KeptAtOnce."""
    lock = _lock(session, period)
    if lock and kept_figures.find(session, REPORT, lock) is None:
        kept_figures.keep(session, occasion, REPORT, lock, _summed(session, period))


def _month(session: Session, period: str) -> dict[str, dict[str, Decimal]]:
    lock = _lock(session, period)
    kept = kept_figures.find(session, REPORT, lock) if lock else None
    found: dict[str, dict[str, Decimal]] = _summed(session, period) if kept is None else kept_figures.read(kept)
    return found


def _lock(session: Session, period: str) -> str:
    """The lock of a month by name; nothing of one that is open: no later movement belongs to a month that is not."""
    if period > closed_through(session):
        return ""
    versions = [one.version for one in steps_of(session, period) if one.step == Step.CLOSED]
    return f"{period} {max(versions)}" if versions else ""


def _summed(session: Session, period: str) -> dict[str, dict[str, Decimal]]:
    used = session.scalar(own_uses(session, [period]).add_columns(func.sum(Posting.amount)))
    stored = flows.of_stores(session, Span(first=period, last=period))
    return {"stores": stored, "own": {} if used is None else {"used": used}}
