"""This file is the views of /stock: grouped by anything, as of an instant, slow stock, who holds, one search."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access, reading, viewing
from api.fields import Money, Text
from api.here import read
from api.v1.items import own_location
from api.v1.items import stock as bp
from scanners import Unreadable
from spd.catalog import get_product
from spd.stock import finding, holders, slow
from spd.stock.expiry import Nearness
from spd.stock.views import By

LONGEST = 5_000


class ViewAsked(Schema):
    """Which stock, grouped by what; as of an instant, where one is named."""

    by = fields.String(load_default=By.PRODUCT.value, validate=validate.OneOf([str(by) for by in By]))
    at = fields.AwareDateTime(metadata={"description": "As it was then; now, where left out."})
    location = Text(load_default="", shortest=0)
    product = Text(load_default="", shortest=0)
    lot = Text(load_default="", shortest=0)
    owner = Text(load_default="", shortest=0, metadata={"description": "owned, consigned, loaner, or a party's code."})
    supplier = Text(load_default="", shortest=0)
    state = Text(load_default="", shortest=0)
    nearness = fields.String(load_default="", validate=validate.OneOf(["", *(str(one) for one in Nearness)]))
    product_class = Text(load_default="", shortest=0)
    use_days = fields.Integer(validate=validate.Range(1, 366))


class StockRowOut(Schema):
    """One group, or one thing; what does not belong to it is left out."""

    key = fields.String()
    location = fields.String()
    location_name = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    code = fields.String()
    kind = fields.String()
    serial = fields.String()
    state = fields.String()
    nearness = fields.String()
    supplier = fields.String()
    items = fields.Integer()
    quantity = fields.Integer()
    usable = fields.Integer()
    value = Money()
    owned = fields.Raw(metadata={"description": "Of a group the part that is ours; of a thing whether it is."})
    consigned = Money()
    loaner = Money()
    expires_first_on = fields.Date(allow_none=True)
    used = fields.Integer(allow_none=True)
    days = fields.Integer(allow_none=True, metadata={"description": "How long it lasts at the pace of its use."})


class StockViewOut(Schema):
    """The groups. `more`: there are more than are shown; choose less."""

    by = fields.String()
    rows = fields.List(fields.Nested(StockRowOut))
    more = fields.Boolean()


class SlowAsked(Schema):
    """How long unused is dead, how long lasting is slow; the policy's, where left out."""

    idle_days = fields.Integer(validate=validate.Range(1, 3650))
    cover_days = fields.Integer(validate=validate.Range(1, 3650))
    location = Text(load_default="", shortest=0)


class SearchAsked(Schema):
    """Whatever is typed or scanned."""

    q = Text(required=True)


class MatchedProductOut(Schema):
    """A product and what there is of it."""

    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    product_class = fields.String()
    quantity = fields.Integer()
    usable = fields.Integer()
    places = fields.Integer()
    expires_first_on = fields.Date(allow_none=True)


class MatchedLotOut(Schema):
    """A lot and what there is of it."""

    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True, metadata={"description": "The minute, where a label names one."})
    base_unit = fields.String()
    quantity = fields.Integer()
    places = fields.Integer()


class MatchedItemOut(Schema):
    """A thing, wherever it is."""

    code = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    serial = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True, metadata={"description": "The minute, where a label names one."})
    state = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    location = fields.String()
    location_name = fields.String()


class MatchesOut(Schema):
    """Everything that what was typed may mean."""

    items = fields.List(fields.Nested(MatchedItemOut))
    lots = fields.List(fields.Nested(MatchedLotOut))
    products = fields.List(fields.Nested(MatchedProductOut))


class HolderOut(Schema):
    """A place with usable pieces."""

    location = fields.String()
    name = fields.String()
    name_en = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    packs = fields.Integer()
    opened = fields.Integer()
    expires_first_on = fields.Date(allow_none=True)


class HoldersOut(Schema):
    """Who has usable pieces, nearest expiry first."""

    product = fields.String()
    holders = fields.List(fields.Nested(HolderOut))


def _rows(session: Session, query: Any) -> dict[str, Any]:
    rows = [dict(row._mapping) for row in session.execute(query.limit(LONGEST + 1))]
    for row in rows:
        row["owned"] = viewing.plain(row.get("owned"))
        row.setdefault("items", 1)  # of a thing; a mapping without it would answer with its method of that name
    return {"rows": rows[:LONGEST], "more": len(rows) > LONGEST}


@bp.get("/views", endpoint="views")
@bp.arguments(ViewAsked, location="query")
@bp.response(200, StockViewOut)
def views(asked: dict[str, Any]) -> dict[str, Any]:
    """Stock on hand grouped by what is asked for; every group's part is ours or a consignor's."""
    by = By(asked.pop("by"))

    def ask(session: Session) -> dict[str, Any]:
        if asked["location"]:
            own_location(session, asked["location"])
        table = viewing.view(session, asked, access.departments()).table(by)
        return {"by": by, **_rows(session, select(table).order_by(*viewing.keys_of(table)))}

    return read(ask)


@bp.get("/slow", endpoint="slow")
@bp.arguments(SlowAsked, location="query")
@bp.response(200, StockViewOut)
def show_slow(asked: dict[str, Any]) -> dict[str, Any]:
    """What lies too long: dead where none of it is used, slow where it would last too long."""

    def ask(session: Session) -> dict[str, Any]:
        if asked["location"]:
            own_location(session, asked["location"])
        limits = viewing.slow_limits(session, asked)
        said = {"location": asked["location"], "use_days": limits.idle_days}
        table = viewing.view(session, said, access.departments()).table(By.PLACE_PRODUCT)
        long = slow.lies_too_long(table, at=viewing.moment(), idle_days=limits.idle_days, cover_days=limits.cover_days)
        query = select(table).where(long).order_by(*viewing.keys_of(table))
        return {"by": By.PLACE_PRODUCT, **_rows(session, query)}

    return read(ask)


@bp.get("/search", endpoint="search")
@bp.arguments(SearchAsked, location="query")
@bp.response(200, MatchesOut)
def search(asked: dict[str, Any]) -> Any:
    """Things, lots and products by name, initials, code, specification, lot, serial, GTIN, or whatever was scanned."""
    try:
        scan = reading.heard(asked["q"])
    except Unreadable:
        scan = None
    mine = access.departments()
    return read(
        lambda session: finding.find(
            session, asked["q"], scan, on=viewing.today(), at=viewing.moment(), departments=mine
        )
    )


@bp.get("/holders/<path:product>", endpoint="holders")
@bp.response(200, HoldersOut)
def show_holders(product: str) -> dict[str, Any]:
    """Who has usable pieces of a product, nearest expiry first: of every place, without prices."""

    def ask(session: Session) -> dict[str, Any]:
        found = get_product(session, product)
        return {
            "product": found.code,
            "holders": holders.who_holds(session, found, on=viewing.today(), at=viewing.moment()),
        }

    return read(ask)
