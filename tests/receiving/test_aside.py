"""Put aside: what a note does not take is never received and never lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger, policies, receiving
from spd.catalog import LotDiffers
from spd.core.errors import Refusal
from spd.ledger import Movement
from spd.receiving import Arrived, AsideKind, ReceivingException, Resolution, again
from spd.stock import Expired, Recalled
from spd.stock.deny_list import RecallTarget
from tests import build
from tests.build import Hospital
from tests.receiving.arriving import arrive, gauze, received

YESTERDAY = build.TODAY - timedelta(days=1)


def waiting(session: Session) -> list[tuple[str, int]]:
    rows = select(ReceivingException.kind, ReceivingException.quantity).where(ReceivingException.resolved_at.is_(None))
    return [tuple(row) for row in session.execute(rows.order_by(ReceivingException.id))]


def test_a_case_that_is_partly_over_is_received_as_far_as_the_note_goes(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 120))
    receipt = arrive(session, h, delivery, Arrived(scan=gauze(), count=3))
    assert [item.quantity for item in receipt.items] == [120]
    assert [(one.kind, one.quantity, one.product) for one in receipt.asides] == [("over", 30, "GAUZE")]
    assert received(session, delivery) == [120]
    assert waiting(session) == [("over", 30)]
    assert build.problems(session) == []


def test_what_comes_over_piece_after_piece_is_kept_piece_by_piece(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    for _ in range(3):
        arrive(session, h, delivery, gauze())
    assert received(session, delivery) == [50]
    assert waiting(session) == [("over", 50), ("over", 50)]


def test_a_serial_that_is_over_is_put_aside_once_however_often_it_is_scanned(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    arrive(session, h, delivery, build.scan(build.STENT_DI, serial="S1"))
    for _ in range(2):
        last = arrive(session, h, delivery, build.scan(build.STENT_DI, serial="S2"))
    assert waiting(session) == [("over", 1)]
    assert (last.items, last.asides, last.already) == ((), (), ())


@pytest.mark.parametrize(
    ("kind", "di", "label"),
    [
        (AsideKind.UNEXPECTED, build.SCREW_DI, {}),
        (AsideKind.UNKNOWN, "06999999999999", {}),
        (AsideKind.EXPIRED, build.GAUZE_CASE_DI, {"expires_on": YESTERDAY}),
        (AsideKind.MISLABELLED, build.GAUZE_CASE_DI, {"expires_on": date(2028, 10, 1)}),
    ],
)
def test_each_kind_is_kept_under_its_name_beside_what_is_received(
    session: Session, h: Hospital, kind: AsideKind, di: str, label: dict[str, date]
) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    receipt = arrive(session, h, delivery, gauze(), build.scan(di, **label), gauze())
    assert [item.quantity for item in receipt.items] == [100]
    assert [one.kind for one in receipt.asides] == [kind.value]
    assert received(session, delivery) == [100]


@pytest.mark.parametrize(
    ("refusal", "di", "label"),
    [
        (receiving.NotOnNote, build.SCREW_DI, {}),
        (receiving.UnknownCode, "06999999999999", {}),
        (Expired, build.GAUZE_CASE_DI, {"expires_on": YESTERDAY}),
        (LotDiffers, build.GAUZE_CASE_DI, {"expires_on": date(2028, 10, 1)}),
    ],
)
def test_where_all_or_nothing_is_asked_the_same_is_refused_and_nothing_kept(
    session: Session, h: Hospital, refusal: type[Exception], di: str, label: dict[str, date]
) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    with pytest.raises(refusal), session.begin_nested():
        arrive(session, h, delivery, gauze(), build.scan(di, **label), aside=False)
    assert waiting(session) == []
    assert received(session, delivery) == [0]


GRAVE: list[tuple[AsideKind, type[Refusal], dict[str, Any]]] = [
    (AsideKind.EXPIRED, Expired, {"expires_on": YESTERDAY}),
    (AsideKind.EXPIRED, Expired, {"expires_on": YESTERDAY, "lot": None}),  # nobody is asked for its lot
    (AsideKind.EXPIRED, Expired, {"expires_on": YESTERDAY, "di": "06999999999999"}),  # nor offered to bind it
    (AsideKind.RECALLED, Recalled, {"lot": "BAD", "expires_on": YESTERDAY}),
    (AsideKind.NEAR_EXPIRY, receiving.TooNearExpiry, {"expires_on": build.TODAY}),
    (AsideKind.MISLABELLED, LotDiffers, {"lot": "KNOWN", "expires_on": date(2028, 10, 1)}),
]


@pytest.mark.parametrize(("kind", "refusal", "label"), GRAVE)
def test_what_nobody_may_receive_is_told_before_that_it_is_on_another_note(
    session: Session, h: Hospital, kind: AsideKind, refusal: type[Refusal], label: dict[str, Any]
) -> None:
    policies.settle(session, build.occasion(h.keeper), "expiry.receipt_block_days", 1)
    session.add(RecallTarget(reference="R-1", line=1, product_id=2, lots='[["BAD", "BAD"]]', denied_at=build.NOW))
    arrive(session, h, build.note(session, h, h.gauzes, ("GAUZE", 50)), gauze("KNOWN"))
    here = build.note(session, h, h.gauzes, ("REAGENT", 100))
    build.note(session, h, h.gauzes, ("GAUZE", 50))  # it would have room there
    scan = build.scan(**({"di": build.GAUZE_CASE_DI} | label))
    one = arrive(session, h, here, scan).asides[0]
    assert (one.kind, one.other) == (kind.value, "")
    with pytest.raises(refusal):
        arrive(session, h, here, scan, aside=False)


def test_a_lot_known_to_be_expired_is_not_offered_to_another_note(session: Session, h: Hospital) -> None:
    arrive(session, h, build.note(session, h, h.gauzes, ("GAUZE", 50)), gauze("OLD", expires_on=build.TODAY))
    later = build.occasion(h.keeper, at=build.NOW + timedelta(days=1))
    here, _there = build.note(session, h, h.gauzes, ("REAGENT", 100)), build.note(session, h, h.gauzes, ("GAUZE", 50))
    one = arrive(session, h, here, gauze("OLD", expires_on=None), occasion=later).asides[0]
    assert (one.kind, one.other) == ("expired", "")


def test_goods_nearer_to_expiry_than_the_hospital_takes_are_put_aside(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "expiry.receipt_block_days", 90)
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    near, enough = build.TODAY + timedelta(days=89), build.TODAY + timedelta(days=90)
    receipt = arrive(session, h, delivery, gauze("N1", expires_on=near), gauze("N2", expires_on=enough))
    assert [(item.lot, item.quantity) for item in receipt.items] == [("N2", 50)]
    assert [one.kind for one in receipt.asides] == ["near_expiry"]
    with pytest.raises(receiving.TooNearExpiry):
        arrive(session, h, delivery, gauze("N1", expires_on=near), aside=False)


def test_a_lot_known_to_be_expired_is_not_received_by_a_label_that_does_not_say(session: Session, h: Hospital) -> None:
    first = build.note(session, h, h.gauzes, ("GAUZE", 50))
    arrive(session, h, first, gauze("OLD", expires_on=build.TODAY))
    later = build.occasion(h.keeper, at=build.NOW + timedelta(days=1))
    second = build.note(session, h, h.gauzes, ("GAUZE", 50))
    receipt = arrive(session, h, second, gauze("OLD", expires_on=None), occasion=later)
    assert [one.kind for one in receipt.asides] == ["expired"]


def test_what_was_received_on_this_note_is_told_and_not_put_aside(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 3))
    scan = build.scan(build.STENT_DI, serial="S1")
    arrive(session, h, delivery, scan)
    again_ = arrive(session, h, delivery, scan, build.scan(build.STENT_DI, serial="S2"))
    assert again_.already == (f"{build.STENT_DI}.S1",)
    assert received(session, delivery) == [2]
    assert waiting(session) == []


def test_a_serial_that_is_elsewhere_in_the_house_is_put_aside(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    receipt = arrive(session, h, delivery, build.scan(build.STENT_DI, serial=code.split(".")[1]))
    assert [one.kind for one in receipt.asides] == ["taken"]
    assert received(session, delivery) == [0]


def test_a_label_without_a_lot_is_asked_about_or_put_aside_where_nobody_is_there(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    bare = build.scan(build.GAUZE_CASE_DI, lot=None, expires_on=None)
    with pytest.raises(receiving.LotMissing):
        arrive(session, h, delivery, bare)
    assert [one.kind for one in arrive(session, h, delivery, bare, ask=False).asides] == ["mislabelled"]


def test_an_expiry_nobody_knows_is_asked_for_once_for_the_lot(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    bare = gauze("K1", expires_on=None)
    with pytest.raises(receiving.ExpiryMissing):
        arrive(session, h, delivery, bare, ask_expiry=True)
    arrive(session, h, delivery, Arrived(scan=bare, expires_on=date(2027, 1, 31)), ask_expiry=True)
    receipt = arrive(session, h, delivery, bare, ask_expiry=True)
    assert receipt.items[0].expires_on == date(2027, 1, 31)


def test_goods_that_have_no_expiry_are_received_once_somebody_says_so(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    said = Arrived(scan=gauze("K1", expires_on=None), endless=True)
    assert arrive(session, h, delivery, said, ask_expiry=True).items[0].expires_on is None


def test_damaged_goods_are_put_aside_whatever_their_label_says(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    receipt = arrive(session, h, delivery, gauze(), refused=AsideKind.DAMAGED, note="wet")
    assert (receipt.items, receipt.asides[0].kind, receipt.asides[0].note) == ((), "damaged", "wet")
    assert received(session, delivery) == [0]


def test_asked_again_under_its_key_the_first_answer_is_given_and_nothing_kept_twice(
    session: Session, h: Hospital
) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 70))
    for scans in ([gauze(), gauze()], [gauze()]):
        occasion = build.occasion(h.keeper)
        first = arrive(session, h, delivery, *scans, occasion=occasion)
        second = arrive(session, h, delivery, *scans, occasion=occasion)
        assert second.repeated
        assert (second.items, second.asides, second.cautions) == (first.items, first.asides, first.cautions)
    assert waiting(session) == [("over", 30), ("over", 50)]
    other = build.occasion(h.keeper, key=occasion.request_key)
    with pytest.raises(ledger.KeyReused):
        arrive(session, h, delivery, gauze(), occasion=other)


def test_a_piece_of_another_open_note_is_told_of_it_and_joined_there(session: Session, h: Hospital) -> None:
    here = build.note(session, h, h.gauzes, ("REAGENT", 100))
    there = build.note(session, h, h.gauzes, ("GAUZE", 50))
    one = arrive(session, h, here, gauze("J1")).asides[0]
    assert (one.kind, one.other) == ("unexpected", there.code)
    occasion = build.occasion(h.keeper)
    said = receiving.TakenIn(
        occasion=occasion, number=one.number, arrived=Arrived(scan=gauze("J1")), delivery=one.other
    )
    receipt = receiving.take_in(session, said)
    assert (receipt.delivery, receipt.items[0].quantity) == (there.code, 50)
    assert (received(session, here), received(session, there)) == ([0], [50])
    row = session.get_one(ReceivingException, one.number)
    assert (row.resolution, row.other_delivery_id) == (Resolution.JOINED.value, there.id)
    assert receiving.take_in(session, said).repeated
    with pytest.raises(receiving.AsideResolved):
        arrived = Arrived(scan=gauze("J1"))
        receiving.take_in(
            session, receiving.TakenIn(occasion=build.occasion(h.keeper), number=one.number, arrived=arrived)
        )
    assert build.problems(session) == []


def test_what_is_over_here_and_room_for_it_there_is_offered_to_that_note(session: Session, h: Hospital) -> None:
    here = build.note(session, h, h.gauzes, ("GAUZE", 50))
    full = build.note(session, h, h.gauzes, ("GAUZE", 50))
    there = build.note(session, h, h.gauzes, ("GAUZE", 50))
    arrive(session, h, full, gauze())
    receipt = arrive(session, h, here, gauze(), gauze())
    assert [one.other for one in receipt.asides] == [there.code]


def test_nothing_is_joined_to_another_suppliers_note(session: Session, h: Hospital) -> None:
    here = build.note(session, h, h.gauzes, ("REAGENT", 100))
    there = build.note(session, h, h.stents, ("STENT", 1))
    one = arrive(session, h, here, build.scan(build.STENT_DI, serial="S1")).asides[0]
    assert one.other == ""
    arrived = Arrived(scan=build.scan(build.STENT_DI, serial="S1"))
    said = receiving.TakenIn(occasion=build.occasion(h.keeper), number=one.number, arrived=arrived, delivery=there.code)
    with pytest.raises(again.OtherSupplier):
        receiving.take_in(session, said)


def test_a_code_bound_later_is_received_on_its_own_note(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 10))
    unknown = build.scan("06999999999999", lot="U1")
    number = arrive(session, h, delivery, unknown).asides[0].number
    session.add(build.Packaging(product_id=2, code="06999999999999", level="box", base_units=10))
    said = receiving.TakenIn(occasion=build.occasion(h.keeper), number=number, arrived=Arrived(scan=unknown))
    assert receiving.take_in(session, said).items[0].quantity == 10
    assert session.get_one(ReceivingException, number).resolution == Resolution.ADDED.value


def test_a_piece_that_still_is_not_taken_stays_on_the_list(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    number = arrive(session, h, delivery, gauze(), gauze()).asides[0].number
    said = receiving.TakenIn(occasion=build.occasion(h.keeper), number=number, arrived=Arrived(scan=gauze()))
    with pytest.raises(receiving.OverDelivered), session.begin_nested():
        receiving.take_in(session, said)
    assert waiting(session) == [("over", 50)]


def test_what_became_of_a_piece_is_said_once(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    number = arrive(session, h, delivery, gauze(), gauze()).asides[0].number
    for _ in range(2):
        receiving.resolve(session, build.occasion(h.keeper), number, Resolution.RETURNED, note="driver")
    with pytest.raises(receiving.AsideResolved):
        receiving.resolve(session, build.occasion(h.keeper), number, Resolution.MISTAKE)
    with pytest.raises(receiving.UnknownAside):
        receiving.resolve(session, build.occasion(h.keeper), 999_999, Resolution.MISTAKE)
    assert waiting(session) == []


def test_a_note_with_pieces_aside_is_finished_only_with_a_reason_and_they_stay_listed(
    session: Session, h: Hospital
) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    near = build.TODAY + timedelta(days=10)
    arrive(session, h, delivery, gauze("N1", expires_on=near), gauze("N1", expires_on=near))
    with pytest.raises(receiving.DifferenceUnexplained):
        receiving.close_delivery(session, build.occasion(h.keeper), delivery.code)
    found = receiving.close_delivery(session, build.occasion(h.keeper), delivery.code, reason="over")
    assert [(one.kind, one.quantity) for one in found] == [("over", 50), ("near", 50)]
    assert waiting(session) == [("over", 50)]


def test_goods_near_expiry_are_told_at_the_end_and_need_no_reason(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    arrive(session, h, delivery, gauze("N1", expires_on=build.TODAY + timedelta(days=10)))
    found = receiving.close_delivery(session, build.occasion(h.keeper), delivery.code)
    assert [(one.kind, one.product, one.lot) for one in found] == [("near", "GAUZE", "N1")]


def test_a_case_that_fits_no_single_line_is_shared_among_those_of_the_product(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 30), ("GAUZE", 20))
    arrive(session, h, delivery, gauze(), aside=False)
    assert received(session, delivery) == [30, 20]
    assert session.scalar(select(func.count()).select_from(Movement)) == 2
    assert build.problems(session) == []
