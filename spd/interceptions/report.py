"""This file is the report of what was caught: the score, rule by rule and person by person, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from spd.core.columns import BigInt
from spd.interceptions.models import Interception
from spd.ledger import Item, Movement, MovementKind
from spd.staff import Staff
from spd.stock.scanned_uses import was_scanned

FATES = ("overridden", "undone", "went_on", "other_patient", "used_after", "replaced", "left", "untraced")
"""What became of it. Of a scan that went on: two let it pass, it was undone since, or it stands. Of one that was
stopped, that day: two let the same thing pass; it was used on another patient; it was used after all; another of its
kind was used on that patient instead; nothing was; or no thing was named, so that nobody can say."""
CHANGED = ("undone", "other_patient", "replaced", "left")
"""Those in which the interception changed what was done."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which days, the last included, and whose departments; None is all of them."""

    first_on: date
    last_on: date
    departments: frozenset[int] | None = None
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The figures of a period. Scans are those booked and those stopped; what no scan booked is none."""

    scans: int
    caught: int
    score: int
    stopped: int
    overridden: int
    people: int

    @property
    def per_thousand(self) -> Decimal:
        """Score per 1,000 scans."""
        return _ratio(1000 * self.score, self.scans)

    @property
    def per_person(self) -> Decimal:
        """Score per person who scanned. Source: domain facts E5, the index."""
        return _ratio(self.score, self.people)

    @property
    def override_permille(self) -> Decimal:
        """Of what only two may let pass, thousandths that were let pass."""
        return _ratio(1000 * self.overridden, self.overridden + self.stopped)


@dataclass(frozen=True, kw_only=True)
class ByRule:
    """One rule in a period: how often, how bad, how often it changed what was done."""

    rule: str
    caught: int
    score: int
    stopped: int
    overridden: int
    changed: int
    untraced: int

    @property
    def changed_permille(self) -> Decimal:
        """Thousandths in which it changed what was done, of those of which it is known."""
        return _ratio(1000 * self.changed, self.caught - self.untraced)


@dataclass(frozen=True, kw_only=True)
class ByPerson:
    """One person in a period."""

    staff: str
    name: str
    scans: int
    caught: int
    score: int
    overridden: int

    @property
    def per_thousand(self) -> Decimal:
        """Score per 1,000 scans of theirs."""
        return _ratio(1000 * self.score, self.scans)


def _ratio(part: int, whole: int) -> Decimal:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.1")) if whole else Decimal(0)


_LATER = aliased(Movement)
_THING = aliased(Item)


def fate() -> ColumnElement[str]:
    """What became of an interception, as an expression on its row."""
    one = Interception
    undone = exists().where(Movement.reverses_id == one.movement_id).correlate(one)
    after = and_(
        _LATER.kind == MovementKind.CONSUME, _LATER.occurred_at > one.occurred_at, _LATER.day_on == one.day_on,
    )  # fmt: skip
    same = exists().where(_LATER.item_id == one.item_id, after).correlate(one)
    elsewhere = (
        exists()
        .where(_LATER.item_id == one.item_id, _LATER.encounter_id != one.encounter_id, after)
        .correlate(one)
    )  # fmt: skip
    other = (
        exists()
        .where(
            _LATER.encounter_id == one.encounter_id, _THING.id == _LATER.item_id,
            _THING.product_id == one.product_id, _THING.id != one.item_id, after,
        )
        .correlate(one)
    )  # fmt: skip
    return case(
        (and_(one.movement_id.is_not(None), undone), "undone"),
        (or_(one.approved_by_id.is_not(None), _let_pass_later()), "overridden"),
        (one.movement_id.is_not(None), "went_on"),
        (one.item_id.is_(None), "untraced"),
        (elsewhere, "other_patient"),
        (same, "used_after"),
        (other, "replaced"),
        else_="left",
    )


_PASSED_ = aliased(Interception)


def _let_pass_later() -> ColumnElement[bool]:
    """Whether two let the same thing pass the same rule later that day: then it is one near miss, told with that."""
    one = Interception
    return and_(
        one.movement_id.is_(None),
        one.outcome == "override",
        exists()
        .where(
            _PASSED_.item_id == one.item_id, _PASSED_.rule == one.rule, _PASSED_.day_on == one.day_on,
            _PASSED_.approved_by_id.is_not(None), _PASSED_.id > one.id,
        )
        .correlate(one),
    )  # fmt: skip


def rows(asked: Asked) -> Select[Any]:
    """The interceptions of these days, to be added columns to."""
    return select(Interception.id.label("id")).where(within(asked))


def within(asked: Asked) -> ColumnElement[bool]:
    """Whether an interception is one of these."""
    one = Interception
    wanted = [one.day_on >= asked.first_on, one.day_on <= asked.last_on]
    if asked.departments is not None:
        wanted.append(one.department_id.in_(asked.departments))
    if asked.rule:
        wanted.append(one.rule == asked.rule)
    return and_(*wanted)


def _counted(asked: Asked) -> ColumnElement[bool]:
    """Whether it counts: what was stopped before two let it pass counts once, as that."""
    return and_(within(asked), ~_let_pass_later())


def _booked(asked: Asked) -> ColumnElement[bool]:
    scanned = or_(was_scanned(), Movement.kind == MovementKind.OPEN)  # the rules look at a pack that is opened too
    wanted = [scanned, Movement.day_on >= asked.first_on, Movement.day_on <= asked.last_on]
    if asked.departments is not None:
        wanted.append(Movement.department_id.in_(asked.departments))
    return and_(*wanted)


_SCANS = func.count(Movement.request_key.distinct())
"""A kit is one scan, however much is in it."""
_STOPS = ("block", "override")
"""A wristband that was only warned of is no scan that was stopped."""
_STOP = and_(Interception.movement_id.is_(None), Interception.outcome.in_(_STOPS))
_STOPPED = func.coalesce(func.sum(case((_STOP, 1), else_=0)), 0)
_PASSED = func.coalesce(func.sum(case((Interception.approved_by_id.is_not(None), 1), else_=0)), 0)
_SCORE = func.coalesce(func.sum(Interception.severity, type_=BigInt), 0)


def totals(session: Session, asked: Asked) -> Totals:
    """The figures of the period."""
    asks_two = and_(Interception.outcome == "override", Interception.movement_id.is_(None))
    query = select(func.count(), _SCORE, _STOPPED, func.sum(case((asks_two, 1), else_=0)), _PASSED)
    caught, score, stopped, asking, passed = session.execute(query.where(_counted(asked))).one()
    booked = session.scalar(select(_SCANS).where(_booked(asked))) or 0
    people = select(Movement.staff_id).where(_booked(asked)).union(select(Interception.staff_id).where(within(asked)))
    count = session.scalar(select(func.count()).select_from(people.subquery())) or 0
    return Totals(
        scans=booked + int(stopped), caught=caught, score=int(score), stopped=int(asking or 0),
        overridden=int(passed), people=count,
    )  # fmt: skip


def by_rule(session: Session, asked: Asked) -> list[ByRule]:
    """The rules that found something, the highest score first."""
    each = (
        select(
            Interception.rule, Interception.severity, Interception.movement_id, Interception.approved_by_id,
            Interception.outcome, fate().label("fate"),
        )
        .where(_counted(asked))
        .subquery()
    )  # fmt: skip
    score = func.sum(each.c.severity)
    query = (
        select(
            each.c.rule, func.count(), score,
            func.sum(case((and_(each.c.movement_id.is_(None), each.c.outcome.in_(_STOPS)), 1), else_=0)),
            func.sum(case((each.c.approved_by_id.is_not(None), 1), else_=0)),
            func.sum(case((each.c.fate.in_(CHANGED), 1), else_=0)),
            func.sum(case((each.c.fate == "untraced", 1), else_=0)),
        )
        .group_by(each.c.rule)
        .order_by(score.desc(), each.c.rule)
    )  # fmt: skip
    names = ("caught", "score", "stopped", "overridden", "changed", "untraced")
    return [
        ByRule(rule=rule, **{name: int(value) for name, value in zip(names, sums, strict=True)})
        for rule, *sums in session.execute(query)
    ]


def by_person(session: Session, asked: Asked) -> list[ByPerson]:
    """Everybody who scanned or was stopped, the highest score first."""
    scans = select(Movement.staff_id, _SCANS.label("scans")).where(_booked(asked)).group_by(Movement.staff_id)
    caught = (
        select(
            Interception.staff_id, func.count().label("caught"), _SCORE.label("score"), _STOPPED.label("stopped"),
            _PASSED.label("passed"),
        )
        .where(_counted(asked))
        .group_by(Interception.staff_id)
    )  # fmt: skip
    booked, stopped = scans.subquery(), caught.subquery()
    query = (
        select(Staff.code, Staff.name, booked.c.scans, stopped.c.caught, stopped.c.score, stopped.c.stopped,
               stopped.c.passed)
        .outerjoin(booked, booked.c.staff_id == Staff.id)
        .outerjoin(stopped, stopped.c.staff_id == Staff.id)
        .where(or_(booked.c.scans.is_not(None), stopped.c.caught.is_not(None)))
        .order_by(func.coalesce(stopped.c.score, 0).desc(), Staff.code)
    )  # fmt: skip
    return [
        ByPerson(
            staff=code, name=name, scans=int(scanned or 0) + int(refused or 0), caught=int(found or 0),
            score=int(score or 0), overridden=int(passed or 0),
        )
        for code, name, scanned, found, score, refused, passed in session.execute(query)
    ]  # fmt: skip
