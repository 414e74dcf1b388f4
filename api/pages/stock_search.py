"""This file is finding stock: one box for whatever is known, and who holds the last ones of a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import reading, viewing
from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Choice, Column, Listing, Words, exported, table
from api.pages.places import kind_name
from api.pages.scanned import named
from api.pages.stock_columns import NEARNESS_COLOURS, nearness_names
from api.pages.stock_finds import finds
from api.pages.stock_tabs import tabs
from scanners import Scan, Unreadable
from spd.catalog import Product, get_product
from spd.places import INSIDE
from spd.stock import expiry, holders


@bp.get("/stock/search")
def stock_search() -> str | Response:
    """Things, lots and products that the words, or the code they are, may mean; one kind at a time as a list."""
    words = request.args.get("words", "").strip()[:200].replace("\x00", "")
    if not words:
        return render_template("stock_search.html", words="", list=None, tabs=tabs(""))
    scan = _heard(words)
    listing, kinds = read(lambda session: finds(session, words, scan))
    if answer := exported(listing, title=_("Find stock")):
        return answer
    return read(
        lambda session: render_template(
            "stock_search.html",
            words=words,
            list=table(session, listing),
            kinds=kinds,
            tabs=tabs(""),
        )
    )


def _heard(words: str) -> Scan | None:
    try:
        return reading.heard(words)
    except Unreadable:
        return None


@bp.get("/stock/holders")
def stock_holders() -> str | Response:
    """The places with usable pieces of a product, nearest expiry first; without prices, for the whole house."""
    code = request.args.get("product", "").strip()[:80].replace("\x00", "")
    listing = read(lambda session: _holders(session, get_product(session, code)))
    if answer := exported(listing, title=_("Who has it")):
        return answer
    return read(
        lambda session: render_template(
            "stock_holders.html",
            product=get_product(session, code),
            list=table(session, listing),
            tabs=tabs(""),
        )
    )


@dataclass(frozen=True, kw_only=True)
class Held:
    """A place with usable pieces, as it is read here."""

    place: str
    code: str
    kind: str
    quantity: int
    packs: int
    opened: int
    expires_first_on: date | None
    nearness: str


def _holders(session: Session, product: Product) -> Listing:
    today, levels = viewing.today(), expiry.levels(session)
    rows = [
        Held(
            place=named(one.name, one.name_en),
            code=one.location,
            kind=one.kind,
            quantity=one.quantity,
            packs=one.packs,
            opened=one.opened,
            expires_first_on=one.expires_first_on,
            nearness=expiry.nearness(one.expires_first_on, on=today, levels=levels),
        )
        for one in holders.who_holds(session, product, on=today, at=viewing.moment())
    ]
    usable = {value: word for value, word in nearness_names().items() if value != expiry.Nearness.EXPIRED}
    return Listing(
        name="holders",
        base=rows,
        columns=(
            Column("place", _("Place")),
            Column("code", _("Place code"), kind="code"),
            Column("kind", _("Kind"), show=kind_name),
            Column("quantity", _("Usable"), kind="quantity", unit=lambda _row: product.base_unit, total=True),
            Column("packs", _("Packs"), kind="quantity", total=True),
            Column("opened", _("In open packs"), kind="quantity", total=True),
            Column("expires_first_on", _("Expires first"), kind="day"),
            Column("nearness", _("Expiry"), kind="pill", show=usable, colour=NEARNESS_COLOURS.get),
        ),
        filters=(
            Words("q", _("Place"), text=lambda row: f"{row.place} {row.code}"),
            Choice("kind", _("Kind"), [(kind, kind_name(kind)) for kind in INSIDE], of=lambda row: row.kind),
            Choice("nearness", _("Expiry"), list(usable.items()), of=lambda row: row.nearness),
        ),
        order="expires_first_on",
    )
