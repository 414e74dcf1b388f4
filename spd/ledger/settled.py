"""This file is up to when nothing more can come: a report as of such an instant gives the same figures for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

GRACE = timedelta(seconds=30)  # an act is stamped at the door, and judged again a few times where others were quicker
_OLDEST = text(
    "SELECT max(clock_timestamp() - xact_start) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND (backend_xid IS NOT NULL "
    "OR xact_start > clock_timestamp() - interval '10 minutes')"
)
"""How long the oldest transaction has been open that may write; one that has only read for ten minutes does not."""


def settled_at(session: Session, now: datetime) -> datetime:
    """The last instant such that every act recorded until then is written, or never will be."""
    open_for: timedelta | None = None
    if session.get_bind().dialect.name == "postgresql":
        open_for = session.execute(_OLDEST).scalar()
    return now - max(open_for or timedelta(0), timedelta(0)) - GRACE
