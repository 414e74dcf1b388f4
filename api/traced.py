"""This file is acts on things with a trace code: where the act is refused because the thing was sold or came in before,
the alarm is kept all the same, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.orm import Session

from api.here import write
from spd import trace_codes
from spd.core.occasion import Occasion
from spd.ledger import CodeTaken
from spd.stock import AlreadyUsed, Gone

Answer = TypeVar("Answer")


def traced(
    when: Occasion, codes: tuple[str | None, ...], done: trace_codes.Act, act: Callable[[Session], Answer]
) -> Answer:
    """The answer to an act that does `done` with these trace codes. Raises what the act raises."""
    try:
        return write(when, act)
    except (AlreadyUsed, Gone, CodeTaken):
        known = tuple(code for code in codes if code)
        if known:
            again = trace_codes.Done(codes=known, act=done, reference="refused")
            write(when, lambda session: trace_codes.act(session, when, again))
        raise
