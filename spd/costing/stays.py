"""This file is what the ledger put on each case, summed up: up to a posting in a table, what came after it as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Insert, Subquery, and_, func, literal, select, text, union_all
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from spd.costing.case_models import StayCost, StayRoll
from spd.costing.expense import is_cost
from spd.encounters import Encounter, stays_at
from spd.ledger import EntryRow, Posting
from spd.ledger.verify import Problem


def through(session: Session) -> int:
    """The last posting that is summed up."""
    return session.scalar(select(func.max(StayRoll.through_posting))) or 0


def roll(session: Session, *, at: datetime) -> int:
    """Sum up what was posted since; how many postings. Twice at one moment, one of the two does nothing.

    Writers of entries finish first and others wait: no posting with a number below the last can come later.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE entries IN SHARE ROW EXCLUSIVE MODE"))
    begin = through(session)
    end = session.scalar(select(func.max(Posting.id))) or 0
    if end <= begin:
        return 0
    session.add(StayRoll(through_posting=end, rolled_at=at))
    session.flush()  # of two that sum up the same, one is refused here
    columns = ("encounter_id", "period", "department_id", "chargeable", "amount")
    session.execute(_adding(session, columns, _sums(session, begin, end)))
    return int(end - begin)


def _sums(session: Session, begin: int, end: int | None, at: datetime | None = None) -> Any:
    query: Any = (
        select(
            Posting.encounter_id, Posting.period, Posting.department_id, Posting.chargeable,
            func.sum(Posting.amount).label("amount"),
        )
        .where(Posting.id > begin, Posting.encounter_id.is_not(None), Posting.department_id.is_not(None))
        .where(is_cost(session))
        .group_by(Posting.encounter_id, Posting.period, Posting.department_id, Posting.chargeable)
    )  # fmt: skip
    if at is not None:
        query = query.where(_by_then(at))
    return query if end is None else query.where(Posting.id <= end)


def _by_then(at: datetime) -> ColumnElement[bool]:
    return Posting.entry_id.in_(select(EntryRow.id).where(EntryRow.recorded_at <= at))


def _adding(session: Session, columns: tuple[str, ...], sums: Any) -> Insert:
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    made = insert(StayCost).from_select(columns, sums.where(literal(value=True)))
    added: Insert = made.on_conflict_do_update(
        index_elements=columns[:4], set_={"amount": StayCost.amount + made.excluded.amount}
    )
    return added


def stay_costs(session: Session, at: datetime | None = None) -> Subquery:
    """Cost by encounter, period, department and chargeable or not, up to this moment; a key may come twice. With `at`
    what was recorded until then, from the postings alone."""
    if at is not None:
        then: Subquery = _sums(session, 0, None, at).subquery("stay_costs_then")
        return then
    summed = select(
        StayCost.encounter_id, StayCost.period, StayCost.department_id, StayCost.chargeable, StayCost.amount
    )
    return union_all(summed, _sums(session, through(session), None)).subquery("stay_costs_now")


def discharged(since: datetime, until: datetime, stay: Any = Encounter) -> ColumnElement[bool]:
    """The cases discharged in a span, as a condition on stays: a stay that was merged into another is none."""
    return and_(stay.discharged_at >= since, stay.discharged_at < until, stay.merged_into_id.is_(None), ~stay.cancelled)


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Amounts that lie on stays: the column of the stay, of the amount, and which rows count."""

    stay: Any
    amount: Any
    where: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cases:
    """Some cases: the stays that are asked, as they are or as they were known `at` an instant, and which of them."""

    which: ColumnElement[bool]
    stay: Any = Encounter
    at: datetime | None = None


def by_case(session: Session, cases: Cases) -> Subquery:
    """All that was ever put on each of some cases, up to this moment, or recorded until their instant."""
    if cases.at is not None:
        known = (Posting.department_id.is_not(None), is_cost(session), _by_then(cases.at))
        return summed_by_case(cases, Amounts(stay=Posting.encounter_id, amount=Posting.amount, where=known))
    return summed_by_case(
        cases,
        Amounts(stay=StayCost.encounter_id, amount=StayCost.amount),
        Amounts(
            stay=Posting.encounter_id, amount=Posting.amount,
            where=(Posting.id > through(session), Posting.department_id.is_not(None), is_cost(session)),
        ),
    )  # fmt: skip


def summed_by_case(cases: Cases, *sources: Amounts) -> Subquery:
    """Amounts by case: what lies on a stay that was merged is its survivor's."""
    stay, merged, which = cases.stay, stays_at(cases.at), cases.which
    parts: list[Any] = []
    for one in sources:
        own = select(stay.id, one.amount.label("amount")).join(stay, stay.id == one.stay)
        its = select(stay.id, one.amount.label("amount")).join(merged, merged.id == one.stay)
        its = its.join(stay, stay.id == merged.merged_into_id)
        parts += [own.where(which, stay.merged_into_id.is_(None), *one.where), its.where(which, *one.where)]
    both = union_all(*parts).subquery()
    total = func.sum(both.c.amount).label("amount")
    return select(both.c.id.label("encounter_id"), total).group_by(both.c.id).subquery()


def problems(session: Session) -> list[Problem]:
    """Where what is summed up is not the sum of its postings; an empty list is the proof."""
    end = through(session)
    kept = {
        (one.encounter_id, one.period, one.department_id, one.chargeable): one.amount
        for one in session.scalars(select(StayCost))
    }
    there = {tuple(row)[:4]: row.amount for row in session.execute(_sums(session, 0, end))} if end else {}
    wrong = [key for key in kept.keys() | there.keys() if kept.get(key, 0) != there.get(key, 0)]
    return [
        Problem(
            check="stay-costs", table="stay_costs", row=f"encounter {key[0]}, {key[1]}",
            says=f"says {kept.get(key, 0)}; its postings are {there.get(key, 0)}",
        )
        for key in sorted(wrong, key=str)
    ]  # fmt: skip
