"""Every patient on whom something of a recall was used is listed, and cared for until resolved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import recalls
from spd.core.errors import NotAllowed
from spd.recalls import Meant, PatientState, Recall, RecallPatient
from tests import build
from tests.build import TODAY, Hospital
from tests.recalls import acting


@pytest.fixture
def recall(session: Session, h: Hospital) -> Recall:
    """Two patients: one had two stents, one had one; a third use was undone."""
    codes = build.stents(session, h, 4)
    build.use(session, h, codes[0])
    build.use(session, h, codes[1])
    build.use(session, h, codes[2], encounter=h.other_stay.code)
    undone = build.use(session, h, codes[3], encounter=h.other_stay.code)
    build.reverse(session, h, undone.movement_id)
    return acting.opened(session, h, Meant(product="STENT"))


def step(h: Hospital, recall: Recall, *patients: str, to: str = "contacted", **more: object) -> recalls.Step:
    said: dict[str, object] = {"occasion": build.occasion(h.nurse), "note": "电话", "departments": None} | more
    return recalls.Step(recall=recall.code, patients=patients, step=PatientState(to), **said)  # type: ignore[arg-type]


def test_the_list_says_who_what_when_and_where(session: Session, h: Hospital, recall: Recall) -> None:
    rows = recalls.uses_page(session, recall, seen=None)
    assert [(row.patient, row.patient_name, row.department, row.staff) for row in rows] == [
        ("P-E-1", "张*三", "CARD", "护士"), ("P-E-1", "张*三", "CARD", "护士"), ("P-E-2", "张*三", "CARD", "护士"),
    ]  # fmt: skip
    assert all(row.serial and row.lot == "L1" and row.used_at == build.NOW for row in rows)


def test_a_page_follows_a_page(session: Session, recall: Recall) -> None:
    first = recalls.uses_page(session, recall, seen=None, limit=2)
    assert len(recalls.uses_page(session, recall, seen=None, after=first[-1].id, limit=2)) == 1


def test_other_departments_see_no_patients(session: Session, h: Hospital, recall: Recall) -> None:
    assert recalls.uses_page(session, recall, seen=frozenset({h.surgery.id})) == []
    told = session.execute(recalls.uses(recall, seen=frozenset({h.surgery.id}))).all()
    assert [row.patient for row in told] == [None] * 3


def test_each_patient_is_listed_once(session: Session, recall: Recall) -> None:
    assert recalls.standing(session, recall) == {"waiting": 2, "contacted": 0, "reviewed": 0, "resolved": 0}


def test_a_patient_is_contacted_reviewed_resolved(session: Session, h: Hospital, recall: Recall) -> None:
    later = TODAY + timedelta(days=14)
    recalls.record(session, step(h, recall, "P-E-1", follow_up_on=later))
    recalls.record(session, step(h, recall, "P-E-1", to="reviewed"))
    recalls.record(session, step(h, recall, "P-E-1", to="resolved", note="造影正常"))
    told = recalls.contacts(session, recall, "P-E-1")
    assert [(one.step, one.note, one.staff) for one in told] == [
        ("contacted", "电话", "护士"), ("reviewed", "电话", "护士"), ("resolved", "造影正常", "护士"),
    ]  # fmt: skip
    assert told[0].follow_up_on == later
    assert recalls.standing(session, recall) == {"waiting": 1, "contacted": 0, "reviewed": 0, "resolved": 1}


def test_a_step_sent_twice_is_one_step(session: Session, h: Hospital, recall: Recall) -> None:
    asked = step(h, recall, "P-E-1", "P-E-2")
    assert [recalls.record(session, asked), recalls.record(session, asked)] == [2, 2]
    assert len(recalls.contacts(session, recall, "P-E-1")) == 1


def test_nobody_is_resolved_without_a_word(session: Session, h: Hospital, recall: Recall) -> None:
    with pytest.raises(recalls.NoNote):
        recalls.record(session, step(h, recall, "P-E-1", to="resolved", note=" "))


def test_strangers_to_the_recall_are_refused(session: Session, h: Hospital, recall: Recall) -> None:
    with pytest.raises(recalls.UnknownPatient):
        recalls.record(session, step(h, recall, "P-E-1", "P-E-9"))
    assert recalls.standing(session, recall)["contacted"] == 0


def test_a_head_nurse_cares_for_her_own_patients(session: Session, h: Hospital, recall: Recall) -> None:
    with pytest.raises(NotAllowed):
        recalls.record(session, step(h, recall, "P-E-1", departments=frozenset({h.surgery.id})))
    assert recalls.record(session, step(h, recall, "P-E-1", departments=frozenset({h.cardiology.id}))) == 1


def test_who_waits_or_is_to_be_seen_again_is_due(session: Session, h: Hospital, recall: Recall) -> None:
    everybody = None
    assert recalls.due(session, on=TODAY, departments=everybody) == 2
    recalls.record(session, step(h, recall, "P-E-1", follow_up_on=TODAY + timedelta(days=3)))
    assert recalls.due(session, on=TODAY, departments=everybody) == 1
    assert recalls.due(session, on=TODAY + timedelta(days=3), departments=everybody) == 2
    assert recalls.due(session, on=TODAY, departments=frozenset({h.surgery.id})) == 0
    assert recalls.due(session, on=TODAY, departments=frozenset({h.cardiology.id})) == 1


def test_a_patient_found_later_joins_the_list(session: Session, h: Hospital, recall: Recall) -> None:
    """A use scanned offline before the recall may arrive after it."""
    assert recalls.list_patients(session, build.occasion(h.keeper), recall) == 0
    session.delete(session.scalars(select(RecallPatient).where(RecallPatient.patient == "P-E-2")).one())
    session.flush()
    assert recalls.list_patients(session, build.occasion(h.keeper), recall) == 1
