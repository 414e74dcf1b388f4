"""An operation on the pages: planned, opened by wristband and room, scanned, signed by two, on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from spd import encounters, procedures
from spd.catalog import Product
from spd.encounters import EventKind, Told
from spd.interceptions import Interception
from spd.ledger import get_item_state
from spd.places import Location
from tests import build
from tests.pages.visiting import PASSWORD, Visitor

PAGE = "/theatre/operations/OP-1"


@pytest.fixture(autouse=True)
def _theatre(act: Callable[..., Any]) -> None:
    """The room is one of a theatre."""
    act(lambda session: session.execute(update(Location).where(Location.code == "CARD-X").values(kind="theatre")))


def opened(who: Visitor) -> None:
    who.look("/theatre/operations/open")
    assert who.scan("W-1")[0] == "ok"
    who.fill(scan="L-CARD-T")
    assert who.page is not None
    assert who.page.request.path == f"{PAGE}/scan"


def scanned(who: Visitor, mode: str, code: str) -> tuple[str | None, str]:
    who.look(f"{PAGE}/scan")
    who.fill(mode=mode)
    return who.scan(code)


def test_an_operation_is_opened_scanned_ended_and_signed(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any]
) -> None:
    nurse = enter("nurse")
    stent, spare = act(lambda session: build.stents(session, there.h, 2))
    opened(nurse)
    assert scanned(nurse, "draw", stent)[0] == "ok"
    assert scanned(nurse, "draw", spare)[0] == "ok"
    assert scanned(nurse, "draw", spare)[0] == "repeat"
    assert scanned(nurse, "use", stent)[0] == "ok"
    assert "Drawn 2 = used 1 + returned 0 + wasted 0 + still out 1" in nurse.look(f"{PAGE}/scan").text
    nurse.look(PAGE)
    nurse.fill(f"{PAGE}/end")
    stopped = nurse.fill("/sign", part="nurse", pin=PASSWORD).text
    assert f"{spare} × 1" in stopped
    assert PASSWORD not in stopped
    assert scanned(nurse, "back", spare)[0] == "ok"
    assert act(lambda session: get_item_state(session, spare).location_id) == there.h.ward.id
    nurse.look(PAGE)
    assert "Signed." in nurse.fill("/sign", part="nurse", pin=PASSWORD).text
    told = nurse.fill("/sign", part="surgeon", badge="surgeon-1", pin=PASSWORD).text
    assert "to be confirmed" not in told
    assert nurse.look(f"{PAGE}/record.pdf").data.startswith(b"%PDF")
    assert "OP-1" in nurse.look("/theatre/operations?what=today").text


def test_a_wristband_is_held_against_the_patient_of_the_operation(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any]
) -> None:
    nurse = enter("nurse")
    opened(nurse)
    assert scanned(nurse, "use", "W-1")[0] == "ok"
    kind, words = scanned(nurse, "use", "W-2")
    assert (kind, "not the patient of the operation" in words) == ("stop", True), words
    caught = select(Interception.rule, Interception.severity, Interception.encounter_id)
    rows = act(lambda session: [tuple(row) for row in session.execute(caught)])
    assert rows == [("wrong-patient", 4, there.h.other_stay.id)]


def test_what_is_wasted_and_what_stays_is_accounted_for(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any]
) -> None:
    nurse = enter("nurse")
    torn, left = act(lambda session: build.stents(session, there.h, 2))
    opened(nurse)
    for code in (torn, left):
        scanned(nurse, "draw", code)
    assert "waits for another person" in scanned(nurse, "spoilt", torn)[1]
    assert scanned(nurse, "stay", left)[0] == "ok"
    assert scanned(nurse, "back", there.packs[1])[0] == "stop"  # never drawn
    assert "Drawn 2 = used 0 + returned 1 + wasted 1 + still out 0" in nurse.look(f"{PAGE}/scan").text


def test_home_and_the_worklist_say_what_was_not_confirmed_in_time(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse = enter("nurse")
    (stent,) = act(lambda session: build.stents(session, there.h, 1))
    opened(nurse)
    scanned(nurse, "draw", stent)
    nurse.look(PAGE)
    nurse.fill(f"{PAGE}/end")
    assert "not finished in time" not in nurse.look("/").text
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(hours=5))
    late = enter("nurse")
    assert "Operations not finished in time" in late.look("/").text
    assert "OP-1" in late.look("/theatre/operations/late").text
    assert "then both sign for what was used" in late.look(PAGE).text
    assert "OP-1" not in enter("surgeon").look("/theatre/operations/late").text


def test_one_is_planned_and_given_up_and_one_of_another_department_is_not_shown(
    enter: Callable[..., Visitor], there: SimpleNamespace
) -> None:
    nurse = enter("nurse")
    nurse.look("/theatre/operations/new")
    said = {"encounter": "E-2", "room": "CARD-X", "on": "2026-03-02", "at": "14:30", "procedure": "活检"}
    refused = nurse.fill("/theatre/operations/new", **said, surgeon="nurse-1", nurse="nurse-1").text
    assert "活检" in refused  # what was typed is kept
    planned = nurse.fill("/theatre/operations/new", **said, surgeon="surgeon-1", nurse="nurse-1").text
    assert "The operation is planned." in planned
    changed = nurse.fill("/plan", room="CARD-X", on="2026-03-03", at="09:15", side="right").text
    assert ("The plan is changed." in changed, "活检 (right side)" in changed, "09:15" in changed) == (True,) * 3
    assert "cancelled" in nurse.fill("/cancel", reason="发热").text
    assert enter("surgeon").look(PAGE).status_code == 404


def test_a_second_person_lets_pass_what_the_plan_stops(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any]
) -> None:
    def prepared(session: Any) -> str:
        session.get_one(Product, 1).attributes = '{"侧别": "右"}'
        procedures.plan(session, build.occasion(there.h.nurse), there.h.stay, "OP-9", {"侧别": "左"})
        return build.stents(session, there.h)[0]

    nurse = enter("nurse")
    stent = act(prepared)
    opened(nurse)
    assert scanned(nurse, "use", stent)[0] == "stop"
    nurse.fill("/scan", badge="head_nurse-1", pin=PASSWORD, reason="plan_changed")
    kind, words = nurse.verdict()
    assert (kind, "Wrong side" in words) == ("caution", True), words


def test_a_merged_patients_operation_goes_on_under_the_survivor(
    enter: Callable[..., Visitor], there: SimpleNamespace, act: Callable[..., Any]
) -> None:
    nurse = enter("nurse")
    stent = act(lambda session: build.stents(session, there.h)[0])
    opened(nurse)
    merge = Told(message="M", kind=EventKind.MERGE, encounter="E-1", survivor="E-2", occurred_at=build.NOW)
    act(lambda session: encounters.record(session, build.occasion(there.h.keeper), [merge]))
    assert scanned(nurse, "draw", stent)[0] == "ok"
    assert scanned(nurse, "use", stent)[0] == "ok"
    assert "used 1" in nurse.look(f"{PAGE}/scan").text
