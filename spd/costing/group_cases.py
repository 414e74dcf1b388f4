"""This file is the cases of a group, each against what it is paid and what it should cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from spd.costing.group_sets import Sets
from spd.costing.groups import GroupsAsked, cases_of, sets_asked
from spd.costing.payment import band_of, base_payment, outlier, payment
from spd.encounters import stays_at
from spd.places import departments_at


@dataclass(frozen=True, kw_only=True)
class CaseOfGroup:
    """One case against its group."""

    encounter: str
    department: str
    department_en: str
    discharged_at: datetime
    said: str
    status: str
    cost: Decimal
    fee: Decimal
    payment: Decimal | None
    margin: Decimal | None
    outlier: str
    deviation: Decimal | None
    """Cost less the group's standard."""
    encounter_class: str = ""
    """Whether it lay in; not known of what was kept before it was asked."""
    mean_fee: Decimal | None = None
    """What a case of its group costs on average in the region, by which it was told whether it is an outlier."""


def cases_in(session: Session, asked: GroupsAsked, code: str) -> list[CaseOfGroup]:
    """The cases of one group, the dearest first; of the empty code the ungrouped. Raises: UnknownCostTable."""
    query, code_of, sets = _cases(session, asked)
    return [_case(row, sets[row.year]) for row in session.execute(query.where(code_of == code))]


def by_code(session: Session, asked: GroupsAsked) -> dict[str, list[CaseOfGroup]]:
    """The cases of every group by its code, the dearest first. Raises: UnknownCostTable."""
    query, _code, sets = _cases(session, asked)
    found: dict[str, list[CaseOfGroup]] = {}
    for row in session.execute(query):
        found.setdefault(row.code, []).append(_case(row, sets[row.year]))
    return found


def _cases(session: Session, asked: GroupsAsked) -> tuple[Select[Any], Any, dict[int, Sets]]:
    years = sets_asked(session, asked)
    cases = cases_of(session, asked, years)
    stay, department = stays_at(asked.at), departments_at(asked.at)
    query: Any = (
        select(cases, stay.code.label("encounter"), stay.encounter_class, stay.discharged_at,
               department.name.label("department"), department.name_en.label("department_en"))
        .join(stay, stay.id == cases.c.encounter_id)
        .join(department, department.id == stay.department_id)
        .order_by(cases.c.cost.desc(), stay.code)
    )  # fmt: skip
    return query, cases.c.code, {one.payer.year: one.sets for one in years}


def _case(row: Any, sets: Sets) -> CaseOfGroup:
    band = band_of(sets.bands, row.weight)
    pays = None
    if row.weight is not None and sets.terms is not None:
        pays = payment(base_payment(row.weight, sets.terms), row.fee, row.mean_fee, band)
    standard = sets.standards.get(row.code)
    return CaseOfGroup(
        encounter=row.encounter, department=row.department, department_en=row.department_en,
        discharged_at=row.discharged_at, said=row.said, status=row.status, cost=row.cost, fee=row.fee, payment=pays,
        margin=None if pays is None else pays - row.cost, outlier=outlier(row.fee, row.mean_fee, band).value,
        deviation=None if standard is None else row.cost - standard, encounter_class=row.encounter_class,
        mean_fee=row.mean_fee,
    )  # fmt: skip
