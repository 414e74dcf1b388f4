"""This file is the tie-out of a recall: received = held + used + returned + destroyed, counted from the movements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session, aliased

from spd.ledger import Item, ItemStateName, Movement, MovementKind
from spd.places import OUTSIDE, End
from spd.recalls.whereabouts import here, was_let_go


@dataclass(frozen=True, kw_only=True)
class Balance:
    """One target, in base units. What came in: received, found. Where it is: all the rest.

    `unexplained` is the difference between what movements and what items say; it is zero, or the ledger is wrong.
    """

    line: int
    received: int
    found: int
    held: int
    let_go: int
    free: int
    used: int
    returned: int
    destroyed: int
    lost: int
    packed: int
    """Taken out of bulks and not come back in packs."""

    @property
    def missing(self) -> int:
        """What was lost and has not turned up."""
        return max(0, self.lost - self.found)

    @property
    def unexplained(self) -> int:
        """What no place accounts for."""
        inside = self.held + self.let_go + self.free
        gone = self.used + self.returned + self.destroyed + self.lost + self.packed
        return self.received + self.found - inside - gone

    @property
    def ties(self) -> bool:
        """Whether every unit is accounted for, and none is free to be used."""
        return not (self.free or self.missing or self.unexplained or self.packed)


def total(balances: Sequence[Balance]) -> Balance:
    """All targets together."""
    names = [name for name in Balance.__dataclass_fields__ if name != "line"]
    return Balance(line=0, **{name: sum(getattr(one, name) for one in balances) for name in names})


def balances(session: Session, chosen: Subquery, lines: Sequence[int], *, reference: str = "") -> list[Balance]:
    """The tie-out of each line of these items (item_id, line). Without a reference nothing is held or let go for it:
    all there is counts as held where it is on hold, else as free."""
    ends = _ends(session, chosen)
    inside = _inside(session, chosen, reference)
    return [_balance(line, ends.get(line, {}), inside.get(line, {})) for line in lines]


Ends = dict[int, dict[tuple[int, str], int]]


def _ends(session: Session, chosen: Subquery) -> Ends:
    """What each end of the house has got, less what it gave: by line, end and kind of movement.

    What undoes a write-off is taken off what was destroyed: those few are asked for apart.
    """
    comes = Movement.from_location_id.in_(OUTSIDE)
    end = case((comes, Movement.from_location_id), else_=Movement.to_location_id)
    signed = case((comes, -Movement.quantity), else_=Movement.quantity)
    moved = (
        select(chosen.c.line, end.label("end"), Movement.kind.label("what"), func.sum(signed))
        .join(chosen, chosen.c.item_id == Movement.item_id)
        .where(comes | Movement.to_location_id.in_(OUTSIDE))
        .group_by(chosen.c.line, "end", "what")
    )
    found: Ends = {}
    for line, place, kind, quantity in session.execute(moved):
        found.setdefault(line, {})[place, kind] = int(quantity)
    if any((End.LOSS, MovementKind.REVERSE) in ends for ends in found.values()):
        _turned_up(session, chosen, found)
    return found


_UNDONE = aliased(Movement)


def _turned_up(session: Session, chosen: Subquery, found: Ends) -> None:
    query = (
        select(chosen.c.line, _UNDONE.kind, func.sum(Movement.quantity))
        .join(chosen, chosen.c.item_id == Movement.item_id)
        .join(_UNDONE, _UNDONE.id == Movement.reverses_id)
        .where(Movement.kind == MovementKind.REVERSE, Movement.from_location_id == End.LOSS)
        .group_by(chosen.c.line, _UNDONE.kind)
    )
    for line, kind, quantity in session.execute(query):
        ends = found[line]
        ends[End.LOSS, kind] = ends.get((End.LOSS, kind), 0) - int(quantity)
        ends[End.LOSS, MovementKind.REVERSE] += int(quantity)


def _inside(session: Session, chosen: Subquery, reference: str) -> dict[int, dict[str, int]]:
    """What is in the house: held, let go, free."""
    held = Item.state == ItemStateName.HELD
    branches: list[Any] = [(held, "held"), *([(was_let_go(reference), "let_go")] if reference else [])]
    how: Any = case(*branches, else_="free")
    query = (
        select(chosen.c.line, how.label("how"), func.sum(Item.quantity))
        .join(chosen, chosen.c.item_id == Item.id)
        .where(here())
        .group_by(chosen.c.line, "how")
    )
    found: dict[int, dict[str, int]] = {}
    for line, name, quantity in session.execute(query):
        found.setdefault(line, {})[name] = int(quantity)
    return found


def _balance(line: int, ends: dict[tuple[int, str], int], inside: dict[str, int]) -> Balance:
    def net(end: End, *kinds: str, but: str = "") -> int:
        return sum(
            quantity
            for (place, kind), quantity in ends.items()
            if place == end and (kind in kinds if kinds else kind != but)
        )

    back = net(End.SUPPLIER, MovementKind.RETURN)
    return Balance(
        line=line,
        received=-net(End.SUPPLIER, but=MovementKind.RETURN),
        found=-net(End.FOUND),
        held=inside.get("held", 0),
        let_go=inside.get("let_go", 0),
        free=inside.get("free", 0),
        used=net(End.PATIENT),
        returned=back,
        destroyed=net(End.LOSS, MovementKind.WRITE_OFF),
        lost=net(End.LOSS, but=MovementKind.WRITE_OFF),
        packed=net(End.PROCESSING),
    )
