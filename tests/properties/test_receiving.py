"""Whatever is scanned at the bay: received never exceeds the note, and every piece is received, aside, or a repeat."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from spd import receiving
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.ledger import Item
from spd.receiving import Arrived, InspectionReason, Quarantine, ReceivingException
from tests import build
from tests.receiving.arriving import CASE_1, CASE_2, PALLET, arrive, gauze, pallet, received, sscc

LABELS = st.one_of(
    st.builds(lambda code: Arrived(scan=sscc(code)), st.sampled_from([PALLET, CASE_1, CASE_2])),
    st.builds(
        lambda lot, number: Arrived(scan=gauze(lot), count=number),
        st.sampled_from(["L1", "L2", "L3"]),
        st.integers(1, 3),
    ),
    st.builds(lambda serial: Arrived(scan=build.scan(build.STENT_DI, lot="S1", serial=serial)),
              st.sampled_from(["A1", "A2", "A3"])),
    st.just(Arrived(scan=build.scan(build.GAUZE_DI, lot="L1"))),
    st.just(Arrived(scan=build.scan(build.SCREW_DI))),
    st.just(Arrived(scan=build.scan("06999999999999"))),
    st.just(Arrived(scan=gauze("OLD", expires_on=date(2020, 1, 1)))),
)  # fmt: skip
ACTS = st.tuples(st.lists(LABELS, min_size=1, max_size=4), st.booleans(), st.booleans())


@pytest.fixture(scope="module")
def database(new_database: Callable[[str], Database]) -> Database:
    return new_database("sqlite")


@settings(max_examples=45, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=8))
def test_received_never_exceeds_the_note_and_nothing_is_lost(database: Database, acts: list[Any]) -> None:
    with database.session() as session:
        h = build.hospital(session)
        delivery = pallet(session, h)
        held = Quarantine(reason=InspectionReason.SAMPLE)
        for arrivals, aside, hold in acts:
            before = sum(received(session, delivery)), _aside(session)
            try:
                with session.begin_nested():
                    receipt = arrive(session, h, delivery, *arrivals, aside=aside, quarantine=held if hold else None)
            except Refusal:
                assert (sum(received(session, delivery)), _aside(session)) == before
                continue
            came = sum(received(session, delivery)) - before[0]
            assert came == sum(item.quantity for item in receipt.items)
            assert _aside(session) - before[1] == sum(one.quantity for one in receipt.asides)
        stated = [line.quantity for line in receiving.lines_received(session, delivery)]
        assert all(one <= most for one, most in zip(received(session, delivery), stated, strict=True))
        assert session.scalar(select(func.sum(Item.quantity))) in (None, sum(received(session, delivery)))
        assert build.problems(session) == []
        session.rollback()


def _aside(session: Any) -> int:
    return session.scalar(select(func.sum(ReceivingException.quantity))) or 0
