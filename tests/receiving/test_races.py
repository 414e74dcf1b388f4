"""Several at the bay at once: together they receive what the note states, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger, receiving
from spd.catalog import Lot
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.transaction import reading, transaction
from tests import build

CLIENTS = 6


def all_at_once(database: Database, act: Callable[[Session, int], Any]) -> Counter[str]:
    """How many were done, and how many refused, by code."""
    ready = Barrier(CLIENTS)

    def one(number: int) -> str:
        ready.wait()
        try:
            with transaction(database) as session:
                act(session, number)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(one, range(CLIENTS)))


def test_together_they_receive_no_more_than_the_note_states(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        delivery = build.note(session, h, h.stents, ("STENT", 2))
        build.receive(
            session, h, build.note(session, h, h.stents, ("STENT", 1)), build.scan(build.STENT_DI, serial="S")
        )
    told = all_at_once(
        database, lambda session, n: build.receive(session, h, delivery, build.scan(build.STENT_DI, serial=f"S{n}"))
    )
    assert told == {"done": 2, "over-delivered": CLIENTS - 2}
    with reading(database) as session:
        assert receiving.lines_received(session, delivery)[0].received == 2
        assert build.problems(session) == []


def test_a_lot_first_seen_by_several_at_once_is_one_lot(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        notes = [build.note(session, h, h.stents, ("STENT", 1)) for _ in range(CLIENTS)]
    told = all_at_once(
        database, lambda session, n: build.receive(session, h, notes[n], build.scan(build.STENT_DI, serial=f"S{n}"))
    )
    assert told == {"done": CLIENTS}
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Lot)) == 1
        assert session.scalar(select(func.count()).select_from(ledger.Item)) == CLIENTS


def test_cases_of_one_lot_scanned_by_several_at_once_are_all_counted_or_refused(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        delivery = build.note(session, h, h.gauzes, ("GAUZE", 300))
    case = build.scan(build.GAUZE_CASE_DI)
    told = all_at_once(database, lambda session, _: build.receive(session, h, delivery, case))
    assert told == {"done": CLIENTS}
    with reading(database) as session:
        assert receiving.lines_received(session, delivery)[0].received == 300
        assert session.scalars(select(ledger.Item.quantity)).all() == [300]
        assert build.problems(session) == []


def test_a_note_being_closed_is_finished_before_or_after_each_who_receives_on_it(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        delivery = build.note(session, h, h.stents, ("STENT", CLIENTS))

    def close_or_receive(session: Session, number: int) -> None:
        if number == 0:
            receiving.close_delivery(session, build.occasion(h.keeper), delivery.code, reason="late")
        else:
            build.receive(session, h, delivery, build.scan(build.STENT_DI, serial=f"S{number}"))

    told = all_at_once(database, close_or_receive)
    assert set(told) <= {"done", "delivery-closed"}
    with reading(database) as session:
        assert receiving.get_delivery(session, delivery.code).closed_at is not None
        assert receiving.lines_received(session, delivery)[0].received == told["done"] - 1
