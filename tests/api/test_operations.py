"""Operations over the interface: planned by HIS, opened by scan, drawn, used, brought back, wasted, signed by two."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from spd.core.transaction import reading, transaction
from spd.interceptions import Interception
from spd.places import Location
from spd.staff import Staff
from tests import build
from tests.api.asking import Caller, World, label
from tests.api.cardiology import SECRET
from tests.hashing import CHEAP

PLAN = {
    "code": "OP-7", "encounter": "W-1", "room": "CARD-T", "planned_at": "2026-03-02T11:00:00+08:00",
    "surgeon": "S-CUTTER", "nurse": "S-RUNNER",
    "procedures": [{"code": "36.06", "name": "冠脉支架植入术", "side": "left"}],
}  # fmt: skip


@pytest.fixture
def stents(embedded: World) -> list[str]:
    """Four stents on the ward; a room beside it, a surgeon and a circulating nurse."""
    hashed = CHEAP.hash(SECRET)
    with transaction(embedded.database) as session:
        session.add(Location(code="CARD-T", name="导管室", kind="theatre", department_id=embedded.h.cardiology.id))
        for code in ("cutter", "runner"):
            session.add(Staff(code=code, name=f"{code} (虚构)", badge=f"S-{code.upper()}", password_hash=hashed))
        return build.stents(session, embedded.h, 4)


def nurse(world: World) -> Caller:
    return world.asking("nurse", world.h.cardiology)


def signed(who: Caller, part: str, badge: str) -> dict[str, Any]:
    said = {"part": part, "badge": badge, "pin": SECRET}
    told: dict[str, Any] = who.post("/operations/OP-7/signatures", said).get_json()
    return told


def test_an_operation_from_its_plan_to_both_signatures(embedded: World, stents: list[str]) -> None:
    his, who = embedded.asking("integration"), nurse(embedded)
    assert his.post("/operations", PLAN).get_json()["standing"] == "planned"
    assert his.post("/operations", PLAN | {"request_key": str(uuid4())}).get_json()["repeated"] is True
    opening = {"encounter": "W-1", "room": "CARD-T"}
    who.refused("/operations/openings", opening | {"encounter": "W-2"}, 404, "nothing-planned")
    with reading(embedded.database) as session:
        assert set(session.scalars(select(Interception.rule))) == {"nothing-planned"}
    assert who.post("/operations/openings", opening).get_json()["standing"] == "open"
    drawn = {"items": [label(code) for code in stents[:3]], "request_key": str(uuid4())}
    assert [who.post("/operations/OP-7/draws", drawn).get_json()["repeated"] for _ in range(2)] == [False, True]
    assert who.post("/uses", {"scan": label(stents[0]), "encounter": "W-1"}).status_code == 201
    back = {"items": [label(stents[1])], "request_key": str(uuid4())}
    told = [who.post("/operations/OP-7/returns", back).get_json() for _ in range(2)]
    assert [(one["to"], one["repeated"]) for one in told] == [("CARD-W", False), ("CARD-W", True)]
    who.post("/operations/OP-7/end", {})
    out = {"part": "nurse", "badge": "S-RUNNER", "pin": SECRET}
    who.refused("/operations/OP-7/signatures", out, 422, "operation-still-out")
    waste = {"item": label(stents[2]), "reason": "contaminated"}
    document = who.post("/operations/OP-7/wastes", waste).get_json()["document"]
    who.refused("/operations/OP-7/signatures", out | {"pin": "wrong"}, 403, "wrong-password")
    who.refused("/operations/OP-7/signatures", out | {"badge": "S-CUTTER"}, 403, "not-the-person")
    assert signed(who, "nurse", "S-RUNNER")["missing"] == ["surgeon"]
    done = signed(who, "surgeon", "S-CUTTER")
    assert (done["standing"], done["missing"]) == ("confirmed", [])
    figures = {"drawn": 3, "used": 1, "direct": 0, "elsewhere": 0, "returned": 1, "wasted": 0, "asked": 1, "out": 0}
    assert done["figures"] == figures
    assert all(line["confirmed"] for line in done["lines"])
    embedded.asking("quality").post(f"/write-offs/{document}/approve", {})
    assert who.get("/operations/OP-7").get_json()["standing"] == "confirmed"
    assert "S-" not in str([event["reason"] for event in done["events"]])


def test_a_reversal_opens_only_its_line_again(embedded: World, stents: list[str]) -> None:
    who = nurse(embedded)
    who.post("/operations", PLAN)
    who.post("/operations/openings", {"operation": "OP-7"})
    who.post("/operations/OP-7/draws", {"items": [label(code) for code in stents[:2]]})
    uses = [who.post("/uses", {"scan": label(code), "encounter": "E-1"}).get_json() for code in stents[:2]]
    who.post("/operations/OP-7/end", {})
    signed(who, "nurse", "S-RUNNER")
    signed(who, "surgeon", "S-CUTTER")
    who.post("/reversals", {"movement_id": uses[0]["movement_id"], "reason": "扫错"})
    told = who.get("/operations/OP-7").get_json()
    assert (told["standing"], told["changed"], told["missing"]) == ("ended", True, ["surgeon", "nurse"])
    assert {line["item"]: line["confirmed"] for line in told["lines"]} == {stents[0]: False, stents[1]: True}
    assert ("reopened", "扫错") in [(event["kind"], event["reason"]) for event in told["events"]]
    who.post("/operations/OP-7/returns", {"items": [label(stents[0])], "to": "CARD-T"})
    signed(who, "nurse", "S-RUNNER")
    assert signed(who, "surgeon", "S-CUTTER")["standing"] == "confirmed"


def test_lists_are_of_ones_own_and_by_what_is_late(embedded: World, stents: list[str]) -> None:
    who = nurse(embedded)
    who.post("/operations", PLAN)
    assert [one["code"] for one in who.get("/operations", standing="planned").get_json()["operations"]] == ["OP-7"]
    assert who.get("/operations", overdue=True).get_json()["operations"] == []
    assert who.get("/operations", room="SURG-T").get_json()["operations"] == []
    stranger = embedded.asking("nurse", embedded.h.surgery)
    assert stranger.get("/operations").get_json()["operations"] == []
