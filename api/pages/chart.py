"""This file is the pages of the chart of accounts and its rules: versions, one version, a draft, what two differ in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import closing
from api.access import may_open
from api.fields import Month, Text, Write
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office, report
from api.pages import chart_words as words
from api.pages.listing import Column, Listing, exported
from api.v1.rule_versions import set_or_drop
from spd import ledger
from spd.accounting import versions as chart
from spd.accounting.checking import KINDS
from spd.accounting.rules import Rule, rules_of
from spd.places import CostClass

MOST_LINES = 12


class ChartDraftForm(Write):
    """A draft begins."""

    note = Text(load_default="", shortest=0)


class ChartAccountForm(Write):
    """An account as it is to be; without a name it goes."""

    code = Text(required=True, longest=16)
    name = Text(load_default="", shortest=0)
    name_en = Text(load_default="", shortest=0)
    kind = fields.String(load_default="asset", validate=validate.OneOf(KINDS))


class ChartActivateForm(Write):
    """From which month it holds."""

    from_period = Month(required=True)


class ChartPlainForm(Write):
    """A button that says all there is to say."""


class ChartLineForm(Schema):
    """One line of an event."""

    account = Text(required=True, longest=16)
    side = fields.String(required=True, validate=validate.OneOf(["1", "-1"]))
    cost_class = fields.String(load_default="", validate=validate.OneOf(["", *(one.value for one in CostClass)]))
    names = fields.String(load_default="", validate=validate.OneOf(["", "department", "supplier"]))


@bp.get("/finance/chart")
def finance_chart() -> str:
    """All versions, and a new draft."""
    return _versions(office.blank())


@bp.post("/finance/chart")
def finance_chart_draft() -> str | Response:
    """A draft begins with what holds."""
    form = office.filled(ChartDraftForm)
    if form.sent:
        with form.attempt():
            number = write(
                form.occasion, lambda session: chart.draft(session, form.occasion, note=form.said["note"]).number
            )
            return redirect(url_for("pages.finance_chart_version", number=number))
    return _versions(form)


def _versions(form: office.Form) -> str:
    def draw(session: Session) -> str:
        found = chart.versions(session)
        return render_template(
            "finance_chart.html", versions=found, standing=_standing(session), states=words.version_states(),
            draft=next((one for one in found if one.active_at is None), None), form=form,
            may=may_open("pages.finance_chart_draft", person()), tabs=_tabs(),
        )  # fmt: skip

    return read(draw)


@bp.get("/finance/chart/<int:number>")
def finance_chart_version(number: int) -> str | Response:
    """A version: its accounts, its rules, what is wrong, what it changes."""
    return _one(number, office.blank())


@bp.post("/finance/chart/<int:number>/accounts")
def finance_chart_account(number: int) -> str | Response:
    """An account of a draft."""
    form = office.filled(ChartAccountForm)
    return _done(number, form, lambda session: set_or_drop(session, number, form.said), "accounts")


@bp.post("/finance/chart/<int:number>/events/<event>")
def finance_chart_lines(number: int, event: str) -> str | Response:
    """All lines of one event of a draft, as the rows of the form say."""
    form = office.filled(ChartPlainForm)
    lines: list[chart.LineSaid] = []
    for row in range(MOST_LINES):
        said = {name: request.form.get(f"{name}-{row}", "").strip() for name in _FIELDS}
        if not said["account"]:
            continue
        if ChartLineForm().validate({name: text for name, text in said.items() if text and name != "line"}):
            form.errors[f"account-{row}"] = _("This cannot be read. Correct it.")
            continue
        lines.append(_line(said, len(lines) + 1))
    if form.errors:
        return _one(number, form)
    return _done(number, form, lambda session: chart.set_lines(session, number, event, lines), f"event-{event}")


_FIELDS = ("line", "account", "side", "cost_class", "names")


def _line(said: dict[str, str], following: int) -> chart.LineSaid:
    text = said["line"]
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else following
    return chart.LineSaid(
        line=min(max(number, 1), 20), account=said["account"], sign=int(said["side"]), cost_class=said["cost_class"],
        names_department=said["names"] == "department", names_supplier=said["names"] == "supplier",
    )  # fmt: skip


@bp.post("/finance/chart/<int:number>/activate")
def finance_chart_activate(number: int) -> str | Response:
    """It holds from a month to come, says another than who made it."""
    form = office.filled(ChartActivateForm)
    return _done(
        number, form, lambda session: chart.activate(session, form.occasion, number, **_without_key(form.said)).number
    )


@bp.post("/finance/chart/<int:number>/discard")
def finance_chart_discard(number: int) -> str | Response:
    """The draft is given up."""
    form = office.filled(ChartPlainForm)
    with form.attempt():
        write(form.occasion, lambda session: chart.discard(session, number))
        office.tell(_("The draft is given up."))
    return _one(number, form) if form.refusal else redirect(url_for("pages.finance_chart"))


def _without_key(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in ("request_key", "occurred_at")}


def _done(number: int, form: office.Form, act: Callable[[Session], Any], anchor: str = "") -> str | Response:
    if form.sent:
        with form.attempt():
            write(form.occasion, act)
            office.tell(_("Kept."))
            page = url_for("pages.finance_chart_version", number=number)
            return redirect(f"{page}#{anchor}" if anchor else page)
    return _one(number, form)


def _one(number: int, form: office.Form) -> str | Response:
    version = read(lambda session: chart.get_version(session, number))
    against = request.args.get("against", type=int) or version.based_on or number
    rules = read(lambda session: rules_of(session, number))
    listing = Listing(
        name=f"rules_{number}",
        base=[_row(event, rule) for event, some in rules.items() for rule in some],
        columns=(
            Column("event", _("Event"), show=words.event_names()),
            Column("line", _("Line"), kind="quantity"),
            Column("account", _("Account"), kind="code"),
            Column("side", _("Debit or credit"), show={"1": _("Debit"), "-1": _("Credit")}),
            Column("cost_class", _("Departments"), show=words.class_names()),
            Column("names", _("Names"), show=words.naming()),
        ),
    )
    if answer := exported(listing, title=_("Rules, version %(number)s") % {"number": number}):
        return answer

    def draw(session: Session) -> str:
        month = ledger.shifted(ledger.accounting_month(session, closing.today()), 1)
        return render_template(
            "finance_chart_version.html", version=version, state=_standing(session)[number],
            states=words.version_states(), accounts=chart.chart_of(session, number), rules=rules,
            faults=chart.check(session, number), changes=chart.compare(session, against, number), against=against,
            versions=[(one.number, one.number) for one in chart.versions(session) if one.number != number], form=form,
            events=words.event_names(), kinds=words.kind_names(), classes=words.class_names(), naming=words.naming(),
            fault_names=words.fault_names(), month=month, most=MOST_LINES, tabs=_tabs(),
            may=version.active_at is None and may_open("pages.finance_chart_draft", person()),
            own=version.made_by_id == person().id,
        )  # fmt: skip

    return read(draw)


@dataclass(frozen=True)
class _Row:
    """One line of the rules, for the file."""

    event: str
    line: int
    account: str
    side: str
    cost_class: str
    names: str


def _row(event: str, rule: Rule) -> _Row:
    names = "department" if rule.names_department else "supplier" if rule.names_supplier else ""
    return _Row(event, rule.line, rule.account, str(rule.sign), rule.cost_class, names)


def _standing(session: Session) -> dict[int, str]:
    return chart.standing(session, ledger.accounting_month(session, closing.today()))


def _tabs() -> list[dict[str, Any]]:
    return report.tabs("finance_chart", report.this_month())
