"""The plan of an operation as things used in it meet it: its own side, as it stands, whatever else is planned."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from spd import encounters, theatre
from spd.catalog import Product
from spd.encounters import EncounterMerged, EventKind, Told
from spd.places import Location
from spd.stock.operations import Operation, Procedure
from spd.stock.use_refusals import WrongSide
from spd.theatre import OpeningScanned, OperationAct, OperationChanged
from tests import build
from tests.build import NOW, Hospital
from tests.theatre.operating import KNEE, Scene, scene

RIGHT = replace(KNEE, side="right")


@pytest.fixture
def s(session: Session, h: Hospital) -> Scene:
    """A room with stents of the left side in its store."""
    made = scene(session, h)
    session.execute(update(Product).where(Product.code == "STENT").values(attributes=json.dumps({"侧别": "左"})))
    return made


def fits(s: Scene, operation: Operation | None = None) -> bool:
    """Whether one for the left side may be used on the patient, in the room of an operation or on the ward."""
    place = s.session.get(Location, operation.location_id) if operation else s.h.ward
    assert place is not None
    (stent,) = build.stents(s.session, s.h, 1, at=place)
    try:
        with s.session.begin_nested():
            build.use(s.session, s.h, stent, department=None if operation is None else "SURG")
    except WrongSide:
        return False
    return True


def change(s: Scene, operation: Operation, *listed: Procedure) -> None:
    said = OperationChanged(occasion=build.occasion(s.h.nurse), operation=operation.code, procedures=listed)
    theatre.change(s.session, said)


def test_a_plan_that_changes_its_side_is_held_as_it_is_now(s: Scene) -> None:
    operation = s.plan(wanted={"规格": "小"})
    assert fits(s)
    change(s, operation, RIGHT)
    assert not fits(s)
    change(s, operation, KNEE)
    assert fits(s)
    change(s, operation, replace(KNEE, side=""))
    assert fits(s)
    change(s, operation, RIGHT, Procedure(code="80.76", name="滑膜切除术"))  # that has no side of its own
    assert not fits(s)


def test_each_of_two_operations_is_held_to_its_own_side(s: Scene) -> None:
    other = Location(code="OR-2", label="L-OR-2", name="手术间 2", kind="theatre", department_id=s.h.surgery.id)
    s.session.add(other)
    s.session.flush()  # looked up by its code
    left = s.begun()
    right = s.plan(procedures=[RIGHT], room="OR-2")
    assert fits(s, left)
    assert not fits(s, right)  # in its room, before it begins
    s.end(left)
    assert fits(s, left)  # scanned late
    asked = OpeningScanned(occasion=build.occasion(s.h.nurse), operation=right.code)
    theatre.open_operation(s.session, asked)
    assert (fits(s, right), fits(s, left)) == (False, True)


def test_a_plan_that_is_given_up_asks_for_nothing(s: Scene) -> None:
    operation = s.plan(procedures=[RIGHT])
    assert not fits(s)
    theatre.cancel(s.session, OperationAct(occasion=build.occasion(s.h.nurse), operation=operation.code))
    assert fits(s)


def test_an_operation_of_a_merged_patient_is_opened_by_the_band_that_stays(s: Scene) -> None:
    operation = s.plan(procedures=[RIGHT])
    merge = Told(message="M", kind=EventKind.MERGE, encounter="E-1", survivor="E-2", occurred_at=NOW)
    encounters.record(s.session, build.occasion(s.h.keeper), [merge])
    said = OpeningScanned(occasion=build.occasion(s.h.nurse), encounter="W-1", room="OR-1")
    with pytest.raises(EncounterMerged):
        theatre.open_operation(s.session, said)
    asked = replace(said, occasion=build.occasion(s.h.nurse), encounter="W-2")
    assert theatre.open_operation(s.session, asked)[0].code == operation.code
    (stent,) = build.stents(s.session, s.h, 1, at=s.room)
    with pytest.raises(WrongSide):
        build.use(s.session, s.h, stent, department="SURG", encounter="E-2")
