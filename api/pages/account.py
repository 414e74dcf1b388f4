"""This file is logging in and out, and choosing a language."""

from __future__ import annotations

import re

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from api import enrolled, identity, limits
from api.here import database
from api.i18n import LANGUAGES, short
from api.pages import bp
from spd.core.transaction import glance

# Browsers leave out tabs and line ends, and take a backslash for a slash: "/<tab>/evil.example" is another site.
_OURS = re.compile(r"/(?![/\\])[^\x00-\x1f\\]*")


def next_page() -> str:
    """Where to go on: a page of ours, never another site."""
    return ours(request.values.get("next", ""))


def ours(wanted: str) -> str:
    """An address if it is a page of ours; home where it is none."""
    return wanted if _OURS.fullmatch(wanted) else url_for("pages.home")


@bp.route("/login", methods=["GET", "POST"])
def login() -> str | Response | tuple[str, int]:
    """Name and password in, a session out."""
    if request.method == "GET":
        if g.get("person") is not None and request.args.get("next"):  # a link that was opened outside of the browser
            return redirect(next_page())
        return render_template("login.html", next=next_page(), pins=enrolled.takes_pins())
    code, password = request.form.get("code", "").strip(), request.form.get("password", "")
    limits.refuse_too_many(code)
    with glance(database()) as db:
        try:
            person = identity.check_password(db, code, password)
        except identity.WrongPassword as refused:
            limits.count_failure(code)
            return _again(code, refused.sentence(short())), 403
    identity.log_in(person)
    enrolled.touch()
    return redirect(next_page())


def _again(code: str, error: str) -> str:
    pins = enrolled.takes_pins()
    return render_template("login.html", next=next_page(), error=error, code=code, pins=pins)


@bp.post("/logout")
def logout() -> Response:
    """End the session."""
    identity.log_out()
    return redirect(url_for(enrolled.entry()))


@bp.post("/language")
def language() -> Response:
    """Change the language of this browser, at once."""
    chosen = request.form.get("locale", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
    return redirect(next_page())
