"""This file is the number of a stay that was scanned without network in place of its wristband: kept as a warning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.patient_token import is_by_number
from api.queued_known import Act
from spd import interceptions, policies
from spd.consumption import Noted
from spd.encounters import get_encounter
from spd.interceptions import Interception
from spd.ledger import Movement
from spd.stock import use_rules

RULE = "number-for-wristband"
_ONE_SCAN = timedelta(minutes=3)
"""As long as a patient stays on a page: uses within it came from one scan of the number."""


def note_number(
    session: Session, act: Act, about: Mapping[str, Any], *, used_on: str | None, movement_id: int
) -> None:  # fmt: skip
    """Keep with a use on a stay, by its number, that this was scanned for it, once for each scan; nothing for a
    wristband."""
    if not _by_number(session, act, used_on):
        return
    encounter = session.get_one(Movement, movement_id).encounter_id
    if _kept(session, act, encounter):
        return
    weight = use_rules.weight(RULE)
    assert weight is not None, "it is in the table"
    noted = Noted(rule=RULE, outcome=weight[0].value, severity=weight[1].value)
    about = {"department_id": act.department_id, **about, "encounter_id": encounter}
    interceptions.note(session, act.occasion, [noted], about, movement_id=movement_id)


def _by_number(session: Session, act: Act, used_on: str | None) -> bool:
    """Whether it is to be kept: a token says so; of a code that was on no list of the device it is whether it is the
    number of the stay and not its wristband too, which is rarely to be asked."""
    if token := act.said.get("patient"):
        return is_by_number(token)
    code = act.said.get("encounter")
    if not code or code != used_on or "sheet" in act.said or act.said.get("entered") == "keyed":
        return False
    band = get_encounter(session, code).wristband
    return band not in (None, code) and policies.get(session, "use.number_as_wristband") != "ok"


def _kept(session: Session, act: Act, encounter: int | None) -> bool:
    """Whether the scan it came from is on record with a use before it."""
    when, one = act.occasion, Interception
    query = select(one.id).where(
        one.rule == RULE, one.encounter_id == encounter, one.staff_id == when.staff_id, one.device == when.device,
        one.day_on >= when.day - timedelta(days=1),
        one.occurred_at.between(when.occurred_at - _ONE_SCAN, when.occurred_at),
    )  # fmt: skip
    return session.scalar(query.limit(1)) is not None
