"""A label that reads in several ways, or whose lot or serial breaks its standard, is booked by nobody."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from spd import packing, receiving
from spd.catalog import Lot
from spd.core.transaction import reading, transaction
from spd.ledger import Item, Movement
from spd.staff import Staff
from tests import build
from tests.api.asking import Caller, World
from tests.api.cardiology import SECRET
from tests.hashing import CHEAP

LOST = f"]d201{build.STENT_DI}17280930" + "10L260121SN0007"
DAMAGED = f"]d201{build.STENT_DI}17280930" + "10L2601|21SN0007"
DOUBTFUL = pytest.mark.parametrize("scan", [LOST, DAMAGED])


@pytest.fixture
def note(embedded: World) -> str:
    with transaction(embedded.database) as session:
        return build.note(session, embedded.h, embedded.h.stents, ("STENT", 3)).code


def received(keeper: Caller, note: str, scan: str, **more: Any) -> Any:
    said = {"delivery": note, "location": "STORE", "arrivals": [{"scan": scan} | more]}
    return keeper.post("/receipts", said)


def items(world: World) -> list[tuple[str, str]]:
    with reading(world.database) as session:
        return [(item.code, item.serial or "") for item in session.scalars(select(Item))]


@DOUBTFUL
def test_it_is_not_received_as_it_reads(embedded: World, note: str, scan: str) -> None:
    keeper, before = embedded.asking("storekeeper"), items(embedded)
    told = received(keeper, note, scan)
    assert (told.status_code, told.get_json()["code"]) == (422, "label-in-doubt")
    assert items(embedded) == before
    keyed = received(keeper, note, scan, lot="L2601").get_json()
    assert [one["lot"] for one in keyed["items"]] == ["L2601"]
    assert [serial for code, serial in items(embedded) if (code, serial) not in before] == [""]


def test_a_reading_that_was_chosen_is_received(embedded: World, note: str) -> None:
    keeper = embedded.asking("storekeeper")
    offered = keeper.send("/scans", {"scan": LOST}).get_json()["readings"]
    assert [(one["lot"], one["serial"]) for one in offered] == [("L260121SN0007", None), ("L2601", "SN0007")]
    known = offered[1]
    told = received(keeper, note, known["scan"]).get_json()
    assert [(one["code"], one["lot"]) for one in told["items"]] == [(f"{build.STENT_DI}.SN0007", "L2601")]


def test_of_readings_the_one_whose_lot_the_note_states_is_received(embedded: World) -> None:
    """A lot of digits in which an identifier may stand, as most labels without a serial have it."""
    label = f"]d201{build.GAUZE_CASE_DI}1728093010260721452"
    with transaction(embedded.database) as session:
        for code, lot in (("N-SAYS", "260721452"), ("N-OTHER", "2607")):
            line = receiving.AnnouncedLine(product="GAUZE", quantity=50, lot=lot)
            when = build.occasion(embedded.h.keeper)
            said = receiving.Announced(occasion=when, code=code, supplier=embedded.h.gauzes.code, lines=[line])
            receiving.announce(session, said)
    keeper = embedded.asking("storekeeper")
    assert keeper.send("/scans", {"scan": label}).get_json()["readings"]
    told = received(keeper, "N-SAYS", label).get_json()
    assert [(one["lot"], one["quantity"]) for one in told["items"]] == [("260721452", 50)]
    assert received(keeper, "N-OTHER", label).get_json()["code"] == "label-in-doubt"


def test_of_readings_the_one_whose_lot_lies_here_is_used(embedded: World) -> None:
    label = f"]d201{build.GAUZE_DI}1728093010260721452"
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    assert nurse.post("/uses", {"scan": label}).get_json()["code"] == "label-in-doubt"
    with transaction(embedded.database) as session:
        h = embedded.h
        bulk = build.receive(
            session,
            h,
            build.note(session, h, h.gauzes, ("GAUZE", 50)),
            build.scan(build.GAUZE_CASE_DI, lot="260721452"),
        )
        made = packing.make_packs(
            session, packing.PacksAsked(occasion=build.occasion(h.keeper), sources=bulk, quantity=20, count=1)
        )
        build.move_to(session, h, [made.packs[0].code], h.ward)
    told = nurse.post("/uses", {"scan": label}).get_json()
    assert (told["lot"], told["item"]) == ("260721452", made.packs[0].code)


@DOUBTFUL
def test_with_asides_it_is_put_aside(embedded: World, note: str, scan: str) -> None:
    said = {"delivery": note, "location": "STORE", "arrivals": [{"scan": scan}], "aside": True}
    told = embedded.asking("storekeeper").post("/receipts", said).get_json()
    assert ([one["kind"] for one in told["asides"]], told["items"]) == (["mislabelled"], [])


@DOUBTFUL
def test_it_is_not_counted_into_a_loaner_set(embedded: World, scan: str) -> None:
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    said = {"name": "set", "supplier": "SUP-STENT", "location": "CARD-W", "representative": "x",
            "lines": [{"product": "STENT", "lot": "L2601", "serial": "SN0007"}]}  # fmt: skip
    listed = nurse.post("/loaner-sets", said).get_json()["code"]
    with transaction(embedded.database) as session:
        hashed = CHEAP.hash(SECRET)
        session.add(Staff(code="second", name="同事 (虚构)", badge="S-SECOND", password_hash=hashed))
    counted = {"pieces": [{"scan": scan}], "second": "S-SECOND", "pin": SECRET}
    nurse.refused(f"/loaner-sets/{listed}/arrival", counted, 422, "label-in-doubt")


@DOUBTFUL
def test_it_is_not_used_at_the_bedside(embedded: World, note: str, scan: str) -> None:
    with transaction(embedded.database) as session:
        build.stents(session, embedded.h, 1)
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    nurse.refused("/uses", {"scan": scan, "encounter": "W-1"}, 422, "label-in-doubt")


@DOUBTFUL
def test_it_is_not_counted(embedded: World, scan: str) -> None:
    keeper = embedded.asking("quality")
    told = keeper.post("/counts", {"kind": "full", "locations": ["STORE"]})
    assert told.status_code in (200, 201), told.get_json()
    code = told.get_json()["code"]
    keeper.refused(f"/counts/{code}/lines", {"scan": scan, "location": "STORE"}, 422, "label-in-doubt")


CHOICE = f"]d201{build.GAUZE_CASE_DI}1728093010L2411"  # or lot L and customer part number 1


def page(world: World, who: Caller, path: str, scan: str, **answers: str) -> dict[str, Any]:
    said = {"request_key": str(uuid4()), "codes": [scan], "answers": answers}
    told: dict[str, Any] = world.app.test_client().post(path, headers=who.headers, json=said).get_json()
    return told


def test_at_the_bay_whoever_looks_at_the_label_taps_its_reading(embedded: World) -> None:
    keeper = embedded.asking("storekeeper")
    with transaction(embedded.database) as session:
        code = build.note(session, embedded.h, embedded.h.gauzes, ("GAUZE", 50)).code
    asked = page(embedded, keeper, f"/receive/{code}", CHOICE)
    assert (asked["class"], [one["lot"] for one in asked["ask"]["readings"]]) == ("repeat", ["L2411", "L"])
    assert asked["parts"]["note_ask"].count('name="reading"') == 2
    chosen = asked["ask"]["readings"][0]["scan"]
    assert page(embedded, keeper, f"/receive/{code}", CHOICE, reading=chosen.replace("L2411", "X"))["class"] == "repeat"
    assert page(embedded, keeper, f"/receive/{code}", CHOICE, reading=chosen)["class"] == "ok"
    with reading(embedded.database) as session:
        (raw,) = session.scalars(select(Movement.raw_scan).where(Movement.raw_scan.is_not(None))).all()
        assert raw.decode() == CHOICE  # kept as it was scanned
        assert session.scalars(select(Lot.code)).all() == ["L2411"]


def test_at_the_bedside_too_but_never_where_a_reading_has_a_serial(embedded: World) -> None:
    nurse = embedded.asking("nurse", embedded.h.cardiology)
    with transaction(embedded.database) as session:
        h = embedded.h
        bulk = build.receive(
            session, h, build.note(session, h, h.gauzes, ("GAUZE", 100)),
            build.scan(build.GAUZE_CASE_DI, lot="L2411"), build.scan(build.GAUZE_CASE_DI, lot="L"),
        )  # fmt: skip
        for code in bulk:
            asked = packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[code], quantity=20, count=1)
            build.move_to(session, h, [packing.make_packs(session, asked).packs[0].code], h.ward)
    label = CHOICE.replace(build.GAUZE_CASE_DI, build.GAUZE_DI)
    asked = page(embedded, nurse, "/bedside", label)
    assert (asked["class"], asked["parts"]["readings"].count('name="reading"')) == ("repeat", 2)
    told = page(embedded, nurse, "/bedside", label, reading=f"(01){build.GAUZE_DI}(17)280930(10)L(241)1")
    assert (told["class"], told["parts"]["readings"].strip()) == ("ok", "")
    serial = page(embedded, nurse, "/bedside", LOST)
    assert (serial["class"], serial["parts"]["readings"].strip()) == ("stop", "")
