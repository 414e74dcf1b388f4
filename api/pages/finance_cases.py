"""This file is cost by case: encounters with what was used on each, and DRGs against what they are paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, patients
from api.here import read
from api.i18n import gettext as _
from api.months import instants_of
from api.pages import bp, charts
from api.pages.cost_words import method_names
from api.pages.frame import place_name
from api.pages.listing import Column, Listing, lines_shown, listed
from api.pages.report import address, as_of, asked_as_of, chosen, chosen_month, frame, linked, list_frame, tabs
from api.pages.report_bar import spans_alone
from spd import costing
from spd.costing import group_costs
from spd.encounters import StayNumber, get_encounter, stay_at

SHOWN = 100
RANKED = 12


@dataclass(frozen=True)
class DrgSums:
    """What the groups add up to; payment and margin of those that have a weight."""

    cases: int
    total: Decimal
    payment: Decimal
    margin: Decimal


def _month() -> costing.Filter:
    at = asked_as_of(request.args.get("as_of", ""))
    return costing.Filter(period=chosen_month(), departments=access.departments(), at=at)


def _months() -> costing.Filter:
    """The month asked for, or those from another to it."""
    return replace(_month(), since=chosen().since)


def discharges_of(said: costing.Filter) -> costing.Discharges:
    """The cases discharged in the months asked for, weighed by the set of the year of the last."""
    since, until = instants_of(said.periods[0], said.period)
    return costing.Discharges(since=since, until=until, year=int(said.period[:4]), at=said.at)


@bp.get("/finance/encounters")
def finance_encounters() -> str:
    """Encounters with cost posted in a month, or in several."""
    said = _months()
    after = request.args.get("after", 0, type=int)

    def draw(session: Session) -> str:
        size = lines_shown(SHOWN)
        rows = costing.by_encounter(
            session, said.periods, after=after, limit=size + 1, departments=said.departments, at=said.at
        )
        more = rows[size - 1].id if len(rows) > size else None
        alone = split = None
        if said.since is None or request.args.get("tie"):  # of several months it takes long: said where it is asked
            whole = said.since is None and said.departments is None
            split = costing.partition(session, said.period, at=said.at) if whole else None
            alone = split.department_only if split else costing.amount_of_uses(session, alone_of(said))
        return render_template(
            "finance_encounters.html",
            rows=rows[:size],
            more=linked(said, "pages.finance_encounters", after=more) if more else None,
            split=split,
            total=costing.sum_of_encounters(session, said.periods, departments=said.departments, at=said.at),
            alone=alone,
            tie=linked(said, "pages.finance_encounters", after=after or None, tie=1),
            above=sum((row.total for row in costing.by_department(session, said)), Decimal(0)),
            opened=lambda code, **more: linked(said, encounter=code, by="movement", **more),
            as_of=as_of(session, said),
            again=True,
            **spans_alone(said, "pages.finance_encounters"),
            **frame("finance_encounters", said),
        )

    return read(draw)


def alone_of(said: costing.Filter) -> costing.Filter:
    """The same choice, of what departments used by themselves."""
    return replace(said, encounter=costing.DEPARTMENT_ALONE)


@bp.get("/finance/encounters/<path:code>")
def finance_encounter(code: str) -> str:
    """Every use on one encounter, reversals too; by month, and what costings of cases found of it."""
    said = _month()

    def draw(session: Session) -> str:
        stay = get_encounter(session, StayNumber(code))
        rows = costing.of_encounter(session, stay, departments=said.departments, at=said.at)
        months: dict[str, Decimal] = {}
        for row in rows:
            months[row.period] = months.get(row.period, Decimal(0)) + row.amount
        whole = access.departments() is None
        return render_template(
            "finance_encounter.html",
            stay=stay_at(session, stay, said.at),
            rows=rows,
            total=sum((row.amount for row in rows), Decimal(0)),
            in_months=[
                (month, amount, linked(replace(said, period=month), encounter=code, by="movement"))
                for month, amount in sorted(months.items())
            ],
            costings=_costings(session, stay, said) if whole else [],
            above=costing.sum_of_encounter(session, stay, departments=said.departments, at=said.at),
            sees_patients=patients.sees_patients(),
            as_of=as_of(session, said),
            again=True,
            **(frame("finance_encounters", said) | {"linked": address}),
        )

    return read(draw)


def _costings(session: Session, stay: Any, said: costing.Filter) -> list[tuple[str, str, int, Decimal, str]]:
    """What costings of cases found of a stay, each with its lines."""
    stamp = said.at.isoformat() if said.at else None
    return [
        (method_names()[one.method], one.month, one.version, one.amount,
         url_for("pages.finance_case_lines", month=one.month, method=one.method, version=one.version, q=stay.code,
                 as_of=stamp))
        for one in group_costs.of_case(session, stay, said.at)
    ]  # fmt: skip


@bp.get("/finance/drgs")
def finance_drgs() -> str:
    """The discharged cases of a month or several by DRG: cost, payment, margin."""
    said = _months()
    cases = discharges_of(said)

    def draw(session: Session) -> str:
        rows = costing.by_drg(session, cases)
        bars = [
            charts.Bar(
                " ".join((row.drg_code, row.name)),
                row.total,
                linked(said, "pages.finance_drg_cases", code=row.drg_code),
            )
            for row in rows
            if row.drg_code
        ]
        return render_template(
            "finance_drgs.html",
            rows=rows,
            largest=max((row.total for row in rows), default=Decimal(0)),
            sums=_sums(rows),
            whole=costing.cost_of_discharged(session, cases),
            weighed_by=(costing.region_of(session, cases), cases.year),
            split=costing.partition(session, said.period, at=said.at) if said.since is None else None,
            ranking=_ranking(bars[:RANKED]) if bars else "",
            as_of=as_of(session, said),
            again=True,
            **spans_alone(said, "pages.finance_drgs"),
            **frame("finance_drgs", said),
        )

    return read(draw)


@bp.get("/finance/drgs/cases")
def finance_drg_cases() -> str | Response:
    """The cases of one group, each opened down to its uses; of no code those without a group."""
    said, code = _months(), request.args.get("code", "")[:80]
    cases, span = discharges_of(said), said.period if said.since is None else f"{said.since} – {said.period}"

    def ask(session: Session) -> tuple[list[costing.CaseOfDrg], Decimal]:
        above = sum((row.total for row in costing.by_drg(session, cases) if row.drg_code == code), Decimal(0))
        return costing.cases_of_drg(session, cases, code), above

    rows, above = read(ask)
    opened: Any = lambda row: linked(said, "pages.finance_encounter", code=row.encounter)  # noqa: E731
    listing = Listing(
        name=f"drg-cases_{code or 'none'}_{said.period}",
        base=rows,
        columns=(
            Column("encounter", _("Encounter"), kind="code", href=opened),
            Column("department_name", _("Department"),
                   show={row.department_name: place_name(row.department_name, row.department) for row in rows}),
            Column("admitted_at", _("Admitted"), kind="instant"),
            Column("discharged_at", _("Discharged"), kind="instant"),
            Column("total", _("Cost"), kind="money", total=True, href=opened),
        ),
        order="-total",
    )  # fmt: skip
    name = code or _("without DRG")
    whole = sum((row.total for row in rows), Decimal(0))
    return listed(
        listing, title=_("Cases of %(group)s") % {"group": name}, sub=span, template="finance_listing.html",
        picked=False, ties=[(_("Sum of the cases"), whole, _("Level above"), above)],
        tabs=tabs("finance_drgs", said.period), **list_frame(said.period, said.at, again=True),
        crumbs=[(_("DRGs"), linked(said, "pages.finance_drgs")), (name, None)],
    )  # fmt: skip


def _ranking(bars: list[charts.Bar]) -> str:
    return charts.ranking(bars, label=_("DRGs by cost"), unit=_("¥ thousand"), wide=True)


def _sums(rows: list[costing.DrgCost]) -> DrgSums:
    return DrgSums(
        cases=sum(row.cases for row in rows),
        total=sum((row.total for row in rows), Decimal(0)),
        payment=sum((row.payment for row in rows if row.payment is not None), Decimal(0)),
        margin=sum((row.margin for row in rows if row.margin is not None), Decimal(0)),
    )
