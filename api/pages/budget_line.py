"""This file is the page of one line of a budget: what it is multiplied by, stay by stay or earning by earning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, budget
from api.access import may_open
from api.here import person, read, settings
from api.i18n import gettext as _
from api.i18n import money
from api.pages import bp
from api.pages.cost_words import revenue_names, setting_names
from api.pages.finance_budgets import bases
from api.pages.listing import Column, Listing, listed
from api.pages.report import asked_as_of, chosen_month, class_names, list_frame, tabs
from api.pages.scanned import named
from spd import costing
from spd.core.errors import NotAllowed
from spd.core.money import ZERO
from spd.costing import budgets, measured
from spd.costing.budgets import Basis
from spd.costing.measured import StayDays
from spd.costing.standing import Standing
from spd.places import department_at


@bp.get("/finance/budgets/lines/<path:code>")
def finance_budget_line(code: str) -> str | Response:
    """What a department's line of the budget comes from: the bed-days or the revenue that its amount is for."""
    at, mine = asked_as_of(request.args.get("as_of", "")), access.departments()
    said = costing.Filter(period=chosen_month(), departments=mine, department=code, at=at)
    basis = request.args.get("basis", "")
    basis = basis if basis in set(Basis) else Basis.MONTH.value

    def ask(session: Session) -> tuple[str, list[Standing], list[Any], int | None]:
        department = department_at(session, code, at)
        if mine is not None and department.id not in mine:
            raise NotAllowed()
        lines = [one for one in budget.standings(session, said.period, said.departments, at)
                 if (one.department, one.basis) == (department.code, basis)]  # fmt: skip
        version = budgets.in_force(session, said.period, at)
        rows: list[Any] = []
        if basis == Basis.BED_DAY:
            rows = list(measured.stays_behind(session, said, department, zone=settings().zone))
        elif basis == Basis.REVENUE:
            rows = list(measured.earned_behind(session, said, department))
        whose = lines[0] if lines else department
        return named(whose.name, whose.name_en), lines, rows, version.number if version else None

    name, lines, rows, version = read(ask)
    title = _("Budget of %(department)s") % {"department": name}
    return listed(
        _listing(code, said, basis, rows), title=title, sub=_words(lines, version),
        empty=_("An amount for the month, multiplied by nothing") if basis == Basis.MONTH else _("Nothing was told"),
        template="finance_listing.html", ties=_ties(lines, rows), tabs=tabs("finance_budgets", said.period),
        **list_frame(said.period, at, again=True),
        crumbs=[(_("Budgets"), url_for("pages.finance_budgets", month=said.period, as_of=_stamp(said))), (code, None)],
    )  # fmt: skip


def _stamp(said: costing.Filter) -> str | None:
    return said.at.isoformat() if said.at else None


def _words(lines: list[Standing], version: int | None) -> str:
    """Each line as it is reckoned: its amount, times what was measured, is what may be used; and what was."""
    told = [_("Version %(number)s") % {"number": version}] if version is not None else []
    classes = {"all": _("all")} | class_names()
    for one in lines:
        sum_ = f"{classes[one.goods]}: {money(one.amount)} / {bases()[one.basis]}"
        if one.measured is not None:
            sum_ += f" × {one.measured.normalize():,f}{' ÷ 100' if one.basis == Basis.REVENUE else ''}"
        allowed = "–" if one.allowed is None else money(one.allowed)
        told.append(f"{sum_} = {allowed}; {_('Used')} {money(one.used)}")
    return " · ".join(told)


def _ties(lines: list[Standing], rows: list[Any]) -> list[tuple[str, Decimal, str, Decimal]]:
    """What the rows come to, and what the lines were reckoned with."""
    above = {one.measured for one in lines if one.measured is not None}
    below = sum((row.days if isinstance(row, StayDays) else row.amount for row in rows), ZERO)
    return [(_("Sum of the lines"), below, _("Level above"), one) for one in above]


def _listing(code: str, said: costing.Filter, basis: str, rows: list[Any]) -> Listing:
    name = f"budget_{code}_{basis}_{said.period}"
    if basis == Basis.REVENUE:
        return Listing(
            name=name,
            base=rows,
            columns=(
                Column("ordered_by", _("Ordered by"), kind="code"),
                Column("name", _("Department"), show={one.name: named(one.name, one.name_en) for one in rows}),
                Column("setting", _("Patients"), show=setting_names()),
                Column("kind", _("Revenue"), show=revenue_names()),
                Column("amount", _("Amount"), kind="money", total=True),
            ),
            order="ordered_by",
        )
    opens = may_open("pages.finance_encounter", person())
    return Listing(
        name=name,
        base=rows,
        columns=(
            Column("encounter", _("Encounter"), kind="code", href=_stay(said) if opens else None),
            Column("admitted_at", _("Admitted"), kind="instant"),
            Column("discharged_at", _("Discharged"), kind="instant"),
            Column("days", _("Bed-days"), kind="quantity", total=True),
        ),
        order="encounter",
    )


def _stay(said: costing.Filter) -> Any:
    def href(row: Any) -> str | None:
        if not row.encounter:
            return None
        return url_for("pages.finance_encounter", code=row.encounter, month=said.period, as_of=_stamp(said))

    return href
