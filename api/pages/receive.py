"""This file is the pages of receiving: the notes that wait, and one note filling up with each scan."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.pages import arrivals, asides, bay, bp
from api.pages.scanned import Said, again, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, refused, stop, told
from api.whatis import what_is
from scanners import Unreadable
from spd import receiving
from spd.core.errors import Refusal

PARTS = (
    "note_ask", "note_progress", "note_modes", "note_labels", "note_lines", "note_aside", "note_finish",
)  # fmt: skip


@bp.get("/receive")
def receive() -> str | Response:
    """The notes that wait. A scanned note, or a case of one (`?scan=`), opens at once."""
    if (raw := request.args.get("scan")) and (found := _find_note(raw)):
        return redirect(url_for("pages.receive_note", code=found))
    return render_template("receive.html", **read(bay.desk), state={}, **forms({}))


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
    return answer("receive.html", verdict, state={}, **read(bay.desk))


def _find_note(raw: str) -> str | None:
    try:
        scan = again(raw)
        code = scan.code or raw
        return read(lambda session: bay.note_of_case(session, scan) or receiving.get_delivery(session, code).code)
    except (Refusal, Unreadable):
        return None


def _note_scanned(session: Session, said: Said) -> Verdict:
    assert said.scan is not None
    found = what_is(session, said.scan)
    if found["kind"] == "delivery":
        return told(found["code"], go=url_for("pages.receive_note", code=found["code"]))
    if note := bay.note_of_case(session, said.scan):
        return told(note, go=url_for("pages.receive_note", code=note))
    if found["kind"] == "unknown":
        raise receiving.UnknownDelivery(delivery=found["code"])
    return stop("E01", named(found["name"], found["name_en"]), _("Scan the code on the delivery note first."))


@bp.get("/receive/<path:code>")
def receive_note(code: str) -> str:
    """One note, to be scanned in."""
    there = {"location": request.args["location"]} if "location" in request.args else {}
    here = read(lambda session: bay.bay_of(session, code, there))
    state = {"location": here.location.code}
    return render_template("receive_note.html", bay=here, state=state, **asides.words(), **forms(state))


@bp.post("/receive/<path:code>")
def receive_goods(code: str) -> str | Response:
    """A package is scanned in, something is said of it, or the note is finished."""
    state = arrivals.kept(stood())
    try:
        said = heard()
        verdict = arrivals.act(said, code, state)
        if not request.is_json and verdict.get("go"):
            return redirect(verdict["go"])
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    here = read(lambda session: bay.bay_of(session, code, state))
    state["location"] = here.location.code
    return answer(
        "receive_note.html", verdict, state=state, parts=PARTS, bay=here, ask=verdict.get("ask"), **asides.words(),
    )  # fmt: skip
