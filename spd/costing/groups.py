"""This file is DRG and DIP by a payer's set: cases, cost, payment, margin, case mix, outliers, standard, deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, Select, Subquery, and_, case, func, literal, select, type_coerce
from sqlalchemy.orm import Session

from spd.core.money import ZERO, to_cent, to_scaled
from spd.costing.case_methods import CaseMethod
from spd.costing.case_models import (
    CaseLine,
    GroupStandard,
    OutlierBand,
    PaymentGroup,
    PaymentTerms,
    case_revenue_at,
    groupings_at,
)
from spd.costing.group_costs import CostBy
from spd.costing.payment import Band, Terms, band_of, base_payment, case_mix, payment
from spd.costing.stays import Amounts, Cases, by_case, discharged, summed_by_case
from spd.costing.versions import CostTable, Payer, TableKind, get_version, newest
from spd.encounters import Encounter, stays_at


@dataclass(frozen=True, kw_only=True)
class GroupsAsked:
    """Which cases (discharged from `since` up to `until`), by which payer's set, at what cost.

    `version` of the groups: the last where none is named. `cost`: what costings of cases found of a case in
    whatever month; else what the ledger put on it, whenever used. `at`: by what was told and recorded until an instant.
    """

    since: datetime
    until: datetime
    payer: Payer
    version: int | None = None
    cost: CostBy | None = None
    at: datetime | None = None


class TableSeen(Protocol):
    """What is said of the version of a payer's groups."""

    @property
    def id(self) -> int: ...

    @property
    def version(self) -> int: ...

    @property
    def rows(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Sets:
    """The versions that a report stands on, and what is in them."""

    groups: TableSeen | None
    terms: Terms | None
    bands: Sequence[Band]
    standards: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class GroupCost:
    """One group. `payment`, `margin` are None where weight or rate is not known; the empty code is the ungrouped."""

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
    cases: int
    cost: Decimal
    payment: Decimal
    margin: Decimal
    ungrouped: int
    case_mix: Decimal | None


def sets_of(session: Session, payer: Payer, version: int | None = None, at: datetime | None = None) -> Sets:
    """The versions of a payer's groups, terms, outliers and standards; the last there were at an instant.

    Raises: UnknownCostTable.
    """
    groups = (
        get_version(session, TableKind.GROUPS, payer.scope, version)
        if version
        else newest(session, TableKind.GROUPS, payer.scope, at)
    )
    terms, outliers, standards = (
        newest(session, kind, payer.scope, at) for kind in (TableKind.TERMS, TableKind.OUTLIERS, TableKind.STANDARDS)
    )
    paid = session.scalars(select(PaymentTerms).where(PaymentTerms.table_id == terms.id)).one() if terms else None
    bands = session.scalars(select(OutlierBand).where(OutlierBand.table_id == outliers.id)) if outliers else ()
    kept = session.scalars(select(GroupStandard).where(GroupStandard.table_id == standards.id)) if standards else ()
    return Sets(
        groups=groups,
        terms=Terms(rate=paid.rate, coefficient=paid.coefficient) if paid else None,
        bands=[
            Band(
                weight_from=one.weight_from, low_below=one.low_below, high_above=one.high_above,
                low_pays=one.low_pays, high_pays=one.high_pays,
            )
            for one in bands
        ],
        standards={one.code: one.standard for one in kept},
    )  # fmt: skip


def sets_asked(session: Session, asked: GroupsAsked) -> Sets:
    """The versions that a report stands on. Standards are of consumables: full cost is not held against them.

    Raises: UnknownCostTable.
    """
    sets = sets_of(session, asked.payer, asked.version, asked.at)
    alike = asked.cost is None or asked.cost.method == CaseMethod.MATERIALS
    return sets if alike else replace(sets, standards={})


def payers(session: Session) -> list[Payer]:
    """Every payer whose groups were imported, the newest year first, by weight (DRG) before by points (DIP)."""
    query = select(CostTable.scope).where(CostTable.kind == TableKind.GROUPS.value).distinct()
    return sorted(
        (Payer.of(scope) for scope in session.scalars(query)),
        key=lambda one: (-one.year, one.region, one.method != "drg"),
    )


def cases_of(session: Session, asked: GroupsAsked, sets: Sets, *, costed: bool = True) -> Subquery:
    """One row a case: its encounter, the code of its group (empty: ungrouped), weight, mean fee, cost and fee.

    `costed`: whether the cost is wanted, which takes longest.
    """
    payer, found = asked.payer, cases_asked(asked)
    stay, out = found.stay, found.which
    grouping, billed = groupings_at(asked.at), case_revenue_at(asked.at)
    grouped = and_(
        grouping.encounter_id == stay.id, grouping.region == payer.region, grouping.year == payer.year,
        grouping.method == payer.method,
    )  # fmt: skip
    said = func.coalesce(grouping.code, stay.drg_code, "")
    known = and_(PaymentGroup.code == said, PaymentGroup.table_id == (sets.groups.id if sets.groups else 0))
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


def outlier_of(cases: Subquery, bands: Sequence[Band]) -> ColumnElement[str]:
    """Whether a case is a high or low outlier, as an expression: the rule of `payment.outlier`."""
    scale = 10_000
    kinds: list[Any] = []
    for band in sorted(bands, key=lambda one: one.weight_from, reverse=True):
        mine = (cases.c.weight >= band.weight_from) & (cases.c.mean_fee > 0) & (cases.c.fee > 0)
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
    sets = sets_asked(session, asked)
    cases = cases_of(session, asked, sets)
    kind = outlier_of(cases, sets.bands)
    query = select(
        cases.c.code, func.max(cases.c.name).label("name"), func.count().label("cases"),
        func.sum(cases.c.cost).label("cost"), func.sum(cases.c.fee).label("fee"),
        func.max(cases.c.weight).label("weight"), func.max(cases.c.mean_fee).label("mean_fee"),
        func.sum(case((kind == "low", 1), else_=0)).label("low"),
        func.sum(case((kind == "high", 1), else_=0)).label("high"),
    ).group_by(cases.c.code)  # fmt: skip
    found = session.execute(query).all()
    paid = _outliers_paid(session, asked, sets) if any(row.low or row.high for row in found) else {}
    return summed([_group(row, sets, paid.get(row.code, ZERO)) for row in found], sets)


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


def _outliers_paid(session: Session, asked: GroupsAsked, sets: Sets) -> dict[str, Decimal]:
    """What outliers are paid, by group: the few cases that are paid one by one."""
    paid: dict[str, Decimal] = {}
    if sets.terms is None:
        return paid
    cases = cases_of(session, asked, sets, costed=False)
    kind = outlier_of(cases, sets.bands)
    query = select(cases.c.code, cases.c.weight, cases.c.mean_fee, cases.c.fee).where(kind != "")
    for code, weight, mean, fee in session.execute(query):
        amount = payment(base_payment(weight, sets.terms), fee, mean, band_of(sets.bands, weight))
        paid[code] = paid.get(code, ZERO) + amount
    return paid


def _group(row: Any, sets: Sets, outliers_paid: Decimal) -> GroupCost:
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


def mean_fees(session: Session, sets: Sets) -> dict[str, Decimal]:
    """What a case of each group costs on average in the region, as the payer says: what outliers are told by."""
    query = select(PaymentGroup.code, PaymentGroup.mean_fee).where(
        PaymentGroup.table_id == (sets.groups.id if sets.groups else 0), PaymentGroup.mean_fee.is_not(None)
    )
    return {code: mean for code, mean in session.execute(query) if mean is not None}


def select_groups(table: CostTable) -> Select[Any]:
    """The groups of a version, for a list."""
    return select(PaymentGroup.id).where(PaymentGroup.table_id == table.id)
