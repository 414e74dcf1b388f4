"""What a device keeps: emergencies without network, scans on their way when the browser is killed, and how much."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api.static_files import address
from spd.consumption import EmergencyUse
from spd.core.transaction import reading
from spd.ledger import Item, Movement, MovementKind
from spd.offline import Dispute
from tests import build
from tests.browser.cut import Server, Ward, enter, shoot, used, waiting
from tests.browser.test_without_network import back, stopped

Serve = Callable[..., Server]
STORAGE = "() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }])"


def label(code: str) -> str:
    return "(01){}(21){}".format(*code.split("."))


def test_an_emergency_goes_on_without_network(ward: Ward, serve: Serve, chromium: Browser) -> None:
    database, _, packs, stents = ward
    server = serve()
    page = enter(chromium, server)
    server.kill()
    page.goto(f"{server.address}/bedside")
    page.wait_for_selector("html[data-scan-ready]")
    page.click("[data-shell-link=emergency]")
    page.wait_for_url("**/emergency")
    page.wait_for_selector("html[data-scan-ready]")
    shoot(page, label(stents[0]), "Stent")  # no wristband is waited for
    page.click("#tags [value=B]")
    expect(page.locator("#tags [value=B]")).to_have_attribute("aria-pressed", "true")
    shoot(page, label(stents[1]), "Stent")
    shoot(page, "W-1", "once there is network")
    shoot(page, packs[0], "Gauze")
    page.keyboard.type(packs[1][:-1] + ("A" if packs[1][-1] != "A" else "B"))
    page.keyboard.press("Enter")
    stopped(page, "check character")
    waiting(page, 3)
    back(page, server)
    with reading(database) as session:
        listed = session.execute(select(EmergencyUse.tag, EmergencyUse.due_at).order_by(EmergencyUse.id)).all()
        assert [row.tag for row in listed] == ["A", "B"]
        assert all(timedelta(hours=23) < row.due_at - build.NOW <= timedelta(hours=24, minutes=1) for row in listed)
        assert session.scalars(select(Dispute.code)).all() == []
    assert used(database) == 3
    page.context.close()


def test_a_scan_whose_page_is_killed_before_its_answer_is_sent_by_the_next_one(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    database, h, _, stents = ward
    server = serve()
    page = enter(chromium, server)
    shoot(page, "W-1", h.stay.patient_name)
    for where in ("**/bedside", "**/uses/batch"):  # what is slow is sent as a queue in the end
        page.route(where, lambda _: None)  # neither answered nor refused
    page.keyboard.type(label(stents[0]))
    page.keyboard.press("Enter")
    page.wait_for_selector("#progress[data-state=slow]", state="attached")
    kept = page.evaluate(STORAGE)
    assert stents[0].split(".")[1] not in kept
    assert "W-1" not in kept
    other = page.context.new_page()
    page.close()
    assert used(database) == 0
    other.goto(f"{server.address}/bedside")
    other.wait_for_selector("html[data-scan-ready]")
    expect(other.locator("#verdict")).to_contain_text("Stent")
    with reading(database) as session:
        query = select(Item.code, Movement.encounter_id).join(Movement, Movement.item_id == Item.id)
        done = session.execute(query.where(Movement.kind == MovementKind.CONSUME)).all()
    assert [tuple(row) for row in done] == [(stents[0], h.stay.id)]
    other.context.close()


def room(page: Page, *, hours: int = 0, more: int = 0) -> None:
    """As if what waits were so many hours old, and so many more waited that nobody here can read."""
    page.evaluate(
        """async ([store_at, hours, more]) => {
            const { DeviceStore } = await import(store_at);
            const store = await DeviceStore.open();
            await store.write('events', (events) => {
                const sealed = { at: Date.now(), iv: new Uint8Array(12), data: new ArrayBuffer(32) };
                for (let n = 1; n <= more; n++) events.add({ sequence: 10_000 + n, ...sealed });
                events.openCursor().onsuccess = ({ target }) => {
                    target.result.update({ ...target.result.value, at: Date.now() - hours * 3600 * 1000 });
                };
            });
        }""",
        [address("js/offline/store.js"), hours, more],
    )


def test_a_device_says_before_it_is_full_and_refuses_aloud_when_it_is(
    ward: Ward, serve: Serve, chromium: Browser
) -> None:
    _, _, packs, _ = ward
    server = serve()
    page = enter(chromium, server)
    server.kill()
    shoot(page, packs[0], "Gauze")
    expect(page.locator("#offline")).not_to_have_attribute("data-near", "")
    room(page, hours=60)
    shoot(page, packs[1], "Gauze")
    expect(page.locator("#offline")).to_contain_text("room for 1998 more")
    room(page, hours=73)
    page.keyboard.type(packs[2])
    page.keyboard.press("Enter")
    expect(page.locator("#stop")).to_contain_text("2 are kept since 2026-02-2")
    stopped(page, "write on paper")
    waiting(page, 2)
    room(page, more=1998)
    page.goto(f"{server.address}/bedside")
    page.wait_for_selector("html[data-scan-ready]")
    waiting(page, 2000)
    page.keyboard.type(packs[3])
    page.keyboard.press("Enter")
    stopped(page, "none of them is lost")
    waiting(page, 2000)
    page.context.close()
