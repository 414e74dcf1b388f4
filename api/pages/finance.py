"""This file is the pages of cost: the hospital's months down to the movement, every figure a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from api import budget
from api.here import read
from api.i18n import gettext as _
from api.pages import bp, compared
from api.pages import finance_pictures as pictures
from api.pages.finance_groups import groups
from api.pages.listing import lines_shown
from api.pages.report import as_of, chosen, class_names, frame, linked
from api.pages.report_bar import bar, sees_cases
from api.pages.scanned import named
from spd import costing
from spd.catalog import product_told_of
from spd.places import department_at

USES_SHOWN = 200
PRODUCTS_SHOWN = 200


@bp.get("/finance")
def finance() -> str:
    """Cost: by department, by product, by another part, or the movements behind it, by what is chosen."""
    said = chosen()
    by = request.args.get("by") or _first_way(said)
    if by in set(costing.Dimension) and (by != "encounter" or sees_cases()):
        return read(lambda session: groups(session, said, costing.Dimension(by), _crumbs(session, said)))
    draw = {"product": _products, "movement": _movements, "week": _weeks}.get(by, _departments)
    return read(lambda session: draw(session, said))


def _first_way(said: costing.Filter) -> str:
    """How what is chosen is told apart where nobody says."""
    if said.product or said.lot or said.encounter or said.week:
        return "movement"
    return "product" if said.department else "department"


def _departments(session: Session, said: costing.Filter) -> str:
    rows = costing.by_department(session, said)
    whole = costing.posted(session, said)
    filtered = said.departments is not None or any(
        (said.campus, said.department, said.product_class, said.product, said.lot, said.encounter, said.week)
    )
    return render_template(
        "finance_departments.html",
        rows=rows,
        largest=max((row.total for row in rows), default=Decimal(0)),
        sums={name: sum((getattr(row, name) for row in rows), Decimal(0)) for name in _PARTS},
        posted=None if filtered or said.chargeable is not None else whole,
        ranking=pictures.ranking(said, rows),
        trend=pictures.trend(session, said),
        as_of=as_of(session, said),
        crumbs=_crumbs(session, said),
        budget_lines=budget.near(session, said.departments) if said.period == budget.month(session) else [],
        **compared.shown(session, said),
        **bar(said, here="department"),
        **frame("finance", said),
    )


_PARTS = ("high_value", "low_value", "reagent", "chargeable", "not_chargeable", "total")


def _weeks(session: Session, said: costing.Filter) -> str:
    return render_template(
        "finance_weeks.html",
        **pictures.weeks(session, said),
        as_of=as_of(session, said),
        crumbs=_crumbs(session, said),
        **bar(said, here="week"),
        **frame("finance", said),
    )


def _products(session: Session, said: costing.Filter) -> str:
    rows = costing.by_product(session, said)
    size = lines_shown(PRODUCTS_SHOWN)
    shown, rest = rows[:size], rows[size:]
    department = department_at(session, said.department, said.at) if said.department else None
    whole = replace(said, product_class=None, chargeable=None)
    return render_template(
        "finance_products.html",
        rows=shown,
        rest=sum((row.amount for row in rest), Decimal(0)) if rest else None,
        rest_count=len(rest),
        largest=max((row.amount for row in rows), default=Decimal(0)),
        total=sum((row.amount for row in rows), Decimal(0)),
        above=sum((row.total for row in costing.by_department(session, said)), Decimal(0)),
        pareto=pictures.pareto(said, rows),
        cells=_cells(session, whole),
        trend=pictures.trend(session, said),
        department=department,
        as_of=as_of(session, said),
        crumbs=_crumbs(session, said),
        **compared.shown(session, said, compared.products),
        key_of=compared.product_key,
        keys=[compared.product_key(row) for row in shown],
        **bar(said, here="product"),
        **frame("finance", said),
    )


def _cells(session: Session, said: costing.Filter) -> dict[tuple[str, bool], Decimal]:
    """Class × chargeable of what is chosen, whatever of it is looked at now."""
    cells: dict[tuple[str, bool], Decimal] = {}
    for cell in costing.cells_of(session, said):
        key = (cell.product_class, cell.chargeable)
        cells[key] = cells.get(key, Decimal(0)) + cell.amount
    return cells


_WAY_DOWN = ("campus", "department", "week", "product_class", "chargeable", "product", "lot", "encounter")


def _crumbs(session: Session, said: costing.Filter) -> list[tuple[str, str | None]]:
    """The way down to here; the last is here. Going up takes away whatever was chosen below."""
    steps = {
        "campus": said.campus,
        "department": _name(department_at(session, said.department, said.at)) if said.department else None,
        "week": None if said.week is None else _("week of %(day)s") % {"day": said.week},
        "product_class": class_names().get(said.product_class or ""),
        "chargeable": None if said.chargeable is None else _("chargeable") if said.chargeable else _("not chargeable"),
        "product": _name(product_told_of(session, said.product, said.at)) if said.product else None,
        "lot": said.lot,
        "encounter": _("departments alone") if said.encounter == costing.DEPARTMENT_ALONE else said.encounter,
    }
    crumbs: list[tuple[str, str | None]] = [(_("Hospital"), linked(said, **_without(_WAY_DOWN)))]
    for number, name in enumerate(_WAY_DOWN, 1):
        if steps[name]:
            crumbs.append((str(steps[name]), linked(said, **_without(_WAY_DOWN[number:]))))
    return [*crumbs[:-1], (crumbs[-1][0], None)]


def _without(names: Sequence[str]) -> dict[str, Any]:
    return dict.fromkeys((*names, "by"))


def _name(thing: Any) -> str:
    return named(thing.name, thing.name_en)


def _movements(session: Session, said: costing.Filter) -> str:
    after = request.args.get("after", 0, type=int)
    size = lines_shown(USES_SHOWN)
    rows = costing.uses(session, said, after=after, limit=size + 1)
    above = sum((row.amount for row in costing.by_product(session, said)), Decimal(0))
    more = len(rows) > size
    rows = rows[:size]
    return render_template(
        "finance_movements.html",
        rows=rows,
        total=sum((row.amount for row in rows), Decimal(0)),
        whole=costing.amount_of_uses(session, said),
        above=above,
        more=linked(said, after=rows[-1].posting_id) if more else None,
        product=product_told_of(session, said.product, said.at) if said.product else None,
        cases=sees_cases(),
        trend=pictures.trend(session, said),
        as_of=as_of(session, said),
        crumbs=_crumbs(session, said),
        **bar(said, here="movement"),
        **frame("finance", said),
    )
