"""This file is the page of counting: place, things, numbers, next place; blind, and nothing is booked by it."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.counted import move_here, own_count, refuse_foreign_place, today
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, commands, shelf
from api.pages.count_verdicts import finding_verdict
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, refused, told
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import counting
from spd.core.errors import Refusal
from spd.counting import Count, CountState
from spd.places import get_location

_PARTS = ("count_ask", "count_place", "count_lines", "count_places")


@bp.get("/count/<code>")
def count_scan(code: str) -> str | Response:
    """One count, to be counted. A scanned place (`?scan=`) is filled in: to begin it is said by the scan itself."""
    count = read(lambda session: own_count(session, code))
    if count.state in (CountState.APPROVED, CountState.CLOSED):
        return redirect(url_for("pages.count_sheet", code=code))
    state: dict[str, Any] = {}
    raw = request.args.get("scan", "")
    return render_template(
        "count_scan.html",
        verdict=None,
        state=state,
        begin=raw,
        ask=None,
        move=None,
        **forms(state),
        **_context(code, state),
    )


@bp.post("/count/<code>")
def count_scanned(code: str) -> str | Response:
    """A place is begun, a thing is seen or counted, or counting is over."""
    place = stood().get("place")
    state = {"place": str(place)} if place else {}
    more: dict[str, Any] = {"ask": None, "move": None, "begin": ""}
    try:
        said = heard()
        if said.act == "finish" or commands.find(said.scan) is commands.COUNT_FINISH:
            verdict = _finish(said, code)
            if verdict.get("go") and not request.is_json:
                return redirect(verdict["go"])
        elif said.act == "move":
            verdict = _moved(said, code, state)
        elif said.scan is None:
            verdict = nothing_scanned()
        else:
            verdict, state = _scanned(said, said.scan, code, state)
    except counting.QuantityNeeded as error:
        assert said.scan is not None
        more["ask"] = {"scan": said.scan.raw, "name": error.facts["name"]}
        verdict = told(error.facts["name"], _("Loose goods: how many are there?"), ask=_asked(said.scan))
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    more["move"] = verdict.get("move")
    return answer("count_scan.html", verdict, state=state, parts=_PARTS, **more, **_context(code, state))


def _asked(scan: Scan) -> dict[str, str]:
    return {"scan": scan.raw, "label": _("How many are there?")}


def _scanned(said: Said, scan: Scan, code: str, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    found = read(lambda session: what_is(session, scan))
    if found["kind"] == "location":
        return _begun(said, code, str(found["code"]))
    place = state.get("place") or read(lambda session: _place_again(session, code, str(found["code"])))
    if not place:
        raise counting.ScanPlaceFirst()
    quantity = said.text("quantity")
    seen = counting.Seen(
        occasion=said.occasion, count=code, location=place, item=scan,
        quantity=int(quantity) if quantity.isascii() and quantity.isdigit() else None,
    )  # fmt: skip

    def act(session: Session) -> counting.Recorded:
        refuse_foreign_place(get_location(session, place))
        return counting.record(session, seen)

    return finding_verdict(write(said.occasion, act)), state


def _place_again(session: Session, code: str, item: str) -> str:
    """In review a thing is counted again where it differed: its place need not be scanned."""
    count = counting.get_count(session, code)
    if count.state != CountState.REVIEW:
        return ""
    return shelf.place_of(session, count, item)


def _begun(said: Said, code: str, place: str) -> tuple[Verdict, dict[str, Any]]:
    at = counting.At(occasion=said.occasion, count=code, location=place)

    def act(session: Session) -> tuple[counting.Begun, int]:
        location = get_location(session, place)
        refuse_foreign_place(location)
        begun = counting.go_over(session, at)
        count = counting.get_count(session, code)
        return begun, counting.things_counted(session, count, location, begun.round)

    begun, counted = write(said.occasion, act)
    what = _("Scan everything that lies here.")
    if begun.ended:
        what = _("%(places)s is over.") % {"places": ", ".join(begun.ended)} + " " + what
    verdict = told(named(begun.name, begun.name_en), what, count=counted, count_label=_("counted here"))
    return verdict, {"place": begun.location}


def _moved(said: Said, code: str, state: dict[str, Any]) -> Verdict:
    """What was found here is carried over in the book."""
    place = state.get("place") or ""
    if not place:
        raise counting.ScanPlaceFirst()
    seen = counting.Seen(occasion=said.occasion, count=code, location=place, item=said.text("item"))

    def act(session: Session) -> counting.Recorded | None:
        refuse_foreign_place(get_location(session, place))
        own_count(session, code)
        return move_here(session, seen)

    recorded = write(said.occasion, act)
    if recorded is None:
        return told(_("Moved here"), _("Scan it again and say how many there are."))
    verdict = finding_verdict(recorded)
    return verdict | {"title": _("Moved here"), "what": named(recorded.name, recorded.name_en)}


def _finish(said: Said, code: str) -> Verdict:
    def act(session: Session) -> Count:
        own_count(session, code)
        return counting.finish(session, said.occasion, code, leave_out=said.text("leave_out") == "yes")

    write(said.occasion, act)
    page = "pages.count_review" if access.may_open("pages.count_review", person()) else "pages.count"
    go = url_for(page, code=code) if page == "pages.count_review" else url_for(page)
    return told(_("Counting is over"), _("The count is in review."), go=go)


def _context(code: str, state: dict[str, Any]) -> dict[str, Any]:
    may = {"may_review": access.may_open("pages.count_review", person())}
    return may | read(lambda session: shelf.context(session, own_count(session, code), state, person().id, on=today()))
