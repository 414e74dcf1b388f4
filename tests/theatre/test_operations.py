"""Operations: opened by scan; drawn = used + returned + wasted + out; confirmed by two; opened again by changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import consumption, disposal, policies, theatre
from spd.consumption import UseScanned
from spd.core.separation import SamePerson
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import get_item_state
from spd.procedures import PlannedProcedure
from spd.stock.operations import Operation, OperationEvent, OperationUse, Part
from spd.theatre import OpeningScanned, OperationAct, OperationChanged
from spd.theatre.operation_refusals import (
    InRoomAlready,
    NotARoom,
    NotDrawn,
    NothingPlanned,
    NotThePerson,
    OperationStands,
    OtherOperation,
    PlannedElsewhere,
    RoomBusy,
    SignedAlready,
    SomethingBooked,
    StillOut,
)
from spd.theatre.overdue import is_late, note_overdue, waiting
from tests import build
from tests.build import NOW, Hospital
from tests.packing import kitting
from tests.theatre.operating import Scene, scene


@pytest.fixture
def s(session: Session, h: Hospital) -> Scene:
    return scene(session, h)


def events(s: Scene, operation: Operation) -> list[str]:
    query = select(OperationEvent.kind).where(OperationEvent.operation_id == operation.id)
    return list(s.session.scalars(query.order_by(OperationEvent.id)))


def act(s: Scene, operation: Operation, reason: str = "x") -> OperationAct:
    return OperationAct(occasion=build.occasion(s.h.nurse), operation=operation.code, reason=reason)


def used(s: Scene, code: str, **said: object) -> consumption.Use:
    return build.use(s.session, s.h, code, department="SURG", **said)


def test_wristband_and_room_open_what_is_planned_there(s: Scene) -> None:
    operation = s.plan()
    assert (operation.standing, s.open(operation).standing) == ("planned", "open")
    assert (operation.opened_at, events(s, operation)) == (NOW, ["planned", "opened"])
    assert s.open(operation).standing == "open"  # scanned again, nothing is done
    assert events(s, operation) == ["planned", "opened"]


def test_a_wrong_wristband_or_room_opens_nothing(s: Scene) -> None:
    operation = s.plan()
    said = OpeningScanned(occasion=build.occasion(s.h.nurse), encounter="W-2", room="OR-1")
    with pytest.raises(NothingPlanned):
        theatre.open_operation(s.session, said)
    with pytest.raises(PlannedElsewhere) as elsewhere:
        theatre.open_operation(s.session, replace(said, encounter="W-1", room="SURG-T"))
    assert elsewhere.value.facts == {"operation": operation.code, "room": "手术间 1"}
    with pytest.raises(NothingPlanned):  # its number, and somebody else's wristband
        theatre.open_operation(s.session, replace(said, operation=operation.code))
    with pytest.raises(NotARoom):
        s.plan(room="CARD-W")
    with pytest.raises(SamePerson):
        s.plan(nurse="cutter")


def test_one_operation_at_a_time_is_under_way_in_a_room(s: Scene) -> None:
    first = s.begun()
    second = s.plan(encounter="E-2")
    said = OpeningScanned(occasion=build.occasion(s.h.nurse), operation=second.code)
    with pytest.raises(RoomBusy) as busy:
        theatre.open_operation(s.session, said)
    assert busy.value.facts["other"] == first.code
    s.end(first)
    assert theatre.open_operation(s.session, replace(said, occasion=build.occasion(s.h.nurse)))[0].standing == "open"


def test_the_side_of_the_plan_is_held_against_what_is_used(s: Scene) -> None:
    operation = s.plan()
    (plan,) = s.session.scalars(select(PlannedProcedure))
    assert (plan.reference, '"侧别": "左"' in plan.wanted) == (operation.code, True)


def test_his_number_is_planned_once_and_said_otherwise_is_refused(s: Scene) -> None:
    operation = s.plan(code="OP-1")
    assert s.plan(code="OP-1").id == operation.id
    with pytest.raises(OtherOperation):
        s.plan(code="OP-1", encounter="E-2")
    said = OperationChanged(occasion=build.occasion(s.h.nurse), operation="OP-1", room="SURG-T")
    assert theatre.change(s.session, said)[0].location_id == s.h.theatre.id


def test_drawn_is_used_returned_wasted_and_out(s: Scene) -> None:
    store = s.h.theatre
    stent, spare = build.stents(s.session, s.h, 2, at=store)
    pack, torn, kept = build.packs(s.session, s.h, 3, at=store)
    operation = s.begun()
    s.draw(operation, stent, spare, pack, torn, kept)
    assert get_item_state(s.session, stent).location_id == s.room.id
    use = used(s, stent)
    used(s, pack, quantity=5)
    s.bring_back(operation, spare)
    s.bring_back(operation, kept, to=s.room.code)
    assert get_item_state(s.session, spare).location_id == store.id
    assert s.figures(operation, stent) == (1, 1, 0, 0, 0)
    assert s.figures(operation, spare) == (1, 0, 1, 0, 0)
    assert s.figures(operation, pack) == (20, 5, 0, 0, 15)
    assert s.figures(operation, kept) == (20, 0, 20, 0, 0)
    s.bring_back(operation, pack)  # opened
    assert s.figures(operation, pack) == (20, 5, 15, 0, 0)
    document = _waste(s, torn)
    assert (s.line(operation, torn).asked, s.line(operation, torn).out) == (20, 0)
    disposal.approve(s.session, Decision(occasion=build.occasion(s.h.keeper), document=document))
    assert s.figures(operation, torn) == (20, 0, 0, 20, 0)
    attached = s.session.scalars(select(OperationUse.movement_id).order_by(OperationUse.id)).all()
    assert attached[0] == use.movement_id
    assert build.problems(s.session) == []


def _waste(s: Scene, code: str) -> str:
    asked = ToDispose(
        occasion=build.occasion(s.h.nurse), kind=Kind.WRITE_OFF, lines=[Asked(item=code)], reason=Why.CONTAMINATED
    )  # fmt: skip
    return disposal.ask(s.session, asked)[0].code


def test_a_pack_used_by_the_department_is_of_the_operation_it_was_drawn_for(s: Scene) -> None:
    drawn, there = build.packs(s.session, s.h, 2, at=s.h.theatre)
    build.carry(s.session, s.h, [there], s.room)
    operation = s.begun()
    s.draw(operation, drawn)
    used(s, drawn, encounter=None)
    used(s, there, encounter=None)  # the room's own, on nobody: of no operation
    assert s.figures(operation, drawn) == (20, 20, 0, 0, 0)
    assert len(s.session.scalars(select(OperationUse.id)).all()) == 1


def test_the_rooms_own_stock_is_of_the_operation_only_while_it_is_under_way(s: Scene) -> None:
    before, during, after, other = build.stents(s.session, s.h, 4, at=s.room)
    operation = s.plan()
    used(s, before)
    s.open(operation)
    used(s, during)
    used(s, other, encounter="E-2")
    s.end(operation)
    used(s, after, occasion=build.occasion(s.h.nurse, at=NOW + timedelta(minutes=5)))
    (line,) = theatre.lines_of(s.session, [operation.id])[operation.id]
    assert (line.item_id, line.direct, line.drawn, line.out) == (get_item_state(s.session, during).id, 1, 0, 0)
    assert build.problems(s.session) == []


def test_what_was_drawn_and_used_on_another_patient_is_said(s: Scene) -> None:
    (stent,) = build.stents(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, stent)
    used(s, stent, encounter="E-2")
    line = s.line(operation, stent)
    assert (line.used, line.elsewhere, line.out) == (1, 1, 0)
    assert build.problems(s.session) == []


def test_a_kit_is_drawn_by_its_label_used_and_brought_back(s: Scene) -> None:
    recipe = kitting.of_gauze(s.session, s.h)
    one = kitting.assemble(s.session, s.h, recipe, build.packs(s.session, s.h, 1, at=s.h.store))
    two = kitting.assemble(s.session, s.h, recipe, build.packs(s.session, s.h, 1, at=s.h.store))
    operation = s.begun()
    s.draw(operation, one.code, two.code)
    use = UseScanned(occasion=build.occasion(s.h.nurse), item=one.code, encounter="E-1", department="SURG")
    consumption.use_kit(s.session, use)
    s.bring_back(operation, two.code)
    lines = theatre.lines_of(s.session, [operation.id])[operation.id]
    assert sorted((line.used, line.returned, line.out) for line in lines) == [(0, 20, 0), (20, 0, 0)]
    assert build.problems(s.session) == []


def test_only_what_is_out_goes_back_and_what_is_in_the_room_is_not_drawn(s: Scene) -> None:
    stent, never = build.stents(s.session, s.h, 2, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, stent)
    with pytest.raises(InRoomAlready):
        s.draw(operation, stent)
    with pytest.raises(NotDrawn):
        s.bring_back(operation, never)
    s.bring_back(operation, stent)
    with pytest.raises(NotDrawn):
        s.bring_back(operation, stent)
    s.draw(operation, stent)  # out once more
    assert s.figures(operation, stent) == (2, 0, 1, 0, 1)


def test_two_people_confirm_and_only_when_nothing_is_out(s: Scene) -> None:
    stent, spare = build.stents(s.session, s.h, 2, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, stent, spare)
    used(s, stent)
    with pytest.raises(OperationStands):
        s.sign(operation, Part.NURSE)
    s.end(operation)
    with pytest.raises(StillOut) as out:
        s.sign(operation, Part.NURSE)
    assert out.value.facts["left"] == f"{spare} × 1"
    s.bring_back(operation, spare)
    with pytest.raises(NotThePerson):
        s.sign(operation, Part.NURSE, s.surgeon)
    assert s.sign(operation, Part.NURSE).standing == "ended"
    with pytest.raises(SignedAlready):
        s.sign(operation, Part.NURSE)
    assert s.sign(operation, Part.SURGEON).standing == "confirmed"
    with pytest.raises(OperationStands):
        s.draw(operation, spare)
    assert events(s, operation) == ["planned", "opened", "ended", "signed", "signed", "confirmed"]
    assert build.problems(s.session) == []


def test_what_changes_after_the_first_signature_is_signed_for_again(s: Scene) -> None:
    (stent,) = build.stents(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, stent)
    use = used(s, stent)
    s.end(operation)
    s.sign(operation, Part.NURSE)
    build.reverse(s.session, s.h, use.movement_id)
    s.bring_back(operation, stent)
    assert s.sign(operation, Part.SURGEON).standing == "ended"
    assert s.sign(operation, Part.NURSE).standing == "confirmed"


def test_a_reversal_opens_the_confirmation_again_for_its_line(s: Scene) -> None:
    stent, other = build.stents(s.session, s.h, 2, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, stent, other)
    use, _ = used(s, stent), used(s, other)
    s.end(operation)
    assert s.confirm(operation).standing == "confirmed"
    build.reverse(s.session, s.h, use.movement_id)
    assert (operation.standing, operation.confirmed_at) == ("ended", None)
    reason = select(OperationEvent.reason).where(OperationEvent.kind == "reopened")
    assert s.session.scalars(reason).all() == ["mis-scan"]
    signed = theatre.confirmed_figures(s.session, operation)
    lines = theatre.lines_of(s.session, [operation.id])[operation.id]
    changed = [line.item_id for line in lines if signed.get(line.item_id) != line.figures]
    assert changed == [get_item_state(s.session, stent).id]
    with pytest.raises(StillOut):
        s.sign(operation, Part.NURSE)
    s.bring_back(operation, stent)
    assert s.confirm(operation).standing == "confirmed"
    assert build.problems(s.session) == []


def test_a_use_that_comes_late_opens_the_confirmation_again(s: Scene) -> None:
    (stent,) = build.stents(s.session, s.h, 1, at=s.room)
    operation = s.begun()
    during = build.occasion(s.h.nurse)
    s.end(operation)
    s.confirm(operation)
    used(s, stent, occasion=during)  # kept by a device without network
    assert operation.standing == "ended"
    assert s.confirm(operation).standing == "confirmed"
    assert build.problems(s.session) == []


def test_a_write_off_that_is_refused_is_out_again(s: Scene) -> None:
    (pack,) = build.packs(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, pack)
    document = _waste(s, pack)
    s.end(operation)
    assert s.confirm(operation).standing == "confirmed"
    disposal.refuse(s.session, Decision(occasion=build.occasion(s.h.keeper), document=document))
    assert (operation.standing, s.line(operation, pack).out) == ("ended", 20)


def test_what_waits_on_a_write_off_and_is_carried_away_is_signed_for_anew(s: Scene) -> None:
    (pack,) = build.packs(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, pack)
    _waste(s, pack)
    s.end(operation)
    assert s.confirm(operation).standing == "confirmed"
    build.carry(s.session, s.h, [pack], s.h.store)
    assert (operation.standing, s.figures(operation, pack)) == ("ended", (20, 0, 20, 0, 0))
    assert s.confirm(operation).standing == "confirmed"
    assert build.problems(s.session) == []


def test_what_comes_back_after_the_rest_had_left_stays_in_the_room(s: Scene) -> None:
    (pack,) = build.packs(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, pack)
    use = used(s, pack, quantity=5)
    s.bring_back(operation, pack)
    used(s, pack, encounter=None, quantity=15)
    build.reverse(s.session, s.h, use.movement_id)
    assert s.figures(operation, pack) == (20, 0, 15, 0, 5)
    with pytest.raises(NotDrawn):
        s.bring_back(operation, pack, to=s.h.theatre.code)
    s.bring_back(operation, pack, to=s.room.code)
    assert s.figures(operation, pack) == (20, 0, 20, 0, 0)
    assert build.problems(s.session) == []


def test_an_approved_write_off_leaves_the_confirmation_as_it_is(s: Scene) -> None:
    (pack,) = build.packs(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, pack)
    document = _waste(s, pack)
    s.end(operation)
    s.confirm(operation)
    disposal.approve(s.session, Decision(occasion=build.occasion(s.h.keeper), document=document))
    assert operation.standing == "confirmed"
    assert build.problems(s.session) == []


def test_cancelled_only_with_nothing_booked(s: Scene) -> None:
    (stent,) = build.stents(s.session, s.h, 1, at=s.h.theatre)
    operation = s.plan()
    s.draw(operation, stent)  # fetched before the patient comes
    with pytest.raises(SomethingBooked):
        theatre.cancel(s.session, act(s, operation))
    s.bring_back(operation, stent)
    assert theatre.cancel(s.session, act(s, operation, "患者发热"))[0].standing == "cancelled"
    with pytest.raises(OperationStands):
        s.draw(operation, stent)
    with pytest.raises(NothingPlanned):
        s.open(operation)


def test_opened_again_with_a_reason_it_needs_both_signatures_anew(s: Scene) -> None:
    operation = s.begun()
    s.end(operation)
    s.confirm(operation)
    assert theatre.resume(s.session, act(s, operation, "漏登"))[0].standing == "ended"
    assert s.sign(operation, Part.SURGEON).standing == "ended"
    assert theatre.resume(s.session, act(s, operation, "返台"))[0].standing == "open"
    s.end(operation)
    assert s.confirm(operation).standing == "confirmed"


def test_asked_again_with_one_key_it_is_done_once(s: Scene) -> None:
    operation = s.begun()
    said = act(s, operation)
    assert [theatre.end(s.session, said)[1] for _ in range(2)] == [False, True]
    assert events(s, operation) == ["planned", "opened", "ended"]


def test_people_change_until_it_is_confirmed_and_the_plan_until_it_begins(s: Scene) -> None:
    operation = s.begun()
    s.end(operation)
    s.sign(operation, Part.NURSE)
    said = OperationChanged(occasion=build.occasion(s.h.nurse), operation=operation.code, nurse="nurse")
    theatre.change(s.session, said)
    with pytest.raises(NotThePerson):
        s.sign(operation, Part.NURSE)
    s.sign(operation, Part.SURGEON)
    assert s.sign(operation, Part.NURSE, s.h.nurse).standing == "confirmed"
    with pytest.raises(OperationStands):
        moved = replace(said, occasion=build.occasion(s.h.nurse), nurse=None, room="SURG-T")
        theatre.change(s.session, moved)


def test_what_ended_hours_ago_with_something_used_and_is_not_confirmed_is_overdue(s: Scene) -> None:
    empty = s.begun()
    s.end(empty)  # nothing was booked: nothing to confirm
    (stent,) = build.stents(s.session, s.h, 1, at=s.h.theatre)
    full = s.begun()
    s.draw(full, stent)
    s.end(full)
    late = NOW + timedelta(hours=4, minutes=1)
    assert waiting(s.session, None, NOW + timedelta(hours=3)) == 0
    assert waiting(s.session, frozenset({s.h.surgery.id}), late) == 1
    assert waiting(s.session, frozenset({s.h.cardiology.id}), late) == 0
    when = build.occasion(s.h.keeper, at=late)
    assert note_overdue(s.session, when) == [full.code]
    assert note_overdue(s.session, build.occasion(s.h.keeper, at=late + timedelta(minutes=10))) == []
    s.bring_back(full, stent)
    s.confirm(full)
    assert waiting(s.session, None, late) == 0


def test_what_nobody_ends_or_begins_is_overdue_too(s: Scene) -> None:
    (other,) = build.stents(s.session, s.h, 1, at=s.h.theatre)
    given_up = s.plan(planned_at=NOW - timedelta(hours=1))
    s.draw(given_up, other)  # fetched, and the patient never came
    operation = s.begun(code="OP-LONG", planned_at=NOW - timedelta(hours=2))
    hours, keeper = (lambda number: NOW + timedelta(hours=number)), s.h.keeper

    def noted(number: int) -> list[str]:
        return note_overdue(s.session, build.occasion(keeper, at=hours(number)))

    assert [noted(10), noted(12), noted(13), noted(14)] == [[], [given_up.code], [operation.code], []]
    assert is_late(s.session, operation.id, hours(14))
    assert waiting(s.session, None, hours(14)) == 2
    s.end(operation)
    assert waiting(s.session, None, hours(14)) == 1  # nothing was booked: nothing to confirm
    again = OperationAct(occasion=build.occasion(keeper, at=hours(14)), operation=operation.code, reason="未完")
    theatre.resume(s.session, again)
    assert [noted(25), noted(27)] == [[], [operation.code]]  # counted from when it was under way again
    s.bring_back(given_up, other)
    theatre.cancel(s.session, OperationAct(occasion=build.occasion(keeper), operation=given_up.code, reason="x"))
    policies.settle(s.session, build.occasion(keeper), "operation.open_hours", 24)
    assert waiting(s.session, None, hours(27)) == 0


def test_the_proof_finds_what_was_not_signed_and_what_is_not_there(s: Scene) -> None:
    (stent,) = build.stents(s.session, s.h, 1, at=s.h.theatre)
    operation = s.begun()
    s.draw(operation, stent)
    use = used(s, stent)
    s.end(operation)
    s.session.execute(update(Operation).where(Operation.id == operation.id).values(standing="confirmed"))
    (unsigned,) = build.problems(s.session)
    assert "two people have not signed" in unsigned.says
    its = update(Operation).where(Operation.id == operation.id)
    s.session.execute(its.values(standing="ended", encounter_id=s.h.other_stay.id))
    (foreign,) = build.problems(s.session)
    assert (foreign.table, foreign.row) == ("operation_uses", str(use.movement_id))
    s.session.execute(its.values(encounter_id=s.h.stay.id, location_id=s.h.ward.id))
    (more,) = build.problems(s.session)  # in another room nothing was drawn, and something was used
    assert (more.table, more.row) == ("operations", operation.code)
