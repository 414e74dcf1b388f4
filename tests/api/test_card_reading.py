"""Reading the test card as a scan page: four scans, and the scanner that is here may do lot-tracked work."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sqlalchemy import select

from scanners import proving_card
from spd import policies
from spd.core.transaction import reading
from spd.devices import Device, DeviceTest
from tests.api.asking import World

SENT = {task.name: task.sent for task in proving_card.TASKS}
FOREIGN = "]d2010690700000000317280930\x1d10L1\x1d21S9"


class Gun:
    """A browser with a scanner at it, on the page of the card."""

    def __init__(self, world: World, role: str = "nurse", **headers: str) -> None:
        self.client = world.app.test_client()
        with self.client.session_transaction() as kept:
            kept["language"] = "en"
        self.headers = world.asking(role).headers | headers
        self.state: dict[str, Any] = {}

    def scan(self, *codes: str, **said: str) -> dict[str, Any]:
        body = {"request_key": str(uuid4()), "codes": codes, "state": self.state} | said
        told: dict[str, Any] = self.client.post("/test-card/read", headers=self.headers, json=body).get_json()
        self.state = told["state"]
        return told


def kept(world: World) -> list[tuple[str, bool, str, bool]]:
    """Every go at the card: whose, whether it passed; the separators of the scanner now, and whether it may."""
    with reading(world.database) as session:
        rows = session.execute(select(Device, DeviceTest).join(DeviceTest).order_by(DeviceTest.id)).all()
        return [(one.code, test.passed, one.separators, one.passed_at is not None) for one, test in rows]


def test_a_new_hospital_takes_suppliers_codes_of_no_scanner_that_has_not_passed(embedded: World) -> None:
    with reading(embedded.database) as session:
        untested = {one.name: one.default for one in policies.DECLARED if one.name.startswith(policies.UNTESTED)}
        assert {name: policies.get(session, name) for name in untested} == untested
    assert {name.rpartition(".")[2] for name, value in untested.items() if value == "warn"} == {"program"}


def test_four_scans_in_any_order_name_a_scanner_and_let_it_work(embedded: World) -> None:
    gun = Gun(embedded)
    for number, name in enumerate(("bars", "length", "separator"), start=1):
        assert gun.scan(SENT[name])["title"] == f"{number} of 4"
    assert kept(embedded) == []
    done = gun.scan(SENT["signs"])
    assert (done["class"], done["title"]) == ("ok", "Passed")
    ((name, passed, _, may),) = kept(embedded)
    assert (passed, may) == (True, True)
    assert name.startswith("SCANNER-")
    cookie = gun.client.get_cookie("device")
    assert cookie is not None
    assert cookie.value == name
    assert "not tested" not in gun.client.get("/bedside", headers=gun.headers).get_data(as_text=True)


def test_what_the_scanner_writes_in_place_of_the_separator_is_learnt(embedded: World) -> None:
    gun = Gun(embedded, **{"X-Device": "PDA-7"})
    for text in SENT.values():
        told = gun.scan("#" + text.replace("\x1d", "|"))
    assert told["title"] == "Passed"
    assert kept(embedded) == [("PDA-7", True, '["|"]', True)]
    said = {"scan": "#" + FOREIGN.replace("\x1d", "|")}
    found = gun.client.post("/api/v1/scans", headers=gun.headers, json=said).get_json()
    assert (found["lot"], found["serial"]) == ("L1", "S9")


def test_a_scanner_that_drops_characters_is_told_what_to_set_and_may_read_again(embedded: World) -> None:
    gun = Gun(embedded, **{"X-Device": "PDA-8"})
    gun.scan(SENT["bars"])
    lost = gun.scan(SENT["separator"].replace("\x1d", ""))
    assert (lost["class"], lost["code"]) == ("stop", "E24")
    assert "group separator" in lost["do"]
    assert kept(embedded) == [("PDA-8", False, "[]", False)]
    assert list(lost["state"]["readings"]) == ["bars"]
    for name in ("separator", "signs", "length"):
        told = gun.scan(SENT[name])
    assert told["title"] == "Passed"
    assert [one[1] for one in kept(embedded)] == [False, True]
    gun.state = {}  # another day, and somebody has set it otherwise
    gun.scan(SENT["length"][:40])
    assert kept(embedded)[-1] == ("PDA-8", False, "[]", False)


def test_what_was_learnt_stays_while_another_symbol_is_read_again(embedded: World) -> None:
    gun = Gun(embedded)
    gun.scan(SENT["separator"].replace("\x1d", "|"))
    assert gun.scan(SENT["length"][:50])["class"] == "stop"
    for name in ("length", "signs", "bars"):
        told = gun.scan(SENT[name])
    assert told["title"] == "Passed"
    assert kept(embedded)[-1][1:] == (True, '["|"]', True)


def test_what_stops_is_seen_though_another_symbol_was_in_view(embedded: World) -> None:
    gun = Gun(embedded)
    told = gun.scan(SENT["separator"].replace("\x1d", ""), SENT["bars"])
    assert (told["class"], told["code"], told["state"]["readings"]) == ("stop", "E24", {})
    for name in ("separator", "signs", "length"):
        gun.scan(SENT[name])
    assert gun.scan(SENT["bars"], FOREIGN)["title"] == "Passed"


def test_what_is_not_on_the_card_or_was_typed_proves_nothing(embedded: World) -> None:
    gun = Gun(embedded)
    for codes, more, code in (((FOREIGN,), {}, "E05"), ((SENT["bars"],), {"entered": "keyed"}, "E24")):
        told = gun.scan(*codes, **more)
        assert (told["class"], told["code"], told["state"]["readings"]) == ("stop", code, {})
    assert gun.scan()["class"] == "repeat"
    assert kept(embedded) == []


def test_a_made_up_state_is_taken_for_none(embedded: World) -> None:
    gun = Gun(embedded)
    for state in (
        {"device": "PDA-1", "readings": {"bars": 5}}, {"device": 7, "readings": ["x"]}, {"readings": {"other": "x"}},
    ):  # fmt: skip
        gun.state = state
        told = gun.scan(SENT["signs"])
        assert list(told["state"]["readings"]) == ["signs"]
        assert told["state"]["device"].startswith("SCANNER-")


def test_without_scripts_the_form_does_the_same(embedded: World) -> None:
    gun = Gun(embedded)
    with gun.client.session_transaction() as kept:
        kept["language"] = "zh-Hans"
    page = gun.client.get("/test-card/read?next=/bedside", headers=gun.headers).get_data(as_text=True)
    assert page.count("/test-card/") >= 4
    said = {"scan": SENT["bars"], "state": '{"next": "/bedside"}', "request_key": str(uuid4())}
    answer = gun.client.post("/test-card/read", headers=gun.headers, data=said).get_data(as_text=True)
    assert "通过" in answer
    assert 'href="/bedside"' in answer
