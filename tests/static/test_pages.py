"""Pages made of the parts fit every screen, are large enough to touch, and speak to everybody."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

PAGES = ["home", "cost", "trace", "form", "scan", "posted"]

TOO_SMALL = """(least) => [...document.querySelectorAll(
    'button, .button, .tile, summary, select, input:not([type=hidden], .sink), .nav__link, .segments a, .crumbs a')]
  .filter((part) => part.checkVisibility() && part.getBoundingClientRect().height < least)
  .map((part) => part.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("name", PAGES)
def test_page_fits_a_narrow_phone_in_both_languages(page, address, name):
    """320 px is also a desktop of 1280 px at 400 % zoom."""
    page.set_viewport_size({"width": 320, "height": 640})
    for locale in ("zh-Hans", "en"):
        page.goto(f"{address}/{name}?locale={locale}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert page.locator("html").get_attribute("lang") == locale


@pytest.mark.parametrize("name", PAGES)
def test_page_can_be_touched_and_is_accessible(page, address, name):
    from axe_core_python.sync_playwright import Axe

    least = 56 if name in {"scan", "posted"} else 44
    page.goto(f"{address}/{name}?locale=en")
    small = page.evaluate(TOO_SMALL, least)
    assert small == []
    found = Axe().run(page)["violations"]
    serious = [(one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in {"serious", "critical"}]
    assert serious == []


def test_count_of_a_verdict_is_at_least_40_px(scan_page):
    size = scan_page.evaluate("parseFloat(getComputedStyle(document.querySelector('.verdict__count')).fontSize)")
    assert size >= 40


def test_report_prints_without_navigation(page, address):
    page.goto(f"{address}/cost")
    page.emulate_media(media="print")
    assert not page.locator(".masthead").is_visible()
    assert page.locator(".table").is_visible()
