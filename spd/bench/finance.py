"""This file is finance at any size: the month's roll-up beside plain SQL, closed months, a year of DRGs, and scans.

python -m spd.bench.finance --movements 1000000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import costing, ledger
from spd.bench import load_profile, pace
from spd.bench.postgresql import Server, find_binaries
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.occasion import digest_of
from spd.core.reports import reporting
from spd.core.transaction import transaction
from spd.costing import Filter, NewVersion, Payer, PaymentGroup, PaymentTerms, TableKind, groups, stays
from spd.costing.groups import GroupsAsked
from spd.staff import Staff

CLOSED_MS, YEAR_S, TIMES_PLAIN, MORE_PERCENT = 50, 2.0, 1.5, 20
_PAYER = Payer(region="负载", year=2026)
_GROUPS = 300
_MOST_S = 600  # of one question of a report: nothing is to be stopped here
_TURNS = 5  # of scans alone and beside reports: the machine has other things to do too
_PLAIN = """
SELECT department_id, product_class, chargeable, sum(amount) FROM postings
WHERE period = %s AND account IN ('5001.01', '5101.01', '5301')
GROUP BY department_id, product_class, chargeable ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What was promised, in its unit, and what was reached; `told` is what it was reckoned from."""

    what: str
    reached: float
    promised: float
    unit: str
    told: str = ""

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return self.reached <= self.promised


@dataclass(frozen=True, kw_only=True)
class _Took:
    """Seconds by the clock and of our processor, the best of some rounds."""

    wall: float
    own: float


def furnish(database: Database, url: str) -> str:
    """Groups and prices of a payer, every case grouped, postings summed up as each night; the last closed month."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"UPDATE encounters SET drg_code = 'LD' || lpad((id %% {_GROUPS})::text, 3, '0')", ())
        connection.execute("VACUUM ANALYZE encounters")
    with transaction(database) as session:
        when = pace.occasion(session.scalars(select(Staff.id).limit(1)).one())
        kept = {kind: _version(session, when, kind) for kind in (TableKind.GROUPS, TableKind.TERMS)}
        rows = [
            {"table_id": kept[TableKind.GROUPS], "code": f"LD{n:03d}", "name": f"组 {n}",
             "weight": Decimal(5 + n) / 10, "mean_fee": Decimal(20_000)}
            for n in range(_GROUPS)
        ]  # fmt: skip
        session.execute(insert(PaymentGroup), rows)
        terms = {"table_id": kept[TableKind.TERMS], "rate": Decimal(11_800), "coefficient": Decimal(1)}
        session.execute(insert(PaymentTerms), [terms])
        stays.roll(session, at=clock.now())
        period = ledger.shifted(ledger.period_of(clock.now().date()), -1)
        due = session.scalars(select(ledger.Posting.period).order_by(ledger.Posting.period).limit(1)).one()
        while due <= period:
            ledger.close_period(session, pace.occasion(when.staff_id), due)
            session.flush()
            due = ledger.shifted(due, 1)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return period


def _version(session: Session, when: Any, kind: TableKind) -> int:
    new = NewVersion(kind=kind, scope=_PAYER.scope, digest=digest_of(kind.value), rows=_GROUPS)
    return costing.add_version(session, when, new).id


def measure(database: Database, url: str, period: str, *, seconds: float) -> list[Reached]:
    """Every figure; scans are booked for `seconds` without reports and as long with them, turn by turn."""
    found = [_beside_plain(database, url), *_closed(database, period), *_year(database, period)]
    with pace.scanning(url) as scans:
        quiet, busy = [], []
        for _ in range(_TURNS):
            quiet.append(scans.since("alone", lambda: time.sleep(seconds)).p95)
            busy.append(scans.since("beside reports", lambda: _reports(database, period, seconds)).p95)
    alone, beside = median(quiet), median(busy)
    more = Reached(
        what="scans' p95 beside reports, more", reached=(beside / alone - 1) * 100, promised=MORE_PERCENT, unit="%",
        told=f"{alone:.1f} ms alone, {beside:.1f} ms beside",
    )  # fmt: skip
    return [*found, more]


def _beside_plain(database: Database, url: str) -> Reached:
    """An open month, ours and plain SQL turn by turn."""
    period = ledger.period_of(clock.now().date())
    with psycopg.connect(url.replace("+psycopg", "")) as connection, reporting(database, seconds=_MOST_S) as session:
        connection.execute("SET max_parallel_workers_per_gather = 0; SET jit = off")  # as reports are read

        def plainly() -> int:
            return len(connection.execute(_PLAIN, (period,)).fetchall())

        def ours() -> int:
            return len(costing.roll_up(session, period))

        assert plainly() == ours() > 0, "both must give the same rows"
        took = [(_took(ours, 1), _took(plainly, 1)) for _ in range(15)]
    mine, plain = (min(pair[side].wall for pair in took) for side in (0, 1))
    own = min(pair[0].own for pair in took)
    told = f"{mine * 1000:.1f} ms, {own * 1000:.1f} of them our processor; plain SQL {plain * 1000:.1f} ms"
    return Reached(what="open month by department / plain SQL", reached=mine / plain, promised=TIMES_PLAIN, unit="×",
                   told=told)  # fmt: skip


def _closed(database: Database, period: str) -> list[Reached]:
    said = Filter(period=period)
    with reporting(database, seconds=_MOST_S) as session:
        asked: dict[str, Callable[[], Any]] = {
            "departments of a closed month": lambda: costing.by_department(session, said),
            "twelve months of the trend": lambda: costing.by_month(session, said),
            "what the ledger says of it": lambda: costing.posted(session, said),
        }
        return [_reached(what, _took(ask, 5), CLOSED_MS, "ms", 1000) for what, ask in asked.items()]


def _year(database: Database, period: str) -> list[Reached]:
    """The cases of twelve months by their groups."""
    asked = _months(period)
    year = costing.Discharges(since=asked.since, until=asked.until, year=_PAYER.year)
    with reporting(database, seconds=_MOST_S) as session:
        report = groups.report(session, asked)
        assert report.cases > 0 < report.cost, "there are cases with cost"
        return [
            _reached(f"margin of {report.cases:,} cases by group", _took(lambda: groups.report(session, asked), 3),
                     YEAR_S, "s", 1),
            _reached("the same by HIS's own groups", _took(lambda: costing.by_drg(session, year), 3), YEAR_S, "s", 1),
        ]  # fmt: skip


def _months(period: str, count: int = 12) -> GroupsAsked:
    now = clock.now()
    since, until = (
        now.replace(year=int(month[:4]), month=int(month[5:]), day=1, hour=0, minute=0, second=0, microsecond=0)
        for month in (ledger.shifted(period, 1 - count), ledger.shifted(period, 1))
    )
    return GroupsAsked(since=since, until=until, zone=ZoneInfo("UTC"), payer=_PAYER)


def _reports(database: Database, period: str, seconds: float) -> None:
    """What a finance user opens, one after the other, as long as said."""
    until, current = time.perf_counter() + seconds, ledger.shifted(period, 1)
    asked: list[Callable[[Session], Any]] = [
        lambda session: costing.by_department(session, Filter(period=current)),
        lambda session: costing.by_department(session, Filter(period=period)),
        lambda session: costing.by_product(session, Filter(period=current)),
        lambda session: groups.report(session, _months(period)),
        lambda session: costing.by_encounter(session, current),
        lambda session: costing.uses(session, Filter(period=period), limit=1000),
    ]
    number = 0
    while time.perf_counter() < until:
        with reporting(database, seconds=_MOST_S) as session:
            asked[number % len(asked)](session)
        number += 1


def _took(ask: Callable[[], Any], rounds: int) -> _Took:
    times = []
    for _ in range(rounds):
        began, own = time.perf_counter(), time.process_time()
        ask()
        times.append((time.perf_counter() - began, time.process_time() - own))
    return _Took(wall=min(wall for wall, _ in times), own=min(own for _, own in times))


def _reached(what: str, took: _Took, promised: float, unit: str, scale: float) -> Reached:
    told = f"{took.own * scale:.2f} {unit} of them our processor"
    return Reached(what=what, reached=took.wall * scale, promised=promised, unit=unit, told=told)


def main() -> None:
    """Load a large hospital into a server of its own, and measure."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--movements", type=int, default=1_000_000)
    said.add_argument("--seconds", type=float, default=10)
    asked = said.parse_args()
    server = Server(find_binaries())
    server.start()
    try:
        url = server.url(server.create())
        database = Database(url)
        schema.upgrade(database)
        loaded = load_profile.load(url, movements=asked.movements, money=True)
        print(f"{loaded.movements:,} movements, {loaded.encounters:,} cases, loaded in {loaded.seconds:.0f} s")
        began = time.perf_counter()
        period = furnish(database, url)
        print(f"grouped, summed up and closed through {period} in {time.perf_counter() - began:.0f} s")
        for row in measure(database, url, period, seconds=asked.seconds):
            verdict = "kept" if row.kept else "MISSED"
            print(f"{row.what:38} {row.reached:8.2f} {row.unit:2} ({verdict}: ≤ {row.promised:g}) {row.told}")
        database.dispose()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
