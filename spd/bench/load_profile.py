"""This file is the large hospital that loads are measured on: 3,000 beds, a year of movements, in PostgreSQL.

120 departments, 400 locations, 15,000 products of 600 suppliers, 80,000 items on hand, and as many movements as a run
wants: the server itself makes the rows, a thousand stories a statement. The same seed makes the same hospital. Every
constraint holds; the hashes stand for chains that nobody verifies.

    load(url, movements=300_000)      # a test's; SQLAlchemy's address or psycopg's
    load(url, movements=30_000_000)   # a year's

A story is one bulk of 300 that becomes twenty packs of fifteen, used one by one on encounters, and some high-value
units; told of a year it is used up, told of the last weeks it lies on a shelf, in a ward or in a tote.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from spd.bench import load_statements as statements
from spd.core import clock

DEPARTMENTS, STORES, LOCATIONS, SUPPLIERS, STAFF = 120, 4, 400, 600, 1200
PRODUCTS, HIGH_VALUE = 15_000, 3_000
MONTHS = 12  # lots of each product: one a month
YEAR = 30_000_000
"""Movements of a large hospital in a year."""

_DAYS = 365
_AT_ONCE = 500  # stories a statement: a quarter of a million rows
_STAY_DAYS = 9


@dataclass(frozen=True, kw_only=True)
class _Shape:
    """What a story has: so many units beside the bulk and its twenty packs, so many bulks left whole."""

    units: int
    bulks: int
    shelf: bool

    @property
    def width(self) -> int:
        """The items of a story."""
        return 21 + self.units + self.bulks


_USED = _Shape(units=4, bulks=0, shelf=False)
_SHELF = _Shape(units=43, bulks=3, shelf=True)
_PER_USED = 2 + 20 * 18 + 4 * 4  # movements of a story that is used up
_ON_HAND = 66  # items of a story on the shelves
_PER_SHELF = 154  # about: which of its things left the store is drawn


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What there is now, and the seconds it took."""

    movements: int
    items: int
    on_hand: int
    encounters: int
    seconds: float


def load(
    url: str,
    *,
    movements: int,
    on_hand: int = 80_000,
    seed: int = 1,
    money: bool = False,
    checked: bool = False,
    workers: int = 1,
    until: datetime | None = None,
    say: Callable[[str], None] = lambda _line: None,
) -> Loaded:
    """Fill a migrated PostgreSQL database without goods; about so many movements, no fewer than what is on hand needs.

    `money` adds the entry of every use; `checked` has the server check every reference, which takes four times as long;
    `until` is the last day of the year, today where left out; so many `workers` tell stories at a time, where no money
    is kept.
    """
    begun = time.perf_counter()
    shelves = -(-on_hand // _ON_HAND)
    stories = max(0, movements - shelves * _PER_SHELF) // _PER_USED
    told = _Story(until or clock.now(), seed, stories)
    # Values are written into the statements here: the server cannot tell the type of a bare number it is sent.
    assert workers == 1 or not money, "entries follow the movements in their order"
    with ExitStack() as opened:
        connections = [opened.enter_context(_connected(url, checked=checked)) for _ in range(workers)]
        connection = connections[0]
        say("the house: departments, locations, products, lots, people, patients")
        _put_up(connection, told)
        dropped = _drop_indexes(connection)
        for shape, count in ((_USED, stories), (_SHELF, shelves)):
            _tell(connections, told, shape, count, money=money, say=say)
        say("indexes")
        _restore_indexes(connections, dropped)
        connection.execute(statements.SEQUENCES)
        say("statistics")
        connection.execute("VACUUM ANALYZE" if movements >= 1_000_000 else "ANALYZE")
        counts = connection.execute(statements.COUNTS).fetchone()
    assert counts is not None
    names = ("movements", "items", "on_hand", "encounters")
    return Loaded(**dict(zip(names, counts, strict=True)), seconds=time.perf_counter() - begun)


class _Story:
    """What every statement is told."""

    def __init__(self, until: datetime, seed: int, stories: int) -> None:
        self.until = until.replace(microsecond=0)
        self.seed = seed
        # Patients come to all departments alike, in each at least one a day.
        blocks = max(_DAYS, stories * _PER_USED // 300 // DEPARTMENTS)
        self.encounters = blocks * DEPARTMENTS
        self.first: dict[str, int] = {}

    def values(self, **more: Any) -> dict[str, Any]:
        """The values of a statement."""
        return {
            "seed": self.seed, "until": self.until, "begin": self.until - timedelta(days=_DAYS + 1), "days": _DAYS,
            "departments": DEPARTMENTS, "stores": STORES, "locations": LOCATIONS, "suppliers": SUPPLIERS,
            "staff": STAFF, "products": PRODUCTS, "high_value": HIGH_VALUE, "months": MONTHS,
            "encounters": self.encounters, "blocks": self.encounters // DEPARTMENTS,
            "window": max(1, self.encounters * _STAY_DAYS // _DAYS // DEPARTMENTS), **self.first, **more,
        }  # fmt: skip


def _connected(url: str, *, checked: bool) -> psycopg.Connection[Any]:
    connection = psycopg.connect(_plain(url), autocommit=True, cursor_factory=psycopg.ClientCursor)
    connection.execute("SET timezone = 'UTC'")
    connection.execute("SET synchronous_commit = off")  # what breaks off is thrown away
    if not checked:
        connection.execute("SET session_replication_role = replica")  # rows refer to each other by construction
    connection.execute(statements.DRAW)
    return connection


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _put_up(connection: psycopg.Connection[Any], told: _Story) -> None:
    """The reference rows; each table's first number is told to what follows."""
    tables = ("departments", "locations", "parties", "staff", "products", "lots", "encounters")
    for table in tables:
        found = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()
        assert found is not None
        told.first[f"first_{table}"] = found[0]
    for statement in statements.HOUSE:
        connection.execute(statement, told.values())


def _tell(
    connections: Sequence[psycopg.Connection[Any]], told: _Story, shape: _Shape, count: int, *, money: bool,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Stories of one shape, some hundreds at a time on each connection."""
    base = connections[0].execute("SELECT coalesce(max(id), 0) + 1 FROM items").fetchone()
    assert base is not None
    begun, starts = time.perf_counter(), range(0, count, _AT_ONCE)

    def tell(place: int) -> None:
        for start in starts[place :: len(connections)]:
            end = min(start + _AT_ONCE, count)
            values = told.values(
                first_item=base[0], width=shape.width, units=shape.units, shelf=shape.shelf, stories=count,
                start=start, end=end - 1,
            )  # fmt: skip
            with connections[place].transaction():  # postings come before their entries
                for statement in (*statements.STORY, *(statements.MONEY if money else ())):
                    connections[place].execute(statement, values)
            if end == count or (start // _AT_ONCE) % 10 == 9:
                what = "on the shelves" if shape.shelf else "used"
                say(f"{what}: {end:,} of {count:,} stories, {time.perf_counter() - begun:.0f} s")

    _at_once(tell, len(connections))


def _at_once(act: Callable[[int], None], places: int) -> None:
    """The same at every place at a time; what is raised at one is raised here."""
    with ThreadPoolExecutor(places) as pool:
        for done in [pool.submit(act, place) for place in range(places)]:
            done.result()


def _drop_indexes(connection: psycopg.Connection[Any]) -> Sequence[str]:
    """What rebuilds the indexes of the big tables, each but its primary key; dropped for now."""
    rebuilt = []
    for kind, table, name, definition in connection.execute(statements.INDEXES).fetchall():
        if kind == "constraint":
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
            rebuilt.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
        else:
            connection.execute(f"DROP INDEX {name}")
            rebuilt.append(definition)
    return rebuilt


def _restore_indexes(connections: Sequence[psycopg.Connection[Any]], dropped: Sequence[str]) -> None:
    """Indexes built side by side; constraints change their table, so they come one after the other."""
    plain = [one for one in dropped if one.startswith("CREATE")]

    def build(place: int) -> None:
        connections[place].execute("SET maintenance_work_mem = '512MB'")
        for statement in plain[place :: len(connections)]:
            connections[place].execute(statement)

    _at_once(build, len(connections))
    for statement in dropped:
        if statement not in plain:
            connections[0].execute(statement)
