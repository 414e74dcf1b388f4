"""This file is all that is proved: the ledger's own rules and those of every feature, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from spd import charging, closing, consumption, donation, encounters, offline, reconciliation
from spd.accounting import proof
from spd.core import past_proof
from spd.costing import proof as costing_proof
from spd.ledger import verify
from spd.ledger.verify import Problem
from spd.settlement import proof as settlement_proof
from spd.stock import kits, loaned
from spd.theatre import operation_proof


def _of_stays(session: Session) -> list[Problem]:
    return [
        Problem(check="encounters", table="encounters", row=code, says=says)
        for code, says in encounters.problems(session)
    ]


def _of_ledger(check: str) -> Callable[[Session], list[Problem]]:
    return lambda session: list(verify.CHECKS[check](session))


def _of_pasts(session: Session, at: datetime) -> list[Problem]:
    return [Problem(check="pasts", **told._asdict()) for told in past_proof.wrong(session, at=at)]


def _whenever(part: Callable[[Session], Iterable[Problem]]) -> Callable[[Session, datetime], Iterable[Problem]]:
    """A part to which it is nothing what time it is."""
    return lambda session, _at: part(session)


_WHENEVER: tuple[Callable[[Session], Iterable[Problem]], ...] = (
    *(_of_ledger(check) for check in verify.CHECKS),
    proof.problems, kits.problems, loaned.problems, operation_proof.problems, settlement_proof.problems,
    costing_proof.problems, reconciliation.problems, charging.problems, _of_stays, offline.problems, closing.problems,
    donation.problems, consumption.problems,
)  # fmt: skip

PROOFS = (*(_whenever(part) for part in _WHENEVER), _of_pasts)


def prove(session: Session, *, at: datetime, tell: Callable[[int, int], None] | None = None) -> list[Problem]:
    """All that is wrong now: ledger, money, goods, kits, loaners, operations, costs, charges, stays, devices, months.

    `tell` is told after each part how many are done, of how many.
    """
    found: list[Problem] = []
    for number, part in enumerate(PROOFS, 1):
        found += part(session, at)
        if tell is not None:
            tell(number, len(PROOFS))
    return found
