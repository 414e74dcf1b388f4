"""This file is documents as they are listed: each with its place, who asked and decided, and what it is worth."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from spd.core.columns import worth
from spd.disposal.models import Disposal, DisposalLine, Kind
from spd.ledger import Item
from spd.parties import Party
from spd.places import Location
from spd.staff import Staff


def select_documents(kind: Kind, departments: frozenset[int] | None = None) -> Any:
    """Documents with all that a row of them shows; of these departments' places where it says so."""
    asked_by, decided_by = aliased(Staff), aliased(Staff)
    lines = (
        select(
            DisposalLine.disposal_id,
            func.count().label("lines"),
            func.sum(worth(DisposalLine.quantity, Item.unit_price)).label("value"),
        )
        .join(Item, Item.id == DisposalLine.item_id)
        .group_by(DisposalLine.disposal_id)
        .subquery("its_lines")
    )
    query = (
        select(
            Disposal.id,
            Disposal.code,
            Disposal.reason,
            Disposal.note,
            Disposal.standing,
            Disposal.asked_at,
            asked_by.name.label("asked_by"),
            Disposal.decided_at,
            decided_by.name.label("decided_by"),
            Disposal.decision,
            Location.code.label("location"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
            Party.code.label("supplier"),
            Party.name.label("supplier_name"),
            Party.name_en.label("supplier_name_en"),
            lines.c.lines,
            lines.c.value,
        )
        .join(lines, lines.c.disposal_id == Disposal.id)
        .join(Location, Location.id == Disposal.location_id)
        .join(asked_by, asked_by.id == Disposal.asked_by_id)
        .outerjoin(decided_by, decided_by.id == Disposal.decided_by_id)
        .outerjoin(Party, Party.id == Disposal.supplier_id)
        .where(Disposal.kind == kind)
    )
    return query if departments is None else query.where(Location.department_id.in_(departments))
