"""A real browser with a long queue in front of a real server process that is killed while it drains.

SPD_OFFLINE_EVENTS says how long the queue is: `make offline-faults` has two thousand events.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page
from sqlalchemy import func, select

from spd import offline
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.ledger import Movement, MovementKind
from spd.offline import DeviceEvent, Dispute, EventVerdict
from spd.staff import Grant, Staff
from tests import build
from tests.browser.cut import PASSWORD, append, waiting
from tests.faults.serving import Web, open_ward, scanned
from tests.hashing import CHEAP

EVENTS = int(os.environ.get("SPD_OFFLINE_EVENTS", "40"))
TWICE = EVENTS // 10
KILLS = min(EVENTS // 40, 12)


def enter(chromium: Browser, web: Web) -> Page:
    """The bedside page of the nurse, real clocks everywhere."""
    page = chromium.new_context(viewport={"width": 390, "height": 844}, locale="en").new_page()
    page.set_default_timeout(20_000)
    page.goto(f"http://127.0.0.1:{web.port}/login")
    page.fill("#code", "n-1")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"http://127.0.0.1:{web.port}/")
    page.goto(f"http://127.0.0.1:{web.port}/bedside")
    page.wait_for_selector('#offline[data-ready="true"]', state="attached")
    return page


def kept(database: Database) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(DeviceEvent)) or 0


def kill_midway(web: Web, database: Database) -> None:
    """Kill and start the server each time so many more events have come."""
    for number in range(1, KILLS + 1):
        while not (number * EVENTS // (KILLS + 2) <= kept(database) < EVENTS):
            time.sleep(0.002)
        web.kill()
        web.start()


def test_a_long_queue_is_drained_through_kills(new_database: Callable[[str], Database], chromium: Browser) -> None:
    database = new_database("postgresql")
    h, codes = open_ward(database, EVENTS - TWICE)
    with transaction(database) as session:
        hashed = CHEAP.hash(PASSWORD)
        nurse = Staff(code="n-1", name="某护士", password_hash=hashed, language="en")
        session.add(nurse)
        session.flush()  # its number goes into the grant
        session.add(Grant(staff_id=nurse.id, role="nurse", department_id=h.cardiology.id))
    web = Web(database).start()
    page = enter(chromium, web)
    web.kill()
    append(page, [scanned(code) for code in [*codes, *codes[:TWICE]]], encounter="W-1")
    page.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, EVENTS)
    until = time.monotonic() + max(60, EVENTS)
    web.start()
    killer = threading.Thread(target=kill_midway, args=(web, database))
    killer.start()
    try:
        while page.get_attribute("#offline", "data-waiting") != "0":
            assert time.monotonic() < until, f"{page.inner_text('#offline')}; {kept(database)} came"
            page.evaluate("dispatchEvent(new Event('online'))")
            page.wait_for_timeout(500)
    finally:
        killer.join()
        web.close()
    page.context.close()
    with reading(database) as session:
        events = session.execute(select(DeviceEvent.sequence, DeviceEvent.flags).order_by(DeviceEvent.sequence)).all()
        used = session.scalars(select(Movement.item_id).where(Movement.kind == MovementKind.CONSUME)).all()
        assert [(row.sequence, row.flags) for row in events] == [(number, "") for number in range(1, EVENTS + 1)]
        assert session.scalar(select(func.count()).select_from(EventVerdict)) == EVENTS
        assert len(used) == len(set(used)) == EVENTS - TWICE
        assert session.scalar(select(func.count()).where(Dispute.state == "open")) == TWICE
        assert [str(one) for one in [*build.problems(session), *offline.problems(session)]] == []
    database.dispose()
