"""This file is the result sheet of a count: how far book and stock agreed; on paper with signatures, and as a file."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.counted import own_count
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, count_words
from api.pages.frame import places_named
from api.pages.listing import Choice, Column, Listing, Words, anywhere, exported, table
from api.pages.report import class_names
from api.pages.scanned import named_column
from spd import counting
from spd.catalog import Lot, Product
from spd.core.columns import worth
from spd.counting import Count, CountResult, CountState
from spd.ledger import Item
from spd.places import Location
from spd.staff import Staff


@bp.get("/count/<code>/sheet")
def count_sheet(code: str) -> str | Response:
    """The result of a count once it is approved, thing by thing."""
    count = read(lambda session: own_count(session, code))
    if count.state not in (CountState.APPROVED, CountState.CLOSED):
        return redirect(url_for("pages.count_scan", code=code))
    several = read(lambda session: len(counting.places_of(session, count))) > 1
    listing = _results(count, several=several)
    if answer := exported(listing, title=f"{_('Result of count')} {places_named(count.title)}"):
        return answer
    return read(lambda session: _drawn(session, count, listing))


def _drawn(session: Session, count: Count, listing: Listing) -> str:
    who = [count.planned_by_id, count.approved_by_id]
    names = dict(session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(who))).all())
    return render_template(
        "count_sheet.html",
        count=count,
        sheet=counting.sheet(session, count),
        list=table(session, listing),
        title=_("Result of count"),
        names=names,
        classes=class_names(),
        rounds=count_words.rounds(),
        states=count_words.states(),
        kinds=count_words.kinds(),
        colours=count_words.STATE_COLOURS,
        may_review=may_open("pages.count_review", person()),
    )


def _results(count: Count, *, several: bool) -> Listing:
    findings, reasons = count_words.findings(), count_words.reasons()
    name = named_column(Product)
    place = named_column(Location)
    base: Any = (
        select(CountResult.id, Product.base_unit)
        .outerjoin(Product, Product.id == CountResult.product_id)
        .outerjoin(Item, Item.id == CountResult.item_id)
        .outerjoin(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == CountResult.location_id)
        .outerjoin(Staff, Staff.id == CountResult.counted_by_id)
        .where(CountResult.count_id == count.id)
    )
    return Listing(
        name=f"count-{count.code}",
        base=base,
        columns=(
            Column("product", _("Code"), Product.code, kind="code"),
            Column("name", _("Product"), name),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("subject", _("Item"), CountResult.subject, kind="code"),
            *([Column("place", _("Place"), place)] if several else []),
            Column(
                "finding", _("Found"), CountResult.finding, kind="pill", show=findings,
                colour=count_words.FINDING_COLOURS.get,
            ),
            Column("book", _("Book"), CountResult.book, kind="quantity"),
            Column("counted", _("Counted"), CountResult.counted, kind="quantity", unit=lambda row: row.base_unit),
            Column("difference", _("Difference"), CountResult.difference, kind="quantity"),
            Column(
                "value", _("Value"), worth(CountResult.difference, CountResult.unit_price), kind="money", total=True
            ),
            Column("adjusted", _("Booked"), CountResult.adjusted, kind="quantity"),
            Column("reason", _("Reason"), CountResult.reason, show=reasons),
            Column("note", _("Remark"), CountResult.note),
            Column("who", _("Counted by"), Staff.name),
        ),
        filters=(
            Words("q", _("Search"), anywhere(
                Product.name, Product.name_en, Product.code, Lot.code, CountResult.subject, CountResult.note,
            )),
            Choice("finding", _("Found"), list(findings.items()), lambda value: CountResult.finding == value),
            Choice(
                "off", _("Difference"), [("yes", _("only what differs"))], lambda _value: CountResult.difference != 0
            ),
        ),
        order="product",
        tie=CountResult.id,
    )  # fmt: skip
