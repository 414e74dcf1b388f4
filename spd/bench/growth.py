"""This file is what a scan costs in a small hospital's first weeks and in a large one's later years, in one run.

python -m spd.bench.growth --movements 10000000
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import mean

from sqlalchemy import select

from spd import consumption
from spd.bench import load_profile, pace
from spd.bench.postgresql import Server, find_binaries
from spd.core import schema
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.transaction import reading, transaction
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import Location, LocationKind
from spd.staff import Staff

SMALL = 100_000
PROMISED = 1.2
TURNS, EACH = 20, 100
"""Scans are timed a hundred here, a hundred there, so that the machine's moods touch both alike."""
ON_HAND = 80_000


@dataclass(frozen=True, kw_only=True)
class Grown:
    """Milliseconds of a scan, at so many movements; the slowest tenth left out, which is the machine's."""

    movements: int
    scan_ms: float


def measure(
    new_url: Callable[[], str], *, movements: int, small: int = SMALL, on_hand: int = ON_HAND, turns: int = TURNS
) -> tuple[Grown, Grown]:
    """What a scan costs over a small number of movements and over so many, on one server, turn by turn.

    `new_url` gives the address of a new, migrated database on it.
    """
    hospitals = [_Hospital(new_url(), many, on_hand, EACH * (turns + 1)) for many in (small, movements)]
    for one in hospitals:
        one.scan(EACH)  # connects, compiles, plans: not timed
    for _ in range(turns):
        for one in hospitals:
            one.times += one.scan(EACH)
    for one in hospitals:
        one.database.dispose()
    return hospitals[0].told(), hospitals[1].told()


class _Hospital:
    """A database of its own, with units on its wards."""

    def __init__(self, url: str, movements: int, on_hand: int, scans: int) -> None:
        self.database, self.times = Database(url), list[float]()
        self.movements = load_profile.load(url, movements=movements, on_hand=on_hand).movements
        there = (
            select(Item.code)
            .join(Location, Location.id == Item.location_id)
            .where(Item.quantity > 0, Item.state == ItemStateName.AVAILABLE, Item.kind == ItemKind.UNIT)
            .where(Location.kind.in_((LocationKind.WARD, LocationKind.THEATRE)))
            .limit(2 * scans)  # some have expired
        )
        with reading(self.database) as session:
            self._codes = iter(session.scalars(there).all())
            self._staff = session.scalars(select(Staff.id).limit(1)).one()

    def scan(self, count: int) -> list[float]:
        """The seconds that each of so many uses took; what is refused is not counted."""
        took: list[float] = []
        while len(took) < count:
            use = consumption.UseScanned(occasion=pace.occasion(self._staff), item=next(self._codes))
            begun = time.perf_counter()
            try:
                with transaction(self.database) as session:
                    consumption.record_use(session, use)
            except Refusal:
                continue
            took.append(time.perf_counter() - begun)
        return took

    def told(self) -> Grown:
        """What a scan took."""
        best = sorted(self.times)[: len(self.times) * 9 // 10]
        return Grown(movements=self.movements, scan_ms=mean(best) * 1000)


def _copy(server: Server, name: str) -> str:
    return server.url(server.create(template=name))


def main() -> None:
    """Load both into a server of its own, and measure."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--movements", type=int, default=10_000_000)
    server = Server(find_binaries())
    server.start()
    try:
        name = server.create()
        migrated = Database(server.url(name))
        schema.upgrade(migrated)
        migrated.dispose()
        new_url = partial(_copy, server, name)
        small, large = measure(new_url, movements=said.parse_args().movements)
    finally:
        server.stop()
    for one in (small, large):
        print(f"{one.movements:12,} movements: {one.scan_ms:.2f} ms a scan")
    ratio = large.scan_ms / small.scan_ms
    print(f"ratio {ratio:.2f} ({'kept' if ratio <= PROMISED else 'MISSED'}: ≤ {PROMISED})")


if __name__ == "__main__":
    main()
