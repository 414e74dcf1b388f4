"""/receipts, /receiving-exceptions, /inspections: what is put aside or held, and what becomes of it."""

from __future__ import annotations

from uuid import uuid4

from spd.catalog import Product
from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World
from tests.receiving.arriving import PALLET, pallet

CASE = f"]d201{build.GAUZE_CASE_DI}1728093010G1"


def note(world: World, product: str = "GAUZE", quantity: int = 50) -> str:
    with transaction(world.database) as session:
        return build.note(session, world.h, world.h.gauzes, (product, quantity)).code


def arrived(delivery: str, *scans: str, **more: object) -> dict[str, object]:
    said = {"delivery": delivery, "location": "STORE", "arrivals": [{"scan": scan} for scan in scans]}
    return said | more


def test_what_is_over_is_put_aside_listed_and_sent_back(embedded: World) -> None:
    keeper = embedded.asking("storekeeper")
    delivery = note(embedded)
    said = {"request_key": str(uuid4())} | arrived(delivery, CASE, CASE, aside=True)
    first = keeper.post("/receipts", said).get_json()
    assert [item["quantity"] for item in first["items"]] == [50]
    assert [(one["kind"], one["quantity"]) for one in first["asides"]] == [("over", 50)]
    assert keeper.post("/receipts", said).get_json() == first | {"repeated": True}
    listed = keeper.get("/receiving-exceptions", delivery=delivery).get_json()["exceptions"]
    assert [(one["kind"], one["delivery"], one["resolution"]) for one in listed] == [("over", delivery, "")]
    path = f"/receiving-exceptions/{listed[0]['number']}"
    keeper.refused(f"{path}/receive", {}, 422, "over-delivered")
    for _ in range(2):
        told = keeper.post(f"{path}/resolve", {"resolution": "returned", "note": "driver"})
        assert (told.status_code, told.get_json()["resolution"]) == (200, "returned")
    keeper.refused(f"{path}/resolve", {"resolution": "mistake"}, 409, "aside-resolved")
    assert keeper.get("/receiving-exceptions").get_json()["exceptions"] == []
    assert len(keeper.get("/receiving-exceptions", open="false", kind="over").get_json()["exceptions"]) == 1
    assert embedded.problems() == []


def test_a_stray_is_received_on_the_note_it_belongs_to(embedded: World) -> None:
    keeper = embedded.asking("storekeeper")
    here, there = note(embedded, "REAGENT", 100), note(embedded)
    one = keeper.post("/receipts", arrived(here, CASE, aside=True)).get_json()["asides"][0]
    assert one["other"] == there
    told = keeper.post(f"/receiving-exceptions/{one['number']}/receive", {"delivery": there})
    assert (told.status_code, told.get_json()["items"][0]["quantity"]) == (201, 50)


def test_a_pallet_is_received_by_its_code(embedded: World) -> None:
    with transaction(embedded.database) as session:
        delivery = pallet(session, embedded.h).code
    keeper = embedded.asking("storekeeper")
    told = keeper.post("/receipts", arrived(delivery, f"(00){PALLET}"))
    assert len(told.get_json()["items"]) == 4
    keeper.refused("/receipts", arrived(delivery, f"(00){PALLET}"), 409, "package-received")


def test_goods_are_held_inspected_and_decided(embedded: World) -> None:
    keeper, quality = embedded.asking("storekeeper"), embedded.asking("quality")
    delivery = note(embedded, quantity=100)
    held = keeper.post("/receipts", arrived(delivery, CASE, quarantine="sample", note="lab")).get_json()["items"][0]
    assert held["held"] == "sample"
    good = keeper.post("/receipts", arrived(delivery, CASE)).get_json()["items"][0]["code"]
    said = {"delivery": delivery, "item": good, "reason": "wrong_label"}
    assert keeper.post("/inspections", said).get_json()["inspections"][0]["item"] == good
    keeper.refused("/inspections", {"delivery": delivery}, 422, "invalid")
    waiting = quality.get("/inspections").get_json()["inspections"]
    assert [(one["reason"], one["result"]) for one in waiting] == [("sample", "held"), ("wrong_label", "held")]
    first, second = (one["number"] for one in waiting)
    assert quality.post(f"/inspections/{first}/decide", {"accept": True}).get_json()["result"] == "accepted"
    assert quality.post(f"/inspections/{second}/decide", {"accept": False}).get_json()["result"] == "refused"
    quality.refused(f"/inspections/{second}/decide", {"accept": True}, 409, "already-decided")
    quality.refused("/inspections/999/decide", {"accept": True}, 404, "unknown-inspection")
    assert embedded.problems() == []


def test_cold_goods_need_a_temperature(embedded: World) -> None:
    keeper: Caller = embedded.asking("storekeeper")
    with transaction(embedded.database) as session:
        session.query(Product).filter_by(code="REAGENT").update({"cold_chain": True})
    delivery = note(embedded, "REAGENT", 100)
    box = f"]d201{build.REAGENT_DI}1728093010R1"
    keeper.refused("/receipts", arrived(delivery, box), 422, "temperature-missing")
    said = {"request_key": str(uuid4()), "delivery": delivery, "tenths": 95}
    for _ in range(2):
        assert keeper.post("/receipts/temperatures", said).get_json()["tenths"] == 95
    keeper.refused("/receipts/temperatures", said | {"tenths": 50}, 409, "key-reused")
    assert keeper.post("/receipts", arrived(delivery, box)).get_json()["items"][0]["held"] == "temperature"
