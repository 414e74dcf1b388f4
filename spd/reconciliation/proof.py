"""This file is the proof of reconciliation: every charge and use in exactly one case, and nothing left unexplained."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from spd.core.columns import Scaled, UtcDateTime, worth
from spd.ledger import Item, Movement
from spd.ledger.verify import Problem
from spd.reconciliation.charged_first import overused
from spd.reconciliation.facts import IS_USE
from spd.reconciliation.models import ChargeCase, ChargeFact, ChargeLine, ChargePastFact, Verdict
from spd.reconciliation.queries import Asked, tallies
from spd.reconciliation.run import last_run

_SETTLING = timedelta(minutes=10)  # what is recorded while a run begins is left to the next
_EVER = Asked(since=date.min, until=date.max)


def problems(session: Session) -> list[Problem]:
    """Where charged less used is not the sum of the verdicts, and why; an empty list is the proof."""
    found = [*_unplaced(session), *_facts(session), *_cases(session), *_matched(session), *_confirmed(session)]
    found += _past(session)
    for row in tallies(session, _EVER, daily=True):
        if row.tie_out != 0:
            says = f"on {row.day}: charged less used is {row.difference}, the verdicts explain all but {row.tie_out}"
            found.append(Problem(check="charges", table="departments", row=row.department, says=says))
    return found


def _unplaced(session: Session) -> Iterator[Problem]:
    """Charges and uses that the last run should have put into a case."""
    last = last_run(session)
    if last is None:
        return
    since = {"by": last.started_at - _SETTLING, "since": last.since_on}
    for table, query in _without_a_case():
        for number in session.scalars(query, since):
            yield _says(table, number, "is in no case")


@cache
def _without_a_case() -> tuple[tuple[str, Select[Any]], ...]:
    by, since = bindparam("by", type_=UtcDateTime()), bindparam("since", type_=Date())
    lines = (
        select(ChargeLine.id)
        .outerjoin(ChargeFact, ChargeFact.charge_line_id == ChargeLine.id)
        .where(ChargeFact.id.is_(None), ChargeLine.recorded_at < by)
    )
    uses = (
        select(Movement.id)
        .outerjoin(ChargeFact, ChargeFact.movement_id == Movement.id)
        .where(ChargeFact.id.is_(None), IS_USE, Movement.day_on >= since, Movement.recorded_at < by)
    )
    return ("charge_lines", lines), ("movements", uses)


def _facts(session: Session) -> Iterator[Problem]:
    """Facts that are not what the charge line or the movement says."""
    for query in _otherwise_said():
        for number in session.scalars(query):
            yield _says("charge_facts", number, "is not what was charged or used")


@cache
def _otherwise_said() -> tuple[Select[Any], Select[Any]]:
    sign = case((Movement.reverses_id.is_(None), 1), else_=-1)
    lines = (
        select(ChargeFact.id)
        .join(ChargeLine, ChargeLine.id == ChargeFact.charge_line_id)
        .where(
            (ChargeFact.quantity != ChargeLine.quantity)
            | (ChargeFact.amount != ChargeLine.amount)
            | (ChargeFact.day_on != ChargeLine.day_on)
            | (ChargeFact.department_id != ChargeLine.department_id)
        )
    )
    uses = (
        select(ChargeFact.id)
        .join(Movement, Movement.id == ChargeFact.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .where(
            (ChargeFact.quantity != sign * Movement.quantity)
            | (ChargeFact.amount != worth(sign * Movement.quantity, Item.unit_price))
            | (ChargeFact.day_on != Movement.day_on)
            | (ChargeFact.department_id != Movement.department_id)
        )
    )
    return lines, uses


def _cases(session: Session) -> Iterator[Problem]:
    """Cases that are not the sum of their facts; ended ones have none."""
    for number, ended_at, _ in session.execute(_not_their_facts()):
        says = "is not the sum of its facts" if ended_at is None else "ended, and has facts"
        yield _says("charge_cases", number, says)


@cache
def _not_their_facts() -> Select[Any]:
    charge = ChargeFact.charge_line_id.is_not(None)
    sums = (
        select(
            ChargeFact.case_id,
            func.sum(case((charge, ChargeFact.quantity), else_=0)).label("charged_quantity"),
            func.sum(case((charge, 0), else_=ChargeFact.quantity)).label("used_quantity"),
            func.sum(case((charge, ChargeFact.amount), else_=Decimal(0)), type_=Scaled()).label("charged"),
            func.sum(case((charge, Decimal(0)), else_=ChargeFact.amount), type_=Scaled()).label("used"),
        )
        .group_by(ChargeFact.case_id)
        .subquery()
    )
    differs = or_(
        *(
            sums.c[name] != getattr(ChargeCase, name)
            for name in ("charged_quantity", "used_quantity", "charged", "used")
        )
    )
    return (
        select(ChargeCase.id, ChargeCase.ended_at, sums.c.case_id)
        .outerjoin(sums, sums.c.case_id == ChargeCase.id)
        .where(
            (ChargeCase.ended_at.is_(None) & (sums.c.case_id.is_(None) | differs))
            | (ChargeCase.ended_at.is_not(None) & sums.c.case_id.is_not(None))
        )
    )


def _past(session: Session) -> Iterator[Problem]:
    """Cases that ended and are not what was kept of them."""
    charge = ChargePastFact.charge_line_id.is_not(None)
    amount = func.sum(case((charge, ChargePastFact.amount), else_=-ChargePastFact.amount), type_=Scaled())
    query = (
        select(ChargeCase.id)
        .join(ChargePastFact, ChargePastFact.case_id == ChargeCase.id)
        .group_by(ChargeCase.id, ChargeCase.ended_at, ChargeCase.charged, ChargeCase.used)
        .having(or_(amount != ChargeCase.charged - ChargeCase.used, ChargeCase.ended_at.is_(None)))
    )
    for number in session.scalars(query):
        yield _says("charge_cases", number, "ended, and is not what was kept of it")


def _matched(session: Session) -> Iterator[Problem]:
    """What counts as matched is alike, to the cent, in each department on each day."""
    for number in session.scalars(_differing()):
        yield _says("charge_cases", number, "is matched, and differs")


@cache
def _differing() -> Select[Any]:
    signed = case((ChargeFact.charge_line_id.is_not(None), ChargeFact.amount), else_=-ChargeFact.amount)
    total = func.sum(signed, type_=Scaled())
    return (
        select(ChargeFact.case_id)
        .join(ChargeCase, ChargeCase.id == ChargeFact.case_id)
        .where(ChargeCase.verdict == Verdict.MATCHED)
        .group_by(ChargeFact.case_id, ChargeFact.department_id, ChargeFact.day_on)
        .having((total >= Decimal("0.01")) | (total <= Decimal("-0.01")))
    )


def _confirmed(session: Session) -> Iterator[Problem]:
    """Charges that more uses confirm than they charged."""
    for number in overused(session):
        yield _says("charge_lines", number, "is confirmed by more than it charged")


def _says(table: str, row: int, says: str) -> Problem:
    return Problem(check="charges", table=table, row=str(row), says=says)
