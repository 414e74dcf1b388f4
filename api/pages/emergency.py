"""This file is the emergency page: items are booked with nobody named; a wristband then says whose they were."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import render_template, url_for
from sqlalchemy import ColumnElement, case
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, approval, intercepted
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, kit_used, undoing
from api.pages.greeting import chart_label, check_who, note_number
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.patient_token import patient_of, token_of
from api.pages.scanned import Said, answer, forms, heard, named, named_column, nothing_scanned, stood
from api.pages.verdicts import Verdict, checked_of, done, refused, stop, told
from api.v1.emergency_uses import rows_of, uses_of
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import consumption
from spd.catalog import Product
from spd.consumption import AssignReason, EmergencyAssignment, EmergencyUse
from spd.core import clock
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.encounters import Encounter, Stay, StayNumber, get_encounter, refuse_merged
from spd.ledger import Item, Movement, UnknownItem
from spd.places import Department
from spd.staff import Staff

TAGS = ("A", "B", "C", "D")
_PARTS = ("emergency_tag", "second", "reverse", "emergency_list")


def reason_names() -> dict[str, str]:
    """How it became known whose use it was."""
    return {
        AssignReason.IDENTIFIED: _("patient identified"),
        AssignReason.ADMITTED: _("patient admitted, or admission works again"),
        AssignReason.CORRECTED: _("found out from the notes"),
    }


def state_names() -> dict[str, str]:
    """What became of an emergency use."""
    return {"open": _("patient open"), "late": _("open too long"), "assigned": _("assigned"), "undone": _("Undone")}


@bp.get("/emergency")
def emergency() -> str:
    """Scan what is used; whose it was is said later."""
    state: dict[str, Any] = {"tag": TAGS[0]}
    context = read(lambda session: _context(session, state, clock.now()))
    return render_template("emergency.html", verdict=None, state=state, **forms(state), **context)


@bp.post("/emergency")
def emergency_scan() -> str | Response:
    """An item used, a wristband, or the lines that are this patient's."""
    state = {"tag": _kept(stood())["tag"]}  # what cannot be read may be somebody else's wristband
    at = clock.now()
    try:
        said = heard()
        at, state = said.occasion.occurred_at, _kept(said.state)
        if said.act == "tag" and said.text("tag") in TAGS:
            state, verdict = {"tag": said.text("tag")}, told(_("Patient %(tag)s") % {"tag": said.text("tag")})
        elif said.act == "assign":
            verdict, state = _assign(said, state)
        elif said.act == "override":
            verdict, state = _override(said, state)
        elif said.act == "reverse":
            url = url_for("pages.emergency_undo", movement=int(state.get("reverse") or 0))
            verdict, state = undoing.reverse(said, state, url=url)
        elif said.scan is None:
            verdict = nothing_scanned()
        else:
            verdict, state = _scanned(said, said.scan, state)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
        if isinstance(error, UnknownItem):  # it may be the wristband of somebody who is not on record yet
            state = {"tag": state["tag"]}
    context = read(lambda session: _context(session, state, at))
    return answer("emergency.html", verdict, state=state, parts=_PARTS, **context)


@bp.post("/emergency/undo/<int:movement>")
def emergency_undo(movement: int) -> str | Response:
    """A use is undone, and off the list."""
    state = _kept(stood())
    try:
        said = heard()
        url = url_for("pages.emergency_undo", movement=movement)
        verdict, state = undoing.undo(said, movement, state, why=_("undone at the bedside"), url=url)
    except Refusal as error:
        verdict = refused(error)
    context = read(lambda session: _context(session, state, clock.now()))
    return answer("emergency.html", verdict, state=state, parts=_PARTS, **context)


_KEPT = ("patient", "asked", "rules", "badge", "why", "reverse")
"""The patient's token; the lines that a second person is asked about, what speaks against them, their badge, and how it
became known whose they were; the use that is to be reversed for a reason."""


def _kept(state: dict[str, Any]) -> dict[str, Any]:
    tag = str(state.get("tag") or TAGS[0])
    kept = {name: str(state[name])[:2000] for name in _KEPT if state.get(name)}
    return {"tag": tag if tag in TAGS else TAGS[0]} | kept


def _scanned(said: Said, scan: Scan, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    departments = access.departments()
    found = read(lambda session: what_is(session, scan, departments=departments))
    nobody = {"tag": state["tag"]}
    if scan.kind == "chart_copy":
        return chart_label(said.occasion), nobody
    if "wristband" in (found["kind"], scan.kind):  # whoever was on the screen is over, also where this one is refused
        try:
            doubtful = note_number(said.occasion, scan)
            return read(lambda session: _identified(session, scan, nobody, said.occasion, doubtful=doubtful))
        except Refusal as error:
            intercepted.keep(said.occasion, error)
            return refused(error), nobody
    if found["kind"] == "staff" and state.get("asked"):
        words = _("Enter the password of the badge and choose the reason.")
        return told(_("Second person"), words), state | {"badge": scan.code or scan.data}
    state = {name: state[name] for name in ("tag", "patient") if name in state}
    if found["kind"] == "kit":
        return _kit(said, scan, found, state["tag"]), state
    if found["kind"] not in ("item", "product", "unknown"):
        return stop("E01", _("This is no item"), _("Scan what is used, or the wristband of who it was.")), state
    use = consumption.UseScanned(
        occasion=said.occasion, item=scan, raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=departments, quantity=said.number("quantity"),
    )  # fmt: skip
    done_ = intercepted.use_in_emergency(use, state["tag"], scan.trace_code)
    return _booked(done_, state["tag"]), state


def _kit(said: Said, scan: Scan, found: dict[str, Any], tag: str) -> Verdict:
    """A kit opened: each thing in it on the list, and undone by itself where it was not needed."""
    name = named(found["name"], found["name_en"])
    use = consumption.UseScanned(
        occasion=said.occasion, item=found["code"], raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
    )  # fmt: skip
    used = intercepted.use_kit_in_emergency(use, tag).use
    if used.repeated:
        return {"class": "repeat", "code": "E03", "title": _("Recorded before – not counted again"), "what": name}
    whom = _("Patient %(tag)s") % {"tag": tag}
    inside = _("%(n)s things in it are booked") % {"n": len(used.items)}
    pieces = kit_used.pieces(used, lambda movement: url_for("pages.emergency_undo", movement=movement))
    told_of = " · ".join((inside, whom, checked_of(used)))
    return done(name, told_of, cautions=used.cautions, pieces=pieces)


def _booked(one: consumption.InEmergency, tag: str) -> Verdict:
    use = one.use
    name = named(use.name, use.name_en)
    if use.repeated:
        return {"class": "repeat", "code": "E03", "title": _("Recorded before – not counted again"), "what": name}
    whom = _("charged to the department") if one.number is None else _("Patient %(tag)s") % {"tag": tag}
    amount = f"{use.quantity} {use.base_unit}"
    return done(
        name,
        " · ".join((amount, whom, checked_of(use))),
        cautions=use.cautions,
        undo=url_for("pages.emergency_undo", movement=use.movement_id),
        note=f"{amount} · {_('Lot')} {use.lot} · {whom}",
    )


def _identified(
    session: Session, scan: Scan, state: dict[str, Any], when: Occasion, *, doubtful: bool
) -> tuple[Verdict, dict[str, Any]]:  # fmt: skip
    code, at = scan.code or scan.data, when.occurred_at
    patient = get_encounter(session, code)
    refuse_merged(session, Stay.of(patient), at=at)
    verdict = told(_shown(patient), _("Check the lines that are this patient's, then assign them."))
    if doubtful:
        verdict |= {"class": "caution", "code": "E18", "what": check_who()}
    return verdict, state | {"patient": token_of(patient, at)}


def _shown(patient: Encounter) -> str:
    bed = _("Bed %(bed)s") % {"bed": patient.bed} if patient.bed else ""
    return " · ".join(part for part in (bed, patient.patient_name) if part)


def _assign(said: Said, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    patient = read(lambda session: patient_of(session, state, said.occasion.occurred_at))
    numbers = [int(name[4:]) for name in said.answers if name.startswith("use-") and name[4:].isdecimal()]
    if patient is None:
        return stop("E04", _("Whose were they?"), _("Scan the wristband, then assign.")), state
    if not numbers or len(numbers) > 200:
        return stop("E01", _("No line is chosen"), _("Choose the lines that are this patient's.")), state
    return _assigned(said, state, patient, numbers, said.text("reason"), None)


def _override(said: Said, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    """Lines that do not seem to be this patient's, assigned because a second person says that they are."""
    patient = read(lambda session: patient_of(session, state, said.occasion.occurred_at))
    numbers = [int(one) for one in state.get("asked", "").split(",") if one.isdecimal()]
    if patient is None or not numbers:
        return nothing_scanned(), state
    second = approval.proved(
        said.text("badge") or state.get("badge", ""), said.answers.get("pin", ""), said.text("reason"),
        rules=state.get("rules", "").split(","),
    )  # fmt: skip
    return _assigned(said, state, patient, numbers, state.get("why", ""), second)


def _assigned(
    said: Said, state: dict[str, Any], patient: Encounter, numbers: list[int], why: str,
    second: consumption.Approval | None,
) -> tuple[Verdict, dict[str, Any]]:  # fmt: skip
    asked = consumption.ToAssign(
        occasion=said.occasion, uses=numbers, encounter=StayNumber(patient.code), departments=access.departments(),
        reason=AssignReason(why) if why in reason_names() else AssignReason.IDENTIFIED, approval=second,
    )  # fmt: skip
    try:
        made = intercepted.assign(asked)
    except consumption.DoubtfulPatient as error:
        told_of = {"asked": ",".join(map(str, numbers)), "rules": str(error.facts["second_person"]), "why": why}
        return refused(error, _shown(patient)), state | told_of
    words = _("%(number)s lines assigned; HIS is told to charge them.") % {"number": len(made.lines)}
    known = list({(one.zh, one.en): one for line in made.lines for one in line.cautions}.values())
    return done(_shown(patient), words, cautions=known, unlisted=True), {"tag": state["tag"]}


def _context(session: Session, state: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What the page shows: the open lines of the ward, and the patient whose wristband was scanned."""
    query = rows_of(access.departments()).where(consumption.is_open()).order_by(EmergencyUse.id).limit(200)
    patient = patient_of(session, state, at)
    return {
        "open_lines": session.execute(query).all(), "now": at, "patient": patient, "tags": TAGS,
        "shown": _shown(patient) if patient else "", "reasons": list(reason_names().items()),
        "may_list": access.may_open("pages.emergency_list", person()), "scan_action": url_for("pages.emergency_scan"),
        "reverse_reasons": undoing.reasons(),
        "second_hint": _("Check the lines. If they are this patient's, a colleague confirms it."),
    }  # fmt: skip


@bp.get("/emergency/list")
def emergency_list() -> str | Response:
    """Every use in an emergency: whose patient is open, since when, and whose it was."""
    now = clock.now()
    state = _state(now)
    columns = (
        Column("used_at", _("Used at"), EmergencyUse.used_at, kind="instant"),
        Column("tag", _("Patient"), EmergencyUse.tag),
        Column("product", _("Product"), named_column(Product)),
        Column("item", _("Item"), Item.code, kind="code"),
        Column("quantity", _("Quantity"), Movement.quantity, kind="quantity", unit=lambda row: str(row.base_unit)),
        Column("department", _("Department"), named_column(Department)),
        Column("staff", _("Person"), Staff.code, kind="code"),
        Column("hours", _("Hours open"), case((consumption.is_open(), EmergencyUse.used_at)),
               show=lambda at: str(int((now - at).total_seconds() // 3600))),
        Column("state", _("State"), state, kind="pill", show=state_names(), colour=_colour),
        Column("encounter", _("Encounter"), Encounter.code, kind="code"),
        Column("assigned_at", _("Assigned at"), EmergencyAssignment.at, kind="instant"),
    )  # fmt: skip
    listing = Listing(
        name="emergency",
        base=uses_of(access.departments()).add_columns(Product.base_unit.label("base_unit")),
        columns=columns,
        filters=(
            Choice("state", _("State"), list(state_names().items()), lambda value: state == value),
            Words("q", _("Search"), lambda text: Item.code.icontains(text, autoescape=True)
                  | Product.name.icontains(text, autoescape=True)),
        ),
        order="-used_at",
        tie=EmergencyUse.id,
    )  # fmt: skip
    scan = {"text": _("Emergency"), "href": url_for("pages.emergency"), "icon": "emergency"}
    may = access.may_open("pages.emergency_scan", person())
    return listed(
        listing, title=_("Uses in emergencies"), empty=_("Nothing was used in an emergency"),
        hint=_("What is scanned on the emergency page is listed here until somebody says whose it was."),
        actions=[scan] if may else [],
    )  # fmt: skip


def _state(now: datetime) -> ColumnElement[str]:
    """What became of a use; `late` where its patient is open for too long."""
    return case(
        (consumption.is_undone(), "undone"),
        (EmergencyAssignment.id.is_not(None), "assigned"),
        (EmergencyUse.due_at < now, "late"),
        else_="open",
    )


def _colour(state: str) -> str:
    return {"open": "caution", "late": "stop", "assigned": "ok"}.get(state, "quiet")
