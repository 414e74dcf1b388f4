"""This file is the page of delivery: the store fills a tote and seals it, the ward signs for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, budget
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, label_files, refill_cards, signing, totes
from api.pages.frame import place_name
from api.pages.scanned import Said, again, answer, forms, heard, named, nothing_scanned, stood
from api.pages.verdicts import Verdict, done, refused, stop, told
from api.whatis import what_is
from scanners import Scan, Unreadable, labels
from spd import replenishment
from spd.core.errors import NotAllowed, Refusal
from spd.places import LocationKind, get_location
from spd.staff import Role

_PARTS = ("tote", "tote_lines", "totes", "tote_sent")
SENDERS = frozenset((Role.STOREKEEPER, Role.PORTER, Role.HEAD_NURSE))


def may_send() -> bool:
    """Whether who asks fills totes."""
    return bool(person().roles & SENDERS)


@bp.get("/deliver")
def deliver() -> str:
    """A tote to be filled or signed for. A scanned one (`?scan=`) is open at once."""
    state: dict[str, Any] = {}
    verdict = None
    if raw := request.args.get("scan"):
        try:
            verdict, state = _scanned(again(raw), {})
        except (Refusal, Unreadable) as error:
            verdict = refused(error)
    return render_template("deliver.html", verdict=verdict, state=state, **forms(state), **_context(state))


@bp.post("/deliver")
def deliver_scan() -> str | Response:
    """A tote, a place or an item is scanned, or the tote is sent."""
    state, sent = _kept(stood()), None
    try:
        said = heard()
        if said.act == "send":
            verdict, sent = _send(said, state)
            state = {}
        elif said.act == "drop":
            state = state | {"items": [code for code in state.get("items", []) if code != said.text("item")]}
            verdict = told(_("Taken out"), said.text("item"))
        elif said.act == "clear":
            state, verdict = {}, told(_("Begin anew"))
        elif said.act == "missing":
            verdict, state = signing.missing(said, state)
        elif said.act == "sign":
            verdict, state = signing.sign(said, state)
        elif said.scan is None:
            verdict = nothing_scanned()
        elif found := signing.heard(said, state):
            verdict, state = found
        else:
            verdict, state = _scanned(said.scan, state, said)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    return answer("deliver.html", verdict, state=state, parts=_PARTS, **_context(state, sent))


def _kept(state: dict[str, Any]) -> dict[str, Any]:
    """What a page may say it stands on."""
    items = [str(code) for code in state.get("items") or []][:1000]
    kept = {name: str(state[name]) for name in ("tote", "to", "place", "badge", "pin", "left") if state.get(name)}
    return kept | ({"items": items} if items else {})


def _context(state: dict[str, Any], sent: replenishment.Sent | None = None) -> dict[str, Any]:
    return {
        "sent": sent,
        "over_budget": _over_budget(sent) if sent else None,
        "may_send": may_send(),
        **read(lambda session: totes.context(session, state, access.departments())),
    }


def _over_budget(sent: replenishment.Sent) -> str | None:
    """The department that a tote went to, where its refills have stopped: what is sent by hand is told, not stopped."""

    def ask(session: Session) -> str | None:
        return budget.stopped(session).get(get_location(session, sent.to).department_id or 0)

    return read(ask)


def _scanned(scan: Scan, state: dict[str, Any], said: Said | None = None) -> tuple[Verdict, dict[str, Any]]:
    """What the scan adds to what the page stands on."""
    found = read(lambda session: what_is(session, scan, departments=access.departments()))
    if found["kind"] == "refill_card" and said is not None:
        return refill_cards.scan(said, found["code"]), state
    if found["kind"] == "dispatch":
        tote = read(lambda session: _own_tote(session, found["code"]))
        if not tote.waiting:
            raise replenishment.AlreadyDelivered(dispatch=tote.code)
        verdict = told(
            _("Tote for %(place)s") % {"place": named(tote.to.name, tote.to.name_en)},
            _("Scan the label of the shelf to sign for it."),
            count=len(read(lambda session: totes.as_things(session, tote.waiting))),
            count_label=_("items"),
        )
        return verdict, {"tote": tote.code} | {name: state[name] for name in ("badge",) if name in state}
    if found["kind"] == "location":
        if not may_send():
            return told(_("Scan the tote first"), named(found["name"], found["name_en"])) | {"class": "repeat"}, state
        place = read(lambda session: get_location(session, found["code"]))
        rest = {name: value for name, value in state.items() if name != "tote"}
        return told(_("Tote for %(place)s") % {"place": named(place.name, place.name_en)}), rest | {"to": place.code}
    if state.get("tote"):
        return _checked(scan, state)
    if found["kind"] == "item" and found["detail"]["state"] == "in_transit":
        return _looked_up(scan, found["code"])
    if found["kind"] == "kit" and (inside := read(lambda session: totes.on_its_way(session, found["code"]))):
        return _looked_up(scan, inside)
    if not may_send():
        return stop("E15", _("Scan the tote first"), _("Items are signed for with their tote.")), state
    return _filled(scan, state)


def _own_tote(session: Session, code: str) -> totes.Tote:
    """The tote, if it is for a ward of this reader's. Raises: UnknownDispatch, WrongWard."""
    tote = totes.get_tote(session, code)
    mine = access.departments()
    sent_back = tote.to.kind == LocationKind.STORE
    if mine is not None and tote.to.department_id not in mine and not sent_back:
        raise replenishment.WrongWard(right=named(tote.to.name, tote.to.name_en))
    return tote


def _filled(scan: Scan, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    """One item more in the tote; nothing is booked before it is sent."""
    code, thing = read(lambda session: totes.told_of(session, scan))
    items: Sequence[str] = state.get("items", [])
    name = named(thing.name, thing.name_en)
    if code in items:
        return {"class": "repeat", "code": "E03", "title": _("In the tote already"), "what": name}, state
    read(lambda session: totes.refuse_unfit(session, thing, items))
    count = len(items) + 1
    what = f"{totes.holds(thing)} · {_('expiry and recall checked')}"
    verdict = done(name, what, count=count, count_label=_("items"), note=what)
    return verdict, state | {"items": [*items, code]}


def _looked_up(scan: Scan, item: str) -> tuple[Verdict, dict[str, Any]]:
    """A pack that is on its way, scanned without its tote: its tote is found, and the pack is looked at."""
    code = read(lambda session: replenishment.tote_with(session, item))
    tote = read(lambda session: _own_tote(session, code))
    return _checked(scan, {"tote": tote.code})


def _checked(scan: Scan, state: dict[str, Any]) -> tuple[Verdict, dict[str, Any]]:
    """One item of a tote looked at before signing: then only those looked at are signed for."""
    code, thing = read(lambda session: totes.told_of(session, scan))
    tote = read(lambda session: totes.get_tote(session, state["tote"]))
    waiting = read(lambda session: totes.as_things(session, tote.waiting))
    if code not in [totes.code_of(one) for one in waiting]:
        raise replenishment.NothingToSign(item=code, dispatch=tote.code)
    items = list(dict.fromkeys([*state.get("items", []), code]))
    verdict = done(
        named(thing.name, thing.name_en), totes.holds(thing), count=len(items), count_label=f"/ {len(waiting)}"
    )  # fmt: skip
    return verdict, state | {"items": items}


def _send(said: Said, state: dict[str, Any]) -> tuple[Verdict, replenishment.Sent | None]:
    if not may_send():
        raise NotAllowed()
    if not state.get("to") or not state.get("items"):
        missing = _("Scan the ward's shelf label.") if state.get("items") else _("Scan what goes into the tote.")
        raise totes.Incomplete(missing=missing)
    asked = replenishment.ToDispatch(
        occasion=said.occasion, items=state["items"], to=state["to"], departments=access.departments()
    )
    sent = write(said.occasion, lambda session: replenishment.dispatch(session, asked))
    title = _("Tote sealed for %(place)s") % {"place": place_name(sent.to_name, sent.to)}
    return done(title, sent.code, count=sent.things), sent


@bp.get("/deliver/<code>/seal.svg")
def deliver_seal(code: str) -> Response:
    """The seal of a tote, to look at."""
    label = replace(_seal(code), preview=True)
    return Response(labels.svg(label, labels.SIZES["60x40"]), content_type="image/svg+xml")


@bp.post("/deliver/<code>/seal")
def deliver_seal_print(code: str) -> Response:
    """The seal of a tote, printed and counted."""
    label = _seal(code)
    return label_files.printed(lambda session: [label])


def _seal(code: str) -> labels.Label:
    tote = read(lambda session: _own_tote(session, code))
    return labels.Label(
        code=tote.code,
        title_zh="配送箱封条",
        title_en="Tote seal",
        name=tote.to.name,
        name_en=tote.to.name_en,
        quantity=str(len(read(lambda session: totes.as_things(session, tote.waiting)))),
        notes=(tote.dispatched_at.astimezone(settings().zone).strftime("%Y-%m-%d %H:%M"),),
    )
