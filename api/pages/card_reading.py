"""This file is the test card as a scan page: four scans, and the scanner that is here may do lot-tracked work.

The scans go the way of all scans, through the ear of the page, so that what is judged is what will be at work. What
a scanner writes round its codes and in place of the separator is learnt from them. Typed text proves no scanner.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, make_response, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import reading
from api.here import occasion, person, read, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp
from api.pages.account import next_page, ours
from api.pages.scanned import answer, forms, nothing_scanned, sent
from api.pages.test_card import KEPT_SECONDS, fault_name
from api.pages.verdicts import Verdict, stop, told
from scanners import Profile, habits, proving_card
from scanners.proving_card import TASKS, Finding
from spd import devices

_NAMED = "SCANNER-"
_LONGEST = 400


@bp.get("/test-card/read")
def card_reading() -> str:
    """The symbols of the card, read in any order by the scanner that is here."""
    state = _kept({"next": next_page()})
    return render_template("card_reading.html", verdict=None, state=state, **forms(state), **_context(state))


@bp.post("/test-card/read")
def card_reading_scan() -> Response | str:
    """One symbol of the card. With the last of them the scanner has passed, and this browser is known by it."""
    said = sent()
    state = _kept(said["state"])
    codes = [code[:_LONGEST] for code in said["codes"]]
    if not codes:
        return _answer(nothing_scanned(), state)
    if said["entered"] == "keyed":
        return _answer(stop("E24", _("Typed text proves no scanner."), _("Scan the symbol with the scanner.")), state)
    for code in codes:
        verdict, state = _one(code, state, said)
        if verdict["class"] == "stop" or state.get("passed"):
            break  # what stops is seen, and what has passed stays so, whatever else was in view
    response = make_response(_answer(verdict, state))
    if state.get("passed"):
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        response.set_cookie(
            reading.COOKIE, state["device"], max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=secure
        )
    return response


def _one(raw: str, state: dict[str, Any], said: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    """What one symbol shows, and what the page stands on afterwards."""
    task = habits.meant(raw)
    if task is None:
        return stop("E05", _("That is no symbol of the test card."), _("Scan one of the symbols on the page.")), state
    code = _name(state)
    known = read(lambda session: devices.find_device(session, code))
    before = known.profile if known else Profile(name=code)
    earlier = {name: text for name, text in state["readings"].items() if name != task}
    readings = {**earlier, task: raw}
    profile, findings = _judged(readings, before)
    if not all(one.passed for one in findings):  # what it passed before it has passed still
        profile, findings = _judged(readings, before, learning_from=earlier)
    (finding,) = (one for one in findings if one.task == task)
    state = {"device": code, "readings": readings, "next": state["next"]}
    if not all(one.passed for one in findings):
        _keep(before, findings, said)
        state["readings"] = {one.task: readings[one.task] for one in findings if one.passed}
        faults = finding.faults or ("layout",)
        return stop("E24", _("Not passed"), fault_name(faults[0]), what=_shows(task)), state
    left = [one for one in TASKS if one.name not in readings]
    if left:
        return told(
            _("%(n)s of %(all)s") % {"n": len(readings), "all": len(TASKS)},
            _("next: %(what)s") % {"what": _shows(left[0].name)},
        ), state
    _keep(profile, findings, said)
    state["passed"] = True
    return told(_("Passed"), _("Scanner %(name)s may do lot-tracked work.") % {"name": code}), state


def _judged(
    readings: dict[str, str], before: Profile, *, learning_from: dict[str, str] | None = None
) -> tuple[Profile, list[Finding]]:
    """The habits that the readings teach, and what they show of a scanner with these; in the order of the card."""
    as_sent = {name: before.ended(text) for name, text in readings.items()}
    teaching = as_sent if learning_from is None else {name: as_sent[name] for name in learning_from}
    profile = habits.learnt(teaching, before)
    return profile, [proving_card.judge(one.name, as_sent[one.name], profile) for one in TASKS if one.name in as_sent]


def _keep(profile: Profile, findings: list[Finding], said: dict[str, Any]) -> None:
    when = occasion(said)

    def act(session: Session) -> None:
        device = devices.settle(session, profile)
        devices.keep_test(session, device, findings, staff_id=person().id, at=when.recorded_at)

    write(when, act)
    reading.forget()


def _name(state: dict[str, Any]) -> str:
    """What the scanner here is called: as the browser was told, or as this page proposed when it had no name."""
    return reading.name() or state["device"] or _NAMED + secrets.token_hex(3).upper()


def _kept(said: dict[str, Any]) -> dict[str, Any]:
    """What the page stands on, with nothing in it that this page would not have put there."""
    device, readings = said.get("device", ""), said.get("readings", {})
    named = isinstance(device, str) and device.startswith(_NAMED) and device.isascii() and device.isprintable()
    rightly = isinstance(readings, dict) and all(isinstance(text, str) for text in readings.values())
    return {
        "next": ours(str(said.get("next", ""))),
        "device": device[:40] if named else "",
        "readings": {one.name: readings[one.name][:_LONGEST] for one in TASKS if one.name in readings}
        if rightly
        else {},
    }


def _answer(verdict: Verdict, state: dict[str, Any]) -> Response | str:
    return answer("card_reading.html", verdict, state=state, parts=("card_symbols",), **_context(state))


def _context(state: dict[str, Any]) -> dict[str, Any]:
    return {
        "symbols": [
            {"name": one.name, "shows": _shows(one.name), "done": one.name in state["readings"]} for one in TASKS
        ],
        "passed": bool(state.get("passed")),
        "scanner_name": state["device"] or reading.name(),
        "back_url": state["next"],
        "scan_action": url_for("pages.card_reading"),
    }


def _shows(task: str) -> str:
    """What a symbol shows, in the language of this request."""
    (one,) = (one for one in TASKS if one.name == task)
    return one.shows_en if short() == "en" else one.shows_zh
