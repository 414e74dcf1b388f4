"""Scanners over HTTP: which may book suppliers' codes, and that a scan is read by the habits of what scanned it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from api import reading as scanner
from scanners import proving_card
from spd import policies
from spd.core.transaction import reading, transaction
from spd.offline import Dispute
from spd.receiving import ReceivingException
from spd.signing_on import DeviceProfile, EnrolledDevice
from tests import build
from tests.api.asking import Caller, World, is_problem
from tests.api.test_offline import bring, device_of, outcomes, stents, used
from tests.build import GAUZE_DI, STENT_DI

GAUZE = f"]d201{GAUZE_DI}17280930\x1d10L1"
BOOKING: dict[str, dict[str, Any]] = {
    "/receipts": {"arrivals": [{"scan": GAUZE}]},
    "/uses": {"scan": GAUZE},
    "/emergency-uses": {"scan": GAUZE},
    "/re-entries": {"scan": GAUZE},
    "/opened-packs": {"scan": GAUZE},
    "/packs": {"sources": [GAUZE]},
    "/waves/V-1/picks": {"scan": GAUZE},
    "/refills/exchanges": {"item": GAUZE},
    "/dispatches": {"items": [GAUZE]},
    "/dispatches/T-1/sign": {"items": [GAUZE]},
    "/transfers": {"items": [GAUZE]},
    "/returns": {"lines": [{"scan": GAUZE}]},
    "/write-offs": {"lines": [{"scan": GAUZE}]},
    "/write-offs/found": {"scan": GAUZE},
    "/counts/C-1/lines": {"scan": GAUZE},
    "/loaner-sets/S-1/arrival": {"pieces": [{"scan": GAUZE}]},
    "/loaner-sets/S-1/departure": {"pieces": [{"scan": GAUZE}]},
    "/operations/O-1/draws": {"items": [GAUZE]},
    "/operations/O-1/returns": {"items": [GAUZE]},
    "/trace-codes/acts": {"scan": GAUZE},
}


@pytest.fixture
def everybody(embedded: World) -> Caller:
    token = embedded.token("storekeeper", "head_nurse", "nurse", "quality", "finance", "buyer", "porter")
    return Caller(embedded, {"Accept-Language": "en", "Authorization": f"Bearer {token}"})


def through(who: Caller, name: str, path: str, said: dict[str, Any]) -> Any:
    return who.post(path, said, headers={"X-Device": name} if name else {})


def decide(world: World, kind: str, value: str) -> None:
    with transaction(world.database) as session:
        policies.settle(session, build.occasion(world.h.nurse), policies.UNTESTED + kind, value)
    with world.app.app_context():
        scanner.forget()


def test_wherever_lots_are_booked_an_untested_scanner_is_refused_suppliers_codes(everybody: Caller) -> None:
    for path, said in BOOKING.items():
        problem = is_problem(through(everybody, "PDA-1", path, said), 422, "device-unfit")
        assert "Read the test card with it" in problem["detail"]
        assert (through(everybody, "", path, said).get_json() or {}).get("code") != "device-unfit", path


def test_what_only_looks_a_code_up_is_open_to_every_scanner(everybody: Caller) -> None:
    assert everybody.send("/scans", {"scan": GAUZE}, headers={"X-Device": "PDA-1"}).get_json()["lot"] == "L1"


def test_every_exception_to_the_rule_is_an_endpoint(embedded: World) -> None:
    assert embedded.app.view_functions.keys() >= scanner.ONLY_LOOKED_UP


def test_the_hospital_decides_for_each_kind_of_device(embedded: World, everybody: Caller) -> None:
    everybody.post("/devices", {"code": "PDA-2"})
    with transaction(embedded.database) as session:
        device = session.scalars(select(scanner.Device).where(scanner.Device.code == "PDA-2")).one()
        session.add(
            EnrolledDevice(
                device_id=device.id, profile=DeviceProfile.CART.value, state="waiting", queue="", digest=None
            )
        )
    said = {"delivery": "", "location": "STORE"} | BOOKING["/receipts"]
    for kind, value, code in (
        ("cart", "block", "device-unfit"), ("cart", "warn", "unknown-delivery"), ("program", "block", "device-unnamed"),
        ("program", "warn", "unknown-delivery"), ("other", "warn", "unknown-delivery"),
    ):  # fmt: skip
        decide(embedded, kind, value)
        name = {"cart": "PDA-2", "program": "", "other": "PDA-9"}[kind]
        assert through(everybody, name, "/receipts", said | {"delivery": "N-0"}).get_json()["code"] == code, (
            kind,
            value,
        )


def test_what_is_typed_came_through_no_scanner(embedded: World) -> None:
    client, headers = embedded.app.test_client(), embedded.asking("nurse", embedded.h.cardiology).headers
    (code,) = stents(embedded, 1)
    for entered, shown in (("scanned", "E24"), ("keyed", "E04")):
        said = {
            "request_key": str(uuid4()),
            "codes": [f"(01){STENT_DI}(21){code.partition('.')[2]}"],
            "entered": entered,
        }
        told = client.post("/bedside", headers=headers | {"X-Device": "PDA-1"}, json=said).get_json()
        assert told["code"] == shown


def test_scan_pages_say_what_the_scanner_here_may_do(embedded: World) -> None:
    client, headers = embedded.app.test_client(), embedded.asking("nurse", embedded.h.cardiology).headers
    assert "扫描枪未经测试" in client.get("/bedside", headers=headers).get_data(as_text=True)
    named = client.get("/bedside", headers=headers | {"X-Device": "PDA-1"}).get_data(as_text=True)
    assert "扫描枪 PDA-1 未通过测试卡" in named
    keeper = embedded.asking("storekeeper")
    keeper.post("/devices", {"code": "PDA-1"})
    keeper.post("/devices/PDA-1/tests", {"readings": {task.name: task.sent for task in proving_card.TASKS}})
    passed = client.get("/bedside", headers=headers | {"X-Device": "PDA-1"}).get_data(as_text=True)
    assert "PDA-1 未通过测试卡" not in passed


def habits(world: World, name: str) -> None:
    """A scanner that puts a text around every code, sends ~ for the separator, and has passed the card."""
    admin = world.asking("system_admin")
    admin.post("/devices", {"code": name, "prefix": "<<", "suffix": ">\r\n", "separators": ["~"]})
    sent = {task.name: "<<" + task.sent.replace("\x1d", "~") + ">" for task in proving_card.TASKS}
    assert admin.post(f"/devices/{name}/tests", {"readings": sent}).get_json()["passed"] is True


def sent_by(text: str) -> str:
    """A code as that scanner sends it."""
    return "<<" + text.replace("\x1d", "~") + ">"


def supplied(code: str) -> str:
    di, _, serial = code.partition(".")
    return f"]d201{di}10L1\x1d21{serial}"


def test_a_queue_is_read_by_the_habits_of_the_scanner_that_scanned(world: World) -> None:
    habits(world, "PDA-2")
    device, codes = device_of(world), stents(world, 3)
    told = bring(
        world,
        device.use(sent_by(supplied(codes[0])), encounter="W-1", scanner="PDA-2"),
        device.use(sent_by(supplied(codes[1])), encounter="W-1"),
        device.use(supplied(codes[1]), encounter="W-1", scanner="PDA-3"),
        device.use(supplied(codes[1]), encounter="W-1", scanner="PDA-3", entered="keyed", reason="damaged"),
    )
    assert outcomes(told) == ["done", "refused", "refused", "done"]
    with reading(world.database) as session:
        assert session.scalars(select(Dispute.code).order_by(Dispute.id)).all() == ["unknown-item", "device-unfit"]
    assert used(world) == 2


def test_a_shared_devices_queue_is_read_as_that_device_scans(embedded: World) -> None:
    habits(embedded, "PDA-2")
    with transaction(embedded.database) as session:
        number = session.scalars(select(scanner.Device.id).where(scanner.Device.code == "PDA-2")).one()
        session.add(EnrolledDevice(device_id=number, profile="handheld", state="enrolled", queue="Q-7", digest=None))
    device, (code,) = device_of(embedded, "Q-7"), stents(embedded, 1)
    told = bring(embedded, device.use(sent_by(supplied(code)), encounter="W-1"), device="Q-7")
    assert outcomes(told) == ["done"]


def test_a_piece_put_aside_is_read_again_by_the_habits_of_what_read_it(world: World) -> None:
    habits(world, "PDA-2")
    keeper, buyer = world.asking("storekeeper"), world.asking("buyer")
    with transaction(world.database) as session:
        note = build.note(session, world.h, world.h.gauzes, ("GAUZE", 50)).code
    strange = "]d2010697573743115810L1\x1d17280930"
    said = {
        "delivery": note, "location": "STORE", "arrivals": [{"scan": sent_by(strange)}], "aside": True,
    }  # fmt: skip
    told = through(keeper, "PDA-2", "/receipts", said)
    assert told.status_code == 201, told.text
    (aside,) = keeper.get("/receiving-exceptions").get_json()["exceptions"]
    with reading(world.database) as session:
        assert session.scalars(select(ReceivingException.scanner)).one() == "PDA-2"
    bound = {"scan": strange, "product": "GAUZE", "base_units": 1}
    assert buyer.post("/packagings", bound).status_code == 201
    taken = keeper.post(f"/receiving-exceptions/{aside['number']}/receive", {"location": "STORE"})
    assert taken.status_code == 201, taken.text
    assert taken.get_json()["items"][0]["lot"] == "L1"
