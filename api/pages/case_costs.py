"""This file is the pages of case costs: a month's cases costed by a method, its control totals, and the file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Month
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office, report
from api.pages.cost_words import case_item_names, driver_names, method_names, why_names
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named
from api.v1.case_costs import month_of
from spd.core.money import ZERO
from spd.costing import DEPARTMENT_ALONE, DRIVERS, CaseItem, CaseMethod, CaseRest, CaseRun, StepDown, case_run
from spd.costing.case_services import unpriced_of
from spd.places import Department, departments_at


class CaseRunForm(Schema):
    """Which month's cases are costed, how, and by what cost on no case is shared."""

    month = Month(required=True)
    method = fields.String(required=True, validate=validate.OneOf([str(one) for one in CaseMethod]))
    driver = fields.String(load_default="bed_days", validate=validate.OneOf(DRIVERS))


@bp.get("/finance/case-costs")
def finance_case_costs() -> str:
    """How a month's cases are costed so far, each method with its control totals."""
    return _runs(office.blank())


@bp.post("/finance/case-costs")
def finance_case_costs_run() -> str | Response:
    """The cases of a month are costed."""
    form = office.filled(CaseRunForm)
    if form.sent:
        with form.attempt():
            said = form.said
            asked = case_run.CaseAsked(
                month=month_of(said["month"]), method=CaseMethod(said["method"]), driver=said["driver"]
            )
            version = write(form.occasion, lambda session: case_run.run(session, form.occasion, asked).version)
            office.tell(_("Costed: version %(version)s.") % {"version": version})
            return redirect(url_for("pages.finance_case_costs", month=said["month"]))
    return _runs(form)


def _runs(form: office.Form) -> str:
    month = form.texts.get("month") or report.chosen_month()
    at = report.asked_as_of(request.args.get("as_of", ""))

    def draw(session: Session) -> str:
        query = select(CaseRun).where(CaseRun.period == month).order_by(CaseRun.method, CaseRun.version.desc())
        if at is not None:
            query = query.where(CaseRun.made_at <= at)
        runs = list(session.scalars(query))
        last = {run.method: run for run in reversed(runs)}
        return render_template(
            "finance_case_costs.html",
            runs=runs,
            rests={run.id: _rests(session, run, at) for run in last.values()},
            totals={run.id: case_run.totals(session, run) for run in last.values()},
            unpriced={run.id: unpriced_of(session, run) for run in last.values()},
            case_items=case_item_names(),
            last=[run for run in runs if last[run.method].id == run.id],
            methods=method_names(),
            drivers=driver_names(),
            whys=why_names(),
            alone=DEPARTMENT_ALONE,
            stepped=_stepped(session, last.values()),
            **report.list_frame(month, at, again=True),
            tabs=report.tabs("finance_case_costs", month),
            linked=report.address,
            crumbs=[(_("Case costs"), None)],
            form=form,
            may_run=may_open("pages.finance_case_costs_run", person()),
            may_import=may_open("pages.imports_new", person()),
        )

    return read(draw)


def _stepped(session: Session, runs: Iterable[CaseRun]) -> dict[int, int]:
    """The version of the step-down that each run was made of, by the run."""
    query = select(CaseRun.id, StepDown.version).join(StepDown, StepDown.id == CaseRun.step_down_id)
    return dict(session.execute(query.where(CaseRun.id.in_([run.id for run in runs]))).all())


def _rests(session: Session, run: CaseRun, at: datetime | None) -> list[Any]:
    department = departments_at(at)
    query = (
        select(department.code, department.name, department.name_en, CaseRest.why, CaseRest.amount)
        .outerjoin(department, department.id == CaseRest.department_id)
        .where(CaseRest.run_id == run.id)
        .order_by(CaseRest.amount.desc())
    )
    return [
        {"code": code, "name": named(name, english) if code else _("no department"), "why": why, "amount": amount}
        for code, name, english, why, amount in session.execute(query)
    ]


_USED = {str(CaseItem.CHARGEABLE): "1", str(CaseItem.OTHER_MATERIALS): "0"}


def _used(row: Any, run: CaseRun) -> str | None:
    """Consumables of a case open to the movements that they were when the run was made."""
    if row.item not in _USED:
        return None
    return url_for(
        "pages.finance", month=run.period, encounter=row.encounter, chargeable=_USED[row.item], by="movement",
        as_of=run.made_at.isoformat(),
    )  # fmt: skip


@bp.get("/finance/case-costs/<month>/<method>")
def finance_case_lines(month: str, method: str) -> str | Response:
    """The case-cost file: one line for each case and item of cost; a case opens down to the scan."""
    version, at = request.args.get("version", type=int), report.asked_as_of(request.args.get("as_of", ""))
    run = read(lambda session: case_run.get(session, month, method, version, at=at))
    lines, names = case_run.lines_of(run, at), case_item_names()
    totals, without = read(lambda session: (case_run.totals(session, run), unpriced_of(session, run)))
    stamp = at.isoformat() if at else None
    opened: Any = lambda row: url_for(  # noqa: E731
        "pages.finance_encounter", code=row.encounter, month=run.period, as_of=stamp
    )
    listing = Listing(
        name=f"case-costs_{run.period}_{run.method}_v{run.version}",
        base=lines.select.join(Department, Department.id == lines.stay.department_id),
        columns=(
            Column("encounter", _("Encounter"), lines.stay.code, kind="code", href=opened),
            Column("department", _("Department"), Department.code, kind="code"),
            Column("drg_code", _("DRG"), lines.stay.drg_code, kind="code"),
            Column("item", _("Cost item"), lines.item, show=case_item_names()),
            Column("item_code", _("Item code"), lines.item.label("code"), kind="code"),
            Column("amount", _("Amount"), lines.amount, kind="money", total=True,
                   href=lambda row: _used(row, run) or opened(row)),
        ),
        filters=(
            Words("q", _("Encounter"), lambda words: lines.stay.code.icontains(words, autoescape=True)),
            Choice("item", _("Cost item"), list(case_item_names().items()), lambda value: lines.item == value),
        ),
        order="encounter",
        tie=lines.id,
        facts=[
            (_("Cases"), str(run.cases)), (_("on cases"), str(run.assigned)), (_("on no case"), str(run.unassigned)),
            *((names.get(item, item), str(amount)) for item, amount in totals.items()),
            *((_("Without a unit cost: %(service)s") % {"service": one.service}, str(one.quantity)) for one in without),
        ],
    )  # fmt: skip
    back = url_for("pages.finance_case_costs", month=month, as_of=stamp)
    title = _("Case costs %(month)s, version %(version)s") % {"month": month, "version": run.version}
    return listed(
        listing, title=title, tabs=report.tabs("finance_case_costs", run.period),
        sub=f"{method_names()[run.method]} · {run.total:,.2f} = {run.assigned:,.2f} + {run.unassigned:,.2f}",
        template="finance_listing.html", picked=False, save_as="case-costs",
        **report.list_frame(run.period, at, again=True),
        ties=[(_("Sum of the lines"), sum(totals.values(), ZERO), _("on cases"), run.assigned)],
        crumbs=[(_("Case costs"), back), (method_names()[run.method], None)],
    )  # fmt: skip
