"""This file is the pages of HIS charges: a month charged against used, and reconciling it now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.months import days_of
from api.pages import bp, frame, office, report
from api.pages.charge_rejects import open_rejects
from api.pages.charge_words import verdict_names
from api.pages.listing import Column, Listing, exported
from spd import ledger, reconciliation
from spd.core import clock
from spd.reconciliation import Asked, Tally, Verdict


class RunForm(Schema):
    """Whether open differences are matched anew too."""

    again = fields.String(load_default="")


@bp.get("/finance/charges")
def finance_charges() -> str | Response:
    """Charged against used by department, or by day of one department; every figure leads to its differences."""
    month, department = _month(), request.args.get("department", "")[:80]
    since, until = days_of(month)
    at = report.asked_as_of(request.args.get("as_of", ""))

    def ask(session: Session) -> list[Tally]:
        which = Asked(since=since, until=until, departments=access.departments(), at=at)
        rows = reconciliation.tallies(session, which, daily=bool(department))
        return [row for row in rows if row.department == department] if department else rows

    rows = read(ask)
    if answer := exported(_file(rows), title=f"{_('HIS charges')} {month}"):
        return answer
    return read(lambda session: _page(session, rows, Shown(month=month, department=department, at=at)))


def _over(session: Session, month: str) -> datetime | None:
    """The end of a month that is over: what was not sent until then was never sent."""
    end = ledger.instants_of(session, month, settings().zone)[1]
    return end if end <= clock.now() else None


def _month() -> str:
    """The month asked for; else the last closed one, where any of it was reconciled, else the newest that was."""
    usual = report.chosen_month()
    if "month" in request.args:
        return usual

    def months(session: Session) -> list[str]:
        return [ledger.accounting_month(session, day) for day in reconciliation.span(session)]

    reconciled = read(months)
    return usual if not reconciled or reconciled[0] <= usual <= reconciled[1] else reconciled[1]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is shown: of which month, of which department (by day), as of when."""

    month: str
    department: str
    at: datetime | None


def _page(session: Session, rows: list[Tally], shown: Shown) -> str:
    month, department, at = shown.month, shown.department, shown.at
    stamp = at.isoformat() if at else None
    total = reconciliation.whole(rows)
    name = next((frame.place_name(row.name, row.department) for row in rows), department)
    here = url_for("pages.finance_charges", month=month, as_of=stamp)

    def again(**more: Any) -> str:
        return url_for("pages.finance_charges", month=month, department=department or None, **more)

    return render_template(
        "finance_charges.html",
        rows=rows,
        total=total,
        verdicts=[verdict for verdict in verdict_names() if any(verdict in row.by for row in rows)],
        names=verdict_names(),
        department=department,
        month=month,
        months=[ledger.shifted(month, by) for by in (-2, -1, 0, 1)],
        tabs=report.tabs("finance_charges", month),
        crumbs=[(_("HIS charges"), here), (name, None)] if department else [(_("HIS charges"), None)],
        as_of=report.as_of(session, at),
        stamp=stamp,
        again=True,
        linked=again,
        unclosed=month > ledger.closed_through(session),
        last=reconciliation.last_run(session, at),
        gaps=reconciliation.gaps(session, until=_over(session, month)),
        rejects=open_rejects(session) if access.may_open("pages.finance_rejects", person()) else 0,
        key=office.blank().key,
        other_key=office.blank().key,
        may_run=access.may_open("pages.finance_charges_run", person()),
        may_import=access.may_open("pages.imports_new", person()),
        may_unsent=access.may_open("pages.finance_unsent", person()),
        differences=lambda **more: differences(month, **({"as_of": stamp} | more)),
        lines=lambda **more: _lines(month, **({"as_of": stamp} | more)),
    )


def differences(month: str, **more: Any) -> str:
    """The address of the worklist of a month, narrowed."""
    return _narrowed("pages.finance_differences", month, {"state": "all"} | more)


def _lines(month: str, **more: Any) -> str:
    """The address of the charges and uses that a figure of a month counts."""
    return _narrowed("pages.finance_charge_facts", month, more)


def _narrowed(page: str, month: str, more: dict[str, Any]) -> str:
    since, until = days_of(month)
    said = {"since": since.isoformat(), "until": until.isoformat()} | more
    return url_for(page, **{name: value for name, value in said.items() if value})


def _file(rows: list[Tally]) -> Listing:
    lines = [_Row(row) for row in rows]
    verdicts = [Column(f"by_{verdict}", words, kind="money", total=True) for verdict, words in verdict_names().items()]
    return Listing(
        name="charges",
        base=lines,
        columns=(
            Column("department", _("Code"), kind="code"),
            Column("name", _("Department")),
            Column("day", _("Day"), kind="day"),
            Column("charged", _("Charged"), kind="money", total=True),
            Column("used", _("Used"), kind="money", total=True),
            Column("difference", _("Difference"), kind="money", total=True),
            *verdicts,
            Column("tie_out", _("Not explained"), kind="money", total=True),
            Column("lost", _("Lost: used, not charged"), kind="money", total=True),
        ),
        ties=[(_("Not explained"), reconciliation.whole(rows).tie_out)],
    )


class _Row:
    """One line of the file: the tally with each verdict in a column."""

    def __init__(self, row: Tally) -> None:
        self.department, self.name = row.department, frame.place_name(row.name, row.department)
        self.day: date | None = row.day
        self.charged, self.used, self.difference = row.charged, row.used, row.difference
        self.tie_out, self.lost = row.tie_out, row.lost
        for verdict in Verdict:
            setattr(self, f"by_{verdict}", row.by.get(verdict))


@bp.post("/finance/charges/run")
def finance_charges_run() -> Response:
    """Reconciled now."""
    form = office.filled(RunForm)
    if form.sent:
        with form.attempt():
            at, again = form.occasion.recorded_at, bool(form.said["again"])
            ran = write(form.occasion, lambda session: reconciliation.reconcile(session, at=at, again=again))
            told = _("New charges and uses: %(facts)s. Cases opened: %(opened)s, ended: %(ended)s.")
            office.tell(told % {"facts": ran.facts, "opened": ran.opened, "ended": ran.ended})
    if form.refusal:
        office.tell(form.refusal, "caution")
    return redirect(url_for("pages.finance_charges"))
