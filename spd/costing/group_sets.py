"""This file is by which versions of a payer's sets a case is grouped and paid: those of the year it was discharged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, literal, select
from sqlalchemy.orm import Session

from spd.core.clock import day_of, first_instant
from spd.costing.case_models import GroupStandard, OutlierBand, PaymentTerms
from spd.costing.payment import Band, Terms
from spd.costing.versions import CostTable, Payer, TableKind, get_version, newest

_MOMENT = timedelta(microseconds=1)


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
    """The versions of one payer's year that a report stands on, and what is in them."""

    groups: TableSeen | None
    terms: Terms | None
    bands: Sequence[Band]
    standards: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True)
class Discharged:
    """Which cases (discharged from `since` up to `until`, by the hospital's clock) by which payer's sets.

    `version`: of the groups, the last where none is named. `at`: of the sets that there were at an instant.
    """

    since: datetime
    until: datetime
    zone: ZoneInfo
    payer: Payer
    version: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class SetsOfYear:
    """The sets of the cases that were discharged before an instant, and not before those of the year before ended."""

    payer: Payer
    until: datetime
    sets: Sets


Years = Sequence[SetsOfYear]
"""The sets of the years of a span, the earliest first."""


def payers(session: Session) -> list[Payer]:
    """Every payer whose groups were imported, the newest year first, by weight (DRG) before by points (DIP)."""
    return sorted(_payers(session), key=lambda one: (-one.year, one.region, one.method != "drg"))


def payers_in(session: Session, year: int) -> list[Payer]:
    """The payers to choose from in a year: of who has groups of that year only these, of others all."""
    known = payers(session)
    return [one for one in known if in_year(one, year, known) == one]


def payer_of_year(session: Session, payer: Payer, year: int) -> Payer:
    """The payer in a year: its own of that year where it has groups of it, else as it is."""
    return in_year(payer, year, _payers(session))


def in_year(payer: Payer, year: int, known: Sequence[Payer]) -> Payer:
    """The same of the payers that are known."""
    own = replace(payer, year=year)
    return own if own in known else payer


def _payers(session: Session, at: datetime | None = None) -> list[Payer]:
    query: Select[Any] = select(CostTable.scope).where(CostTable.kind == TableKind.GROUPS.value).distinct()
    if at is not None:
        query = query.where(CostTable.set_at <= at)
    return [Payer.of(scope) for scope in session.scalars(query)]


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


def by_year(session: Session, asked: Discharged) -> Years:
    """The sets of each year of a span; of a year without groups of its own those of the payer as it was asked for.

    A version that is named of another year's groups than any of these is taken for all. Raises: UnknownCostTable.
    """
    known = _payers(session, asked.at)
    first, last = (day_of(one, asked.zone).year for one in (asked.since, asked.until - _MOMENT))
    whose = {year: in_year(asked.payer, year, known) for year in range(first, last + 1)}
    if not whose or (asked.version and asked.payer not in whose.values()):
        whose = {last: asked.payer}
    return [
        SetsOfYear(
            payer=payer, until=first_instant(date(max(year for year, _payer in its) + 1, 1, 1), asked.zone),
            sets=sets_of(session, payer, asked.version if payer == asked.payer else None, asked.at),
        )
        for payer, its in groupby(whose.items(), key=lambda one: one[1])
    ]  # fmt: skip


def of_its_year(years: Years, discharged_at: Any, said: Callable[[SetsOfYear], int]) -> ColumnElement[int]:
    """What is said of the year that a case was discharged in, as an expression."""
    values = [said(one) for one in years]
    if len(years) == 1:
        return literal(values[0])
    before = [(discharged_at < one.until, value) for one, value in zip(years[:-1], values[:-1], strict=True)]
    return case(*before, else_=values[-1])
