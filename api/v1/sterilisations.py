"""This file is /sterilisations: kits and loaner sets of one load of the steriliser, and loads that failed."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import func, select

from api.fields import Page, Text, Write
from api.here import moment, occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import theatre
from spd.packing import KitRecipe
from spd.stock.kits import Kit
from spd.stock.loaned import LoanerSet
from spd.stock.sterility import STANDINGS, Sterilisation, standing
from spd.theatre import Load, ToSterilise

bp = Noun("sterilisations", "What the hospital sterilised: kits and loaner sets, by load.")


class SterilisationIn(Write):
    """One load: the labels of its kits and loaner sets, its number, and the last day on which they are sterile."""

    codes = fields.List(Text(longest=80), required=True, validate=validate.Length(1, 500))
    lot = Text(required=True, longest=80)
    until_on = fields.Date(required=True)


class SterileFailureIn(Write):
    """A load that was not sterile after all."""

    lot = Text(required=True, longest=80)
    why = Text(required=True)


class LoadOut(Schema):
    """What was of a load."""

    lot = fields.String()
    kits = fields.List(fields.String())
    sets = fields.List(fields.String())
    repeated = fields.Boolean()


class SterilisationsAsked(Page):
    """Which of them."""

    lot = Text(longest=80)


class SterilisationOut(Schema):
    """One thing of one load, and whether it is sterile by it: replaced is by a later load."""

    id = fields.Integer()
    lot = fields.String()
    kit = fields.String(allow_none=True)
    set = fields.String(allow_none=True)
    name = fields.String()
    name_en = fields.String()
    until_on = fields.Date()
    done_at = fields.AwareDateTime()
    standing = fields.String(metadata={"enum": list(STANDINGS)})


class SterilisationsOut(Schema):
    """A page of them."""

    sterilisations = fields.List(fields.Nested(SterilisationOut))
    next = fields.Integer(allow_none=True)


def rows() -> Any:
    """Things of loads, with what they are called and how far they are sterile by it today."""
    return (
        select(
            Sterilisation.id, Sterilisation.lot, Sterilisation.until_on, Sterilisation.done_at,
            Sterilisation.done_by_id, Kit.code.label("kit"), LoanerSet.code.label("set"),
            func.coalesce(KitRecipe.name, LoanerSet.name).label("name"),
            func.coalesce(KitRecipe.name_en, "").label("name_en"),
            standing(moment().day).label("standing"),
        )
        .outerjoin(Kit, Kit.id == Sterilisation.kit_id)
        .outerjoin(KitRecipe, KitRecipe.id == Kit.recipe_id)
        .outerjoin(LoanerSet, LoanerSet.id == Sterilisation.set_id)
    )  # fmt: skip


@bp.get("")
@bp.arguments(SterilisationsAsked, location="query")
@bp.response(200, SterilisationsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """What was sterilised, in the order told."""
    query = rows().where(Sterilisation.id > asked["after"])
    if "lot" in asked:
        query = query.where(Sterilisation.lot == asked["lot"])
    limited = query.order_by(Sterilisation.id).limit(asked["limit"] + 1)
    told = read(lambda session: [dict(row._mapping) for row in session.execute(limited)])
    return paged("sterilisations", told, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(SterilisationIn())
@bp.response(201, LoadOut)
def sterilise(said: dict[str, Any]) -> Load:
    """Say what was of a load. All of it is taken, or nothing; the last load of a thing counts."""
    asked = ToSterilise(occasion=occasion(said), codes=said["codes"], lot=said["lot"], until_on=said["until_on"])
    return write(asked.occasion, lambda session: theatre.sterilise(session, asked))


@bp.post("/failures")
@bp.arguments(SterileFailureIn())
@bp.response(201, LoadOut)
def fail(said: dict[str, Any]) -> Load:
    """Say that a load was not sterile: whatever was of it is stopped at its next scan, and told here."""
    when = occasion(said)
    return write(when, lambda session: theatre.fail_lot(session, when, said["lot"], said["why"]))
