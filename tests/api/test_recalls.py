"""A recall over HTTP: notice, preview, hold, places, patients, care, tie-out, closing; what keeps it open; a drill."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from spd.jobs import previewing, recalling
from spd.ledger import ItemStateName, MovementKind
from spd.places import End
from tests import build
from tests.api.asking import Caller, World, is_problem
from tests.recalls import acting

NOTICE = {
    "number": "NMPA-1", "recall_class": "I", "issuer": "心脉器械", "reason": "球囊破裂", "notice_on": "2026-03-01",
    "targets": [{"product": "STENT", "lots": "L1"}],
}  # fmt: skip


@pytest.fixture
def stents(embedded: World) -> list[str]:
    """Four in the ward, the first used."""
    with transaction(embedded.database) as session:
        codes = build.stents(session, embedded.h, 4)
        build.use(session, embedded.h, codes[0])
    return codes


@pytest.fixture
def keeper(embedded: World) -> Caller:
    return embedded.asking("storekeeper")


@pytest.fixture
def quality(embedded: World) -> Caller:
    return embedded.asking("quality")


def written(who: Caller, **more: Any) -> dict[str, Any]:
    answer = who.post("/recalls", NOTICE | more)
    assert answer.status_code == 201, answer.get_json()
    told: dict[str, Any] = answer.get_json()
    return told


def until(who: Caller, code: str, name: str) -> dict[str, Any]:
    """The recall when it has this: what was begun goes on behind the answer."""
    for _ in range(200):
        told: dict[str, Any] = who.get(f"/recalls/{code}").get_json()
        if told[name]:
            return told
        time.sleep(0.02)
    raise AssertionError(f"no {name}")


def opened(who: Caller) -> dict[str, Any]:
    code = written(who)["code"]
    answer = who.post(f"/recalls/{code}/open")
    assert (answer.status_code, answer.get_json()["state"]) == (202, "open")
    return until(who, code, "listed_at")


def cared(who: Caller, code: str) -> None:
    for step in ("contacted", "reviewed", "resolved"):
        answer = who.post(f"/recalls/{code}/outreach", {"patients": ["P-E-1"], "step": step, "note": "复查无异常"})
        assert (answer.status_code, answer.get_json()) == (201, {"count": 1})


def test_a_recall_from_its_notice_to_its_closing(
    embedded: World, keeper: Caller, quality: Caller, stents: list[str]
) -> None:
    draft = written(keeper)
    code = draft["code"]
    (match,) = draft["matches"]
    assert {name: match[name] for name in ("items", "quantity", "places", "used", "patients")} == {
        "items": 3, "quantity": 3, "places": 1, "used": 1, "patients": 1,
    }  # fmt: skip
    assert (draft["counted_at"] is None, draft["counting"]) == (False, None)
    keeper.post(f"/recalls/{code}/open")
    told = until(keeper, code, "listed_at")
    assert (told["patients"]["waiting"], told["counted_at"]) == (1, None)
    (place,) = keeper.get(f"/recalls/{code}/places").get_json()["places"]
    assert (place["location"], place["held"], place["free"]) == ("CARD-W", 3, 0)
    (use,) = quality.get(f"/recalls/{code}/patients").get_json()["uses"]
    assert (use["patient"], use["item"], use["department"], use["outreach"]) == ("P-E-1", stents[0], "CARD", "waiting")
    embedded.asking("nurse").refused(
        "/uses", {"encounter": "E-1", "scan": f"]d201{build.STENT_DI}1728093010L1\x1d21{stents[1].split('.')[1]}"},
        422, "recalled",
    )  # fmt: skip
    quality.refused(f"/recalls/{code}/close", {}, 422, "recall-patients-open")
    cared(embedded.asking("head_nurse", embedded.h.cardiology), code)
    (balance,) = quality.get(f"/recalls/{code}").get_json()["balances"]
    assert (balance["received"], balance["held"], balance["used"], balance["unexplained"]) == (4, 3, 1, 0)
    assert balance["ties"] is True
    key = str(uuid4())
    closed = quality.post(f"/recalls/{code}/close", {"request_key": key})
    assert (closed.status_code, closed.get_json()["state"]) == (201, "closed")
    assert quality.post(f"/recalls/{code}/close", {"request_key": key}).get_json() == closed.get_json()


def test_it_stays_open_while_a_unit_is_missing(
    embedded: World, keeper: Caller, quality: Caller, stents: list[str]
) -> None:
    code = opened(keeper)["code"]
    cared(quality, code)
    with transaction(embedded.database) as session:
        lost = (MovementKind.ADJUST, End.LOSS, ItemStateName.WRITTEN_OFF)
        acting.take_out(session, embedded.h, stents[1], *lost)
    facts = quality.refused(f"/recalls/{code}/close", {}, 422, "recall-not-tied")["facts"]
    assert (facts["free"], facts["missing"], facts["unexplained"]) == (0, 1, 0)
    keeper.refused(f"/recalls/{code}/explain", {"quantity": 2, "note": "x"}, 422, "not-missing")
    assert quality.post(f"/recalls/{code}/explain", {"quantity": 1, "note": "焚毁"}).status_code == 201
    quality.refused(f"/recalls/{code}/close", {}, 403, "same-person")
    keeper.post(f"/recalls/{code}/explain", {"quantity": 1, "note": "焚毁, 有视频"})
    assert quality.post(f"/recalls/{code}/close").get_json()["state"] == "closed"


def test_much_is_counted_behind_the_answer_and_anew_when_asked(
    keeper: Caller, stents: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "AT_ONCE", 1)
    code = written(keeper)["code"]
    told = until(keeper, code, "counted_at")
    assert (told["matches"][0]["items"], told["matches"][0]["used"]) == (3, 1)
    assert keeper.post(f"/recalls/{code}/preview").status_code == 202
    until(keeper, code, "counted_at")
    is_problem(keeper.post("/recalls/R1/preview"), 404, "unknown-recall")
    keeper.post(f"/recalls/{code}/open")
    until(keeper, code, "listed_at")
    is_problem(keeper.post(f"/recalls/{code}/preview"), 409, "recall-state")


def test_a_mock_recall_has_its_report(embedded: World, keeper: Caller, stents: list[str]) -> None:
    assert keeper.get("/recalls/drills").get_json()["drills"] == []
    assert recalling.drill(embedded.database, "2026-03", now=lambda: build.NOW)
    assert not recalling.drill(embedded.database, "2026-03", now=lambda: build.NOW)
    (report,) = keeper.get("/recalls/drills").get_json()["drills"]
    assert (report["lot"], report["received"], report["on_hand"], report["used"]) == ("L1", 4, 3, 1)
    assert (report["accounted_permille"], report["traced_permille"], report["unexplained"]) == (1000, 1000, 0)
