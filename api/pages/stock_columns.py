"""This file is the columns of stock: for each way of grouping its keys and measures, each leading one level down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from sqlalchemy import Subquery

from api.i18n import gettext as _
from api.pages import chain
from api.pages.listing import Column
from api.pages.places import kind_name
from api.pages.report import class_names
from api.pages.scanned import named_column
from spd.stock.expiry import Nearness
from spd.stock.views import By

NEARNESS_COLOURS = {"expired": "stop", "red": "stop", "orange": "caution", "yellow": "caution", "later": "ok"}
STATE_COLOURS = {"available": "ok", "open": "info", "reserved": "queued", "in_transit": "queued", "held": "stop"}
_DOWN = {
    By.PLACE: By.PRODUCT, By.OWNER: By.PRODUCT, By.SUPPLIER: By.PRODUCT, By.CLASS: By.PRODUCT, By.STATE: By.PRODUCT,
    By.EXPIRY: By.PLACE_LOT, By.PRODUCT: By.PLACE_PRODUCT, By.PLACE_PRODUCT: By.ITEM, By.LOT: By.ITEM,
    By.PLACE_LOT: By.ITEM,
}  # fmt: skip
"""One level down from each; at the bottom are the things, and each thing's trace."""
_KEYS = {
    By.OWNER: "owner", By.SUPPLIER: "supplier", By.CLASS: "product_class", By.STATE: "state", By.EXPIRY: "nearness",
}  # fmt: skip


def by_names() -> dict[str, str]:
    """What stock may be grouped by."""
    return {
        By.PLACE: _("place"),
        By.PRODUCT: _("product"),
        By.PLACE_PRODUCT: _("place and product"),
        By.LOT: _("lot"),
        By.PLACE_LOT: _("place and lot"),
        By.OWNER: _("owner"),
        By.SUPPLIER: _("supplier"),
        By.STATE: _("state"),
        By.EXPIRY: _("expiry"),
        By.CLASS: _("class"),
        By.ITEM: _("nothing: each thing"),
    }


def owner_names() -> dict[str, str]:
    """Whose goods there are."""
    return {"owned": _("the hospital"), "consigned": _("consigned"), "loaner": _("on loan")}


def state_names() -> dict[str, str]:
    """The states of what is in the house."""
    words = chain.names()["state"]
    return {state: words[state] for state in ("available", "open", "reserved", "in_transit", "held")}


def nearness_names() -> dict[str, str]:
    """How near its last day a thing is."""
    return {
        Nearness.EXPIRED: _("expired"),
        Nearness.RED: _("red: nearest"),
        Nearness.ORANGE: _("orange: near"),
        Nearness.YELLOW: _("yellow: soon"),
        Nearness.LATER: _("later"),
        Nearness.NEVER: _("no date"),
    }


def down(by: By) -> Callable[[Any], str]:
    """The address one level down from a row: the same choice, narrowed by what the row is."""
    kept = {name: value for name, value in request.args.items() if name not in ("by", "page", "sort", "as", "scan")}

    def address(row: Any) -> str:
        narrowed = {name: getattr(row, name) for name in ("location", "product", "lot") if hasattr(row, name)}
        if by in _KEYS:
            narrowed[_KEYS[by]] = row.key
        next_by = _DOWN[by]
        if by is By.PRODUCT and kept.get("location"):
            next_by = By.ITEM
        return url_for(str(request.endpoint), **(kept | narrowed), by=next_by)

    return address


def columns(by: By, rows: Subquery) -> tuple[Column, ...]:
    """The columns of a view."""
    return things(rows) if by is By.ITEM else (*_keys(by, rows), *measures(by, rows))


def _keys(by: By, rows: Subquery) -> list[Column]:
    href, c = down(by), rows.c
    if by in (By.STATE, By.EXPIRY, By.CLASS):
        words = {By.STATE: state_names(), By.EXPIRY: nearness_names(), By.CLASS: class_names()}[by]
        colours = {By.STATE: STATE_COLOURS, By.EXPIRY: NEARNESS_COLOURS}.get(by, {})
        return [Column("key", by_names()[by], c.key, kind="pill", show=words, colour=colours.get, href=href)]
    if by in (By.OWNER, By.SUPPLIER):
        return [
            Column("key", _("Code"), c.key, kind="code", href=href),
            Column("name", by_names()[by], named_column(c), href=href),
        ]
    found: list[Column] = []
    if "location" in c:
        place = named_column(Names(c.location_name, c.location_name_en))
        found.append(Column("place", _("Place"), place, href=href))
        if by is By.PLACE:
            found.append(Column("location_kind", _("Kind"), c.location_kind, show=kind_name))
    if "product" in c:
        found += product_columns(rows, href=href)
    if "lot" in c:
        found += [
            Column("lot", _("Lot"), c.lot, kind="code", href=href),
            Column("expires_on", _("Expires"), c.expires_on, kind="day"),
            Column("nearness", _("Expiry"), c.nearness, kind="pill", show=nearness_names(),
                   colour=NEARNESS_COLOURS.get),
        ]  # fmt: skip
    return found


def product_columns(rows: Subquery, *, href: Callable[[Any], str | None] | None = None) -> list[Column]:
    """What a product is called."""
    return [
        Column("name_shown", _("Product"), named_column(rows.c), href=href),
        Column("specification", _("Specification"), rows.c.specification),
        Column("product", _("Product code"), rows.c.product, kind="code"),
    ]


def measures(by: By, rows: Subquery) -> list[Column]:
    """What is measured of each group."""
    c, href = rows.c, down(by)
    one_product = "product" in c
    found = [Column("items", _("Items"), c["items"], kind="quantity", total=True, href=href)]
    if one_product:
        found += [
            Column("quantity", _("Quantity"), c.quantity, kind="quantity", href=href, unit=lambda row: row.base_unit),
            Column("usable", _("Usable"), c.usable, kind="quantity"),
        ]
    if by in (By.PRODUCT, By.PLACE_PRODUCT):
        found.append(Column("days", _("Days of supply"), c.days, kind="quantity"))
    found += [
        Column("value", _("Value"), c.value, kind="money", total=True, href=href),
        Column("owned", _("Of this ours"), c.owned, kind="money", total=True),
        Column("consigned", _("Of this consigned"), c.consigned, kind="money", total=True),
        Column("loaner", _("Of this on loan"), c.loaner, kind="money", total=True),
    ]
    if by not in (By.EXPIRY, By.LOT, By.PLACE_LOT):
        found.append(Column("expires_first_on", _("Expires first"), c.expires_first_on, kind="day"))
    return found


def things(rows: Subquery) -> tuple[Column, ...]:
    """Each thing, leading to its trace."""
    c = rows.c
    return (
        Column("code", _("Item"), c.code, kind="code", href=lambda row: url_for("pages.trace", code=row.code)),
        Column("name_shown", _("Product"), named_column(c)),
        Column("specification", _("Specification"), c.specification),
        Column("lot", _("Lot"), c.lot, kind="code"),
        Column("expires_on", _("Expires"), c.expires_on, kind="day"),
        Column("place", _("Place"), named_column(Names(c.location_name, c.location_name_en))),
        Column("state", _("State"), c.state, kind="pill", show=state_names(), colour=STATE_COLOURS.get),
        Column("quantity", _("Quantity"), c.quantity, kind="quantity", unit=lambda row: row.base_unit, total=True),
        Column("unit_price", _("Unit price"), c.unit_price, kind="money"),
        Column("value", _("Value"), c.value, kind="money", total=True),
        Column("owned", _("Owner"), c.owned, show=lambda ours: _("the hospital") if ours else _("the supplier")),
    )


class Names:
    """Two columns as a name in two languages."""

    def __init__(self, name: Any, name_en: Any) -> None:
        self.name, self.name_en = name, name_en
