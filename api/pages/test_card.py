"""This file is the page of the test card: the card to print, and what a scanner makes of it."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, abort, current_app, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from api import reading
from api.here import occasion, person, read, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office, printing
from api.v1.devices import judged
from api.v1.printers import queued
from scanners import Profile, labels, proving_card
from scanners.proving_card import Finding
from spd import devices
from spd.core import clock
from spd.core.ids import request_key
from spd.devices import Device

_LONGEST = 4_000
KEPT_SECONDS = 365 * 24 * 3600
"""How long a browser is known by its scanner."""


def fault_name(code: str) -> str:
    """What is wrong with a scanner, and what to set."""
    return {
        "no-identifier": _("Sends no symbology identifier: turn on “transmit AIM ID”."),
        "no-separator": _("Loses the group separator: send it as {GS}, or name the text it sends instead."),
        "caps-lock": _("Upper and lower case come out swapped: turn Caps Lock off."),
        "full-width": _("An input method widens characters: switch the keyboard to English."),
        "input-method": _("An input method changes characters: switch the keyboard to English."),
        "double-read": _("Reads twice: raise its time between reads."),
        "layout": _("Some characters change: set its keyboard layout to US."),
        "cut": _("The end is cut off: check its longest length and its suffix."),
        "truncated": _("The end is cut off: check its longest length and its suffix."),
    }.get(code, _("Cannot be read: check its settings."))


@bp.get("/test-card")
def test_card() -> str:
    """The card, and a field for each of its symbols."""
    code = request.args.get("device", "") or reading.name()
    return _page(code, _find(code), [])


@bp.get("/test-card/<task>.svg")
def test_card_symbol(task: str) -> Response:
    """One symbol of the card, to be read off the screen."""
    wanted = {one.name: label for one, label in zip(proving_card.TASKS, proving_card.card_labels(), strict=True)}
    if task not in wanted:
        abort(404)
    return Response(labels.svg(wanted[task], labels.SIZES["70x40"]), mimetype=labels_type())


def labels_type() -> str:
    """What a drawn label is sent as."""
    return "image/svg+xml"


@bp.post("/test-card/print")
def test_card_print() -> AnyResponse:
    """The symbols of the card, in a printer's queue; they stick on nothing, so they are printed at will."""
    wanted = [{"kind": "test_card", "code": task.name} for task in proving_card.TASKS]
    said = {"printer": request.form.get("printer", "")[:80], "labels": wanted, "reason": ""}
    when = occasion({"request_key": request_key(clock.now())})
    job = write(when, lambda session: queued(session, when, said))
    office.tell(_("The card is in the queue of the printer: job %(job)s.") % {"job": job["id"]})
    return redirect(url_for("pages.test_card"))


@bp.post("/test-card")
def test_card_read() -> AnyResponse:
    """Judge what the scanner sent, keep it, and let this browser be known by the scanner."""
    form = request.form
    code = form.get("device", "").strip()[:80]
    separators = tuple(part for part in form.get("separators", "").split() if part)[:8]
    if not code or not code.isprintable() or sum(map(len, separators)) > 100:
        return make_response(_page(code, None, [], error=_("Give the scanner a name.")), 422)
    swaps = form.get("swaps_case") == "yes"
    said = {task.name: form.get(f"reading-{task.name}", "").strip("\r\n")[:_LONGEST] for task in proving_card.TASKS}
    readings = {task: text for task, text in said.items() if text}
    when = occasion({"request_key": request_key(clock.now())})

    def act(session: Session) -> tuple[Device, list[Finding]]:
        known = devices.find_device(session, code)
        before = known.profile if known else Profile(name=code)  # what the page does not ask for stays as it was set
        device = devices.settle(session, replace(before, separators=separators, swaps_case=swaps))
        findings = judged(device, readings)
        if findings:
            devices.keep_test(session, device, findings, staff_id=person().id, at=when.recorded_at)
        session.flush()  # told as it is kept
        session.refresh(device)
        session.expunge(device)
        return device, findings

    device, findings = write(when, act)
    reading.forget()
    answer = make_response(_page(code, device, findings))
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    answer.set_cookie(reading.COOKIE, code, max_age=KEPT_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return answer


def _find(code: str) -> Device | None:
    return read(lambda session: devices.find_device(session, code)) if code and "\x00" not in code else None


def _page(code: str, device: Device | None, findings: list[Finding], *, error: str = "") -> str:
    told = {finding.task: finding for finding in findings}
    tasks = [
        {
            "name": task.name,
            "shows": task.shows_en if short() == "en" else task.shows_zh,
            "finding": told.get(task.name),
        }
        for task in proving_card.TASKS
    ]
    return render_template(
        "test_card.html", code=code, device=device, tasks=tasks, tested=bool(findings), error=error,
        fault_name=fault_name, separators=" ".join(device.profile.separators) if device else "",
        **read(printing.context),
    )  # fmt: skip
