"""This file is the cases of a span as usage review sees them: what each used, its group, whose it was."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from spd.costing.group_sets import by_year
from spd.costing.groups import GroupsAsked, cases_of
from spd.encounters import stays_at
from spd.ledger import Account, EntryRow, Posting
from spd.places import Department
from spd.reviewing.models import physicians_at

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
    fee: Decimal
    """What it was billed."""


def cases_seen(session: Session, asked: GroupsAsked, *, used_nothing: bool = False) -> list[Case]:
    """Cases discharged in a span that have a group of the payer's sets and used anything, or whatever they used; as of
    an instant, as they were known then."""
    cases, stay = cases_of(session, asked, by_year(session, asked)), stays_at(asked.at)
    told = physicians_at(asked.at)
    query = (
        select(
            cases.c.encounter_id, stay.code.label("encounter"), cases.c.code.label("group"),
            stay.department_id, Department.code.label("department"),
            func.coalesce(told.physician, "").label("physician"), stay.discharged_at, cases.c.cost,
            cases.c.fee,
        )
        .join(stay, stay.id == cases.c.encounter_id)
        .join(Department, Department.id == stay.department_id)
        .outerjoin(told, told.encounter_id == cases.c.encounter_id)
        .where(cases.c.code != "")
        .order_by(cases.c.encounter_id)
    )  # fmt: skip
    if not used_nothing:
        query = query.where(cases.c.cost > 0)
    return [Case(**row._asdict()) for row in session.execute(query)]


def ratios(cases: Iterable[Case], medians: dict[str, Decimal]) -> list[tuple[Case, Decimal]]:
    """Each case as how many times the median of its group, so that cases of several groups can stand together."""
    return [(case, (case.cost / medians[case.group]).quantize(RATIO)) for case in cases if medians.get(case.group)]


def by_product(
    session: Session, since: datetime, until: datetime, *, at: datetime | None = None
) -> dict[tuple[int, int], Decimal]:
    """What of each product was used on each case discharged in a span, by (encounter, product), in yuan.

    What was used under a number that was merged is its survivor's.
    """
    case, merged = stays_at(at), stays_at(at)
    uses = select(case.id.label("case_id"), Posting.product_id, Posting.amount).where(
        case.discharged_at >= since, case.discharged_at < until,
        Posting.account.in_(select(Account.code).where(Account.kind == "expense")),
    )  # fmt: skip
    if at is not None:
        uses = uses.where(Posting.entry_id.in_(select(EntryRow.id).where(EntryRow.recorded_at <= at)))
    # Two questions, each by the numbers of few stays: asked as one, everything posted would be gone through.
    own = uses.join(Posting, Posting.encounter_id == case.id).where(case.merged_into_id.is_(None))
    theirs = uses.join(merged, merged.merged_into_id == case.id).join(Posting, Posting.encounter_id == merged.id)
    both = union_all(own, theirs).subquery()
    amount = func.sum(both.c.amount)
    query = select(both.c.case_id, both.c.product_id, amount).group_by(both.c.case_id, both.c.product_id)
    rows = session.execute(query.having(amount > 0))
    return {(encounter, product): spent for encounter, product, spent in rows if encounter and product}
