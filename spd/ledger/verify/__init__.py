"""Proof that the ledger is right: what is kept equals what is replayed, and every chain is whole.

There is no `fix`: what is found wrong is named, row by row, for people to judge.
"""

from collections.abc import Callable, Iterator

from sqlalchemy.orm import Session

from spd.ledger.verify.kept import kept_months
from spd.ledger.verify.money import closed_months, documents, entries
from spd.ledger.verify.problem import Problem
from spd.ledger.verify.replay import chains
from spd.ledger.verify.sealing import compare, seal
from spd.ledger.verify.sums import conservation, requests

CHECKS: dict[str, Callable[[Session], Iterator[Problem]]] = {
    "chains": chains,
    "conservation": conservation,
    "entries": entries,
    "documents": documents,
    "closed months": closed_months,
    "kept months": kept_months,
    "requests": requests,
}


def problems(session: Session) -> list[Problem]:
    """Everything that is wrong; an empty list is the proof."""
    return [problem for check in CHECKS.values() for problem in check(session)]


__all__ = ["CHECKS", "Problem", "compare", "problems", "seal"]
