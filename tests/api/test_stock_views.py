"""Stock, holds, write-offs and returns over the interface."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from spd.core.transaction import transaction
from spd.stock.views import By
from tests import build
from tests.api.asking import Caller, World, label


@pytest.fixture
def stocked(embedded: World) -> tuple[list[str], str]:
    """Three packs on the ward and a stent there; loose gauze in the store."""
    with transaction(embedded.database) as session:
        packs = build.packs(session, embedded.h, 3)
        stent = build.stents(session, embedded.h)[0]
    return packs, stent


def rows(caller: Caller, **asked: Any) -> list[dict[str, Any]]:
    answer = caller.get("/stock/views", **asked)
    assert answer.status_code == 200, answer.get_json()
    found: list[dict[str, Any]] = answer.get_json()["rows"]
    return found


def test_stock_is_told_grouped_by_anything(embedded: World, stocked: tuple[list[str], str]) -> None:
    auditor = embedded.asking("auditor")
    for by in (by for by in By if by is not By.ITEM):
        told = rows(auditor, by=by.value)
        assert sum(float(row["value"]) for row in told) == 8950
        assert all(
            float(row["owned"]) + float(row["consigned"]) + float(row["loaner"]) == float(row["value"]) for row in told
        )
    things = rows(auditor, by="item", location="CARD-W", product="GAUZE")
    assert sorted(row["code"] for row in things) == sorted(stocked[0])


def test_stock_is_told_as_it_was(embedded: World, stocked: tuple[list[str], str], clock: Any) -> None:
    then = clock.now
    clock.now = then + timedelta(hours=2)
    embedded.asking("nurse").post("/uses", {"scan": stocked[0][0]})
    assert [row["quantity"] for row in rows(embedded.asking("auditor"), location="CARD-W", product="GAUZE")] == [40]
    was = rows(embedded.asking("auditor"), location="CARD-W", product="GAUZE", at=then.isoformat())
    assert [row["quantity"] for row in was] == [60]


def test_one_box_finds_everything(embedded: World, stocked: tuple[list[str], str]) -> None:
    packs, stent = stocked
    keeper = embedded.asking("storekeeper")

    def found(text: str, kind: str, key: str) -> list[str]:
        return [one[key] for one in keeper.get("/stock/search", q=text).get_json()[kind]]

    assert found(packs[0], "items", "code") == [packs[0]]
    assert found(label(stent), "items", "code") == [stent]
    assert found(stent.split(".")[1], "items", "code") == [stent]
    assert found("L1", "lots", "product") == ["STENT"]
    for text in ("gauze", "纱布", build.GAUZE_CASE_DI, build.GAUZE_DI.lstrip("0")):
        assert found(text, "products", "product") == ["GAUZE"], text
    assert keeper.get("/stock/search", q="nothing like it").get_json() == {"items": [], "lots": [], "products": []}


def test_who_holds_the_last_ones_is_told_without_prices(embedded: World, stocked: tuple[list[str], str]) -> None:
    told = embedded.asking("nurse", embedded.h.surgery).get("/stock/holders/GAUZE").get_json()
    assert {one["location"] for one in told["holders"]} == {"CARD-W", "STORE"}
    assert {one["location"]: one["packs"] for one in told["holders"]}["CARD-W"] == 3
    assert "value" not in str(told)
    assert embedded.asking("nurse").get("/stock/holders/NOTHING").status_code == 404


def test_holding_and_letting_go(embedded: World, stocked: tuple[list[str], str]) -> None:
    packs, _ = stocked
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    said = {"reason": "inspection", "items": [packs[0]], "note": "标签不清"}
    assert nurse.post("/holds", said).get_json()["items"] == [packs[0]]
    hold = nurse.get("/holds").get_json()["holds"][0]
    assert (hold["code"], hold["reason"], hold["location"]) == (packs[0], "inspection", "CARD-W")
    nurse.refused("/uses", {"scan": packs[0]}, 422, "held")
    release = {"holds": [hold["id"]], "note": "完好"}
    done = embedded.asking("quality").post("/holds/release", release)
    assert done.get_json()["free"] == [packs[0]]
    assert nurse.get("/holds").get_json()["holds"] == []
    embedded.asking("storekeeper").refused("/holds", {"reason": "damaged"}, 422, "nothing-chosen")
    assert nurse.post("/holds", {"reason": "expired", "items": [packs[0]]}).status_code == 422


def test_a_write_off_from_asking_to_finding_again(embedded: World, stocked: tuple[list[str], str]) -> None:
    packs, _ = stocked
    nurse, head = embedded.asking("nurse"), embedded.asking("head_nurse")
    ask = {"lines": [{"scan": packs[0]}, {"scan": packs[1]}], "reason": "contaminated"}
    code = nurse.post("/write-offs", ask).get_json()["document"]
    shown = nurse.get(f"/write-offs/{code}").get_json()
    assert (shown["standing"], shown["value"], len(shown["items"])) == ("asked", "140.00", 2)
    done = head.post(f"/write-offs/{code}/approve", {"note": "同意"}).get_json()
    assert (done["standing"], done["items"]) == ("done", packs[:2])
    cost = embedded.asking("finance").get("/costs/departments", month="2026-03").get_json()
    assert cost["departments"][0]["total"] == "140.00"
    back = head.post("/write-offs/found", {"scan": packs[0], "note": "在推车里"}).get_json()
    assert (back["state"], back["cost"]) == ("available", "-70.00")
    assert [one["code"] for one in nurse.get("/write-offs", standing="done").get_json()["documents"]] == [code]


def test_who_asked_does_not_approve(embedded: World, stocked: tuple[list[str], str]) -> None:
    keeper = embedded.asking("storekeeper")
    ask = {"lines": [{"scan": stocked[0][0]}], "reason": "lost"}
    code = keeper.post("/write-offs", ask).get_json()["document"]
    keeper.refused(f"/write-offs/{code}/approve", {}, 403, "same-person")
    assert keeper.post(f"/write-offs/{code}/refuse", {"note": "找到了"}).get_json()["standing"] == "withdrawn"


def test_a_return_is_prepared_and_signed_out(embedded: World, stocked: tuple[list[str], str]) -> None:
    _, stent = stocked
    keeper = embedded.asking("storekeeper")
    ask = {"lines": [{"scan": label(stent)}], "reason": "near_expiry"}
    code = keeper.post("/returns", ask).get_json()["document"]
    shown = keeper.get(f"/returns/{code}").get_json()
    assert (shown["supplier"], shown["standing"]) == ("SUP-STENT", "asked")
    assert keeper.post(f"/returns/{code}/sign-out", {"note": "司机"}).get_json()["standing"] == "done"
    keeper.refused(f"/returns/{code}/cancel", {"note": "x"}, 409, "disposal-decided")


def test_slow_stock_by_the_limits_asked_for(embedded: World, stocked: tuple[list[str], str], clock: Any) -> None:
    clock.now += timedelta(days=40)
    auditor = Caller(embedded, {"Authorization": f"Bearer {embedded.token('auditor', days=100)}"})
    told = auditor.get("/stock/slow", idle_days=30).get_json()
    assert {row["product"] for row in told["rows"]} == {"GAUZE", "STENT"}
    assert auditor.get("/stock/slow", idle_days=60).get_json()["rows"] == []
