"""This file is `spd bench`: everything in one run on one machine, each figure beside the limit measured with it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from spd.bench import acts, clients, hospital, limit, receipt, rollup, web
from spd.bench.postgresql import Server, find_binaries
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.transaction import reading
from spd.jobs import prove

Say = Callable[[str], None]
FIFTY = 50
"""Scans of a queue in one request, as devices send them; ten of them are a transaction."""
STRESS = 150
"""Scans a second at a large hospital's worst; its peak is thirty."""
OF_BARE, TIMES_BARE = 1000 / 2370, 50 / 16
"""What 1,000 scans a second and 50 ms are of the bare endpoint's 2,370/s and 16 ms, where they were promised."""
_DIGEST = hashlib.sha256(hospital.TOKEN.encode()).digest()


@dataclass(frozen=True, kw_only=True)
class Target:
    """A promise and what was reached."""

    what: str
    reached: float
    wanted: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether it was kept."""
        return self.reached >= self.wanted if self.at_least else self.reached <= self.wanted


@dataclass
class Findings:
    """What a run found. It counts only if the books are right after it."""

    rows: list[clients.Measured] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    problems: int = 0

    def as_json(self) -> dict[str, Any]:
        """Everything, for a program."""
        return {
            "measured": [asdict(row) for row in self.rows],
            "targets": [asdict(target) | {"met": target.met} for target in self.targets],
            "problems": self.problems,
        }


class _Shelf:
    """Units in stock in one database, taken from the front, so that no phase uses one twice."""

    def __init__(self, url: str, codes: Sequence[str]) -> None:
        self.url = url
        self._codes = list(codes)

    def copied(self, url: str) -> _Shelf:
        """The same shelf in a copy of the database."""
        return _Shelf(url, self._codes)

    def take(self, count: int) -> list[str]:
        taken, self._codes = self._codes[:count], self._codes[count:]
        assert len(taken) == count, "the shelf is too small for this run"
        return taken


def run(say: Say, *, scans: int = 4000, movements: int = 1_000_000, workers: int = web.WORKERS) -> Findings:
    """Measure everything; `scans` per phase, so many `workers` of the web server. Raises: NoServer, ClientFailed."""
    found = Findings()
    binaries = find_binaries()
    server = Server(binaries)
    server.start()
    try:
        say(f"Putting {scans * 9:,} units on the shelves of sixty wards")
        name = server.create()
        ours = _stocked(server.url(name), scans * 9)
        limits = ours.copied(server.url(server.create(template=name)))
        limit.install(limits.url)
        _limits(found, say, binaries, limits, scans)
        _in_process(found, say, ours, scans)
        _hot_ward(found, say, ours.url, scans)
        _over_http(found, say, (ours, limits), scans, workers)
        _delivery(found, say, ours.url)
        found.problems = _verified(say, ours.url)
        _report(found, say, limits.url, movements)
    finally:
        server.stop()
    _embedded(found, say, scans)
    return found


def _stocked(url: str, count: int) -> _Shelf:
    database = Database(url)
    schema.upgrade(database)
    hospital.build(database, token_digest=_DIGEST)
    codes = hospital.stock(database, count, first=1)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA optimize" if database.is_sqlite else "VACUUM ANALYZE")
    database.dispose()
    return _Shelf(url, codes)


def _note(found: Findings, say: Say, row: clients.Measured) -> clients.Measured:
    found.rows.append(row)
    say(
        f"{row.name:<34} {row.clients:>3} clients {row.per_second:>8,.0f}/s   "
        f"p50 {row.p50:6.2f}  p95 {row.p95:6.2f}  p99 {row.p99:6.2f} ms"
    )
    return row


def _limits(found: Findings, say: Say, binaries: Path, shelf: _Shelf, scans: int) -> None:
    for many in (1, 8, 16):
        limit.queue(shelf.url, shelf.take(scans // 2))
        got = limit.pgbench(binaries, shelf.url, clients=many, transactions=scans // 2)
        row = clients.Measured(name="limit: one call, client in C", clients=many, count=scans // 2, **asdict(got))
        _note(found, say, row)
    _note(
        found,
        say,
        clients.measure(
            "driver, the same call", acts.bare_call, (shelf.url,), shelf.take(scans), clients=2, processes=2
        ),
    )


def _in_process(found: Findings, say: Say, shelf: _Shelf, scans: int) -> None:
    for many, processes in ((1, 1), (2, 2), (8, 2)):
        taken = shelf.take(scans // 2 if many == 1 else scans)
        row = clients.measure(
            "record_use in process", acts.record_use, (shelf.url,), taken, clients=many, processes=processes
        )
        _note(found, say, row)
    driver, ours = _row(found, "driver", 2), _row(found, "record_use", 2)
    _promise(found, say, "2 processes: record_use / driver's call", ours.per_second / driver.per_second, 0.5)


def _hot_ward(found: Findings, say: Say, url: str, scans: int) -> None:
    database = Database(url)
    one = hospital.stock(database, scans, first=500_001, ward=7)
    database.dispose()
    hot = clients.measure("record_use, one hot ward", acts.record_use, (url,), one, clients=8, processes=2)
    _note(found, say, hot)
    _promise(
        found,
        say,
        "one hot ward / sixty wards",
        hot.per_second / _row(found, "record_use in process", 8).per_second,
        0.5,
    )


def _over_http(found: Findings, say: Say, shelves: tuple[_Shelf, _Shelf], scans: int, workers: int) -> None:
    shelf, limits = shelves
    with web.serving("spd.bench.web:bare()", limits.url, workers=workers) as server:
        _note(
            found,
            say,
            clients.measure("HTTP, bare endpoint", acts.post_bare, server, limits.take(scans), clients=16, processes=1),
        )
    with web.serving("wsgi:app", shelf.url, workers=workers) as server:
        for many in (1, 16, 40):
            taken = shelf.take(scans // 4 if many == 1 else scans)
            _note(
                found, say, clients.measure("HTTP, POST /uses", acts.post_use, server, taken, clients=many, processes=1)
            )
        paced = clients.measure(
            "HTTP, 150 scans/s", acts.post_use, server, shelf.take(scans // 2), clients=40, processes=1, pace=STRESS
        )
        _note(found, say, paced)
        queued = _drained(found, say, server, shelf.take(scans))
    _promised_over_http(found, say, queued, paced)


def _promised_over_http(found: Findings, say: Say, queued: float, paced: clients.Measured) -> None:
    ours, bare, top = _row(found, "HTTP, POST", 16), _row(found, "HTTP, bare", 16), _row(found, "limit", 16)
    forty = _row(found, "HTTP, POST", 40)
    _promise(found, say, "HTTP, 16 clients: scans per second", ours.per_second, 1000)
    _promise(found, say, "HTTP, 16 clients / bare endpoint, 16 clients", ours.per_second / bare.per_second, OF_BARE)
    at_most = (
        ("HTTP, 40 clients without pause: p99 in ms", forty.p99, 50),
        ("HTTP, 40 clients without pause: p99 / bare endpoint's", forty.p99 / bare.p99, TIMES_BARE),
        ("HTTP, 40 clients, 150 scans a second: p99 in ms", paced.p99, 50),
        ("HTTP p99 / bare endpoint's p99", ours.p99 / bare.p99, 3),
    )
    for what, reached, wanted in at_most:
        _promise(found, say, what, reached, wanted, at_least=False)
    _promise(found, say, "HTTP, 16 clients / limit, 16 clients", ours.per_second / top.per_second, 0.15)
    _promise(found, say, "queues of 4 devices drained: scans / limit, 16 clients", queued / top.per_second, 0.4)


def _drained(found: Findings, say: Say, server: tuple[str, int], codes: Sequence[str]) -> float:
    """Scans per second out of the queues of four devices, fifty in a request, ten in a transaction."""
    many = min(FIFTY, max(1, len(codes) // 16))  # fewer where there are few, so that every device has several
    batches = [" ".join(codes[first : first + many]) for first in range(0, len(codes), many)]
    row = clients.measure("HTTP, queues, fifty in a request", acts.post_batch, server, batches, clients=4, processes=1)
    _note(found, say, row)
    say(f"{'':<34} that is {row.per_second * many:,.0f} scans/s, each with its own verdict")
    return row.per_second * many


def _delivery(found: Findings, say: Say, url: str) -> None:
    database = Database(url)
    got = receipt.measure(database, url, first=800_001)
    database.dispose()
    say(f"receive {receipt.UNITS:,} units: {got.ours * 1000:,.0f} ms; raw COPY of the rows {got.copied * 1000:,.0f} ms")
    _promise(found, say, "receive 5,000 units: seconds", got.ours, 1.0, at_least=False)
    _promise(found, say, "receive 5,000 units / raw COPY", got.ratio, 8, at_least=False)


def _verified(say: Say, url: str) -> int:
    database = Database(url)
    with reading(database) as session:
        problems = prove(session, at=clock.now())
    database.dispose()
    say("the books are right after it" if not problems else f"the books are WRONG after it: {problems[:3]}")
    return len(problems)


def _report(found: Findings, say: Say, url: str, movements: int) -> None:
    say(f"Filling {movements:,} movements for the report")
    database = Database(url)
    got = rollup.measure(database, url, movements=movements)
    database.dispose()
    say(
        f"a month's roll-up over {movements:,} movements: {got.ours * 1000:.1f} ms; plain SQL {got.plain * 1000:.1f} ms"
    )
    _promise(found, say, "month's roll-up / plain SQL", got.ratio, 1.5, at_least=False)


def _embedded(found: Findings, say: Say, scans: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/spd.db"
        shelf = _stocked(url, scans + 60)
        for many in (1, 8):
            taken = shelf.take(scans // 2)
            _note(
                found,
                say,
                clients.measure("SQLite, record_use", acts.record_use, (url,), taken, clients=many, processes=1),
            )
        found.problems += _verified(say, url)


def _row(found: Findings, name: str, many: int) -> clients.Measured:
    return next(row for row in found.rows if row.name.startswith(name) and row.clients == many)


def _promise(found: Findings, say: Say, what: str, reached: float, wanted: float, *, at_least: bool = True) -> None:
    target = Target(what=what, reached=reached, wanted=wanted, at_least=at_least)
    found.targets.append(target)
    sign = "≥" if at_least else "≤"
    say(f"  {'kept' if target.met else 'MISSED'}: {what} = {reached:,.2f} (wanted {sign} {wanted:,.2f})")
