"""This file is the picking page: where to go, which pack, scan, next; a tote is sealed by its label."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import moment, read, write, write_plain
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import bp, commands
from api.pages.refill_wave import finished_words
from api.pages.scanned import Said, answer, forms, heard, named, nothing_scanned
from api.pages.verdicts import Verdict, done, refused, told
from scanners import Scan, Unreadable
from spd import replenishment
from spd.core.errors import Refusal
from spd.places import Location
from spd.replenishment import get_wave, rounds, turns
from spd.replenishment.models import WaveTote

_PARTS = ("pick_turn", "pick_totes")
_ACTS = {
    commands.REFILL_FINISH.name: "finish",
    commands.REFILL_SHORT.name: "short",
    commands.REFILL_SEAL.name: "seal",
}


@bp.get("/refill/waves/<code>/pick")
def refill_pick(code: str) -> str:
    """What to pick now, and where."""
    return render_template("refill_pick.html", verdict=None, state={}, **forms({}), **_context(code))


@bp.post("/refill/waves/<code>/pick")
def refill_pick_scan(code: str) -> str | Response:
    """A pack, a tote or a command card is scanned."""
    try:
        said = heard()
        verdict = _heard(said, code)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    return answer("refill_pick.html", verdict, state={}, parts=_PARTS, **_context(code))


@bp.post("/refill/waves/<code>/pick/undo/<item>")
def refill_pick_undo(code: str, item: str) -> str | Response:
    """A pack picked by mistake is put back."""
    try:
        said = heard()
        write(said.occasion, lambda session: replenishment.put_back(session, said.occasion, item))
        verdict = told(_("Put back"), item)
    except (Refusal, Unreadable) as error:
        verdict = refused(error)
    return answer("refill_pick.html", verdict, state={}, parts=_PARTS, **_context(code))


def _heard(said: Said, code: str) -> Verdict:
    act, scan = said.act, said.scan
    if (card := commands.find(scan)) is not None:
        act = _ACTS.get(card.name, act)
    if act == "finish":
        return _finish(said, code)
    if act == "short":
        return _short(said, code)
    if act == "seal":
        return _seal(said, code, said.text("tote") or _only_full(code))
    if scan is None:
        return nothing_scanned()
    return _scanned(said, code, scan)


def _scanned(said: Said, code: str, scan: Scan) -> Verdict:
    known = scan.code or scan.data
    if known == code:
        return told(_("This wave"))
    if left := read(lambda session: _tote_left(session, code, known)):
        if left.packs:
            text = ngettext(
                "1 pack is still to be picked for it. Seal it below, or go on.",
                "%(num)s packs are still to be picked for it. Seal it below, or go on.",
                left.packs,
            ) % {"num": left.packs}
            return told(named(left.to.name, left.to.name_en), text)
        return _seal(said, code, known)
    asked = replenishment.ToPick(occasion=said.occasion, wave=code, item=scan)
    picked = write(said.occasion, lambda session: replenishment.pick(session, asked))
    where = named(picked.to_name, picked.to_name_en)
    return done(
        f"→ {where}",
        named(picked.name, picked.name_en),
        cautions=picked.cautions,
        count=picked.left,
        count_label=_("left"),
        note=f"{named(picked.name, picked.name_en)} · {picked.item}",
        undo=url_for("pages.refill_pick_undo", code=code, item=picked.item),
    )


class _Left:
    """A tote of this wave, and what is still to be picked for its place."""

    def __init__(self, to: Location, packs: int) -> None:
        self.to, self.packs = to, packs


def _tote_left(session: Session, code: str, known: str) -> _Left | None:
    wave = get_wave(session, code)
    tote = session.scalars(select(WaveTote).where(WaveTote.code == known, WaveTote.wave_id == wave.id)).one_or_none()
    if tote is None:
        return None
    return _Left(session.get_one(Location, tote.location_id), turns.left_for(session, wave, tote.location_id))


def _only_full(code: str) -> str:
    """The one tote that is ready to be sealed: the fullest of those not sealed."""

    def ask(session: Session) -> str:
        open_totes = [one for one in rounds.totes(session, get_wave(session, code)) if one.sealed_at is None]
        fullest = max(open_totes, key=lambda one: one.inside, default=None)
        return fullest.code if fullest else ""

    return read(ask)


def _seal(said: Said, code: str, tote: str) -> Verdict:
    asked = replenishment.ToSeal(occasion=said.occasion, tote=tote, seal=said.text("seal"))
    sent = write(said.occasion, lambda session: replenishment.seal(session, asked))
    title = _("Tote sealed for %(place)s") % {"place": named(sent.to_name, _english(sent.to))}
    return done(title, sent.code, count=len(sent.items), count_label=_("items"))


def _english(place: str) -> str:
    return read(lambda session: session.scalar(select(Location.name_en).where(Location.code == place)) or "")


def _short(said: Said, code: str) -> Verdict:
    number, now = said.number("number"), moment()

    def act(session: Session) -> bool:
        wave = get_wave(session, code)
        turn = turns.next_pick(session, wave, on=now.day, at=now.at)
        wanted = number or (turn.number if turn else 0)
        return replenishment.set_short(session, wave, wanted)

    given_up = write_plain(act)
    return told(_("Noted as not there") if given_up else _("Nothing is left to pick"))


def _finish(said: Said, code: str) -> Verdict:
    short = write(
        said.occasion, lambda session: len(replenishment.finish(session, said.occasion, get_wave(session, code)))
    )
    verdict = done(finished_words(short), count=short or None)
    return verdict | {"go": url_for("pages.refill_wave", code=code)} if request.is_json else verdict


def _context(code: str) -> dict[str, Any]:
    now = moment()

    def ask(session: Session) -> dict[str, Any]:
        wave = get_wave(session, code)
        return {
            "wave": rounds.figures(session, wave),
            "turn": turns.next_pick(session, wave, on=now.day, at=now.at),
            "totes": [one for one in rounds.totes(session, wave) if one.inside or one.sealed_at],
        }

    return read(ask)
