"""This file is what a supplier sees of its goods: on consignment, used, owed. No patient, department or person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy import func, literal
from werkzeug.wrappers import Response

from api.fields import MONTH
from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named_column
from api.pages.supplier import crumbs, mine, product_columns, today
from spd.catalog import Lot, Product
from spd.core.columns import worth
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.ordering import portal
from spd.places import Location
from spd.stock.finding import matching

_PRODUCT = (Product.code, Product.specification)


def kind_names() -> dict[str, str]:
    """What a place is."""
    return {"store": _("store"), "ward": _("ward"), "theatre": _("theatre"), "transit": _("on its way")}


@bp.get("/supplier/stock")
def supplier_stock() -> str | Response:
    """What is still this supplier's in the hospital, by product, lot and kind of place."""
    base = portal.consigned(mine()).group_by(Product.id, Lot.id, Location.kind)
    kinds = kind_names()
    listing = Listing(
        name="consignment",
        base=base.add_columns(Product.base_unit.label("unit")),
        columns=(
            *product_columns(named_column(Product), *_PRODUCT),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("expires_on", _("Expires"), Lot.expires_on, kind="day"),
            Column("kind", _("Place"), Location.kind, show=kinds),
            Column("quantity", _("Quantity"), func.sum(Item.quantity), kind="quantity", unit=_unit, total=True),
            Column("value", _("Value"), func.sum(worth(Item.quantity, Item.unit_price)), kind="money", total=True),
        ),
        filters=(
            Words("q", _("Search"), matching),
            Words("lot", _("Lot"), lambda words: Lot.code.icontains(words, autoescape=True)),
            Choice("kind", _("Place"), list(kinds.items()), lambda value: Location.kind == value),
            Choice("near", _("Expires"), _near(), lambda value: Lot.expires_on <= today() + timedelta(int(value))),
        ),
        order="product",
        tie=Lot.id,
    )
    return listed(listing, title=_("On consignment"), empty=_("Nothing of yours is here"), crumbs=_way("stock"))


def _near() -> list[tuple[str, str]]:
    return [(str(days), _("within %(days)s days") % {"days": days}) for days in (30, 90, 180)]


def _unit(row: Any) -> str:
    return str(row.unit)


@bp.get("/supplier/uses")
def supplier_uses() -> str | Response:
    """What was used of this supplier's goods, by day; this month's where no day is asked for."""
    base = portal.used(mine())
    if not (request.args.get("from") or request.args.get("until")):
        base = base.where(Movement.day_on >= today().replace(day=1))
    listing = Listing(
        name="uses",
        base=base.add_columns(Product.base_unit.label("unit")),
        columns=(
            Column("day_on", _("Day"), Movement.day_on, kind="day"),
            *product_columns(named_column(Product), *_PRODUCT),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("serial", _("Serial"), Item.serial, kind="code"),
            Column("movement", _("Movement"), Movement.id, kind="code", href=_life),
            Column("quantity", _("Quantity"), portal.signed_quantity(), kind="quantity", unit=_unit, total=True),
            Column("unit_price", _("Unit price"), Item.unit_price, kind="money"),
            Column("amount", _("Amount"), portal.signed_amount(), kind="money", total=True, href=_life),
        ),
        filters=(
            Words("q", _("Search"), matching),
            Words("lot", _("Lot or serial"), _lot_or_serial),
            DayFrom("from", _("From"), lambda day: Movement.day_on >= day),
            DayFrom("until", _("Until"), lambda day: Movement.day_on <= day),
        ),
        order="-day_on",
        tie=Movement.id,
    )
    return listed(listing, title=_("Used of your goods"), empty=_("Nothing was used"), crumbs=_way("uses"))


def _life(row: Any) -> str:
    return url_for("pages.supplier_movement", movement=row.movement)


def _lot_or_serial(words: str) -> Any:
    return Lot.code.icontains(words, autoescape=True) | Item.serial.icontains(words, autoescape=True)


@bp.get("/supplier/owed")
def supplier_owed() -> str | Response:
    """What this supplier is owed: by month, or the lines of one month."""
    month = request.args.get("month", "")
    if MONTH.fullmatch(month):
        return _owed_lines(month)
    listing = Listing(
        name="owed",
        base=read(lambda session: portal.owed_by_month(session, mine())),
        columns=(
            Column(
                "period", _("Month"), kind="code", href=lambda row: url_for("pages.supplier_owed", month=row.period)
            ),
            Column("arose", _("Arose"), kind="money", total=True),
            Column("undone", _("Undone"), kind="money", total=True),
            Column("net", _("Net"), kind="money", total=True),
            Column("owed", _("Owed at its end"), kind="money"),
        ),
        filters=(Words("year", _("Year"), text=lambda row: row.period),),
        order="-period",
    )
    return listed(
        listing, title=_("What you are owed"), empty=_("Nothing is owed yet"), crumbs=_way("owed"),
        sub=_("Accrued by receipt or use, before invoices. A month opens to its lines."),
    )  # fmt: skip


def _owed_lines(month: str) -> str | Response:
    event = EntryRow.event
    listing = Listing(
        name=f"owed_{month}",
        base=portal.owed(mine()).where(Posting.period == month).add_columns(literal(1).label("one")),
        columns=(
            Column("day_on", _("Day"), Movement.day_on, kind="day"),
            Column("event", _("What"), event, show=event_name),
            *product_columns(named_column(Product), *_PRODUCT),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("serial", _("Serial"), Item.serial, kind="code"),
            Column("movement", _("Movement"), Movement.id, kind="code", href=_life),
            Column("quantity", _("Quantity"), Movement.quantity, kind="quantity"),
            Column("unit_price", _("Unit price"), Item.unit_price, kind="money"),
            Column("amount", _("Amount"), portal.owed_amount(), kind="money", total=True, href=_life),
        ),
        filters=(Words("q", _("Search"), matching),),
        order="day_on",
        tie=Posting.id,
    )
    title = _("Owed for %(month)s") % {"month": month}
    return listed(listing, title=title, crumbs=crumbs(month, supplier_owed=_("What you are owed")))


def event_name(event: str) -> str:
    """What happened that something is owed, or no longer."""
    names = {
        "receive_owned": _("received"),
        "receive_ward": _("received on a ward"),
        "issue_title": _("signed for by a ward"),
        "use_consigned": _("used"),
        "return_supplier_store": _("returned to you"),
        "return_supplier_ward": _("returned to you"),
        "loss_consigned_store": _("lost or spoilt"),
        "loss_consigned_ward": _("lost or spoilt"),
    }
    undone = event.removeprefix("reverse_")  # what the journal keeps of a name is as long as it has room for
    said = next((words for name, words in names.items() if f"reverse_{name}"[:24] == event or name == undone), undone)
    return said if undone == event else _("undone: %(what)s") % {"what": said}


def _way(page: str) -> list[tuple[str, str | None]]:
    words = {"stock": _("On consignment"), "uses": _("Used of your goods"), "owed": _("What you are owed")}
    return crumbs(words[page])
