"""Shared devices on their pages: enrolled by a code, taken over by badge and PIN, locked, revoked."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select, update

from api import limits
from spd import procedures
from spd.catalog import Product
from spd.core.transaction import reading, transaction
from spd.devices import Device
from spd.ledger import Movement
from spd.signing_on import SignOn
from spd.staff import Staff
from tests import build
from tests.build import NOW
from tests.pages.visiting import PASSWORD, Visitor, visitor

PIN = "2846"


@pytest.fixture(autouse=True)
def _nobody_failed(app: Flask) -> None:
    limits.install(app)


def place(browser: Visitor) -> str:
    """The page looked at, or the one it sends its visitor to."""
    assert browser.page is not None
    return (browser.page.location or str(browser.page.request.path)).partition("?")[0]


def with_pin(app: Flask, code: str, pin: str = PIN) -> None:
    who = visitor(app, code)
    who.look("/account/pin")
    who.fill("/account/pin", password=PASSWORD, pin=pin, again=pin)
    assert who.page is not None
    assert who.page.request.path == "/", who.page.text


def device(app: Flask, code: str = "PDA-1") -> Visitor:
    """A browser that has become a device, with nobody on."""
    admin = visitor(app, "system_admin-1")
    admin.look("/devices/new")
    admin.fill("/devices/new", code=code, name="Ward handheld", location="CARD-W", profile="handheld")
    admin.fill("/devices/code/")
    assert admin.page is not None
    made = re.search(r'banner__big">([0-9A-Z-]{11})<', admin.page.text)
    assert made is not None, admin.page.text
    browser = Visitor(app.test_client())
    browser.look(f"/enrol?code={made[1]}")
    browser.fill("/enrol", code=made[1])
    assert browser.page is not None
    assert browser.page.request.path == "/sign-on", browser.page.text
    with transaction(app.extensions["spd.database"]) as session:
        session.execute(update(Device).where(Device.code == code).values(passed_at=NOW))  # the test card
    return browser


def sign_on(browser: Visitor, badge: str, pin: str = PIN, **more: str) -> str:
    browser.look("/sign-on", **more)
    browser.fill("/sign-on", badge=badge, pin=pin)
    assert browser.page is not None
    return str(browser.page.request.path)


def test_who_is_on_scans_two_let_pass_by_pin_and_the_next_person_takes_over(
    there: SimpleNamespace, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_pin(app, "nurse-1")
    with_pin(app, "head_nurse-1", "7306")
    with transaction(app.extensions["spd.database"]) as session:
        session.execute(update(Product).where(Product.code == "STENT").values(attributes='{"side": "right"}'))
        procedures.plan(session, build.occasion(there.h.nurse), there.h.stay, "OP-9", {"side": "left"})
    browser = device(app)
    assert sign_on(browser, "nurse-1") == "/"
    browser.look("/bedside")
    browser.scan("W-1")
    assert browser.scan(there.stents[2])[0] == "stop"
    browser.fill("/bedside", badge="head_nurse-1", pin="7306", reason="checked")
    assert browser.verdict()[0] == "caution"
    browser.fill("/lock")
    assert browser.page is not None
    assert browser.page.request.path == "/sign-on"
    browser.look("/patients")
    assert place(browser) == "/sign-on"
    browser.look("/sign-on")
    browser.fill("/sign-on", badge="head_nurse-1", pin="7306")
    assert browser.page.request.path == "/"
    assert "head nurse" in browser.page.text or "护士长" in browser.page.text
    browser.look("/bedside")
    assert browser.scan(there.packs[1])[0] == "ok"
    monkeypatch.setattr("spd.core.clock.now", lambda: NOW + timedelta(minutes=6))
    browser.look("/bedside")  # left alone
    assert place(browser) == "/sign-on"
    with reading(app.extensions["spd.database"]) as session:
        query = select(Staff.code, SignOn.act).join(Staff, Staff.id == SignOn.staff_id)
        acts = [tuple(row) for row in session.execute(query.where(SignOn.act != "pin").order_by(SignOn.id))]
        uses = select(Staff.code, Movement.device).join(Staff, Staff.id == Movement.staff_id)
        booked = session.execute(uses.where(Movement.kind == "consume").order_by(Movement.id)).all()
    assert acts[1:] == [
        ("nurse-1", "tried"), ("nurse-1", "on"), ("head_nurse-1", "tried"), ("head_nurse-1", "second"),
        ("nurse-1", "locked"), ("head_nurse-1", "tried"), ("head_nurse-1", "on"), ("head_nurse-1", "locked"),
    ]  # fmt: skip
    assert [tuple(row) for row in booked][-2:] == [("nurse-1", "PDA-1"), ("head_nurse-1", "PDA-1")]


def test_who_locked_goes_on_where_they_were_and_the_patient_is_gone(there: SimpleNamespace, app: Flask) -> None:
    with_pin(app, "nurse-1")
    browser = device(app)
    sign_on(browser, "nurse-1")
    browser.look("/bedside")
    browser.scan("W-1")
    assert browser.page is not None
    stood_on = browser.form("/bedside", "state", "scan")["fields"]["state"]
    assert "patient" in stood_on
    browser.look("/patients?q=01")
    browser.fill("/lock")
    browser.fill("/sign-on", badge="nurse-1", pin=PIN)
    assert browser.page.request.full_path.rstrip("?") == "/patients?q=01"
    browser.look("/bedside")
    browser.fill("/bedside", scan=there.stents[2], state=stood_on)
    assert browser.verdict()[0] == "repeat"  # held: the wristband is wanted anew


def test_the_card_locks_on_every_scan_page(there: SimpleNamespace, app: Flask) -> None:
    from api.pages.commands import LOCK

    with_pin(app, "nurse-1")
    browser = device(app)
    sign_on(browser, "nurse-1")
    for page in ("/", "/bedside"):
        browser.look(page)
        browser.fill(page, scan=LOCK.code)
        assert browser.page is not None
        assert browser.page.request.path == "/sign-on"
        browser.fill("/sign-on", badge="nurse-1", pin=PIN)


def test_a_pin_is_worth_nothing_elsewhere(there: SimpleNamespace, app: Flask) -> None:
    with_pin(app, "nurse-1")
    stranger = Visitor(app.test_client())
    stranger.look("/sign-on")
    assert place(stranger) == "/login"
    stranger.look("/login")
    stranger.fill("/login", code="nurse-1", password=PIN)
    assert stranger.page is not None
    assert stranger.page.status_code == 403


@pytest.mark.parametrize(("pin", "again"), [("1234", "1234"), (PIN, "2847"), ("12", "12")])
def test_a_poor_pin_is_not_set(there: SimpleNamespace, app: Flask, pin: str, again: str) -> None:
    who = visitor(app, "nurse-1")
    who.look("/account/pin")
    who.fill("/account/pin", password=PASSWORD, pin=pin, again=again)
    assert who.page is not None
    assert who.page.request.path == "/account/pin"
    assert f'value="{pin}"' not in who.page.text


def test_a_revoked_device_is_nobodys_at_its_next_request_and_says_what_to_do(
    there: SimpleNamespace, app: Flask
) -> None:
    with_pin(app, "nurse-1")
    browser = device(app)
    sign_on(browser, "nurse-1")
    admin = visitor(app, "security_admin-1")
    admin.look("/devices/PDA-1")
    admin.fill("/devices/revoke/", reason="lost")
    browser.look("/bedside")
    assert browser.page is not None
    assert browser.page.status_code == 403
    assert "PDA-1" in browser.page.text
    assert browser.client.get("/api/v1/me").get_json()["code"] == "device-revoked"
    browser.look("/revoked")
    assert browser.page.status_code == 200
    browser.client.delete_cookie("enrolled")
    browser.look("/bedside")
    assert place(browser) == "/login"


def test_taking_the_secret_out_of_the_browser_ends_its_session(there: SimpleNamespace, app: Flask) -> None:
    with_pin(app, "nurse-1")
    browser = device(app)
    sign_on(browser, "nurse-1")
    browser.client.delete_cookie("enrolled")
    browser.look("/bedside")
    assert place(browser) == "/login"


def test_wrong_pins_are_refused_and_then_wait(there: SimpleNamespace, app: Flask) -> None:
    with_pin(app, "nurse-1")
    browser = device(app)
    for _ in range(5):
        sign_on(browser, "nurse-1", "9999")
        assert browser.page is not None
        assert browser.page.status_code == 403
    sign_on(browser, "nurse-1", PIN)
    assert browser.page.status_code == 403
    browser.look("/bedside")
    assert place(browser) == "/sign-on"


def test_a_locked_screen_speaks_the_language_of_whoever_was_on(there: SimpleNamespace, app: Flask) -> None:
    with_pin(app, "nurse-1")
    with transaction(app.extensions["spd.database"]) as session:
        session.execute(update(Staff).where(Staff.code == "nurse-1").values(language="en"))
    browser = device(app)
    assert 'lang="zh-Hans"' in browser.look("/sign-on").text  # nobody has been on: the hospital's own
    sign_on(browser, "nurse-1")
    browser.look("/patients")
    browser.fill("/lock")
    assert browser.page is not None
    assert 'lang="en"' in browser.page.text
