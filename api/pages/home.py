"""This file is home: whatever is scanned leads to its page; below it, the day in a few figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import binding, bp, figures, frame, refill_cards
from api.pages.decisions import waiting_for
from api.pages.greeting import chart_label, note_caught
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned
from api.pages.verdicts import Verdict, refused, stop, told
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import counting
from spd.catalog import Lot
from spd.core import clock
from spd.core.errors import Refusal
from spd.places import get_location


@dataclass(frozen=True)
class Tile:
    """One page this person works with."""

    href: str
    icon: str
    title: str
    hint: str


_ICONS = {
    "bedside": "use", "theatre": "theatre", "finance": "chart", "refill": "down", "fixed": "label", "orders": "plus",
    "products": "item", "licences": "check", "recalls": "hold", "safety": "caution", "hospital": "department",
    "patients": "bed", "loose": "pack", "stays": "caution", "days": "calendar", "closing": "calendar",
    "donations": "plus", "devices": "scan", "emergency": "emergency", "reentry": "print",
}  # fmt: skip


@bp.get("/")
def home() -> str:
    """What this person does, and scan anything."""
    return render_template("home.html", verdict=None, state={}, **forms({}), **_context())


@bp.post("/")
def home_scan() -> str | Response:
    """Whatever is scanned leads to its page."""
    try:
        said = heard()
        verdict = nothing_scanned() if said.scan is None else _led(said.scan, said)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    if verdict.get("go") and not request.is_json:
        return redirect(verdict["go"])
    return answer("home.html", verdict, state={}, **_context())


def _led(scan: Scan, said: Said) -> Verdict:
    if scan.kind == "chart_copy":
        return chart_label(said.occasion)
    found = read(lambda session: what_is(session, scan, departments=_mine()))
    name = named(found["name"], found["name_en"])
    if found["kind"] == "refill_card" and access.may_open("refills.card", person()):
        return refill_cards.scan(said, found["code"])
    if found["kind"] == "location" and (counted := _count_at(str(found["code"]))):
        return told(name, go=url_for("pages.count_scan", code=counted, scan=scan.raw), books=True)
    if scan.kind == "trace" and not found["page"] and access.may_open("pages.trace_code", person()):
        return told(name, go=url_for("pages.trace_code", code=scan.data))
    if found["page"]:
        detail = found["detail"]
        if found["kind"] == "wristband":
            note_caught(said.occasion, scan)
        code = detail.get("wave") or detail.get("operation")
        on = {"code": code} if code else {}
        return told(name, go=url_for(found["page"], scan=scan.raw, **on), books=found["page"] == "pages.bedside")
    if found["kind"] == "unknown":
        if access.may_open("trace.lot", person()) and read(lambda session: _is_lot(session, scan.data)):
            return told(scan.data, go=url_for("pages.trace", lot=scan.data))
        unknown = stop("E01", _("Code not recognised"), _("Scan the other code, or tap Unable to scan."))
        return binding.offered(unknown, scan, url_for("pages.home"))
    if found["kind"] == "product":
        if scan.lot and access.may_open("pages.trace", person()):
            return told(name, go=url_for("pages.trace", lot=scan.lot, product=found["code"]))
        return told(name, _("A product, not a thing: scan the code with the lot or the house label."))
    return told(name, _("Nothing to do with this here."))


def _count_at(place: str) -> str | None:
    """The count that is on at a place, where this person counts there."""
    if not access.may_open("pages.count_scan", person()):
        return None

    def ask(session: Session) -> str | None:
        location = get_location(session, place)
        mine = person().departments(*access.TABLE["pages.count_scan"].roles)
        on = counting.open_at(session, location.id) if mine is None or location.department_id in mine else []
        return on[0].code if on else None

    return read(ask)


def _is_lot(session: Session, code: str) -> bool:
    return session.scalar(select(Lot.id).where(Lot.code == code).limit(1)) is not None


def _mine() -> frozenset[int] | None:
    return person().departments()


def _context() -> dict[str, Any]:
    me = person()
    hints = {
        "receive": _("Delivery note, case, piece"),
        "pack": _("Bulk to fixed quantity, labels"),
        "refill": _("What wards need, and picking it"),
        "deliver": _("Tote, ward, signature"),
        "bedside": _("Wristband, items"),
        "emergency": _("Patient not known: scan first"),
        "reentry": _("Enter what was written in a downtime"),
        "patients": _("Who is here, what was used on them"),
        "loose": _("What is open and used piece by piece"),
        "theatre": _("Operations, loaner sets, implants"),
        "stock": _("What a place holds"),
        "fixed": _("Upper and lower number of packs"),
        "count": _("Count a place, blind"),
        "orders": _("Propose, approve, follow"),
        "products": _("Catalogue, prices, admission"),
        "licences": _("What holds, what ends"),
        "recalls": _("Hold everywhere, find patients"),
        "safety": _("What scans caught and could not be scanned"),
        "donations": _("Goods given to the hospital"),
        "days": _("What is open of a day, and signing it"),
        "trace": _("Any code or lot"),
        "finance": _("By department, encounter, DRG"),
        "closing": _("What must be done first, the lock"),
        "supplier": _("Orders, notes, consignment"),
        "stays": _("What HIS told and could not be applied"),
        "devices": _("Enrol, revoke, who came on"),
        "hospital": _("Policies of the house"),
    }
    tiles = [
        Tile(link["href"], _ICONS.get(link["section"], link["section"]), link["text"], hints[link["section"]])
        for link in frame.nav(me)
        if link["section"] != "home"
    ]
    now = clock.now()
    shown = read(
        lambda session: figures.for_person(session, me, access_of=access.may_open, now=now, zone=settings().zone)
    )
    decisions = read(lambda session: waiting_for(session, me))
    hour = now.astimezone(settings().zone).hour
    return {
        "tiles": tiles,
        "figures": shown,
        "decisions": decisions,
        "part_of_day": "morning" if hour < 12 else "day" if hour < 18 else "evening",
    }
