"""This file is how much the way to the wards varies: how long totes were under way, by what was signed for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from spd.ledger import Movement, MovementKind

FEWEST = 20
"""Totes below which nothing is said of how they vary."""
_DAY = timedelta(days=1)


def lead_deviation(session: Session, *, on: date, days: int) -> float:
    """The deviation, in days, of the time from sending a tote to the last signature for it; 0 where too few are known.

    Of totes sent and signed for within these days. Source: domain facts E3, σ of the lead time.
    """
    sent, signed = MovementKind.DISPATCH, MovementKind.DELIVER
    left = func.min(case((Movement.kind == sent, Movement.occurred_at)))
    came = func.max(case((Movement.kind == signed, Movement.occurred_at)))
    query = (
        select(left, came)
        .where(Movement.kind.in_((sent, signed)), Movement.document != "")
        .where(Movement.day_on > on - timedelta(days=days), Movement.day_on <= on)
        .group_by(Movement.document)
    )
    ways = session.execute(query.having(left.is_not(None), came.is_not(None))).all()
    return deviation([(row[0], row[1]) for row in ways])


def deviation(ways: Sequence[tuple[datetime, datetime]]) -> float:
    """The same of totes by when they left and came."""
    under_way = [(came - left) / _DAY for left, came in ways]
    if len(under_way) < FEWEST:
        return 0.0
    mean = sum(under_way) / len(under_way)
    return math.sqrt(sum((one - mean) ** 2 for one in under_way) / (len(under_way) - 1))
