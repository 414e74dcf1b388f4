"""This file is what became of it afterwards: the same measure of the same subject in the month after, case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.costing.group_sets import by_year
from spd.costing.groups import cases_of
from spd.reviewing.look import LookedAt
from spd.reviewing.models import OF_CASES, Subject, UsageReview
from spd.reviewing.robust import middle
from spd.reviewing.seen import RATIO, Case, by_product, cases_seen, ratios


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One case of a subject, and what of it was measured: yuan used, billed, or of a product; or times the median."""

    period: str
    case: Case
    value: Decimal


@dataclass(frozen=True, kw_only=True)
class Effect:
    """The measure in the month that was reviewed and in the one after, each the median of its cases, of a product the
    mean; no value where there are none. `cases`: those of both months, the highest first."""

    before: Decimal | None
    before_cases: int
    after: Decimal | None
    after_cases: int
    cases: Sequence[Measured]
    group_now: str | None = None
    """The group of a case that was grouped otherwise since it was found; empty where it has none any more."""

    @property
    def change(self) -> Decimal | None:
        """By how many percent it changed."""
        if self.before is None or self.after is None or not self.before:
            return None
        return (Decimal(100) * (self.after - self.before) / self.before).quantize(Decimal("0.1"))


def effect(session: Session, review: UsageReview, at: LookedAt, after: LookedAt) -> Effect:
    """What the subject used in its month and in the month `after`. A case is followed by its department and group.

    Both are measured against the same medians, of the reviewed month's peers, so that a change is the subject's own. A
    special case is measured by what was billed, as the payer does.
    """
    peers = cases_seen(session, at.peers)
    medians = {group: middle([c.cost for c in peers if c.group == group]) for group in {c.group for c in peers}}
    before, later = _measured(session, review, at, medians), _measured(session, review, after, medians)
    return Effect(
        before=_usual(review, before), before_cases=len(before), after=_usual(review, later), after_cases=len(later),
        cases=sorted([*before, *later], key=lambda one: (one.period, -one.value, one.case.encounter)),
        group_now=_group_now(session, review, at),
    )  # fmt: skip


def _group_now(session: Session, review: UsageReview, at: LookedAt) -> str | None:
    if review.subject not in OF_CASES:
        return None
    cases = cases_of(session, at.cases, by_year(session, at.cases), costed=False)
    group = session.scalar(select(cases.c.code).where(cases.c.encounter_id == review.encounter_id))
    return None if group == review.group_code else group


def _usual(review: UsageReview, cases: Sequence[Measured]) -> Decimal | None:
    """The median; of a product the mean, for cases that do without it count as well."""
    values = [one.value for one in cases]
    if not values:
        return None
    usual = sum(values, Decimal(0)) / len(values) if review.subject == Subject.PRODUCT else middle(values)
    return usual.quantize(RATIO)


def _measured(session: Session, review: UsageReview, at: LookedAt, medians: Mapping[str, Decimal]) -> list[Measured]:
    special = review.subject == Subject.SPECIAL
    found = cases_seen(session, at.cases, used_nothing=special)
    cases = [case for case in found if _is_of(review, case)]
    if review.subject == Subject.PRODUCT:
        used = by_product(session, at.since, at.until, at=at.at)
        values = [(case, used.get((case.encounter_id, review.product_id or 0), Decimal(0))) for case in cases]
    elif review.subject in (Subject.DEPARTMENT, Subject.PHYSICIAN):
        values = ratios(cases, dict(medians))
    else:
        values = [(case, case.fee if special else case.cost) for case in cases]
    return [Measured(period=at.period, case=case, value=value) for case, value in values]


def _is_of(review: UsageReview, case: Case) -> bool:
    if review.subject == Subject.PHYSICIAN:
        return case.physician == review.of
    in_group = not review.group_code or case.group == review.group_code
    return in_group and review.department_id in (None, case.department_id)
