"""This file is what a planned procedure asks of what is used: side, size and whatever else tells variants apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, Text, Uuid, func, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Id, Instant
from spd.core.errors import Conflict
from spd.core.occasion import Occasion
from spd.encounters import Encounter


class PlannedProcedure(AppendOnly, Base):
    """What is planned for an encounter. A change of plan is a new row; the newest holds."""

    __tablename__ = "planned_procedures"
    __table_args__ = (Index("ix_planned_procedures_encounter", "encounter_id", "id"),)

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    reference: Mapped[Code]
    """The order of the operation in HIS."""
    wanted: Mapped[str] = mapped_column(Text())
    """A JSON object of texts, by the names of the products' attributes; empty where nothing is asked any more."""
    said_at: Mapped[Instant]
    said_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


_MERGED = aliased(Encounter)


def newest(holds: ColumnElement[bool] | None = None) -> Any:
    """What is planned for the encounter of a row, else for one that was merged into it, to be read with it: the newest
    plan, or the newest of which `holds` is so."""
    plan_ = select(PlannedProcedure.wanted).order_by(PlannedProcedure.id.desc()).limit(1)
    plan_ = plan_ if holds is None else plan_.where(holds)
    own = plan_.where(PlannedProcedure.encounter_id == Encounter.id)
    of_merged = plan_.join(_MERGED, _MERGED.id == PlannedProcedure.encounter_id).where(
        _MERGED.merged_into_id == Encounter.id
    )
    both = (one.correlate(Encounter).scalar_subquery() for one in (own, of_merged))
    return func.coalesce(*both).label("planned")


WANTED: Any = newest()
"""The newest plan for the encounter of a row: where there is none, nothing is planned."""


def wanted_by(session: Session, encounter_id: int, reference: str) -> dict[str, str]:
    """What was asked last of what is used for this order of a stay; nothing where nothing was."""
    query = select(PlannedProcedure.wanted).where(
        PlannedProcedure.encounter_id == encounter_id, PlannedProcedure.reference == reference
    )
    text = session.scalar(query.order_by(PlannedProcedure.id.desc()).limit(1))
    found: dict[str, str] = json.loads(text) if text else {}
    return found


class OtherPlan(Conflict):
    """The same request said another plan before."""

    code = "other-plan"
    say = {
        "zh": "同一请求编号曾提交另一计划。换新编号重发。",
        "en": "This key said another plan before. Use a new key.",
    }


def plan(session: Session, occasion: Occasion, encounter: Encounter, reference: str, wanted: Mapping[str, str]) -> bool:
    """The plan on record for the encounter; False where this request was answered before. Raises: OtherPlan."""
    text = json.dumps(dict(wanted), ensure_ascii=False, sort_keys=True)
    before = select(PlannedProcedure).where(PlannedProcedure.request_key == occasion.request_key)
    if known := session.scalars(before).one_or_none():
        if (known.encounter_id, known.reference, known.wanted) != (encounter.id, reference, text):
            raise OtherPlan()
        return False
    session.add(
        PlannedProcedure(
            request_key=occasion.request_key, encounter_id=encounter.id, reference=reference, wanted=text,
            said_at=occasion.recorded_at, said_by_id=occasion.staff_id,
        )
    )  # fmt: skip
    session.flush()  # the next scan reads it
    return True
