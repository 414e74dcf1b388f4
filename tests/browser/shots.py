"""This file takes the pictures of the documentation: `python -m tests.browser.shots docs/screenshots`.

The same hands as the tests, on a demo hospital made for the moment; small files, since they live with the source.
"""

from __future__ import annotations

import io
import logging
import sys
import tempfile
import threading
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from api import create_app
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.settings import Settings
from spd.demo import generate
from spd.ledger import Item, Movement
from tests.browser.user import CHROMIUM, FLAGS, Hospital, User, as_scanned

COLOURS = 128  # of a picture: enough for our pages, a third of the bytes
WIDE = {"width": 1280, "height": 800}


def take(user: User, file: Path) -> None:
    """The window as it is once it has come to rest, in few colours."""
    user.page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(user.page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


def all_of_them(hospital: Hospital, browser: Browser, into: Path) -> None:
    receive(hospital, browser, into)
    bedside(hospital, browser, into)
    finance(hospital, browser, into)
    trace(hospital, browser, into)


def _user(hospital: Hospital, browser: Browser, code: str, language: str, *, phone: bool) -> User:
    user = User(hospital, browser, phone=phone)
    if not phone:
        user.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    user.log_in(code, language)
    return user


def receive(hospital: Hospital, browser: Browser, into: Path) -> None:
    """A note half received, on a desktop; and packs with their labels."""
    note = next(note for note in hospital.summary.notes if any("(21)" in scan for scan in note.scans))
    keeper = _user(hospital, browser, "keeper", "zh-Hans", phone=False)
    keeper.scan_to(note.label, f"/receive/{note.number}")
    keeper.page.mouse.click(640, 780)
    for code in note.scans[: len(note.scans) * 2 // 3]:
        keeper.scan(code)
    take(keeper, into / "receive.png")
    keeper.go("/pack")
    keeper.listening()
    keeper.page.mouse.click(640, 780)
    keeper.scan(hospital.summary.examples["bulk"])
    keeper.page.click(".bench button[type=submit]")
    keeper.page.wait_for_selector(".label-sheet img")
    keeper.page.wait_for_load_state("networkidle")
    take(keeper, into / "pack.png")
    keeper.context.close()


def bedside(hospital: Hospital, browser: Browser, into: Path) -> None:
    """Wristband, item; then a code that stops."""
    nurse = _user(hospital, browser, "headnurse", "zh-Hans", phone=True)
    nurse.go("/bedside")
    nurse.listening()
    nurse.page.mouse.click(200, 700)
    nurse.scan(hospital.summary.examples["wristband"])
    nurse.scan(hospital.summary.examples["pack"])
    take(nurse, into / "bedside.png")
    used = select(Item.code).where(Item.state == "consumed").order_by(Item.id)
    nurse.scan(as_scanned(str(hospital.ask(lambda session: session.scalar(used.limit(1))))))
    nurse.page.wait_for_timeout(400)
    take(nurse, into / "stop.png")
    nurse.context.close()


def finance(hospital: Hospital, browser: Browser, into: Path) -> None:
    """Last month by department."""
    user = _user(hospital, browser, "finance", "en", phone=False)
    user.go("/finance")
    take(user, into / "finance.png")
    user.context.close()


def trace(hospital: Hospital, browser: Browser, into: Path) -> None:
    """The life of a pack that was used."""
    pack = (
        select(Item.code)
        .join(Movement, Movement.item_id == Item.id)
        .where(Item.kind == "pack", Item.state == "consumed", Movement.encounter_id.is_not(None))
        .order_by(Item.id.desc())
    )
    code = hospital.ask(lambda session: session.scalar(pack.limit(1)))
    user = _user(hospital, browser, "auditor", "zh-Hans", phone=False)
    user.go(f"/trace?code={code}")
    take(user, into / "trace.png")
    user.context.close()


def main(into: Path) -> None:
    """Make the hospital, serve it, take the pictures."""
    into.mkdir(parents=True, exist_ok=True)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        url = f"sqlite:///{place}/spd.db"
        database = Database(url)
        schema.upgrade(database)
        summary = generate(database, now=clock.now())
        app = create_app(Settings(database_url=url, secret_key="a long random text that signs cookies"), database)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        all_of_them(Hospital(f"http://127.0.0.1:{server.server_port}", database, summary), browser, into)
        browser.close()
        server.shutdown()
        database.dispose()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
