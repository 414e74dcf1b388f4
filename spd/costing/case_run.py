"""This file is costing the cases of a month: by a method and a driver, kept as a version with its control totals."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.errors import NotFound, Refused
from spd.core.money import ZERO, from_scaled, to_scaled
from spd.core.occasion import Occasion
from spd.costing import case_inputs, case_methods, measures, step_run
from spd.costing.bed_days import Month
from spd.costing.case_inputs import NOT_SERVICE, Known
from spd.costing.case_methods import CaseItem, CaseMethod, Costed, Why
from spd.costing.case_models import CaseLine, CaseRest, CaseRun, UnpricedService
from spd.costing.case_services import services
from spd.costing.inputs import CostItem
from spd.costing.step_down import balances, passed_on
from spd.costing.step_models import StepDown
from spd.costing.versions import TableKind, in_force
from spd.encounters import stands_for, stays_at
from spd.ledger import KeyReused, Racing


class NoCaseCost(Refused):
    """Nothing in the month can be put on a case by this method."""

    code = "no-case-cost"
    say = {
        "zh": "{period} 没有可归集到病例的成本。先结转、导入收入或服务量, 或换一个月份。",
        "en": "Nothing of {period} can be put on cases. Step it down, import revenue or services, or change the month.",
    }


class NoUnitCosts(Refused):
    """Bottom-up needs what services cost."""

    code = "no-unit-costs"
    say = {
        "zh": "{period} 没有项目单位成本。先导入项目单位成本。",
        "en": "No unit costs of services hold in {period}. Import them first.",
    }


class UnknownCaseRun(NotFound):
    """The month was not costed so."""

    code = "unknown-case-run"
    say = {
        "zh": "{period} 没有 {method} 的病例成本。先执行核算。",
        "en": "The cases of {period} are not costed by {method}. Run it first.",
    }


@dataclass(frozen=True, kw_only=True)
class CaseAsked:
    """Which month, by which method and driver."""

    month: Month
    method: CaseMethod
    driver: str = "bed_days"


@dataclass(frozen=True, kw_only=True)
class _Made:
    costed: Costed
    total: int
    step_down: StepDown | None = None
    tables_id: int | None = None
    unpriced: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Services that were done and have no unit cost: on how many cases, and how often."""


def run(session: Session, occasion: Occasion, asked: CaseAsked) -> CaseRun:
    """The cases of a month costed; where nothing has changed since the last run, that run.

    Asked again with the same key, the same run.
    Raises: KeyReused, UnknownStepDown, NoUnitCosts, NoCaseCost, Racing.
    """
    found = session.scalars(select(CaseRun).where(CaseRun.request_key == occasion.request_key)).one_or_none()
    if found is not None:
        if found.content != occasion.content:
            raise KeyReused(key=str(occasion.request_key))
        return found
    made = _MAKERS[asked.method](session, asked)
    costed, period, method = made.costed, asked.month.period, asked.method.value
    if not costed.lines and not costed.rests:
        raise NoCaseCost(period=period)
    digest = _digest(asked, made)
    last = find(session, period, method)
    if last is not None and last.digest == digest:
        return last
    kept = CaseRun(
        period=period, method=method, driver=asked.driver, version=last.version + 1 if last else 1,
        step_down_id=made.step_down.id if made.step_down else None, tables_id=made.tables_id,
        cases=len({case for case, _item in costed.lines}), lines=len(costed.lines), total=from_scaled(made.total),
        assigned=from_scaled(costed.assigned), unassigned=from_scaled(costed.unassigned), digest=digest,
        made_at=occasion.recorded_at, made_by_id=occasion.staff_id, request_key=occasion.request_key,
        content=occasion.content,
    )  # fmt: skip
    session.add(kept)
    try:
        session.flush()  # its lines name it; the same version at this moment is refused here
    except IntegrityError as error:
        raise Racing() from error
    _keep(session, kept, made)
    return kept


def _digest(asked: CaseAsked, made: _Made) -> bytes:
    costed = made.costed
    said: list[Any] = [
        asked.driver,
        sorted(map(list, costed.lines.items())),
        sorted(map(list, costed.rests.items()), key=str),
    ]
    if made.unpriced:
        said.append(sorted(map(list, made.unpriced.items())))
    return hashlib.sha256(json.dumps(said).encode()).digest()


def _keep(session: Session, run: CaseRun, made: _Made) -> None:
    costed = made.costed
    lines = [
        {"run_id": run.id, "encounter_id": case, "item": item, "amount": from_scaled(units)}
        for (case, item), units in costed.lines.items()
    ]
    rests = [
        {"run_id": run.id, "department_id": department, "why": why, "amount": from_scaled(units)}
        for (department, why), units in costed.rests.items()
    ]
    if lines:
        session.execute(insert(CaseLine), lines)
    if rests:
        session.execute(insert(CaseRest), rests)
    for service, (cases, quantity) in made.unpriced.items():
        session.add(UnpricedService(run_id=run.id, service=service, cases=cases, quantity=quantity))


def _materials(session: Session, asked: CaseAsked) -> _Made:
    known = case_inputs.known(session, asked.month)
    alone = case_inputs.on_nobody(session, asked.month.period)
    nobodys = alone.pop(None, 0)
    departments = {who: units for who, units in alone.items() if who is not None}
    costed = case_methods.materials(
        _only(known, CaseItem.CHARGEABLE, CaseItem.OTHER_MATERIALS), departments,
        case_inputs.weights(session, asked.month, asked.driver),
    )  # fmt: skip
    costed.leave(None, Why.NO_DEPARTMENT, nobodys)
    return _Made(costed=costed, total=costed.assigned + costed.unassigned)


def _top_down(session: Session, asked: CaseAsked) -> _Made:
    stepped = step_run.get(session, asked.month.period)
    known = case_inputs.known(session, asked.month)
    full = _held(session, stepped, through=3)
    flows = step_run.flows_of(session, stepped)
    within: dict[int, int] = {}
    for item, by in ((CostItem.MATERIALS, known.chargeable_by), (CostItem.DRUGS, known.drugs_by)):
        for who, units in passed_on(by, flows, item).items():
            within[who] = within.get(who, 0) + units
    costed = case_methods.top_down(full, within, known.traced, case_inputs.weights(session, asked.month, asked.driver))
    return _Made(costed=costed, total=sum(full.values()), step_down=stepped)


def _cost_to_charge(session: Session, asked: CaseAsked) -> _Made:
    """Each department that does work, before medical technology is passed on: it has revenue of its own."""
    stepped, period = step_run.get(session, asked.month.period), asked.month.period
    known = case_inputs.known(session, asked.month)
    held = _held(session, stepped, through=2)
    total = sum(held.values())
    for by in (known.chargeable_by, known.drugs_by):
        for who, units in by.items():
            held[who] = held.get(who, 0) - units
    earned = measures.earned(session, period, without=NOT_SERVICE)
    revenue = {who: to_scaled(amount) for who, amount in earned.items()}
    billed = case_inputs.billed(session, asked.month)
    costed = case_methods.cost_to_charge(
        {who: units for who, units in held.items() if units}, revenue, billed, known.traced
    )
    return _Made(costed=costed, total=total, step_down=stepped)


def _bottom_up(session: Session, asked: CaseAsked) -> _Made:
    period = asked.month.period
    tables = in_force(session, TableKind.UNIT_COSTS, period)
    if tables is None:
        raise NoUnitCosts(period=period)
    found = services(session, period, tables)
    costed = case_methods.bottom_up(found.done, case_inputs.known(session, asked.month).traced)
    stepped = step_run.find(session, period)
    total = sum(_held(session, stepped, through=3).values()) if stepped else costed.assigned
    costed.leave(None, Why.VARIANCE, total - costed.assigned)
    return _Made(costed=costed, total=total, step_down=stepped, tables_id=tables.id, unpriced=found.unpriced)


_MAKERS = {
    CaseMethod.MATERIALS: _materials, CaseMethod.TOP_DOWN: _top_down, CaseMethod.COST_TO_CHARGE: _cost_to_charge,
    CaseMethod.BOTTOM_UP: _bottom_up,
}  # fmt: skip


def _only(known: Known, *items: CaseItem) -> dict[int, dict[CaseItem, int]]:
    return {case: {item: of[item] for item in items if item in of} for case, of in known.traced.items()}


def _held(session: Session, stepped: StepDown, *, through: int) -> dict[int, int]:
    """The full cost of departments after a level of step-down."""
    held: dict[int, int] = {}
    for (_item, who), cents in balances(step_run.flows_of(session, stepped), through).items():
        if cents:
            held[who] = held.get(who, 0) + cents * 100
    return held


def find(
    session: Session, period: str, method: str, version: int | None = None, *, at: datetime | None = None
) -> CaseRun | None:
    """A run over a month's cases: the last, or the one asked for; with `at` the last of an instant."""
    query = select(CaseRun).where(CaseRun.period == period, CaseRun.method == method)
    if version is not None:
        query = query.where(CaseRun.version == version)
    if at is not None:
        query = query.where(CaseRun.made_at <= at)
    return session.scalars(query.order_by(CaseRun.version.desc()).limit(1)).first()


def get(
    session: Session, period: str, method: str, version: int | None = None, *, at: datetime | None = None
) -> CaseRun:
    """A run over a month's cases: the last, or the one asked for; with `at` the last of an instant.

    Raises: UnknownCaseRun.
    """
    found = find(session, period, method, version, at=at)
    if found is None:
        raise UnknownCaseRun(period=period, method=method)
    return found


@dataclass(frozen=True, kw_only=True)
class LinesOfRun:
    """The lines of a run, one for each case and item, for a list: `select` has them with their cases, `stay`."""

    select: Any
    stay: Any
    id: Any
    item: Any
    amount: Any


def lines_of(run: CaseRun, at: datetime | None = None) -> LinesOfRun:
    """The case-cost file. A stay that was merged after the run is a line of its survivor's, not one of its own; as of
    an instant, one that was merged by then."""
    stay = stays_at(at)
    case_id = stands_for(stay)
    its = (
        select(
            func.min(CaseLine.id).label("id"), case_id.label("case_id"), CaseLine.item,
            func.sum(CaseLine.amount).label("amount"),
        )
        .join(stay, stay.id == CaseLine.encounter_id)
        .where(CaseLine.run_id == run.id)
        .group_by(case_id, CaseLine.item)
        .subquery("lines_of_run")
    )  # fmt: skip
    case = stays_at(at)
    lines = select(its.c.id).join(case, case.id == its.c.case_id)
    return LinesOfRun(select=lines, stay=case, id=its.c.id, item=its.c.item, amount=its.c.amount)


def totals(session: Session, run: CaseRun) -> Mapping[str, Decimal]:
    """What the lines of a run come to, by item."""
    query = select(CaseLine.item, func.sum(CaseLine.amount)).where(CaseLine.run_id == run.id).group_by(CaseLine.item)
    return {item: amount or ZERO for item, amount in session.execute(query.order_by(CaseLine.item))}
