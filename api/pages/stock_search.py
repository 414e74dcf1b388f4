"""This file is finding stock: one box for whatever is known, and who holds the last ones of a product."""

from __future__ import annotations

from flask import render_template, request
from sqlalchemy.orm import Session

from api import access, reading, viewing
from api.here import person, read
from api.pages import bp
from api.pages.places import kind_name
from api.pages.stock_columns import STATE_COLOURS, state_names
from api.pages.stock_tabs import tabs
from scanners import Scan, Unreadable
from spd.catalog import get_product
from spd.stock import expiry, finding, holders


@bp.get("/stock/search")
def stock_search() -> str:
    """Things, lots and products that the words, or the code they are, may mean."""
    words = request.args.get("words", "").strip()[:200].replace("\x00", "")
    found = None
    if words:
        mine = access.departments()
        scan = _heard(words)
        found = read(lambda session: finding.find(session, words, scan, on=viewing.today(), departments=mine))
    return render_template(
        "stock_search.html",
        words=words,
        found=found,
        tabs=tabs(""),
        states=state_names(),
        colours=STATE_COLOURS,
        may_hold=access.may_open("pages.stock_holders", person()),
        may_trace=access.may_open("pages.trace", person()),
    )


def _heard(words: str) -> Scan | None:
    try:
        return reading.heard(words)
    except Unreadable:
        return None


@bp.get("/stock/holders")
def stock_holders() -> str:
    """The places with usable pieces of a product, nearest expiry first; without prices, for the whole house."""
    code = request.args.get("product", "").strip()[:80].replace("\x00", "")
    today = viewing.today()

    def ask(session: Session) -> str:
        product = get_product(session, code)
        levels = expiry.levels(session)
        return render_template(
            "stock_holders.html",
            product=product,
            holders=holders.who_holds(session, product, on=today),
            tabs=tabs(""),
            kind_name=kind_name,
            near=lambda day: expiry.nearness(day, on=today, levels=levels),
        )

    return read(ask)
