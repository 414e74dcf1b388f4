"""The camera in place of a gun: live, read by the browser or the server, or a photograph; and the test card."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser
from sqlalchemy import select

from scanners import proving_card
from scanners.labels import Label, png
from spd import policies
from spd.core.transaction import transaction
from spd.staff import Staff
from tests import build
from tests.browser.user import CHROMIUM, FLAGS, Hospital, User

Enter = Callable[..., User]
# The browser's own reader as other systems have it: it sees one code in whatever is held before it.
OWN_READER = """
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["data_matrix", "code_128", "qr_code"]; }
  async detect() { window.looks = (window.looks ?? 0) + 1; return [{ format: "data_matrix", rawValue: "CODE" }]; }
};
"""


def photographed(user: User, picture: bytes) -> tuple[str, str]:
    """A picture taken with the page's camera, and the verdict that came of it."""
    region = user.page.locator("#verdict")
    before = region.get_attribute("data-beat")
    user.page.set_input_files(
        '[data-camera="photo"]', {"name": "photo.png", "mimeType": "image/png", "buffer": picture}
    )
    user.page.wait_for_function(
        "before => { const r = document.getElementById('verdict');"
        " return r.dataset.class && r.dataset.beat !== before && !('received' in r.dataset); }",
        arg=before,
    )
    return str(region.get_attribute("data-class")), region.inner_text().replace("\n", " ")


def test_a_photographed_wristband_opens_the_patient(enter: Enter, hospital: Hospital) -> None:
    nurse = enter("nurse")
    nurse.go("/bedside")
    nurse.listening()
    band = hospital.summary.examples["wristband"]
    assert photographed(nurse, png(Label(code=band, name="腕带")))[0] == "ok"


def test_a_picture_without_a_code_says_to_come_nearer(enter: Enter, hospital: Hospital) -> None:
    nurse = enter("nurse")
    nurse.go("/bedside")
    nurse.listening()
    blank = io.BytesIO()
    Image.new("L", (60, 60), 255).save(blank, "PNG")
    kind, said = photographed(nurse, blank.getvalue())
    assert (kind, "nearer" in said) == ("repeat", True)
    assert photographed(nurse, b"no picture")[0] == "stop"


def film(picture: bytes, file: Path) -> None:
    """A film of one still picture, as a camera that sees nothing else would give it."""
    still = Image.open(io.BytesIO(picture)).convert("L")
    frame = Image.new("L", (640, 480), 255)
    still.thumbnail((600, 440))
    frame.paste(still, ((640 - still.width) // 2, (480 - still.height) // 2))
    grey = bytes([128]) * (320 * 240)
    one = b"FRAME\n" + frame.tobytes() + grey + grey
    file.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + one * 10)


@pytest.fixture
def nurse_with_camera(hospital: Hospital, tmp_path: Path, chromium: Browser) -> Iterator[Callable[[bytes], User]]:
    """A nurse whose device's camera sees a picture; whatever the browser complained of fails the test."""
    users: list[User] = []
    browsers: list[Browser] = []
    with_camera = [*FLAGS, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]

    def hold(picture: bytes) -> User:
        film(picture, tmp_path / "film.y4m")
        seen = f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}"
        browsers.append(chromium.browser_type.launch(executable_path=CHROMIUM, args=[*with_camera, seen]))
        users.append(User(hospital, browsers[-1], phone=True))
        users[-1].log_in("nurse", "en")
        return users[-1]

    yield hold
    wrong = [said for user in users for said in user.complaints]
    for browser in browsers:
        browser.close()
    assert wrong == []


def answered(user: User) -> str:
    """The class of the verdict that the camera's code came to."""
    user.page.wait_for_function("() => document.getElementById('verdict').dataset.class")
    return str(user.page.locator("#verdict").get_attribute("data-class"))


def dark(user: User) -> bool:
    """Whether the view is closed and the camera off: a dialog tells of its closing a moment later."""
    off = (
        "() => { const d = document.getElementById('camera'); return !d.open && !d.querySelector('video').srcObject; }"
    )
    return bool(user.page.wait_for_function(off, timeout=2000))


def test_the_live_view_reads_a_wristband_frame_by_frame(
    nurse_with_camera: Callable[[bytes], User], hospital: Hospital
) -> None:
    band = hospital.summary.examples["wristband"]
    nurse = nurse_with_camera(png(Label(code=band, name="腕带")))
    nurse.go("/bedside")
    nurse.listening()
    assert nurse.page.evaluate("() => 'BarcodeDetector' in window") is False
    nurse.page.click('[data-camera="open"]')
    assert answered(nurse) == "ok"
    assert dark(nurse)


def test_the_browsers_own_reader_is_asked_where_there_is_one(
    nurse_with_camera: Callable[[bytes], User], hospital: Hospital
) -> None:
    blank = io.BytesIO()
    Image.new("L", (60, 60), 255).save(blank, "PNG")
    nurse = nurse_with_camera(blank.getvalue())
    nurse.context.add_init_script(OWN_READER.replace("CODE", hospital.summary.examples["wristband"]))
    sent: list[str] = []
    nurse.page.on("request", lambda request: sent.append(request.url))
    nurse.go("/bedside")
    nurse.listening()
    nurse.page.click('[data-camera="open"]')
    assert answered(nurse) == "ok"
    assert nurse.page.evaluate("() => window.looks") == 1
    assert [url for url in sent if url.endswith("/scans/image")] == []
    assert dark(nurse)


def test_a_view_that_is_closed_turns_the_camera_off(nurse_with_camera: Callable[[bytes], User]) -> None:
    blank = io.BytesIO()
    Image.new("L", (60, 60), 255).save(blank, "PNG")
    nurse = nurse_with_camera(blank.getvalue())
    nurse.go("/bedside")
    nurse.listening()
    nurse.page.click('[data-camera="open"]')
    nurse.page.wait_for_function("() => document.querySelector('#camera video').readyState > 1")
    nurse.page.click('[data-camera="close"]')
    assert dark(nurse)
    assert nurse.page.locator("#verdict").get_attribute("data-class") is None


def test_without_a_camera_the_button_asks_for_a_photograph(enter: Enter, hospital: Hospital) -> None:
    nurse = enter("nurse")
    nurse.go("/bedside")
    nurse.listening()
    with nurse.page.expect_file_chooser():
        nurse.page.click('[data-camera="open"]')


def test_a_scanner_without_a_name_passes_the_card_in_four_scans_where_the_work_stopped(
    enter: Enter, hospital: Hospital
) -> None:
    with transaction(hospital.database) as session:
        admin: Any = SimpleNamespace(id=session.scalars(select(Staff.id).where(Staff.code == "admin")).one())
        policies.settle(session, build.occasion(admin), policies.UNTESTED + "unnamed", "block")
    nurse = enter("nurse")
    nurse.go("/bedside")
    nurse.page.click(".untested a")
    nurse.listening()
    for task in proving_card.TASKS:
        assert nurse.scan("#" + task.sent.replace("\x1d", "|"))[0] == "ok"
    nurse.page.get_by_role("link", name="Go on").click()
    nurse.listening()
    assert nurse.page.locator(".untested").count() == 0
    assert nurse.page.url.endswith("/bedside")


def test_a_scanner_is_tested_on_the_page_of_the_card(enter: Enter, hospital: Hospital) -> None:
    keeper = enter("keeper")
    keeper.go("/test-card")
    keeper.page.fill("#device", "PDA-B")
    for task in proving_card.TASKS:
        keeper.page.click(f"#reading-{task.name}")
        keeper.page.keyboard.type(task.sent.replace("\x1d", "{GS}"))
        keeper.page.keyboard.press("Enter")
    keeper.page.get_by_role("button", name="Judge").click()
    keeper.page.wait_for_selector(".notice--ok")
    assert keeper.page.locator(".notice--stop").count() == 0
