"""What is read over HTTP: lists, stock, costs, the journal, the trace; and of whom it tells what."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from spd.core.job_runs import JobRun
from spd.core.transaction import transaction
from tests import build
from tests.api.asking import World, is_problem, label

MONTH = "2026-03"


@pytest.fixture
def used(world: World) -> dict[str, str]:
    """A stent used on a patient of cardiology, a pack used by cardiology, a screw used on a patient in surgery."""
    with transaction(world.database) as session:
        stent, pack = build.stents(session, world.h)[0], build.packs(session, world.h, 1)[0]
        screw = _screw(session, world)
        build.use(session, world.h, stent)
        build.use(session, world.h, pack, encounter=None)
        build.use(session, world.h, screw, encounter=world.h.other_stay.code)
    return {"stent": stent, "pack": pack, "screw": screw}


def _screw(session: Session, world: World) -> str:
    delivery = build.note(session, world.h, world.h.stents, ("SCREW", 1))
    codes = build.receive(session, world.h, delivery, build.scan(build.SCREW_DI, serial="S1"))
    return build.move_to(session, world.h, codes, world.h.theatre)[0]


@pytest.mark.parametrize(
    ("path", "name", "codes"),
    [
        ("/products", "products", ["STENT", "GAUZE", "REAGENT", "SCREW"]),
        ("/suppliers", None, ["SUP-GAUZE", "SUP-STENT"]),
        ("/departments", None, ["CARD", "LAB", "LOGI", "SURG"]), ("/encounters", "encounters", ["E-1", "E-2"]),
        ("/locations", None, ["CARD-W", "STORE", "SURG-T"]),
    ],
)  # fmt: skip
def test_what_there_is_is_listed(world: World, path: str, name: str | None, codes: list[str]) -> None:
    told = world.asking("auditor").get(path).get_json()
    assert {one["code"] for one in (told[name] if name else told)} >= set(codes)


def test_products_are_found_by_part_of_a_name_and_no_sign_is_special(world: World) -> None:
    buyer = world.asking("buyer")
    assert [one["code"] for one in buyer.get("/products", q="支架").get_json()["products"]] == ["STENT"]
    assert [one["code"] for one in buyer.get("/products", q="gau").get_json()["products"]] == ["GAUZE"]
    for sign in ("%", "_", "\\", "'"):
        assert buyer.get("/products", q=sign).get_json()["products"] == []
    first = buyer.get("/products", limit=3).get_json()
    rest = buyer.get("/products", limit=3, after=first["next"]).get_json()
    assert (len(first["products"]), len(rest["products"]), rest["next"]) == (3, 1, None)


def test_a_product_is_told_with_its_packagings(world: World) -> None:
    told = world.asking("buyer").get("/products/GAUZE").get_json()
    assert [(one["code"], one["base_units"]) for one in told["packagings"]] == [
        (build.GAUZE_DI, 1),
        (build.GAUZE_CASE_DI, 50),
    ]
    is_problem(world.asking("buyer").get("/products/NOTHING"), 404, "unknown-product")


def test_stock_is_told_to_those_whose_it_is(world: World) -> None:
    with transaction(world.database) as session:
        build.packs(session, world.h, 2)
    nurse = world.asking("nurse", world.h.cardiology)
    line = nurse.get("/stock", location="L-CARD").get_json()["lines"][0]
    assert (line["product_code"], line["packs"], line["quantity"], line["value"]) == ("GAUZE", 2, 40, "140.00")
    items = nurse.get("/items", location="CARD-W").get_json()["items"]
    assert nurse.get(f"/items/{items[0]['code']}").get_json()["quantity"] == 20
    surgeon = world.asking("nurse", world.h.surgery)
    for answer in (
        surgeon.get("/stock", location="CARD-W"), surgeon.get("/items", location="CARD-W"),
        surgeon.get(f"/items/{items[0]['code']}"),
    ):  # fmt: skip
        is_problem(answer, 403, "not-allowed")
    assert surgeon.get("/stock", location="STORE").status_code == 200
    is_problem(surgeon.get("/stock", location="NOWHERE"), 404, "unknown-location")


def test_costs_add_up_from_the_use_to_the_hospital(world: World, used: dict[str, str]) -> None:
    finance = world.asking("finance")
    told = finance.get("/costs/departments", month=MONTH).get_json()
    assert {one["department"]: one["total"] for one in told["departments"]} == {"CARD": "8670.00", "SURG": "320.00"}
    parts = finance.get("/costs/partition", month=MONTH).get_json()
    assert parts == {"with_drg": "8600.00", "without_drg": "320.00", "department_only": "70.00", "total": "8990.00"}
    uses = finance.get("/costs/uses", month=MONTH, department="CARD").get_json()["uses"]
    assert sum(Decimal(one["amount"]) for one in uses) == Decimal("8670.00")
    encounters = finance.get("/costs/encounters", month=MONTH).get_json()["encounters"]
    assert finance.get("/costs/encounters", since="2026-01", month="2026-12").get_json()["encounters"] == encounters
    assert {one["encounter"]: one["total"] for one in encounters} == {"E-1": "8600.00", "E-2": "320.00"}
    assert len(finance.get("/costs/encounters/E-1").get_json()["uses"]) == 1
    entries = finance.get("/journal", month=MONTH, limit=500).get_json()["entries"]
    assert all(sum(Decimal(line["amount"]) for line in entry["lines"]) == 0 for entry in entries)
    kinds: dict[str, Decimal] = {}
    for line in (line for entry in entries for line in entry["lines"] if line["expense_item"]):
        kinds[line["expense_item"]] = kinds.get(line["expense_item"], Decimal(0)) + Decimal(line["amount"])
    pulled: dict[str, Decimal] = {}
    for line in (
        one for v in finance.get("/journal/vouchers", month=MONTH).get_json()["vouchers"] for one in v["lines"]
    ):
        pulled[line["expense_item"]] = pulled.get(line["expense_item"], Decimal(0)) + Decimal(line["debit"])
    assert pulled | kinds == pulled  # the entries say the same as the vouchers that sum them
    assert sum(kinds.values()) == Decimal("8990.00")
    movement = uses[0]["movement_id"]
    assert [e["movement_id"] for e in finance.get("/journal", movement=movement).get_json()["entries"]] == [movement]


def test_a_head_nurse_is_told_the_cost_of_her_own_department(world: World, used: dict[str, str]) -> None:
    head = world.asking("head_nurse", world.h.surgery)
    told = head.get("/costs/departments", month=MONTH).get_json()
    assert [one["department"] for one in told["departments"]] == ["SURG"]
    assert told["total"] == "320.00"
    assert [one["product"] for one in head.get("/costs/products", month=MONTH).get_json()] == ["SCREW"]
    assert head.get("/costs/uses", month=MONTH, department="CARD").get_json()["uses"] == []
    finance = world.asking("finance", world.h.surgery)
    assert finance.get("/costs/encounters/E-1").get_json()["uses"] == []
    assert [one["encounter"] for one in finance.get("/costs/encounters", month=MONTH).get_json()["encounters"]] == [
        "E-2"
    ]


PATIENT = ("张*三", "E-1", "W-1")


def names(told: Any) -> set[str]:
    """What of the first patient stands anywhere in an answer."""
    text = str(told)
    return {name for name in PATIENT if name in text}


@pytest.mark.parametrize("role", ["storekeeper", "finance"])
def test_a_trace_names_no_patient_to_those_whose_work_needs_none(world: World, used: dict[str, str], role: str) -> None:
    caller = world.asking(role)
    told = caller.get(f"/trace/{used['stent']}").get_json()
    assert [hop["kind"] for hop in told["hops"]][-1] == "consume"
    assert names(told) == set()
    assert names(caller.get("/trace", lot="L1").get_json()) == set()


@pytest.mark.parametrize("role", ["auditor", "quality"])
def test_a_trace_leads_those_who_recall_to_the_patient(world: World, used: dict[str, str], role: str) -> None:
    assert names(world.asking(role).get(f"/trace/{used['stent']}").get_json()) == {"张*三", "E-1"}
    assert names(world.asking(role).get("/trace", lot="L1", product="STENT").get_json()) == {"张*三", "E-1"}


def test_a_trace_names_patients_to_the_ward_that_cares_for_them(world: World, used: dict[str, str]) -> None:
    assert names(world.asking("nurse", world.h.cardiology).get(f"/trace/{used['stent']}").get_json()) == {
        "张*三",
        "E-1",
    }
    is_problem(world.asking("nurse", world.h.surgery).get(f"/trace/{used['stent']}"), 403, "not-allowed")
    is_problem(world.asking("nurse").get("/trace/NOTHING"), 404, "nothing-found")


def test_what_went_through_a_ward_and_was_used_in_another_names_no_patient_there(world: World) -> None:
    with transaction(world.database) as session:
        code = build.stents(session, world.h)[0]
        build.carry(session, world.h, [code], world.h.theatre)
        build.use(session, world.h, code)
    told = world.asking("nurse", world.h.cardiology).get(f"/trace/{code}").get_json()
    assert told["hops"][-1]["department"] == "SURG"
    assert names(told) == set()
    assert names(world.asking("nurse", world.h.surgery).get(f"/trace/{code}").get_json()) == {"张*三", "E-1"}


def test_costs_name_no_patient(world: World, used: dict[str, str]) -> None:
    finance = world.asking("finance")
    for path in ("/costs/uses", "/costs/encounters", "/costs/departments", "/costs/products", "/uses"):
        assert "张*三" not in str(finance.get(path, month=MONTH).get_json())
    assert "张*三" not in str(finance.get("/costs/encounters/E-1").get_json())


def test_no_answer_tells_more_of_a_patient_than_number_bed_and_masked_name(world: World) -> None:
    told = world.asking("nurse", world.h.cardiology).get("/encounters/W-1").get_json()
    assert (told["code"], told["patient_name"], told["bed"]) == ("E-1", "张*三", "01")
    assert "P-E-1" not in str(told)


def test_encounters_of_other_departments_are_not_seen(world: World) -> None:
    surgeon = world.asking("nurse", world.h.surgery)
    assert surgeon.get("/encounters").get_json()["encounters"] == []
    is_problem(surgeon.get("/encounters/E-1"), 403, "not-allowed")
    is_problem(surgeon.get("/encounters/E-9"), 404, "unknown-encounter")


def test_a_wristband_tells_its_patient_only_to_those_who_care_for_them(world: World) -> None:
    assert world.asking("nurse").post("/scans", {"scan": "W-1", "request_key": ...}).get_json()["name"] == "张*三"
    for role in ("porter", "finance", "storekeeper", "buyer", "system_admin"):
        told = world.asking(role).post("/scans", {"scan": "W-1", "request_key": ...}).get_json()
        assert (told["kind"], told["name"], told["detail"]) == ("wristband", "", {})


def test_whatever_is_scanned_is_told_what_it_is(world: World) -> None:
    with transaction(world.database) as session:
        stent, pack = build.stents(session, world.h)[0], build.packs(session, world.h, 1)[0]
        seal = build.note(session, world.h, world.h.gauzes, ("GAUZE", 1)).label
    nurse = world.asking("nurse")
    kinds = {
        scan: nurse.post("/scans", {"scan": scan, "request_key": ...}).get_json()["kind"]
        for scan in (label(stent), pack, seal, "W-1", "L-CARD", "S-NURSE", build.SCREW_DI, "NOTHING-1")
    }
    assert list(kinds.values()) == [
        "item", "item", "delivery", "wristband", "location", "staff", "product", "unknown",
    ]  # fmt: skip


def test_the_nightly_proofs_are_listed(world: World) -> None:
    with transaction(world.database) as session:
        session.add(JobRun(job="verify", period="2026-03-01", started_at=build.NOW, outcome="clean", detail=""))
    assert [run["outcome"] for run in world.asking("auditor").get("/verifications").get_json()] == ["clean"]


def test_who_i_am(world: World) -> None:
    assert world.asking("nurse").get("/me").get_json()["roles"] == ["nurse"]
