"""This file is fixed quantities as they are shown: the days lived again beside each, why, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import office
from api.pages.listing import Choice, Column, Listing, Words, exported, table
from api.pages.scanned import named
from spd import sizing
from spd.catalog import Product
from spd.core import clock
from spd.places import Location
from spd.sizing import Lived
from spd.staff import Staff
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import Level


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A level beside what holds, with the days lived again with both; flat, as a list sorts and exports it."""

    number: int = 0
    location: str
    location_name: str
    product: str
    name: str
    specification: str
    base_unit: str
    pack_quantity: int
    now_lower: int | None
    now_upper: int | None
    lower: int
    upper: int
    fill_before: float | None
    fill: float
    missed_before: int | None
    missed: int
    average_before: float | None
    average: float
    refills_before: int | None
    refills: int
    reason: str
    changes: bool = True
    asked_by: str = ""
    asked_at: datetime | None = None
    mine: bool = False
    note: str = ""


def lived(before: Lived | None, after: Lived) -> dict[str, Any]:
    """Both runs of the days, as figures: the share served in percent, packs missed and lying there, refills."""
    return {
        "fill": _percent(after), "fill_before": _percent(before) if before else None,
        "missed": after.missed, "missed_before": before.missed if before else None,
        "average": round(float(after.average), 1),
        "average_before": round(float(before.average), 1) if before else None,
        "refills": after.refills, "refills_before": before.refills if before else None,
    }  # fmt: skip


def _percent(one: Lived) -> float:
    return round(float(one.fill) * 100, 1)


def columns(*more: Column) -> tuple[Column, ...]:
    """The columns of a list of levels and the days lived again with them."""
    return (
        Column("location_name", _("Location")),
        Column("product", _("Code"), kind="code"),
        Column("name", _("Product")),
        Column("specification", _("Specification")),
        Column("pack_quantity", _("In a pack"), kind="quantity"),
        Column("now_lower", _("Lower now"), kind="quantity"),
        Column("now_upper", _("Upper now"), kind="quantity"),
        Column("lower", _("Lower"), kind="quantity"),
        Column("upper", _("Upper"), kind="quantity"),
        Column("fill_before", _("Served now, %"), kind="quantity"),
        Column("fill", _("Served, %"), kind="quantity"),
        Column("missed_before", _("Packs missed now"), kind="quantity", total=True),
        Column("missed", _("Packs missed"), kind="quantity", total=True),
        Column("average_before", _("On the shelf now"), kind="quantity"),
        Column("average", _("On the shelf"), kind="quantity"),
        Column("refills_before", _("Refills now"), kind="quantity", total=True),
        Column("refills", _("Refills"), kind="quantity", total=True),
        Column("reason", _("Reason"), show=why),
        *more,
    )


def days() -> int:
    """How many days this request wants lived again."""
    asked = request.values.get("days", "")
    said = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else sizing.USUAL_DAYS
    return min(max(said, sizing.LEAST_DAYS), sizing.MOST_DAYS)


def days_filter() -> Words:
    """The filter by which the number of days is chosen."""
    return Words("days", _("Days lived again"), type="number", default=str(days()))


def today() -> date:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def has_words(one: Shown, words: str) -> bool:
    """Whether all the words are in what a level is of."""
    text = f"{one.product} {one.name} {one.specification}".lower()
    return all(word in text for word in words.lower().split())


def pending() -> str | Response:
    """What waits for a decision: a list that filters, sorts, pages and goes out as a file."""
    rows, form = read(_waiting), office.blank()
    waiting = _pending_listing(rows, rows)
    chosen = waiting.chosen
    shown = [
        one for one in rows if chosen.get("location") in (None, one.location) and has_words(one, chosen.get("q", ""))
    ]
    listing = _pending_listing(rows, shown)
    if answer := exported(listing, title=_("Fixed quantities to be decided")):
        return answer
    may = bool(person().roles & access.TABLE["pages.fixed_decide"].roles)
    return read(
        lambda session: render_template(
            "fixed_pending.html", list=table(session, listing), may_decide=may, why=why, key=keyed(form), form=form,
            days=days(),
        )
    )  # fmt: skip


def _pending_listing(every: Sequence[Shown], rows: Sequence[Shown]) -> Listing:
    where = sorted({(one.location, one.location_name) for one in every})
    return Listing(
        name="fixed-quantities-to-decide",
        base=rows,
        columns=columns(Column("asked_by", _("By")), Column("asked_at", _("When"), kind="instant")),
        filters=(Choice("location", _("Location"), where), Words("q", _("Search")), days_filter()),
        order="location_name",
    )


def _waiting(session: Session) -> list[Shown]:
    mine = access.departments()
    rows = fixed_quantities.proposed(session)
    places = _by_id(session, Location, {row.location_id for row in rows})
    rows = [row for row in rows if mine is None or places[row.location_id].department_id in mine]
    products = _by_id(session, Product, {row.product_id for row in rows})
    people = _by_id(session, Staff, {row.set_by_id for row in rows})
    levels = [
        Level(
            location_id=row.location_id, product_id=row.product_id, pack_quantity=row.pack_quantity, lower=row.lower,
            upper=row.upper,
        )
        for row in rows
    ]  # fmt: skip
    tried = sizing.try_levels(session, levels, on=today(), days=days())
    return [
        shown(
            one, places[row.location_id], products[row.product_id], number=row.id, reason=row.reason,
            asked_by=people[row.set_by_id].name, asked_at=row.valid_from_at, mine=row.set_by_id == person().id,
        )
        for row, one in zip(rows, tried, strict=True)
    ]  # fmt: skip


def shown(tried: sizing.Tried, place: Location, product: Product, **more: Any) -> Shown:
    """A level that was tried, as it is shown."""
    now = tried.now
    return Shown(
        location=place.code, location_name=named(place.name, place.name_en), product=product.code,
        name=named(product.name, product.name_en), specification=product.specification, base_unit=product.base_unit,
        pack_quantity=tried.level.pack_quantity, now_lower=now.lower if now else None,
        now_upper=now.upper if now else None, lower=tried.level.lower, upper=tried.level.upper,
        **lived(tried.before, tried.after), **more,
    )  # fmt: skip


def _by_id(session: Session, model: Any, numbers: set[int]) -> Mapping[int, Any]:
    return {one.id: one for one in session.scalars(select(model).where(model.id.in_(numbers)))}


def keyed(form: office.Form) -> Callable[[int, str], str]:
    """The key of the act on one row of a form."""
    return lambda number, act: str(uuid5(UUID(form.key), f"{number}{act}"))


def why(reason: str) -> str:
    """A reason in words: what it was reckoned from; one written by hand as it is."""
    head, *figures = reason.split(" ")
    if head not in ("normal", "poisson") or not figures:
        return reason
    said = dict(part.split("=", 1) for part in figures[1:] if "=" in part)
    model = _("used daily") if head == "normal" else _("used now and then")
    return _("%(model)s: %(adu)s ± %(sd)s a day over %(days)s days; %(cell)s is kept at %(sl)s %%") % {
        "model": model, "adu": said.get("adu", ""), "sd": said.get("sd", ""), "days": said.get("days", ""),
        "cell": figures[0], "sl": f"{float(said.get('sl', 0)) * 100:.1f}",
    }  # fmt: skip
