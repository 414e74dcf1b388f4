"""This file is the worklist of differences between charges and uses, and one of them down to the scan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, literal, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, viewing
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, frame, office, report
from api.pages.charge_words import (
    COLOURS,
    act_names,
    owner_names,
    resolution_names,
    rule_names,
    tabs,
    verdict_names,
)
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import Names
from spd import reconciliation
from spd.core import clock
from spd.places import Department
from spd.reconciliation import OWNERS, CaseAct, ChargeCase, Resolution, Verdict
from spd.staff import Staff


class CaseForm(Schema):
    """What is done about a difference."""

    act = fields.String(required=True, validate=validate.OneOf(["take", "resolve", "reopen"]))
    resolution = fields.String(load_default="", validate=validate.OneOf(["", *Resolution]))
    reason = Text(load_default="", shortest=0)


@bp.get("/finance/differences")
def finance_differences() -> str | Response:
    """Differences between charges and uses, the oldest first: whose they are, how old, what to do."""
    departments, at = access.departments(), report.asked_as_of(request.args.get("as_of", ""))
    read(lambda session: reconciliation.refuse_unkept(session, at))
    rows = reconciliation.select_cases(departments, at).subquery()
    wanting = rows.c.id.in_(select(ChargeCase.id).where(reconciliation.wanting(at)))
    states = {
        "open": wanting & rows.c.resolved_at.is_(None),
        "resolved": wanting & rows.c.resolved_at.is_not(None),
        "all": literal(value=True),
    }
    duty = case(*((rows.c.verdict == verdict, literal(owner)) for verdict, owner in OWNERS.items()), else_="")
    today = viewing.today() if at is None else clock.day_of(at, settings().zone)
    columns = (
        Column("verdict", _("Difference"), rows.c.verdict, kind="pill", show=verdict_names(), href=_one_of(at),
               colour=lambda value: COLOURS.get(value, "caution")),
        Column("day_on", _("Day"), rows.c.day_on, kind="day"),
        Column("age", _("Days"), rows.c.day_on.label("age"), show=lambda day: _age(day, today), sortable=False,
               numeral=True),
        Column("department_shown", _("Department"),
               named_column(Names(rows.c.department_name, rows.c.department_name_en))),
        Column("encounter", _("Encounter"), rows.c.encounter, kind="code"),
        Column("name_shown", _("Product"), named_column(Names(rows.c.name, rows.c.name_en))),
        Column("charged_quantity", _("Charged"), rows.c.charged_quantity, kind="quantity",
               href=_one_of(at)),
        Column("used_quantity", _("Used"), rows.c.used_quantity, kind="quantity", href=_one_of(at)),
        Column("difference", _("Amount"), rows.c.difference, kind="money", total=True, href=_one_of(at)),
        Column("duty", _("Whose"), duty, show=owner_names()),
        Column("owner", _("Taken by"), rows.c.owner),
        Column("resolution", _("Resolution"), rows.c.resolution, show=resolution_names()),
    )  # fmt: skip
    listing = Listing(
        name="differences",
        base=select(rows.c.id),
        columns=columns,
        filters=(
            Choice("state", _("State"), [("open", _("to resolve")), ("resolved", _("resolved")), ("all", _("all"))],
                   lambda value: states[value], default="open"),
            Choice("verdict", _("Difference"), list(verdict_names().items()), lambda value: rows.c.verdict == value),
            Choice("department", _("Department"), read(lambda session: department_options(session, departments)),
                   lambda value: rows.c.department == value),
            DayFrom("since", _("From"), lambda day: rows.c.day_on >= day),
            DayFrom("until", _("Until"), lambda day: rows.c.day_on <= day),
            Words("q", _("Encounter"), lambda words: rows.c.encounter.icontains(words, autoescape=True)),
        ),
        order="day_on",
        tie=rows.c.id,
    )  # fmt: skip
    return listed(
        listing, title=_("Charge differences"), tabs=tabs("finance_differences"), empty=_("No difference to resolve"),
        hint=_("Charges and uses agree, or nothing was reconciled yet."),
        crumbs=[(_("HIS charges"), url_for("pages.finance_charges")), (_("Differences"), None)],
        template="listing_as_of.html", **report.stamped(at),
    )  # fmt: skip


def _age(day: date, today: date) -> str:
    return str((today - day).days)


def _one_of(at: datetime | None) -> Any:
    stamp = at.isoformat() if at else None
    return lambda row: url_for("pages.finance_difference", number=row.id, as_of=stamp)


def department_options(session: Session, mine: frozenset[int] | None) -> list[tuple[str, str]]:
    """The departments a reader may choose from."""
    query = select(Department).order_by(Department.code)
    if mine is not None:
        query = query.where(Department.id.in_(mine))
    return [(one.code, frame.place_name(one.name, one.code)) for one in session.scalars(query)]


@bp.get("/finance/differences/<int:number>")
def finance_difference(number: int) -> str:
    """One difference: charges on one side, uses on the other, each leading to its scan; and what to do."""
    return _page(number, office.blank())


@bp.post("/finance/differences/<int:number>")
def finance_difference_act(number: int) -> str | Response:
    """It is taken on, resolved or opened again."""
    form = office.filled(CaseForm)
    if form.sent:
        with form.attempt():
            chosen = Resolution(form.said["resolution"] or Resolution.ACCEPTED)
            act = CaseAct(
                occasion=form.occasion, case=number, reason=form.said["reason"], departments=access.departments(),
                resolution=chosen if form.said["act"] == "resolve" else None,
            )  # fmt: skip
            do = {"take": reconciliation.take, "resolve": reconciliation.resolve, "reopen": reconciliation.reopen}
            write(act.occasion, lambda session: do[form.said["act"]](session, act).id)
            office.tell(_("Done."))
            return redirect(url_for("pages.finance_difference", number=number))
    return _page(number, form)


def _page(number: int, form: office.Form) -> str:
    at = report.asked_as_of(request.args.get("as_of", ""))

    def ask(session: Session) -> str:
        reconciliation.refuse_unkept(session, at)
        query = reconciliation.select_cases(access.departments(), at).where(ChargeCase.id == number)
        row = session.execute(query).one_or_none()
        if row is None:
            raise reconciliation.UnknownCase(case=number)
        open_ = at is None and reconciliation.wants_work(row.verdict, charged=row.charged_quantity)
        people = {one.id: one.name for one in session.scalars(select(Staff))}
        seen = reconciliation.facts_of(session, number, row.encounter, at)
        return render_template(
            "finance_difference.html", case=row, form=form, at=at, facts=seen, verdicts=verdict_names(),
            colour=COLOURS.get(Verdict(row.verdict), "caution"), rules=rule_names(),
            duty=owner_names().get(OWNERS.get(Verdict(row.verdict), ""), "–"), resolutions=resolution_names(),
            suggested=reconciliation.suggested(
                row.verdict, charged=row.charged_quantity, used=row.used_quantity
            ),
            acts=reconciliation.acts_of(session, number, at), people=people,
            act_names=act_names(), may_act=open_ and access.may_open("pages.finance_difference_act", person()),
            may_trace=access.may_open("pages.trace", person()),
        )  # fmt: skip

    return read(ask)
