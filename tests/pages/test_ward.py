"""The ward's pages: its patients, wristbands that are over, packs used piece by piece."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from scanners import own
from spd import charging, encounters, policies, procedures
from spd.catalog import Product
from spd.encounters import Encounter, EventKind, StayNumber, Told
from spd.interceptions import Interception
from spd.ledger import Movement, get_item_state
from tests import build
from tests.pages.visiting import PASSWORD, Visitor, visitor
from tests.reconciliation import given as charges

Enter = Callable[..., Visitor]
Act = Callable[[Callable[[Any], Any]], Any]
HOUR = timedelta(hours=1)


def tell(act: Act, there: SimpleNamespace, kind: str, encounter: str = "E-1", **more: Any) -> None:
    event = Told(message=f"T-{kind}", kind=EventKind(kind), encounter=encounter, occurred_at=build.NOW, **more)
    act(lambda session: encounters.record(session, build.occasion(there.h.keeper), [event]))


def test_a_merged_wristband_names_the_stay_to_scan_now(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    tell(act, there, "merge", survivor="E-2")
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, words = nurse.scan("W-1")
    assert (kind, "merged into E-2" in words) == ("stop", True)
    page = nurse.look(f"/patients/{there.patient}").text
    assert "Print the new wristband" in page
    survivor = nurse.look("/patients?q=E-2").text
    assert "E-2" in survivor
    assert "E-1" in nurse.look("/patients?who=left").text
    assert "E-1" not in nurse.look("/patients").text


def test_a_patient_of_another_ward_is_told_at_the_wristband(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    tell(act, there, "transfer", department="SURG")
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, words = nurse.scan("W-1")
    assert (kind, "Registered on" in words) == ("caution", True)
    assert nurse.look(f"/patients/{there.patient}").status_code == 403
    assert "E-1" not in nurse.look("/patients").text
    left = nurse.look("/patients?who=left").text
    assert ("E-1" in left, "patient transferred" in left, f"/patients/{there.patient}" in left) == (True, True, False)
    assert "E-1" not in enter("quality").look("/patients?who=left").text  # sees all wards: it has left none


def test_a_patient_is_over_for_whoever_logs_in_next(enter: Enter, app: Flask, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-1")
    state = nurse.form("/bedside", "scan")["fields"]["state"]
    head = visitor(app, "head_nurse-1")
    head.look("/bedside")
    assert head.fill("/bedside", scan=there.stents[2], state=state) is not None
    assert head.verdict()[0] == "repeat"  # it waits for a wristband
    again = visitor(app, "nurse-1")
    again.look("/bedside")
    again.fill("/bedside", scan=there.stents[2], state=state)
    assert again.verdict()[0] == "repeat"


@pytest.mark.parametrize("code", ["W-2", own.derive("wristband", b"nobody"), own.derive("chart_copy", b"E-2"), "ZY009"])
def test_a_wristband_that_is_refused_ends_the_patient_before(
    enter: Enter, there: SimpleNamespace, act: Act, code: str
) -> None:
    tell(act, there, "merge", "E-2", survivor="E-1")
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-1")
    assert nurse.scan(code)[0] == "stop"
    kind, words = nurse.scan(there.stents[2])
    assert (kind, "Scan the wristband" in words) == ("repeat", True)
    assert act(lambda session: get_item_state(session, there.stents[2]).state) == "available"


def test_a_second_person_who_comes_late_books_it_on_nobody(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    plan = build.occasion(there.h.nurse)
    side = update(Product).where(Product.code == "STENT").values(attributes='{"侧别": "右"}')
    act(lambda session: (session.execute(side), procedures.plan(session, plan, there.h.stay, "OP-9", {"侧别": "左"})))
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-1")
    assert nurse.scan(there.stents[2])[0] == "stop"
    state = json.loads(nurse.form("/bedside", "pin")["fields"]["state"])
    del state["patient"]  # as after three minutes
    passed = {"badge": "head_nurse-1", "pin": PASSWORD, "reason": "checked"}
    nurse.fill("/bedside", **passed, state=json.dumps(state))
    kind, words = nurse.verdict()
    assert (kind, "scan the wristband again" in words) == ("stop", True)
    assert act(lambda session: get_item_state(session, there.stents[2]).state) == "available"


def test_the_number_of_a_stay_is_no_wristband(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, words = nurse.scan("E-1")  # off a paper
    assert (kind, "not the wristband" in words) == ("caution", True)
    nurse.look("/emergency")
    assert nurse.scan("E-1")[0] == "caution"
    nurse.look("/theatre/operations/open")
    assert nurse.scan("E-1")[0] == "caution"
    nurse.look("/")
    nurse.fill(scan="E-1")  # leads to the bedside
    nurse.look("/bedside")
    when = build.occasion(there.h.keeper)
    act(lambda session: policies.settle(session, when, "use.number_as_wristband", "block"))
    assert nurse.scan("E-1")[0] == "stop"
    assert nurse.scan("W-1")[0] == "ok"
    nurse.look("/emergency")
    assert nurse.scan("E-1")[0] == "stop"
    nurse.look("/theatre/operations/open")
    assert nurse.scan("E-1")[0] == "stop"
    nurse.look("/")
    nurse.fill(scan="E-1")
    found = act(lambda session: [*session.scalars(select(Interception.rule).order_by(Interception.id))])
    assert found == ["number-for-wristband"] * 4 + ["chart-label"] * 4


def test_a_band_that_says_the_number_of_another_stay_is_whose_band_it_is(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    act(lambda session: session.execute(update(Encounter).where(Encounter.code == "E-2").values(wristband="E-1")))
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("E-1")
    nurse.scan(there.stents[2])
    on = select(Encounter.code).join(Movement, Movement.encounter_id == Encounter.id).order_by(Movement.id.desc())
    assert act(lambda session: session.scalars(on).first()) == "E-2"
    nurse.scan("W-1")  # the stay with that number: what is used on it is not the other's
    nurse.scan(there.stents[1])
    assert act(lambda session: session.scalars(on).first()) == "E-1"
    told = build.occasion(there.h.nurse)
    assert act(lambda session: encounters.tell_alerts(session, told, StayNumber("E-1"), ["latex"]).code) == "E-1"


def test_a_wristband_that_is_refused_ends_the_patient_of_an_emergency_too(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    tell(act, there, "merge", "E-2", survivor="E-1")
    nurse = enter("nurse")
    nurse.look("/emergency")
    nurse.scan("W-1")
    assert "patient" in nurse.form("/emergency", "scan")["fields"]["state"]
    assert nurse.scan("W-2")[0] == "stop"
    assert "patient" not in nurse.form("/emergency", "scan")["fields"]["state"]


@pytest.mark.parametrize(
    ("who", "path", "state"),
    [
        ("nurse", "/emergency", {"tag": "B"}),
        ("nurse", "/theatre/operations/OP-1/scan", {"mode": "draw"}),
        ("storekeeper", "/deliver", {"items": ["P-1", "P-2"]}),
        ("storekeeper", "/receive/N-OPEN", {"location": "STORE"}),
        ("storekeeper", "/refill/exchange", {"item": "P-1"}),
    ],
)  # fmt: skip
def test_a_label_that_cannot_be_read_loses_nothing_the_page_stands_on(
    enter: Enter, there: SimpleNamespace, who: str, path: str, state: dict[str, Any]
) -> None:
    """It fell back to the first unknown patient, to use in place of drawing, to an empty tote, to another store."""
    somebody = enter(who)
    somebody.look(path)
    fields = somebody.form(path, "scan")["fields"]
    fields |= {"scan": "中文", "state": json.dumps(state), "act": "scan"}
    told = somebody.client.post(path, data=fields, headers={"Accept": "text/html"}).text
    assert "Switch the keyboard to English" in told
    kept = json.loads(unescape(re.search(r'name="state" value="([^"]*)"', told)[1]))  # type: ignore[index]
    assert kept | state == kept


def test_an_event_that_nobody_waits_for_is_set_aside(enter: Enter, there: SimpleNamespace) -> None:
    admin = enter("system_admin")
    assert "E-9" in admin.look("/stays?state=waits").text
    admin.look(f"/stays/{there.untold}")
    admin.fill(f"/stays/{there.untold}", reason="Another hospital")
    assert "E-9" not in admin.look("/stays?state=waits").text
    assert "Another hospital" in admin.look("/stays?state=aside").text


def test_a_ward_that_uses_a_pack_loose_opens_draws_and_finishes_it(enter: Enter, there: SimpleNamespace) -> None:
    head = enter("head_nurse")
    head.look("/loose/modes/new")
    page = head.fill("/loose/modes/new", department="CARD", product="GAUZE", opening="loose", open_days="3")
    assert "Said. It holds from now on." in page.text
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, words = nurse.scan(there.packs[1])
    assert (kind, "Opened: 10" in words, "2026-03-05" in words) == ("ok", True, True)
    nurse.scan("W-1")
    assert nurse.scan(there.packs[1])[0] == "ok"
    nurse.fill("/bedside", scan=there.packs[1], quantity="4")
    assert nurse.verdict()[0] == "ok"
    nurse.look(f"/loose?q={there.packs[1]}")
    assert nurse.page is not None
    address = nurse.page.text.split('href="/loose/')[1:]
    number = next(part.split('"')[0] for part in address if part.split('"')[0].isdigit())
    nurse.look(f"/loose/{number}")
    told = nurse.fill(f"/loose/{number}").text
    assert "5 盒 unaccounted for" in told
    assert "Gauze" in head.look("/loose/variance").text


def test_what_a_night_shift_used_before_midnight_is_undone_in_one_tap(
    enter: Enter, there: SimpleNamespace, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at(hours: float) -> Visitor:
        monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(hours=hours))
        nurse = enter("nurse")
        nurse.look("/bedside")
        return nurse

    nurse = at(13.9)  # shortly before midnight
    nurse.scan("W-1")
    assert nurse.scan(there.stents[2])[0] == "ok"
    code = there.stents[2]
    undo = "/bedside/undo/"
    assert undo not in at(26.1).page.text  # type: ignore[union-attr]
    at(14.2).fill(undo)
    assert act(lambda session: get_item_state(session, code).state) == "available"


def test_a_mis_scan_that_opened_a_pack_is_undone(enter: Enter, there: SimpleNamespace) -> None:
    head = enter("head_nurse")
    head.look("/loose/modes/new")
    head.fill("/loose/modes/new", department="CARD", product="GAUZE", opening="loose")
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan(there.packs[1])
    nurse.fill("/bedside/undo/")
    assert nurse.verdict()[0] == "ok"
    assert there.packs[1] not in nurse.look("/loose").text


def test_what_was_charged_first_is_proposed_and_a_scan_confirms_it(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    head = enter("head_nurse")
    head.look("/loose/modes/new")
    head.fill("/loose/modes/new", department="CARD", product="STENT", charging="before_use")
    act(lambda session: charges.keep(session, there.h, charges.line(there.h, quantity=2)))
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-1")
    assert nurse.page is not None
    assert "Charged, still to be scanned" in nurse.page.text
    kind, words = nurse.scan(there.stents[1])
    assert (kind, "matches the charge" in words) == ("ok", True)


def test_several_things_scanned_first_are_all_booked_by_the_wristband(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    assert nurse.scan(there.stents[2])[0] == "repeat"
    assert nurse.scan(there.stents[1])[0] == "repeat"
    assert nurse.scan(there.stents[2])[0] == "repeat"  # one of a kind is held once
    assert nurse.page is not None
    held = "Held for the next wristband: Stent · Stent"
    assert held in nurse.page.text
    assert held + " · Stent" not in nurse.page.text
    kind, words = nurse.scan("W-1")
    assert (kind, "expiry and recall checked" in words) == ("ok", True)
    assert held not in nurse.page.text
    states = [act(lambda session, code=code: get_item_state(session, code).state) for code in there.stents[1:]]
    assert states == ["consumed", "consumed"]


def test_what_his_has_is_reversed_with_a_reason(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-1")
    nurse.scan(there.stents[2])
    act(_sent)
    nurse.look("/bedside")
    nurse.fill("/bedside/undo/")
    assert "HIS has the charge already" in nurse.verdict()[1]
    nurse.fill("/bedside", reason="wrong-item")
    assert "Reversed" in nurse.verdict()[1]
    assert "another thing was used" in act(_reasons)


def _sent(session: Any) -> None:
    """All that waits is sent to HIS."""
    while (message := charging.claim_next(session, at=build.NOW)) is not None:
        charging.note(session, message, charging.Tried(answer=charging.Answer.TAKEN), at=build.NOW)


def _reasons(session: Any) -> list[str]:
    return list(session.scalars(select(Movement.reason).where(Movement.reverses_id.is_not(None))))


def test_a_used_one_says_when_and_by_whom_in_the_hospitals_time(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-2")
    kind, words = nurse.scan(there.stents[0])
    assert kind == "stop"
    assert "was used at 2026-03-02 10:00 (护士)" in words
