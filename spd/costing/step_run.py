"""This file is running step-down over a month, keeping the run, and asking where every cent of it went."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.errors import NotFound, Refused
from spd.core.money import CENT, SCALE, to_scaled
from spd.core.occasion import Occasion
from spd.costing import measures
from spd.costing.cells import roll_up
from spd.costing.inputs import CostInput, CostItem
from spd.costing.step_down import Basis, BasisOf, Flow, NoDriver, step_down
from spd.costing.step_models import StepCell, StepDown, StepRule
from spd.costing.versions import CostTable, TableKind, in_force
from spd.ledger import KeyReused, Racing
from spd.places import CostClass, Department

REVENUE, ORDERED = measures.REVENUE, "ordered_revenue"
"""Drivers that need no import of their own: what a taker earned; what of the giver's revenue a taker ordered."""
HOUSE_RULES: Mapping[tuple[int, int | None], str] = {(1, None): "staff", (2, None): "workload", (3, None): ORDERED}
_CENTS = SCALE // 100


class NothingToStepDown(Refused):
    """No department has any cost in the month."""

    code = "nothing-to-step-down"
    say = {
        "zh": "{period} 没有任何科室成本可结转。先导入其他成本或换一个月份。",
        "en": "No department has any cost in {period}. Import the other costs, or choose another month.",
    }


class UnknownStepDown(NotFound):
    """The month was not stepped down, or not so often."""

    code = "unknown-step-down"
    say = {
        "zh": "{period} 没有第 {version} 次成本结转。先执行结转。",
        "en": "There is no step-down {version} of {period}. Run it first.",
    }


@dataclass(frozen=True, kw_only=True)
class Own:
    """The departments' own cost of a month, in cents by item and department, and what it was before rounding."""

    cents: Mapping[tuple[str, int], int]
    posted: Decimal
    imported: Decimal


def run(session: Session, occasion: Occasion, period: str, *, zone: ZoneInfo | None = None) -> StepDown:
    """The month stepped down by the rules in force; where nothing has changed since the last run, that run.

    Bed-days that nobody told are counted from stays, in the hospital's `zone`.

    Asked again with the same key, the same run. Raises: KeyReused, NothingToStepDown, NoDriver, Racing.
    """
    if (done := _find_done(session, occasion)) is not None:
        return done
    own, rules = own_costs(session, period), in_force(session, TableKind.STEP_RULES, period)
    if not own.cents:
        raise NothingToStepDown(period=period)
    departments = {one.id: one for one in session.scalars(select(Department))}
    classes = {number: CostClass(one.cost_class) for number, one in departments.items()}
    flows = step_down(own.cents, classes, _bases(session, period, rules_of(session, rules), departments, zone))
    digest = _digest(flows)
    last = find(session, period)
    if last is not None and last.digest == digest and last.posted == own.posted:
        return last
    made = StepDown(
        period=period, version=last.version + 1 if last else 1, rules_id=rules.id if rules else None,
        posted=own.posted, imported=own.imported, total=yuan(sum(own.cents.values())), digest=digest,
        made_at=occasion.recorded_at, made_by_id=occasion.staff_id, request_key=occasion.request_key,
        content=occasion.content,
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()  # its cells name it; the same version at this moment is refused here
    except IntegrityError as error:
        raise Racing() from error
    session.execute(insert(StepCell), [_row(made.id, flow) for flow in flows])
    return made


def _find_done(session: Session, occasion: Occasion) -> StepDown | None:
    found = session.scalars(select(StepDown).where(StepDown.request_key == occasion.request_key)).one_or_none()
    if found is not None and found.content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return found


def _digest(flows: list[Flow]) -> bytes:
    said = [
        [one.level, one.item, one.source, one.target, one.cents, one.driver, one.weight, one.of_weight] for one in flows
    ]
    return hashlib.sha256(json.dumps(said).encode()).digest()


def _row(run_id: int, flow: Flow) -> dict[str, Any]:
    return {
        "step_down_id": run_id, "level": flow.level, "item": flow.item, "source_id": flow.source,
        "target_id": flow.target, "amount": yuan(flow.cents), "driver": flow.driver,
        "weight": Decimal(flow.weight) / SCALE, "of_weight": Decimal(flow.of_weight) / SCALE,
    }  # fmt: skip


def yuan(cents: int) -> Decimal:
    """Cents as an amount."""
    return Decimal(cents) * CENT


def own_costs(session: Session, period: str) -> Own:
    """What lies on the departments before anything is passed on. Each item is rounded once, as a whole.

    Cost on no department (a loss in the central store) is not passed on: it is not any department's.
    """
    exact: dict[str, dict[int, int]] = {}
    for cell in roll_up(session, period):
        if cell.department_id:
            of = exact.setdefault(CostItem.MATERIALS.value, {})
            of[cell.department_id] = of.get(cell.department_id, 0) + to_scaled(cell.amount)
    posted = sum(exact.get(CostItem.MATERIALS.value, {}).values())
    imported = 0
    query = select(CostInput.item, CostInput.department_id, CostInput.amount).where(CostInput.period == period)
    for item, department, amount in session.execute(query.order_by(CostInput.item, CostInput.department_id)):
        of = exact.setdefault(item, {})
        of[department] = of.get(department, 0) + to_scaled(amount)
        imported += to_scaled(amount)
    cents = {(item, who): part for item, of in sorted(exact.items()) for who, part in to_cents(of).items() if part}
    return Own(cents=cents, posted=Decimal(posted) / SCALE, imported=Decimal(imported) / SCALE)


def to_cents(exact: Mapping[int, int]) -> dict[int, int]:
    """Ten-thousandths as cents that add up to their sum rounded half-up: the largest remainders are rounded up."""
    floors = {who: amount // _CENTS for who, amount in exact.items()}
    total = sum(exact.values())
    whole = (abs(total) + _CENTS // 2) // _CENTS * (-1 if total < 0 else 1)
    left = whole - sum(floors.values())
    first = sorted(exact, key=lambda who: (-(exact[who] % _CENTS), who))
    return floors | {who: floors[who] + 1 for who in first[:left]}


def rules_of(session: Session, table: CostTable | None) -> dict[tuple[int, int | None], str]:
    """The driver by level and department; those of the house where the version says nothing of a level."""
    kept = dict(HOUSE_RULES)
    if table is not None:
        for rule in session.scalars(select(StepRule).where(StepRule.table_id == table.id)):
            kept[rule.level, rule.department_id] = rule.driver
    return kept


def _bases(
    session: Session,
    period: str,
    rules: Mapping[tuple[int, int | None], str],
    departments: Mapping[int, Department],
    zone: ZoneInfo | None,
) -> BasisOf:
    @cache
    def known(driver: str, source: int) -> dict[int, int]:
        if driver == ORDERED:
            found = ordered.get(source, {})
        elif driver == REVENUE:
            found = measures.revenue(session, period)
        elif driver == measures.BED_DAYS and zone is not None:
            found = measures.bed_days(session, period, zone=zone)
        else:
            found = measures.driver(session, period, driver)
        return {who: to_scaled(amount) for who, amount in found.items()}

    ordered = measures.ordered(session, period)

    def basis_of(level: int, source: int, takers: frozenset[int]) -> Basis:
        driver = rules.get((level, source)) or rules[level, None]
        there = known(driver, source if driver == ORDERED else 0)
        weights = {who: weight for who, weight in sorted(there.items()) if who in takers and weight > 0}
        if not weights:
            raise NoDriver(period=period, department=departments[source].code, driver=driver)
        return Basis(driver=driver, weights=weights)

    return basis_of


def versions(session: Session, period: str, at: datetime | None = None) -> list[StepDown]:
    """Every run over a month, the newest first; with `at` those made until then."""
    query = select(StepDown).where(StepDown.period == period).order_by(StepDown.version.desc())
    return list(session.scalars(query if at is None else query.where(StepDown.made_at <= at)))


def find(session: Session, period: str, version: int | None = None, *, at: datetime | None = None) -> StepDown | None:
    """A run over a month: the last, or the one asked for; with `at` the last of an instant."""
    query = select(StepDown).where(StepDown.period == period)
    if version is not None:
        query = query.where(StepDown.version == version)
    if at is not None:
        query = query.where(StepDown.made_at <= at)
    return session.scalars(query.order_by(StepDown.version.desc()).limit(1)).first()


def get(session: Session, period: str, version: int | None = None, *, at: datetime | None = None) -> StepDown:
    """A run over a month: the last, or the one asked for; with `at` the last of an instant. Raises: UnknownStepDown."""
    found = find(session, period, version, at=at)
    if found is None:
        raise UnknownStepDown(period=period, version=version or 1)
    return found


def flows_of(session: Session, made: StepDown) -> list[Flow]:
    """Every flow of a run, in cents."""
    query = select(StepCell).where(StepCell.step_down_id == made.id).order_by(StepCell.id)
    return [
        Flow(
            level=cell.level, item=cell.item, source=cell.source_id, target=cell.target_id,
            cents=int(cell.amount / CENT), driver=cell.driver, weight=to_scaled(cell.weight),
            of_weight=to_scaled(cell.of_weight),
        )
        for cell in session.scalars(query)
    ]  # fmt: skip
