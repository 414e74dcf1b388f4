"""This file is the demo's finances: what other systems tell of a month, budgets, months closed and stepped down.

Made-up figures in the proportions of a real hospital; material revenue is what the ledger charged to patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import case, func, insert, select

from spd import costing, ledger
from spd.costing import CostInput, CostItem, DriverInput, RevenueInput, RevenueKind, Setting, budgets, stays, step_run
from spd.costing.budgets import Basis, LineSaid
from spd.demo.cases import cost_cases
from spd.demo.samples import rows
from spd.demo.world import World
from spd.encounters import Encounter
from spd.ledger import Posting
from spd.places import CostClass, Department

_PEOPLE = {CostClass.CLINICAL: 18, CostClass.TECHNOLOGY: 14, CostClass.AUXILIARY: 9, CostClass.ADMINISTRATIVE: 6}
_PAY = 12_500  # a month for each of them
_OWN_SERVICE = {Setting.INPATIENT: 7, Setting.OUTPATIENT: 2}  # times a department's pay, in tenths


def add(world: World) -> None:
    """Everything a month of finance needs, for each month of the story that is over."""
    session = world.session
    months = months_over(world)
    departments = _departments(world)
    for number, period in enumerate(months):
        _inputs(world, period, departments, number)
    _budget(world, months, departments)
    session.flush()  # what follows reads it
    stays.roll(session, at=world.now)
    for period in months:
        _step_down(world, period)
    cost_cases(world, months)


def months_over(world: World) -> list[str]:
    """The months that something was used in and that are over, the earliest first."""
    first = world.session.scalar(select(func.min(Posting.period)))
    last = ledger.shifted(ledger.accounting_month(world.session, world.today), -1)
    return ledger.months_between(first, last) if first is not None and first <= last else []


def _departments(world: World) -> list[Department]:
    """Those that people work in: no divisions."""
    above = {row["parent"] for row in rows("departments")}
    query = select(Department).where(Department.code.not_in(above)).order_by(Department.code)
    return list(world.session.scalars(query))


def _people(department: Department, beds: dict[int, int]) -> int:
    return _PEOPLE[CostClass(department.cost_class)] + beds.get(department.id, 0)


def _inputs(world: World, period: str, departments: Sequence[Department], number: int) -> None:
    """Other costs, drivers and revenue of a month."""
    chance = world.chance
    beds = {place.department_id: place.beds for place in world.places if place.beds}
    costs: list[dict[str, Any]] = []
    drivers: list[dict[str, Any]] = []
    for one in departments:
        people = _people(one, beds)
        pay = people * _PAY + 100 * number + chance.between(0, 9_999)
        clinical = one.cost_class == CostClass.CLINICAL
        items = {
            CostItem.STAFF: 1, CostItem.DEPRECIATION: 8, CostItem.AMORTISATION: 80, CostItem.OTHER: 10,
        } | ({CostItem.DRUGS: 2, CostItem.RISK_FUND: 200} if clinical else {})  # fmt: skip
        costs += [
            _of(period, one, item=item.value, amount=round(Decimal(pay) / part, 2)) for item, part in items.items()
        ]
        drivers.append(_of(period, one, driver="staff", amount=Decimal(people)))
        if one.id in beds:
            drivers.append(_of(period, one, driver="beds", amount=Decimal(beds[one.id])))
        if one.cost_class in (CostClass.CLINICAL, CostClass.TECHNOLOGY):
            drivers.append(_of(period, one, driver="workload", amount=Decimal(people * 10 + chance.between(0, 80))))
    world.session.execute(insert(CostInput), costs)
    world.session.execute(insert(DriverInput), drivers)
    world.session.execute(insert(RevenueInput), _revenue(world, period, departments, beds))


def _revenue(
    world: World, period: str, departments: Sequence[Department], beds: dict[int, int]
) -> list[dict[str, Any]]:
    """What each department earned: clinical ones for themselves, medical technology for whoever ordered it."""
    chance = world.chance
    found: list[dict[str, Any]] = []
    clinical = [one for one in departments if one.cost_class == CostClass.CLINICAL]

    def earned(by: Department, of: Department, setting: Setting, kind: RevenueKind, amount: Decimal) -> None:
        found.append(
            _of(period, by, ordered_by_id=of.id, setting=setting.value, kind=kind.value, amount=round(amount, 2))
        )

    for one in clinical:
        pay = Decimal(_people(one, beds) * _PAY)
        for setting, tenths in _OWN_SERVICE.items():
            earned(one, one, setting, RevenueKind.SERVICE, pay * tenths / 10 + chance.between(0, 9_999))
            earned(one, one, setting, RevenueKind.DRUG, pay * tenths / 16)
    by_number = {one.id: one for one in departments}
    for who, whom, goods, amount in _charged(world, period):
        kind = RevenueKind.MONITORED_MATERIAL if goods == "high_value" else RevenueKind.MATERIAL
        earned(by_number[who], by_number[whom], Setting.INPATIENT, kind, amount)
    for one in departments:
        if one.cost_class == CostClass.TECHNOLOGY:
            kind = RevenueKind.LABORATORY if one.code in ("LABM", "PATH", "BLOD") else RevenueKind.EXAMINATION
            for other in clinical:
                earned(one, other, Setting.INPATIENT, kind, Decimal(chance.between(9_000, 36_000)))
    return found


def _charged(world: World, period: str) -> list[tuple[int, int, str, Decimal]]:
    """What the ledger charged to patients: by the department that used it, the patient's, and high value or not."""
    watched = case((Posting.product_class == "high_value", "high_value"), else_="")
    whose = func.coalesce(Encounter.department_id, Posting.department_id)
    amount = func.sum(Posting.amount)
    query = (
        select(Posting.department_id, whose, watched, amount)
        .outerjoin(Encounter, Encounter.id == Posting.encounter_id)
        .where(*costing.Filter(period=period, chargeable=True).conditions(world.session))
        .where(Posting.department_id.is_not(None))
        .group_by(Posting.department_id, whose, watched)
        .having(amount > 0)
        .order_by(Posting.department_id, whose, watched)
    )
    return [(who, whom, goods, total) for who, whom, goods, total in world.session.execute(query)]


def _of(period: str, department: Department, **more: Any) -> dict[str, Any]:
    return {"period": period, "department_id": department.id} | more


def _budget(world: World, months: Sequence[str], departments: Sequence[Department]) -> None:
    """One version of budgets, somewhat above what a month cost: some are near their end, none is over it now."""
    session = world.session
    this = ledger.accounting_month(session, world.today)
    known: dict[int, list[Decimal]] = {}
    for period in (*months[1:], this):  # the first month of the story is not a whole one
        for (department, _month), amount in costing.of_department_months(
            session, costing.Filter(period=period), [period]
        ).items():
            known.setdefault(department, []).append(amount)
    lines = []
    for one in departments:
        if amounts := known.get(one.id):
            most = max(amounts) * world.chance.between(104, 125) / 100
            lines.append(LineSaid(department=one.code, basis=Basis.MONTH, amount=_hundreds(most)))
        if one.code == "ICUX":
            lines.append(
                LineSaid(department=one.code, basis=Basis.BED_DAY, amount=Decimal(4_000), product_class="low_value")
            )
        if one.code in ("CARD", "ORTH"):
            lines.append(LineSaid(department=one.code, basis=Basis.REVENUE, amount=Decimal(28)))
    if not lines:
        return
    begun = world.occasion(world.staff["finance"], world.now, "office-1")
    made = budgets.draft(session, begun, from_period=min([*months, this]), note="年度预算")
    budgets.set_lines(session, world.occasion(world.staff["finance"], world.now, "office-1"), made.number, lines)
    budgets.approve(session, world.occasion(world.staff["finance2"], world.now, "office-2"), made.number)


def _hundreds(amount: Decimal) -> Decimal:
    return Decimal(int(amount / 100) + 1) * 100


def _step_down(world: World, period: str) -> None:
    at = world.occasion(world.staff["finance"], world.now, "office-1")
    step_run.run(world.session, at, period, zone=world.zone)
