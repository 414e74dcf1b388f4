"""This file is what became of it afterwards: the same measure of the same subject in the month after."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from spd.reviewing.look import LookedAt
from spd.reviewing.models import Subject, UsageReview
from spd.reviewing.robust import middle
from spd.reviewing.seen import RATIO, Case, by_product, cases_seen, ratios


@dataclass(frozen=True, kw_only=True)
class Effect:
    """The measure in the month that was reviewed and in the one after, each with its cases; no value where none."""

    before: Decimal | None
    before_cases: int
    after: Decimal | None
    after_cases: int

    @property
    def change(self) -> Decimal | None:
        """By how many percent it changed."""
        if self.before is None or self.after is None or not self.before:
            return None
        return (Decimal(100) * (self.after - self.before) / self.before).quantize(Decimal("0.1"))


def effect(session: Session, review: UsageReview, at: LookedAt, after: LookedAt) -> Effect:
    """What the subject used in its month and in the month `after`. A case is followed by its department and group.

    Both are measured against the same medians, of the reviewed month's peers, so that a change is the subject's own.
    """
    peers = cases_seen(session, at.payer, at.peers_since, at.until, at=at.at)
    medians = {group: middle([c.cost for c in peers if c.group == group]) for group in {c.group for c in peers}}
    before, before_cases = _measure(session, review, at, medians)
    later, later_cases = _measure(session, review, after, medians)
    return Effect(before=before, before_cases=before_cases, after=later, after_cases=later_cases)


def _measure(
    session: Session, review: UsageReview, at: LookedAt, medians: dict[str, Decimal]
) -> tuple[Decimal | None, int]:
    cases = [case for case in cases_seen(session, at.payer, at.since, at.until, at=at.at) if _is_of(review, case)]
    if review.subject == Subject.PRODUCT:
        used = by_product(session, at.since, at.until, at=at.at)
        values = [used[key] for case in cases if (key := (case.encounter_id, review.product_id or 0)) in used]
    elif review.subject in (Subject.DEPARTMENT, Subject.PHYSICIAN):
        values = [ratio for _, ratio in ratios(cases, medians)]
    else:
        values = [case.cost for case in cases]
    return (middle(values).quantize(RATIO) if values else None), len(values)


def _is_of(review: UsageReview, case: Case) -> bool:
    if review.subject == Subject.PHYSICIAN:
        return case.physician == review.of
    in_group = not review.group_code or case.group == review.group_code
    return in_group and review.department_id in (None, case.department_id)
