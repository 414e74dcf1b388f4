"""This file is /items and /stock: single things, and what a location holds."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api import access
from api.fields import Money, Page, Text
from api.here import read
from api.noun import Noun
from api.paging import paged
from spd import stock as on_hand
from spd.core.errors import NotAllowed
from spd.parties import HOSPITAL_ID
from spd.places import Location, get_location
from spd.stock import Goods

bp = Noun("items", "Coded things.")
stock = Noun("stock", "What locations hold.")


class ItemsAsked(Page):
    """Which items."""

    location = Text(required=True)
    product = Text()


class ItemOut(Schema):
    """One coded thing."""

    code = fields.String()
    kind = fields.String()
    state = fields.String()
    quantity = fields.Integer()
    unit_price = Money()
    owned = fields.Boolean()
    product_code = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "The last usable instant of that day, where the label names one."}
    )
    location_code = fields.String()


class ItemsOut(Schema):
    """A page of items."""

    items = fields.List(fields.Nested(ItemOut))
    next = fields.Integer(allow_none=True)


class StockAsked(Schema):
    """Whose shelf."""

    location = Text(required=True)


class StockLineOut(Schema):
    """What a location holds of one product."""

    product_code = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    product_class = fields.String()
    packs = fields.Integer()
    items = fields.Integer()
    quantity = fields.Integer()
    available = fields.Integer()
    value = Money()
    consigned_value = Money(metadata={"description": "The part that is still the supplier's."})
    expires_first_on = fields.Date(allow_none=True)


class StockOut(Schema):
    """What a location holds, by product."""

    location = fields.String()
    name = fields.String()
    lines = fields.List(fields.Nested(StockLineOut))


def own_location(session: Session, code: str) -> Location:
    """The location, if it is one of the reader's. Raises: UnknownLocation, NotAllowed."""
    place = get_location(session, code)
    refuse_foreign(place.department_id)
    return place


def refuse_foreign(department_id: int | None) -> None:
    """Refuse a place of another department; a store without one is everybody's to see. Raises: NotAllowed."""
    mine = access.departments()
    if mine is not None and department_id is not None and department_id not in mine:
        raise NotAllowed()


def _item(goods: Goods) -> dict[str, Any]:
    item = goods.item
    return {
        **vars(item),
        "owned": item.owner_id == HOSPITAL_ID,
        "product_code": goods.product_code,
        "name": goods.name,
        "name_en": goods.name_en,
        "specification": goods.specification,
        "base_unit": goods.base_unit,
        "lot": goods.lot,
        "expires_on": goods.expires_on,
        "expires_at": goods.expires_at,
        "location_code": goods.location_code,
    }


@bp.get("")
@bp.arguments(ItemsAsked, location="query")
@bp.response(200, ItemsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The items at a location."""

    def ask(session: Session) -> list[on_hand.OnHand]:
        place = own_location(session, asked["location"])
        return on_hand.items_at(
            session, place.id, product=asked.get("product"), after=asked["after"], limit=asked["limit"] + 1
        )

    return paged("items", read(ask), asked["limit"], lambda row: row.id)


@bp.get("/<path:code>")
@bp.response(200, ItemOut)
def show(code: str) -> dict[str, Any]:
    """One item, by its code."""

    def ask(session: Session) -> dict[str, Any]:
        goods = on_hand.get_goods(session, code)
        refuse_foreign(goods.department_id)
        return _item(goods)

    return read(ask)


@stock.get("", endpoint="show")
@stock.arguments(StockAsked, location="query")
@stock.response(200, StockOut)
def show_stock(asked: dict[str, Any]) -> dict[str, Any]:
    """What a location holds, by product: a sum over its items."""

    def ask(session: Session) -> dict[str, Any]:
        place = own_location(session, asked["location"])
        return {"location": place.code, "name": place.name, "lines": on_hand.stock_at(session, place.id)}

    return read(ask)
