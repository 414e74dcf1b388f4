"""Coming on at a shared device with nothing but a scanner and a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from playwright.sync_api import Browser
from sqlalchemy import select, update

from api.identity import hash_of
from spd import signing_on
from spd.core import clock
from spd.core.ids import request_key
from spd.core.occasion import Occasion
from spd.core.transaction import transaction
from spd.devices import Device
from spd.signing_on import Pin
from spd.staff import Staff
from tests.browser.user import Hospital, User

PIN = "2846"


def shared(hospital: Hospital) -> tuple[str, str]:
    """A one-time code of a new device, and the badge of the nurse, who has a PIN."""
    now = clock.now()
    with transaction(hospital.database) as session:
        nurse = session.scalars(select(Staff).where(Staff.code == "nurse")).one()
        when = Occasion(
            request_key=request_key(now), staff_id=nurse.id, occurred_at=now, recorded_at=now, day=now.date()
        )
        signing_on.register(session, when, signing_on.Said(code="PDA-1", name="Ward handheld"))
        session.execute(update(Device).where(Device.code == "PDA-1").values(passed_at=now))
        session.add(Pin(staff_id=nurse.id, hash=hash_of(PIN), set_at=now))
        code = signing_on.new_code(
            session, Occasion(**vars(when) | {"request_key": request_key(now)}), "PDA-1"
        )  # fmt: skip
        return code, nurse.badge or nurse.code


def test_a_badge_and_a_pin_are_within_three_seconds_and_the_lock_forgets_the_patient(
    hospital: Hospital, chromium: Browser, enter: Callable[..., User]
) -> None:
    code, badge = shared(hospital)
    user = enter("nurse")
    user.go("/enrol")
    user.page.fill("#code", code)
    user.page.keyboard.press("Enter")
    user.page.wait_for_url("**/sign-on")

    def comes_on() -> float:
        began = monotonic()
        user.shoot(badge)  # the scanner's Enter leads to the PIN
        user.shoot(PIN)
        user.listening()
        return monotonic() - began

    assert comes_on() < 3
    user.go("/bedside")
    user.listening()
    user.context.set_offline(True)
    user.page.locator(".scan-head__lock").click()
    user.page.wait_for_selector("#lock-away:not([hidden])")  # nobody could come on again: it says so
    user.context.set_offline(False)
    user.page.locator(".scan-head__lock").click()
    user.page.wait_for_url("**/sign-on**")
    assert comes_on() < 3
    assert user.page.url.rstrip("?").endswith("/bedside")
