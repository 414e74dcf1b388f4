"""A photograph in place of a gun: the picture goes in, its code is taken as scanned; and the test card in a browser."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image

from scanners import proving_card
from scanners.labels import Label, png
from tests.browser.user import Hospital, User

Enter = Callable[..., User]


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
