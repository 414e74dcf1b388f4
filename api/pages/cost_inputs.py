"""This file is the page of what other systems told of a month: other costs, revenue and drivers of departments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, report
from api.pages.cost_words import driver_name, input_names, item_names, revenue_names, setting_names
from api.pages.list_filters import Filter
from api.pages.listing import Choice, Column, Listing, listed
from api.pages.scanned import named_column
from spd.costing.inputs import costs_at, drivers_at, revenue_at
from spd.places import departments_at

_IMPORTED_AS = {"costs": "department-costs", "revenue": "department-revenue", "drivers": "department-drivers"}


@bp.get("/finance/inputs")
def finance_inputs() -> str | Response:
    """What was told of a month, row by row: of other costs, of revenue, or of drivers."""
    month, at = report.chosen_month(), report.asked_as_of(request.args.get("as_of", ""))
    what = request.args.get("what", "")
    what = what if what in _IMPORTED_AS else "costs"
    base, columns, filters = {"costs": _costs, "revenue": _revenue, "drivers": _drivers}[what](month, at)
    kinds = Choice("what", _("What was told"), list(input_names().items()), default="costs")
    listing = Listing(
        name=f"{what}_{month}", base=base, columns=columns, filters=(kinds, *filters), order="department",
    )  # fmt: skip
    actions = []
    if may_open("pages.imports_new", person()):
        actions = [{"text": _("Import"), "href": url_for("pages.imports_new", kind=_IMPORTED_AS[what]), "icon": "plus"}]
    return listed(
        listing, title=input_names()[what], sub=month, tabs=report.tabs("finance_inputs", month), actions=actions,
        template="finance_listing.html", save_as="inputs", **report.list_frame(month, at, again=True),
        empty=_("Nothing was told"), crumbs=[(_("Step-down"), url_for("pages.finance_step_down", month=month)),
                                             (input_names()[what], None)],
    )  # fmt: skip


Told = tuple[Any, tuple[Column, ...], tuple[Filter, ...]]


def _costs(month: str, at: datetime | None) -> Told:
    told, department = costs_at(at), departments_at(at)
    base = select(told.id.label("id")).join(department, department.id == told.department_id).where(told.period == month)
    columns = (
        Column("department", _("Code"), department.code, kind="code"),
        Column("name", _("Department"), named_column(department)),
        Column("item", _("Cost item"), told.item, show=item_names()),
        Column("amount", _("Amount"), told.amount, kind="money", total=True),
    )
    items = Choice("item", _("Cost item"), list(item_names().items()), lambda value: told.item == value)
    return base, columns, (items, _department(department))


def _revenue(month: str, at: datetime | None) -> Told:
    told, department, by = revenue_at(at), departments_at(at), departments_at(at)
    base = (
        select(told.id.label("id"))
        .join(department, department.id == told.department_id)
        .join(by, by.id == told.ordered_by_id)
        .where(told.period == month)
    )
    columns = (
        Column("department", _("Code"), department.code, kind="code"),
        Column("name", _("Department"), named_column(department)),
        Column("ordered_by", _("Ordered by"), named_column(by)),
        Column("setting", _("Patients"), told.setting, show=setting_names()),
        Column("kind", _("Revenue"), told.kind, show=revenue_names()),
        Column("amount", _("Amount"), told.amount, kind="money", total=True),
    )
    kinds = Choice("kind", _("Revenue"), list(revenue_names().items()), lambda value: told.kind == value)
    return base, columns, (kinds, _department(department))


def _drivers(month: str, at: datetime | None) -> Told:
    told, department = drivers_at(at), departments_at(at)
    base = select(told.id.label("id")).join(department, department.id == told.department_id).where(told.period == month)
    columns = (
        Column("department", _("Code"), department.code, kind="code"),
        Column("name", _("Department"), named_column(department)),
        Column("driver", _("Driver"), told.driver, show=driver_name),
        Column("amount", _("Amount"), told.amount, show=lambda amount: f"{amount.normalize():,f}"),
    )
    known = read(lambda session: session.scalars(select(told.driver).where(told.period == month).distinct()).all())
    drivers = Choice("driver", _("Driver"), [(one, driver_name(one)) for one in sorted(known)],
                     lambda value: told.driver == value)  # fmt: skip
    return base, columns, (drivers, _department(department))


def _department(department: Any) -> Choice:
    known = read(
        lambda session: session.execute(
            select(department.code, named_column(department)).order_by(department.code)
        ).all()
    )  # fmt: skip
    return Choice(
        "department", _("Department"), [(code, name) for code, name in known], lambda value: department.code == value
    )
