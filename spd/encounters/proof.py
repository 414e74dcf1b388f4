"""This file is the proof of stays: each stands as its events leave it, warns as was told, and merges end somewhere."""

from __future__ import annotations

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from spd.encounters.alerts import EncounterAlert
from spd.encounters.events import EncounterEvent
from spd.encounters.models import Encounter
from spd.encounters.standing import folded, values_of
from spd.places import Department

_LAST = aliased(Encounter)
_SURVIVOR = aliased(Encounter)


def problems(session: Session) -> list[tuple[str, str]]:
    """(number of a stay, what is wrong with it); empty is the proof."""
    codes = set(session.scalars(select(EncounterEvent.encounter).where(EncounterEvent.encounter != "").distinct()))
    found: list[tuple[str, str]] = []
    if codes:
        _, outcome = folded(session, codes)
        departments = {code: number for code, number in session.execute(select(Department.code, Department.id))}  # noqa: C416
        query = select(Encounter, _SURVIVOR.code).outerjoin(_SURVIVOR, _SURVIVOR.id == Encounter.merged_into_id)
        rows = {stay.code: (stay, into) for stay, into in session.execute(query) if stay.code in outcome.stays}
        for code, stay in outcome.stays.items():
            if code not in rows:
                found.append((code, "its events admit it, and there is no such stay"))
                continue
            row, into = rows[code]
            wrong = [
                name
                for name, value in values_of(code, stay, departments, row.wristband).items()
                if getattr(row, name) != value
            ]
            if wrong or (into or "") != stay.survivor:
                found.append((code, f"does not stand as its events leave it: {', '.join(wrong) or 'merged_into_id'}"))
    chained = (
        select(Encounter.code)
        .outerjoin(_LAST, _LAST.id == Encounter.merged_into_id)
        .where(Encounter.merged_into_id.is_not(None), _LAST.id.is_(None) | _LAST.merged_into_id.is_not(None))
    )
    found += [(code, "is merged into a stay that is none, or is merged itself") for code in session.scalars(chained)]
    return found + [(code, "warns of something else than was told last") for code in session.scalars(_misled())]


def _misled() -> Select[str]:
    """Stays whose alerts are not those that were told last."""
    last = (
        select(EncounterAlert.alerts)
        .where(EncounterAlert.encounter_id == Encounter.id)
        .order_by(EncounterAlert.id.desc())
        .limit(1)
        .correlate(Encounter)
        .scalar_subquery()
    )
    return select(Encounter.code).where(Encounter.alerts != func.coalesce(last, "")).order_by(Encounter.id)
