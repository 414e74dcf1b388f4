"""This file is thirty scans a second, evenly: uses on the wards, each timed, while something else is measured."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from spd import consumption
from spd.bench.clients import Measured
from spd.core import clock
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.ledger import Item, ItemKind, ItemStateName
from spd.places import Location, LocationKind
from spd.staff import Staff

SCANS_PER_SECOND = 30


@dataclass
class Scanning:
    """What was booked so far: the seconds that each scan took, in order."""

    _pipe: Any = None
    _times: list[float] = field(default_factory=list)

    def since(self, name: str, ask: Callable[[], None]) -> Measured:
        """The scans that were booked while something was done."""
        self._take()
        before, begun = len(self._times), time.perf_counter()
        ask()
        self._take()
        return Measured.of(name, 1, time.perf_counter() - begun, self._times[before:])

    def _take(self) -> None:
        while self._pipe.poll():
            self._times.append(self._pipe.recv())


@contextmanager
def scanning(url: str) -> Iterator[Scanning]:
    """Scans from now on until the end, in a process of their own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    stop = context.Event()
    booking = context.Process(target=_book, args=(url, stop, theirs))
    booking.start()
    try:
        assert ours.poll(120), "the first scan is booked"
        yield Scanning(_pipe=ours)
    finally:
        stop.set()
        while booking.is_alive():  # a full pipe would keep it waiting
            while ours.poll(0.05):
                ours.recv()
        booking.join()


def occasion(staff: int) -> Occasion:
    """An act of somebody, now."""
    now = clock.now()
    key = request_key(now)
    return Occasion(
        request_key=key, staff_id=staff, occurred_at=now, recorded_at=now, day=now.date(), device="bench",
        content=digest_of(str(key)),
    )  # fmt: skip


def _book(url: str, stop: Any, told: Any) -> None:
    """Thirty uses a second, of units and packs on the wards, until told to stop."""
    database = Database(url)
    wards = (LocationKind.WARD, LocationKind.THEATRE)
    with reading(database) as session:
        there = (
            select(Item.code)
            .join(Location, Location.id == Item.location_id)
            .where(Item.quantity > 0, Item.state == ItemStateName.AVAILABLE, Location.kind.in_(wards))
            .where(Item.kind.in_((ItemKind.UNIT, ItemKind.PACK)))
            .limit(10_000)
        )
        codes = list(session.scalars(there))
        staff = session.scalars(select(Staff.id).limit(1)).one()
    due = time.perf_counter()
    for code in codes:
        if stop.is_set():
            break
        due += 1 / SCANS_PER_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        begun = time.perf_counter()
        try:
            with transaction(database) as session:
                consumption.record_use(session, consumption.UseScanned(occasion=occasion(staff), item=code))
        except Refusal:
            continue  # expired, or somebody's before
        told.send(time.perf_counter() - begun)
    database.dispose()
