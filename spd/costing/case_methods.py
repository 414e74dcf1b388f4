"""This file is the ways to cost a case, as rules: bottom-up, top-down, cost-to-charge, and consumables alone.

Source: domain facts C2 (项目叠加, 参数分配, 成本收入比). In ten-thousandths of a yuan, as the ledger keeps money,
so that every whole is exactly its parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from spd.costing.apportion import apportion


class CaseMethod(StrEnum):
    """How a case is costed."""

    MATERIALS = "materials"
    """Consumables alone: what was used on it, and its share of what its department used on nobody."""
    TOP_DOWN = "top_down"
    """Drugs and chargeable consumables, and the rest of its department's full cost by a driver."""
    COST_TO_CHARGE = "cost_to_charge"
    """What each department billed, by how much of a yuan billed is cost; drugs and consumables as they are."""
    BOTTOM_UP = "bottom_up"
    """Each service at its unit cost, drugs and chargeable consumables."""


class CaseItem(StrEnum):
    """What a case's cost is for."""

    CHARGEABLE = "chargeable_materials"
    OTHER_MATERIALS = "other_materials"
    """Not chargeable, used on the case."""
    SHARED_MATERIALS = "shared_materials"
    """Its share of what the department used on nobody."""
    DRUGS = "drugs"
    DEPARTMENT = "department"
    SERVICES = "services"


class Why(StrEnum):
    """Why some of the cost came on no case."""

    NO_CASE = "no_case"
    """Its department had no case with anything of the driver."""
    NO_DEPARTMENT = "no_department"
    OVERTRACED = "overtraced"
    """More drugs and consumables lie on its cases than its whole cost: something was not imported."""
    OTHER_REVENUE = "other_revenue"
    """For what was billed to others than these cases."""
    VARIANCE = "variance"
    """What departments cost beside the unit costs of what they did."""


@dataclass
class Costed:
    """The cases' cost by item, and the rest by department and why."""

    lines: dict[tuple[int, str], int] = field(default_factory=dict)
    rests: dict[tuple[int | None, str], int] = field(default_factory=dict)

    def add(self, case: int, item: CaseItem, units: int) -> None:
        """More on a case."""
        self.lines[case, item.value] = self.lines.get((case, item.value), 0) + units

    def leave(self, department: int | None, why: Why, units: int) -> None:
        """More on no case."""
        if units:
            self.rests[department, why.value] = self.rests.get((department, why.value), 0) + units

    def share(self, department: int, units: int, weights: Mapping[int, int], item: CaseItem) -> None:
        """A department's cost among its cases; on none where no case has any weight."""
        parts = apportion(units, weights)
        for case, part in parts.items():
            if part:
                self.add(case, item, part)
        if not parts:
            self.leave(department, Why.NO_CASE, units)

    @property
    def assigned(self) -> int:
        """What came on cases."""
        return sum(self.lines.values())

    @property
    def unassigned(self) -> int:
        """What came on none."""
        return sum(self.rests.values())


Traced = Mapping[int, Mapping[CaseItem, int]]
"""What lies on each case by itself."""


def top_down(
    full: Mapping[int, int], within: Mapping[int, int], traced: Traced, weights: Mapping[int, Mapping[int, int]]
) -> Costed:
    """Each department's full cost: what lies on cases by itself, and the rest by the driver.

    `within`: how much of a department's full cost is drugs and chargeable consumables that lie on cases, whosever
    patients they are now; `weights`: the driver by department and case.
    """
    costed = Costed()
    _trace(costed, traced)
    pools = {who: full.get(who, 0) - within.get(who, 0) for who in full.keys() | within.keys()}
    for department, units in sorted(pools.items()):
        if units < 0:
            costed.leave(department, Why.OVERTRACED, units)
        else:
            costed.share(department, units, weights.get(department, {}), CaseItem.DEPARTMENT)
    return costed


def _trace(costed: Costed, traced: Traced) -> None:
    """Drugs and chargeable consumables, on the cases they lie on."""
    for case, items in traced.items():
        for item in (CaseItem.DRUGS, CaseItem.CHARGEABLE):
            if units := items.get(item, 0):
                costed.add(case, item, units)


def cost_to_charge(
    cost: Mapping[int, int], revenue: Mapping[int, int], billed: Mapping[int, Mapping[int, int]], traced: Traced
) -> Costed:
    """Each department's cost by what it billed: its ratio is cost to revenue. Drugs and consumables as they are.

    `cost` is without drugs and chargeable consumables, `revenue` without what was billed for them. A case that was
    given back more than it was billed in the month takes cost off in the same ratio.
    """
    costed = Costed()
    _trace(costed, traced)
    for department, units in sorted(cost.items()):
        if units < 0:
            costed.leave(department, Why.OVERTRACED, units)
            continue
        on_cases = billed.get(department, {})
        others = max(revenue.get(department, 0) - sum(on_cases.values()), 0)
        parts = apportion(units, {**on_cases, 0: others})
        costed.leave(department, Why.OTHER_REVENUE, parts.pop(0, 0))
        for case, part in parts.items():
            if part:
                costed.add(case, CaseItem.DEPARTMENT, part)
        if not parts and not others:
            costed.leave(department, Why.NO_CASE, units)
    return costed


def bottom_up(services: Mapping[int, Sequence[tuple[int, int]]], traced: Traced) -> Costed:
    """Each service so often at its unit cost, with drugs and chargeable consumables."""
    costed = Costed()
    for case, done in services.items():
        if units := sum(quantity * unit_cost for quantity, unit_cost in done):
            costed.add(case, CaseItem.SERVICES, units)
    _trace(costed, traced)
    return costed


def materials(traced: Traced, on_nobody: Mapping[int, int], weights: Mapping[int, Mapping[int, int]]) -> Costed:
    """What was used on each case, and each department's use on nobody by the driver."""
    costed = Costed()
    for case, items in traced.items():
        for item in (CaseItem.CHARGEABLE, CaseItem.OTHER_MATERIALS):
            if units := items.get(item, 0):
                costed.add(case, item, units)
    for department, units in sorted(on_nobody.items()):
        costed.share(department, units, weights.get(department, {}), CaseItem.SHARED_MATERIALS)
    return costed
