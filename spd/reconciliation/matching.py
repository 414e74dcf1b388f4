"""This file is the matcher: charges and uses put together into cases, each fact into exactly one.

It is a function of the facts alone: not of the order they came in, nor of when it is asked. Refunds are netted
against the charge they name first, reversals against their use; then what a scan put together, where it is even; by the
thing's own code, by stay, product and lot within hours, by stay and product on a day, by stay and product over all
days, and at last by what was billed under another product. Source: domain facts B4.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from spd.core.money import to_cent
from spd.reconciliation.judging import judged
from spd.reconciliation.models import Verdict
from spd.reconciliation.waived import Apart, Waived


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One charge line or one movement of a use; below zero where it takes back. `name` tells it from all others."""

    name: str
    charge: bool
    row_id: int
    department_id: int
    day: date
    quantity: int
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A charge with its refunds, or a use with its reversal: what is matched as one.

    `code`: what HIS bills it under; `item`: the thing's own code, where it is known and says which piece it was.
    """

    facts: tuple[Fact, ...]
    encounter: str
    code: str
    item: str
    lot: str
    at: datetime
    chargeable: bool = True
    linked: str = ""
    """What charges and uses share that were put together when the use confirmed the charge."""

    @property
    def charge(self) -> bool:
        """Whether it is a charge; else it is a use."""
        return self.facts[0].charge

    @property
    def name(self) -> str:
        """Of its first fact."""
        return self.facts[0].name

    @cached_property
    def quantity(self) -> int:
        """What is left of it."""
        return sum(fact.quantity for fact in self.facts)

    @property
    def day(self) -> date:
        """Of its first fact."""
        return self.facts[0].day


@dataclass(frozen=True, kw_only=True)
class Case:
    """Units that belong together, and what they come to."""

    units: tuple[Unit, ...]
    verdict: Verdict
    rule: str

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All facts of it."""
        return tuple(fact for unit in self.units for fact in unit.facts)

    @cached_property
    def key(self) -> bytes:
        """The same for the same facts and the same verdict."""
        said = "\n".join([self.verdict, self.rule, *sorted(fact.name for fact in self.facts)])
        return hashlib.sha256(said.encode()).digest()

    def sums(self, *, charge: bool) -> tuple[int, Decimal]:
        """Quantity and amount of its charges, or of its uses."""
        some = [fact for fact in self.facts if fact.charge is charge]
        return sum(fact.quantity for fact in some), sum((fact.amount for fact in some), Decimal(0))


_Keying = Callable[[Unit], Hashable | None]


@dataclass(kw_only=True)
class _Left:
    """What no rule has taken yet."""

    units: list[Unit]
    cases: list[Case]
    apart: Apart

    def close(self, rule: str, *units: Unit) -> None:
        """These belong together."""
        ordered = tuple(sorted(units, key=lambda unit: (unit.day, unit.name)))
        self.cases.append(Case(units=ordered, verdict=judged(ordered), rule=rule))

    def take(self, rule: str, taken: Iterable[tuple[Unit, ...]]) -> None:
        """Close groups, and leave the rest."""
        gone = set()
        for group in taken:
            if self.apart.takes(group):
                self.close(rule, *group)
                gone |= {unit.name for unit in group}
        self.units = [unit for unit in self.units if unit.name not in gone]


def match(units: Iterable[Unit], *, window: timedelta, waived: Sequence[Waived] = ()) -> list[Case]:
    """The cases of these units, whatever order they come in. `window`: how far apart use and charge of a lot may be.

    `waived`: differences that were left as they are.
    """
    ordered = sorted(units, key=lambda unit: (unit.at, unit.name))
    left = _matched(ordered, window, Apart(ordered, waived))
    while not left.apart.settled:  # what belongs to something later is matched from the beginning
        left = _matched(ordered, window, Apart(ordered, left.apart.kept))
    return left.cases


def _matched(units: list[Unit], window: timedelta, apart: Apart) -> _Left:
    left = _Left(units=units, cases=[], apart=apart)
    left.take("netted", [(unit,) for unit in left.units if unit.quantity <= 0])
    left.take("linked", [group for group in _both_sides(left.units, lambda unit: unit.linked or None) if _even(group)])
    left.take("item", _both_sides(left.units, lambda unit: (unit.item, unit.encounter) if unit.item else None))
    left.take("item", _both_sides(left.units, lambda unit: unit.item or None))
    left.take("lot", _near(left.units, window))
    left.take("day", [group for group in _both_sides(left.units, _stay_day) if _even(group)])
    together = [left.apart.without(group) for group in _both_sides(left.units, _stay_code)]
    left.take("stay", [group for group in together if _has_both_sides(group)])
    left.take("product", _otherwise(unit for unit in left.units if not left.apart.holds(unit)))
    for rule, group in left.apart.left(left.units):
        left.close(rule, *group)
    left.take("alone", [(unit,) for unit in left.units])
    return left


def _stay_code(unit: Unit) -> tuple[str, str] | None:
    return (unit.encounter, unit.code) if unit.encounter else None


def _stay_day(unit: Unit) -> tuple[str, str, date] | None:
    return (unit.encounter, unit.code, unit.day) if unit.encounter else None


def _stay_lot(unit: Unit) -> tuple[str, str, str, int] | None:
    return (unit.encounter, unit.code, unit.lot, unit.quantity) if unit.encounter and unit.lot else None


def _groups(units: Iterable[Unit], key: _Keying) -> dict[Hashable, list[Unit]]:
    groups: dict[Hashable, list[Unit]] = defaultdict(list)
    for unit in units:
        if (known := key(unit)) is not None:
            groups[known].append(unit)
    return groups


def _both_sides(units: Iterable[Unit], key: _Keying) -> list[tuple[Unit, ...]]:
    """All that share a key, where there are charges and uses of it."""
    groups = _groups(units, key).values()
    return [tuple(group) for group in groups if _has_both_sides(group)]


def _has_both_sides(group: Iterable[Unit]) -> bool:
    return len({unit.charge for unit in group}) == 2


def _even(group: Iterable[Unit]) -> bool:
    """Whether as much was charged as used."""
    return sum(unit.quantity if unit.charge else -unit.quantity for unit in group) == 0


def _near(units: Iterable[Unit], window: timedelta) -> list[tuple[Unit, ...]]:
    """Charge and use of one stay, product, lot and quantity within hours: the earliest with the nearest, one to one."""
    pairs: list[tuple[Unit, ...]] = []
    for group in _groups(units, _stay_lot).values():
        uses = [unit for unit in group if not unit.charge]
        for charge in (unit for unit in group if unit.charge):
            near = [use for use in uses if abs(use.at - charge.at) <= window]
            if near:
                use = min(near, key=lambda use: (abs(use.at - charge.at), use.name))
                uses.remove(use)
                pairs.append((charge, use))
    return pairs


def _otherwise(units: Iterable[Unit]) -> list[tuple[Unit, ...]]:
    """One thing used and another of the same worth billed: same stay, day, quantity and amount, one to one."""

    def worth(unit: Unit) -> tuple[str, date, int, Decimal] | None:
        amount = sum((fact.amount for fact in unit.facts), Decimal(0))
        return (
            (unit.encounter, unit.day, unit.quantity, to_cent(amount)) if unit.encounter and unit.chargeable else None
        )

    pairs: list[tuple[Unit, ...]] = []
    for group in _groups(units, worth).values():
        charges, uses = ([unit for unit in group if unit.charge is side] for side in (True, False))
        pairs += list(zip(charges, uses, strict=False))
    return pairs
