"""This file is differences that somebody left as they are: what came later is put together without them.

Unless it belongs to them: a refund or a reversal of their own, a scan or a code that names their piece, or what makes
as much charged as used with them and not without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.reconciliation.models import ChargeCase, ChargeFact
from spd.reconciliation.work import NEEDS_REASON

if TYPE_CHECKING:
    from spd.reconciliation.matching import Unit

_AT_ONCE = 1000


@dataclass(kw_only=True)
class Waived:
    """A difference left as it is: by what it was put together, and its lines and movements."""

    rule: str
    facts: set[tuple[bool, int]]


def waived(session: Session, stays: Iterable[str]) -> list[Waived]:
    """Those of these stays."""
    wanted, found = sorted(stays), dict[int, Waived]()
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(ChargeCase.id, ChargeCase.rule, ChargeFact.charge_line_id, ChargeFact.movement_id)
            .join(ChargeFact, ChargeFact.case_id == ChargeCase.id)
            .where(ChargeCase.encounter.in_(wanted[start : start + _AT_ONCE]), ChargeCase.ended_at.is_(None))
            .where(ChargeCase.resolution.in_(sorted(NEEDS_REASON)))
        )
        for number, rule, line, movement in session.execute(query):
            one = found.setdefault(number, Waived(rule=rule, facts=set()))
            one.facts.add((False, movement or 0) if line is None else (True, line))
    return list(found.values())


class Apart:
    """Of the units that are matched those that stay apart, as long as nothing belongs to them."""

    def __init__(self, units: Iterable[Unit], some: Sequence[Waived]) -> None:
        self._of: dict[str, int] = {}
        self._some = some
        self._begun = 0
        self.standing: set[int] = set()
        """The numbers of those that stay apart."""
        if not some:
            return
        whose = {fact: number for number, one in enumerate(some) for fact in one.facts}
        mine: dict[int, list[Unit]] = {}
        for unit in units:
            for number in {whose[name] for fact in unit.facts if (name := (fact.charge, fact.row_id)) in whose}:
                mine.setdefault(number, []).append(unit)
        for number, its in mine.items():
            if {(fact.charge, fact.row_id) for unit in its for fact in unit.facts} == some[number].facts:
                self._of |= {unit.name: number for unit in its}
                self.standing.add(number)
        self._begun = len(self.standing)

    def takes(self, group: Sequence[Unit]) -> bool:
        """Whether a group is put together: it is not, where all of it is left as it is. Else what it has is no more."""
        among = {self._of.get(unit.name) for unit in group}
        if len(among) == 1 and None not in among:
            return False
        self._free(among)
        return True

    def without(self, group: Sequence[Unit]) -> tuple[Unit, ...]:
        """The group without what is left as it is, but for what comes out even with the rest of it."""
        rest = [unit for unit in group if unit.name not in self._of]
        among = sorted({self._of[unit.name] for unit in group if unit.name in self._of})
        over = _over(rest)
        for some in [] if over == 0 else [*([number] for number in among), among]:
            its = [unit for unit in group if self._of.get(unit.name) in some]
            if its and over + _over(its) == 0:
                self._free(some)
                return (*rest, *its)
        return tuple(rest)

    @property
    def settled(self) -> bool:
        """Whether all of them stayed; else it is matched again with those that did."""
        return len(self.standing) == self._begun

    @property
    def kept(self) -> list[Waived]:
        """Those that stayed."""
        return [self._some[number] for number in sorted(self.standing)]

    def holds(self, unit: Unit) -> bool:
        """Whether it is left as it is."""
        return unit.name in self._of

    def left(self, units: Iterable[Unit]) -> Iterator[tuple[str, list[Unit]]]:
        """What stayed apart: the rule, and its units."""
        found: dict[int, list[Unit]] = {}
        for unit in units:
            if unit.name in self._of:
                found.setdefault(self._of[unit.name], []).append(unit)
        for number, its in found.items():
            yield self._some[number].rule, its

    def _free(self, some: Iterable[int | None]) -> None:
        if gone := {number for number in some if number is not None}:
            self.standing -= gone
            self._of = {name: number for name, number in self._of.items() if number not in gone}


def _over(units: Iterable[Unit]) -> int:
    return sum(unit.quantity if unit.charge else -unit.quantity for unit in units)
