"""Counting while everything moves: whatever is used and carried meanwhile, a right count adjusts nothing.

The world of these tests is a dictionary under locks: who handles a thing has it in hand, counts it as it is, and moves
it in the world and in the ledger before letting go.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from threading import Event, Lock
from typing import Any, TypeVar

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import counting, replenishment
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.counting import CountKind
from spd.counting.book import Book
from spd.ledger import Item, Moved, Movement, Racing
from spd.places import Location
from spd.staff import Staff
from tests import build
from tests.build import Hospital
from tests.counting.scene import scene

T = TypeVar("T")
judging = import_module("spd.counting.judge")  # the front door has a function of that name
MOVES, MOVERS = 1000, 4
HEAPS, COUNTS = 20, 10


@dataclass
class Thing:
    """A thing of the world: where it is, and how much of it there is."""

    code: str
    place: str
    quantity: int
    loose: bool
    lock: Lock = field(default_factory=Lock)


@dataclass
class World:
    """What is really there."""

    database: Database
    h: Hospital
    counter: Staff
    second: Staff
    chief: Staff
    things: list[Thing] = field(default_factory=list)

    def act(self, do: Callable[[Session], T]) -> T:
        """One act in a transaction of its own, asked again where somebody was quicker."""
        for _ in range(20):
            try:
                with transaction(self.database) as session:
                    return do(session)
            except (Moved, Racing):
                continue
        raise AssertionError("never got through")

    def occasion(self, who: Staff) -> Any:
        return build.occasion(who, at=datetime.now(UTC))

    def use(self, thing: Thing, quantity: int) -> None:
        """Some of a thing is used, if there is as much."""
        if thing.quantity < quantity:
            return
        self.act(
            lambda session: build.use(
                session, self.h, thing.code, quantity=quantity, encounter=None,
                department="SURG" if thing.place == "SURG-T" else "CARD", occasion=self.occasion(self.h.nurse),
            )
        )  # fmt: skip
        thing.quantity -= quantity

    def carry(self, thing: Thing, to: str) -> None:
        """A thing is carried to another place."""
        if thing.quantity == 0 or thing.place == to:
            return
        asked = replenishment.ToTransfer(occasion=self.occasion(self.h.nurse), items=[thing.code], to=to)
        self.act(lambda session: replenishment.transfer(session, asked))
        thing.place = to

    def plan(self, *places: str) -> str:
        asked = counting.ToCount(occasion=self.occasion(self.chief), kind=CountKind.LOCATION, locations=places)
        return self.act(lambda session: counting.plan(session, asked).code)

    def count(self, code: str, place: str, who: Staff) -> None:
        """Somebody goes over a place and counts whatever is there when they come to it."""
        at = counting.At(occasion=self.occasion(who), count=code, location=place)
        self.act(lambda session: counting.go_over(session, at))
        for thing in self.things:
            self.look(code, thing, who, place)

    def look(self, code: str, thing: Thing, who: Staff, place: str = "") -> None:
        """Somebody comes to a thing and counts it, if it is still there."""
        with thing.lock:
            if (place and thing.place != place) or thing.quantity == 0:
                return
            seen = counting.Seen(
                occasion=self.occasion(who), count=code, location=thing.place, item=thing.code,
                quantity=thing.quantity if thing.loose else None,
            )  # fmt: skip
            self.act(lambda session: counting.record(session, seen))

    def finish(self, code: str) -> list[counting.Judged]:
        self.act(lambda session: counting.finish(session, self.occasion(self.counter), code))
        with reading(self.database) as session:
            count = counting.get_count(session, code)
            return counting.to_settle(counting.judge(session, count, on=datetime.now(UTC).date()))

    def approve(self, code: str) -> None:
        asked = counting.ToApprove(occasion=self.occasion(self.chief), count=code)
        self.act(lambda session: counting.approve(session, asked))

    def untrue(self) -> list[tuple[str, int, int]]:
        """Where the ledger is not what is there."""
        with reading(self.database) as session:
            kept: dict[str, int] = dict(session.execute(select(Item.code, Item.quantity)).all())  # type: ignore[arg-type]
        return [(t.code, kept[t.code], t.quantity) for t in self.things if kept[t.code] != t.quantity]

    def adjusted(self) -> int:
        with reading(self.database) as session:
            return session.scalar(select(func.count()).where(Movement.kind == "adjust")) or 0


def world(database: Database, make: Callable[[Session, Hospital], list[Thing]]) -> World:
    with transaction(database) as session:
        h = build.hospital(session)
        people = scene(session, h)
        there = World(database, h, people.checker, people.second, people.chief)
        there.things = make(session, h)
    return there


def furnished(session: Session, h: Hospital) -> list[Thing]:
    """Twelve heaps in the store, sixty stents on a ward."""
    bulks = [Thing(build.gauze(session, h, cases=20), "STORE", 1000, True) for _ in range(12)]
    return bulks + [Thing(code, "CARD-W", 1, False) for code in build.stents(session, h, 60)]


def shuffle(there: World, dice: random.Random, moves: int, over: Event) -> None:
    """Use and carry whatever comes to hand."""
    for _ in range(moves):
        thing = dice.choice(there.things)
        with thing.lock:
            if thing.loose:
                there.use(thing, dice.randint(1, 9))
            elif dice.random() < 0.1:
                there.use(thing, 1)
            else:
                there.carry(thing, dice.choice(["CARD-W", "SURG-T"]))
    over.set()


@pytest.mark.slow
def test_a_right_count_adjusts_nothing_whatever_moves_meanwhile(database: Database) -> None:
    """A thousand moves while three places are counted by two people, reviewed and approved."""
    there = world(database, furnished)
    over = Event()
    with ThreadPoolExecutor(MOVERS + 1) as pool:
        moving = [pool.submit(shuffle, there, random.Random(seed), MOVES // MOVERS, over) for seed in range(MOVERS)]
        counts = 0
        while not over.is_set() or not counts:
            code = there.plan("STORE", "CARD-W", "SURG-T")
            store = pool.submit(there.count, code, "STORE", there.counter)
            for place in ("CARD-W", "SURG-T"):
                there.count(code, place, there.second)
            store.result()
            assert there.finish(code) == []
            there.approve(code)
            counts += 1
        for mover in moving:
            mover.result()
    assert there.untrue() == []
    assert there.adjusted() == 0
    with reading(database) as session:
        assert build.problems(session) == []


def heaps(session: Session, h: Hospital) -> list[Thing]:
    """A heap in each of so many rooms."""
    rooms = [Location(code=f"R{n}", name=f"R{n}", kind="store") for n in range(HEAPS)]
    session.add_all(rooms)
    session.flush()  # things are carried there
    things = [Thing(build.gauze(session, h, cases=20), room.code, 1000, True) for room in rooms]
    for thing in things:
        asked = replenishment.ToTransfer(occasion=build.occasion(h.keeper), items=[thing.code], to=thing.place)
        replenishment.transfer(session, asked)
    return things


@pytest.mark.slow
def test_two_hundred_times_a_heap_is_counted_while_it_is_issued_from(database: Database) -> None:
    """Book 1000, 50 issued, 950 counted: nothing to adjust. Whoever comes first, issuing or counting."""
    there = world(database, heaps)

    def issue(thing: Thing) -> None:
        for _ in range(2):
            with thing.lock:
                there.use(thing, 25)

    with ThreadPoolExecutor(1) as pool:
        for _ in range(COUNTS):
            code = there.plan(*(thing.place for thing in there.things))
            for thing in there.things:
                issuing = pool.submit(issue, thing)
                there.look(code, thing, there.counter)
                issuing.result()
            assert there.finish(code) == []
            there.approve(code)
    assert there.untrue() == []
    assert there.adjusted() == 0


def test_judged_by_a_snapshot_of_the_beginning_this_check_finds_differences(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others do, and what these tests must catch: the book as it stood when the count was planned."""
    there = world(database, lambda session, h: [Thing(build.gauze(session, h, cases=20), "STORE", 1000, True)])
    (thing,) = there.things
    books = judging.books

    def snapshot(*said: Any) -> dict[tuple[int, int], Book]:
        return {key: Book(**(vars(book) | {"quantity": 1000})) for key, book in books(*said).items()}

    monkeypatch.setattr(judging, "books", snapshot)
    there.use(thing, 100)
    code = there.plan("STORE")
    there.count(code, "STORE", there.counter)
    assert [one.difference for one in there.finish(code)] == [-100]
