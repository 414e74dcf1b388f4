"""This file is where each charge and use stands: in its case of now, or in the one it was in at an instant.

A case is never changed but for its end and what people do about it, and what stood in one that ended is kept: as of an
instant the figures are the same for ever.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from spd.core.errors import Refused
from spd.reconciliation.models import ChargeCase, ChargeCaseAct, ChargeFact, ChargePastFact

COLUMNS = ("case_id", "charge_line_id", "movement_id", "department_id", "day_on", "quantity", "amount")


class NotKeptThen(Refused):
    """Where charges stood then was not kept yet."""

    code = "reconciliation-not-kept"
    say = {
        "zh": "{at} 时的对账结果未保留, 请改用 {since} 以后的时点。",
        "en": "How charges stood at {at} was not kept yet. Ask for a moment from {since} on.",
    }


def standing(at: datetime | None) -> ColumnElement[bool]:
    """Whether a case stands: now, or did at an instant."""
    if at is None:
        return ChargeCase.ended_at.is_(None)
    return and_(ChargeCase.opened_at <= at, or_(ChargeCase.ended_at.is_(None), ChargeCase.ended_at > at))


def facts(at: datetime | None) -> Any:
    """Charges and uses, each in the case it stands in, or stood in at an instant: `COLUMNS`, and their `id`."""
    if at is None:
        return ChargeFact.__table__
    parts = []
    for model in (ChargeFact, ChargePastFact):
        columns = (model.__table__.c[name] for name in ("id", *COLUMNS))
        parts.append(select(*columns).join(ChargeCase, ChargeCase.id == model.case_id).where(standing(at)))
    return union_all(*parts).subquery("facts_then")


def refuse_unkept(session: Session, at: datetime | None) -> None:
    """Refuse an instant of which some facts were not kept. Raises: NotKeptThen."""
    if at is None:
        return
    kept = exists().where(ChargePastFact.case_id == ChargeCase.id)
    last = session.scalar(select(func.max(ChargeCase.ended_at)).where(ChargeCase.ended_at.is_not(None), ~kept))
    if last is not None and last > at:
        raise NotKeptThen(at=at.isoformat(), since=last.isoformat())


_ACT = aliased(ChargeCaseAct)
_TAKEN = aliased(ChargeCaseAct)


def worked_on(at: datetime | None) -> dict[str, Any]:
    """What people had done about a case, as columns: owner_id, resolved_at, resolution; now, or at an instant."""
    if at is None:
        names = ("owner_id", "resolved_at", "resolution")
        return {name: getattr(ChargeCase, name) for name in names}

    def last(act: Any, *which: ColumnElement[bool]) -> Any:
        newest = select(func.max(act.id)).where(act.case_id == ChargeCase.id, act.at <= at, *which)
        return newest.correlate(ChargeCase).scalar_subquery()

    def of(column: Any, number: Any) -> Any:
        return select(column).where(ChargeCaseAct.id == number).correlate(ChargeCase).scalar_subquery()

    newest, owned = last(_ACT), last(_TAKEN, _TAKEN.act != "reopen")
    done = of(ChargeCaseAct.act, newest) == "resolve"
    return {
        "owner_id": of(ChargeCaseAct.staff_id, owned),
        "resolved_at": case((done, of(ChargeCaseAct.at, newest))),
        "resolution": case((done, of(ChargeCaseAct.resolution, newest)), else_=""),
    }
