"""This file is the worker: a process of its own that runs jobs by the hospital's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.settings import Settings
from spd.jobs import recalling, receipts
from spd.jobs.expiring import expire_night
from spd.jobs.nightly import verify_night
from spd.jobs.printing import send_waiting
from spd.jobs.running import run_waiting

_log = structlog.get_logger()
assert receipts  # what it does is known by its being imported


def work(database: Database, settings: Settings, *, now: Callable[[], datetime]) -> None:
    """Run jobs until told to stop. A second worker is harmless: every run is claimed in the database."""
    hour, minute = settings.verify_at.split(":")
    scheduler = BlockingScheduler(timezone=settings.zone)

    def verify() -> None:
        day = day_of(now(), settings.zone).isoformat()
        ran = verify_night(database, day, now=now)
        _log.info("nightly verify", day=day, ran_here=ran)

    scheduler.add_job(
        verify,
        CronTrigger(hour=int(hour), minute=int(minute), timezone=settings.zone),
        id="verify",
        coalesce=True,
        misfire_grace_time=6 * 3600,  # a worker started late still proves the night
        max_instances=1,
    )

    def expire() -> None:
        day = day_of(now(), settings.zone)
        ran = expire_night(database, day, now=now)
        _log.info("nightly expiry", day=day.isoformat(), ran_here=ran)

    scheduler.add_job(
        expire,
        CronTrigger(hour=0, minute=5, timezone=settings.zone),  # yesterday was the last day of what expires
        id="expire",
        coalesce=True,
        misfire_grace_time=23 * 3600,
        max_instances=1,
    )
    scheduler.add_job(lambda: send_waiting(database, now=now), "interval", seconds=2, id="print", coalesce=True)
    scheduler.add_job(lambda: run_waiting(database, now=now), "interval", seconds=5, id="tasks", coalesce=True)
    scheduler.add_job(
        lambda: recalling.sweep(database, now=now, zone=settings.zone), "interval", minutes=5, id="recalls",
        coalesce=True,
    )  # fmt: skip
    scheduler.add_job(
        lambda: recalling.drill(database, day_of(now(), settings.zone).isoformat()[:7], now=now),
        CronTrigger(day="1-7", hour=5, timezone=settings.zone),  # on the first; the days after catch up
        id="recall_drill",
        coalesce=True,
        misfire_grace_time=6 * 3600,
    )
    _log.info("worker started", verify_at=settings.verify_at, zone=settings.time_zone)
    scheduler.start()
