"""This file is the page of stock: grouped by what the reader chooses, every figure opening down to the things."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import Subquery, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, viewing
from api.here import read, settings
from api.i18n import gettext as _
from api.pages import binding, bp, places, stock_columns
from api.pages.listing import Choice, Listing, Words, exported, table
from api.pages.report import class_names
from api.pages.scanned import again
from api.pages.stock_tabs import tabs
from api.v1.items import own_location
from scanners import Unreadable
from spd import accounting
from spd.places import Location
from spd.stock import identify
from spd.stock.finding import matching
from spd.stock.views import By

LOCAL = "%Y-%m-%dT%H:%M"


@bp.get("/stock")
def stock() -> str | Response:
    """What there is, grouped by `by`. A scanned shelf label (`?scan=`) is the place."""
    raw = request.args.get("scan", "").strip()
    return _led(raw) if raw else _page(None)


@bp.get("/stock/as-of")
def stock_as_of() -> str | Response:
    """The same as it was at an instant (`at`, by the hospital's clock); last midnight, unless said otherwise."""
    return _page(_instant(request.args.get("at", "")))


def _page(at: datetime | None) -> str | Response:
    by = _by()
    rows, seen, asked = read(lambda session: _rows(session, by, at))
    listing = _listing(by, rows, seen, at)
    title = _("Stock") if at is None else _("Stock as it was")
    if answer := exported(listing, title=title):
        return answer

    def ask(session: Session) -> str:
        return render_template(
            "stock.html",
            list=table(session, listing),
            title=title,
            tabs=tabs("stock" if at is None else "as_of"),
            sums=_sums(session, rows, by),
            tie=_tie(session, at, asked),
            at=at or viewing.moment(),
            place=next((place for place in seen if place.code == asked.get("location")), None),
            kind_name=places.kind_name,
            empty=_("Nothing is here"),
            hint=_("What is received or delivered here appears on this page."),
        )

    return read(ask)


def _by() -> By:
    """What to group by: said, else things of a product at a place, products of a place, places."""
    said = request.args.get("by", "")
    if said in list(By):
        return By(said)
    if request.args.get("product"):
        return By.ITEM if request.args.get("location") or request.args.get("lot") else By.PLACE_PRODUCT
    return By.PRODUCT if request.args.get("location") else By.PLACE


def _rows(session: Session, by: By, at: datetime | None) -> tuple[Subquery, list[Location], dict[str, Any]]:
    asked: dict[str, Any] = {name: request.args.get(name, "").strip()[:80] for name in viewing.CHOICES}
    asked = {name: value for name, value in asked.items() if value and "\x00" not in value}
    if asked.get("nearness") not in stock_columns.nearness_names():
        asked.pop("nearness", None)
    if asked.get("location"):
        asked["location"] = own_location(session, asked["location"]).code
    if at is not None:
        asked["at"] = at
    words = request.args.get("q", "").strip()[:80].replace("\x00", "")
    more = [matching(words)] if words else []
    asked["words"] = words
    rows = viewing.view(session, asked, access.departments(), *more).table(by)
    return rows, places.may_see(session), asked


def _listing(by: By, rows: Subquery, seen: list[Location], at: datetime | None) -> Listing:
    columns = stock_columns.columns(by, rows)
    keys = {column.key for column in columns}
    filters: list[Words | Choice] = [
        Choice("by", _("Grouped by"), list(stock_columns.by_names().items()), default=by),
        Choice("location", _("Location"), [(place.code, places.named_place(place)) for place in seen]),
        Words("q", _("Product")),
        Choice("product_class", _("Class"), list(class_names().items())),
        Choice("owner", _("Owner"), list(stock_columns.owner_names().items())),
        Choice("state", _("State"), list(stock_columns.state_names().items())),
        Choice("nearness", _("Expiry"), list(stock_columns.nearness_names().items())),
    ]
    drilled = (("product", _("Product code")), ("lot", _("Lot")), ("supplier", _("Supplier code")))
    filters += [Words(name, label) for name, label in drilled if request.args.get(name)]
    if at is not None:
        filters.insert(
            0, Words("at", _("As of"), type="datetime-local", default=at.astimezone(settings().zone).strftime(LOCAL))
        )
    return Listing(
        name="stock",
        base=select(*(column for column in rows.c if column.key not in keys)),
        columns=columns,
        filters=filters,
        order="-value" if by in (By.PLACE, By.OWNER, By.SUPPLIER, By.CLASS, By.STATE) else "",
        tie=viewing.tie_of(rows),
    )


def _sums(session: Session, rows: Subquery, by: By) -> dict[str, Decimal]:
    if by is By.ITEM:
        return {}
    query = select(func.sum(rows.c.value), func.sum(rows.c.owned), func.sum(rows.c.consigned), func.sum(rows.c.loaner))
    value, owned, consigned, loaner = (one or Decimal(0) for one in session.execute(query).one())
    return {"value": value, "owned": owned, "consigned": consigned, "loaner": loaner}


def _tie(session: Session, at: datetime | None, asked: dict[str, Any]) -> dict[str, Decimal] | None:
    """What is ours by place, by product, and by the accounts; for who sees the whole hospital, and all of it."""
    if access.departments() is not None or any(value for name, value in asked.items() if name != "at"):
        return None
    view = viewing.view(session, asked, None)
    sums = {}
    for by in (By.PLACE, By.PRODUCT):
        rows = view.table(by)
        sums[by.value] = session.scalar(select(func.sum(rows.c.owned))) or Decimal(0)
    return sums | {"booked": accounting.booked(session, at=at)}


def _led(raw: str) -> Response:
    """Where a scan leads: a product to its stock, a code nobody knows to be bound by who may, all else to its place."""
    try:
        scan = again(raw)
    except Unreadable:
        return redirect(url_for("pages.stock", location=raw, by=By.PRODUCT))
    product = read(lambda session: identify(session, [scan], departments=access.departments()).product)
    if product is not None:
        return redirect(url_for("pages.stock", product=product.code))
    link = binding.offered({}, scan, url_for("pages.stock")).get("link")
    return redirect(link["href"] if link else url_for("pages.stock", location=scan.code or raw, by=By.PRODUCT))


def _instant(said: str) -> datetime:
    """An instant by the hospital's clock, as a browser or a person writes it; last midnight where it says nothing."""
    zone = settings().zone
    for form in (LOCAL, "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            then = datetime.strptime(said, form)  # noqa: DTZ007  the zone is the next line's
            break
        except ValueError:
            continue
    else:
        then = datetime.combine(viewing.today(), time())
    if then.year < 1970:
        then = datetime(1970, 1, 1)  # noqa: DTZ001  as above
    return min(then.replace(tzinfo=zone).astimezone(UTC), viewing.moment() + timedelta(days=1))
