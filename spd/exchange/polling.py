"""This file is polling a view of HIS for charges: spans of time one after the other, and those of late rows again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

import structlog
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from spd.core.clock import day_of, first_instant
from spd.core.database import Database
from spd.core.occasion import Occasion, digest_of
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.exchange.charge_view import Polled, View, keep_window, read_window
from spd.ledger import Racing
from spd.reconciliation import SEEN_LATE, Window, reached
from spd.staff import ensure_system

SETTLES = timedelta(minutes=2)  # a row is there a little after the time it names
AGAIN = timedelta(minutes=30)  # read once more with every poll: rows that came late
LATE = SEEN_LATE  # read once more every night
LONGEST = timedelta(hours=6)  # of one span: after a long silence it is many
_TRIES = 3
_log = structlog.get_logger()


def view_of(settings: Settings) -> View | None:
    """The view that is polled; none where none is set up."""
    if not settings.charge_view_url:
        return None
    return View(name=settings.charge_view, time=settings.charge_view_time)


def poll(
    database: Database, settings: Settings, *, now: Callable[[], datetime], back: timedelta = AGAIN
) -> list[Polled]:
    """Bring what HIS's view has since the last span. A span that HIS does not answer for is asked for again next time.

    A second worker is harmless: each line is kept once.
    """
    view = view_of(settings)
    if view is None:
        return []
    zone, until = settings.zone, now() - SETTLES
    with reading(database) as session:
        last = reached(session)
    since = first_instant(day_of(until, zone), zone) if last is None else min(last, until) - back
    his = create_engine(settings.charge_view_url, pool_pre_ping=True)
    brought: list[Polled] = []
    try:
        while since < until:
            window = Window(since=since, until=min(since + LONGEST, until))
            brought.append(_bring(database, settings, his, view, window, now=now))
            since = window.until
    except SQLAlchemyError as error:
        _log.warning("charges not polled", view=view.name, why=type(error).__name__)
    finally:
        his.dispose()
    return brought


def poll_late(database: Database, settings: Settings, *, now: Callable[[], datetime]) -> list[Polled]:
    """The spans of the last days once more, for what HIS put into them late."""
    return poll(database, settings, now=now, back=LATE)


def _bring(
    database: Database, settings: Settings, his: Engine, view: View, window: Window, *, now: Callable[[], datetime]
) -> Polled:
    """One span in one transaction; HIS is read before it begins."""
    with his.connect() as connection:
        found = read_window(connection, view, window, zone=settings.zone)
    at = now()
    said = ["poll", window.since.isoformat(), window.until.isoformat(), at.isoformat()]
    for _ in range(_TRIES):
        try:
            with transaction(database) as session:
                occasion = Occasion(
                    request_key=uuid5(NAMESPACE_OID, f"spd:charges:{said}"), staff_id=ensure_system(session).id,
                    occurred_at=at, recorded_at=at, day=day_of(at, settings.zone), device="worker",
                    content=digest_of(said),
                )  # fmt: skip
                return keep_window(session, occasion, found, window, zone=settings.zone)
        except (IntegrityError, Racing):  # somebody else has just kept some of these lines
            continue
    return Polled(new=0, known=0, rejected=0)
