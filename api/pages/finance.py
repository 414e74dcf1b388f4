"""This file is the pages of cost: the hospital's month down to the movement, every figure a link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import access
from api.fields import MONTH
from api.here import person, read, settings
from api.i18n import gettext as _
from api.pages import bp, charts
from api.pages.scanned import named
from spd import costing, ledger
from spd.catalog import Product, ProductClass, get_product
from spd.core import clock
from spd.ledger import Movement
from spd.places import Department, get_department

RANKED = 15
USES_SHOWN = 200


@dataclass(frozen=True)
class AsOf:
    """When the figures were read, and the last movement they include."""

    at: datetime
    sequence: int


def chosen_month() -> str:
    """The month asked for; else the last closed one, else the one before this."""
    asked = request.args.get("month", "")
    if MONTH.fullmatch(asked):
        return asked
    return read(ledger.closed_through) or shifted(f"{clock.day_of(clock.now(), settings().zone):%Y-%m}", -1)


def shifted(month: str, by: int) -> str:
    """The month so many before or after."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def chosen() -> costing.Filter:
    """What was asked, within what this reader may see."""
    classes = {one.value for one in ProductClass}
    product_class = request.args.get("product_class", "")
    chargeable = {"1": True, "0": False}.get(request.args.get("chargeable", ""))
    return costing.Filter(
        period=chosen_month(),
        departments=access.departments(),
        department=request.args.get("department") or None,
        product_class=product_class if product_class in classes else None,
        chargeable=chargeable,
        product=request.args.get("product") or None,
    )


def linked(said: costing.Filter, **more: Any) -> str:
    """The address of the same report with something more, or something else, chosen; None takes a choice away."""
    flag = None if said.chargeable is None else "1" if said.chargeable else "0"
    asked: dict[str, Any] = {
        "month": said.period,
        "department": said.department,
        "product_class": said.product_class,
        "chargeable": flag,
        "product": said.product,
        "by": request.args.get("by"),
    }
    return url_for("pages.finance", **{name: value for name, value in (asked | more).items() if value is not None})


def as_of(session: Session) -> AsOf:
    """This moment, and the last movement there is."""
    return AsOf(clock.now(), session.scalar(select(func.max(Movement.id))) or 0)


def tabs(here: str, month: str) -> list[dict[str, Any]]:
    """The three ways to look at cost, as far as this person may."""
    ways = [("finance", _("Departments")), ("finance_encounters", _("Encounters")), ("finance_drgs", _("DRGs"))]
    return [
        {"text": text, "href": url_for(f"pages.{name}", month=month), "current": name == here}
        for name, text in ways
        if access.TABLE[f"pages.{name}"].roles & person().roles
    ]


def class_names() -> dict[str, str]:
    """What the classes of products are called."""
    return {"high_value": _("high-value"), "low_value": _("low-value"), "reagent": _("reagent")}


def frame(here: str, said: costing.Filter) -> dict[str, Any]:
    """What every report of cost has about it."""
    return {
        "said": said,
        "month": said.period,
        "tabs": tabs(here, said.period),
        "linked": lambda **more: linked(said, **more),
        "classes": class_names(),
        "months": [shifted(said.period, by) for by in (-2, -1, 0, 1)],
        "endpoint": f"pages.{here}",
    }


@bp.get("/finance")
def finance() -> str:
    """A month's cost: by department, by product, or the movements behind it, by what is chosen."""
    said = chosen()
    if said.product:
        return read(lambda session: _movements(session, said))
    if said.department or request.args.get("by") == "product":
        return read(lambda session: _products(session, said))
    return read(lambda session: _departments(session, said))


def _departments(session: Session, said: costing.Filter) -> str:
    rows = costing.by_department(session, said)
    largest = sorted(rows, key=lambda row: -row.total)[:RANKED]
    bars = [
        charts.Bar(named(row.name, row.name_en), row.total, linked(said, department=row.department)) for row in largest
    ]
    whole = costing.partition(session, said.period).total if said.departments is None else None
    filtered = said.product_class is not None or said.chargeable is not None
    return render_template(
        "finance_departments.html",
        rows=rows,
        largest=max((row.total for row in rows), default=Decimal(0)),
        sums={name: sum((getattr(row, name) for row in rows), Decimal(0)) for name in _PARTS},
        posted=None if filtered else whole,
        ranking=charts.ranking(bars, label=_("Departments by cost"), unit=_("¥ thousand")) if bars else "",
        trend=_trend(session, said),
        as_of=as_of(session),
        crumbs=[(_("Hospital"), None)],
        **frame("finance", said),
    )


_PARTS = ("high_value", "low_value", "reagent", "chargeable", "not_chargeable", "total")


def _trend(session: Session, said: costing.Filter) -> dict[str, Any]:
    months = costing.by_month(session, said)
    bars = [
        charts.Bar(one.period, one.amount, linked(said, month=one.period), now=one.period == said.period)
        for one in months
    ]
    return {
        "months": months,
        "picture": charts.columns(bars, label=_("Cost of the last 12 months"), unit=_("¥ thousand")),
    }


def _products(session: Session, said: costing.Filter) -> str:
    department = get_department(session, said.department) if said.department else None
    rows = costing.by_product(session, said)
    whole = replace(said, product_class=None, chargeable=None)
    parent = costing.by_department(session, said)
    return render_template(
        "finance_products.html",
        rows=rows,
        largest=max((row.amount for row in rows), default=Decimal(0)),
        total=sum((row.amount for row in rows), Decimal(0)),
        above=sum((row.total for row in parent), Decimal(0)),
        cells=_cells(session, whole, department),
        trend=_trend(session, said),
        department=department,
        as_of=as_of(session),
        crumbs=_crumbs(said, department, None),
        **frame("finance", said),
    )


def _cells(session: Session, said: costing.Filter, department: Department | None) -> dict[tuple[str, bool], Decimal]:
    """Class × chargeable of what is chosen, whatever of it is looked at now."""
    cells: dict[tuple[str, bool], Decimal] = {}
    for cell in costing.roll_up(session, said.period):
        seen = said.departments is None or cell.department_id in said.departments
        if seen and (department is None or cell.department_id == department.id):
            key = (cell.product_class, cell.chargeable)
            cells[key] = cells.get(key, Decimal(0)) + cell.amount
    return cells


def _crumbs(
    said: costing.Filter, department: Department | None, product: Product | None
) -> list[tuple[str, str | None]]:
    """The way down to here; the last is here."""
    nothing: dict[str, None] = dict.fromkeys(("department", "product_class", "chargeable", "product", "by"))
    crumbs: list[tuple[str, str | None]] = [(_("Hospital"), linked(said, **nothing))]
    if department is not None:
        name = named(department.name, department.name_en)
        crumbs.append((name, linked(said, product=None, product_class=None, chargeable=None)))
    parts = [class_names()[said.product_class]] if said.product_class else []
    if said.chargeable is not None:
        parts.append(_("chargeable") if said.chargeable else _("not chargeable"))
    if parts:
        crumbs.append((", ".join(parts), linked(said, product=None)))
    if product is not None:
        crumbs.append((named(product.name, product.name_en), None))
    return [*crumbs[:-1], (crumbs[-1][0], None)]


def _movements(session: Session, said: costing.Filter) -> str:
    product = get_product(session, said.product or "")
    department = get_department(session, said.department) if said.department else None
    after = request.args.get("after", 0, type=int)
    rows = costing.uses(session, said, after=after, limit=USES_SHOWN + 1)
    above = sum((row.amount for row in costing.by_product(session, said)), Decimal(0))
    more = len(rows) > USES_SHOWN
    rows = rows[:USES_SHOWN]
    return render_template(
        "finance_movements.html",
        rows=rows,
        total=sum((row.amount for row in rows), Decimal(0)),
        above=None if more or after else above,
        more=linked(said, after=rows[-1].posting_id) if more else None,
        product=product,
        department=department,
        trend=_trend(session, said),
        as_of=as_of(session),
        crumbs=_crumbs(said, department, product),
        **frame("finance", said),
    )
