"""This file is /fixed-quantities/proposals and /what-if: levels from real use, and the last days lived again."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Text
from api.here import read, settings
from api.v1.fixed_quantities import bp
from api.v1.items import refuse_foreign
from spd import sizing
from spd.catalog import get_product
from spd.core import clock
from spd.places import get_location
from spd.sizing import Lived
from spd.stock.fixed_quantities import FixedQuantity, Level

_DAYS: dict[str, Any] = {
    "load_default": sizing.USUAL_DAYS,
    "validate": validate.Range(sizing.LEAST_DAYS, sizing.MOST_DAYS),
}


class LivedOut(Schema):
    """How the days went, in packs."""

    days = fields.Integer()
    wanted = fields.Integer()
    missed = fields.Integer()
    days_short = fields.Integer(metadata={"description": "Days on which something was missed."})
    refills = fields.Integer()
    average = fields.Float(metadata={"description": "Packs on the shelf at the end of a day."})
    fill = fields.Float(metadata={"description": "The share of what was wanted that was there."})


class TriedOut(Schema):
    """A level beside what holds now, each with the last days lived again; in packs of `pack_quantity`."""

    location = fields.String()
    product = fields.String()
    pack_quantity = fields.Integer()
    lower = fields.Integer()
    upper = fields.Integer()
    now_pack_quantity = fields.Integer(allow_none=True)
    now_lower = fields.Integer(allow_none=True)
    now_upper = fields.Integer(allow_none=True)
    before = fields.Nested(LivedOut, allow_none=True, metadata={"description": "With what holds; null for nothing."})
    after = fields.Nested(LivedOut)
    reason = fields.String(metadata={"description": "The figures it was reckoned from; empty for one that is tried."})


class LevelsTriedOut(Schema):
    """Levels, and how the last days would have gone."""

    proposals = fields.List(fields.Nested(TriedOut))


class ProposedAsked(Schema):
    """Of which place, over how many days."""

    location = Text(required=True)
    days = fields.Integer(**_DAYS)


class TriedAsked(ProposedAsked):
    """A level to try, in packs, over how many days."""

    product = Text(required=True)
    pack_quantity = fields.Integer(load_default=1, validate=validate.Range(1, 1_000_000))
    lower = fields.Integer(required=True, validate=validate.Range(0, 10_000))
    upper = fields.Integer(required=True, validate=validate.Range(0, 10_000))


@bp.get("/proposals", endpoint="proposals")
@bp.arguments(ProposedAsked, location="query")
@bp.response(200, LevelsTriedOut)
def proposals(asked: dict[str, Any]) -> dict[str, Any]:
    """What use says a place should hold, with why, and the last days lived again with it and with what holds."""
    on = clock.day_of(clock.now(), settings().zone)

    def ask(session: Session) -> dict[str, Any]:
        place = get_location(session, asked["location"])
        refuse_foreign(place.department_id)
        found = sizing.compare(
            session, sizing.propose(session, on=on, location_ids=[place.id]), on=on, days=asked["days"]
        )
        told = []
        for one in found:
            level, kept = one.proposal.level, one.proposal.kept
            told.append(_told(level, kept.now, kept.location, kept.product, one.before, one.after))
            told[-1]["reason"] = one.proposal.reason
        return {"proposals": told}

    return read(ask)


@bp.get("/what-if", endpoint="what_if")
@bp.arguments(TriedAsked, location="query")
@bp.response(200, TriedOut)
def what_if(asked: dict[str, Any]) -> dict[str, Any]:
    """The last days lived again with a level: stock-outs, average stock, refills; beside what holds now."""
    on = clock.day_of(clock.now(), settings().zone)

    def ask(session: Session) -> dict[str, Any]:
        place = get_location(session, asked["location"])
        refuse_foreign(place.department_id)
        product = get_product(session, asked["product"])
        limits = {name: asked[name] for name in ("pack_quantity", "lower", "upper")}
        level = Level(location_id=place.id, product_id=product.id, **limits)
        one = sizing.try_levels(session, [level], on=on, days=asked["days"])[0]
        return _told(level, one.now, place.code, product.code, one.before, one.after)

    return read(ask)


def _told(
    level: Level, now: FixedQuantity | None, location: str, product: str, before: Lived | None, after: Lived
) -> dict[str, Any]:  # fmt: skip
    return {
        "location": location, "product": product, "pack_quantity": level.pack_quantity, "lower": level.lower,
        "upper": level.upper, "now_pack_quantity": now.pack_quantity if now else None,
        "now_lower": now.lower if now else None, "now_upper": now.upper if now else None,
        "before": _lived(before) if before else None, "after": _lived(after), "reason": "",
    }  # fmt: skip


def _lived(one: Lived) -> dict[str, Any]:
    figures = {name: getattr(one, name) for name in ("days", "wanted", "missed", "days_short", "refills")}
    return figures | {"average": round(float(one.average), 4), "fill": round(float(one.fill), 6)}
