"""This file is the worker: a process of its own that runs jobs by the hospital's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.settings import Settings
from spd.jobs import charging, closing, previewing, proving, recalling, receipts, reporting
from spd.jobs.classes import classify_month
from spd.jobs.drawing import draw_charged
from spd.jobs.emergencies import warn_of_emergencies
from spd.jobs.expiring import expire_night, hold_expired
from spd.jobs.figures import keep_locked
from spd.jobs.licences import tell_of_licences, warn_of_licences
from spd.jobs.nightly import verify_night
from spd.jobs.operations import warn_of_operations
from spd.jobs.printing import send_waiting
from spd.jobs.reviews import look_locked
from spd.jobs.running import live, run_waiting
from spd.jobs.stays import sum_up_night

_log = structlog.get_logger()
assert receipts  # what these do is known by their being imported
assert previewing
assert proving


@dataclass(frozen=True, kw_only=True)
class Besides:
    """Work of another door that this process does: every so many minutes, or at an hour and minute of the day."""

    name: str
    run: Callable[[], object]
    every_minutes: int | None = None
    at: tuple[int, int] = (1, 10)


def work(
    database: Database, settings: Settings, *, now: Callable[[], datetime], besides: Sequence[Besides] = ()
) -> None:
    """Run jobs until told to stop. A second worker is harmless: every run is claimed in the database."""
    scheduler = BlockingScheduler(timezone=settings.zone)
    _nightly(scheduler, database, settings, now)
    _recalls(scheduler, database, settings, now)
    _charges(scheduler, database, settings, now)
    scheduler.add_job(lambda: send_waiting(database, now=now), "interval", seconds=2, id="print", coalesce=True)
    scheduler.add_job(
        lambda: live(database, now=now), "interval", seconds=5, id="alive", coalesce=True, next_run_time=now()
    )
    scheduler.add_job(
        lambda: run_waiting(database, now=now), "interval", seconds=2, id="tasks", coalesce=True, max_instances=2
    )
    scheduler.add_job(
        lambda: reporting.deliver_due(database, settings, now=now), "interval", minutes=10, id="reports", coalesce=True
    )
    scheduler.add_job(
        lambda: tell_of_licences(database, settings, now=now), "interval", minutes=10, id="licences-told", coalesce=True
    )
    scheduler.add_job(
        lambda: closing.mark_days(database, now=now, zone=settings.zone), "interval", minutes=10, id="days",
        coalesce=True,
    )  # fmt: skip
    scheduler.add_job(
        lambda: closing.lock_again(database, now=now, zone=settings.zone), "interval", minutes=10, id="months",
        coalesce=True,
    )  # fmt: skip
    scheduler.add_job(
        lambda: warn_of_operations(database, now=now, zone=settings.zone), "interval", minutes=10, id="operations",
        coalesce=True,
    )  # fmt: skip
    scheduler.add_job(
        lambda: warn_of_emergencies(database, now=now, zone=settings.zone), "interval", minutes=10, id="emergencies",
        coalesce=True,
    )  # fmt: skip
    scheduler.add_job(
        lambda: hold_expired(database, day_of(now(), settings.zone), now=now, by_hour=True), "interval", minutes=10,
        id="expired-hours", coalesce=True,
    )  # fmt: skip
    for one in besides:
        if one.every_minutes is not None:
            scheduler.add_job(one.run, "interval", minutes=one.every_minutes, id=one.name, coalesce=True)
        else:
            trigger = CronTrigger(hour=one.at[0], minute=one.at[1], timezone=settings.zone)
            scheduler.add_job(one.run, trigger, id=one.name, coalesce=True, misfire_grace_time=5 * 3600)
    _log.info("worker started", verify_at=settings.verify_at, zone=settings.time_zone)
    scheduler.start()


def _nightly(scheduler: BlockingScheduler, database: Database, settings: Settings, now: Callable[[], datetime]) -> None:
    """What is done once for each hospital day. A worker started late still does it, within these hours."""
    hour, minute = (int(part) for part in settings.verify_at.split(":"))

    def today() -> date:
        return day_of(now(), settings.zone)

    jobs = {
        # name: what it does, when, for how many hours it may still be done
        "verify": (lambda: verify_night(database, today().isoformat(), now=now), hour, minute, 6),
        # before anybody books on the first day of a month; other days find it done
        "accruals": (lambda: closing.turn_month(database, now=now, zone=settings.zone), 0, 20, 23),
        "abc": (lambda: classify_month(database, today(), now=now), hour, minute, 6),
        # yesterday was the last day of what expires
        "expire": (lambda: expire_night(database, today(), now=now), 0, 5, 23),
        # while wards are quiet: writers wait for it
        "stay-costs": (lambda: sum_up_night(database, today(), now=now), 3, 40, 20),
        # of a month that was locked, by the sums of the night
        "figures": (lambda: keep_locked(database, now=now, zone=settings.zone) > 0, 4, 20, 20),
        # of the same month, what stands out
        "reviews": (lambda: look_locked(database, now=now, zone=settings.zone), 4, 40, 20),
        # before anybody looks at the worklist
        "licences": (lambda: warn_of_licences(database, today(), now=now), 5, 30, 18),
    }
    for name, (run, at_hour, at_minute, hours) in jobs.items():
        scheduler.add_job(
            _told(name, run),
            CronTrigger(hour=at_hour, minute=at_minute, timezone=settings.zone),
            id=name,
            coalesce=True,
            misfire_grace_time=hours * 3600,
            max_instances=1,
        )


def _recalls(scheduler: BlockingScheduler, database: Database, settings: Settings, now: Callable[[], datetime]) -> None:
    """What arrives under a recall is held within minutes; once a month the whole of it is tried."""
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


def _charges(scheduler: BlockingScheduler, database: Database, settings: Settings, now: Callable[[], datetime]) -> None:
    """Charges go out within seconds, by the configured way only; what HIS charged is matched within minutes."""
    if (by := charging.way(settings)) is not None:
        scheduler.add_job(
            lambda: charging.send_waiting(database, by, now=now), "interval", seconds=5, id="charges", coalesce=True
        )
    scheduler.add_job(
        lambda: charging.reconcile(database, now=now), "interval", minutes=5, id="reconcile", coalesce=True
    )
    scheduler.add_job(
        lambda: draw_charged(database, now=now, zone=settings.zone), "interval", minutes=1, id="draw", coalesce=True
    )


def _told(name: str, run: Callable[[], bool]) -> Callable[[], None]:
    """A job that says whether it ran here."""

    def job() -> None:
        _log.info("nightly job", job=name, ran_here=run())

    return job
