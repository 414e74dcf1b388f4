"""This file is the verdict on a case: what kind of difference there is between its charges and its uses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from spd.core.money import CENT, to_cent
from spd.reconciliation.models import Verdict

if TYPE_CHECKING:
    from spd.reconciliation.matching import Fact, Unit

OPEN = frozenset(Verdict) - {Verdict.MATCHED, Verdict.LATE}
"""The verdicts that somebody must look at; uses of what is not chargeable are none of them, see `wants_work`."""
OWNERS = {
    Verdict.USED_NOT_CHARGED: "ward",
    Verdict.CHARGED_NOT_USED: "ward",
    Verdict.QUANTITY: "ward",
    Verdict.PRICE: "price",
    Verdict.PRODUCT: "ward",
    Verdict.PATIENT: "ward",
    Verdict.ORPHAN_REFUND: "finance",
    Verdict.NOT_CHARGEABLE: "price",
}
"""Whose duty a case is until somebody takes it."""


def judged(units: Sequence[Unit]) -> Verdict:
    """The verdict on units that belong together. Matched means: alike in each department on each day."""
    charged, used = ([fact for unit in units for fact in unit.facts if fact.charge is side] for side in (True, False))
    if sum(fact.quantity for fact in charged) < 0:
        return Verdict.ORPHAN_REFUND
    if not charged and sum(fact.quantity for fact in used) < 0:
        return Verdict.LATE  # what it undoes was used before the first day that is reconciled
    if all(unit.quantity == 0 for unit in units):
        return _even(charged, used)
    if not used:
        return Verdict.CHARGED_NOT_USED
    if not any(unit.chargeable for unit in units if not unit.charge):
        return Verdict.NOT_CHARGEABLE
    if not charged:
        return Verdict.USED_NOT_CHARGED
    return _compared(units, charged, used)


def _compared(units: Sequence[Unit], charged: list[Fact], used: list[Fact]) -> Verdict:
    if len({unit.encounter for unit in units}) > 1:
        return Verdict.PATIENT
    if len({unit.code for unit in units}) > 1:
        return Verdict.PRODUCT
    if sum(fact.quantity for fact in charged) != sum(fact.quantity for fact in used):
        return Verdict.QUANTITY
    return _even(charged, used) if _same_prices(units) else Verdict.PRICE


def _same_prices(units: Sequence[Unit]) -> bool:
    """Whether as many were charged at each price as were used at it: too much for one does not make up for another.

    The cheapest are held against the cheapest. What HIS rounded to a cent, a line at a time, is no other price.
    """
    charged, used = (_by_price(unit for unit in units if unit.charge is side) for side in (True, False))
    if len(charged) == len(used) == 1:
        return True  # the sums say it all
    while charged and used:
        (price, left), (cost, there) = charged[-1], used[-1]
        both = min(left, there)
        if abs(price - cost) * both >= CENT:
            return False
        charged[-1:] = [(price, left - both)] if left > both else []
        used[-1:] = [(cost, there - both)] if there > both else []
    return True


def _by_price(units: Iterable[Unit]) -> list[tuple[Decimal, int]]:
    """What one costs, and how many there are: of each unit of which anything is left, the dearest first."""
    kept = (unit for unit in units if unit.quantity)
    return sorted(((_sum(unit.facts) / unit.quantity, unit.quantity) for unit in kept), reverse=True)


def _even(charged: list[Fact], used: list[Fact]) -> Verdict:
    """As much of each: the money, then the departments, then the days; HIS bills in cents, a use may cost less."""
    if to_cent(_sum(charged)) != to_cent(_sum(used)):
        return Verdict.PRICE
    if _by_department(charged) != _by_department(used):
        return Verdict.PATIENT
    return Verdict.MATCHED if _by_day(charged) == _by_day(used) else Verdict.LATE


def _sum(facts: Iterable[Fact]) -> Decimal:
    return sum((fact.amount for fact in facts), Decimal(0))


def _by_department(facts: Iterable[Fact]) -> dict[int, Decimal]:
    sums: dict[int, Decimal] = {}
    for fact in facts:
        sums[fact.department_id] = sums.get(fact.department_id, Decimal(0)) + fact.amount
    return {key: to_cent(amount) for key, amount in sums.items() if to_cent(amount)}


def _by_day(facts: Iterable[Fact]) -> dict[tuple[int, date], Decimal]:
    sums: dict[tuple[int, date], Decimal] = {}
    for fact in facts:
        key = (fact.department_id, fact.day)
        sums[key] = sums.get(key, Decimal(0)) + fact.amount
    return {key: to_cent(amount) for key, amount in sums.items() if to_cent(amount)}


def wants_work(verdict: str, *, charged: int) -> bool:
    """Whether somebody must look at it: what is not chargeable only where it was charged."""
    return verdict in OPEN and (verdict != Verdict.NOT_CHARGEABLE or charged != 0)
