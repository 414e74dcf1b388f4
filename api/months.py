"""This file is from an accounting month to its days and instants, by the hospital's closing calendar and clock."""

from __future__ import annotations

from datetime import date, datetime

from api.here import read, settings
from spd import ledger


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month."""
    return read(lambda session: ledger.days_of(session, month))


def instants_of(month: str, until: str | None = None) -> tuple[datetime, datetime]:
    """The first instant of a month and the first after it, or after a later month."""
    return read(lambda session: ledger.instants_of(session, month, settings().zone, until=until))
