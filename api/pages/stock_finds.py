"""This file is what is found of stock as lists: things, lots or products, one kind at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for
from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from api import access, viewing
from api.here import person
from api.i18n import gettext as _
from api.pages import chain
from api.pages.listing import Choice, Column, Listing
from api.pages.report import class_names
from api.pages.scanned import named, named_column
from api.pages.stock_columns import STATE_COLOURS
from scanners import Scan
from spd.catalog import Product
from spd.stock import finding, products_found

MOST = 1000  # things of one serial, or products with a lot of one code: more are no answer


def finds(session: Session, words: str, scan: Scan | None) -> tuple[Listing, list[dict[str, Any]]]:
    """The list of the kind asked for, else of the first that was found; and every kind with how many there are."""
    mine = access.departments()
    things = finding.things(session, words, scan, mine, most=MOST)
    lots = finding.lots(session, words, scan, mine, most=MOST)
    meant = products_found.meant(session, words, scan, is_thing=bool(things))
    counts = {"things": len(things), "lots": len(lots)}
    # Where words are of products alone there is nothing to choose from, and their number is the list's to count.
    query = select(func.count()).select_from(Product).where(meant)
    counts["products"] = (session.scalar(query) or 0) if things or lots else 0
    first = next((kind for kind, count in counts.items() if count), "products")
    asked = request.args.get("kind", "")
    kind = asked if asked == "products" or counts.get(asked) else first
    listings: dict[str, Callable[[], Listing]] = {
        "things": lambda: _things(things),
        "lots": lambda: _lots(lots),
        "products": lambda: _products(words, meant, mine),
    }
    names = {"things": _("Items"), "lots": _("Lots"), "products": _("Products")}
    kinds = [
        {"text": names[one], "href": _address(words, one), "count": count, "current": one == kind}
        for one, count in counts.items()
        if count or one == kind
    ]
    return listings[kind](), kinds


def _address(words: str, kind: str) -> str:
    return url_for("pages.stock_search", words=words, kind=kind)


def _things(found: list[finding.FoundItem]) -> Listing:
    states = chain.names()["state"]
    there = {one.state for one in found}
    rows = [
        replace(one, name=named(one.name, one.name_en), location_name=named(one.location_name, one.location_name_en))
        for one in found
    ]
    return Listing(
        name="items-found",
        base=rows,
        columns=(
            Column("code", _("Item"), kind="code", href=_trace),
            Column("name", _("Product")),
            Column("state", _("State"), kind="pill", show=states, colour=STATE_COLOURS.get),
            Column("quantity", _("Quantity"), kind="quantity", unit=lambda row: row.base_unit),
            Column("location_name", _("Place")),
            Column("lot", _("Lot"), kind="code"),
            Column("serial", _("Serial"), kind="code"),
            Column("expires_on", _("Expires"), kind="day"),
            *_hours(found),
        ),
        filters=(
            Choice(
                "state", _("State"), [(one, states[one]) for one in states if one in there], of=lambda row: row.state
            ),
        ),
    )


def _lots(found: list[finding.FoundLot]) -> Listing:
    return Listing(
        name="lots-found",
        base=[replace(one, name=named(one.name, one.name_en)) for one in found],
        columns=(
            Column("lot", _("Lot"), kind="code", href=_lot_address),
            Column("name", _("Product"), href=_lot_address),
            Column("product", _("Product code"), kind="code"),
            Column("quantity", _("Quantity"), kind="quantity", unit=lambda row: row.base_unit),
            Column("places", _("Places"), kind="quantity"),
            Column("expires_on", _("Expires"), kind="day"),
            *_hours(found),
        ),
    )


def _hours(found: Sequence[finding.FoundItem | finding.FoundLot]) -> list[Column]:
    """The minute until which each is good, where the label of any names one."""
    return [Column("expires_at", _("Good until"), kind="instant")] if any(one.expires_at for one in found) else []


def _products(words: str, meant: Any, mine: frozenset[int] | None) -> Listing:
    measured = products_found.measures(on=viewing.today(), at=viewing.moment(), departments=mine)
    classes = class_names()
    may_hold = access.may_open("pages.stock_holders", person())
    elsewhere = Column(
        "elsewhere", _("Who has it"), literal("1"), show={"1": _("all places")}, href=holders, sortable=False,
        page_only=True,
    )  # fmt: skip
    return Listing(
        name="products-found",
        base=select(Product.code.label("product"), Product.base_unit).where(meant),
        columns=(
            Column("name_shown", _("Product"), named_column(Product), href=_stock_address),
            Column("specification", _("Specification"), Product.specification),
            Column("code", _("Product code"), Product.code, kind="code"),
            Column("quantity", _("Quantity"), measured["quantity"], kind="quantity", unit=lambda row: row.base_unit),
            Column("usable", _("Usable"), measured["usable"], kind="quantity"),
            Column("places", _("Places"), measured["places"], kind="quantity"),
            Column("expires_first_on", _("Expires first"), measured["expires_first_on"], kind="day"),
            *([elsewhere] if may_hold else []),
        ),
        filters=(
            Choice("product_class", _("Class"), list(classes.items()), lambda value: Product.product_class == value),
            Choice("here", _("On hand"), [("yes", _("yes")), ("no", _("no"))], lambda value: (
                products_found.is_here(mine) if value == "yes" else ~products_found.is_here(mine)
            )),
        ),
        tie=products_found.best_first(words),
    )  # fmt: skip


def _trace(row: Any) -> str:
    return url_for("pages.trace", code=row.code)


def _lot_address(row: Any) -> str:
    return url_for("pages.stock", product=row.product, lot=row.lot, by="place_lot")


def _stock_address(row: Any) -> str:
    return url_for("pages.stock", product=row.product, by="place_product")


def holders(row: Any) -> str:
    """Where it is told who has a product."""
    return url_for("pages.stock_holders", product=row.product)
