"""This file is visiting pages without scripts: log in, look, fill in forms, as a browser that knows only HTML does."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import Client, TestResponse

PASSWORD = "一个 long pass phrase"


class _Forms(HTMLParser):
    """The forms of a page with their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._open: dict[str, Any] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self._open = {
                "action": told.get("action") or "",
                "method": told.get("method", "get"),
                "fields": {},
                "buttons": set(),
            }
            self.found.append(self._open)
        elif tag in ("input", "select", "textarea") and self._open is not None and told.get("name"):
            self._open["fields"][told["name"]] = told.get("value") or ""
        elif tag == "button" and self._open is not None and told.get("name"):
            self._open["buttons"].add(told["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


@dataclass
class Visitor:
    """Somebody with a browser that runs no scripts."""

    client: Client
    page: TestResponse | None = None

    def look(self, path: str, accept: str = "text/html") -> TestResponse:
        """The page at an address."""
        self.page = self.client.get(path, headers={"Accept": accept})
        return self.page

    def fill(self, action: str = "", **said: str) -> TestResponse:
        """The form that has these fields and named buttons (and goes to `action`), filled in and sent."""
        form = self.form(action, *said)
        answer = self.client.post(
            form["action"] or self.page.request.path,  # type: ignore[union-attr]
            data=form["fields"] | said,
            headers={"Accept": "text/html"},
        )
        while answer.location:
            answer = self.client.get(answer.location, headers={"Accept": "text/html"})
        self.page = answer
        return answer

    def form(self, action: str, *names: str) -> dict[str, Any]:
        """A form of the page looked at."""
        assert self.page is not None
        forms = _Forms()
        forms.feed(self.page.text)
        for form in forms.found:
            if (
                form["method"] == "post"
                and action in form["action"]
                and form["buttons"] | form["fields"].keys() >= set(names)
            ):
                return form
        raise AssertionError(f"no form {action} with {names} at {self.page.request.path}")

    def scan(self, code: str) -> tuple[str | None, str]:
        """A code typed into the field of a page without scripts: the class and words of the verdict."""
        self.fill(scan=code)
        return self.verdict()

    def verdict(self) -> tuple[str | None, str]:
        """The verdict of the page."""
        assert self.page is not None
        region = re.search(r'<section class="verdict"(.*?)</section>', self.page.text, re.DOTALL)
        assert region is not None, self.page.text[:400]
        kind = re.search(r'data-class="(\w+)"', region[1])
        words = re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", region[1].split(">", 1)[1]))).strip()
        return (kind[1] if kind else None), words


def visitor(app: Flask, code: str, language: str = "en") -> Visitor:
    """Somebody logged in, with a language chosen."""
    who = Visitor(app.test_client())
    who.look("/login")
    who.fill("/login", code=code, password=PASSWORD)
    assert who.page is not None
    assert who.page.request.path == "/", "the log-in was refused"
    if f'<html lang="{language}">' not in who.page.text:
        token = re.search(r'name="csrf-token" content="([^"]+)"', who.page.text)
        assert token is not None
        who.client.post("/language", data={"locale": language, "csrf_token": token[1]})
        who.look("/")
    return who


def made_in_background(who: Visitor, path: str) -> tuple[str, bytes]:
    """The address of a file that is made while its asker waits on another page, and what is in it."""
    sent = who.look(path)
    assert sent.status_code == 302, path
    for _ in range(400):
        page = who.look(sent.location)
        if link := re.search(r'href="([^"]+/file)"', page.text):
            return link[1], who.look(link[1]).data
        time.sleep(0.03)
    raise AssertionError(page.text[-900:])
