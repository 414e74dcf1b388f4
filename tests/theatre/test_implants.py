"""The log of implants: what is in a patient, from whichever stay, and nothing that was undone or is no implant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.ledger import Movement
from spd.theatre.implants import UnknownImplant, implants_with, of_patient, patient_of, select_implants
from tests import build
from tests.build import NOW, STENT_DI, Hospital
from tests.theatre.lending import STENT, came, listed
from tests.theatre.operating import scene


def test_what_was_used_and_not_undone_is_in_the_patient(session: Session, h: Hospital) -> None:
    kept, undone = build.stents(session, h, 2)
    session.get_one(Product, 1).registration_number = "国械注准20263130001"
    use = build.use(session, h, kept)
    build.reverse(session, h, build.use(session, h, undone).movement_id)
    build.use(session, h, build.packs(session, h, 1)[0])  # gauze stays in nobody
    (row,) = session.execute(select_implants()).all()
    assert (row.id, row.item, row.di, row.lot) == (use.movement_id, kept, STENT_DI, "L1")
    assert (row.registration_number, row.encounter, row.patient_name) == ("国械注准20263130001", "E-1", "张*三")


def test_a_used_loaner_is_in_the_log_like_any_other(session: Session, h: Hospital) -> None:
    came(session, h, listed(session, h, encounter="E-1"))
    build.use(session, h, STENT, department="SURG")
    (row,) = session.execute(select_implants()).all()
    assert (row.item, row.department) == (STENT, "SURG")


def test_a_patient_is_looked_up_over_all_stays(session: Session, h: Hospital) -> None:
    first, second, other = build.stents(session, h, 3)
    h.other_stay.patient = h.stay.patient
    one = build.use(session, h, first)
    two = build.use(session, h, second, encounter="E-2")
    assert [row.id for row in implants_with(session, two.movement_id)] == [one.movement_id, two.movement_id]
    query = select_implants().where(of_patient(patient_of(session, "W-2"))).order_by(Movement.id)
    assert [row.encounter for row in session.execute(query)] == ["E-1", "E-2"]
    assert build.use(session, h, other, encounter=None).encounter is None  # of the department: in nobody's log
    assert len(session.execute(select_implants()).all()) == 2


def test_what_was_used_in_an_operation_names_it_and_its_surgeon(session: Session, h: Hospital) -> None:
    there = scene(session, h)
    operation = there.begun()
    inside, outside = build.stents(session, h, 2)
    there.draw(operation, inside)
    build.use(session, h, inside)
    build.use(session, h, outside, occasion=build.occasion(h.nurse, at=NOW + timedelta(minutes=1)))
    rows = session.execute(select_implants().order_by(Movement.id)).all()
    assert [(row.operation, row.surgeon) for row in rows] == [(operation.code, there.surgeon.name), (None, "")]


def test_another_departments_implant_is_not_told(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    assert implants_with(session, use.movement_id, departments=frozenset({h.cardiology.id}))
    with pytest.raises(UnknownImplant):
        implants_with(session, use.movement_id, departments=frozenset({h.lab.id}))
