"""This file is the scanning of an operation: opened by wristband and room, then what is drawn, used, brought back."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, approval, intercepted, operating
from api.here import read, write
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import bp, kit_used, undoing
from api.pages.greeting import chart_label, check_who, note_number
from api.pages.operation_words import COLOURS, modes, procedures_in_words, standings
from api.pages.patient_token import patient_of, token_of
from api.pages.scanned import Said, again, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, checked_of, done, refused, stop, told
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import consumption, stock, theatre
from spd.core import clock
from spd.core.errors import Refusal
from spd.disposal import Why
from spd.encounters import Encounter, Stay, StayNumber, get_encounter, merged_into
from spd.places import get_location
from spd.theatre import OpeningScanned, Operation, OperationStanding, ToDraw, ToReturn

State = dict[str, Any]
_PARTS = ("operation_mode", "second", "reverse", "operation_more", "photo", "operation_lines")
_REASONS = {"spoilt": Why.CONTAMINATED, "lost": Why.LOST}


@bp.get("/theatre/operations/open")
def theatre_operation_open() -> str:
    """Wristband and room, in any order, or the number of the operation."""
    return render_template("theatre_operation_open.html", verdict=None, state={}, **forms({}))


@bp.post("/theatre/operations/open")
def theatre_operation_opened() -> str | Response:
    """A wristband, a room or an operation is scanned."""
    before = stood()
    state: State = {"room": str(before["room"])[:4000]} if before.get("room") else {}
    try:
        said = heard()
        state = {name: str(before[name])[:4000] for name in ("patient", "room") if before.get(name)}
        with intercepted.keeping(said.occasion):
            verdict, state = (nothing_scanned(), state) if said.scan is None else _opened(said, said.scan, state)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    if verdict.get("go") and not request.is_json:
        return Response(status=302, headers={"Location": verdict["go"]})
    return answer("theatre_operation_open.html", verdict, state=state)


def _opened(said: Said, scan: Scan, state: State) -> tuple[Verdict, State]:
    found = read(lambda session: what_is(session, scan, departments=access.departments()))
    at, code, doubtful = said.occasion.occurred_at, "", False
    if found["kind"] == "wristband":
        stay = read(lambda session: get_encounter(session, StayNumber(found["code"])))
        doubtful = note_number(said.occasion, scan)
        state = state | {"patient": token_of(stay, at)}
    elif found["kind"] == "location":
        state = state | {"room": read(lambda session: get_location(session, found["code"])).code}
    elif found["kind"] == "operation":
        code = found["code"]
    else:
        rest = {"room": state["room"]} if state.get("room") else {}  # it may have been somebody else's wristband
        if scan.kind == "chart_copy":
            return chart_label(said.occasion), rest
        return stop("E01", _("This opens no operation"), _("Scan the wristband and the label of the room.")), rest
    patient = read(lambda session: patient_of(session, state, at))
    if not code and (patient is None or not state.get("room")):
        name = named(found["name"], found["name_en"])
        verdict = told(name, _("Now scan the room.") if patient else _("Now scan the wristband."))
        return verdict | ({"class": "caution", "code": "E18", "what": check_who()} if doubtful else {}), state
    asked = OpeningScanned(
        occasion=said.occasion, operation=code, encounter=StayNumber(patient.code) if patient and not code else "",
        room="" if code else state["room"], departments=access.departments(),
    )  # fmt: skip
    opened = write(said.occasion, lambda session: theatre.open_operation(session, asked)[0].code)
    return told(_("The operation is open"), go=url_for("pages.theatre_operation_scan", code=opened)), {}


@bp.get("/theatre/operations/<path:code>/scan")
def theatre_operation_scan(code: str) -> str:
    """The operation, ready for scans: first of what is fetched, once it is open of what is used."""
    context = read(lambda session: _context(session, code))
    begun = context["operation"]["standing"] != OperationStanding.PLANNED
    state = {"mode": "use" if begun else "draw"}
    return render_template("theatre_operation_scan.html", verdict=None, state=state, **forms(state), **context)


@bp.post("/theatre/operations/<path:code>/scan")
def theatre_operation_scanned(code: str) -> str | Response:
    """Something is scanned, and booked as the mode says; or another mode is chosen."""
    state = _kept(stood())
    try:
        said = heard()
        if said.act == "mode":
            state = _kept({"mode": said.text("mode")})
            verdict = told(*modes()[state["mode"]])
        elif said.act == "override":
            verdict, state = _override(said, code, state)
        elif said.act == "reverse":
            verdict, state = undoing.reverse(said, state, url=_undo_url(code, state.get("reverse", "")))
        elif said.scan is None:
            verdict = nothing_scanned()
        else:
            verdict, state = _booked(said, said.scan, code, state)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    return _answered(verdict, code, state)


@bp.post("/theatre/operations/<path:code>/undo/<int:movement>")
def theatre_operation_undo(code: str, movement: int) -> str | Response:
    """A use is undone: item, owner and money come back; both stay on record."""
    state = _kept(stood())
    try:
        said = heard()
        verdict, state = undoing.undo(
            said, movement, state, why=_("undone in theatre"), url=_undo_url(code, str(movement))
        )
    except Refusal as error:
        verdict = refused(error)
    return _answered(verdict, code, state)


def _undo_url(code: str, movement: str) -> str:
    return url_for("pages.theatre_operation_undo", code=code, movement=int(movement) if movement.isdecimal() else 0)


def _answered(verdict: Verdict, code: str, state: State) -> str | Response:
    context = read(lambda session: _context(session, code))
    return answer("theatre_operation_scan.html", verdict, state=state, parts=_PARTS, **context)


_KEPT = ("more", "asked", "rules", "badge", "reverse")


def _kept(state: State) -> State:
    """The mode, what there is more of, and what a second person or a reason is asked for."""
    mode = str(state.get("mode", ""))
    kept = {name: str(state[name])[:4000] for name in _KEPT if state.get(name)}
    return {"mode": mode if mode in modes() else "use"} | kept


def _booked(said: Said, scan: Scan, code: str, state: State) -> tuple[Verdict, State]:
    mode, mine = state["mode"], access.departments()
    if state.get("asked") and read(lambda session: what_is(session, scan, departments=mine))["kind"] == "staff":
        words = _("Enter the password of the badge and choose the reason.")
        return told(_("Second person"), words), state | {"badge": scan.code or scan.data}
    state = {"mode": mode}
    if scan.kind == "chart_copy":
        return chart_label(said.occasion), state
    if mode == "use":
        return _used(said, scan, code, state)
    name = read(lambda session: _name(session, scan))
    if mode == "draw":
        moved = operating.draw(ToDraw(occasion=said.occasion, operation=code, items=[scan], departments=mine))
        return _moved(moved, name), state
    if mode in _REASONS:
        asked = operating.to_waste(said.occasion, scan, said.number("quantity"), _REASONS[mode], mine)
        document = operating.waste(code, asked)
        return done(name, _("Write-off %(code)s waits for another person") % {"code": document}), state
    operation = read(lambda session: theatre.get_operation(session, code, departments=mine))
    to = read(lambda session: _room(session, operation)) if mode == "stay" else ""
    back = ToReturn(occasion=said.occasion, operation=code, items=[scan], to=to, departments=mine)
    return _moved(operating.bring_back(back), name), state


def _room(session: Session, operation: Operation) -> str:
    return theatre.room_of(session, operation).code


def _moved(moved: dict[str, Any], name: str) -> Verdict:
    if moved["repeated"]:
        return {"class": "repeat", "code": "E03", "title": _("Recorded – not counted again"), "what": name}
    where = named(moved["to_name"], moved["to_name_en"])
    return done(name, f"→ {where}")


def _name(session: Session, scan: Scan) -> str:
    """What a person calls what was scanned."""
    found = what_is(session, scan, departments=access.departments())
    return named(found["name"], found["name_en"]) or str(found["code"])


def _override(said: Said, code: str, state: State) -> tuple[Verdict, State]:
    """What a rule stopped, used on the patient of the operation because a second person lets it pass."""
    if not state.get("asked"):
        return nothing_scanned(), state
    second = approval.proved(
        said.text("badge") or state.get("badge", ""), said.answers.get("pin", ""), said.text("reason"),
        rules=state.get("rules", "").split(","),
    )  # fmt: skip
    return _used(said, again(state["asked"]), code, {"mode": "use"}, second)


def _used(
    said: Said, scan: Scan, code: str, state: State, second: consumption.Approval | None = None
) -> tuple[Verdict, State]:
    """What was scanned, used on the patient of the operation."""
    found, whole = read(
        lambda session: (
            what_is(session, scan, departments=access.departments()),
            operating.whole(session, code, access.departments()),
        )
    )
    if whole["standing"] not in (OperationStanding.OPEN, OperationStanding.ENDED):
        raise theatre.OperationStands(operation=code, standing=whole["standing"])
    if found["kind"] == "wristband":
        return _whose(said, StayNumber(found["code"]), whole["encounter"]), state
    asked = consumption.UseScanned(
        occasion=said.occasion, item=found["code"] if found["kind"] == "kit" else scan,
        encounter=StayNumber(whole["encounter"]),
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"), departments=access.departments(),
        quantity=said.number("quantity"), approval=second,
    )  # fmt: skip
    name = named(found["name"], found["name_en"])
    try:
        if found["kind"] == "kit":
            return _kit_used(intercepted.use_kit(asked), name, code), state
        used = intercepted.record_use(asked, scan.trace_code)
    except Refusal as error:
        if rules := error.facts.get("second_person"):
            state = state | {"asked": scan.raw, "rules": str(rules)}
        return refused(error, name), state
    if used.repeated:
        return {"class": "repeat", "code": "E03", "title": _("Recorded – not counted again"), "what": name}, state
    goods = read(lambda session: stock.get_goods(session, used.item))
    if goods.implant and said.occasion.keyed:
        state = state | {"photo": str(used.movement_id)}
    counted = f"{used.quantity} {used.base_unit}"
    verdict = done(
        named(used.name, used.name_en), f"{counted} · {checked_of(used)}", cautions=used.cautions,
        note=f"{counted} · {_('Lot')} {used.lot}",
        undo=url_for("pages.theatre_operation_undo", code=code, movement=used.movement_id),
    )  # fmt: skip
    return verdict, state | ({"more": scan.raw} if goods.item.quantity else {})


def _whose(said: Said, code: str, theirs: str) -> Verdict:
    """A wristband, held against the patient of the operation: another one stops, and is kept as caught."""

    def ask(session: Session) -> tuple[Encounter, str]:
        stay = get_encounter(session, code)
        return stay, merged_into(session, Stay.of(stay), at=said.occasion.occurred_at) or stay.code

    stay, stands_for = read(ask)
    if stands_for == theirs:
        return told(stay.patient_name, _("This is the patient of the operation."))
    intercepted.keep_as(said.occasion, "wrong-patient", {"encounter_id": stay.id})
    return stop("E18", _("This is not the patient of the operation"), _("Check the wristband and the operation."))


def _kit_used(used: consumption.KitUse, name: str, code: str) -> Verdict:
    if used.repeated:
        return {"class": "repeat", "code": "E03", "title": _("Recorded – not counted again"), "what": name}
    pieces = kit_used.pieces(used, lambda movement: _undo_url(code, str(movement)))
    inside = ngettext("1 thing in it is charged", "%(num)s things in it are charged", len(used.items))
    told_of = f"{inside % {'num': len(used.items)}} · {checked_of(used)}"
    return done(name, told_of, cautions=used.cautions, pieces=pieces)


def _context(session: Session, code: str) -> dict[str, Any]:
    operation = operating.whole(session, code, access.departments())
    return {
        "operation": operation, "modes": modes(), "standings": standings(), "colours": COLOURS,
        "procedures": procedures_in_words(operation["procedures"]), "now": clock.now(),
        "reverse_reasons": undoing.reasons(), "scan_action": url_for("pages.theatre_operation_scanned", code=code),
    }  # fmt: skip
