"""This file is looking for what stands out in a month: cases, departments, physicians, products, special cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import policies
from spd.core.occasion import Occasion
from spd.costing import Payer, group_cases, group_sets
from spd.costing.groups import GroupsAsked, report
from spd.encounters import Encounter
from spd.ledger import Racing, instants_of, shifted
from spd.reviewing.models import OF_CASES, Subject, UsageReview
from spd.reviewing.robust import Peers, middle, peers_of
from spd.reviewing.seen import RATIO, Case, by_product, cases_seen, ratios

CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class LookedAt:
    """Which month's cases, by whose groups; peers are of the span from `peers_since` on, by the hospital's clock.

    `at`: by what was told and recorded until an instant.
    """

    period: str
    payer: Payer
    since: datetime
    until: datetime
    peers_since: datetime
    zone: ZoneInfo
    at: datetime | None = None

    @property
    def cases(self) -> GroupsAsked:
        """The month's cases, to ask."""
        return GroupsAsked(since=self.since, until=self.until, zone=self.zone, payer=self.payer, at=self.at)

    @property
    def peers(self) -> GroupsAsked:
        """The cases of the whole span, to ask."""
        return replace(self.cases, since=self.peers_since)


PEERS_MONTHS = 12
"""Peers are the cases discharged in so many months up to the one that is looked at."""


def month_looked_at(
    session: Session, period: str, payer: Payer, *, zone: ZoneInfo, at: datetime | None = None
) -> LookedAt:
    """A month with its peers, as they are or were known at an instant; by the payer's groups of the month's year where
    it has any."""
    payer = group_sets.payer_of_year(session, payer, int(period[:4]))
    since, until = instants_of(session, period, zone)
    peers_since, _after = instants_of(session, shifted(period, 1 - PEERS_MONTHS), zone)
    return LookedAt(period=period, payer=payer, since=since, until=until, peers_since=peers_since, zone=zone, at=at)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What came of it."""

    cases: int
    found: int
    """New on the worklist."""


@dataclass(frozen=True, kw_only=True)
class _Out:
    subject: Subject
    of: str
    cases: int
    value: Decimal
    peers: Peers
    score: Decimal | None
    group: str = ""
    why: str = "high"
    encounter_id: int | None = None
    department_id: int | None = None
    product_id: int | None = None

    @property
    def apart(self) -> str:
        """What tells it apart from others of its kind that are called the same."""
        return "" if self.subject in OF_CASES else self.group


def look(session: Session, occasion: Occasion, at: LookedAt) -> Looked:
    """What stands out in a month by a payer's groups comes on the worklist, each once: looking again adds only what is
    new. A case that was grouped otherwise since is not new; `effect` tells its group.

    Raises: UnknownCostTable, Racing.
    """
    limit = Decimal(policies.get(session, "review.score_tenths")) / 10
    least = policies.get(session, "review.least_peers")
    span = cases_seen(session, at.peers)
    now = [case for case in span if case.discharged_at >= at.since]
    groups = _by_group(span, least)
    outs = [
        *_cases(now, groups, limit),
        *_together(now, span, groups, least=least, limit=limit),
        *_products(session, at, now, span, least=least, limit=limit),
        *_special(session, at),
    ]
    query = select(UsageReview.subject, UsageReview.apart, UsageReview.of).where(
        UsageReview.period == at.period, UsageReview.payer == at.payer.scope
    )
    known = {tuple(row) for row in session.execute(query)}
    new = [out for out in outs if (out.subject.value, out.apart, out.of) not in known]
    session.add_all(_row(at, occasion, out) for out in new)
    try:
        session.flush()  # of two that look at one moment, one is refused here
    except IntegrityError as error:
        raise Racing() from error
    return Looked(cases=len(now), found=len(new))


def _row(at: LookedAt, occasion: Occasion, out: _Out) -> UsageReview:
    return UsageReview(
        period=at.period, payer=at.payer.scope, subject=out.subject.value, group_code=out.group, apart=out.apart,
        of=out.of,
        encounter_id=out.encounter_id, department_id=out.department_id, product_id=out.product_id, cases=out.cases,
        peers=out.peers.count, value=out.value.quantize(RATIO), median=out.peers.median.quantize(RATIO),
        deviation=out.peers.mad.quantize(RATIO), score=out.score, why=out.why, found_at=occasion.recorded_at,
    )  # fmt: skip


def _by_group(cases: Sequence[Case], least: int) -> dict[str, Peers]:
    """The peers of each group that has enough of them."""
    costs: dict[str, list[Decimal]] = defaultdict(list)
    for case in cases:
        costs[case.group].append(case.cost)
    return {group: peers_of(of) for group, of in costs.items() if len(of) >= least}


def _cases(now: Sequence[Case], groups: Mapping[str, Peers], limit: Decimal) -> Iterator[_Out]:
    """Cases that used far more than those of their group."""
    for case in now:
        peers = groups.get(case.group)
        score = peers.score(case.cost) if peers else None
        if peers is not None and score is not None and score >= limit:
            yield _Out(
                subject=Subject.CASE, of=case.encounter, group=case.group, cases=1, value=case.cost, peers=peers,
                score=score, encounter_id=case.encounter_id, department_id=case.department_id,
            )  # fmt: skip


def _together(
    now: Sequence[Case], span: Sequence[Case], groups: Mapping[str, Peers], *, least: int, limit: Decimal
) -> Iterator[_Out]:
    """Departments and physicians whose cases used far more for their groups than those of others."""
    medians = {group: peers.median for group, peers in groups.items()}
    for subject in (Subject.DEPARTMENT, Subject.PHYSICIAN):
        mine: dict[str, list[tuple[Case, Decimal]]] = defaultdict(list)
        for case, ratio in ratios(now, medians):
            if of := case.department if subject is Subject.DEPARTMENT else case.physician:
                mine[of].append((case, ratio))
        everybody = [ratio for _, ratio in ratios(span, medians)]
        if len(everybody) < least:
            continue
        peers = peers_of(everybody)
        for of, cases in sorted(mine.items()):
            value = middle([ratio for _, ratio in cases])
            score = peers.score(value)
            if score is not None and score >= limit and len(cases) > 1:
                first = cases[0][0]
                yield _Out(
                    subject=subject, of=of, cases=len(cases), value=value, peers=peers, score=score,
                    department_id=first.department_id if subject is Subject.DEPARTMENT else None,
                )  # fmt: skip


def _products(
    session: Session, at: LookedAt, now: Sequence[Case], span: Sequence[Case], *, least: int, limit: Decimal
) -> Iterator[_Out]:
    """Products of which far more was used on a case of a group than is used on such cases."""
    group_of = {case.encounter_id: case.group for case in span}
    this_month = {case.encounter_id for case in now}
    all_of: dict[tuple[str, int], list[Decimal]] = defaultdict(list)
    now_of: dict[tuple[str, int], list[Decimal]] = defaultdict(list)
    for (encounter, product), amount in by_product(session, at.peers_since, at.until).items():
        if encounter in group_of:
            key = (group_of[encounter], product)
            all_of[key].append(amount)
            if encounter in this_month:
                now_of[key].append(amount)
    for (group, product), amounts in sorted(now_of.items()):
        if len(all_of[group, product]) >= least and len(amounts) > 1:
            peers, value = peers_of(all_of[group, product]), middle(amounts)
            score = peers.score(value)
            if score is not None and score >= limit:
                yield _Out(
                    subject=Subject.PRODUCT, of=str(product), group=group, cases=len(amounts), value=value,
                    peers=peers, score=score, product_id=product,
                )  # fmt: skip


def _special(session: Session, at: LookedAt) -> Iterator[_Out]:
    """Cases that the payer's rules call outliers, by what they were billed against the payer's mean of their group."""
    for row in [row for row in report(session, at.cases).rows if row.low or row.high]:
        outs = [case for case in group_cases.cases_in(session, at.cases, row.code) if case.outlier]
        query = select(Encounter.code, Encounter.id, Encounter.department_id)
        found = query.where(Encounter.code.in_([case.encounter for case in outs]))
        numbers = {code: (number, department) for code, number, department in session.execute(found)}
        for case in outs:
            number, department = numbers[case.encounter]
            mean = case.mean_fee or Decimal(0)
            peers = Peers(count=row.cases, median=mean, mad=Decimal(0), mean_distance=Decimal(0))
            yield _Out(
                subject=Subject.SPECIAL, of=case.encounter, group=row.code, cases=1, value=case.fee, peers=peers,
                score=None, why=case.outlier, encounter_id=number, department_id=department,
            )  # fmt: skip
