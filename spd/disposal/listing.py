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

_ASKED_BY = aliased(Staff)
_DECIDED_BY = aliased(Staff)


def select_documents(kind: Kind, departments: frozenset[int] | None = None) -> Any:
    """Documents with all that a row of them shows; of these departments' places where it says so."""
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
    query: Any = (
        select(
            Disposal.id,
            Disposal.code,
            Disposal.reason,
            Disposal.note,
            Disposal.standing,
            Disposal.asked_at,
            _ASKED_BY.name.label("asked_by"),
            Disposal.decided_at,
            _DECIDED_BY.name.label("decided_by"),
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
        .join(_ASKED_BY, _ASKED_BY.id == Disposal.asked_by_id)
        .outerjoin(_DECIDED_BY, _DECIDED_BY.id == Disposal.decided_by_id)
        .outerjoin(Party, Party.id == Disposal.supplier_id)
        .where(Disposal.kind == kind)
    )
    found: Any = query
    return found if departments is None else found.where(Location.department_id.in_(departments))
