"""Goods in: what is scanned becomes accountable at once, under its own code, and nothing wrong gets in."""

from __future__ import annotations

import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanners import own
from spd import ledger, receiving
from spd.accounting import proof
from spd.catalog import Lot, LotDiffers
from spd.core.errors import Refusal
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import HOSPITAL_ID
from spd.places import End, UnknownLocation
from spd.receiving import Arrived, Delivered, Delivery
from spd.stock import Expired
from tests import build
from tests.build import Hospital


def receive(
    session: Session, h: Hospital, delivery: Delivery, *arrivals: Arrived, code: str = "", location: str = ""
) -> receiving.Receipt:
    said = Delivered(
        occasion=build.occasion(h.keeper),
        delivery=code or delivery.code,
        location=location or h.store.code,
        arrivals=arrivals,
    )
    return receiving.receive(session, said)


def stent(serial: str, **label: Any) -> Arrived:
    return Arrived(scan=build.scan(build.STENT_DI, serial=serial, **label))


def postings(session: Session) -> list[tuple[str, Decimal, int | None, int | None]]:
    """(account, amount, supplier, department) of everything posted, in order."""
    rows = session.execute(
        select(Posting.account, Posting.amount, Posting.party_id, Posting.department_id).order_by(Posting.id)
    )
    return [tuple(row) for row in rows]


def test_goods_settled_on_receipt_are_ours_and_accrue_the_payable(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    received = receive(session, h, delivery, Arrived(scan=build.scan(build.GAUZE_CASE_DI)))
    item = ledger.get_item_state(session, received.items[0].code)
    assert (item.owner_id, received.items[0].owned) == (HOSPITAL_ID, True)
    assert postings(session) == [
        ("1302.01", Decimal(175), None, None),
        ("2302.01", Decimal(-175), h.gauzes.id, None),
    ]
    assert session.scalars(select(EntryRow.event)).one() == "receive_owned"


@pytest.mark.parametrize(
    ("product", "di", "owner"), [("STENT", build.STENT_DI, "stents"), ("REAGENT", build.REAGENT_DI, "gauzes")]
)
def test_goods_settled_later_stay_the_suppliers_and_post_nothing(
    session: Session, h: Hospital, product: str, di: str, owner: str
) -> None:
    supplier = getattr(h, owner)
    delivery = build.note(session, h, supplier, (product, 100))
    received = receive(session, h, delivery, Arrived(scan=build.scan(di, serial="S1" if product == "STENT" else None)))
    item = ledger.get_item_state(session, received.items[0].code)
    assert (item.owner_id, received.items[0].owned) == (supplier.id, False)
    assert postings(session) == []


def test_a_receipt_comes_from_the_supplier_and_keeps_what_was_scanned(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    receive(session, h, delivery, stent("S1"))
    movement = session.scalars(select(Movement)).one()
    assert (movement.kind, movement.from_location_id, movement.to_location_id) == ("receive", End.SUPPLIER, h.store.id)
    assert movement.document == delivery.code
    assert movement.raw_scan == f"(01){build.STENT_DI}(10)L1(21)S1".encode()


def test_a_serialised_piece_goes_under_its_own_udi(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    received = receive(session, h, delivery, stent("S1")).items[0]
    assert (received.code, received.kind, received.needs_label) == (f"{build.STENT_DI}.S1", "unit", False)


def test_price_and_settlement_are_those_of_the_note(session: Session, h: Hospital) -> None:
    line = receiving.AnnouncedLine(
        product="STENT", quantity=1, unit_price=Decimal("8000.5"), settlement_mode="on_receipt"
    )
    delivery = receiving.announce(
        session,
        receiving.Announced(occasion=build.occasion(h.keeper), code="N-X", supplier=h.stents.code, lines=[line]),
    )
    received = receive(session, h, delivery, stent("S1"))
    item = ledger.get_item_state(session, received.items[0].code)
    assert (item.unit_price, item.settlement_mode, item.owner_id) == (Decimal("8000.5"), "on_receipt", HOSPITAL_ID)
    assert [amount for _, amount, _, _ in postings(session)] == [Decimal("8000.5"), Decimal("-8000.5")]


def test_a_case_code_counts_its_contents(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    received = receive(session, h, delivery, Arrived(scan=build.scan(build.GAUZE_CASE_DI), count=3)).items[0]
    assert (received.kind, received.quantity, received.needs_label) == ("bulk", 150, True)
    assert own.is_own(received.code)


def test_scans_of_one_lot_make_one_bulk(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    case = Arrived(scan=build.scan(build.GAUZE_CASE_DI))
    first = receive(session, h, delivery, case, case)
    second = receive(session, h, delivery, case)
    assert [item.quantity for item in first.items] == [100]
    assert [item.quantity for item in second.items] == [50]  # of this act
    assert {item.code for item in (*first.items, *second.items)} == {first.items[0].code}
    assert ledger.get_item_state(session, first.items[0].code).quantity == 150


def test_another_lot_or_another_place_is_another_bulk(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    case = build.scan(build.GAUZE_CASE_DI)
    codes = {
        receive(session, h, delivery, Arrived(scan=case)).items[0].code,
        receive(session, h, delivery, Arrived(scan=build.scan(build.GAUZE_CASE_DI, lot="L2"))).items[0].code,
        receive(session, h, delivery, Arrived(scan=case), location=h.ward.code).items[0].code,
    }
    assert len(codes) == 3


def test_a_bulk_carried_off_is_not_added_to(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    case = Arrived(scan=build.scan(build.GAUZE_CASE_DI))
    first = receive(session, h, delivery, case).items[0].code
    build.move_to(session, h, [first], h.ward)
    second = receive(session, h, delivery, case, case).items
    assert [item.quantity for item in second] == [100]
    assert second[0].code != first
    assert ledger.get_item_state(session, first).quantity == 50


def test_a_bulk_that_became_ours_meanwhile_is_not_added_to(session: Session, h: Hospital) -> None:
    """Goods settled on issue that went to a ward and came back are the hospital's; what comes now is not yet."""
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 200))
    box = Arrived(scan=build.scan(build.REAGENT_DI))
    first = receive(session, h, delivery, box).items[0].code
    build.carry(session, h, [first], h.ward)
    build.carry(session, h, [first], h.store)
    second = receive(session, h, delivery, box).items[0]
    assert (second.quantity, second.owned) == (100, False)
    assert second.code != first


def test_high_value_goods_without_a_serial_get_a_code_each(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("SCREW", 5))
    received = receive(session, h, delivery, Arrived(scan=build.scan(build.SCREW_DI), count=5)).items
    assert len({item.code for item in received}) == 5
    assert all((item.kind, item.quantity, item.needs_label) == ("unit", 1, True) for item in received)
    assert all(own.is_own(item.code) for item in received)


def test_what_the_label_lacks_is_keyed_in(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    bare = build.scan(build.GAUZE_CASE_DI, lot=None, expires_on=None)
    received = receive(session, h, delivery, Arrived(scan=bare, lot="K1", expires_on=date(2027, 1, 31))).items[0]
    assert (received.lot, received.expires_on) == ("K1", date(2027, 1, 31))


def test_what_the_label_lacks_the_note_may_say(session: Session, h: Hospital) -> None:
    line = receiving.AnnouncedLine(product="GAUZE", quantity=50, lot="N1", expires_on=date(2027, 1, 31))
    delivery = receiving.announce(
        session,
        receiving.Announced(occasion=build.occasion(h.keeper), code="N-X", supplier=h.gauzes.code, lines=[line]),
    )
    bare = build.scan(build.GAUZE_CASE_DI, lot=None, expires_on=None)
    received = receive(session, h, delivery, Arrived(scan=bare)).items[0]
    assert (received.lot, received.expires_on) == ("N1", date(2027, 1, 31))


def test_the_label_wins_over_what_was_keyed_in(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    keyed = Arrived(scan=build.scan(build.GAUZE_CASE_DI, lot="L9"), lot="TYPO", expires_on=date(2020, 1, 1))
    assert receive(session, h, delivery, keyed).items[0].lot == "L9"


REFUSED: list[tuple[str, type[Refusal], dict[str, Any]]] = [
    ("unknown code", receiving.UnknownCode, {"di": "06999999999999"}),
    ("no lot anywhere", receiving.LotMissing, {"lot": None}),
    ("product not on the note", receiving.NotOnNote, {"di": build.SCREW_DI}),
    ("more than the note", receiving.OverDelivered, {"count": 3}),
    ("expired yesterday", Expired, {"expires_on": build.TODAY - timedelta(days=1)}),
    ("another expiry than known", LotDiffers, {"expires_on": date(2028, 10, 1)}),
]


@pytest.mark.parametrize(("why", "refusal", "label"), REFUSED, ids=[why for why, _, _ in REFUSED])
def test_what_is_wrong_is_refused_and_the_good_scans_with_it_are_not_half_received(
    session: Session, h: Hospital, why: str, refusal: type[Refusal], label: dict[str, Any]
) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 150))
    good = Arrived(scan=build.scan(build.GAUZE_CASE_DI))
    receive(session, h, delivery, good)
    said = {"di": build.GAUZE_CASE_DI, "count": 1} | label
    count = said.pop("count")
    wrong = Arrived(scan=build.scan(**said), count=count)
    with pytest.raises(refusal) as refused, session.begin_nested():
        receive(session, h, delivery, good, wrong)
    assert all(refused.value.sentence(language) for language in ("zh", "en"))
    assert receiving.lines_received(session, delivery)[0].received == 50
    assert session.scalar(select(func.sum(Item.quantity))) == 50


def test_a_lot_that_is_not_on_the_note_is_refused(session: Session, h: Hospital) -> None:
    line = receiving.AnnouncedLine(product="GAUZE", quantity=50, lot="N1")
    delivery = receiving.announce(
        session,
        receiving.Announced(occasion=build.occasion(h.keeper), code="N-X", supplier=h.gauzes.code, lines=[line]),
    )
    with pytest.raises(receiving.NotOnNote):
        receive(session, h, delivery, Arrived(scan=build.scan(build.GAUZE_CASE_DI, lot="N2")))


def test_one_more_than_the_note_is_refused_and_says_how_many(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 2))
    receive(session, h, delivery, stent("S1"), stent("S2"))
    with pytest.raises(receiving.OverDelivered) as refused:
        receive(session, h, delivery, stent("S3"))
    assert refused.value.facts == {"product": "冠脉支架", "stated": 2, "would": 3}


def test_the_last_usable_day_itself_is_good(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    received = receive(session, h, delivery, stent("S1", expires_on=build.TODAY))
    assert received.items[0].expires_on == build.TODAY
    assert [caution.code for caution in received.cautions] == ["near-expiry"]


@pytest.mark.parametrize(("days", "cautioned"), [(0, True), (180, True), (181, False)])
def test_few_days_of_life_are_cautioned_not_refused(session: Session, h: Hospital, days: int, cautioned: bool) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    received = receive(session, h, delivery, stent("S1", expires_on=build.TODAY + timedelta(days=days)))
    assert bool(received.cautions) is cautioned


def test_goods_that_never_expire_are_received_without_caution(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    received = receive(session, h, delivery, stent("S1", expires_on=None))
    assert (received.items[0].expires_on, received.cautions) == (None, ())


def test_a_label_without_an_expiry_does_not_blank_the_one_that_is_known(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 2))
    receive(session, h, delivery, stent("S1"))
    receive(session, h, delivery, stent("S2", expires_on=None))
    assert session.scalars(select(Lot.expires_on)).all() == [date(2028, 9, 30)]


def test_two_expiries_of_one_lot_in_one_act_are_refused(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 2))
    with pytest.raises(LotDiffers):
        receive(session, h, delivery, stent("S1"), stent("S2", expires_on=date(2028, 10, 1)))


def test_one_lot_text_of_two_products_is_two_lots(session: Session, h: Hospital) -> None:
    receive(session, h, build.note(session, h, h.stents, ("STENT", 1)), stent("S1"))
    other = build.scan(build.SCREW_DI, expires_on=date(2030, 1, 1))
    receive(session, h, build.note(session, h, h.stents, ("SCREW", 1)), Arrived(scan=other))
    assert session.scalar(select(func.count()).select_from(Lot)) == 2


def test_one_serial_twice_in_one_act_is_refused(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 2))
    with pytest.raises(ledger.CodeTaken) as refused:
        receive(session, h, delivery, stent("S1"), stent("S1"))
    assert refused.value.facts == {"item": f"{build.STENT_DI}.S1"}


def test_a_serial_received_before_is_refused_on_any_note(session: Session, h: Hospital) -> None:
    receive(session, h, build.note(session, h, h.stents, ("STENT", 1)), stent("S1"))
    again = build.note(session, h, h.stents, ("STENT", 1))
    with pytest.raises(ledger.CodeTaken) as refused, session.begin_nested():
        receive(session, h, again, stent("S1"))
    assert refused.value.facts == {"item": f"{build.STENT_DI}.S1"}
    assert receiving.lines_received(session, again)[0].received == 0


def test_a_used_serial_does_not_come_back_by_a_delivery(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    build.use(session, h, code)
    again = build.note(session, h, h.stents, ("STENT", 1))
    with pytest.raises(ledger.CodeTaken), session.begin_nested():
        receive(session, h, again, stent(code.split(".")[1]))


def test_an_unknown_note_and_an_unknown_place_are_refused(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    with pytest.raises(receiving.UnknownDelivery):
        receive(session, h, delivery, stent("S1"), code="NOWHERE")
    with pytest.raises(UnknownLocation):
        receive(session, h, delivery, stent("S1"), location="NOWHERE")


@pytest.mark.parametrize("end", ["SUPPLIER", "PATIENT", "LOSS", "FOUND", "PROCESSING", "TRANSIT"])
def test_nothing_is_received_into_an_end_of_the_house(session: Session, h: Hospital, end: str) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    with pytest.raises(UnknownLocation):
        receive(session, h, delivery, stent("S1"), location=end)


def test_a_note_is_found_by_its_number_and_by_its_label(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    assert receive(session, h, delivery, stent("S1"), code=delivery.label).delivery == delivery.code


def test_goods_of_a_closed_month_are_posted_to_the_open_one(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW.replace(month=4)), "2026-03")
    build.gauze(session, h)
    assert sorted(session.scalars(select(EntryRow.period))) == ["2026-03", "2026-04"]


def test_five_thousand_pieces_are_received_in_one_act(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 5000))
    scans = [stent(f"S{number}", lot=f"L{number % 20}") for number in range(5000)]
    begun = time.perf_counter()
    received = receive(session, h, delivery, *scans)
    took = time.perf_counter() - begun
    assert len({item.code for item in received.items}) == 5000
    assert receiving.lines_received(session, delivery)[0].received == 5000
    assert took < 20, f"{took:.1f} s: it is done row by row"
    assert build.problems(session) == []


def test_owned_goods_received_on_a_ward_are_ward_stock(session: Session) -> None:
    h = build.hospital(session)
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    said = receiving.Delivered(
        occasion=build.occasion(h.keeper),
        delivery=delivery.code,
        location=h.ward.code,
        arrivals=[receiving.Arrived(scan=build.scan(build.GAUZE_CASE_DI, lot="W1"))],
    )
    code = receiving.receive(session, said).items[0].code
    assert build.balance(session, "1302.02") == 50 * Decimal("3.5")
    build.use(session, h, code, encounter=None, quantity=50)
    assert (build.balance(session, "1302.01"), build.balance(session, "1302.02")) == (0, 0)
    assert proof.problems(session) == []
