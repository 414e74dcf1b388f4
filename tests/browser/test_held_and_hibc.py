"""What waits behind a STOP is booked once somebody has seen it; HIBC and MA codes mean without network what they mean
with it, with the hours, the earlier lot and the patient's allergy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

import scanners
from spd import encounters
from spd.catalog import Lot, Packaging, Product
from spd.core.transaction import reading, transaction
from spd.encounters import Alert
from spd.interceptions import Interception
from spd.ledger import Item, Movement, MovementKind
from spd.offline import Dispute
from spd.recalls import Meant
from tests import build
from tests.browser.cut import Server, Ward, enter, shoot, waiting
from tests.browser.test_without_network import back, stopped
from tests.recalls import acting

Serve = Callable[..., Server]
HIBC, MA = "A123BJC5D6E71", "MA.156.M0.100350.01004YA10017"


def used(ward: Ward) -> list[str]:
    with reading(ward[0]) as session:
        query = select(Item.code).join(Movement, Movement.item_id == Item.id)
        return list(session.scalars(query.where(Movement.kind == MovementKind.CONSUME).order_by(Movement.id)))


def gun(code: str) -> str:
    return "(01){}(21){}".format(*code.split("."))


def held(page: Page, code: str) -> None:
    """Scanned before its wristband, by a gun that says GS between lot and serial."""
    di, serial = code.split(".")
    shoot(page, f"]d201{di}1728093010L1{{GS}}21{serial}", "wristband")
    page.wait_for_timeout(250)  # nearer than that, two codes are one label


def test_what_waits_behind_a_stop_is_named_and_booked_once_it_is_seen(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    database, h, _, stents = ward
    with transaction(database) as session:
        third = build.stents(session, h)[0]
        build.hold(session, h, stents[0])
    page = enter(chromium, serve())
    for code in (stents[0], stents[1], third):
        held(page, code)
    page.keyboard.type("W-1")
    page.keyboard.press("Enter")
    expect(page.locator("#stop")).to_contain_text("2 more held for this patient")
    assert used(ward) == []
    stopped(page, "on hold")
    expect(page.locator("#verdict")).to_contain_text("checked")
    expect(page.locator('[data-part="held"]').first).to_be_empty()
    expect(page.locator("#scans [data-undo-url]")).to_have_count(2)
    assert used(ward) == [stents[1], third]
    page.context.close()


LABEL = f"{MA}.SS1.LMA7.V290930"


def coded(ward: Ward) -> str:
    """The gauze carries an HIBC code too, and a stent lies there whose label is an MA code; the lot of the gauze."""
    database, h, *_ = ward
    with transaction(database) as session:
        products = {product.code: product.id for product in session.scalars(select(Product))}
        session.add(Packaging(product_id=products["GAUZE"], code=HIBC, issuer="HIBCC", level="use", base_units=1))
        session.add(Packaging(product_id=products["STENT"], code=MA, issuer="ZIIOT", level="use", base_units=1))
        session.flush()
        delivery = build.note(session, h, h.stents, ("STENT", 1))
        build.move_to(session, h, build.receive(session, h, delivery, scanners.read(LABEL)), h.ward)
        return str(session.scalar(select(Lot.code).where(Lot.product_id == products["GAUZE"])))


def test_hibc_and_ma_codes_name_the_same_things_without_network(ward: Ward, serve: Serve, chromium: Browser) -> None:
    lot = coded(ward)
    server = serve()
    page = enter(chromium, server)
    server.kill()
    shoot(page, f"+{HIBC}G", "Gauze")  # of a ward pack: the department's
    page.wait_for_timeout(250)
    whole = f"+{HIBC}/$$3290131{lot}"
    shoot(page, whole + check(whole), "Gauze")
    waiting(page, 2)
    page.wait_for_timeout(250)
    page.keyboard.type(f"+{HIBC}H")
    page.keyboard.press("Enter")
    stopped(page, "check")
    shoot(page, "W-1", ward[1].stay.patient_name)
    shoot(page, LABEL, "Stent")
    waiting(page, 3)
    back(page, server)
    with reading(ward[0]) as session:
        assert session.scalars(select(Dispute.code)).all() == []
    names = used(ward)
    assert (len(names), names[-1]) == (3, f"{MA}.S1")
    page.context.close()


def check(text: str) -> str:
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
    return signs[sum(map(signs.index, text)) % 43]


def test_hours_allergies_and_the_earlier_lot_are_judged_without_network(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    database, h, _, stents = ward
    with transaction(database) as session:
        late = build.note(session, h, h.stents, ("STENT", 4))
        labels = [
            build.scan(build.STENT_DI, lot=serial[:4], serial=serial, expires_on=day)
            for serial, day in (
                ("LATE1", date(2029, 9, 30)), ("HOUR1", date(2028, 9, 1)),
                ("LATE2", date(2029, 9, 30)), ("LATE3", date(2029, 9, 30)),
            )
        ]  # fmt: skip
        lying = build.move_to(session, h, build.receive(session, h, late, *labels), h.ward)
        ends = {"expires_on": build.TODAY, "expires_at": build.NOW + timedelta(minutes=30)}
        session.execute(update(Lot).where(Lot.code == "HOUR").values(**ends))
    server = serve()
    page = enter(chromium, server)
    server.kill()
    shoot(page, "W-1", h.stay.patient_name)
    shoot(page, gun(lying[0]), "Stent")
    expect(page.locator("#verdict")).to_contain_text("expires sooner")  # and it is kept all the same
    page.clock.set_system_time(build.NOW + timedelta(minutes=31))  # it was good for half an hour
    page.keyboard.type(gun(lying[1]))
    page.keyboard.press("Enter")
    stopped(page, "Expired")
    shoot(page, gun(stents[0]), "Stent")
    page.wait_for_timeout(850)
    shoot(page, gun(stents[1]), "Stent")
    waiting(page, 4)  # three uses, and what was stopped
    page.reload()  # what this device has used it knows again
    page.wait_for_selector("html[data-scan-ready]")
    waiting(page, 4)
    shoot(page, "W-1", h.stay.patient_name)
    shoot(page, gun(lying[2]), "Stent")
    waiting(page, 5)
    expect(page.locator("#verdict")).not_to_contain_text("expires sooner")
    server.start()
    with transaction(database) as session:
        session.execute(update(Product).where(Product.code == "STENT").values(attributes='{"latex": "yes"}'))
        encounters.tell_alerts(session, build.occasion(h.nurse), "E-1", [Alert.LATEX])
    page.goto(f"{server.address}/bedside")
    waiting(page, 0)
    page.wait_for_timeout(500)
    server.kill()
    shoot(page, "W-1", h.stay.patient_name)
    page.keyboard.type(gun(lying[3]))
    page.keyboard.press("Enter")
    stopped(page, "allergic to latex")
    waiting(page, 1)
    back(page, server)
    with reading(database) as session:
        caught = select(Item.code, Interception.rule).join(Item, Item.id == Interception.item_id)
        told = {tuple(row) for row in session.execute(caught.where(Item.code.in_((lying[1], lying[3]))))}
        assert told == {(lying[1], "expired-implant"), (lying[3], "latex-conflict")}
    page.context.close()


def test_what_was_refused_is_not_named_as_the_one_to_take_first(ward: Ward, serve: Serve, chromium: Browser) -> None:
    database, h, *_ = ward
    with transaction(database) as session:
        late = build.note(session, h, h.stents, ("STENT", 4))
        labels = [
            build.scan(build.STENT_DI, lot=serial[:4], serial=serial, expires_on=day)
            for serial, day in (
                ("LATE1", date(2028, 9, 1)), ("LATE2", date(2028, 9, 1)),
                ("GONE1", date(2027, 9, 30)), ("MEAN1", date(2027, 8, 31)),
            )
        ]  # fmt: skip
        late1, late2, gone, meant = build.move_to(session, h, build.receive(session, h, late, *labels), h.ward)
        names = {stay.wristband: stay.patient_name for stay in session.scalars(select(encounters.Encounter))}
    server = serve()
    page = enter(chromium, server)
    server.kill()
    for band, code in (("W-1", gone), ("W-2", meant)):
        shoot(page, band, names[band])
        shoot(page, gun(code), "Stent")
    waiting(page, 2)
    with transaction(database) as session:  # its patient had left, and the other is recalled
        at = build.NOW - timedelta(hours=1)
        left = encounters.Told(message="D", kind=encounters.EventKind.DISCHARGE, encounter="E-1", occurred_at=at)
        encounters.record(session, build.occasion(h.keeper), [left])
        acting.opened(session, h, Meant(product="STENT", lots="MEAN"))
    back(page, server)
    expect(page.locator("#offline")).to_contain_text("2")
    server.kill()
    for code in (late1, late2):
        page.goto(f"{server.address}/bedside")
        page.wait_for_selector("html[data-scan-ready]")
        shoot(page, "W-2", names["W-2"])
        shoot(page, gun(code), "Stent")
        expect(page.locator("#verdict")).not_to_contain_text("expires sooner")
        waiting(page, 1)
        back(page, server)
        if code is late1:
            page.goto(f"{server.address}/bedside")  # the list of the ward as it is now
            page.wait_for_timeout(500)
            server.kill()
    with reading(database) as session:
        assert sorted(session.scalars(select(Dispute.code))) == ["encounter-closed", "recalled"]
    page.context.close()
