"""Events of stays as they are kept: once each, late and out of order; what was used stays with the survivor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import encounters
from spd.costing import by_encounter, of_encounter
from spd.encounters import (
    Encounter,
    EncounterEvent,
    EncounterEventTrouble,
    EncounterMerged,
    EventKind,
    EventVerdict,
    Told,
    masked_name,
)
from spd.encounters.stay import EncounterCancelled, EncounterClosed
from spd.stock.use_refusals import PatientElsewhere
from spd.theatre.implants import of_patient, select_implants
from tests import build
from tests.build import NOW, Hospital


def told(kind: str, encounter: str = "N-1", *, ago: float = 1, **more: Any) -> Told:
    if kind == "admit":
        more = {"department": "CARD", "patient": "P-9", "patient_name": "王小明"} | more
    more.setdefault("message", f"{encounter} {kind} {ago}")
    return Told(kind=EventKind(kind), encounter=encounter, occurred_at=NOW - timedelta(hours=ago), **more)


def record(session: Session, h: Hospital, *events: Told) -> list[EventVerdict]:
    verdicts = encounters.record(session, build.occasion(h.keeper), events)
    session.expire_all()
    return verdicts


def stay(session: Session, code: str = "N-1") -> Encounter:
    return encounters.get_encounter(session, code)


def test_an_admission_makes_a_stay_with_a_wristband_of_ours_and_a_masked_name(session: Session, h: Hospital) -> None:
    (verdict,) = record(session, h, told("admit", bed="12"))
    made = stay(session)
    assert (verdict.outcome, made.patient_name, made.bed) == ("applied", "王*明", "12")
    assert made.wristband and made.wristband.startswith("W")
    kept = session.scalars(select(EncounterEvent.patient_name)).one()
    assert kept == "王*明"


@pytest.mark.parametrize(
    ("said", "kept"),
    [("王小明", "王*明"), ("王明", "王*"), ("王*明", "王*明"), ("王＊", "王*"), ("王小明*", "王*明"),
     (" 王小明", "王*明"), ("Maria* Lopez", "M*z"), ("*", "*"), ("", "*")],
)  # fmt: skip
def test_of_a_name_no_more_is_kept_than_two_letters(said: str, kept: str) -> None:
    assert masked_name(said) == kept
    assert masked_name(kept) == kept


def test_an_event_that_comes_before_the_admission_waits_for_it(session: Session, h: Hospital) -> None:
    (early,) = record(session, h, told("transfer", department="SURG", ago=1))
    assert (early.outcome, early.reason) == ("waiting", "unknown-encounter")
    record(session, h, told("admit", ago=5))
    assert stay(session).department_id == h.surgery.id
    (trouble,) = session.scalars(select(EncounterEventTrouble))
    assert trouble.ended_at is not None


def test_a_message_counts_once_and_may_not_change(session: Session, h: Hospital) -> None:
    admission = told("admit")
    record(session, h, admission)
    again, changed = record(session, h, admission, told("admit", bed="other"))
    assert (again.outcome, again.repeated) == ("applied", True)
    assert (changed.outcome, changed.reason) == ("refused", "event-changed")
    assert len(list(session.scalars(select(EncounterEvent)))) == 1


def test_what_is_wrong_with_one_does_not_stop_the_others(session: Session, h: Hospital) -> None:
    verdicts = record(
        session, h, told("admit"), told("admit", "N-2", patient=""), told("merge", survivor=""),
        told("discharge", ago=-5), told("transfer", bed="3", ago=0.5),
    )  # fmt: skip
    assert [one.outcome for one in verdicts] == ["applied", "refused", "refused", "refused", "applied"]
    assert [one.reason for one in verdicts[1:4]] == ["event-incomplete", "event-incomplete", "event-in-future"]
    assert stay(session).bed == "3"


def test_a_stay_that_was_imported_goes_on_from_where_it_stood(session: Session, h: Hospital) -> None:
    record(session, h, told("transfer", "E-1", department="SURG", bed="9"))
    moved = stay(session, "E-1")
    assert (moved.department_id, moved.moved_from_id, moved.wristband) == (h.surgery.id, h.cardiology.id, "W-1")
    assert (moved.admitted_at, moved.patient) == (h.stay.admitted_at, "P-E-1")
    assert build.problems(session) == []


def test_a_discharged_patients_wristband_says_so_and_a_cancelled_one_too(session: Session, h: Hospital) -> None:
    first, second = build.stents(session, h, 2)
    record(session, h, told("discharge", "E-1"), told("cancel_admit", "E-2"))
    with pytest.raises(EncounterClosed):
        build.use(session, h, first)
    with pytest.raises(EncounterCancelled):
        build.use(session, h, second, encounter="W-2")
    record(session, h, told("cancel_discharge", "E-1", ago=0.5))
    assert build.use(session, h, first).encounter == "E-1"


def test_a_patients_own_band_is_scanned_at_the_next_stay(session: Session, h: Hospital) -> None:
    record(session, h, told("discharge", "E-1", ago=3), told("admit", "N-9", ago=2, wristband="W-1", patient="P-1"))
    assert encounters.get_encounter(session, "W-1").code == "N-9"
    assert stay(session, "E-1").wristband not in (None, "W-1")
    (stent,) = build.stents(session, h)
    assert build.use(session, h, stent, encounter="W-1").encounter == "N-9"
    assert encounters.problems(session) == []


def test_a_late_scan_is_held_against_where_the_patient_was_then(session: Session, h: Hospital) -> None:
    early, late = build.stents(session, h, 2)
    record(session, h, told("transfer", "E-1", department="SURG", ago=2))
    before = build.occasion(h.nurse, at=NOW - timedelta(hours=3))
    assert build.use(session, h, early, occasion=before).encounter == "E-1"
    with pytest.raises(PatientElsewhere):
        build.use(session, h, late)


def test_what_was_used_stays_with_the_survivor(session: Session, h: Hospital) -> None:
    first, second = build.stents(session, h, 2)
    build.use(session, h, first)
    record(session, h, told("merge", "E-1", survivor="E-2"))
    with pytest.raises(EncounterMerged) as refused:
        build.use(session, h, second)
    assert refused.value.facts["survivor"] == "E-2"
    survivor = stay(session, "E-2")
    build.use(session, h, second, encounter="W-2")
    assert {use.item for use in of_encounter(session, survivor)} == {first, second}
    assert [(row.encounter, row.total) for row in by_encounter(session)] == [("E-2", 17200)]
    assert stay(session, "E-1").patient == "P-E-2"
    assert build.problems(session) == []


def test_implants_of_merged_patients_are_the_survivors(session: Session, h: Hospital) -> None:
    first, second = build.stents(session, h, 2)
    build.use(session, h, first)
    build.use(session, h, second, encounter="W-2")
    merge = told("merge_patient", "", patient="P-E-1", survivor="P-E-2")
    (verdict,) = record(session, h, merge)
    assert (verdict.outcome, stay(session, "E-1").patient, stay(session, "E-1").merged_into_id) == (
        "applied", "P-E-2", None,
    )  # fmt: skip
    implants = select_implants().where(of_patient("P-E-2"))
    assert {row.item for row in session.execute(implants)} == {first, second}
    record(session, h, told("admit", "N-1", patient="P-E-1", ago=0.5))
    assert (stay(session).patient, stay(session).patient_name) == ("P-E-2", "张*三")
    assert encounters.patient_now(session, "P-E-1") == "P-E-2"
    assert build.problems(session) == []
    record(session, h, told("cancel_merge_patient", "", patient="P-E-1", ago=0.2))
    assert (stay(session, "E-1").patient, stay(session).patient) == ("P-E-1", "P-E-1")
    assert build.problems(session) == []


def test_a_merge_of_patients_comes_before_their_stays(session: Session, h: Hospital) -> None:
    (verdict,) = record(session, h, told("merge_patient", "", patient="P-8", survivor="P-9", patient_name="王小明"))
    assert (verdict.outcome, verdict.reason) == ("applied", "")
    record(session, h, told("admit", patient="P-8", patient_name="李"))
    assert (stay(session).patient, stay(session).patient_name) == ("P-9", "王*明")
    lacking = record(session, h, told("merge_patient", "", patient="P-8"), told("merge_patient", "", survivor="P-9"))
    assert [one.reason for one in lacking] == ["event-incomplete", "event-incomplete"]


def test_the_active_patients_are_those_under_their_own_number(session: Session, h: Hospital) -> None:
    record(session, h, told("admit", bed="1"), told("merge", "E-1", survivor="E-2"), told("admit", "N-2", ago=3))
    record(session, h, told("cancel_admit", "N-2", ago=2))
    assert [one.code for one in encounters.active(session, h.cardiology.id, at=NOW)] == ["E-2", "N-1"]


def test_an_event_nobody_waits_for_is_set_aside_with_a_reason(session: Session, h: Hospital) -> None:
    record(session, h, told("discharge", "GONE"))
    number = session.scalars(select(EncounterEventTrouble.event_id)).one()
    encounters.set_aside(session, build.occasion(h.keeper), number, reason="外院患者")
    with pytest.raises(encounters.UnknownTrouble):
        encounters.set_aside(session, build.occasion(h.keeper), number + 1, reason="x")
    trouble = session.scalars(select(EncounterEventTrouble)).one()
    assert (trouble.set_aside_reason, trouble.set_aside_by_id) == ("外院患者", h.keeper.id)


def test_a_row_changed_behind_the_events_is_found(session: Session, h: Hospital) -> None:
    record(session, h, told("transfer", "E-1", department="SURG"))
    stay(session, "E-1").department_id = h.lab.id
    session.flush()
    assert [(one.check, one.row) for one in build.problems(session)] == [("encounters", "E-1")]
