"""This file takes pictures of every page of the harness, in both languages, on a phone and on a desktop.

`python -m tests.static.shots DIRECTORY [page …]`
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from tests.static.harness import served

CHROMIUM = "/usr/bin/chromium"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}
PAGES = ["home", "cost", "trace", "form", "scan", "posted"]


def scan(page: Page, code: str) -> None:
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)


def say(error: Error) -> None:
    print(error)


def moments(page: Page) -> list[tuple[str, str]]:
    """The states of the scan page, each as (name, codes scanned to reach it)."""
    return [("ok", "A001"), ("repeat", "R001"), ("caution", "C001"), ("sending", "S001"), ("stop", "X001")]


def take(base: str, into: Path, only: list[str], dark: bool = False) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for size, viewport in SIZES.items():
            for locale in ("zh-Hans", "en"):
                context = browser.new_context(viewport=viewport, color_scheme="dark" if dark else "light")
                page = context.new_page()
                page.on("console", lambda message: print(message.text) if message.type == "error" else None)
                page.on("pageerror", say)
                for name in only or PAGES:
                    page.goto(f"{base}/{name}?locale={locale}&patient=12%20床%20王*明")
                    page.wait_for_timeout(250)
                    page.screenshot(path=into / f"{name}-{size}-{locale}.png", full_page=name not in {"scan", "posted"})
                    if name != "scan":
                        continue
                    for moment, code in moments(page):
                        if moment == "sending":
                            page.keyboard.type(code)
                            page.keyboard.press("Enter")
                            page.wait_for_timeout(1100)
                        else:
                            scan(page, code)
                        page.screenshot(path=into / f"scan-{moment}-{size}-{locale}.png")
                        page.wait_for_timeout(700 if moment == "sending" else 0)
                    page.click("[data-stop=ok]")
                    page.click("[data-unable=open]")
                    page.screenshot(path=into / f"scan-unable-{size}-{locale}.png")
                    page.click("[data-unable=cancel]")
                    page.evaluate("void page.askNumber({label: '数量', unit: '盒', value: 20})")
                    page.screenshot(path=into / f"scan-keypad-{size}-{locale}.png")
                context.close()
        browser.close()


if __name__ == "__main__":
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    chosen = [name for name in sys.argv[2:] if name != "--dark"]
    with served() as url:
        take(url, directory, chosen, dark="--dark" in sys.argv)
