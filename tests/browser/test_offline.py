"""A nurse whose network goes: the page stays, every scan is kept unreadable, and all of it is booked once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect
from sqlalchemy import select

from spd import encounters
from spd.core.transaction import reading, transaction
from spd.encounters import EventKind, Told
from spd.ledger import Item, Movement, MovementKind
from spd.offline import DeviceEvent
from spd.staff import Grant, Staff
from tests import build
from tests.browser.cut import Server, Ward, enter, shoot, used, waiting
from tests.browser.draining import drained_through_a_kill
from tests.browser.test_without_network import stopped


def test_the_server_dies_while_a_queue_is_sent_and_nothing_is_lost_or_doubled(
    ward: Ward, serve: Callable[..., Server], chromium: Browser
) -> None:
    assert drained_through_a_kill(ward, serve, chromium) == []


def test_the_page_opens_without_network_and_keeps_nothing_that_can_be_read(
    ward: Any, serve: Callable[..., Server], chromium: Browser
) -> None:
    database, h, packs, stents = ward
    with transaction(database) as session:
        merge = Told(message="M", kind=EventKind.MERGE, encounter="E-2", survivor="E-1", occurred_at=build.NOW)
        encounters.record(session, build.occasion(h.keeper), [merge])
    server = serve()
    page = enter(chromium, server)
    server.kill()
    page.goto(f"{server.address}/bedside")
    page.wait_for_selector("html[data-scan-ready]")
    waiting(page, 0)
    shoot(page, "W-2", "merged with another")
    stopped(page, "enter it late")
    shoot(page, f"(01){stents[0].split('.')[0]}(17)280930(10)L1(21){stents[0].split('.')[1]}", "wristband")
    shoot(page, "]C1W-1", "Stent")  # the stent that waited is kept with it
    shoot(page, packs[0], "Gauze")
    page.wait_for_timeout(850)  # sooner it would be one reading
    shoot(page, packs[0], "not counted again")
    expect(page.locator("[data-strip=patient]")).to_contain_text(h.stay.patient_name)
    page.keyboard.type("ZY-009\n")  # perhaps the band of somebody else: whoever was on the screen is over
    stopped(page, "not recognised")
    expect(page.locator("[data-strip=patient]")).to_have_text("")
    shoot(page, f"(01){stents[1].split('.')[0]}(17)280930(10)L1(21){stents[1].split('.')[1]}", "wristband")
    waiting(page, 2)
    kept = page.evaluate(
        """async () => {
            const asked = indexedDB.open('spd-offline');
            const database = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
            let text = '';
            const bytes = (value) => Array.from(new Uint8Array(value), (byte) => String.fromCharCode(byte)).join('');
            const read = (value) => {
                if (value instanceof ArrayBuffer) return bytes(value);
                if (ArrayBuffer.isView(value)) return read(value.buffer);
                if (value instanceof CryptoKey) return `key ${value.extractable}`;
                if (value === null || typeof value !== 'object') return String(value);
                return Object.entries(value).map(([name, one]) => `${name}=${read(one)}`).join(';');
            };
            for (const name of database.objectStoreNames) {
                const all = database.transaction(name).objectStore(name).getAll();
                text += read(await new Promise((done) => { all.onsuccess = () => done(all.result); }));
            }
            for (const name of await caches.keys()) for (const request of await (await caches.open(name)).keys())
                text += await (await caches.match(request)).text();
            return text + JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
        }"""
    )
    for secret in ("W-1", "E-1", packs[0], stents[0], h.stay.patient_name):
        assert secret not in kept
    assert "key false" in kept
    server.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    waiting(page, 0)
    with reading(database) as session:
        rows = session.execute(
            select(Item.code, Movement.encounter_id)
            .join(Movement, Movement.item_id == Item.id)
            .where(Movement.kind == MovementKind.CONSUME)
        ).all()
    assert {(row.code, row.encounter_id) for row in rows} == {(stents[0], h.stay.id), (packs[0], None)}
    page.context.close()


def test_the_queue_of_a_dead_device_comes_as_a_file_by_somebody_of_another_ward(
    ward: Any, serve: Callable[..., Server], chromium: Browser, tmp_path: Path
) -> None:
    database, h, packs, _ = ward
    with transaction(database) as session:
        hashed = session.scalars(select(Staff.password_hash).where(Staff.code == "n-1")).one()
        colleague = Staff(code="n-2", name="某同事", password_hash=hashed, language="en")
        session.add(colleague)
        session.flush()  # its number goes into the grant
        session.add(Grant(staff_id=colleague.id, role="nurse", department_id=h.surgery.id))
    server = serve()
    page = enter(chromium, server)
    server.kill()
    for pack in packs[:3]:
        shoot(page, pack, "Gauze")
        page.wait_for_timeout(850)
    waiting(page, 3)
    with page.expect_download() as download:
        page.click("[data-offline=export]")
    file, damaged = tmp_path / "queue.json", tmp_path / "damaged.json"
    download.value.save_as(file)
    queue = json.loads(file.read_text())
    assert packs[0] not in file.read_text()
    page.context.close()
    queue["events"][0]["data"] = queue["events"][1]["data"]
    damaged.write_text(json.dumps(queue))
    server.start()
    other = enter(chromium, server, who="n-2")
    other.goto(f"{server.address}/safety/queue-file")
    told = other.locator("#queue-told")
    for path, words in ((damaged, "Damaged in the file, and listed as missing: 1"), (file, "Brought: 3")):
        other.set_input_files("[name=file]", path)
        other.click("#queue-file button")
        expect(told).to_contain_text(words)
        assert used(database) == (0 if path == damaged else 3)
    with reading(database) as session:
        rows = session.execute(select(DeviceEvent.staff_id, DeviceEvent.brought_by_id, DeviceEvent.department_id)).all()
        nurse = session.scalars(select(Staff.id).where(Staff.code == "n-1")).one()
    assert {tuple(row) for row in rows} == {(nurse, colleague.id, h.cardiology.id)}
    other.context.close()
