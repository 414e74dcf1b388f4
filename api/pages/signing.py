"""This file is signing on the page of delivery: tote, shelf, badge, in any order; a password for what is worth much."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from api import badge
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import ngettext, short
from api.pages import totes
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, done, told
from api.whatis import what_is
from spd import replenishment
from spd.core.occasion import Occasion
from spd.places import Location, get_location
from spd.replenishment import NotYourWard, PinNeeded, Signed, WrongWard, receiver

State = dict[str, Any]


def heard(said: Said, state: State) -> tuple[Verdict, State] | None:
    """The shelf or the badge of a signature; None where the scan is neither, or no tote is open."""
    scan = said.scan
    if scan is None or not state.get("tote"):
        return None
    found = read(lambda session: what_is(session, scan))
    if found["kind"] == "location":
        read(lambda session: _refuse_wrong(session, state["tote"], found["code"]))
        return sign(said, state | {"place": found["code"]})
    if found["kind"] == "staff":
        return sign(said, state | {"badge": scan.code or scan.data})
    return None


def sign(said: Said, state: State) -> tuple[Verdict, State]:
    """The tote signed for, once it is known where and by whom; until then, what to scan next."""
    state = {name: value for name, value in state.items() if name != "pin"}
    if not state.get("place"):
        return told(_("Scan the label of the shelf"), _("It proves where the tote is.")), state
    if not state.get("badge") and not read(lambda session: _may_sign(session, state["place"])):
        return told(_("Scan the badge of the receiver"), _("A nurse of the ward signs with it.")), state
    try:
        return _signed(said, state)
    except PinNeeded as needed:
        title, _dot, rest = needed.sentence(short()).partition(",")
        words = {"class": "repeat", "code": needed.error, "title": title, "what": rest.strip(), "unlisted": True}
        return words, state | {"pin": "yes"}


def _signed(said: Said, state: State) -> tuple[Verdict, State]:
    proved = badge.proved(state.get("badge", ""), said.text("pin"))
    signing = replenishment.ToSign(
        occasion=said.occasion,
        dispatch=state["tote"],
        location=state["place"],
        items=state.get("items", []),
        badge=state.get("badge", ""),
        signer=person(),
        proved=proved,
    )
    signed = write(said.occasion, lambda session: replenishment.sign(session, signing))
    left = read(lambda session: len(totes.as_things(session, totes.filled(session, signed.missing))))
    if not (signed.missing or signed.stopped):
        return _told(signed, left), {}
    by = {"badge": state["badge"]} if state.get("badge") else {}  # who signed also says what is missing
    return _told(signed, left), {"tote": state["tote"], "left": "yes"} | by


def _told(signed: Signed, left: int) -> Verdict:
    words = []
    if signed.missing:
        words.append(ngettext("1 is missing from the tote", "%(num)s are missing from the tote", left) % {"num": left})
    for one in signed.stopped:
        words.append(f"{named(one.name, one.name_en)} ({one.item}): {one.en if short() == 'en' else one.zh}")
    what = " · ".join(words or [_("Nothing is missing"), signed.signed_by])
    verdict = done(_("Signed for"), what, count=signed.things, count_label=_("items"))
    if signed.stopped:
        verdict |= {"class": "caution", "code": signed.stopped[0].error, "do": _("Put these in quarantine.")}
    return verdict


def missing(said: Said, state: State) -> tuple[Verdict, State]:
    """One tap: the rest of the tote is not in it. It stays on its way, and the store looks for it."""
    when = said.occasion
    gone = write(when, lambda session: _missing(session, when, state))
    left = read(lambda session: len(totes.as_things(session, totes.filled(session, gone))))
    verdict = told(
        ngettext("1 is reported missing", "%(num)s are reported missing", left) % {"num": left},
        _("The store has them on its list."),
    )
    return verdict, {}


def _missing(session: Session, when: Occasion, state: State) -> tuple[str, ...]:
    said_by = replenishment.by_badge(session, state["badge"]) if state.get("badge") else person()
    return replenishment.report_missing(session, when, state.get("tote", ""), said_by)


def _refuse_wrong(session: Session, code: str, place: str) -> None:
    """Raises: UnknownDispatch, UnknownLocation, WrongWard."""
    tote = totes.get_tote(session, code)
    if get_location(session, place).id != tote.to.id:
        raise WrongWard(right=named(tote.to.name, tote.to.name_en))


def _may_sign(session: Session, place: str) -> bool:
    """Whether who is logged in is of the place, so that no badge is needed."""
    here: Location = get_location(session, place)
    try:
        receiver.refuse_stranger(person(), here)
    except NotYourWard:
        return False
    return True
