"""Cases and pallets: one scan of a code that the note lists receives all that is in it, once."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import receiving
from spd.catalog import Packaging
from spd.catalog.mapping import DeviceIdentifier
from spd.ledger import Item, Movement
from spd.receiving.records import ReceivedPackage
from tests import build
from tests.build import Hospital
from tests.receiving.arriving import CASE_1, CASE_2, PALLET, arrive, gauze, pallet, received, sscc


def test_a_pallet_receives_everything_packed_in_it(session: Session, h: Hospital) -> None:
    delivery = pallet(session, h)
    receipt = arrive(session, h, delivery, sscc(PALLET))
    told = sorted((item.product, item.lot, item.quantity) for item in receipt.items)
    assert told == [("GAUZE", "L1", 50), ("GAUZE", "L2", 50), ("STENT", "S1", 1), ("STENT", "S1", 1)]
    assert received(session, delivery) == [100, 2]
    stents = select(Item.code).where(Item.serial != "").order_by(Item.code)
    assert list(session.scalars(stents)) == [f"{build.STENT_DI}.A1", f"{build.STENT_DI}.A2"]
    assert {bytes(raw) for raw in session.scalars(select(Movement.raw_scan))} == {f"(00){PALLET}".encode()}
    assert build.problems(session) == []


def test_after_one_case_the_pallet_brings_the_rest(session: Session, h: Hospital) -> None:
    delivery = pallet(session, h)
    arrive(session, h, delivery, sscc(CASE_1))
    assert received(session, delivery) == [50, 0]
    arrive(session, h, delivery, sscc(PALLET))
    assert received(session, delivery) == [100, 2]


@pytest.mark.parametrize("again", [PALLET, CASE_2])
def test_what_came_by_its_case_is_not_counted_again(session: Session, h: Hospital, again: str) -> None:
    delivery = pallet(session, h)
    arrive(session, h, delivery, sscc(PALLET))
    with pytest.raises(receiving.PackageReceived) as refused:
        arrive(session, h, delivery, sscc(again))
    assert refused.value.verdict == "repeat"
    assert len(session.scalars(select(ReceivedPackage)).all()) == 5


def test_a_piece_scanned_by_itself_before_its_case_is_not_received_twice(session: Session, h: Hospital) -> None:
    delivery = pallet(session, h)
    arrive(session, h, delivery, build.scan(build.STENT_DI, lot="S1", serial="A1"))
    receipt = arrive(session, h, delivery, sscc(PALLET))
    assert receipt.already == (f"{build.STENT_DI}.A1",)
    assert received(session, delivery) == [100, 2]


def test_a_case_of_another_note_of_the_supplier_is_offered_to_it(session: Session, h: Hospital) -> None:
    listed = pallet(session, h)
    here = build.note(session, h, h.gauzes, ("GAUZE", 10))
    one = arrive(session, h, here, sscc(PALLET)).asides[0]
    assert (one.kind, one.other) == ("unexpected", listed.code)
    arrived = receiving.Arrived(scan=sscc(PALLET))
    said = receiving.TakenIn(
        occasion=build.occasion(h.keeper), number=one.number, arrived=arrived, delivery=listed.code
    )
    receiving.take_in(session, said)
    assert received(session, listed) == [100, 2]


def test_a_case_that_no_note_lists_is_not_known(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 10))
    assert [one.kind for one in arrive(session, h, delivery, sscc(PALLET)).asides] == ["unknown"]


def test_a_logistic_label_that_states_its_contents_counts_them(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 500))
    label = Scan(
        raw="x", kind="gs1", data="x", sscc=CASE_1, di=build.GAUZE_CASE_DI, quantity=10, lot="L1",
        expires_on=build.date(2028, 9, 30), elements=(("00", CASE_1), ("02", build.GAUZE_CASE_DI), ("37", "10")),
    )  # fmt: skip
    assert arrive(session, h, delivery, label).items[0].quantity == 500


def test_a_level_nobody_has_bound_counts_by_its_family(session: Session, h: Hospital) -> None:
    session.add(
        DeviceIdentifier(
            code="26901234000010", level="pallet", contains_code=build.GAUZE_CASE_DI, contains_count=4, issuer="GS1"
        )
    )
    session.flush()  # asked for by code
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 200))
    assert arrive(session, h, delivery, build.scan("26901234000010")).items[0].quantity == 200
    assert session.scalar(select(Packaging.id).where(Packaging.code == "26901234000010")) is None


def test_a_case_over_its_line_is_received_as_far_as_the_note_goes(session: Session, h: Hospital) -> None:
    delivery = pallet(session, h)
    arrive(session, h, delivery, gauze("L1"))
    receipt = arrive(session, h, delivery, sscc(PALLET))
    assert received(session, delivery) == [100, 2]
    assert [(one.kind, one.quantity) for one in receipt.asides] == [("over", 50)]
