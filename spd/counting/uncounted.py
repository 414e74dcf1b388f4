"""This file is what nobody counted: booked where somebody went over everything, and there all the while."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from spd import policies
from spd.counting import scope
from spd.counting.judged import Judged, Thing
from spd.counting.models import Count, CountPass, Finding
from spd.counting.things import in_lines, things
from spd.ledger import Item, ItemStateName, Movement, MovementKind

_ON_PAPER = (
    MovementKind.HOLD, MovementKind.RELEASE, MovementKind.TITLE, MovementKind.RESERVE, MovementKind.ADJUST,
)  # fmt: skip
"""Movements that nobody had the thing in hand for: they do not prove that it is there."""


def uncounted(session: Session, count: Count, only: int | None) -> list[Judged]:
    """What is booked where somebody went over everything, was there all the while, and nobody counted."""
    began = (
        select(CountPass.location_id, func.min(CountPass.opened_at).label("at"))
        .where(CountPass.count_id == count.id)
        .group_by(CountPass.location_id)
        .subquery()
    )
    handled = exists().where(
        Movement.item_id == Item.id, Movement.recorded_at > began.c.at, Movement.kind.not_in(_ON_PAPER)
    )
    query = (
        things()
        .add_columns(began.c.at)
        .join(began, began.c.location_id == Item.location_id)
        .where(scope.booked_here(count), Item.id.not_in(in_lines(count)), ~handled)
    )
    if only is not None:
        query = query.where(Item.id == only)
    by_another = policies.get(session, "count.recount_by") == "another"
    dear = Decimal(-1) if by_another else Decimal(policies.get(session, "count.recount_value"))
    return [_not_there(row, dear) for row in session.execute(query)]


def _not_there(row: Any, dear: Decimal) -> Judged:
    told = row._asdict()
    at = told.pop("at")
    thing = Thing(**(told | {"consigned": bool(told["consigned"])}))
    kept = thing.state == ItemStateName.RESERVED
    judged = Judged(
        subject=thing.item, thing=thing, location_id=thing.location_id, booked_id=thing.location_id,
        finding=Finding.RESERVED if kept else Finding.MISSING, book=thing.quantity, counted=0, at=at,
    )  # fmt: skip
    return replace(judged, recount=not kept, by_other=not kept and abs(judged.value) > dear)
