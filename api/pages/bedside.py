"""This file is the bedside page: a wristband, then items; each is booked by its scan and undone by a tap."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

import scanners
from api import access
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, ward
from api.pages.patient_token import patient_of, token_of
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned
from api.pages.verdicts import Verdict, done, refused, stop, told
from api.traced import traced
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import consumption, stock
from spd.core import clock
from spd.core.errors import NotFound, Refusal
from spd.encounters import Encounter, Stay, get_encounter, refuse_closed
from spd.ledger import ItemKind
from spd.stock import Goods
from spd.trace_codes import Act

HOLD = timedelta(seconds=60)  # an item scanned before its wristband waits this long
_PARTS = ("patient", "held")
_READ_ELSEWHERE = {"dispatch": "pages.deliver", "location": "pages.stock"}


@bp.get("/bedside")
def bedside() -> str:
    """The bedside. A scanned wristband (`?scan=`) is the patient at once; an item waits to be entered."""
    state: dict[str, Any] = {}
    verdict, typed = None, ""
    if raw := request.args.get("scan"):
        try:
            scan = scanners.read(raw)
            if read(lambda session: what_is(session, scan))["kind"] == "wristband":
                verdict, state = read(lambda session: _greet(session, scan, clock.now()))
            else:
                typed = raw
        except (Refusal, Unreadable) as error:
            verdict = refused(error)
    context = read(lambda session: _context(session, state, clock.now()))
    return render_template("bedside.html", verdict=verdict, state=state, typed=typed, **forms(state), **context)


@bp.post("/bedside")
def bedside_scan() -> str | Response:
    """A wristband or an item is scanned."""
    state: dict[str, Any] = {}
    at = clock.now()
    try:
        said = heard()
        at, state = said.occasion.occurred_at, _kept(said.state)
        if said.act == "end":
            verdict, state = told(_("Scan a wristband")), {}
        elif said.scan is None:
            verdict = nothing_scanned()
        else:
            verdict, state = _scanned(said, said.scan, state)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    context = read(lambda session: _context(session, state, at))
    return answer("bedside.html", verdict, state=state, parts=_PARTS, **context)


@bp.post("/bedside/undo/<int:movement>")
def bedside_undo(movement: int) -> str | Response:
    """A use is undone: item, owner and money come back; both stay on record."""
    state: dict[str, Any] = {}
    try:
        said = heard()
        state = _kept(said.state)
        asked = consumption.ReversalAsked(
            occasion=said.occasion,
            movement_id=movement,
            reason=_("undone at the bedside"),
            departments=access.departments(),
        )
        undone = write(said.occasion, lambda session: consumption.reverse_use(session, asked))
        goods = read(lambda session: stock.get_goods(session, undone.item))
        verdict = told(_("Undone"), named(goods.name, goods.name_en))
    except Refusal as error:
        verdict = refused(error)
    context = read(lambda session: _context(session, state, clock.now()))
    if context["patient"]:
        verdict["count"] = context["count"]
    return answer("bedside.html", verdict, state=state, parts=_PARTS, **context)


def _kept(state: dict[str, Any]) -> dict[str, Any]:
    """What a page may say it stands on: the patient's token, and a held item with the time it was scanned."""
    return {name: str(state[name])[:4000] for name in ("patient", "held", "held_at") if state.get(name)}


def _scanned(said: Said, scan: Scan, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    at = said.occasion.occurred_at
    if scan.kind == "chart_copy":
        return stop("E04", _("This is a chart label"), _("Scan the wristband on the patient.")), state
    departments = access.departments()
    found = read(lambda session: what_is(session, scan, departments=departments))
    if found["kind"] == "wristband":
        verdict, fresh = read(lambda session: _greet(session, scan, at))
        return (_held_now(said, state, fresh) or verdict), fresh
    if found["kind"] in _READ_ELSEWHERE:
        go = url_for(_READ_ELSEWHERE[found["kind"]], scan=scan.raw)
        return told(named(found["name"], found["name_en"]), go=go), state
    if found["kind"] in ("staff", "delivery"):
        return stop("E01", _("This is no item"), _("Scan a wristband or an item.")), state
    patient = read(lambda session: patient_of(session, state, at))
    if found["kind"] == "kit":
        return _kit(said, scan, found, patient, state)
    try:
        goods = read(lambda s: stock.get_goods(s, stock.item_code(s, scan, departments=departments)))
    except NotFound as error:
        return refused(error), state
    name = named(goods.name, goods.name_en)
    if patient is None and not for_department(goods) and goods.item.quantity:
        return _hold(scan, name, at), {"held": scan.raw, "held_at": at.isoformat()}
    try:
        return _book(said, scan, goods, None if for_department(goods) else patient, state)
    except Refusal as error:
        return refused(error, f"{name} · {_('Lot')} {goods.lot}"), state


def _kit(
    said: Said, scan: Scan, found: dict[str, Any], patient: Encounter | None, state: dict[str, Any]
) -> tuple[Verdict, dict[str, Any]]:
    """A kit is opened by its use on a patient: everything in it is booked, and each thing can be undone."""
    at, name = said.occasion.occurred_at, named(found["name"], found["name_en"])
    if patient is None:
        return _hold(scan, name, at), {"held": scan.raw, "held_at": at.isoformat()}
    asked = consumption.UseScanned(
        occasion=said.occasion,
        item=found["code"],
        encounter=patient.code,
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
    )
    try:
        used = write(said.occasion, lambda session: consumption.use_kit(session, asked))
    except Refusal as error:
        return refused(error, name), state
    state = {"patient": token_of(patient, at)}
    inside = _("%(n)s things in it are charged") % {"n": len(used.items)}
    if used.repeated:
        return {"class": "repeat", "code": "E03", "title": _("Recorded – not counted again"), "what": name}, state
    hint = _("What was not needed: undo it in the list.")
    verdict = done(name, f"{inside}. {hint}", cautions=used.cautions, pieces=_pieces(used))
    verdict["count"] = read(lambda session: ward.count_today(session, patient, person().id, said.occasion.day))
    return verdict, state


def _pieces(used: consumption.KitUse) -> list[Verdict]:
    """A line for each thing of a kit that was used: what was not needed is undone there."""
    found = read(lambda session: stock.goods.goods_with(session, used.items))
    moved = dict(zip(used.items, used.movement_ids, strict=True))
    return [
        {
            "title": named(found[code].name, found[code].name_en),
            "note": f"{_('Lot')} {found[code].lot} · {code}",
            "undo": url_for("pages.bedside_undo", movement=moved[code]),
        }
        for code in reversed(used.items)
    ]


def for_department(goods: Goods) -> bool:
    """A sealed ward pack that nobody is billed for is the department's; all else is used on a patient."""
    return goods.item.kind == ItemKind.PACK and not goods.chargeable and goods.product_class == "low_value"


def _greet(session: Session, scan: Scan, at: datetime) -> tuple[Verdict, dict[str, Any]]:
    """The patient of a wristband, if they are here. Raises: UnknownEncounter, EncounterClosed."""
    patient = get_encounter(session, scan.code or scan.data)
    refuse_closed(Stay.of(patient), at=at)
    state = {"patient": token_of(patient, at)}
    bed = _("Bed %(bed)s") % {"bed": patient.bed} if patient.bed else ""
    return told(" · ".join(part for part in (bed, patient.patient_name) if part), _("Scan what is used.")), state


def _hold(scan: Scan, name: str, at: datetime) -> Verdict:
    return {
        "class": "repeat",
        "code": "E04",
        "title": _("Scan the wristband – item held"),
        "what": name,
        "hold": {"scan": scan.raw, "until": (at + HOLD).isoformat()},
        "unlisted": True,
    }


def _held_now(said: Said, state: dict[str, Any], fresh: dict[str, Any]) -> Verdict | None:
    """The item that waited for this wristband, booked; a page with scripts sends it again itself."""
    if request.is_json or not state.get("held"):
        return None
    try:
        since = datetime.fromisoformat(state["held_at"])
        if said.occasion.occurred_at - since > HOLD:
            return None
        return _scanned(said, scanners.read(state["held"]), fresh)[0]
    except (ValueError, KeyError, Unreadable):
        return None


def _book(
    said: Said, scan: Scan, goods: Goods, patient: Encounter | None, state: dict[str, Any]
) -> tuple[Verdict, dict[str, Any]]:
    use = traced(
        said.occasion,
        (scan.trace_code,),
        Act.SELL,
        lambda session: consumption.record_use(
            session,
            consumption.UseScanned(
                occasion=said.occasion,
                item=scan,
                encounter=patient.code if patient else None,
                raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
                departments=access.departments(),
            ),
        ),
    )
    state = (
        {"patient": token_of(patient, said.occasion.occurred_at)}
        if patient
        else {name: state[name] for name in state if name == "patient"}
    )
    name = named(use.name, use.name_en)
    if use.repeated:
        when = use.occurred_at.astimezone(settings().zone).strftime("%H:%M")
        title = _("Recorded at %(time)s – not counted again") % {"time": when}
        return {"class": "repeat", "code": "E03", "title": title, "what": name}, state
    whom = patient.patient_name if patient else _("charged to the department")
    checked = _("expiry and recall checked")
    verdict = done(
        name,
        " · ".join([f"{use.quantity} {use.base_unit}", *([] if patient else [whom]), checked]),
        cautions=use.cautions,
        undo=url_for("pages.bedside_undo", movement=use.movement_id),
        note=f"{use.quantity} {use.base_unit} · {_('Lot')} {use.lot} · {whom}",
    )
    if patient:
        verdict["count"] = read(lambda session: ward.count_today(session, patient, person().id, said.occasion.day))
    return verdict, state


def _context(session: Session, state: dict[str, Any], at: datetime) -> dict[str, Any]:
    """What the page shows: the patient, what was used on them today, and the ward's patients."""
    patient = patient_of(session, state, at)
    today = clock.day_of(clock.now(), settings().zone)
    uses = ward.uses_today(session, person().id, today, patient)
    return {
        "patient": patient,
        "department": ward.department_of(session, patient) if patient else None,
        "uses": uses,
        "count": sum(not use.undone for use in uses),
        "patients": ward.patients(session, access.departments(), at),
    }
