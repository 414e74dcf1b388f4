"""This file is the charts of cost: months with their budget, departments by size, the dearest products, weeks by ward.

Each is drawn from the very figures of the table beneath it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api import budget
from api.i18n import gettext as _
from api.pages import charts
from api.pages.report import linked
from api.pages.scanned import named
from spd import costing
from spd.places import told_of_departments

RANKED = 15
PARETO = 20
WARDS = 20
WEEKS = 14


def trend(session: Session, said: costing.Filter) -> dict[str, Any]:
    """Twelve months up to the one chosen, with the budget of each where there is one."""
    months = costing.by_month(session, said)
    allowed = _budgets(session, said, [one.period for one in months])
    bars = [
        charts.Bar(one.period, one.amount, _of_month(said, one.period), now=one.period in said.periods)
        for one in months
    ]
    picture = charts.columns(
        bars, label=_("Cost of the last 12 months"), unit=_("¥ thousand"), budget=allowed, budget_label=_("Budget")
    )
    return {"months": months, "budget": allowed, "picture": picture}


def _of_month(said: costing.Filter, period: str) -> str:
    alone: dict[str, Any] = {"month": period, "from": None}
    return linked(said, **alone)


def _budgets(session: Session, said: costing.Filter, periods: Sequence[str]) -> dict[str, Decimal]:
    """What the chosen departments may use in each month; nothing where a choice is finer than budgets are."""
    if not said.by_cells or said.chargeable is not None:
        return {}
    meant = set(session.scalars(said.departments_meant()))
    span = replace(said, since=periods[0], period=periods[-1])
    found = {}
    for period, amounts in budget.monthly(session, span).items():
        mine = [amount for number, amount in amounts.items() if number in meant]
        if mine:
            found[period] = sum(mine, Decimal(0))
    return found


def ranking(said: costing.Filter, rows: Sequence[costing.DepartmentCost]) -> str:
    """The departments that cost most."""
    largest = sorted(rows, key=lambda row: -row.total)[:RANKED]
    bars = [
        charts.Bar(named(row.name, row.name_en), row.total, linked(said, department=row.department, by=None))
        for row in largest
    ]
    return charts.ranking(bars, label=_("Departments by cost"), unit=_("¥ thousand")) if bars else ""


def pareto(said: costing.Filter, rows: Sequence[costing.ProductCost]) -> str:
    """The dearest products, and how much of the whole they are together."""
    bars = [
        charts.Bar(
            f"{number}. {named(row.name, row.name_en)}", row.amount, linked(said, product=row.product, by="movement")
        )
        for number, row in enumerate(rows[:PARETO], 1)
    ]
    whole = sum((row.amount for row in rows), Decimal(0))
    label = _("The dearest products, and their share together")
    return charts.pareto(bars, whole, label=label, unit=_("¥ thousand")) if bars else ""


def weeks(session: Session, said: costing.Filter) -> dict[str, Any]:
    """Departments by week: the picture and its table; the dearest departments, the last weeks."""
    found = costing.by_week(session, said)
    mondays = sorted({monday for _department, monday in found})[-WEEKS:]
    sums: dict[int, Decimal] = {}
    for (department, _monday), amount in found.items():
        sums[department] = sums.get(department, Decimal(0)) + amount
    chosen = sorted(sums, key=lambda one: (-sums[one], one))[:WARDS]
    places = told_of_departments(session, said.at, numbers=chosen)
    rows = [
        (places[number], linked(said, department=places[number].code, by="movement"),
         [(found.get((number, monday), Decimal(0)), _of_week(said, places[number], monday)) for monday in mondays],
         sums[number])
        for number in chosen
    ]  # fmt: skip
    cells = [
        charts.Cell(named(place.name, place.name_en), _week(monday), amount, href)
        for place, _whole, amounts, _sum in rows
        for monday, (amount, href) in zip(mondays, amounts, strict=True)
    ]
    total = sum(sums.values(), Decimal(0))
    return {
        "mondays": [_week(monday) for monday in mondays],
        "rows": rows,
        "total": total,
        "left": total - sum((amount for _p, _h, amounts, _s in rows for amount, _href in amounts), Decimal(0)),
        "above": sum((row.total for row in costing.by_department(session, said)), Decimal(0)),
        "picture": charts.heat(cells, label=_("Cost by department and week")) if cells else "",
    }


def _of_week(said: costing.Filter, place: Any, monday: date) -> str:
    return linked(said, department=place.code, week=monday.isoformat(), by="movement")


def _week(monday: date) -> str:
    return f"{monday:%m-%d}"
