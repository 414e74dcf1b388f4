"""This file is the pages of receiving: the notes that wait, and one note filling up with each scan."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import scanners
from api.here import read, write
from api.i18n import gettext as _
from api.pages import bay, bp, places
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned
from api.pages.verdicts import Verdict, done, refused, stop, told
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import receiving
from spd.core.errors import Refusal
from spd.places import Location, get_location


@bp.get("/receive")
def receive() -> str | Response:
    """The notes that wait. A scanned note (`?scan=`) opens at once."""
    if (raw := request.args.get("scan")) and (found := _find_note(raw)):
        return redirect(url_for("pages.receive_note", code=found))
    waiting = read(bay.waiting)
    return render_template("receive.html", waiting=waiting, state={}, **forms({}))


@bp.post("/receive")
def receive_scan() -> str | Response:
    """A note is scanned: its page is next."""
    try:
        said = heard()
        verdict = nothing_scanned() if said.scan is None else read(lambda session: _note_scanned(session, said))
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    if verdict.get("go") and not request.is_json:
        return redirect(verdict["go"])
    return answer("receive.html", verdict, state={}, waiting=read(bay.waiting))


def _find_note(raw: str) -> str | None:
    try:
        code = scanners.read(raw).code or raw
        return read(lambda session: receiving.get_delivery(session, code).code)
    except (Refusal, Unreadable):
        return None


def _note_scanned(session: Session, said: Said) -> Verdict:
    assert said.scan is not None
    found = what_is(session, said.scan)
    if found["kind"] == "delivery":
        return told(found["code"], go=url_for("pages.receive_note", code=found["code"]))
    if found["kind"] == "unknown":
        raise receiving.UnknownDelivery(delivery=found["code"])
    return stop("E01", named(found["name"], found["name_en"]), _("Scan the code on the delivery note first."))


@bp.get("/receive/<path:code>")
def receive_note(code: str) -> str:
    """One note, to be scanned in."""
    here = read(lambda session: bay.bay_of(session, code, {}))
    state = {"location": here.location.code}
    return render_template("receive_note.html", bay=here, state=state, **forms(state))


@bp.post("/receive/<path:code>")
def receive_goods(code: str) -> str | Response:
    """A package is scanned in, or the note is finished."""
    state: dict[str, Any] = {}
    try:
        said = heard()
        state = said.state
        if said.act == "finish":
            verdict = _finish(said, code)
            if not request.is_json and verdict.get("go"):
                return redirect(verdict["go"])
        else:
            verdict = _take_in(said, code)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    here = read(lambda session: bay.bay_of(session, code, state))
    return answer(
        "receive_note.html",
        verdict,
        state={"location": here.location.code},
        parts=["note_progress", "note_lines", "note_ask", "note_finish", "note_labels"],
        bay=here,
        ask=verdict.get("ask"),
    )


def _take_in(said: Said, code: str) -> Verdict:
    if said.scan is None:
        return nothing_scanned()
    scan = said.scan
    if scan.is_own and (place := read(lambda session: _store_scanned(session, scan))):
        said.state["location"] = place.code
        return told(named(place.name, place.name_en), _("Goods are now received here."))
    try:
        arrived = receiving.Arrived(scan=scan, lot=said.text("lot") or None, expires_on=_day(said.text("expires_on")))
        receipt = _receive(said, code, arrived)
    except receiving.LotMissing as error:
        return refused(error) | {"class": "repeat", "ask": {"scan": scan.raw, "product": error.facts["product"]}}
    except Refusal as error:
        return refused(error, read(lambda session: _name_of(session, scan)))
    return read(lambda session: _received(session, code, receipt))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _store_scanned(session: Session, scan: Scan) -> Location | None:
    found = what_is(session, scan)
    return get_location(session, found["code"]) if found["kind"] == "location" else None


def _receive(said: Said, code: str, arrived: receiving.Arrived) -> receiving.Receipt:
    delivered = receiving.Delivered(
        occasion=said.occasion,
        delivery=code,
        location=str(said.state.get("location") or read(places.stores)[0].code),
        arrivals=[arrived],
    )
    return write(said.occasion, lambda session: receiving.receive(session, delivered))


def _name_of(session: Session, scan: Scan) -> str:
    """What a refused scan was of, where that is known."""
    found = what_is(session, scan)
    name = "" if found["kind"] == "unknown" else named(found["name"], found["name_en"])
    return " · ".join(part for part in (name, scan.lot or "") if part)


def _received(session: Session, code: str, receipt: receiving.Receipt) -> Verdict:
    item = receipt.items[0]
    lines = receiving.lines_received(session, receiving.get_delivery(session, code))
    mine = [line for line in lines if line.product == item.product and line.lot in ("", item.lot)]
    came, stated = sum(line.received for line in mine), sum(line.quantity for line in mine)
    facts = [f"{_('Lot')} {item.lot}", f"{_('Expires')} {item.expires_on or '–'}", _("expiry checked")]
    if not item.owned:
        facts.append(_("pre-received: still the supplier's"))
    return done(
        named(item.name, item.name_en),
        " · ".join(facts),
        cautions=receipt.cautions,
        count=came,
        count_label=f"/ {stated} {mine[0].base_unit if mine else ''}",
        note=f"+{sum(one.quantity for one in receipt.items)} · {item.lot}",
    )


def _finish(said: Said, code: str) -> Verdict:
    reason = " · ".join(part for part in (said.text("reason"), said.text("note")) if part)
    write(said.occasion, lambda session: receiving.close_delivery(session, said.occasion, code, reason=reason))
    return told(_("Receiving finished"), code, go=url_for("pages.receive", finished=code))
