"""The bedside's rules over HTTP: what is refused is kept though nothing is booked; a second person by badge."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from spd.catalog import Product
from spd.core.transaction import reading, transaction
from spd.interceptions import Interception
from spd.ledger import Movement
from spd.staff import Grant, Staff
from tests import build
from tests.api.asking import Caller, World, label
from tests.hashing import CHEAP

SECRET = "一个 long pass phrase"
DAYS = {"first_on": "2026-03-01", "last_on": "2026-03-31"}


@pytest.fixture
def nurse(embedded: World) -> Caller:
    return embedded.asking("nurse", embedded.h.cardiology)


@pytest.fixture
def quality(embedded: World) -> Caller:
    return embedded.asking("quality")


def stents(world: World, number: int = 1) -> list[str]:
    with transaction(world.database) as session:
        return build.stents(session, world.h, number)


def colleague(world: World) -> None:
    hashed = CHEAP.hash(SECRET)
    with transaction(world.database) as session:
        staff = Staff(code="second", name="同事", badge="S-SECOND", password_hash=hashed)
        session.add(staff)
        session.flush()  # the grant names them
        session.add(Grant(staff_id=staff.id, role="nurse", department_id=world.h.cardiology.id))


def test_what_is_refused_is_kept_although_nothing_is_booked(embedded: World, nurse: Caller, quality: Caller) -> None:
    code = stents(embedded)[0]
    nurse.post("/uses", {"scan": label(code), "encounter": "W-1"})
    said = {"scan": label(code), "encounter": "W-2", "request_key": str(uuid4())}
    nurse.refused("/uses", said, 409, "already-used")
    nurse.refused("/uses", said, 409, "already-used")
    with reading(embedded.database) as session:
        used = session.scalars(select(Movement.id).where(Movement.kind == "consume")).all()
        assert len(used) == 1
    (row,) = quality.get("/interceptions", **DAYS).get_json()["interceptions"]
    assert (row["rule"], row["severity"], row["outcome"], row["fate"]) == ("already-used", 4, "block", "left")
    told = quality.get("/interceptions/report", **DAYS).get_json()
    assert (told["totals"]["scans"], told["totals"]["score"], told["totals"]["per_thousand"]) == (2, 4, "2000.0")
    assert [one["rule"] for one in told["rules"]] == ["already-used"]


def test_a_plan_is_held_against_the_use_until_a_second_person_proves_who_they_are(
    embedded: World, nurse: Caller, quality: Caller
) -> None:
    code = stents(embedded)[0]
    colleague(embedded)
    with transaction(embedded.database) as session:
        session.get_one(Product, 1).attributes = '{"侧别": "右"}'
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    planned = head.post("/encounters/E-1/plan", {"reference": "OP-1", "wanted": {"侧别": "左"}})
    assert planned.status_code == 201
    scan: dict[str, Any] = {"scan": label(code), "encounter": "W-1"}
    refused = nurse.refused("/uses", scan | {"request_key": str(uuid4())}, 422, "wrong-side")
    assert refused["facts"]["second_person"] == "wrong-side"
    second = {"badge": "S-SECOND", "pin": "wrong", "reason": "plan_changed", "rules": ["wrong-side"]}
    assert nurse.post("/uses", scan | {"override": second}).status_code == 403
    done = nurse.post("/uses", scan | {"override": second | {"pin": SECRET}})
    assert done.status_code == 201
    assert [one["code"] for one in done.get_json()["cautions"]] == ["wrong-side"]
    rows = quality.get("/interceptions", **DAYS).get_json()["interceptions"]
    assert [(row["approved_by"], row["reason"]) for row in rows] == [(None, ""), ("second", "plan_changed")]
    assert quality.get("/interceptions/report", **DAYS).get_json()["totals"]["override_permille"] == "1000.0"
    with reading(embedded.database) as session:
        names = {column.name for column in Interception.__table__.columns}
        assert not names & {"patient", "patient_name", "note", "raw_scan"}
        assert session.scalars(select(Interception.reason).order_by(Interception.id)).all() == ["", "plan_changed"]


def test_what_an_order_draws_is_let_pass_by_two_as_a_scan_is(embedded: World, nurse: Caller, quality: Caller) -> None:
    colleague(embedded)
    with transaction(embedded.database) as session:
        (pack,) = build.packs(session, embedded.h, 1)
        session.get_one(Product, 2).attributes = '{"latex": "yes"}'
    nurse.post("/encounters/W-1/alerts", {"alerts": ["latex"]})
    nurse.post("/opened-packs", {"scan": pack})
    order: dict[str, Any] = {"product": "GAUZE", "department": "CARD", "quantity": 2, "encounter": "W-1"}
    refused = nurse.refused("/opened-packs/draws", order | {"request_key": str(uuid4())}, 422, "latex-conflict")
    second = {"badge": "S-SECOND", "pin": "wrong", "reason": "no_alternative", "rules": ["latex-conflict"]}
    assert refused["facts"]["second_person"] == "latex-conflict"
    assert nurse.post("/opened-packs/draws", order | {"override": second}).status_code == 403
    drawn = nurse.post("/opened-packs/draws", order | {"override": second | {"pin": SECRET}})
    assert [one["quantity"] for one in drawn.get_json()["parts"]] == [2]
    rows = quality.get("/interceptions", **DAYS).get_json()["interceptions"]
    assert [(row["approved_by"], row["reason"]) for row in rows] == [(None, ""), ("second", "no_alternative")]


def test_a_plan_is_for_a_patient_of_ones_own(embedded: World) -> None:
    stranger = embedded.asking("head_nurse", embedded.h.surgery)
    said = {"reference": "OP-1", "wanted": {"侧别": "左"}}
    stranger.refused("/encounters/E-1/plan", said, 403, "not-allowed")


def test_what_cannot_be_scanned_reaches_the_store_and_is_put_right(embedded: World, nurse: Caller) -> None:
    code = stents(embedded)[0]
    said = {"request_key": str(uuid4()), "reason": "damaged", "page": "bedside"}
    first = nurse.post("/unscanned", said).get_json()
    nurse.post("/unscanned", said | {"code": code})
    keeper = embedded.asking("storekeeper")
    (row,) = keeper.get("/unscanned").get_json()["unscanned"]
    assert (row["id"], row["item"], row["role"], row["department"]) == (first["id"], code, "storekeeper", "CARD")
    assert keeper.post(f"/unscanned/{row['id']}/fix", {}).status_code == 201
    assert keeper.get("/unscanned").get_json()["unscanned"] == []
    keeper.refused(f"/unscanned/{row['id']}/fix", {}, 409, "fixed-before")
