"""This file is /fixed-quantities: how many packs places hold, proposed by one person and decided by another."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Page, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.items import refuse_foreign
from spd.catalog import Product, get_product
from spd.core.errors import NotAllowed
from spd.places import Location, get_location
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity, Level

bp = Noun("fixed-quantities", "Upper and lower number of packs that places hold.")


class LevelsAsked(Page):
    """Which fixed quantities: those in force, or those proposed that nobody has decided yet."""

    location = Text()
    proposed = fields.Boolean(load_default=False)


class LevelOut(Schema):
    """One version of how much a place holds of a product, in packs."""

    number = fields.Integer(attribute="id")
    location = fields.String()
    product = fields.String()
    name = fields.String()
    version = fields.Integer()
    pack_quantity = fields.Integer(metadata={"description": "Base units in one pack; 1 for what is held loose."})
    lower = fields.Integer()
    upper = fields.Integer()
    valid_from_at = fields.AwareDateTime()
    approved = fields.Boolean()
    reason = fields.String()


class LevelsOut(Schema):
    """A page of fixed quantities."""

    fixed_quantities = fields.List(fields.Nested(LevelOut))
    next = fields.Integer(allow_none=True)


class LevelIn(Schema):
    """What a place should hold of a product, in packs; an upper limit of 0 ends it."""

    location = Text(required=True)
    product = Text(required=True)
    pack_quantity = Whole(load_default=1, validate=validate.Range(1, 1_000_000))
    lower = Whole(required=True, validate=validate.Range(0, 10_000))
    upper = Whole(required=True, validate=validate.Range(0, 10_000))


class LevelProposeIn(Write):
    """Levels that hold once another person approves them."""

    levels = fields.List(fields.Nested(LevelIn), required=True, validate=validate.Length(1, 500))
    reason = Text(load_default="", shortest=0)


class LevelDecideIn(Write):
    """What another person says to a proposal."""

    approve = fields.Boolean(required=True)


@bp.get("")
@bp.arguments(LevelsAsked, location="query")
@bp.response(200, LevelsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The fixed quantities of a place, or of all places the asker may see."""

    def ask(session: Session) -> dict[str, Any]:
        if asked["proposed"]:
            wanted = [row.id for row in fixed_quantities.proposed(session)]
            query = _versions().where(FixedQuantity.id.in_(wanted))
        else:
            query = _versions().where(fixed_quantities.holds())
        if asked.get("location"):
            place = get_location(session, asked["location"])
            refuse_foreign(place.department_id)
            query = query.where(FixedQuantity.location_id == place.id)
        elif (mine := access.departments()) is not None:
            query = query.where(Location.department_id.in_(mine))
        query = query.where(FixedQuantity.id > asked["after"]).order_by(FixedQuantity.id).limit(asked["limit"] + 1)
        return paged("fixed_quantities", session.execute(query).all(), asked["limit"], lambda row: row.id)

    return read(ask)


def _versions() -> Any:
    return (
        select(
            FixedQuantity.id,
            Location.code.label("location"),
            Product.code.label("product"),
            Product.name,
            FixedQuantity.version,
            FixedQuantity.pack_quantity,
            FixedQuantity.lower,
            FixedQuantity.upper,
            FixedQuantity.valid_from_at,
            FixedQuantity.approved_by_id.is_not(None).label("approved"),
            FixedQuantity.reason,
        )
        .join(Location, Location.id == FixedQuantity.location_id)
        .join(Product, Product.id == FixedQuantity.product_id)
    )


@bp.post("")
@bp.arguments(LevelProposeIn)
@bp.response(201, LevelsOut)
def propose(said: dict[str, Any]) -> dict[str, Any]:
    """Propose levels; they hold once another person approves them. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        wanted = []
        for one in said["levels"]:
            place = get_location(session, one["location"])
            _refuse_strange(place)
            product = get_product(session, one["product"])
            limits = {name: one[name] for name in ("pack_quantity", "lower", "upper")}
            wanted.append(Level(location_id=place.id, product_id=product.id, **limits))
        made = fixed_quantities.propose(session, when, wanted, reason=said["reason"])
        return _told(session, made)

    return write(when, act)


@bp.post("/<int:number>/decision")
@bp.arguments(LevelDecideIn)
@bp.response(201, LevelsOut)
def decide(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Approve or decline a proposal of another person. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        asked = session.get(FixedQuantity, number)
        if asked is None:
            raise fixed_quantities.UnknownFixedQuantity(number=number)
        _refuse_strange(session.get_one(Location, asked.location_id))
        return _told(session, [fixed_quantities.decide(session, when, number, approve=said["approve"])])

    return write(when, act)


def _refuse_strange(place: Location) -> None:
    """Raises: NotAllowed, for a place that is not of the asker's departments."""
    mine = access.departments()
    if mine is not None and place.department_id not in mine:
        raise NotAllowed()


def _told(session: Session, made: list[FixedQuantity]) -> dict[str, Any]:
    query = _versions().where(FixedQuantity.id.in_([row.id for row in made])).order_by(FixedQuantity.id)
    return {"fixed_quantities": session.execute(query).all(), "next": None}
