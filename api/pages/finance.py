"""This file is the pages of cost: the hospital's month down to the movement, every figure a link."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from api.here import read
from api.i18n import gettext as _
from api.pages import bp, charts
from api.pages.report import as_of, chosen, class_names, frame, linked
from api.pages.scanned import named
from spd import costing
from spd.catalog import Product, get_product
from spd.places import Department, get_department

RANKED = 15
USES_SHOWN = 200


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
