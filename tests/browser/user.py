"""This file is a user at a browser: logs in, scans as a wedge types, reads what the page answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, session
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.http import parse_cookie

from api import identity
from api.here import database
from spd.core.database import Database
from spd.core.transaction import glance, reading
from spd.demo import DemoSummary
from spd.staff import Staff, find_person

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


def as_scanned(code: str) -> str:
    """What a scanner sends for an item: our own label as it is, a supplier's as it is printed."""
    di, dot, serial = code.partition(".")
    return f"(01){di}(21){serial}" if dot else code


def let_in(app: Flask, context: BrowserContext, address: str, code: str, language: str) -> None:
    """Give a browser the cookie of somebody who has signed in, without the page where that is done."""
    with app.test_request_context("/"):
        with glance(database()) as db:
            person = find_person(db, db.scalars(select(Staff.id).where(Staff.code == code)).one())
        assert person is not None, code
        identity.log_in(person)
        session["language"] = language
        answer = app.response_class()
        app.session_interface.save_session(app, session, answer)  # type: ignore[arg-type]  # what it is proxied for
    name = app.config["SESSION_COOKIE_NAME"]
    context.add_cookies([{"name": name, "value": parse_cookie(answer.headers["Set-Cookie"])[name], "url": address}])


@dataclass
class Hospital:
    """A served hospital."""

    address: str
    database: Database
    summary: DemoSummary

    def ask(self, question: Any) -> Any:
        """The answer to a question put to its database."""

        def put(session: Session) -> Any:
            return question(session)

        with reading(self.database) as session:
            return put(session)


class User:
    """Somebody with a browser of their own.

    complaints: scripts that threw, policy broken, other hosts asked; shots: what the gun has shot.
    """

    def __init__(self, hospital: Hospital, browser: Browser, *, phone: bool) -> None:
        self.hospital = hospital
        self.complaints: list[str] = []
        self.shots: list[str] = []
        self.context = browser.new_context(
            viewport=PHONE if phone else DESKTOP, has_touch=phone, service_workers="block"
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.hospital.address, "data:", "blob:")):
            self.complaints.append(f"asked another host: {request.url}")

    def log_in(self, code: str, language: str) -> None:
        self.page.goto(f"{self.hospital.address}/login")
        self.page.fill("#code", code)
        self.page.fill("#password", "spd-demo")
        self.page.press("#password", "Enter")
        self.page.wait_for_url(f"{self.hospital.address}/")
        if self.page.locator("html").get_attribute("lang") != language:
            self.page.locator(".masthead__end .language button, .menu .language button").last.evaluate("b => b.click()")
            self.page.wait_for_selector(f'html[lang="{language}"]')
        self.listening()

    def come_in(self, app: Flask, code: str, language: str) -> None:
        """Be at the first page as somebody who has signed in."""
        let_in(app, self.context, self.hospital.address, code, language)
        self.go("/")
        self.listening()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.hospital.address}{path}")

    def listening(self) -> None:
        """Wait until the page listens to the scanner."""
        self.page.wait_for_selector("html[data-scan-ready]")

    def shoot(self, code: str) -> None:
        """A scan as a gun types it: key by key, then Enter."""
        self.shots.append(code)
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def scan(self, code: str) -> tuple[str, str]:
        """A scan, and the verdict that came of it: its class and its words."""
        region = self.page.locator("#verdict")
        before = region.get_attribute("data-beat")
        self.shoot(code)
        self.page.wait_for_function(
            "before => { const r = document.getElementById('verdict');"
            " return r.dataset.class && r.dataset.beat !== before && !('received' in r.dataset); }",
            arg=before,
        )
        return str(region.get_attribute("data-class")), region.inner_text().replace("\n", " ")

    def scan_to(self, code: str, path: str) -> None:
        """A scan that opens another page."""
        self.shoot(code)
        self.page.wait_for_url(f"{self.hospital.address}{path}")
        self.listening()

    def booked(self) -> None:
        """Wait until the verdict says that an item was used."""
        self.page.wait_for_function(
            "() => document.querySelector('#verdict [data-verdict=what]').textContent.includes('checked')"
            " || document.querySelector('#verdict [data-verdict=why]').textContent.includes('checked')"
        )

    def stopped(self) -> bool:
        return self.page.locator("#stop").is_visible()
