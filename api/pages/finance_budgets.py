"""This file is the page of budgets: how they stand, their versions, a draft, and refills let through."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, budget
from api.access import may_open
from api.fields import Month, Price, Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import instant
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, exported, listed, table
from api.pages.report import as_of, asked_as_of, chosen_month, class_names, frame, linked, tabs
from api.pages.scanned import named
from spd import costing
from spd.catalog import ProductClass
from spd.costing import budgets, standing
from spd.costing.budgets import Basis, BudgetLine, BudgetVersion, LineSaid, Whose
from spd.costing.standing import Stands

COLOURS = {Stands.FINE: "ok", Stands.NEAR: "caution", Stands.OVER: "stop"}


class BudgetDraftForm(Schema):
    """A new version, from a month on."""

    from_period = Month(required=True)
    note = Text(load_default="", shortest=0)


class BudgetLineForm(Schema):
    """One line of a draft."""

    department = Text(required=True, longest=80)
    basis = fields.String(required=True, validate=validate.OneOf([one.value for one in Basis]))
    product_class = fields.String(load_default="", validate=validate.OneOf([one.value for one in ProductClass]))
    amount = Price(required=True)


class BudgetReleaseForm(Schema):
    """Refills of a department go on this month, and why."""

    month = Month(required=True)
    department = Text(required=True, longest=80)
    reason = Text(required=True)


class BudgetApprovalForm(Schema):
    """A button that says all there is to say."""


def bases() -> dict[str, str]:
    """What an amount is for."""
    return {"month": _("a month"), "bed_day": _("a bed-day"), "revenue_100": _("¥ 100 of revenue")}


def words() -> dict[str, str]:
    """How a budget stands."""
    return {"fine": _("within"), "near": _("near its end"), "over": _("over budget")}


@bp.get("/finance/budgets")
def finance_budgets() -> str | Response:
    """How budgets stand in a month, and their versions."""
    return _page(office.blank({"from_period": chosen_month()}))


def _page(form: office.Form) -> str | Response:
    at = asked_as_of(request.args.get("as_of", ""))
    said = costing.Filter(period=chosen_month(), departments=access.departments(), at=at)
    rows = read(lambda session: budget.standings(session, said.period, said.departments, at))
    listing = _listing(said, rows)
    if answer := exported(listing, title=_("Budgets")):
        return answer

    def draw(session: Session) -> str:
        draft = next((one for one in budgets.versions(session) if one.approved_at is None), None)
        return render_template(
            "finance_budgets.html",
            list=table(session, listing),
            over=[one for one in rows if one.stands is Stands.OVER and not one.released],
            current=budgets.in_force(session, said.period, at),
            versions=budgets.versions(session),
            draft=draft,
            lines=_lines(session, draft, said.departments) if draft else [],
            released=standing.releases(session, said.period, departments=said.departments, at=at),
            form=form,
            bases=bases(),
            may=at is None and may_open("pages.finance_budgets_draft", person()),
            as_of=as_of(session, said),
            again=True,
            **frame("finance_budgets", said),
        )

    return read(draw)


def _lines(
    session: Session, version: BudgetVersion, departments: frozenset[int] | None
) -> list[tuple[BudgetLine, Whose]]:
    """The lines of a version that this reader may see."""
    lines = budgets.lines_of(session, version)
    return [one for one in lines if departments is None or one[1].id in departments]


@bp.get("/finance/budgets/versions/<int:number>")
def finance_budgets_version(number: int) -> str | Response:
    """The lines of one version."""
    mine = access.departments()

    def ask(session: Session) -> tuple[BudgetVersion, list[tuple[BudgetLine, Whose]]]:
        version = budgets.get_version(session, number)
        return version, _lines(session, version, mine)

    version, lines = read(ask)
    rows = [
        SimpleNamespace(
            department=whose.code, name=named(whose.name, whose.name_en), goods=line.product_class or "all",
            basis=line.basis, amount=line.amount,
        )
        for line, whose in lines
    ]  # fmt: skip
    listing = Listing(
        name=f"budget_{number}",
        base=rows,
        columns=(
            Column("department", _("Code"), kind="code"),
            Column("name", _("Department")),
            Column("goods", _("Class"), show={"all": _("all")} | class_names()),
            Column("basis", _("For"), show=bases()),
            Column("amount", _("Amount"), kind="money"),
        ),
        filters=(
            Choice("basis", _("For"), list(bases().items()), of=lambda row: row.basis),
            Words("q", _("Search"), text=lambda row: f"{row.department} {row.name}"),
        ),
        order="department",
    )
    approved = instant(version.approved_at) if version.approved_at else _("not yet")
    words = [_("From month") + f" {version.from_period}", version.note, _("Approved") + f" {approved}"]
    name = _("Version %(number)s") % {"number": number}
    return listed(
        listing, title=_("Budget, version %(number)s") % {"number": number}, sub=" · ".join(filter(None, words)),
        tabs=tabs("finance_budgets", chosen_month()),
        crumbs=[(_("Budgets"), url_for("pages.finance_budgets", month=request.args.get("month"))), (name, None)],
    )  # fmt: skip


def _listing(said: costing.Filter, rows: list[standing.Standing]) -> Listing:
    named_classes, stamp = {"all": _("all")} | class_names(), said.at.isoformat() if said.at else None
    of_line: Any = lambda row: url_for(  # noqa: E731
        "pages.finance_budget_line", code=row.department, basis=row.basis, month=said.period, as_of=stamp
    )
    return Listing(
        name="budgets",
        base=[one for one in rows if request.args.get("stands", "") in ("", one.stands)],
        columns=(
            Column("department", _("Code"), kind="code", href=lambda row: linked(said, department=row.department)),
            Column("name", _("Department"), show={one.name: named(one.name, one.name_en) for one in rows}),
            Column("goods", _("Class"), show=named_classes),
            Column("basis", _("For"), show=bases()),
            Column("amount", _("Amount"), kind="money", href=of_line),
            Column("measured", _("Bed-days or revenue"), kind="money", href=of_line),
            Column("allowed", _("Allowed"), kind="money", href=of_line),
            Column("used", _("Used"), kind="money", href=lambda row: linked(said, department=row.department,
                   product_class=row.product_class or None)),
            Column("percent", _("Share used"), show=lambda percent: f"{percent} %", numeral=True),
            Column("stands", _("Stands"), kind="pill", show=words(), colour=COLOURS.get),
        ),
        filters=(Choice("stands", _("Stands"), list(words().items())),),
        order="-percent",
    )  # fmt: skip


@bp.post("/finance/budgets/versions")
def finance_budgets_draft() -> str | Response:
    """A new version is begun."""
    form = office.filled(BudgetDraftForm)
    if form.sent:
        with form.attempt():
            number = write(form.occasion, lambda session: budgets.draft(session, form.occasion, **form.said).number)
            office.tell(_("Draft %(number)s begins with the lines of the last version.") % {"number": number})
            return redirect(url_for("pages.finance_budgets"))
    return _page(form)


@bp.post("/finance/budgets/versions/<int:number>/lines")
def finance_budgets_line(number: int) -> str | Response:
    """A line of the draft is changed; zero takes it away."""
    form = office.filled(BudgetLineForm)
    if form.sent:
        with form.attempt():
            line = LineSaid(**form.said | {"basis": Basis(form.said["basis"])})
            write(form.occasion, lambda session: budgets.set_lines(session, form.occasion, number, [line]))
            return redirect(url_for("pages.finance_budgets") + "#draft")
    return _page(form)


@bp.post("/finance/budgets/versions/<int:number>/approve")
def finance_budgets_approve(number: int) -> str | Response:
    """The draft is approved by another."""
    form = office.filled(BudgetApprovalForm)
    with form.attempt():
        write(form.occasion, lambda session: budgets.approve(session, form.occasion, number).number)
        office.tell(_("Version %(number)s is approved.") % {"number": number})
    return _page(form) if form.refusal else redirect(url_for("pages.finance_budgets"))


@bp.post("/finance/budgets/releases")
def finance_budgets_release() -> str | Response:
    """Refills of a department are let through this month."""
    form = office.filled(BudgetReleaseForm)
    if form.sent:
        with form.attempt():
            said: dict[str, Any] = form.said
            write(
                form.occasion,
                lambda session: standing.release(
                    session, form.occasion, period=said["month"], department=said["department"],
                    reason=said["reason"],
                ).id,
            )  # fmt: skip
            office.tell(_("Refills of %(department)s go on.") % {"department": said["department"]})
            return redirect(url_for("pages.finance_budgets", month=said["month"]))
    return _page(form)
