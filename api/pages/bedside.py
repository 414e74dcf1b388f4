"""This file is the bedside page: a wristband, then items; each is booked by its scan and undone by a tap."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid5

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, approval, intercepted
from api.here import moment, person, read, settings
from api.i18n import gettext as _
from api.pages import bp, kit_used, loose_used, undoing, ward
from api.pages.greeting import chart_label, greeted, note_number
from api.pages.patient_token import patient_of, standing_on
from api.pages.scanned import Said, again, answer, doubted_by, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, checked_of, done, refused, stop, told
from api.pages.waiting import hold, nobody, waiting
from api.whatis import what_is
from scanners import Scan, Unreadable
from spd import consumption, stock
from spd.core import clock
from spd.core.errors import NotFound, Refusal
from spd.encounters import Encounter, StayNumber
from spd.ledger import ItemKind
from spd.reconciliation import proposed
from spd.stock import Goods

_PARTS = ("patient", "held", "readings", "second", "reverse", "more", "photo", "charged")
_READ_ELSEWHERE = {"dispatch": "pages.deliver", "location": "pages.stock"}


@bp.get("/bedside")
def bedside() -> str:
    """The bedside. A scanned wristband (`?scan=`) is the patient at once; an item waits to be entered."""
    state: dict[str, Any] = {}
    verdict, typed = None, ""
    if raw := request.args.get("scan"):
        try:
            scan = again(raw)
            if read(lambda session: what_is(session, scan))["kind"] == "wristband":
                verdict, state = read(lambda session: greeted(session, scan, clock.now(), typed=False))
            else:
                typed = raw
        except (Refusal, Unreadable) as error:
            verdict = refused(error)
    context = read(lambda session: _context(session, state, clock.now()))
    return render_template("bedside.html", verdict=verdict, state=state, typed=typed, **forms(state), **context)


@bp.post("/bedside")
def bedside_scan() -> str | Response:
    """A wristband or an item is scanned."""
    state: dict[str, Any] = nobody(_kept(stood()))  # what cannot be read may be somebody else's wristband
    at, said = clock.now(), None
    try:
        said = heard()
        at, state = said.occasion.occurred_at, _kept(said.state)
        if said.act == "end":
            verdict, state = told(_("Scan a wristband")), {}
        elif said.act == "override":
            verdict, state = _override(said, state)
        elif said.act == "reverse":
            url = url_for("pages.bedside_undo", movement=int(state.get("reverse") or 0))
            verdict, state = undoing.reverse(said, state, url=url)
        elif said.scan is None:
            verdict = nothing_scanned()
        else:
            verdict, state = _scanned(said, said.scan, state)
    except (Refusal, Unreadable) as error:
        verdict, doubted = refused(error), doubted_by(error, said)
        if doubted is not None:
            verdict["class"] = "repeat"  # asked, not latched: the answer is a tap away
    else:
        doubted = None
    context = read(lambda session: _context(session, state, at))
    return answer("bedside.html", verdict, state=state, parts=_PARTS, doubted=doubted, **context)


@bp.post("/bedside/undo/<int:movement>")
def bedside_undo(movement: int) -> str | Response:
    """A use is undone: item, owner and money come back; both stay on record."""
    state = _kept(stood())
    try:
        said = heard()
        url = url_for("pages.bedside_undo", movement=movement)
        verdict, state = undoing.undo(said, movement, state, why=_("undone at the bedside"), url=url)
    except Refusal as error:
        verdict = refused(error)
    context = read(lambda session: _context(session, state, clock.now()))
    if context["patient"]:
        verdict["count"] = context["count"]
    return answer("bedside.html", verdict, state=state, parts=_PARTS, **context)


_KEPT = ("patient", "alerts", "asked", "rules", "badge", "more", "reverse")
_ASKED = ("asked", "rules", "badge", "more", "reverse")


def _kept(state: dict[str, Any]) -> dict[str, Any]:
    """What a page may say it stands on: the patient's token, what is held for the next wristband, the item a second
    person is asked about, with the rules that stopped it and their badge; what there is more of."""
    kept: dict[str, Any] = {name: str(state[name])[:4000] for name in _KEPT if state.get(name)}
    held = waiting(state, clock.now())
    return kept | ({"held": held} if held else {})


def _scanned(said: Said, scan: Scan, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    at = said.occasion.occurred_at
    if scan.kind == "chart_copy":
        return chart_label(said.occasion), nobody(state)
    departments = access.departments()
    found = read(lambda session: what_is(session, scan, departments=departments))
    if "wristband" in (found["kind"], scan.kind):
        try:
            verdict, fresh = read(lambda session: greeted(session, scan, at, typed=said.occasion.keyed))
        except Refusal as error:
            intercepted.keep(said.occasion, error)
            return refused(error), nobody(state)
        if verdict["class"] == "caution":
            note_number(said.occasion, scan)
        return (_held_now(said, state, fresh) or verdict), fresh
    if found["kind"] in _READ_ELSEWHERE:
        go = url_for(_READ_ELSEWHERE[found["kind"]], scan=scan.raw)
        return told(named(found["name"], found["name_en"]), go=go), state
    if found["kind"] == "staff" and state.get("asked"):
        words = _("Enter the password of the badge and choose the reason.")
        return told(_("Second person"), words), state | {"badge": scan.code or scan.data}
    state = {name: state[name] for name in state if name not in _ASKED}
    if found["kind"] in ("staff", "delivery"):
        return stop("E01", _("This is no item"), _("Scan a wristband or an item.")), state
    patient = read(lambda session: patient_of(session, state, at))
    if found["kind"] == "unknown" and scan.di is None:
        state = nobody(state)  # it may be the wristband of somebody who is not on record yet
    if found["kind"] == "kit":
        if patient is None:
            return hold(state, scan, named(found["name"], found["name_en"]), at, several=False)
        return kit_used.book(said, scan, found, patient, state)
    return _item(said, scan, patient, state)


def _item(said: Said, scan: Scan, patient: Encounter | None, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    """An item: booked on the patient or the department, opened, or held until the wristband comes."""
    departments, at = access.departments(), said.occasion.occurred_at
    try:
        goods = read(lambda s: stock.get_goods(s, stock.item_code(s, scan, departments=departments)))
    except NotFound as error:
        intercepted.keep(said.occasion, error)
        over = patient is not None and "patient" not in state
        return refused(error, _("The patient is over: scan the wristband again.") if over else ""), state
    name = named(goods.name, goods.name_en)
    loose = loose_used.is_loose(goods)
    if loose and patient is None and loose_used.is_sealed(goods):
        return loose_used.open_pack(said, scan, goods), state
    whole = for_department(goods) and not (loose and patient is not None)
    if patient is None and not whole and goods.item.quantity:
        return hold(state, scan, name, at, several=goods.item.kind != ItemKind.UNIT)
    try:
        return _book(said, scan, goods, None if whole else patient, state)
    except Refusal as error:
        if rules := error.facts.get("second_person"):
            state |= {"asked": scan.raw, "rules": str(rules)}
        return refused(error, f"{name} · {_('Lot')} {goods.lot}"), state


def _override(said: Said, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    """The item that a rule stopped, booked because a second person lets it pass."""
    if not state.get("asked"):
        return nothing_scanned(), state
    scan = again(state["asked"])
    patient = read(lambda session: patient_of(session, state, said.occasion.occurred_at))
    departments = access.departments()
    try:
        second = approval.proved(
            said.text("badge") or state.get("badge", ""), said.answers.get("pin", ""), said.text("reason"),
            rules=state.get("rules", "").split(","),
        )  # fmt: skip
        found = read(lambda session: what_is(session, scan, departments=departments))
        if found["kind"] == "kit" and patient is not None:
            return kit_used.book(said, scan, found, patient, state, second)
        goods = read(lambda s: stock.get_goods(s, stock.item_code(s, scan, departments=departments)))
        whole = for_department(goods) and not (patient is not None and loose_used.is_loose(goods))
        if patient is None and not whole:  # it took them longer than a patient stays on the screen
            return stop("E04", _("The patient is over: scan the wristband again.")), nobody(state)
        return _book(said, scan, goods, None if whole else patient, state, second)
    except Refusal as error:
        return refused(error), state


def for_department(goods: Goods) -> bool:
    """A sealed ward pack that nobody is billed for is the department's; all else is used on a patient."""
    return goods.item.kind == ItemKind.PACK and not goods.chargeable and goods.product_class == "low_value"


def _held_now(said: Said, state: dict[str, Any], fresh: dict[str, Any]) -> Verdict | None:
    """The items that waited for this wristband, each booked; a page with scripts sends them again itself. The first
    that was stopped is told, else the last."""
    if request.is_json:
        return None
    told_last: Verdict | None = None
    for number, one in enumerate(waiting(state, said.occasion.occurred_at)):
        key = uuid5(said.occasion.request_key, f"held-{number}")
        try:
            then = replace(said, occasion=replace(said.occasion, request_key=key))
            verdict = _scanned(then, again(one["scan"]), fresh)[0]
        except (Refusal, Unreadable) as error:
            verdict = refused(error, one["name"])
        if told_last is None or told_last["class"] != "stop":
            told_last = verdict
    return told_last


def _book(
    said: Said,
    scan: Scan,
    goods: Goods,
    patient: Encounter | None,
    state: dict[str, Any],
    second: consumption.Approval | None = None,
) -> tuple[Verdict, dict[str, Any]]:
    scanned = consumption.UseScanned(
        occasion=said.occasion,
        item=scan,
        encounter=StayNumber(patient.code) if patient else None,
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
        approval=second,
        quantity=said.number("quantity"),
    )
    use = intercepted.record_use(scanned, scan.trace_code)
    state = (
        standing_on(patient, said.occasion.occurred_at, state.get("alerts", ""))
        if patient
        else {name: state[name] for name in state if name in ("patient", "alerts")}
    )
    if use.quantity < goods.item.quantity:
        state["more"] = scan.raw
    if goods.implant and patient and said.occasion.keyed and not use.repeated:
        state["photo"] = str(use.movement_id)
    name = named(use.name, use.name_en)
    if use.repeated:
        when = use.occurred_at.astimezone(settings().zone).strftime("%H:%M")
        title = _("Recorded at %(time)s – not counted again") % {"time": when}
        return {"class": "repeat", "code": "E03", "title": title, "what": name}, state
    whom = patient.patient_name if patient else _("charged to the department")
    checked = checked_of(use)
    if use.charged:
        checked = f"{_('matches the charge')} · {checked}"
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
    """What the page shows: the patient, what was used on them lately, and the ward's patients."""
    patient = patient_of(session, state, at)
    uses = ward.uses_lately(session, person().id, moment(), patient)
    return {
        "patient": patient,
        "department": ward.department_of(session, patient) if patient else None,
        "uses": uses,
        "count": sum(use.today and not use.undone and not use.opened for use in uses),
        "charged": proposed(session, patient.id) if patient else [],
        "patients": ward.patients(session, access.departments(), at),
        "reverse_reasons": undoing.reasons(), "scan_action": url_for("pages.bedside_scan"),
    }  # fmt: skip
