"""This file is a recall over the load profile: how long until everything is held, and until the patients are listed.

python -m spd.bench.recall --movements 30000000
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from spd import recalls
from spd.bench import load_profile, recall_limit
from spd.bench.postgresql import Server, find_binaries
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.jobs.recalling import Doing, hold_all
from spd.recalls import Meant
from spd.staff import Staff

WIDE = 40  # high-value products, those most used: what a maker recalls at worst
LOW_VALUE = f"LP{load_profile.HIGH_VALUE:05d}"  # the packed product most used
HOLD_SECONDS, LIST_SECONDS = 60, 5


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds, and how much they were for."""

    movements: int
    on_hand: int
    load_seconds: float
    preview_seconds: float
    open_seconds: float
    matched: int
    hold_seconds: float
    """From the act of opening until the last item was held and the patients stood on the list."""
    barely_seconds: float
    """Three bare statements that write the same movements, holds and states, judging and hashing nothing."""
    held: int
    places_seconds: float
    places: int
    list_seconds: float
    """The whole list of uses with patient, person and place, read to its last row."""
    uses: int
    patients: int
    page_seconds: float
    tie_seconds: float
    ties: bool
    drill_seconds: float
    drill_passed: bool

    @property
    def ratio(self) -> float:
        """How many times the bare statements it took to hold everything."""
        return (self.hold_seconds - self.open_seconds) / self.barely_seconds

    @property
    def kept(self) -> bool:
        """Whether both promises were kept, and the units tie."""
        return self.hold_seconds <= HOLD_SECONDS and self.list_seconds <= LIST_SECONDS and self.ties


def measure(
    url: str, *, movements: int, on_hand: int = 80_000, workers: int = 1,
    say: Callable[[str], None] = lambda _line: None,
) -> Measured:  # fmt: skip
    """A wide recall over so many movements, in a migrated database that is filled first."""
    loaded = load_profile.load(url, movements=movements, on_hand=on_hand, workers=workers, say=say)
    say(f"loaded: {loaded.movements:,} movements, {loaded.on_hand:,} items on hand in {loaded.seconds:.0f} s")
    database = Database(url)
    try:
        return _recall(database, loaded, say)
    finally:
        database.dispose()


def _recall(database: Database, loaded: load_profile.Loaded, say: Callable[[str], None]) -> Measured:
    with transaction(database) as session:
        person = session.scalars(select(Staff.id).where(Staff.code == "lp0000")).one()
        code = recalls.draft(session, _notice(person)).code
    preview_seconds = _timed(lambda: _read(database, recalls.count_touched, code))[0]
    begun = time.perf_counter()
    with transaction(database) as session:
        recalls.open_recall(session, _occasion(person), code)
    open_seconds = time.perf_counter() - begun
    barely_seconds = recall_limit.hold_barely(database, _read(database, lambda _session, recall: recall, code))
    begun = time.perf_counter() - open_seconds
    doing = Doing(database, person, clock.now, clock.now().date(), lambda done, total: say(f"held {done} of {total}"))
    held = hold_all(doing, code)
    hold_seconds = time.perf_counter() - begun
    say(f"{held:,} items held in {hold_seconds:.1f} s")
    places_seconds, places = _timed(lambda: _read(database, recalls.places, code))
    list_seconds, uses = _timed(lambda: _read(database, _all_uses, code))
    page_seconds, _ = _timed(lambda: _read(database, lambda s, r: recalls.uses_page(s, r, seen=None), code))
    tie_seconds, ties = _timed(lambda: _read(database, recalls.tie_out, code))
    drill_seconds, drilled = _timed(lambda: _drill(database))
    with reading(database) as session:
        recall = recalls.get_recall(session, code)
        matched = session.scalar(select(func.count()).select_from(recalls.listed(recall))) or 0
        patients = sum(recalls.standing(session, recall).values())
    return Measured(
        movements=loaded.movements, on_hand=loaded.on_hand, load_seconds=loaded.seconds,
        preview_seconds=preview_seconds, open_seconds=open_seconds, matched=matched, hold_seconds=hold_seconds,
        barely_seconds=barely_seconds,
        held=held, places_seconds=places_seconds, places=len(places), list_seconds=list_seconds, uses=uses,
        patients=patients, page_seconds=page_seconds, tie_seconds=tie_seconds, ties=all(one.ties for one in ties),
        drill_seconds=drill_seconds, drill_passed=drilled.passed,
    )  # fmt: skip


def _notice(person: int) -> recalls.Notice:
    """Four months' lots of the high-value products most used, and a month's of a packed one: used up and on hand."""
    now = clock.now()
    lots = ", ".join(f"B{month}00..B{month}99" for month in (_month(now, back) for back in (2, 3, 4, 5)))
    wide = [Meant(product=f"LP{number:05d}", lots=lots) for number in range(WIDE)]
    packed = ", ".join(f"B{month}00..B{month}99" for month in (_month(now, back) for back in (2, 3)))
    return recalls.Notice(
        occasion=_occasion(person), number="LP-1", recall_class="I", issuer="LP", reason="LP", notice_on=now.date(),
        targets=[*wide, Meant(product=LOW_VALUE, lots=packed)],
    )  # fmt: skip


def _month(now: datetime, back: int) -> str:
    """The month so many months before, as lots write it."""
    months = now.year * 12 + now.month - 1 - back
    return f"{months // 12 % 100:02d}{months % 12 + 1:02d}"


def _occasion(person: int) -> Occasion:
    now = clock.now()
    key = request_key(now)
    return Occasion(
        request_key=key, staff_id=person, occurred_at=now, recorded_at=now, day=now.date(), device="bench",
        content=digest_of(str(key)),
    )  # fmt: skip


def _all_uses(session: Any, recall: recalls.Recall) -> int:
    after = count = 0
    while rows := recalls.uses_page(session, recall, seen=None, after=after, limit=1_000_000):
        count, after = count + len(rows), rows[-1].id
    return count


def _drill(database: Database) -> recalls.DrillReport:
    with transaction(database) as session:
        return recalls.run_drill(session, f"{clock.now():%Y-%m}", now=clock.now)


def _read(database: Database, ask: Callable[[Any, recalls.Recall], Any], code: str) -> Any:
    with reading(database) as session:
        return ask(session, recalls.get_recall(session, code))


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.perf_counter()
    came = act()
    return time.perf_counter() - begun, came


def main() -> int:
    """Measure on a server of our own; exit status 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description="A recall over the load profile of a large hospital.")
    parser.add_argument("--movements", type=int, default=3_000_000)
    asked = parser.parse_args()
    large = {"shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "30min", "work_mem": "32MB"}
    server = Server(find_binaries(), **large)
    server.start()
    try:
        url = server.url(server.create())
        database = Database(url)
        schema.upgrade(database)
        database.dispose()
        workers = min(os.cpu_count() or 1, 4)
        found = measure(url, movements=asked.movements, workers=workers, say=lambda line: print(line, flush=True))
    finally:
        server.stop()
    print(json.dumps(asdict(found) | {"ratio": found.ratio, "kept": found.kept}, indent=1))
    return 0 if found.kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
