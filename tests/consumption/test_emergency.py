"""Uses in an emergency: booked at once with nobody named, and on the right stay within the day, at the same price."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import consumption, encounters, ledger, procedures
from spd.catalog import Product
from spd.consumption import AssignedBefore, AssignReason, DoubtfulPatient, InEmergency, ToAssign, UseScanned
from spd.encounters import Alert, EncounterClosed, EncounterMerged, UnknownEncounter
from spd.ledger import Movement, OutboxMessage, Posting
from spd.stock import AlreadyUsed, Expired, Held
from tests import build
from tests.build import NOW, Hospital
from tests.interceptions.test_interceptions import colleague, passing
from tests.packing import kitting
from tests.theatre import lending


def scanned(session: Session, h: Hospital, item: str, **more: Any) -> InEmergency:
    said = {"occasion": build.occasion(h.nurse, at=more.pop("at", NOW)), "item": item} | more
    return consumption.use_in_emergency(session, UseScanned(**said), "A")


def assigned(session: Session, h: Hospital, *uses: InEmergency, **more: Any) -> consumption.Assigned:
    said = {
        "occasion": build.occasion(h.nurse, at=NOW + timedelta(hours=2)), "encounter": "W-1",
        "uses": [use.number for use in uses], "reason": AssignReason.IDENTIFIED,
    } | more  # fmt: skip
    return consumption.assign(session, ToAssign(**said))


def cost_on(session: Session, encounter_id: int | None) -> Decimal:
    on = Posting.encounter_id == encounter_id if encounter_id else Posting.encounter_id.is_(None)
    query = select(func.coalesce(func.sum(Posting.amount), 0)).where(on, Posting.department_id.is_not(None))
    return Decimal(session.scalar(query) or 0)


def charges(session: Session) -> list[dict[str, Any]]:
    return [json.loads(one) for one in session.scalars(select(OutboxMessage.payload).order_by(OutboxMessage.id))]


def test_a_use_is_booked_at_once_and_nobody_is_charged(session: Session, h: Hospital) -> None:
    (stent,) = build.stents(session, h)
    done = scanned(session, h, stent)
    assert done.use.title_passed
    assert cost_on(session, None) == 8600
    assert charges(session) == []
    assert consumption.waiting_in_emergency(session, None, at=NOW) == (1, 0)
    assert consumption.waiting_in_emergency(session, None, at=NOW + timedelta(hours=25)) == (1, 1)
    assert consumption.waiting_in_emergency(session, frozenset({h.surgery.id}), at=NOW) == (0, 0)


def test_assigned_it_is_the_stays_at_the_same_price_as_of_when_it_happened(session: Session, h: Hospital) -> None:
    items = build.stents(session, h, 2)
    uses = [scanned(session, h, item) for item in items]
    done = assigned(session, h, *uses)
    assert [line.cost for line in done.lines] == [8600, 8600]
    assert (cost_on(session, None), cost_on(session, h.stay.id)) == (0, 17200)
    assert [(one["encounter"], one["item"]) for one in charges(session)] == [("E-1", item) for item in items]
    anew = session.get_one(Movement, done.lines[0].movement_id)
    assert (anew.occurred_at, anew.recorded_at) == (NOW, NOW + timedelta(hours=2))
    assert consumption.waiting_in_emergency(session, None, at=NOW) == (0, 0)
    assert build.problems(session) == []


def test_part_of_a_bulk_is_assigned_where_the_rest_lies(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    build.carry(session, h, [bulk], h.ward)
    use = scanned(session, h, bulk, quantity=3)
    before = ledger.get_item_state(session, bulk)
    assigned(session, h, use)
    after = ledger.get_item_state(session, bulk)
    assert (after.quantity, after.state, after.location_id) == (before.quantity, before.state, before.location_id)
    assert build.problems(session) == []


def test_asked_again_it_is_assigned_once_and_another_is_told(session: Session, h: Hospital) -> None:
    use = scanned(session, h, build.stents(session, h)[0])
    when = build.occasion(h.nurse, at=NOW + timedelta(hours=2))
    first = assigned(session, h, use, occasion=when)
    again = assigned(session, h, use, occasion=when)
    assert (again.repeated, again.lines) == (True, first.lines)
    with pytest.raises(ledger.KeyReused):
        assigned(session, h, use, occasion=when, encounter="W-2")
    with pytest.raises(AssignedBefore):
        assigned(session, h, use, encounter="W-2")


def test_what_was_undone_needs_no_patient(session: Session, h: Hospital) -> None:
    use = scanned(session, h, build.stents(session, h)[0])
    build.reverse(session, h, use.use.movement_id)
    assert consumption.waiting_in_emergency(session, None, at=NOW) == (0, 0)
    with pytest.raises(ledger.AlreadyReversed):
        assigned(session, h, use)
    assert build.problems(session) == []


def test_a_patient_may_be_admitted_after_they_were_treated_but_not_long_after(session: Session, h: Hospital) -> None:
    first, second = (scanned(session, h, item) for item in build.stents(session, h, 2))
    h.stay.admitted_at = NOW + timedelta(hours=1)
    session.flush()
    assigned(session, h, first)
    h.stay.admitted_at = NOW + timedelta(hours=25)
    session.flush()
    with pytest.raises(EncounterClosed):
        assigned(session, h, second)


def test_it_is_assigned_to_nobody_who_had_left_was_merged_or_is_not_known(session: Session, h: Hospital) -> None:
    use = scanned(session, h, build.stents(session, h)[0])
    with pytest.raises(UnknownEncounter):
        assigned(session, h, use, encounter="W-9")
    h.stay.discharged_at = NOW - timedelta(hours=1)
    h.other_stay.merged_at, h.other_stay.merged_into_id = NOW, h.stay.id
    session.flush()
    with pytest.raises(EncounterClosed):
        assigned(session, h, use)
    with pytest.raises(EncounterMerged):
        assigned(session, h, use, encounter="W-2")


def test_what_must_not_be_used_is_not_used_in_an_emergency_either(session: Session, h: Hospital) -> None:
    used, other, held = build.stents(session, h, 3)
    build.use(session, h, used)
    with pytest.raises(AlreadyUsed):
        scanned(session, h, used)
    with pytest.raises(Expired):
        scanned(session, h, other, at=NOW + timedelta(days=3650))
    build.hold(session, h, held)
    with pytest.raises(Held):
        scanned(session, h, held)
    assert consumption.waiting_in_emergency(session, None, at=NOW) == (0, 0)


def test_a_ward_pack_is_the_wards_and_on_no_list(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 10)[0]
    assert scanned(session, h, pack).number is None


def test_the_proof_sees_a_use_that_was_taken_off_the_list(session: Session, h: Hospital) -> None:
    use = scanned(session, h, build.stents(session, h)[0])
    asked = consumption.ReversalAsked(
        occasion=build.occasion(h.nurse), movement_id=use.use.movement_id, reason="emergency-assigned"
    )
    consumption.reverse_use(session, asked)
    (problem,) = build.problems(session)
    assert (problem.table, problem.row) == ("emergency_uses", str(use.number))


def test_a_thing_of_another_side_than_planned_is_assigned_by_two(session: Session, h: Hospital) -> None:
    session.get_one(Product, 1).attributes = '{"侧别": "右"}'
    procedures.plan(session, build.occasion(h.nurse), h.stay, "OP-1", {"侧别": "左"})
    fine = scanned(session, h, build.packs(session, h, 1, 10)[0], quantity=2)
    use = scanned(session, h, build.stents(session, h)[0])
    with pytest.raises(DoubtfulPatient) as refused:
        assigned(session, h, use)
    assert (refused.value.facts["second_person"], refused.value.about["rule"]) == ("wrong-side", "wrong-side")
    assert refused.value.about["encounter_id"] == h.stay.id
    assert consumption.waiting_in_emergency(session, None, at=NOW)[0] == 1
    second = colleague(session, department=h.cardiology.id)
    (line,) = assigned(session, h, use, approval=passing(second, "wrong-side")).lines
    assert [(one.rule, one.outcome, one.severity, one.approved_by_id) for one in line.noted] == [
        ("wrong-side", "override", 4, second.id)
    ]
    assert fine.number is None
    assert build.problems(session) == []


def test_what_was_brought_for_another_patient_is_not_assigned_by_one(session: Session, h: Hospital) -> None:
    loaned = lending.listed(session, h, location=h.ward.code, encounter=h.other_stay.code)
    lending.came(session, h, loaned)
    use = scanned(session, h, lending.STENT)
    with pytest.raises(DoubtfulPatient) as refused:
        assigned(session, h, use)
    assert refused.value.about["rule"] == "wrong-patient"
    assert assigned(session, h, use, encounter="W-2").lines[0].noted == ()


def test_before_a_merge_it_was_used_on_the_merged_stay(session: Session, h: Hospital) -> None:
    loaned = lending.listed(session, h, location=h.ward.code, encounter=h.stay.code)
    lending.came(session, h, loaned)
    h.stay.merged_at, h.stay.merged_into_id = NOW + timedelta(hours=1), h.other_stay.id
    session.flush()  # read below the ORM
    assert build.use(session, h, lending.STENT).encounter == "E-1"


def test_a_patient_of_another_ward_is_told_and_one_who_came_later_is_not(session: Session, h: Hospital) -> None:
    first, second = (scanned(session, h, item) for item in build.stents(session, h, 2))
    h.stay.department_id = h.surgery.id
    session.flush()  # read below the ORM
    assert [one.rule for one in assigned(session, h, first).lines[0].noted] == ["patient-elsewhere"]
    h.stay.admitted_at = NOW + timedelta(hours=1)
    session.flush()  # as above
    assert assigned(session, h, second).lines[0].noted == ()


def test_what_the_patient_must_not_get_is_told_and_kept_where_they_have_got_it(session: Session, h: Hospital) -> None:
    session.get_one(Product, 1).attributes = '{"latex": "yes", "MRI": "不兼容"}'
    told, fine, early = (scanned(session, h, item) for item in build.stents(session, h, 3))
    encounters.tell_alerts(session, build.occasion(h.nurse), "E-1", [Alert.LATEX])
    when = build.occasion(h.nurse, at=NOW + timedelta(hours=2))
    (line,) = assigned(session, h, told, occasion=when).lines
    assert [(one.code, "已用" in one.zh, "It is in use" in one.en) for one in line.cautions] == [
        ("latex-conflict", True, True)
    ]
    assert [(one.rule, one.outcome, one.severity) for one in line.noted] == [("latex-conflict", "warn", 3)]
    (again,) = assigned(session, h, told, occasion=when).lines
    assert (again, again.cautions) == (line, line.cautions)
    assert assigned(session, h, fine, encounter="W-2").lines[0].cautions == ()
    encounters.tell_alerts(session, build.occasion(h.nurse), "E-1", [Alert.MRI])
    h.stay.admitted_at = NOW + timedelta(hours=1)
    session.flush()  # read below the ORM
    assert [one.code for one in assigned(session, h, early).lines[0].cautions] == ["mri-conflict"]
    assert build.problems(session) == []


def test_a_kit_is_on_the_list_piece_by_piece(session: Session, h: Hospital) -> None:
    kit = kitting.assemble(session, h, kitting.recipe(session, h), kitting.things(session, h))
    build.move_to(session, h, list(kit.items), h.ward)
    said = UseScanned(occasion=build.occasion(h.nurse), item=kit.code)
    done = consumption.use_kit_in_emergency(session, said, "B")
    assert (len(done.use.items), len(done.numbers)) == (2, 1)  # the pack of gauze is the ward's
    again = consumption.use_kit_in_emergency(session, said, "B")
    assert (again.use.repeated, again.numbers) == (True, done.numbers)
    (line,) = consumption.assign(
        session,
        ToAssign(occasion=build.occasion(h.nurse), uses=done.numbers, encounter="W-1", reason=AssignReason.IDENTIFIED),
    ).lines
    assert line.item == kit.items[0]
    assert build.problems(session) == []
