"""This file is the sheet of a step-down: where every cent of a run came from and went to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.money import ZERO
from spd.costing.step_models import StepCell, StepDown
from spd.costing.step_run import flows_of, yuan
from spd.places import CostClass, departments_at, told_of_departments


def select_cells(made: StepDown) -> Any:
    """The cells of a run with both departments as they were when it was made, for a list."""
    source, target = departments_at(made.made_at), departments_at(made.made_at)
    query = (
        select(StepCell.id)
        .join(source, source.id == StepCell.source_id)
        .join(target, target.id == StepCell.target_id)
        .where(StepCell.step_down_id == made.id)
    )
    return query, source, target


@dataclass(frozen=True, kw_only=True)
class MatrixRow:
    """One department: its own cost, what came from whom, what it passed on, what lies on it at the end; in yuan."""

    department: Any
    """As it was when the run was made, as in `told_of_departments`."""
    own: Decimal
    received: Mapping[int, Decimal]
    """By the department it came from."""
    passed: Decimal
    final: Decimal


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """From whom to whom, of one item or of all."""

    sources: list[Any]
    rows: list[MatrixRow]
    own: Decimal
    final: Decimal

    @property
    def difference(self) -> Decimal:
        """What went in less what lies on clinical departments at the end: 0.00."""
        return self.own - self.final


def matrix(session: Session, made: StepDown, item: str | None = None) -> Matrix:
    """Where every cent of a run went: departments in the order of the levels, of one item where it is named.

    A department that is of another class since lies in the level it was in when the run was made.
    """
    flows = [one for one in flows_of(session, made) if item in (None, one.item)]
    seen = {one.source for one in flows} | {one.target for one in flows}
    order = {CostClass.ADMINISTRATIVE: 0, CostClass.AUXILIARY: 1, CostClass.TECHNOLOGY: 2, CostClass.CLINICAL: 3}
    known = told_of_departments(session, made.made_at, numbers=seen)
    departments = sorted(known.values(), key=lambda one: (order[CostClass(one.cost_class)], one.code))
    giving = {one.source for one in flows if one.level}
    rows = []
    for one in departments:
        received: dict[int, Decimal] = {}
        own = passed = ZERO
        for flow in flows:
            if flow.level == 0 and flow.target == one.id:
                own += yuan(flow.cents)
            elif flow.level and flow.target == one.id:
                received[flow.source] = received.get(flow.source, ZERO) + yuan(flow.cents)
            elif flow.level and flow.source == one.id:
                passed += yuan(flow.cents)
        final = own + sum(received.values(), ZERO) - passed
        rows.append(MatrixRow(department=one, own=own, received=received, passed=passed, final=final))
    clinical = [row for row in rows if row.department.cost_class == CostClass.CLINICAL]
    return Matrix(
        sources=[one for one in departments if one.id in giving], rows=rows,
        own=sum((row.own for row in rows), ZERO), final=sum((row.final for row in clinical), ZERO),
    )  # fmt: skip


def full_costs(session: Session, made: StepDown) -> dict[int, dict[str, Decimal]]:
    """What lies on each clinical department at the end, by item."""
    held: dict[int, dict[str, Decimal]] = {}
    for flow in flows_of(session, made):
        for who, cents in ((flow.target, flow.cents), (flow.source, -flow.cents if flow.level else 0)):
            of = held.setdefault(who, {})
            of[flow.item] = of.get(flow.item, ZERO) + yuan(cents)
    return {
        who: {item: amount for item, amount in of.items() if amount} for who, of in held.items() if any(of.values())
    }
