"""The pages that work without network, on a dark screen and at 400 % zoom: they fit, and can be read by everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.browser.cut import Server, Ward, enter

NARROW = {"width": 320, "height": 640}
"""A screen of 1280 px at 400 %."""


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_pages_are_read_by_everybody_at_night_and_enlarged(
    ward: Ward, serve: Callable[..., Server], chromium: Browser, scheme: str
) -> None:
    from axe_core_python.sync_playwright import Axe

    server = serve()
    page = enter(chromium, server)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    wrong: list[tuple[str, str]] = []

    def look(path: str) -> None:
        page.goto(f"{server.address}{path}")
        page.wait_for_selector("html[data-scan-ready]")
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wrong.append((path, "wider than the screen"))
        found = Axe().run(page)["violations"]
        wrong.extend((path, one["id"] + ": " + one["nodes"][0]["html"][:100]) for one in found
                     if one["impact"] in ("serious", "critical"))  # fmt: skip

    for path in ("/bedside", "/deliver"):
        look(path)
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
    light = page.evaluate(
        "getComputedStyle(document.querySelector('.strip')).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)"
    )
    assert (sum(light) < 200) is (scheme == "dark"), light
    server.kill()
    for path in ("/bedside", "/deliver", "/count"):
        look(path)
    page.context.close()
    assert wrong == []
