"""This file is what is known of one trace code: its standing, what it is packed in and holds, what was done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from spd.core.errors import NotFound
from spd.staff import Staff
from spd.trace_codes.models import Standing, TraceAlarm, TraceCode, TraceEvent
from spd.trace_codes.service import what_holds


class UnknownTraceCode(NotFound):
    """Nothing was ever said of the code: no supplier's table has it, and nobody did anything with it."""

    code = "unknown-trace-code"
    error = "E01"
    say = {
        "zh": "追溯码 {trace_code} 没有任何记录。核对号码, 或导入供应商的追溯码表。",
        "en": "Nothing is known of trace code {trace_code}. Check the digits, or import the supplier's table.",
    }


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One act on the code, by whom, and the alarm it raised, if any."""

    act: str
    occurred_at: datetime
    by: str
    reference: str
    alarm: TraceAlarm | None
    resolved_by: str | None


@dataclass(frozen=True, kw_only=True)
class Life:
    """A code with everything about it, the latest act first. standing: None where it never came in."""

    code: str
    standing: Standing | None
    packed_in: str | None
    holds: Sequence[str]
    acts: Sequence[Happened]


def life_of(session: Session, code: str) -> Life:
    """All that is known of a trace code. Raises: UnknownTraceCode."""
    known = session.scalars(select(TraceCode).where(TraceCode.code == code)).one_or_none()
    acts = _acts(session, code)
    if known is None and not acts:
        raise UnknownTraceCode(trace_code=code)
    return Life(
        code=code,
        standing=Standing(known.standing) if known else None,
        packed_in=known.parent_code if known else None,
        holds=what_holds(session, code),
        acts=acts,
    )


_RESOLVER = aliased(Staff)


def _acts(session: Session, code: str) -> list[Happened]:
    query = (
        select(TraceEvent, Staff.name, TraceAlarm, _RESOLVER.name)
        .join(Staff, Staff.id == TraceEvent.staff_id)
        .outerjoin(TraceAlarm, TraceAlarm.event_id == TraceEvent.id)
        .outerjoin(_RESOLVER, _RESOLVER.id == TraceAlarm.resolved_by_id)
        .where(TraceEvent.code == code)
        .order_by(TraceEvent.id.desc())
        .limit(200)
    )
    return [
        Happened(
            act=event.act,
            occurred_at=event.occurred_at,
            by=name,
            reference=event.reference,
            alarm=alarm,
            resolved_by=resolved_by,
        )
        for event, name, alarm, resolved_by in session.execute(query)
    ]
