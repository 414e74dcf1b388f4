"""This file is the cases of a span as usage review sees them: what each used, its group, whose it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.costing import Payer
from spd.costing.groups import GroupsAsked, cases_of, sets_of
from spd.encounters import Encounter
from spd.ledger import Account, Posting
from spd.places import Department
from spd.reviewing.models import CasePhysician

RATIO = Decimal("0.0001")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One case that has a group and used something."""

    encounter_id: int
    encounter: str
    group: str
    department_id: int
    department: str
    physician: str
    discharged_at: datetime
    cost: Decimal


def cases_seen(session: Session, payer: Payer, since: datetime, until: datetime) -> list[Case]:
    """Cases discharged in a span that have a group of the payer's set and used anything."""
    asked = GroupsAsked(since=since, until=until, payer=payer)
    cases = cases_of(session, asked, sets_of(session, payer))
    query = (
        select(
            cases.c.encounter_id, Encounter.code.label("encounter"), cases.c.code.label("group"),
            Encounter.department_id, Department.code.label("department"),
            func.coalesce(CasePhysician.physician, "").label("physician"), Encounter.discharged_at, cases.c.cost,
        )
        .join(Encounter, Encounter.id == cases.c.encounter_id)
        .join(Department, Department.id == Encounter.department_id)
        .outerjoin(CasePhysician, CasePhysician.encounter_id == cases.c.encounter_id)
        .where(cases.c.code != "", cases.c.cost > 0)
        .order_by(cases.c.encounter_id)
    )  # fmt: skip
    return [Case(**row._asdict()) for row in session.execute(query)]


def ratios(cases: Iterable[Case], medians: dict[str, Decimal]) -> list[tuple[Case, Decimal]]:
    """Each case as how many times the median of its group, so that cases of several groups can stand together."""
    return [(case, (case.cost / medians[case.group]).quantize(RATIO)) for case in cases if medians.get(case.group)]


def by_product(session: Session, since: datetime, until: datetime) -> dict[tuple[int, int], Decimal]:
    """What of each product was used on each case discharged in a span, by (encounter, product), in yuan."""
    expense = select(Account.code).where(Account.kind == "expense")
    amount = func.sum(Posting.amount)
    query = (
        select(Posting.encounter_id, Posting.product_id, amount)
        .join(Encounter, Encounter.id == Posting.encounter_id)
        .where(Encounter.discharged_at >= since, Encounter.discharged_at < until, Posting.account.in_(expense))
        .group_by(Posting.encounter_id, Posting.product_id)
        .having(amount > 0)
    )
    rows = session.execute(query)
    return {(encounter, product): spent for encounter, product, spent in rows if encounter and product}
