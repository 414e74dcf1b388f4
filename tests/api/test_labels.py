"""Labels, printers and scanners over HTTP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from scanners import proving_card
from spd import labelling
from spd.core.transaction import transaction
from spd.staff import Grant, Staff
from tests import build
from tests.api.asking import Caller, World, is_problem, label
from tests.build import GAUZE_DI
from tests.labelling.fake import FakePrinter

PRINT = {"format": "png"}


def printed(caller: Caller, kind: str, code: str, **said: Any) -> Any:
    return caller.post("/labels", {"labels": [{"kind": kind, "code": code}], "format": "png"} | said)


def read_back(data: bytes) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(data)))]


@pytest.mark.parametrize(
    ("role", "kind", "code", "carries"),
    [
        ("storekeeper", "location", "STORE", "L-STORE"),
        ("system_admin", "badge", "keeper", "S-KEEPER"),
        ("nurse", "wristband", "E-1", "W-1"),
    ],
)
def test_a_label_of_anything_reads_as_its_code(embedded: World, role: str, kind: str, code: str, carries: str) -> None:
    answer = printed(embedded.asking(role), kind, code)
    assert answer.mimetype == "image/png"
    assert read_back(answer.data) == [carries]


def test_a_delivery_note_and_a_pack_have_labels(embedded: World) -> None:
    with transaction(embedded.database) as session:
        note = build.note(session, embedded.h, embedded.h.gauzes, ("GAUZE", 50))
        label_code, number = note.label, note.code
        (pack, *_) = build.packs(session, embedded.h, 1)
    keeper = embedded.asking("storekeeper")
    assert read_back(printed(keeper, "document", number).data) == [label_code]
    assert read_back(printed(keeper, "item", pack).data) == [pack]


@pytest.mark.parametrize(
    ("role", "kind", "code"),
    [("storekeeper", "wristband", "E-1"), ("nurse", "badge", "keeper"), ("nurse", "location", "STORE")],
)
def test_who_may_not_print_such_a_label_is_refused(embedded: World, role: str, kind: str, code: str) -> None:
    assert is_problem(printed(embedded.asking(role), kind, code), 403, "not-allowed")


def test_a_nurse_prints_the_wristbands_of_her_own_ward(embedded: World) -> None:
    h = embedded.h
    assert printed(embedded.asking("nurse", h.cardiology), "wristband", "E-1").status_code == 200
    assert is_problem(printed(embedded.asking("nurse", h.surgery), "wristband", "E-1"), 403, "not-allowed")


def test_a_reprint_needs_a_reason_says_so_and_is_counted(world: World) -> None:
    keeper = world.asking("storekeeper")
    assert printed(keeper, "location", "STORE", format="zpl").status_code == 200
    assert is_problem(printed(keeper, "location", "STORE"), 422, "reprint-reason-missing")
    assert read_back(printed(keeper, "location", "STORE", reason="torn").data) == ["L-STORE"]
    kept = keeper.get("/labels/prints", code="L-STORE").get_json()["prints"]
    assert [(one["number"], one["reason"], one["medium"]) for one in kept] == [(0, "", "zpl"), (1, "torn", "png")]


def test_a_label_that_does_not_fit_is_refused_and_not_counted(embedded: World) -> None:
    with transaction(embedded.database) as session:
        place = embedded.h.store
        session.merge(place).name = "中心库" * 60
        session.flush()  # printed below
    keeper = embedded.asking("storekeeper")
    answer = printed(keeper, "location", "STORE", size="40x25", format="pdf")
    assert answer.status_code in (200, 422)
    if answer.status_code == 422:
        assert keeper.get("/labels/prints", code="L-STORE").get_json()["prints"] == []


def test_asked_again_with_its_key_it_is_the_same_print(world: World) -> None:
    keeper, said = world.asking("storekeeper"), {"request_key": str(uuid4())}
    first = printed(keeper, "location", "STORE", format="zpl", **said)
    assert printed(keeper, "location", "STORE", format="zpl", **said).data == first.data
    assert is_problem(printed(keeper, "location", "STORE", **said), 409, "key-reused")
    assert len(keeper.get("/labels/prints", code="L-STORE").get_json()["prints"]) == 1


@pytest.mark.parametrize(("carrier", "symbology"), [("datamatrix", "]d1"), ("qr", "]Q1"), ("code128", "]C0")])
@pytest.mark.parametrize(("dpi", "width"), [(203, 480), (300, 709)])
def test_a_label_has_the_symbol_and_the_dots_that_are_asked_for(
    embedded: World, carrier: str, symbology: str, dpi: int, width: int
) -> None:
    keeper = embedded.asking("storekeeper")
    image = Image.open(io.BytesIO(printed(keeper, "location", "STORE", carrier=carrier, dpi=dpi).data))
    (seen,) = zxingcpp.read_barcodes(image)
    assert (seen.text, seen.symbology_identifier, image.width) == ("L-STORE", symbology, width)


def test_what_is_only_looked_at_says_so_and_is_not_counted(embedded: World) -> None:
    with transaction(embedded.database) as session:
        (pack, *_) = build.packs(session, embedded.h, 1)
    keeper = embedded.asking("storekeeper")
    assert "预览 PREVIEW" in keeper.get("/labels", code=pack).get_data(as_text=True)
    assert read_back(keeper.get("/labels", code=pack, format="png", carrier="qr", dpi=300).data) == [pack]
    assert keeper.get("/labels/prints", code=pack).get_json()["prints"] == []
    assert is_problem(keeper.get("/labels", code=pack, format="pdf"), 422, "invalid")


def test_the_test_card_comes_in_every_form_and_is_printed_at_will(world: World, fake: FakePrinter) -> None:
    nurse, keeper = world.asking("nurse"), world.asking("storekeeper")
    assert nurse.get("/labels/test-card").data.startswith(b"%PDF")
    assert nurse.get("/labels/test-card", format="zpl", dpi=300).get_data(as_text=True).count("^XA") == 4
    assert nurse.get("/labels/test-card", format="svg").data.startswith(b"<svg")
    (bars,) = (task for task in proving_card.TASKS if task.name == "bars")
    assert read_back(nurse.get("/labels/test-card", format="png", symbol="bars").data) == [bars.code]
    world.asking("system_admin").post(
        "/printers", {"code": "ZT-1", "host": "127.0.0.1", "port": fake.port, "size": "70x40"}
    )
    client = world.app.test_client()
    for _ in range(2):
        answer = client.post("/test-card/print", headers=keeper.headers, data={"printer": "ZT-1"})
        assert answer.location == "/test-card"
    jobs = keeper.get("/print-jobs", printer="ZT-1").get_json()["jobs"]
    assert [one["total"] for one in jobs] == [4, 4]
    wanted = [{"kind": "test_card", "code": "other"}]
    keeper.refused("/print-jobs", {"printer": "ZT-1", "labels": wanted}, 404, "unknown-symbol")


def test_a_page_prints_items_once_and_asks_why_the_second_time(embedded: World) -> None:
    with transaction(embedded.database) as session:
        codes = build.packs(session, embedded.h, 2)[:2]
    keeper, client = embedded.asking("storekeeper"), embedded.app.test_client()
    said = {"code": codes, "as": "pdf"}
    first = client.post("/labels", headers=keeper.headers, data=said)
    assert (first.mimetype, first.data[:4]) == ("application/pdf", b"%PDF")
    refused = client.post("/labels", headers=keeper.headers | {"Accept": "text/html"}, data=said)
    assert (refused.status_code, "补打" in refused.get_data(as_text=True)) == (422, True)
    again = client.post("/labels", headers=keeper.headers, data=said | {"as": "zpl", "reason": "torn"})
    assert (again.status_code, again.get_data(as_text=True).count("^XA")) == (200, 2)
    kept = keeper.get("/labels/prints", code=codes[0]).get_json()["prints"]
    assert [(one["number"], one["reason"]) for one in kept] == [(0, ""), (1, "torn")]
    assert client.post("/labels", headers=keeper.headers, data=said | {"as": "gif"}).status_code == 400


@pytest.fixture
def fake() -> Iterator[FakePrinter]:
    with FakePrinter({2: "drop"}) as printer:
        yield printer


def test_labels_go_to_a_printer_and_on_after_a_jam(world: World, fake: FakePrinter) -> None:
    admin, keeper = world.asking("system_admin"), world.asking("storekeeper")
    printer = {"code": "ZT-1", "host": "127.0.0.1", "port": fake.port}
    assert admin.post("/printers", printer).get_json()["size"] == "60x40"
    assert is_problem(keeper.post("/printers", printer), 403, "not-allowed")
    with transaction(world.database) as session:
        codes = build.packs(session, world.h, 2)[:2]
    wanted = [{"kind": "item", "code": code} for code in codes] + [{"kind": "location", "code": "STORE"}]
    said = {"request_key": str(uuid4()), "printer": "ZT-1", "labels": wanted}
    job = keeper.post("/print-jobs", said).get_json()
    assert (job["state"], job["total"], job["printed"]) == ("waiting", 3, 0)
    assert keeper.post("/print-jobs", said).get_json()["id"] == job["id"]
    number = job["id"]
    assert keeper.send(f"/print-jobs/{number}/send").get_json()["state"] == "jammed"
    jammed = keeper.get(f"/print-jobs/{number}").get_json()
    assert [one["printed_at"] is not None for one in jammed["labels"]] == [True, False, False]
    assert keeper.send(f"/print-jobs/{number}/send").get_json()["state"] == "done"
    assert len(fake.printed) == 3
    assert [one["id"] for one in keeper.get("/print-jobs", state="done", printer="ZT-1").get_json()["jobs"]] == [number]
    keeper.refused("/print-jobs", {"printer": "ZT-9", "labels": wanted}, 404, "unknown-printer")


def test_a_job_is_given_up_once(embedded: World) -> None:
    admin, keeper = embedded.asking("system_admin"), embedded.asking("storekeeper")
    admin.post("/printers", {"code": "ZT-1", "host": "printer.local"})
    job = keeper.post("/print-jobs", {"printer": "ZT-1", "labels": [{"kind": "location", "code": "STORE"}]}).get_json()
    for _ in range(2):
        answer = keeper.send(f"/print-jobs/{job['id']}/cancel", headers={"Idempotency-Key": str(uuid4())})
        assert answer.get_json()["state"] == "cancelled"
    assert is_problem(keeper.send("/print-jobs/999/send"), 404, "unknown-print-job")


def test_a_ward_sees_its_own_jobs_and_what_stops_a_printer_it_prints_at(embedded: World) -> None:
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    surgeon = embedded.asking("head_nurse", embedded.h.surgery)
    embedded.asking("system_admin").post("/printers", {"code": "ZT-1", "host": "127.0.0.1", "port": 9})
    said = {"printer": "ZT-1", "labels": [{"kind": "wristband", "code": "E-1"}]}
    number = nurse.post("/print-jobs", said).get_json()["id"]
    path = f"/print-jobs/{number}"
    assert surgeon.get("/print-jobs").get_json()["jobs"] == []
    for refused in (surgeon.get(path), surgeon.send(f"{path}/send"), _given_up(surgeon, path)):
        assert is_problem(refused, 403, "not-allowed")
    assert nurse.send(f"{path}/send").get_json()["state"] == "jammed"
    assert is_problem(surgeon.get(path), 403, "not-allowed")  # a printer that surgery never printed at
    with transaction(embedded.database) as session:
        theirs = session.scalars(select(Staff).join(Grant).where(Grant.department_id == embedded.h.surgery.id)).one()
        labelling.enqueue(session, build.occasion(theirs), labelling.get_printer(session, "ZT-1"), [("S-1", "^XA^XZ")])
    assert number in [one["id"] for one in surgeon.get("/print-jobs").get_json()["jobs"]]
    assert surgeon.send(f"{path}/send").get_json()["state"] == "jammed"
    assert is_problem(_given_up(surgeon, path), 403, "not-allowed")
    assert _given_up(nurse, path).get_json()["state"] == "cancelled"
    assert is_problem(surgeon.get(path), 403, "not-allowed")  # it stops nobody any more


def _given_up(who: Caller, path: str) -> TestResponse:
    return who.send(f"{path}/cancel", headers={"Idempotency-Key": str(uuid4())})


SENT = {task.name: task.sent for task in proving_card.TASKS}


def receipt(world: World, caller: Caller, *, device: str) -> Any:
    with transaction(world.database) as session:
        note = build.note(session, world.h, world.h.gauzes, ("GAUZE", 50)).code
    arrivals = [{"scan": f"]d201{GAUZE_DI}17280930\x1d10L1"}]
    said = {"delivery": note, "location": "STORE", "arrivals": arrivals}
    return caller.post("/receipts", said, headers={"X-Device": device} if device else {})


def test_a_scanner_that_names_itself_must_pass_the_card_before_lots_are_booked(world: World) -> None:
    keeper = world.asking("storekeeper")
    assert receipt(world, keeper, device="").status_code == 201
    assert is_problem(receipt(world, keeper, device="PDA-1"), 422, "device-unfit")
    assert keeper.post("/devices", {"code": "PDA-1", "name": "一号枪"}).get_json()["passed_at"] is None
    swallowed = {name: text.replace("\x1d", "") for name, text in SENT.items()}
    failed = keeper.post("/devices/PDA-1/tests", {"readings": swallowed}).get_json()
    assert failed["passed"] is False
    assert {one["task"]: one["faults"] for one in failed["findings"]}["separator"] == ["no-separator"]
    assert is_problem(receipt(world, keeper, device="PDA-1"), 422, "device-unfit")
    assert keeper.post("/devices/PDA-1/tests", {"readings": SENT}).get_json()["passed"] is True
    assert receipt(world, keeper, device="PDA-1").status_code == 201
    assert keeper.get("/devices").get_json()["devices"][0]["passed_at"]


def test_an_unfit_scanner_still_reads_our_own_labels(world: World) -> None:
    with transaction(world.database) as session:
        (pack, *_) = build.move_to(session, world.h, build.packs(session, world.h, 1)[:1], world.h.ward)
    nurse = world.asking("nurse", world.h.cardiology)
    answer = nurse.post("/uses", {"scan": label(pack)}, headers={"X-Device": "PDA-7"})
    assert answer.status_code == 201


def test_a_scanner_is_read_by_its_own_habits(world: World) -> None:
    keeper = world.asking("storekeeper")
    keeper.post("/devices", {"code": "PDA-2", "separators": ["~"], "prefix": "<<"})
    scan = {"scan": f"<<]d201{GAUZE_DI}10L1~21S1"}
    read = keeper.send("/scans", scan, headers={"X-Device": "PDA-2"}).get_json()
    assert (read["lot"], read["serial"]) == ("L1", "S1")
    assert keeper.send("/scans", scan).get_json()["serial"] is None


def test_a_scanner_set_anew_must_be_tested_again(embedded: World) -> None:
    keeper = embedded.asking("storekeeper")
    keeper.post("/devices", {"code": "PDA-3"})
    keeper.post("/devices/PDA-3/tests", {"readings": SENT})
    assert keeper.post("/devices", {"code": "PDA-3", "name": "三号"}).get_json()["passed_at"]
    assert keeper.post("/devices", {"code": "PDA-3", "separators": ["|"]}).get_json()["passed_at"] is None
    assert is_problem(keeper.post("/devices/PDA-9/tests", {"readings": SENT}), 404, "unknown-device")


@pytest.mark.parametrize(
    ("language", "passed", "unfit"), [("zh-Hans", "通过", "未通过"), ("en", "Passed", "Not passed")]
)
def test_the_page_of_the_card_judges_what_was_scanned(embedded: World, language: str, passed: str, unfit: str) -> None:
    client = embedded.app.test_client()
    headers = embedded.asking("storekeeper").headers
    with client.session_transaction() as kept:
        kept["language"] = language
    assert client.get("/test-card", headers=headers).status_code == 200
    assert client.get("/test-card/separator.svg", headers=headers).data.startswith(b"<svg")
    assert client.get("/test-card/other.svg", headers=headers).status_code == 404
    said = {"device": "PDA-5"} | {
        f"reading-{name}": text.replace("\x1d", "{GS}") + "\r\n" for name, text in SENT.items()
    }
    good = client.post("/test-card", headers=headers, data=said)
    assert good.status_code == 200
    assert "device=PDA-5" in good.headers["Set-Cookie"]
    assert passed in good.get_data(as_text=True)
    assert unfit not in good.get_data(as_text=True)
    bad = client.post("/test-card", headers=headers, data=said | {"reading-bars": "x"})
    assert unfit in bad.get_data(as_text=True)
    assert client.post("/test-card", headers=headers, data={}).status_code == 422


def test_a_scanner_keeps_its_settings_over_the_card_and_the_browser_may_take_its_enter_off(embedded: World) -> None:
    admin, client = embedded.asking("system_admin"), embedded.app.test_client()
    settings = {"code": "PDA-6", "prefix": "~", "suffix": "#\r", "rfid": True}
    assert admin.post("/devices", settings).status_code == 200
    for end, passed in (("#", True), ("", False)):
        said = {"device": "PDA-6"} | {f"reading-{name}": f"~{text}{end}" for name, text in SENT.items()}
        assert client.post("/test-card", headers=admin.headers, data=said).status_code == 200
        (kept,) = [one for one in admin.get("/devices").get_json()["devices"] if one["code"] == "PDA-6"]
        assert {name: kept[name] for name in settings} == settings
        assert (kept["passed_at"] is not None) is passed
    scanned = {**admin.headers, "X-Device": "PDA-6"}
    for text, status in (("~6901234567892#", 200), ("~6901234567892#\r", 200), ("~690123456", 400)):
        assert client.post("/api/v1/scans", headers=scanned, json={"scan": text}).status_code == status
