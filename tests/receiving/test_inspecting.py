"""Held on receipt: goods that must not be used yet are accountable, and free only when somebody has decided."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, policies, receiving, trace_codes
from spd.catalog import Product
from spd.core.separation import SamePerson
from spd.ledger import Movement
from spd.places import Location
from spd.receiving import Arrived, Decided, Inspected, Inspection, InspectionReason, Measured, Quarantine
from spd.receiving.deciding import ReasonForPassing
from spd.staff import Staff
from spd.stock import Held
from spd.stock.holds import Hold
from spd.trace_codes import Act, Done
from tests import build
from tests.build import Hospital
from tests.receiving.arriving import arrive, gauze, received

DAMAGED = Quarantine(reason=InspectionReason.DAMAGED_PACKAGING, note="corner wet")


def state(session: Session, code: str) -> str:
    return ledger.get_item_state(session, code).state


def decide(session: Session, h: Hospital, *, accept: bool, by: Staff | None = None, note: str = "looked") -> Inspection:
    number = session.scalars(select(Inspection.id).order_by(Inspection.id.desc())).first()
    said = Decided(occasion=build.occasion(by or h.nurse), number=number or 0, accept=accept, note=note)
    return receiving.decide(session, said)


def cold_chain(session: Session, **attributes: str) -> None:
    product = session.scalars(select(Product).where(Product.code == "REAGENT")).one()
    product.cold_chain = True
    product.attributes = str(attributes).replace("'", '"')
    session.flush()  # asked for by its rows


def test_goods_under_inspection_are_received_held_and_cannot_be_used(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    receipt = arrive(session, h, delivery, gauze(), quarantine=DAMAGED)
    item = receipt.items[0]
    assert (item.held, state(session, item.code)) == ("damaged_packaging", "held")
    assert [caution.code for caution in receipt.cautions] == ["held"]
    assert received(session, delivery) == [50]
    with pytest.raises(Held):
        build.use(session, h, item.code, encounter=None, department="CARD")
    hold = session.scalars(select(Hold)).one()
    assert (hold.reason, hold.reference, hold.note) == ("inspection", delivery.code, "corner wet")
    assert build.problems(session) == []


def test_what_is_good_and_what_is_held_of_one_lot_are_two_bulks(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 200))
    codes = [
        arrive(session, h, delivery, gauze(), quarantine=held).items[0].code for held in (None, DAMAGED, DAMAGED, None)
    ]
    assert codes[0] == codes[3] != codes[1] == codes[2]
    assert [ledger.get_item_state(session, code).quantity for code in codes[:2]] == [100, 100]
    assert len(session.scalars(select(Inspection)).all()) == 1


def test_accepted_goods_are_free_and_what_comes_then_is_another_matter(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    code = arrive(session, h, delivery, gauze(), quarantine=DAMAGED).items[0].code
    for _ in range(2):
        assert decide(session, h, accept=True).result == "accepted"
    assert state(session, code) == "available"
    assert arrive(session, h, delivery, gauze(), quarantine=DAMAGED).items[0].code != code
    assert build.problems(session) == []


def test_refused_goods_stay_held_until_they_go_back(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    code = arrive(session, h, delivery, gauze(), quarantine=DAMAGED).items[0].code
    assert decide(session, h, accept=False).result == "refused"
    assert state(session, code) == "held"
    with pytest.raises(receiving.AlreadyDecided):
        decide(session, h, accept=True)
    assert arrive(session, h, delivery, gauze(), quarantine=DAMAGED).items[0].code != code


def test_a_hospital_with_a_quarantine_puts_held_goods_there_and_accepted_ones_away(
    session: Session, h: Hospital
) -> None:
    apart = Location(code="QUAR", label="L-QUAR", name="待验区", kind="store")
    session.add(apart)
    session.flush()  # its number is where goods lie
    policies.settle(session, build.occasion(h.keeper), "receiving.quarantine", "QUAR")
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    code = arrive(session, h, delivery, gauze(), quarantine=DAMAGED).items[0].code
    assert ledger.get_item_state(session, code).location_id == apart.id
    decide(session, h, accept=True)
    item = ledger.get_item_state(session, code)
    assert (item.location_id, item.state) == (h.store.id, "available")
    kinds = select(Movement.kind).order_by(Movement.id)
    assert list(session.scalars(kinds)) == ["receive", "release", "transfer"]
    assert build.problems(session) == []


def test_a_line_found_good_is_on_record_and_one_found_wanting_is_held(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100), ("REAGENT", 100))
    codes = [item.code for item in arrive(session, h, delivery, gauze("A"), gauze("B")).items]
    good = Inspected(occasion=build.occasion(h.keeper), delivery=delivery.code, line=1)
    assert [one.result for one in receiving.inspect(session, good)] == ["passed"]
    bad = Inspected(
        occasion=build.occasion(h.keeper), delivery=delivery.code, line=1, reason=InspectionReason.WRONG_LABEL
    )
    made = receiving.inspect(session, bad)
    assert [one.result for one in made] == ["held", "held"]
    assert [one.id for one in receiving.inspect(session, bad)] == [one.id for one in made]
    assert [state(session, code) for code in codes] == ["held", "held"]
    for line, refusal in ((2, receiving.NothingToHold), (9, receiving.UnknownLine)):
        said = Inspected(
            occasion=build.occasion(h.keeper), delivery=delivery.code, line=line, reason=InspectionReason.OTHER
        )
        with pytest.raises(refusal):
            receiving.inspect(session, said)


def test_one_thing_held_for_two_findings_is_free_after_both_are_accepted(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    code = arrive(session, h, delivery, gauze()).items[0].code
    numbers = []
    for reason in (InspectionReason.WRONG_LABEL, InspectionReason.SAMPLE):
        said = Inspected(occasion=build.occasion(h.keeper), delivery=delivery.code, item=code, reason=reason)
        numbers += [one.id for one in receiving.inspect(session, said)]
    states = []
    for number in numbers:
        receiving.decide(session, Decided(occasion=build.occasion(h.nurse), number=number, accept=True))
        states.append(state(session, code))
    assert states == ["held", "available"]


def test_cold_goods_ask_for_the_temperature_once(session: Session, h: Hospital) -> None:
    cold_chain(session)
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 200))
    box = build.scan(build.REAGENT_DI)
    with pytest.raises(receiving.TemperatureMissing):
        arrive(session, h, delivery, box)
    receiving.measure(session, Measured(occasion=build.occasion(h.keeper), delivery=delivery.code, tenths=45))
    for _ in range(2):
        assert arrive(session, h, delivery, box).items[0].held == ""


@pytest.mark.parametrize(("tenths", "held"), [(19, True), (20, False), (80, False), (81, True), (-5, True)])
def test_goods_that_came_too_warm_or_too_cold_are_held(session: Session, h: Hospital, tenths: int, held: bool) -> None:
    cold_chain(session)
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    receiving.measure(session, Measured(occasion=build.occasion(h.keeper), delivery=delivery.code, tenths=tenths))
    item = arrive(session, h, delivery, build.scan(build.REAGENT_DI)).items[0]
    assert (item.held == "temperature", state(session, item.code) == "held") == (held, held)


def test_a_product_may_say_its_own_temperatures(session: Session, h: Hospital) -> None:
    cold_chain(session, temperature_low="-25", temperature_high="-15")
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    receiving.measure(session, Measured(occasion=build.occasion(h.keeper), delivery=delivery.code, tenths=-180))
    assert arrive(session, h, delivery, build.scan(build.REAGENT_DI)).items[0].held == ""


def test_no_delivery_comes_at_the_heat_of_an_oven(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    with pytest.raises(receiving.NoTemperature):
        receiving.measure(session, Measured(occasion=build.occasion(h.keeper), delivery=delivery.code, tenths=1001))


def traced(code: str) -> Scan:
    return Scan(
        raw=code, kind="gs1", data=code, di=build.GAUZE_CASE_DI, lot="L1", expires_on=build.date(2028, 9, 30),
        trace_code=code,
    )  # fmt: skip


def test_a_trace_code_comes_in_with_its_goods(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    receipt = arrive(session, h, delivery, traced("81234567890123456789"))
    assert (receipt.cautions, receipt.items[0].held) == ((), "")
    assert trace_codes.open_alarms(session) == []


@pytest.mark.parametrize("before", [(Act.ARRIVE,), (Act.ARRIVE, Act.SELL)])
def test_goods_whose_trace_code_came_before_are_received_held(
    session: Session, h: Hospital, before: tuple[Act, ...]
) -> None:
    code = "81234567890123456789"
    for act in before:
        trace_codes.act(session, build.occasion(h.keeper), Done(codes=(code,), act=act))
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    occasion = build.occasion(h.keeper)
    receipt = arrive(session, h, delivery, traced(code), gauze(), occasion=occasion)
    assert [item.held for item in receipt.items] == ["dispute", ""]
    assert [caution.code for caution in receipt.cautions] == ["trace-alarm", "held"]
    assert len(trace_codes.open_alarms(session)) == 1
    assert arrive(session, h, delivery, traced(code), gauze(), occasion=occasion).cautions == receipt.cautions
    assert build.problems(session) == []


def unlicensed(session: Session, h: Hospital) -> receiving.Delivery:
    policies.settle(session, build.occasion(h.keeper), "licence.missing", "block")
    return build.note(session, h, h.gauzes, ("GAUZE", 100))


def test_goods_whose_licence_does_not_hold_are_held_and_passed_by_another_person(session: Session, h: Hospital) -> None:
    delivery = unlicensed(session, h)
    item = arrive(session, h, delivery, gauze()).items[0]
    assert item.held == "licence"
    policies.settle(session, build.occasion(h.keeper), "hold.release", "same")  # says nothing of licences
    with pytest.raises(SamePerson):
        decide(session, h, accept=True, by=h.keeper)
    with pytest.raises(ReasonForPassing):
        decide(session, h, accept=True, note="")
    decide(session, h, accept=True)
    assert state(session, item.code) == "available"


def test_who_held_goods_for_their_quality_does_not_accept_them_unless_the_policy_lets_him(
    session: Session, h: Hospital
) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    code = arrive(session, h, delivery, gauze(), quarantine=DAMAGED).items[0].code
    with pytest.raises(SamePerson):
        decide(session, h, accept=True, by=h.keeper)
    assert state(session, code) == "held"
    policies.settle(session, build.occasion(h.nurse), "hold.release", "same")
    assert decide(session, h, accept=True, by=h.keeper).result == "accepted"
    assert state(session, code) == "available"


def test_who_held_goods_may_send_them_back(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    arrive(session, h, delivery, gauze(), quarantine=DAMAGED)
    assert decide(session, h, accept=False, by=h.keeper).result == "refused"


def test_a_hospital_may_refuse_what_has_no_licence(session: Session, h: Hospital) -> None:
    delivery = unlicensed(session, h)
    policies.settle(session, build.occasion(h.keeper), "receiving.unlicensed", "refuse")
    assert [one.kind for one in arrive(session, h, delivery, gauze()).asides] == ["unlicensed"]
    assert received(session, delivery) == [0]


def test_a_held_receipt_asked_again_is_answered_the_same(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    occasion = build.occasion(h.keeper, key=uuid4())
    first = arrive(session, h, delivery, Arrived(scan=gauze()), quarantine=DAMAGED, occasion=occasion)
    again = arrive(session, h, delivery, Arrived(scan=gauze()), quarantine=DAMAGED, occasion=occasion)
    assert (again.items, again.cautions, again.repeated) == (first.items, first.cautions, True)
