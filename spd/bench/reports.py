"""This file is reports of closed months at any size, and a hundred thousand rows into a spreadsheet.

python -m spd.bench.reports --movements 1000000 --rows 100000
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import costing, ledger
from spd.bench import hospital, rollup
from spd.bench.postgresql import Server, find_binaries
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.costing import Filter, UseCost
from spd.exchange.sheets import About, Head, stream_xlsx

ZONE = ZoneInfo("Asia/Shanghai")
CLOSED_MS, ROWS_S = 50, 15
HEADS = [
    Head("Movement", "code"), Head("When", "instant"), Head("Department"), Head("Item", "code"), Head("Code", "code"),
    Head("Product"), Head("Specification"), Head("Class", "pill"), Head("Lot", "code"), Head("Quantity", "quantity"),
    Head("Unit", "pill"), Head("Unit price", "money"), Head("Cost", "money", total=True), Head("Encounter", "code"),
    Head("Who", "pill"), Head("Month", "day"),
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Reached:
    """What was promised, in its unit, and what was reached."""

    what: str
    reached: float
    promised: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return self.reached <= self.promised


def measure(database: Database, url: str, *, movements: int, rows: int) -> list[Reached]:
    """Fill, close the month before this one, ask for it, and write rows of the movements behind it."""
    rollup.fill(url, movements)
    period = ledger.shifted(ledger.period_of(clock.now().date()), -1)
    said = Filter(period=period)
    began = time.perf_counter()
    with transaction(database) as session:
        ledger.close_period(session, hospital.occasion(), _first(session))
        while ledger.closed_through(session) < period:
            session.flush()
            ledger.close_period(session, hospital.occasion(), ledger.shifted(ledger.closed_through(session), 1))
    closing = (time.perf_counter() - began) / 11
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE closed_cells")
    with reading(database) as session:
        asked: dict[str, Callable[[], Any]] = {
            "departments of a closed month": lambda: costing.by_department(session, said),
            "twelve months of the trend": lambda: costing.by_month(session, said),
            "what the ledger says of it": lambda: costing.posted(session, said),
        }
        times = [
            Reached(what=what, reached=_best(ask) * 1000, promised=CLOSED_MS, unit="ms") for what, ask in asked.items()
        ]
        began = time.perf_counter()
        written = write(_uses(session, Filter(period=period, since=ledger.shifted(period, -11)), rows))
        took = time.perf_counter() - began
    told = [Reached(what="closing a month", reached=closing, promised=60, unit="s")]
    assert written > 0
    return [*times, *told, Reached(what=f"{rows:,} rows to xlsx", reached=took, promised=ROWS_S, unit="s")]


def _first(session: Session) -> str:
    return str(session.scalar(select(func.min(ledger.Posting.period))))


def write(rows: Iterator[Sequence[Any]], *, tell: Callable[[int], None] | None = None) -> int:
    """The bytes of the workbook these rows make; what is done is told every thousand rows."""

    def told() -> Iterator[Sequence[Any]]:
        for number, row in enumerate(rows, 1):
            if tell is not None and number % 1000 == 0:
                tell(number)
            yield row

    about = About(title="movements", at=clock.now(), by="bench", said="", rows=0)
    return len(stream_xlsx(HEADS, told(), about, zone=ZONE))


def row_of(one: UseCost) -> Sequence[Any]:
    """A movement as it stands in the file."""
    return (
        str(one.movement_id), one.occurred_at, one.department, one.item, one.product, one.name, one.specification,
        one.product_class, one.lot, one.quantity, one.base_unit, one.unit_price, one.amount, one.encounter or "",
        one.staff, one.period,
    )  # fmt: skip


def _uses(session: Session, said: Filter, wanted: int) -> Iterator[Sequence[Any]]:
    yield from map(row_of, islice(costing.every_use(session, said), wanted))


def _best(ask: Callable[[], Any], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Load a hospital into a server of its own, and measure."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--movements", type=int, default=1_000_000)
    said.add_argument("--rows", type=int, default=100_000)
    asked = said.parse_args()
    server = Server(find_binaries())
    server.start()
    try:
        url = server.url(server.create())
        database = Database(url)
        schema.upgrade(database)
        hospital.build(database, token_digest=hashlib.sha256(hospital.TOKEN.encode()).digest())
        hospital.stock(database, 60, first=1)
        for row in measure(database, url, movements=asked.movements, rows=asked.rows):
            verdict = "kept" if row.kept else "broken"
            print(f"{row.what:34} {row.reached:9.1f} {row.unit:3} (promised {row.promised:g}: {verdict})")
        database.dispose()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
