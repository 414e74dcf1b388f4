"""Uses over HTTP: the bedside scan, each thing that stops it, and undoing one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from spd import ledger, trace_codes
from spd.core.transaction import transaction
from spd.encounters import Encounter
from spd.ledger import Draft, Item, ItemKind, MovementKind, NewItem, Step
from spd.places import End
from tests import build
from tests.api.asking import Caller, World, is_problem, label
from tests.api.conftest import Hands


@pytest.fixture
def nurse(world: World) -> Caller:
    return world.asking("nurse", world.h.cardiology)


def stents(world: World, number: int = 1, **more: Any) -> list[str]:
    with transaction(world.database) as session:
        return build.stents(session, world.h, number, **more)


def packs(world: World, number: int = 1, **more: Any) -> list[str]:
    with transaction(world.database) as session:
        return build.packs(session, world.h, number, **more)


def test_a_scanned_stent_is_used_on_the_patient_of_the_wristband(world: World, nurse: Caller) -> None:
    code = stents(world)[0]
    answer = nurse.post("/uses", {"scan": label(code), "encounter": "W-1"})
    assert answer.status_code == 201
    told = answer.get_json()
    assert (told["item"], told["encounter"], told["department"], told["cost"]) == (code, "E-1", "CARD", "8600.00")
    assert (told["title_passed"], told["repeated"], told["quantity"]) == (True, False, 1)


def test_a_pack_is_used_by_the_department_that_holds_it(world: World, nurse: Caller) -> None:
    told = nurse.post("/uses", {"scan": packs(world)[0]}).get_json()
    assert (told["encounter"], told["department"], told["quantity"], told["cost"]) == (None, "CARD", 20, "70.00")


def test_sent_again_with_its_key_a_use_is_answered_the_same_and_done_once(world: World, nurse: Caller) -> None:
    said = {"request_key": str(uuid4()), "scan": label(stents(world)[0]), "encounter": "W-1"}
    first = nurse.post("/uses", said).get_json()
    before = world.books()
    again = nurse.post("/uses", said)
    assert again.status_code == 201
    assert again.get_json() == first | {"repeated": True}
    assert world.books() == before


def test_the_key_may_come_as_a_header(world: World, nurse: Caller) -> None:
    key, said = str(uuid4()), {"scan": packs(world)[0], "request_key": ...}
    first = nurse.post("/uses", said, headers={"Idempotency-Key": key}).get_json()
    again = nurse.post("/uses", said, headers={"Idempotency-Key": key}).get_json()
    assert again == first | {"repeated": True}
    assert nurse.post("/uses", said | {"request_key": key}).get_json() == again


def test_a_key_used_for_something_else_is_refused(world: World, nurse: Caller) -> None:
    said = {"request_key": str(uuid4()), "scan": label(stents(world)[0]), "encounter": "W-1"}
    nurse.post("/uses", said)
    nurse.refused("/uses", said | {"encounter": "E-2"}, 409, "key-reused")
    nurse.refused("/uses", said | {"quantity": 1}, 409, "key-reused")


def test_a_key_of_somebody_else_is_refused(world: World, nurse: Caller) -> None:
    said = {"request_key": str(uuid4()), "scan": label(stents(world)[0]), "encounter": "W-1"}
    nurse.post("/uses", said)
    world.asking("head_nurse", world.h.cardiology).refused("/uses", said, 409, "key-reused")


def test_without_a_key_nothing_is_written(world: World, nurse: Caller) -> None:
    said = {"scan": packs(world)[0], "request_key": ...}
    nurse.refused("/uses", said, 422, "request-key-missing")
    answer = nurse.post("/uses", said, headers={"Idempotency-Key": "yesterday"})
    is_problem(answer, 422, "request-key-malformed")


@pytest.mark.parametrize("scan", ["NOBODY-KNOWS-1", "]d2010690123456789217280930102199", "06901234599999"])
def test_an_unknown_code_is_refused(world: World, nurse: Caller, scan: str) -> None:
    told = nurse.refused("/uses", {"scan": scan}, 404, "unknown-item")
    assert told["error"] == "E01"


@pytest.mark.parametrize("scan", ["支架", "]d201069012345678", "\x00\x01", "]C1(01"])
def test_an_unreadable_scan_is_refused_with_what_is_wrong_with_it(world: World, nurse: Caller, scan: str) -> None:
    before = world.books()
    answer = nurse.post("/uses", {"scan": scan})
    assert answer.status_code in (400, 404), answer.get_json()
    assert answer.get_json()["code"] in ("unreadable", "unknown-item")
    assert world.books() == before


def test_an_unreadable_scan_is_told_in_both_languages(world: World, nurse: Caller) -> None:
    told = nurse.refused("/uses", {"scan": "支架"}, 400, "unreadable")
    assert told["error"] == "E05"


def test_what_is_no_item_is_refused(world: World, nurse: Caller) -> None:
    with transaction(world.database) as session:
        seal = build.note(session, world.h, world.h.gauzes, ("GAUZE", 1)).label
    nurse.refused("/uses", {"scan": seal}, 422, "not-an-item")


def test_an_expired_item_is_refused(world: World, nurse: Caller, clock: Hands) -> None:
    code = stents(world)[0]
    clock.now = build.NOW.replace(year=2028, month=10, day=1)
    with transaction(world.database) as session:
        session.get_one(Encounter, world.h.stay.id).discharged_at = None
    caller = Caller(world, nurse.headers)
    is_problem(caller.post("/uses", {"scan": label(code), "encounter": "W-1"}), 401, "unauthorized")  # its token too
    told = renewed(world, clock).refused("/uses", {"scan": label(code), "encounter": "W-1"}, 422, "expired")
    assert (told["error"], told["facts"]["expires_on"]) == ("E06", "2028-09-30")


def renewed(world: World, clock: Hands) -> Caller:
    """A nurse whose token still holds at the clock's hour."""
    days = (clock.now - build.NOW).days + 2
    return Caller(world, {"Authorization": f"Bearer {world.token('nurse', department=world.h.cardiology, days=days)}"})


def test_the_last_day_is_still_good(world: World, clock: Hands) -> None:
    code = stents(world)[0]
    clock.now = build.NOW.replace(year=2028, month=9, day=30)
    answer = renewed(world, clock).post("/uses", {"scan": label(code), "encounter": "W-1"})
    assert (answer.status_code, [c["error"] for c in answer.get_json()["cautions"]]) == (201, ["E07"])


def test_another_departments_item_is_refused(world: World, nurse: Caller) -> None:
    pack = packs(world, at=world.h.ward)[0]
    surgeon = world.asking("nurse", world.h.surgery)
    told = surgeon.refused("/uses", {"scan": pack}, 422, "other-department")
    assert told["error"] == "E17"
    surgeon.refused("/uses", {"scan": pack, "department": "SURG"}, 422, "other-department")
    surgeon.refused("/uses", {"scan": pack, "department": "CARD"}, 403, "not-your-department")
    assert nurse.post("/uses", {"scan": pack}).status_code == 201


def test_an_item_of_the_store_is_not_the_wards_yet(world: World, nurse: Caller) -> None:
    nurse.refused("/uses", {"scan": packs(world, at=world.h.store)[0]}, 422, "not-signed")


def test_an_item_is_used_once(world: World, nurse: Caller) -> None:
    code = stents(world)[0]
    nurse.post("/uses", {"scan": label(code), "encounter": "W-1"})
    told = nurse.refused("/uses", {"scan": label(code), "encounter": "W-1"}, 409, "already-recorded")
    assert (told["error"], told["verdict"]) == ("E03", "repeat")
    told = nurse.refused("/uses", {"scan": label(code), "encounter": "W-2"}, 409, "already-used")
    assert (told["error"], told["verdict"]) == ("E16", "stop")


def test_a_patient_who_has_left_uses_nothing(world: World, nurse: Caller) -> None:
    code = stents(world)[0]
    with transaction(world.database) as session:
        session.get_one(Encounter, world.h.stay.id).discharged_at = build.NOW - timedelta(hours=1)
    said = {"scan": label(code), "encounter": "W-1"}
    told = nurse.refused("/uses", said, 422, "encounter-closed")
    assert told["error"] == "E18"
    earlier = (build.NOW - timedelta(hours=2)).isoformat()
    assert nurse.post("/uses", said | {"occurred_at": earlier}).status_code == 201


def test_an_unknown_patient_uses_nothing(world: World, nurse: Caller) -> None:
    nurse.refused("/uses", {"scan": label(stents(world)[0]), "encounter": "W-9"}, 404, "unknown-encounter")


def test_no_more_is_used_than_is_there(world: World, nurse: Caller) -> None:
    told = nurse.refused("/uses", {"scan": packs(world)[0], "quantity": 21}, 422, "not-enough")
    assert (told["facts"]["wanted"], told["facts"]["there"]) == (21, 20)


def test_a_held_item_is_refused(world: World, nurse: Caller) -> None:
    code = stents(world)[0]
    with transaction(world.database) as session:
        item = session.query(Item).filter_by(code=code).one()
        item.state = "held"
    told = nurse.post("/uses", {"scan": label(code), "encounter": "W-1"})
    assert is_problem(told, 422, "held")["error"] == "E08"
    with transaction(world.database) as session:
        session.query(Item).filter_by(code=code).one().state = "available"


@pytest.mark.parametrize("hours", [0.2, 24, 24 * 3650])
def test_an_act_in_the_future_is_refused(world: World, nurse: Caller, hours: float) -> None:
    at = (build.NOW + timedelta(hours=hours)).isoformat()
    nurse.refused("/uses", {"scan": packs(world)[0], "occurred_at": at}, 422, "clock-skewed")


@pytest.mark.parametrize("at", ["2026-02-26T01:00:00Z", "1999-12-31T23:59:59+08:00", "0001-01-01T00:00:00+14:00"])
def test_an_act_too_long_ago_is_refused(world: World, nurse: Caller, at: str) -> None:
    nurse.refused("/uses", {"scan": packs(world)[0], "occurred_at": at}, 422, "clock-skewed")


def test_an_act_kept_by_a_device_for_two_days_is_taken_with_its_own_time(world: World, nurse: Caller) -> None:
    at = (build.NOW - timedelta(hours=48)).isoformat()
    answer = nurse.post("/uses", {"scan": label(stents(world)[0]), "encounter": "W-1", "occurred_at": at})
    assert answer.get_json()["occurred_at"] == at


@pytest.mark.parametrize("role", ["storekeeper", "porter", "buyer", "finance", "auditor", "quality", "system_admin"])
def test_the_wrong_role_uses_nothing(world: World, role: str) -> None:
    told = world.asking(role).refused("/uses", {"scan": packs(world)[0]}, 403, "not-allowed")
    assert told["error"] == "E15"


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("movement_id", {"movement_id": 7}), ("item", {"item": "x"}), ("cost", {"cost": "0.00"}),
    ("quantity", {"quantity": 0}), ("quantity", {"quantity": -1}), ("quantity", {"quantity": 1.5}),
    ("quantity", {"quantity": "1"}), ("quantity", {"quantity": True}), ("quantity", {"quantity": 10**30}),
    ("scan", {"scan": None}), ("scan", {"scan": ""}), ("scan", {"scan": 5}), ("scan", {"scan": "1" * 4001}),
    ("encounter", {"encounter": ""}), ("encounter", {"encounter": "W\x00"}), ("encounter", {"encounter": "\ud800"}),
    ("department", {"department": ["CARD"]}), ("request_key", {"request_key": "7"}),
    ("request_key", {"request_key": None}), ("occurred_at", {"occurred_at": "2026-03-02T02:00:00"}),
    ("occurred_at", {"occurred_at": "yesterday"}), ("occurred_at", {"occurred_at": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), WRONG)
def test_a_field_that_is_wrong_or_not_ours_to_say_is_named(embedded: World, name: str, said: dict[str, Any]) -> None:
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    told = nurse.refused("/uses", {"scan": packs(embedded)[0]} | said, 422, "invalid")
    assert list(told["errors"]["json"]) == [name]


def test_a_use_is_undone_once(world: World, nurse: Caller) -> None:
    code = stents(world)[0]
    use = nurse.post("/uses", {"scan": label(code), "encounter": "W-1"}).get_json()
    said = {"request_key": str(uuid4()), "movement_id": use["movement_id"], "reason": "扫错"}
    first = nurse.post("/reversals", said)
    assert (first.status_code, first.get_json()["cost"]) == (201, "-8600.00")
    before = world.books()
    assert nurse.post("/reversals", said).get_json() == first.get_json() | {"repeated": True}
    assert world.books() == before
    nurse.refused("/reversals", said | {"reason": "other"}, 409, "key-reused")
    nurse.refused("/reversals", said | {"request_key": str(uuid4())}, 409, "already-reversed")
    assert nurse.post("/uses", {"scan": label(code), "encounter": "W-2"}).status_code == 201


def test_what_cannot_be_undone_is_refused(world: World, nurse: Caller) -> None:
    pack = packs(world)[0]
    use = nurse.post("/uses", {"scan": pack}).get_json()["movement_id"]
    nurse.refused("/reversals", {"movement_id": 10**9, "reason": "x"}, 404, "unknown-movement")
    nurse.refused("/reversals", {"movement_id": use - 1, "reason": "x"}, 422, "not-a-use")
    nurse.refused("/reversals", {"movement_id": use}, 422, "invalid")
    surgeon = world.asking("nurse", world.h.surgery)
    told = surgeon.refused("/reversals", {"movement_id": use, "reason": "x"}, 403, "not-your-department")
    assert told["facts"]["department"] == "CARD"


def test_the_uses_of_a_month_are_those_of_ones_own_department(world: World, nurse: Caller) -> None:
    nurse.post("/uses", {"scan": packs(world)[0]})
    seen = nurse.get("/uses", month="2026-03").get_json()["uses"]
    assert [(row["department"], row["amount"]) for row in seen] == [("CARD", "70.00")]
    surgeon = world.asking("nurse", world.h.surgery)
    assert surgeon.get("/uses", month="2026-03").get_json() == {"uses": [], "next": None}
    assert surgeon.get("/uses", month="2026-03", department="CARD").get_json()["uses"] == []


def test_uses_are_listed_page_by_page(world: World, nurse: Caller) -> None:
    for code in packs(world, 3):
        nurse.post("/uses", {"scan": code})
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page = nurse.get("/uses", month="2026-03", limit=2, after=after).get_json()
        seen += [row["movement_id"] for row in page["uses"]]
        after = page["next"]
    assert len(seen) == len(set(seen)) == 3


def test_an_expiry_day_is_the_hospitals_day(world: World, clock: Hands) -> None:
    """At 17:00 in London it is already tomorrow in Shanghai."""
    code = stents(world)[0]
    clock.now = build.NOW.replace(year=2028, month=9, day=30, hour=17)
    assert date(2028, 9, 30) == clock.now.date()
    renewed(world, clock).refused("/uses", {"scan": label(code), "encounter": "W-1"}, 422, "expired")


def boxed(world: World, code: str) -> None:
    """A unit on the ward that goes by its trace code."""
    with transaction(world.database) as session:
        h = world.h
        like = ledger.get_item_state(session, build.stents(session, h)[0])
        new = NewItem(
            code=code, kind=ItemKind.UNIT, product_id=like.product_id, lot_id=like.lot_id, serial=code,
            unit_price=like.unit_price, settlement_mode=like.settlement_mode, supplier_id=like.supplier_id,
        )  # fmt: skip
        draft = Draft(session, build.occasion(h.keeper))
        came = Step(
            kind=MovementKind.RECEIVE, quantity=1, state_after="available", from_location_id=End.SUPPLIER,
            to_location_id=like.location_id, from_owner_id=like.owner_id, to_owner_id=like.owner_id,
        )  # fmt: skip
        draft.move(draft.create(new), came)
        draft.write()
        arrived = trace_codes.Done(codes=(code,), act=trace_codes.Act.ARRIVE)
        trace_codes.act(session, build.occasion(h.keeper), arrived)


def test_a_second_use_under_one_trace_code_is_refused_and_its_alarm_kept(world: World, nurse: Caller) -> None:
    code, keeper = "81000000000000000102", world.asking("storekeeper")
    boxed(world, code)
    assert nurse.post("/uses", {"scan": code, "encounter": "W-1"}).status_code == 201
    again = {"request_key": str(uuid4()), "scan": code, "encounter": "W-1"}
    for _ in range(2):  # the device sends it again: one alarm
        assert is_problem(nurse.post("/uses", again), 409, "already-recorded")
    alarms = keeper.get("/trace-codes/alarms").get_json()["alarms"]
    assert [(alarm["code"], alarm["reason"]) for alarm in alarms] == [(code, "sold-twice")]
