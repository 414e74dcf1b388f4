"""This file is the worklists of stock: what is near its day and what to do with it; what lies too long."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy import Select, case, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, viewing
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, places
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import NEARNESS_COLOURS, Names, measures, nearness_names, product_columns
from api.pages.stock_tabs import tabs
from api.v1.items import own_location
from spd.places import Location
from spd.stock import expiry, slow
from spd.stock.expiry import Advice, Nearness
from spd.stock.views import By

NEAR = (Nearness.EXPIRED, Nearness.RED, Nearness.ORANGE, Nearness.YELLOW)


@bp.get("/stock/expiry")
def stock_expiry() -> str | Response:
    """What has expired or soon will, by place, the nearest first; each with what to do."""
    rows, seen = read(_near)
    today, levels = viewing.today(), {name: nearness_names()[name] for name in NEAR}
    left, what = expiry.days_left(rows.c.expires_on, on=today), expiry.advised(rows, on=today)
    columns = (
        Column("nearness", _("Expiry"), rows.c.nearness, kind="pill", show=levels, colour=NEARNESS_COLOURS.get),
        Column("expires_on", _("Expires"), rows.c.expires_on, kind="day"),
        Column("left", _("Days left"), left, kind="quantity", sortable=False),
        Column("place", _("Place"), named_column(Names(rows.c.location_name, rows.c.location_name_en)), href=_things),
        *product_columns(rows),
        Column("lot", _("Lot"), rows.c.lot, kind="code", href=_things),
        Column("quantity", _("Quantity"), rows.c.quantity, kind="quantity", unit=lambda row: row.base_unit),
        Column("days", _("Days of supply"), rows.c.days, kind="quantity"),
        Column("value", _("Value"), rows.c.value, kind="money", total=True),
        Column("advice", _("What to do"), what, show=advice_names(), href=_act, sortable=False),
    )
    listing = Listing(
        name="expiry",
        base=_rest(rows, columns).where(rows.c.nearness.in_(NEAR)),
        columns=columns,
        filters=(
            Choice("location", _("Location"), [(place.code, places.named_place(place)) for place in seen]),
            Choice("nearness", _("Expiry"), list(levels.items()), lambda value: rows.c.nearness == value),
        ),
        order="expires_on",
        tie=viewing.tie_of(rows),
    )
    hint = _("Nothing in sight expires within the days of the hospital's policy.")
    return listed(
        listing, title=_("Expiry"), template="stock_worklist.html", tabs=tabs("expiry"), empty=_("Nothing near expiry"),
        hint=hint,
    )  # fmt: skip


def _near(session: Session) -> tuple[Any, list[Location]]:
    return viewing.view(session, _place(session), access.departments()).table(By.PLACE_LOT), places.may_see(session)


def _place(session: Session) -> dict[str, Any]:
    said = request.args.get("location", "").strip()[:80]
    return {"location": own_location(session, said).code} if said and "\x00" not in said else {}


def advice_names() -> dict[str, str]:
    """What to do with what is near its day."""
    return {
        Advice.WRITE_OFF: _("write off, or return"),
        Advice.RETURN: _("return to the supplier"),
        Advice.MOVE: _("move to where it is used faster"),
        Advice.USE_FIRST: _("use first"),
    }


def _act(row: Any) -> str | None:
    """Where what is advised is done, for who may do it."""
    said = {"location": row.location, "product": row.product, "lot": row.lot}
    pages = {
        Advice.WRITE_OFF: ("pages.stock_write_off_new", said | {"reason": "expired"}),
        Advice.RETURN: ("pages.stock_return_new", said),
        Advice.MOVE: ("pages.stock_holders", {"product": row.product}),
    }
    endpoint, values = pages.get(row.advice, ("", {}))
    return url_for(endpoint, **values) if endpoint and access.may_open(endpoint, person()) else None


def _things(row: Any) -> str:
    return url_for("pages.stock", location=row.location, product=row.product, lot=row.lot, by=By.ITEM)


def _rest(rows: Any, columns: tuple[Column, ...]) -> Select[Any]:
    keys = {column.key for column in columns}
    return select(*(column for column in rows.c if column.key not in keys))


@bp.get("/stock/slow")
def stock_slow() -> str | Response:
    """What lies too long, by place and product: nothing of it used for so many days, or enough for too many."""
    said = {name: request.args.get(name, type=int) for name in ("idle_days", "cover_days")}
    asked = {name: min(value, 3650) for name, value in said.items() if value and value > 0}

    def ask(session: Session) -> tuple[Any, viewing.Limits, list[Location]]:
        limits = viewing.slow_limits(session, asked)
        view = viewing.view(session, _place(session) | {"use_days": limits.idle_days}, access.departments())
        return view.table(By.PLACE_PRODUCT), limits, places.may_see(session)

    rows, limits, seen = read(ask)
    at = viewing.moment()
    dead = slow.is_dead(rows, at=at, idle_days=limits.idle_days)
    sort = {"dead": _("dead: not used"), "slow": _("slow: lasts too long")}
    columns = (
        Column("why", _("Why"), case((dead, "dead"), else_="slow"), kind="pill", show=sort,
               colour={"dead": "stop", "slow": "caution"}.get),
        Column("place", _("Place"), named_column(Names(rows.c.location_name, rows.c.location_name_en)), href=_shelf),
        *product_columns(rows, href=_shelf),
        *(one for one in measures(By.PLACE_PRODUCT, rows) if one.key in ("quantity", "days", "value", "consigned")),
        Column("used", _("Used in these days"), rows.c.used, kind="quantity"),
        Column("since", _("There since"), rows.c.since, kind="instant"),
    )  # fmt: skip
    listing = Listing(
        name="slow",
        base=_rest(rows, columns).where(
            slow.lies_too_long(rows, at=at, idle_days=limits.idle_days, cover_days=limits.cover_days)
        ),
        columns=columns,
        filters=(
            Choice("location", _("Location"), [(place.code, places.named_place(place)) for place in seen]),
            Choice("why", _("Why"), list(sort.items()), lambda value: dead if value == "dead" else ~dead),
            Words("idle_days", _("Days without use"), type="number", default=str(limits.idle_days)),
            Words("cover_days", _("Lasts longer than days"), type="number", default=str(limits.cover_days)),
        ),
        order="-value",
        tie=viewing.tie_of(rows),
    )
    sub = _("Dead: nothing used in %(idle)s days. Slow: enough for more than %(cover)s days.") % {
        "idle": limits.idle_days, "cover": limits.cover_days,
    }  # fmt: skip
    return listed(
        listing, title=_("Slow and dead stock"), template="stock_worklist.html", tabs=tabs("slow"), sub=sub,
        empty=_("Nothing lies too long"),
    )  # fmt: skip


def _shelf(row: Any) -> str:
    return url_for("pages.stock", location=row.location, product=row.product, by=By.ITEM)
