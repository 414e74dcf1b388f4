"""This file is the page of prices: what a base unit costs from each supplier, in versions, by the day."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.products import mode_names
from api.pages.scanned import named, named_column
from spd.catalog import Price, Product
from spd.catalog.agreeing import COMING, ENDED, IN_FORCE, REPLACED, state
from spd.core import clock
from spd.parties import Party
from spd.staff import Staff


@bp.get("/prices")
def prices() -> str | Response:
    """Every price, those in force and all before and after them."""
    names = {IN_FORCE: _("in force"), COMING: _("coming"), REPLACED: _("replaced"), ENDED: _("ended")}
    colours = {IN_FORCE: "ok", COMING: "info", REPLACED: "quiet", ENDED: "quiet"}
    now, modes = state(_today(), Price), mode_names()
    listing = Listing(
        name="prices",
        base=select(Price.id.label("id"), Product.base_unit)
        .join(Product, Product.id == Price.product_id)
        .join(Party, Party.id == Price.supplier_id)
        .outerjoin(Staff, Staff.id == Price.set_by_id),
        columns=(
            Column("product", _("Code"), Product.code, kind="code", href=_product),
            Column("name", _("Product"), named_column(Product)),
            Column("specification", _("Specification"), Product.specification),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("unit_price", _("Unit price"), Price.unit_price, kind="money"),
            Column("base_unit", _("Unit"), Product.base_unit),
            Column("state", _("State"), now, kind="pill", show=names, colour=colours.get),
            Column("valid_from_on", _("From"), Price.valid_from_on, kind="day"),
            Column("valid_to_on", _("Until"), Price.valid_to_on, kind="day"),
            Column("settlement_mode", _("Settled"), Price.settlement_mode, show=modes),
            Column("agreement", _("Agreement"), Price.agreement, kind="code"),
            Column("by", _("By"), Staff.name),
            Column("set_at", _("When"), Price.set_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: or_(*(
                column.icontains(words, autoescape=True)
                for column in (
                    Product.name, Product.name_en, Product.code, Product.initials, Product.specification,
                    Price.agreement,
                )
            ))),
            Choice("supplier", _("Supplier"), read(_suppliers), lambda value: Party.code == value),
            Choice("state", _("State"), list(names.items()), lambda value: now == value),
            Choice("settlement_mode", _("Settled"), list(modes.items()), lambda value: Price.settlement_mode == value),
            DayFrom("ends", _("Ends by"), lambda day: Price.valid_to_on <= day),
        ),
        order="product",
        tie=Price.id,
    )  # fmt: skip
    actions: list[dict[str, Any]] = []
    if access.may_open("pages.product_price", person()):
        actions = [{"text": _("Import"), "href": url_for("pages.imports_new", kind="prices")}]
    return listed(
        listing,
        title=_("Prices"),
        crumbs=[(_("Products"), url_for("pages.products")), (_("Prices"), None)],
        actions=actions,
        sub=_("What was received keeps its own price; a new one is set on the page of its product, or by a file."),
        empty=_("No price yet"),
    )


def _suppliers(session: Session) -> list[tuple[str, str]]:
    """Everybody of whom there is a price, those who are used no more too."""
    there = select(Price.supplier_id)
    query = select(Party.code, Party.name, Party.name_en).where(Party.id.in_(there)).order_by(Party.code)
    return [(code, named(name, name_en)) for code, name, name_en in session.execute(query)]


def _product(row: Any) -> str:
    return url_for("pages.product", code=row.product)


def _today() -> date:
    return clock.day_of(clock.now(), settings().zone)
