"""The whole day works with forms alone: each scan is typed, posted, and answered by the page."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import commands
from spd.catalog import Product
from spd.core.transaction import transaction
from spd.jobs import running
from spd.ledger import get_item_state
from spd.ordering import Order, OrderLine
from spd.receiving import Delivery, DeliveryLine
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
Act = Callable[[Callable[[Any], Any]], Any]
CASE = f"(01){build.GAUZE_CASE_DI}(17)280930(10)G77"


def test_home_leads_to_whatever_was_typed(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    for code, path in [("N-OPEN", "/receive/N-OPEN"), (there.bulk, "/pack"), ("L-SURG", "/stock"), ("L1", "/trace")]:
        keeper.look("/")
        assert keeper.fill("/", scan=code).request.path == path
    keeper.look("/")
    assert keeper.scan("no such code")[0] == "stop"


def test_a_note_is_received_scan_by_scan_and_closed_with_its_difference(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    kind, words = keeper.scan(CASE)
    assert kind == "ok"
    assert "50 / 100" in words
    assert keeper.scan(CASE)[1].endswith("100 / 100 盒")
    kind, words = keeper.scan(CASE)
    assert (kind, "E09" in words, "over" in words) == ("caution", True, True)
    keeper.look("/receive/N-OPEN")
    kind, words = keeper.scan(commands.RECEIVE_FINISH.code)
    assert (kind, "2 differences" in words) == ("caution", True)
    page = keeper.fill("/receive/N-OPEN", act="finish", reason="Short delivery")
    assert page.request.path == "/receive"
    assert "Receiving of N-OPEN is finished" in page.text


def test_open_notes_are_found_by_number_supplier_and_order_and_what_is_not_shown_is_counted(
    enter: Enter, there: SimpleNamespace, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ordered(session: Session) -> str:
        line = session.scalars(select(DeliveryLine).join(Delivery).where(Delivery.code == "N-OPEN")).first()
        order = session.scalars(select(Order).order_by(Order.id)).first()
        assert line is not None
        assert order is not None
        line.order_line_id = session.scalars(select(OrderLine.id).where(OrderLine.order_id == order.id)).first()
        build.note(session, there.h, there.h.stents, ("STENT", 1), code="N-LATER")
        return order.code

    order, keeper = act(ordered), enter("storekeeper")
    found = {words: keeper.look(f"/receive?q={words}").text for words in ("n-open", "SUP-STENT", order, "nothing")}
    assert ["N-OPEN" in found[words] for words in ("n-open", order, "nothing")] == [True, True, False]
    assert ["N-LATER" in found[words] for words in ("n-open", "SUP-STENT", order)] == [False, True, False]
    assert "No open note has this" in found["nothing"]
    monkeypatch.setattr("api.pages.bay.SHOWN", 1)
    assert "newer than these: search for" in keeper.look("/receive").text


def test_a_complete_note_is_finished_by_its_card(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    for code in (CASE, CASE, f"(01){build.REAGENT_DI}(17)280930(10)R1"):
        assert keeper.scan(code)[0] == "ok"
    page = keeper.fill("/receive/N-OPEN", scan=commands.RECEIVE_FINISH.code)
    assert "Receiving of N-OPEN is finished" in page.text


def test_a_label_without_lot_is_asked_for_it_once_for_the_lot(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    bare = f"(01){build.GAUZE_CASE_DI}"
    assert keeper.scan(bare)[0] == "repeat"
    page = keeper.fill("/receive/N-OPEN", lot="R9", expires_on="2028-01-31")
    assert keeper.verdict()[0] == "ok"
    assert "R9" in page.text
    assert keeper.scan(bare)[0] == "ok"
    keeper.fill("/receive/N-OPEN", act="forget", product="GAUZE")
    assert keeper.scan(bare)[0] == "repeat"


def test_a_label_without_expiry_is_asked_for_it_or_has_none(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    bare = f"(01){build.GAUZE_CASE_DI}(10)K1"
    assert keeper.scan(bare)[0] == "repeat"
    keeper.fill("/receive/N-OPEN", endless="yes")
    assert keeper.verdict()[0] == "ok"
    assert keeper.scan(bare)[0] == "ok"


def test_the_rest_of_a_kind_is_one_tap(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    with transaction(keeper.client.application.extensions["spd.database"]) as session:
        build.note(session, there.h, there.h.gauzes, ("GAUZE", 500), code="N-MANY")
    keeper.look("/receive/N-MANY")
    keeper.scan(CASE)
    keeper.fill("/receive/N-MANY", count="9")
    assert "500 / 500" in keeper.verdict()[1]


def test_a_case_of_another_note_is_joined_to_it_in_one_tap(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    with transaction(keeper.client.application.extensions["spd.database"]) as session:
        build.note(session, there.h, there.h.gauzes, ("REAGENT", 100), code="N-OTHER")
    keeper.look("/receive/N-OTHER")
    kind, words = keeper.scan(CASE)
    assert (kind, "E10" in words, "N-OPEN" in words) == ("caution", True, True)
    keeper.fill("/receive/N-OTHER", act="join", other="N-OPEN")
    assert "Received on note N-OPEN" in keeper.verdict()[1]
    assert "<b>50</b><span> / 100" in keeper.look("/receive/N-OPEN").text


def test_cold_goods_ask_for_the_temperature_once(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    with transaction(keeper.client.application.extensions["spd.database"]) as session:
        session.query(Product).filter_by(code="REAGENT").update({"cold_chain": True})
        build.note(session, there.h, there.h.gauzes, ("REAGENT", 300), code="N-COLD")
    box = f"(01){build.REAGENT_DI}(17)280930(10)R1"
    keeper.look("/receive/N-COLD")
    assert keeper.scan(box)[0] == "repeat"
    keeper.fill("/receive/N-COLD", degrees="nonsense")
    assert keeper.verdict()[0] == "stop"
    keeper.look("/receive/N-COLD")
    keeper.scan(box)
    keeper.fill("/receive/N-COLD", degrees="9,5")
    kind, words = keeper.verdict()
    assert (kind, "temperature out of range" in words, "9.5" in words) == ("caution", True, True)


def test_goods_are_held_for_inspection_and_accepted(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    keeper.fill("/receive/N-OPEN", mode="damaged_packaging")
    kind, words = keeper.scan(CASE)
    assert (kind, "held for inspection" in words) == ("caution", True)
    keeper.fill("/receive/N-OPEN", mode="")
    assert keeper.scan(CASE)[0] == "ok"
    keeper.fill("/receive/N-OPEN", act="inspect", line="1", reason="wrong_label", note="twice")
    assert "Held for inspection" in keeper.verdict()[1]
    page = keeper.look(f"/receiving/held/{there.inspection}")
    page = keeper.fill("", decision="accept", note="fine")
    assert "Accepted" in page.text


def test_a_piece_put_aside_goes_back(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look(f"/receiving/aside/{there.aside}")
    assert "went back to the supplier" not in keeper.look("/receiving/aside").text
    keeper.look(f"/receiving/aside/{there.aside}")
    page = keeper.fill("", resolution="returned", note="driver took it")
    assert "It is on record" in page.text
    assert "went back to the supplier" in page.text


def test_what_is_expired_is_offered_to_no_note(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    assert "Receive it after all" in keeper.look(f"/receiving/aside/{there.aside}").text
    keeper.look("/receive/N-OPEN")
    kind, words = keeper.scan(f"]d201{build.GAUZE_CASE_DI}17250131" + "10OLD")
    assert (kind, "E06" in words, "2025-01-31" in words) == ("stop", True, True)
    page = keeper.look(f"/receiving/aside/{there.aside + 1}").text
    assert ("2025-01-31" in page, "Receive it after all" in page) == (True, False)


def test_a_list_of_serials_is_received_in_the_background(
    enter: Enter, there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = enter("storekeeper")
    database = keeper.client.application.extensions["spd.database"]
    monkeypatch.setattr(running, "start", lambda base, task, now: running.run(base, task, now=now))
    with transaction(database) as session:
        build.note(session, there.h, there.h.stents, ("STENT", 3), code="N-LIST")
    keeper.look("/receiving/many/N-LIST")
    said = {"codes": "M1\nM2\nM3\nM4\nM2\n", "product": "STENT", "lot": "L1", "location": "STORE"}
    page = keeper.fill("", **said, expires_on="2028-09-30")
    assert "3 items received, 1 put aside, 0 received before" in page.text
    assert "<b>3</b><span> / 3" in keeper.look("/receive/N-LIST").text


def test_the_same_form_sent_twice_receives_once(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/receive/N-OPEN")
    form = keeper.form("/receive", "scan")
    said = form["fields"] | {"scan": CASE}
    for _ in range(2):
        page = keeper.client.post(form["action"], data=said, headers={"Accept": "text/html"})
        assert "<b>50</b><span> / 100" in page.text


def test_packs_are_made_of_a_scanned_bulk(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    keeper.look("/pack")
    kind, words = keeper.scan(there.bulk)
    assert (kind, "100" in words) == ("ok", True)
    page = keeper.fill("/pack", quantity="20", count="3")
    assert "3 packs of 20" in keeper.verdict()[1]
    assert page.text.count('<img src="/api/v1/labels') == 3
    assert keeper.scan(there.packs[0])[0] == "stop"


def test_a_tote_is_filled_sent_and_signed_for_by_its_ward_alone(enter: Enter, there: SimpleNamespace) -> None:
    porter, nurse, surgeon = enter("porter"), enter("nurse"), enter("surgeon")
    keeper = enter("storekeeper")
    keeper.look(f"/pack?scan={there.bulk}")
    page = keeper.fill("/pack", quantity="20", count="2")
    codes = [part[:14] for part in page.text.split("code=")[1:] if part[0] == "P"]
    porter.look("/deliver")
    assert porter.scan("L-CARD")[0] == "ok"
    assert porter.scan(codes[0])[0] == "ok"
    assert porter.scan(codes[0])[0] == "repeat"
    assert porter.scan(there.packs[1])[0] == "stop"  # lies in the ward, not in the store
    porter.look("/deliver")
    porter.scan(codes[0])
    porter.scan("L-CARD")
    page = porter.fill("/deliver", act="send")
    assert porter.verdict()[0] == "ok"
    tote = page.text.split("/deliver/")[1][:14]
    assert porter.client.get(f"/deliver/{tote}/seal.svg").mimetype == "image/svg+xml"

    surgeon.look("/deliver")
    kind, words = surgeon.scan(tote)
    assert (kind, "Wrong ward" in words) == ("stop", True)
    nurse.look("/deliver")
    assert "Tote for" in nurse.scan(tote)[1]
    assert nurse.scan("L-SURG")[0] == "stop"
    nurse.look(f"/deliver?scan={tote}")
    kind, words = nurse.scan("L-CARD")
    assert (kind, "Signed for" in words) == ("ok", True)
    nurse.look("/deliver")
    assert nurse.scan(tote)[0] == "repeat"


def test_items_are_used_on_the_patient_of_the_wristband_and_undone(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, words = nurse.scan("W-1")
    assert (kind, "张*三" in words) == ("ok", True)
    stent = build.STENT_DI, there.stents[1].split(".")[1]
    kind, words = nurse.scan(f"(01){stent[0]}(17)280930(10)L1(21){stent[1]}")
    assert kind == "ok"
    assert "expiry and recall checked" in words
    assert nurse.scan(f"(01){stent[0]}(17)280930(10)L1(21){stent[1]}")[0] == "repeat"
    nurse.look("/bedside")
    nurse.fill("/bedside/undo/")
    assert "Undone" in nurse.verdict()[1]


def test_an_item_before_its_wristband_waits_for_it(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    serial = there.stents[2].split(".")[1]
    kind, words = nurse.scan(f"(01){build.STENT_DI}(10)L1(21){serial}")
    assert (kind, "held" in words) == ("repeat", True)
    kind, words = nurse.scan("W-1")
    assert (kind, "expiry and recall checked" in words) == ("ok", True)


def test_a_ward_pack_needs_no_wristband(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    kind, words = nurse.scan(there.packs[1])
    assert (kind, "charged to the department" in words) == ("ok", True)


def test_a_patient_nobody_scanned_for_is_forgotten(enter: Enter, there: SimpleNamespace, monkeypatch: object) -> None:
    nurse = enter("nurse")
    nurse.look("/bedside")
    nurse.scan("W-1")
    later = build.NOW + build.timedelta(minutes=4)
    monkeypatch.setattr("spd.core.clock.now", lambda: later)  # type: ignore[attr-defined]
    serial = there.stents[2].split(".")[1]
    assert nurse.scan(f"(01){build.STENT_DI}(10)L1(21){serial}")[0] == "repeat"


def test_an_address_never_books(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    nurse = enter("nurse")
    before = act(lambda session: get_item_state(session, there.packs[1]).version)
    page = nurse.look(f"/bedside?scan={there.packs[1]}")
    assert f'value="{there.packs[1]}"' in page.text
    assert act(lambda session: get_item_state(session, there.packs[1]).version) == before
