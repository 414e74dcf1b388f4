"""This file is a delivery of five thousand coded units: our receiving against a raw COPY of the rows it wrote."""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg

from spd.bench import hospital
from spd.core.database import Database
from spd.core.transaction import transaction

UNITS = 5000
_TABLES = ("requests", "items", "movements")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Seconds for the same rows."""

    ours: float
    copied: float

    @property
    def ratio(self) -> float:
        """How many times a raw COPY it took."""
        return self.ours / self.copied


def measure(database: Database, url: str, *, first: int, rounds: int = 3) -> Receipt:
    """The best of some rounds each, since a delivery is one act and not a rate."""
    ours, copied = [], []
    for number in range(rounds):
        scans = hospital.scans(0, first + number * UNITS, UNITS)
        start = time.perf_counter()
        with transaction(database) as session:
            hospital.deliver(session, 0, scans)
        ours.append(time.perf_counter() - start)
        copied.append(_copy(url, [f"{hospital.DI}.{scan.serial}" for scan in scans]))
    return Receipt(ours=min(ours), copied=min(copied))


def _copy(url: str, codes: list[str]) -> float:
    """Seconds to COPY the rows of these units into tables of the same shape, indexes included, and commit."""
    with psycopg.connect(url) as connection:
        chosen = {
            "items": "SELECT * FROM items WHERE code = ANY(%s)",
            "movements": "SELECT * FROM movements WHERE item_id IN (SELECT id FROM items WHERE code = ANY(%s))",
            "requests": "SELECT * FROM requests WHERE key IN (SELECT request_key FROM movements WHERE item_id IN "
            "(SELECT id FROM items WHERE code = ANY(%s)))",
        }
        rows = {table: connection.execute(query, (codes,)).fetchall() for table, query in chosen.items()}
        for table in _TABLES:
            connection.execute(f"DROP TABLE IF EXISTS copy_{table}")
            connection.execute(f"CREATE TABLE copy_{table} (LIKE {table} INCLUDING ALL)")
        connection.commit()
        start = time.perf_counter()
        with connection.cursor() as cursor:
            for table in _TABLES:
                with cursor.copy(f"COPY copy_{table} FROM STDIN") as copy:
                    for row in rows[table]:
                        copy.write_row(row)
        connection.commit()
        return time.perf_counter() - start
