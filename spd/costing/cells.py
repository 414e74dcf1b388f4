"""This file is cost in its smallest cells: those kept of closed months, and the postings of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from spd.costing import expense
from spd.costing.filters import Filter
from spd.ledger import ClosedCell, ClosedTotal, Posting, kept


@dataclass(frozen=True, kw_only=True)
class RollUp:
    """One cell: what a department used of one class, chargeable or not."""

    department_id: int
    product_class: str
    chargeable: bool
    amount: Decimal


def roll_up(session: Session, period: str) -> list[RollUp]:
    """A month's cost in its smallest cells, kept or posted; reads one index and nothing else."""
    return of(session, Filter(period=period))


def of(session: Session, said: Filter) -> list[RollUp]:
    """The chosen cost in its smallest cells, in the order of departments."""
    found: dict[tuple[int, str, bool], Decimal] = {}
    closed, still = _apart(session, said, said.periods)
    for kind, conditions in _sources(session, said, closed, still):
        parts = (kind.department_id, kind.product_class, kind.chargeable)
        query = select(*parts, func.sum(kind.amount)).where(*conditions).group_by(*parts)
        for department, product_class, chargeable, amount in session.execute(query):
            key = (department or 0, product_class, chargeable)
            found[key] = found.get(key, Decimal(0)) + amount
    return [
        RollUp(department_id=department, product_class=product_class, chargeable=chargeable, amount=amount)
        for (department, product_class, chargeable), amount in sorted(found.items())
    ]


def of_months(session: Session, said: Filter, periods: Sequence[str]) -> dict[str, Decimal]:
    """What is chosen, in each of these months that has any."""
    found: dict[str, Decimal] = {}
    closed, still = _apart(session, said, periods)
    for kind, conditions in _sources(session, said, closed, still):
        query = select(kind.period, func.sum(kind.amount)).where(*conditions).group_by(kind.period)
        found |= dict(session.execute(query).all())
    return found


def of_department_months(session: Session, said: Filter, periods: Sequence[str]) -> dict[tuple[int, str], Decimal]:
    """What is chosen, by department and month."""
    found: dict[tuple[int, str], Decimal] = {}
    closed, still = _apart(session, said, periods)
    for kind, conditions in _sources(session, said, closed, still):
        parts = (kind.department_id, kind.period)
        query = select(*parts, func.sum(kind.amount)).where(*conditions).group_by(*parts)
        found |= {(department or 0, period): amount for department, period, amount in session.execute(query)}
    return found


def posted(session: Session, said: Filter) -> Decimal:
    """What the ledger says these months cost, whatever is chosen in them: the totals of closing, and postings."""
    closed, still = _apart(session, said, said.periods)
    accounts = expense.accounts(session)
    total = Decimal(0)
    if closed:
        kept_totals = select(func.sum(ClosedTotal.amount))
        of_closed = kept_totals.where(
            ClosedTotal.period.in_(closed), ClosedTotal.account.in_(accounts), kept.latest(ClosedTotal)
        )
        total += session.scalar(of_closed) or Decimal(0)
    if still:
        whole = Filter(period=said.period, at=said.at)
        query = select(func.sum(Posting.amount)).where(*whole.conditions(session, still))
        total += session.scalar(query) or Decimal(0)
    return total


def _apart(session: Session, said: Filter, periods: Sequence[str]) -> tuple[list[str], list[str]]:
    """The months whose cells are kept, and those to be summed from postings."""
    if not said.by_cells:
        return [], list(periods)
    done = kept.closings(session, periods)
    if said.at is not None:
        known = kept.closed_as_of(session, done)
        done = {period: last for period, last in done.items() if known[period] <= said.at}
    closed = [one for one in periods if one in done]
    return closed, [one for one in periods if one not in done]


def _sources(
    session: Session, said: Filter, closed: Sequence[str], still: Sequence[str]
) -> list[tuple[Any, list[ColumnElement[bool]]]]:
    sources: list[tuple[Any, list[ColumnElement[bool]]]] = []
    if closed:
        sources.append((ClosedCell, _kept(session, said, closed)))
    if still:
        sources.append((Posting, said.conditions(session, still)))
    return sources


def _kept(session: Session, said: Filter, periods: Sequence[str]) -> list[ColumnElement[bool]]:
    conditions = [
        ClosedCell.period.in_(periods), ClosedCell.account.in_(expense.accounts(session)), kept.latest(ClosedCell)
    ]  # fmt: skip
    if not said.every_department:
        conditions.append(ClosedCell.department_id.in_(said.departments_meant()))
    if said.product_class is not None:
        conditions.append(ClosedCell.product_class == said.product_class)
    if said.chargeable is not None:
        conditions.append(ClosedCell.chargeable == said.chargeable)
    return conditions
