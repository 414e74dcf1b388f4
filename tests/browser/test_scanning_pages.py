"""Scan pages under a real gun: bursts, bounces, latched stops, stray Enters, lost network."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select

from spd.catalog import Product
from spd.ledger import Item, Movement
from spd.places import Location
from spd.unscanned import Unscanned
from tests.browser.user import Hospital, User, as_scanned

Enter = Callable[..., User]


def test_five_scans_a_second_are_all_received_in_order(enter: Enter, hospital: Hospital) -> None:
    note = next(note for note in hospital.summary.notes if sum("(21)" in scan for scan in note.scans) >= 5)
    keeper = enter("keeper")
    keeper.scan_to(note.label, f"/receive/{note.number}")
    for code in note.scans[:5]:
        keeper.shoot(code)
        keeper.page.wait_for_timeout(200)
    keeper.page.wait_for_function("() => document.querySelectorAll('#scans .scan-line').length === 5")
    serials = [code.partition("(21)")[2] for code in note.scans[:5]]
    query = select(Item.serial).where(Item.serial.in_(serials)).order_by(Item.id)
    assert hospital.ask(lambda session: list(session.scalars(query))) == serials


def test_a_label_read_again_at_once_is_one_scan(enter: Enter, hospital: Hospital) -> None:
    note = next(note for note in hospital.summary.notes if any("(21)" in scan for scan in note.scans))
    keeper = enter("keeper")
    keeper.scan_to(note.label, f"/receive/{note.number}")
    keeper.shoot(note.scans[0])
    keeper.page.wait_for_timeout(300)
    assert keeper.scan(note.scans[0])[0] == "repeat"
    assert not keeper.stopped()


def test_after_a_stop_nothing_is_booked_until_somebody_has_seen_it(enter: Enter, hospital: Hospital) -> None:
    pack = hospital.summary.examples["pack"]
    nurse = enter("nurse")
    nurse.go("/bedside")
    nurse.listening()
    assert nurse.scan("NO-SUCH-CODE-1")[0] == "stop"
    assert nurse.stopped()
    nurse.shoot(pack)
    nurse.page.wait_for_function("() => document.querySelector('[data-stop=missed]').textContent !== ''")
    nurse.page.keyboard.press("Enter")
    assert nurse.stopped()
    uses = select(func.count()).select_from(Movement).join(Item, Item.id == Movement.item_id)
    uses = uses.where(Item.code == pack, Movement.kind == "consume")
    assert hospital.ask(lambda session: session.scalar(uses)) == 0
    nurse.shoot("SPD-CMD-ACK")
    nurse.page.wait_for_selector("#stop", state="hidden")


def test_enter_never_presses_a_button(enter: Enter, hospital: Hospital) -> None:
    keeper = enter("keeper")
    keeper.go("/pack")
    keeper.listening()
    keeper.scan(hospital.summary.examples["bulk"])
    packs = select(func.count()).select_from(Item).where(Item.kind == "pack")
    before = hospital.ask(lambda session: session.scalar(packs))
    keeper.page.focus(".bench button[type=submit]")
    assert keeper.scan(hospital.summary.examples["location"])[0] == "stop"
    assert hospital.ask(lambda session: session.scalar(packs)) == before


def test_an_item_before_its_wristband_is_booked_when_it_comes(enter: Enter, hospital: Hospital) -> None:
    own = select(Item.code).join(Location, Location.id == Item.location_id).where(Location.code == "ORMA-K")
    unit = hospital.ask(lambda s: s.scalar(own.where(Item.kind == "unit", Item.state == "available").limit(1)))
    nurse = enter("ornurse")
    nurse.go("/bedside")
    nurse.listening()
    kind, words = nurse.scan(as_scanned(unit))
    assert (kind, "E04" in words) == ("repeat", True), words
    nurse.shoot(hospital.summary.examples["wristband"])
    nurse.booked()
    used = select(Movement.encounter_id).join(Item, Item.id == Movement.item_id).where(Item.code == unit)
    assert hospital.ask(lambda s: s.scalar(used.where(Movement.kind == "consume"))) is not None


def test_a_scan_without_network_is_kept_and_sent_once_it_is_back(enter: Enter, hospital: Hospital) -> None:
    free = select(Product.id).where(~Product.chargeable, Product.product_class == "low_value")
    here = select(Item.code).join(Location, Location.id == Item.location_id).where(Location.code == "CARD-K")
    here = here.where(Item.kind == "pack", Item.state == "available", Item.product_id.in_(free))
    pack = hospital.ask(lambda session: session.scalar(here.limit(1)))
    nurse = enter("nurse")
    nurse.go("/bedside")
    nurse.listening()
    nurse.page.wait_for_selector('#offline[data-ready="true"]', state="attached")
    nurse.context.set_offline(True)
    nurse.shoot(pack)
    nurse.page.wait_for_selector('#offline[data-state="offline"][data-waiting="1"]')
    nurse.context.set_offline(False)
    nurse.page.wait_for_selector('#offline[data-state="online"][data-waiting="0"]', state="attached")
    uses = select(func.count()).select_from(Movement).join(Item, Item.id == Movement.item_id)
    uses = uses.where(Item.code == pack, Movement.kind == "consume")
    assert hospital.ask(lambda session: session.scalar(uses)) == 1


def test_home_tells_too_that_something_cannot_be_scanned(enter: Enter, hospital: Hospital) -> None:
    user, before = enter("nurse"), hospital.ask(lambda session: session.scalar(select(func.max(Unscanned.id))) or 0)
    user.page.click("[data-unable=open]")
    with user.page.expect_response("**/unable"):
        user.page.click("[data-reason=missing]")
    user.page.fill("#unable [data-unable=typed] input", "NO-SUCH-THING")
    user.page.press("#unable [data-unable=typed] input", "Enter")
    user.page.wait_for_selector("#stop:not([hidden])")
    query = select(Unscanned.reason, Unscanned.role).where(Unscanned.id > before)
    rows = hospital.ask(lambda session: session.execute(query).all())
    assert [tuple(row) for row in rows] == [("missing", "storekeeper")]


def test_a_form_of_pieces_hears_scans_keeps_gs_and_is_sent_by_no_gun(enter: Enter, hospital: Hospital) -> None:
    user = enter("ornurse")
    user.go("/theatre/sets/new")
    user.listening()
    user.page.focus("#pieces")  # a gun that is held to the field types into it, F8 in place of GS
    user.page.keyboard.type("]C1011690123400002010L1")
    user.page.keyboard.press("F8")
    user.shoot("21S1")
    user.page.evaluate("() => document.activeElement.blur()")
    user.page.keyboard.type("]C1011690123400002010L1")
    user.page.keyboard.press("Control+BracketRight")
    user.shoot("21S2")
    user.page.wait_for_function("() => document.getElementById('pieces').value.includes('S2')")
    user.page.click("[data-unable=open]")
    with user.page.expect_response("**/unable"):
        user.page.click("[data-reason=damaged]")
    user.page.fill("#unable [data-unable=typed] input", "TYPED-1")
    user.page.press("#unable [data-unable=typed] input", "Enter")
    lines = ["]C1011690123400002010L1{GS}21S1", "]C1011690123400002010L1{GS}21S2", "TYPED-1", ""]
    assert user.page.input_value("#pieces") == "\n".join(lines)
    user.go("/reentry")
    user.listening()
    user.page.focus("#used_by")
    user.shoot("ornurse")
    user.page.focus("#scan")
    user.shoot("NO-SUCH-THING")
    assert user.page.evaluate("() => document.activeElement.id") == "quantity"
    told = select(Unscanned.page, Unscanned.role).order_by(Unscanned.id.desc()).limit(1)
    assert tuple(hospital.ask(lambda session: session.execute(told).one())) == ("theatre", "storekeeper")


def test_an_unknown_code_leads_a_buyer_to_the_form_that_binds_it(enter: Callable[..., User]) -> None:
    buyer = enter("buyer")
    buyer.go("/")
    buyer.listening()
    buyer.scan("]C10116901234000020" + "10G9")
    buyer.page.click('[data-stop="link"]')
    buyer.page.wait_for_url("**/bind?**")
    assert "16901234000020" in buyer.page.locator(".page-head").inner_text()
