"""This file is what is read once in a transaction, and forgotten with it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

from sqlalchemy.orm import Session

Answer = TypeVar("Answer")
_KEPT = "spd_once"


def once(session: Session, about: Hashable, read: Callable[[], Answer]) -> Answer:
    """What `read` answers, asked for only the first time in this transaction."""
    begun, answers = session.info.get(_KEPT, (None, {}))
    if begun is None or begun is not session.get_transaction() or about not in answers:
        answer = read()  # this begins the transaction where none is under way
        if begun is None or begun is not session.get_transaction():
            begun, answers = session.info[_KEPT] = (session.get_transaction(), {})
        answers[about] = answer
    there: Answer = answers[about]
    return there


def read_again(session: Session) -> None:
    """Ask anew in this transaction too: for whoever changes what was read."""
    session.info.pop(_KEPT, None)
