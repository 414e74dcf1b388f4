"""This file is which charges and uses a scan has put together: in groups, each by a name of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.reconciliation.models import ChargeUse

_AT_ONCE = 1000


def groups(session: Session, lines: Mapping[str, Any], uses: Mapping[int, Any]) -> dict[int, str]:
    """The name of its group, by the number of a line, and by the number of a use below zero."""
    ours = {row.id for row in lines.values()}
    above: dict[int, int] = {}
    for line, movement in _links(session, sorted(uses)):
        if line in ours:
            above[_top(above, -movement)] = _top(above, line)
    return {number: f"link {_top(above, number)}" for number in {*above, *above.values()}}


def _links(session: Session, movements: list[int]) -> Iterator[tuple[int, int]]:
    for start in range(0, len(movements), _AT_ONCE):
        part = ChargeUse.movement_id.in_(movements[start : start + _AT_ONCE])
        query = select(ChargeUse.charge_line_id, ChargeUse.movement_id).where(part).order_by(ChargeUse.id)
        for row in session.execute(query):
            yield row.charge_line_id, row.movement_id


def _top(above: Mapping[int, int], number: int) -> int:
    while above.get(number, number) != number:
        number = above[number]
    return number
