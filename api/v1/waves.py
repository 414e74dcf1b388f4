"""This file is /waves: rounds through a store, their picks and totes."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import budget
from api.fields import CautionOut, Page, Scan, Text, Whole, Write
from api.here import occasion, read, settings, write, write_plain
from api.noun import Noun
from api.paging import paged
from api.v1.dispatches import SentOut
from spd import replenishment
from spd.core import clock
from spd.replenishment import get_wave, rounds, shortages, turns

bp = Noun("waves", "Rounds of picking.")


class WavesAsked(Page):
    """Which waves: `after` is the number of the last one seen; the newest come first."""

    open = fields.Boolean(load_default=False)


class WaveIn(Write):
    """What these places need (all, where none is named), out of this store."""

    store = Text(required=True)
    locations = fields.List(Text(), load_default=list, validate=validate.Length(0, 1000))


class WaveOut(Schema):
    """A wave in figures."""

    code = fields.String()
    store = fields.String()
    made_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    places = fields.Integer()
    packs = fields.Integer()
    picked = fields.Integer()
    left = fields.Integer()
    short = fields.Integer()


class WavesOut(Schema):
    """A page of waves."""

    waves = fields.List(fields.Nested(WaveOut))
    next = fields.Integer(allow_none=True)


class WaveLineOut(Schema):
    """What one place gets of one product."""

    location = fields.String(attribute="location_code")
    product = fields.String(attribute="product_code")
    name = fields.String()
    pack_quantity = fields.Integer()
    packs = fields.Integer()
    picked = fields.Integer()
    short = fields.Integer()
    to_make = fields.Integer(metadata={"description": "Packs that are not there sealed and must be made first."})


class WaveToteOut(Schema):
    """The tote of one place."""

    code = fields.String()
    seal = fields.String(allow_none=True)
    location = fields.String(attribute="location_code")
    sealed_at = fields.AwareDateTime(allow_none=True)
    inside = fields.Integer()
    held = fields.Integer(metadata={"description": "Of these, what is held now: its list is printed anew."})


class NextPickOut(Schema):
    """The pack to take now. No item: packs must be made first."""

    number = fields.Integer()
    place = fields.String()
    to = fields.String()
    product = fields.String(attribute="product_code")
    name = fields.String()
    pack_quantity = fields.Integer()
    item = fields.String(allow_none=True)
    lot = fields.String(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    alike = fields.Integer()


class ToPackOut(Schema):
    """Packs a wave needs and the store has not."""

    product = fields.String(attribute="product_code")
    name = fields.String()
    pack_quantity = fields.Integer()
    wanted = fields.Integer()
    possible = fields.Integer(metadata={"description": "How many the loose goods of the store give."})


class WaveWhole(WaveOut):
    """A wave with its lines, totes and what to pick next."""

    lines = fields.List(fields.Nested(WaveLineOut))
    totes = fields.List(fields.Nested(WaveToteOut))
    to_pack = fields.List(fields.Nested(ToPackOut))
    next_pick = fields.Nested(NextPickOut, allow_none=True)


class WavePickIn(Write):
    """The pack scanned."""

    scan = Scan(required=True)


class WavePickedOut(Schema):
    """What was picked and into which tote."""

    item = fields.String()
    name = fields.String()
    tote = fields.String()
    to = fields.String()
    to_name = fields.String()
    left = fields.Integer()
    cautions = fields.List(fields.Nested(CautionOut))
    repeated = fields.Boolean()


class WavePutBackOut(Schema):
    """The pack that is free again."""

    item = fields.String()


class WaveShortIn(Write):
    """The pick whose pack was not found: `number` of the next pick."""

    number = Whole(required=True, validate=validate.Range(1, 2**62))


class WaveGivenUpOut(Schema):
    """Whether the pick was given up now."""

    given_up = fields.Boolean()


class WaveSealIn(Write):
    """The number of the seal, where numbered ones are used."""

    seal = Text(longest=80)


class WaveShortOut(Schema):
    """What a place will not get."""

    location = fields.String()
    product = fields.String()
    packs = fields.Integer()


class WaveFinishedOut(Schema):
    """The shortages of a wave that is over."""

    code = fields.String()
    shortages = fields.List(fields.Nested(WaveShortOut))


@bp.get("")
@bp.arguments(WavesAsked, location="query")
@bp.response(200, WavesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Waves, the newest first."""
    rows = read(
        lambda session: rounds.waves(session, open_only=asked["open"], before=asked["after"], limit=asked["limit"] + 1)
    )
    page = paged("waves", rows, asked["limit"], lambda row: row[0])
    return {"waves": [wave for _, wave in page["waves"]], "next": page["next"]}


@bp.post("")
@bp.arguments(WaveIn)
@bp.response(201, WaveWhole)
def make(said: dict[str, Any]) -> dict[str, Any]:
    """Make a wave of what places need; packs are proposed, nothing is locked. Safe to send again with the same key."""
    asked = replenishment.ToMakeWave(occasion=occasion(said), store=said["store"], locations=said["locations"])

    def act(session: Session) -> dict[str, Any]:
        return _whole(session, replenishment.make_wave(session, replace(asked, stopped=budget.stopped(session))))

    return write(asked.occasion, act)


@bp.get("/<code>")
@bp.response(200, WaveWhole)
def show(code: str) -> dict[str, Any]:
    """A wave, its lines, its totes, and what to pick next."""
    return read(lambda session: _whole(session, get_wave(session, code)))


def _whole(session: Session, wave: replenishment.Wave) -> dict[str, Any]:
    today = clock.day_of(clock.now(), settings().zone)
    return asdict(rounds.figures(session, wave)) | {
        "lines": rounds.lines(session, wave),
        "totes": rounds.totes(session, wave),
        "to_pack": replenishment.to_pack(session, wave, on=today, at=clock.now()),
        "next_pick": turns.next_pick(session, wave, on=today, at=clock.now()),
    }


@bp.post("/<code>/picks")
@bp.arguments(WavePickIn)
@bp.response(201, WavePickedOut)
def pick(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Scan a pack: only this keeps it for its tote. Safe to send again with the same key."""
    asked = replenishment.ToPick(occasion=occasion(said), wave=code, item=said["scan"])
    return asdict(write(asked.occasion, lambda session: replenishment.pick(session, asked)))


@bp.post("/<code>/put-back")
@bp.arguments(WavePickIn)
@bp.response(201, WavePutBackOut)
def put_back(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Put a pack back that was picked by mistake. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        get_wave(session, code)
        return {"item": replenishment.put_back(session, when, said["scan"])}

    return write(when, act)


@bp.post("/<code>/shorts")
@bp.arguments(WaveShortIn)
@bp.response(201, WaveGivenUpOut)
def short(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give up a pick whose pack is not there. Said again, nothing changes."""
    return write_plain(
        lambda session: {"given_up": replenishment.set_short(session, get_wave(session, code), said["number"])}
    )


@bp.post("/<code>/totes/<tote>/seal")
@bp.arguments(WaveSealIn)
@bp.response(201, SentOut)
def seal(said: dict[str, Any], code: str, tote: str) -> dict[str, Any]:
    """Close a tote: what was picked into it is on its way. Safe to send again with the same key."""
    asked = replenishment.ToSeal(occasion=occasion(said), tote=tote, seal=said.get("seal", ""))

    def act(session: Session) -> dict[str, Any]:
        get_wave(session, code)
        return asdict(replenishment.seal(session, asked))

    return write(asked.occasion, act)


@bp.post("/<code>/finish")
@bp.arguments(Write)
@bp.response(201, WaveFinishedOut)
def finish(said: dict[str, Any], code: str) -> dict[str, Any]:
    """End a wave: what was not picked is a shortage, closed by a later delivery. Said again, nothing changes."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        wave = get_wave(session, code)
        replenishment.finish(session, when, wave)
        return {"code": wave.code, "shortages": shortages.short_in(session, wave)}

    return write(when, act)
