"""This file is DRG and DIP by a payer's set: cases, cost, payment, margin, case mix, outliers, standard, deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Subquery, and_, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from spd.core.money import ZERO, to_cent, to_scaled
from spd.costing.case_methods import CaseMethod
from spd.costing.case_models import CaseLine, PaymentGroup, case_revenue_at, groupings_at
from spd.costing.group_costs import CostBy
from spd.costing.group_sets import Discharged, Sets, Years, by_year, of_its_year
from spd.costing.payment import band_of, base_payment, case_mix, payment
from spd.costing.stays import Amounts, Cases, by_case, discharged, summed_by_case
from spd.encounters import Encounter, stays_at

_CENT, _WEIGHT = Decimal("0.01"), Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class GroupsAsked(Discharged):
    """Which cases, by which payer's sets, at what cost.

    `cost`: what costings of cases found of a case in whatever month; else what the ledger put on it, whenever used.
    `at`: by what was told and recorded until an instant.
    """

    cost: CostBy | None = None


@dataclass(frozen=True, kw_only=True)
class GroupCost:
    """One group. `payment`, `margin` are None where weight or rate is not known; the empty code is the ungrouped.

    Of cases of several years `weight` and `standard` are the mean over the cases, each by its year's.
    """

    code: str
    name: str
    cases: int
    cost: Decimal
    mean: Decimal
    fee: Decimal
    weight: Decimal | None
    payment: Decimal | None
    margin: Decimal | None
    low: int
    high: int
    standard: Decimal | None
    deviation: Decimal | None
    """Mean less standard."""


@dataclass(frozen=True, kw_only=True)
class GroupReport:
    """All groups, the dearest first; the parts are the whole."""

    rows: list[GroupCost]
    sets: Sets
    """Of the last year; `earlier`: of those before, where cases were discharged in several."""
    cases: int
    cost: Decimal
    payment: Decimal
    margin: Decimal
    ungrouped: int
    case_mix: Decimal | None
    earlier: Years = ()


def sets_asked(session: Session, asked: GroupsAsked) -> Years:
    """The versions that a report stands on. Standards are of consumables: full cost is not held against them.

    Raises: UnknownCostTable.
    """
    years = by_year(session, asked)
    if asked.cost is None or asked.cost.method == CaseMethod.MATERIALS:
        return years
    return [replace(one, sets=replace(one.sets, standards={})) for one in years]


def cases_of(session: Session, asked: GroupsAsked, years: Years, *, costed: bool = True) -> Subquery:
    """One row a case: its encounter, the code of its group (empty: ungrouped), weight, mean fee, cost and fee, and the
    payer's year by which it was grouped.

    `costed`: whether the cost is wanted, which takes longest.
    """
    payer, found = asked.payer, cases_asked(asked)
    stay, out = found.stay, found.which
    grouping, billed = groupings_at(asked.at), case_revenue_at(asked.at)
    year = of_its_year(years, stay.discharged_at, lambda one: one.payer.year)
    table = of_its_year(years, stay.discharged_at, lambda one: one.sets.groups.id if one.sets.groups else 0)
    grouped = and_(
        grouping.encounter_id == stay.id, grouping.region == payer.region, grouping.year == year,
        grouping.method == payer.method,
    )  # fmt: skip
    said = func.coalesce(grouping.code, stay.drg_code, "")
    known = and_(PaymentGroup.code == said, PaymentGroup.table_id == table)
    fee = summed_by_case(found, Amounts(stay=billed.encounter_id, amount=billed.amount))
    query = (
        select(
            stay.id.label("encounter_id"),
            func.coalesce(PaymentGroup.code, "").label("code"),
            said.label("said"),
            func.coalesce(grouping.status, "").label("status"),
            PaymentGroup.name,
            PaymentGroup.weight,
            PaymentGroup.mean_fee,
            year.label("year"),
            func.coalesce(fee.c.amount, 0).label("fee"),
        )
        .select_from(stay)
        .outerjoin(grouping, grouped)
        .outerjoin(PaymentGroup, known)
        .outerjoin(fee, fee.c.encounter_id == stay.id)
        .where(out)
    )
    if costed:
        cost = _cost(session, asked, found)
        query = query.add_columns(func.coalesce(cost.c.amount, 0).label("cost")).outerjoin(
            cost, cost.c.encounter_id == stay.id
        )
    return query.subquery("cases")


def cases_asked(asked: GroupsAsked) -> Cases:
    """The cases that a report is of, as they are or were known."""
    stay = Encounter if asked.at is None else stays_at(asked.at)
    return Cases(which=discharged(asked.since, asked.until, stay), stay=stay, at=asked.at)


def _cost(session: Session, asked: GroupsAsked, found: Cases) -> Subquery:
    if asked.cost is None:
        return by_case(session, found)
    mine = (CaseLine.run_id.in_(asked.cost.runs),)
    return summed_by_case(found, Amounts(stay=CaseLine.encounter_id, amount=CaseLine.amount, where=mine))


def outlier_of(cases: Subquery, years: Years) -> ColumnElement[str]:
    """Whether a case is a high or low outlier, as an expression: the rule of `payment.outlier`."""
    scale = 10_000
    kinds: list[Any] = []
    for year, sets in {one.payer.year: one.sets for one in years}.items():
        for band in sorted(sets.bands, key=lambda one: one.weight_from, reverse=True):
            mine = (cases.c.weight >= band.weight_from) & (cases.c.mean_fee > 0) & (cases.c.fee > 0)
            if len(years) > 1:
                mine &= cases.c.year == year
            units, mean = _units(cases.c.fee), _units(cases.c.mean_fee)
            kinds += [
                (mine & (units * scale < mean * to_scaled(band.low_below)), literal("low")),
                (mine & (units * scale > mean * to_scaled(band.high_above)), literal("high")),
                (mine, literal("")),
            ]
    return case(*kinds, else_=literal("")) if kinds else literal("")


def _units(column: Any) -> Any:
    """An amount as the whole number it is kept as."""
    return type_coerce(column, BigInteger)


def report(session: Session, asked: GroupsAsked) -> GroupReport:
    """Every group of the cases discharged in a span, and the ungrouped. Raises: UnknownCostTable."""
    years = sets_asked(session, asked)
    cases = cases_of(session, asked, years)
    kind = outlier_of(cases, years)
    query = (
        select(
            cases.c.code, cases.c.year, func.max(cases.c.name).label("name"), func.count().label("cases"),
            func.sum(cases.c.cost).label("cost"), func.sum(cases.c.fee).label("fee"),
            func.max(cases.c.weight).label("weight"),
            func.sum(case((kind == "low", 1), else_=0)).label("low"),
            func.sum(case((kind == "high", 1), else_=0)).label("high"),
        )
        .group_by(cases.c.code, cases.c.year)
        .order_by(cases.c.code, cases.c.year)
    )  # fmt: skip
    found = session.execute(query).all()
    paid = _outliers_paid(session, asked, years) if any(row.low or row.high for row in found) else {}
    sets = {one.payer.year: one.sets for one in years}
    parts = [_of_year(row, sets[row.year], paid.get((row.code, row.year), ZERO)) for row in found]
    rows = [_together(list(its)) for _code, its in groupby(parts, key=lambda part: part.code)]
    mix = case_mix([(part.weight, part.cases) for part in parts if part.weight is not None])
    return replace(summed(rows, years[-1].sets), case_mix=mix, earlier=years[:-1])


def summed(rows: list[GroupCost], sets: Sets) -> GroupReport:
    """Groups as a report: the dearest first, and what they come to."""
    return GroupReport(
        rows=sorted(rows, key=lambda row: (-row.cost, row.code)), sets=sets,
        cases=sum(row.cases for row in rows), cost=sum((row.cost for row in rows), ZERO),
        payment=sum((row.payment for row in rows if row.payment is not None), ZERO),
        margin=sum((row.margin for row in rows if row.margin is not None), ZERO),
        ungrouped=sum(row.cases for row in rows if not row.code),
        case_mix=case_mix([(row.weight, row.cases) for row in rows if row.weight is not None]),
    )  # fmt: skip


def _outliers_paid(session: Session, asked: GroupsAsked, years: Years) -> dict[tuple[str, int], Decimal]:
    """What outliers are paid, by group and year: the few cases that are paid one by one."""
    paid: dict[tuple[str, int], Decimal] = {}
    cases = cases_of(session, asked, years, costed=False)
    kind = outlier_of(cases, years)
    query = select(cases.c.code, cases.c.year, cases.c.weight, cases.c.mean_fee, cases.c.fee).where(kind != "")
    sets = {one.payer.year: one.sets for one in years}
    for code, year, weight, mean, fee in session.execute(query):
        terms, bands = sets[year].terms, sets[year].bands
        if terms is not None:
            amount = payment(base_payment(weight, terms), fee, mean, band_of(bands, weight))
            paid[code, year] = paid.get((code, year), ZERO) + amount
    return paid


def _of_year(row: Any, sets: Sets, outliers_paid: Decimal) -> GroupCost:
    pays = None
    if row.weight is not None and sets.terms is not None:
        pays = base_payment(row.weight, sets.terms) * (row.cases - row.low - row.high) + outliers_paid
    mean = to_cent(row.cost / row.cases)
    standard = sets.standards.get(row.code)
    return GroupCost(
        code=row.code, name=row.name or "", cases=row.cases, cost=row.cost, mean=mean, fee=row.fee, weight=row.weight,
        payment=pays, margin=None if pays is None else pays - row.cost, low=int(row.low), high=int(row.high),
        standard=standard, deviation=None if standard is None else mean - standard,
    )  # fmt: skip


def _together(parts: Sequence[GroupCost]) -> GroupCost:
    """A group's cases of every year, each paid by its own; nothing is said that is not known of all."""
    last = parts[-1]
    if len(parts) == 1:
        return last
    cases, cost = sum(part.cases for part in parts), sum((part.cost for part in parts), ZERO)
    mean, standard = to_cent(cost / cases), _mean([(part.standard, part.cases) for part in parts], _CENT)
    paid = [part.payment for part in parts if part.payment is not None]
    pays = sum(paid, ZERO) if len(paid) == len(parts) else None
    return replace(
        last, cases=cases, cost=cost, mean=mean, fee=sum((part.fee for part in parts), ZERO),
        weight=_mean([(part.weight, part.cases) for part in parts], _WEIGHT), payment=pays,
        margin=None if pays is None else pays - cost, low=sum(part.low for part in parts),
        high=sum(part.high for part in parts), standard=standard,
        deviation=None if standard is None else mean - standard,
    )  # fmt: skip


def _mean(values: Sequence[tuple[Decimal | None, int]], unit: Decimal) -> Decimal | None:
    """The mean over the cases; none where one of the values is not known."""
    known = [(value, cases) for value, cases in values if value is not None]
    if len(known) < len(values):
        return None
    whole = sum((value * cases for value, cases in known), ZERO)
    return (whole / sum(cases for _value, cases in known)).quantize(unit)
