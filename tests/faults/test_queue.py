"""Devices bring their queues to a server that is killed: batches doubled and shuffled, two devices for one item.

It finds a refusal that is on no worklist (docs/testing.md).
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from spd import offline
from spd.core.database import Database
from spd.core.transaction import reading
from spd.ledger import Item, Movement, MovementKind
from spd.offline import DeviceEvent, Dispute, EventVerdict, Queued
from tests import build
from tests.faults.serving import PATIENCE, Web, ask, open_ward, scanned
from tests.offline.device import Device, sent

UNITS, DEVICES = 60, 6
RACED = 12
"""Units that every second device has scanned too."""


@dataclass
class Drainer:
    """One device that sends what it keeps, some more than once, and forgets an event only when it hears its verdict."""

    device: Device
    port: int
    chance: random.Random
    heard: dict[str, dict[str, Any]] = field(default_factory=dict)

    def drain(self) -> None:
        until = time.monotonic() + PATIENCE
        while left := [one for one in self.device.kept if str(one.event_id) not in self.heard]:
            assert time.monotonic() < until, f"{len(left)} events of {self.device.name} are not answered"
            batch = left[:10]
            if self.chance.random() < 0.3:  # what was answered already comes again, and in another order
                batch = self.chance.sample(self.device.kept[: self.device.kept.index(batch[-1]) + 1], len(batch))
            self._send(batch)

    def _send(self, events: list[Queued]) -> None:
        said = {"device": self.device.name, "ward": "CARD", "events": [sent(one) for one in events]}
        for _ in range(self.chance.choice((1, 1, 2))):
            try:
                status, told = ask(self.port, "POST", "/api/v1/uses/batch", said, patience=30)
            except OSError:
                time.sleep(0.05)
                continue
            if status == 200:
                for one in told["verdicts"]:
                    if one["verdict"] != "waiting":
                        self.heard.setdefault(one["event_id"], one)


def complaints(database: Database, drainers: list[Drainer], units: int) -> list[str]:
    """What is wrong once all is drained: lost, done twice, or refused and on no worklist. Empty is the proof."""
    found = []
    said = {str(one.event_id): one for drainer in drainers for one in drainer.device.kept}
    with reading(database) as session:
        kept = {str(one) for one in session.scalars(select(DeviceEvent.event_id))}
        verdicts = Counter(session.scalars(select(EventVerdict.verdict)))
        disputes = session.scalar(select(func.count()).where(Dispute.state == "open")) or 0
        used = session.scalars(select(Movement.item_id).where(Movement.kind == MovementKind.CONSUME)).all()
        odd = session.scalars(select(DeviceEvent.flags).where(DeviceEvent.flags != "")).all()
        found += [str(one) for one in [*build.problems(session), *offline.problems(session)]]
        left = session.scalar(select(func.count()).where(Item.kind == "unit", Item.state != "consumed"))
    if lost := said.keys() - kept:
        found.append(f"{len(lost)} events lost")
    if kept - said.keys():
        found.append(f"{len(kept - said.keys())} events that no device wrote")
    if len(used) != len(set(used)):
        found.append(f"{len(used) - len(set(used))} used twice")
    if (len(used), left) != (units, 0):
        found.append(f"{len(used)} uses in place of {units}")
    if verdicts != {"done": units, "refused": len(said) - units}:
        found.append(f"verdicts are {dict(verdicts)}")
    if disputes != len(said) - units:
        found.append(f"{disputes} on the worklist in place of {len(said) - units}")
    if odd:
        found.append(f"chains broken: {Counter(odd)}")
    return found


def written(codes: list[str], staff_id: int, port: int, seed: int = 5) -> list[Drainer]:
    """Devices that have scanned every unit once, and the first of them again on other devices, for another patient."""
    drainers = []
    for number in range(DEVICES):
        device = Device(f"PDA-{number}", staff_id, now=datetime.now(UTC))
        mine = codes[number::DEVICES] + (codes[:RACED] if number % 2 else [])
        for code in dict.fromkeys(mine):
            device.use(scanned(code), encounter=f"W-{1 + number % 2}")
        drainers.append(Drainer(device, port, random.Random(seed + number)))
    return drainers


@pytest.fixture
def ward(new_database: Callable[[str], Database]) -> Iterator[Database]:
    database = new_database("postgresql")
    yield database
    database.dispose()


def test_queues_that_race_while_the_server_is_killed_lose_nothing_and_do_nothing_twice(ward: Database) -> None:
    h, codes = open_ward(ward, UNITS)
    web = Web(ward).start()
    drainers = written(codes, h.nurse.id, web.port)
    kills = 0
    try:
        with ThreadPoolExecutor(DEVICES) as pool:
            running = [pool.submit(one.drain) for one in drainers]
            while kills < 2 and not all(one.done() for one in running):
                if sum(len(one.heard) for one in drainers) >= 10 * (kills + 1):
                    web.kill()
                    web.start()
                    kills += 1
                time.sleep(0.002)
            for one in running:
                one.result()
    finally:
        web.close()
    assert kills == 2
    assert complaints(ward, drainers, UNITS) == []
    refused = [one for drainer in drainers for one in drainer.heard.values() if one["outcome"] == "refused"]
    assert {one["code"] for one in refused} <= {"already-used", "already-recorded"}
    assert all(one["dispute"] for one in refused)
