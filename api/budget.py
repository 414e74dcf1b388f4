"""This file is budgets as both doors ask for them: how a month stands for a reader, and whose refills stop today."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from api.here import settings
from api.i18n import short
from spd import costing, ledger
from spd.core import clock
from spd.costing import standing
from spd.costing.standing import Standing, Stands


def month(session: Session) -> str:
    """The month that today is of, by the hospital's calendar."""
    return ledger.accounting_month(session, clock.day_of(clock.now(), settings().zone))


def standings(
    session: Session, period: str, departments: frozenset[int] | None, at: datetime | None = None
) -> list[Standing]:
    """How every line of the budget stands in a month, for a reader of these departments; or stood as of an instant."""
    return standing.standings(session, period, zone=settings().zone, departments=departments, at=at)


def near(session: Session, departments: frozenset[int] | None) -> list[Standing]:
    """The lines that are near their end this month, or over it."""
    return [one for one in standings(session, month(session), departments) if one.stands is not Stands.FINE]


def stopped(session: Session) -> dict[int, str]:
    """The departments whose refills stop this month, by number, with their names."""
    english = short() == "en"
    found = standing.blocked(session, month(session), zone=settings().zone)
    return {number: (one.name_en or one.name) if english else one.name for number, one in found.items()}


def monthly(session: Session, said: costing.Filter) -> dict[str, dict[int, Decimal]]:
    """What departments may use in each of the months asked for."""
    return standing.monthly_budget(session, said, zone=settings().zone)
