"""Events of one stay told by several senders at one moment: none is missed by what the stay comes to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from spd import encounters
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.encounters import EncounterEvent, EventKind, Told
from tests import build
from tests.build import NOW

SENDERS = 6


def test_senders_at_one_moment_miss_nothing_of_each_other(new_database: Callable[[str], Database]) -> None:
    database = new_database("postgresql")
    with transaction(database) as session:
        h = build.hospital(session)
    begin = threading.Barrier(SENDERS)

    def send(number: int) -> None:
        kind = EventKind.ADMIT if number == 0 else EventKind.TRANSFER
        at = NOW - timedelta(hours=SENDERS - number)
        event = Told(
            message=f"m{number}", kind=kind, encounter="N-1", occurred_at=at, department="CARD", patient="P",
            bed=str(number),
        )  # fmt: skip
        begin.wait()
        with transaction(database) as session:
            encounters.record(session, build.occasion(h.keeper), [event])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(database) as session:
        assert encounters.get_encounter(session, "N-1").bed == str(SENDERS - 1)
        numbers = session.scalars(select(EncounterEvent.sequence).order_by(EncounterEvent.sequence)).all()
        assert list(numbers) == list(range(1, SENDERS + 1))
        assert encounters.problems(session) == []
    database.dispose()
