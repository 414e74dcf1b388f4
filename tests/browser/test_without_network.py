"""Without network a nurse of two wards is at one of them, signs for a tote, counts; typed codes stay typed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from spd import counting, policies, replenishment
from spd.core.transaction import reading, transaction
from spd.counting import CountKind, CountLine, CountPass
from spd.ledger import Item, Movement, MovementKind
from spd.offline import DeviceEvent, Dispute
from spd.recalls import Meant
from spd.staff import Grant, Staff
from spd.unscanned import Unscanned
from tests import build
from tests.browser.cut import Server, Ward, enter, shoot, waiting
from tests.recalls import acting

Serve = Callable[..., Server]


def tote_of(ward: Ward, number: int = 3) -> tuple[str, list[str]]:
    database, h, *_ = ward
    with transaction(database) as session:
        codes = build.packs(session, h, number, 1, at=h.store)
        asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to="CARD-W")
        return replenishment.dispatch(session, asked).code, codes


def back(page: Page, server: Server) -> None:
    server.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, 0)


def stopped(page: Page, words: str) -> None:
    expect(page.locator("#stop")).to_contain_text(words)
    page.keyboard.type("SPD-CMD-ACK")
    page.keyboard.press("Enter")
    expect(page.locator("#stop")).to_be_hidden()


def test_a_nurse_of_two_wards_is_at_one_and_changes_without_network(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    database, h, packs, stents = ward
    with transaction(database) as session:
        nurse = session.scalars(select(Staff.id).where(Staff.code == "n-1")).one()
        session.add(Grant(staff_id=nurse, role="nurse", department_id=h.surgery.id))
        build.carry(session, h, [stents[1]], h.theatre)
    server = serve()
    page = enter(chromium, server)
    expect(page.locator("#wards [data-ward=CARD]")).to_have_attribute("aria-pressed", "true")
    server.kill()
    page.click("#wards [data-ward=SURG]")
    page.goto(f"{server.address}/bedside")  # from what is kept: the device is where it was
    page.wait_for_selector("html[data-scan-ready]")
    expect(page.locator("#wards [data-ward=SURG]")).to_have_attribute("aria-pressed", "true")
    shoot(page, packs[0], "Gauze")  # what the other ward has is known too
    shoot(page, "W-1", h.stay.patient_name)
    shoot(page, "(01){}(21){}".format(*stents[1].split(".")), "Stent")
    page.click("#wards [data-ward=CARD]")
    page.wait_for_timeout(850)
    shoot(page, packs[1], "Gauze")
    waiting(page, 3)
    back(page, server)
    with reading(database) as session:
        at = session.scalars(select(DeviceEvent.department_id).order_by(DeviceEvent.sequence)).all()
        assert at == [h.surgery.id, h.surgery.id, h.cardiology.id]
        assert session.scalars(select(Dispute.code)).all() == []
    page.context.close()


def test_a_code_that_was_typed_without_network_stays_typed(ward: Ward, serve: Serve, chromium: Browser) -> None:
    database, h, _, stents = ward
    server = serve()
    page = enter(chromium, server)
    server.kill()
    page.click("[data-unable=open]")
    page.click("[data-reason=damaged]")
    page.fill("#unable [data-unable=typed] input", "(01){}(21){}".format(*stents[0].split(".")))
    page.press("#unable [data-unable=typed] input", "Enter")
    expect(page.locator("#verdict")).to_contain_text("wristband")
    shoot(page, "W-1", "Stent")  # it waited for the wristband, and was typed all the same
    waiting(page, 3)  # that it could not be scanned, what it was, and its use
    back(page, server)
    with reading(database) as session:
        told = session.execute(select(Unscanned.reason, Unscanned.role, Unscanned.department_id, Unscanned.item_id))
        number = session.scalars(select(Item.id).where(Item.code == stents[0])).one()
        assert told.all() == [("damaged", "storekeeper", h.cardiology.id, number)]
        device = session.scalars(select(Movement.device).where(Movement.kind == MovementKind.CONSUME)).one()
    assert device.endswith(" keyed:damaged")
    page.context.close()


def test_a_tote_is_signed_for_thing_by_thing_and_its_rest_is_missing(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    database, *_ = ward
    tote, codes = tote_of(ward)
    server = serve()
    page = enter(chromium, server, "/deliver")
    server.kill()
    page.goto(f"{server.address}/deliver")
    page.wait_for_selector("html[data-scan-ready]")
    shoot(page, tote, "Tote for")
    shoot(page, codes[0], "Gauze")
    shoot(page, "L-SURG", "Wrong ward")
    stopped(page, "Wrong ward")
    shoot(page, "L-CARD", "Signature kept")
    waiting(page, 1)
    page.click("[data-part=tote] form[data-flow] button")
    waiting(page, 2)
    back(page, server)
    with reading(database) as session:
        query = select(Item.code, Item.state).where(Item.code.in_(codes))
        states = {row.code: row.state for row in session.execute(query)}
        assert [states[code] for code in codes] == ["available", "in_transit", "in_transit"]
        assert session.scalars(select(Dispute.code)).all() == []
    page.context.close()


def test_a_tote_that_takes_a_password_stays_sealed_until_the_server_can_check_it(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    database, h, *_ = ward
    tote, _ = tote_of(ward)
    with transaction(database) as session:
        policies.settle(session, build.occasion(h.keeper), "sign.badge_value", 1)
    server = serve()
    page = enter(chromium, server, "/deliver")
    server.kill()
    page.goto(f"{server.address}/deliver")
    page.wait_for_selector("html[data-scan-ready]")
    shoot(page, tote, "password")
    stopped(page, "Leave it sealed")
    waiting(page, 0)
    page.context.close()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_count_is_found_and_counted_without_network(
    ward: Ward, serve: Serve, chromium: Browser, language: str
) -> None:
    database, h, packs, _ = ward
    with transaction(database) as session:
        if language != "en":
            session.scalars(select(Staff).where(Staff.code == "n-1")).one().language = "zh"
        policies.settle(session, build.occasion(h.keeper), "count.custodian_may_count", "always")
        asked = counting.ToCount(
            occasion=build.occasion(h.keeper), kind=CountKind.LOCATION, locations=["CARD-W"], title="Night count"
        )
        counting.plan(session, asked)
    server = serve()
    page = enter(chromium, server, language=language)
    server.kill()
    page.goto(f"{server.address}/count")
    page.wait_for_selector("html[data-scan-ready]")
    if language == "en":
        page.click("#counts a")
        page.wait_for_url("**/count/*", timeout=30_000)
        page.wait_for_selector("html[data-scan-ready]")
        shoot(page, "L-CARD", "心内病区")
    else:  # the place itself opens its count, and is begun by that
        shoot(page, "L-CARD", "")
        page.wait_for_url("**/count/*", timeout=30_000)
        expect(page.locator("#verdict")).to_contain_text("心内病区")
    shoot(page, "L-SURG", "This place is not in the count" if language == "en" else "此货位不在本次盘点内")
    stopped(page, "Scan a place of this count" if language == "en" else "扫描本次盘点的货位")
    shoot(page, packs[0], "Gauze" if language == "en" else "纱布块")
    shoot(page, packs[1], "Gauze" if language == "en" else "纱布块")
    waiting(page, 3)
    back(page, server)
    with reading(database) as session:
        lines: Any = session.scalars(select(CountLine.quantity)).all()
        assert lines == [1, 1]
        assert session.scalars(select(CountPass.location_id)).all() == [h.ward.id]
        assert session.scalars(select(Dispute.code)).all() == []
    page.context.close()


def test_what_a_recall_means_stops_without_network_wherever_it_lay(ward: Ward, serve: Serve, chromium: Browser) -> None:
    database, h, _packs, stents = ward
    with transaction(database) as session:
        meant = Meant(product="STENT", lots="R9..R11", expires_to_on=date(2030, 1, 31))
        acting.opened(session, h, meant)
        elsewhere = build.stents(session, h, 1, at=h.theatre)[0]
        acting.opened(session, h, Meant(product="STENT", serials=elsewhere.split(".")[1]))
    server = serve()
    page = enter(chromium, server)
    server.kill()
    shoot(page, "W-1", h.stay.patient_name)
    label = f"(01){build.STENT_DI}"
    for code, words, shown in (
        (f"{label}(17)291231(10)R10(21)NEVER-SEEN-1", "Recalled", "SEEN-1"),  # R9 to R11 by number
        (f"{label}(10)R10(21)NEVER-SEEN-2", "Recalled", "SEEN-2"),  # of an expiry that nobody can tell
        ("(01){}(21){}".format(*elsewhere.split(".")), "Recalled", elsewhere),  # held in the theatre
        (f"{label}(17)200131(10)X1(21)NEVER-SEEN-3", "Expired", "SEEN-3"),
    ):
        page.wait_for_timeout(850)
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        expect(page.locator("#stop")).to_contain_text(shown)
        stopped(page, words)
    waiting(page, 4)  # what was stopped, for the report of safety
    for code in (
        f"{label}(17)291231(10)R12(21)NEVER-SEEN-4", f"{label}(17)300228(10)R10(21)NEVER-SEEN-5",
        "(01){}(21){}".format(*stents[0].split(".")),
    ):  # fmt: skip
        page.wait_for_timeout(850)
        shoot(page, code, "")
    waiting(page, 7)
