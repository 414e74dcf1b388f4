"""This file is a browser and a served harness for the tests of the static parts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.static import harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with harness.served() as url:
        yield url


PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="session")
def tab(chromium: Browser) -> Iterator[Page]:
    """One tab for all tests: opening one takes as long as most of them."""
    context = chromium.new_context(viewport=PHONE, has_touch=True)
    tab = context.new_page()
    tab.set_default_timeout(5000)
    yield tab
    context.close()


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """The tab as if new; it fails the test when a script throws or the content policy is broken."""
    wrong: list[str] = []

    def threw(error: object) -> None:
        wrong.append(str(error))

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    tab.on("pageerror", threw)
    tab.on("console", said)
    tab.set_viewport_size(PHONE)
    yield tab
    tab.remove_listener("pageerror", threw)
    tab.remove_listener("console", said)
    tab.unroute_all()
    tab.emulate_media(media="screen")
    tab.evaluate("() => { sessionStorage.clear(); localStorage.clear(); }")
    assert wrong == []


@pytest.fixture
def scan_page(page: Page, address: str) -> Page:
    """The scan page of the harness, listening; what the server hears is in `harness.HEARD`."""
    harness.HEARD.clear()
    harness.IN_FLIGHT.most = 0
    page.goto(f"{address}/scan")
    page.wait_for_selector("html[data-scan-ready]")
    return page
