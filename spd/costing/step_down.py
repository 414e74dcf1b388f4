"""This file is step-down: administration, then support, then medical technology, down to the clinical departments.

Source: domain facts C1 (分项逐级分步结转): item by item, three levels, no cost going back up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from spd.core.errors import Refused
from spd.costing.apportion import apportion
from spd.places import CostClass

LEVELS: dict[int, tuple[CostClass, frozenset[CostClass]]] = {
    1: (CostClass.ADMINISTRATIVE, frozenset({CostClass.AUXILIARY, CostClass.TECHNOLOGY, CostClass.CLINICAL})),
    2: (CostClass.AUXILIARY, frozenset({CostClass.TECHNOLOGY, CostClass.CLINICAL})),
    3: (CostClass.TECHNOLOGY, frozenset({CostClass.CLINICAL})),
}
"""By level: whose cost is shared out, and among whom."""


class NoDriver(Refused):
    """A department has cost to pass on and nothing says to whom."""

    code = "no-driver"
    say = {
        "zh": "{period} 科室 {department} 的分摊动因“{driver}”没有数据, 无法结转。先导入该动因, 或更换分摊规则。",
        "en": "{period} has nothing of driver “{driver}” to share {department} out by. Import it or change the rule.",
    }


@dataclass(frozen=True, kw_only=True)
class Basis:
    """By what a department's cost is shared out: the driver's name, and how much of it each taker has."""

    driver: str
    weights: Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class Flow:
    """What went from one department to another, in cents; at level 0 from itself to itself."""

    level: int
    item: str
    source: int
    target: int
    cents: int
    driver: str = ""
    weight: int = 0
    of_weight: int = 0


BasisOf = Callable[[int, int, frozenset[int]], Basis]
"""The basis for a level and a department, among these takers. Raises: NoDriver."""


def step_down(own: Mapping[tuple[str, int], int], classes: Mapping[int, CostClass], basis_of: BasisOf) -> list[Flow]:
    """Every flow from `own` cost, in cents by item and department, until all of it lies on clinical departments.

    Raises: NoDriver, where a department has cost and no taker has anything of its driver.
    """
    flows = [
        Flow(level=0, item=item, source=who, target=who, cents=cents) for (item, who), cents in own.items() if cents
    ]
    held: dict[tuple[str, int], int] = {key: cents for key, cents in own.items() if cents}
    items = sorted({item for item, _ in own})
    for level, (giving, taking) in LEVELS.items():
        takers = frozenset(who for who, kind in classes.items() if kind in taking)
        for source in sorted(who for who, kind in classes.items() if kind == giving):
            if any(held.get((item, source)) for item in items):
                basis = basis_of(level, source, takers)
                for item in items:
                    flows += _passed(held, level, item, source, basis)
    return flows


def _passed(held: dict[tuple[str, int], int], level: int, item: str, source: int, basis: Basis) -> list[Flow]:
    cents = held.pop((item, source), 0)
    total = sum(basis.weights.values())
    passed = []
    for target, part in apportion(cents, basis.weights).items():
        if part:
            held[item, target] = held.get((item, target), 0) + part
            passed.append(
                Flow(
                    level=level, item=item, source=source, target=target, cents=part, driver=basis.driver,
                    weight=basis.weights[target], of_weight=total,
                )
            )  # fmt: skip
    return passed


def passed_on(units: Mapping[int, int], flows: list[Flow], item: str) -> dict[int, int]:
    """Where amounts that are part of what departments had of an item lie in the end: each goes the way that all of it
    went; what a department passed nothing of stays with it."""
    held = dict(units)
    for level in sorted(LEVELS):
        ways: dict[int, dict[int, int]] = {}
        for flow in flows:
            if flow.level == level and flow.item == item:
                ways.setdefault(flow.source, {})[flow.target] = flow.weight
        for source in sorted(ways.keys() & held.keys()):
            for target, part in apportion(held.pop(source), ways[source]).items():
                held[target] = held.get(target, 0) + part
    return {who: part for who, part in held.items() if part}


def balances(flows: list[Flow], through: int = 3) -> dict[tuple[str, int], int]:
    """What lies where after a level, in cents by item and department."""
    held: dict[tuple[str, int], int] = {}
    for flow in flows:
        if flow.level <= through:
            if flow.level:
                held[flow.item, flow.source] = held.get((flow.item, flow.source), 0) - flow.cents
            held[flow.item, flow.target] = held.get((flow.item, flow.target), 0) + flow.cents
    return held
