"""This file is trace codes that come in with goods: noted as arrived, the goods held where one cannot be genuine."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import trace_codes
from spd.core.occasion import Occasion
from spd.receiving.packages import Package, Quarantine
from spd.receiving.records import InspectionReason
from spd.stock import Caution
from spd.trace_codes import TraceAlarm, TraceEvent
from spd.trace_codes.service import REASONS


def arrive(
    session: Session, occasion: Occasion, delivery: str, packages: list[Package]
) -> tuple[list[Package], tuple[Caution, ...]]:
    """The packages, those held that carry a code which came in twice or after it was sold; and what was raised."""
    codes = sorted({code for one in packages if (code := one.piece.arrived.scan.trace_code)})
    if not codes:
        return packages, ()
    done = trace_codes.Done(codes=tuple(codes), act=trace_codes.Act.ARRIVE, reference=delivery)
    alarms = trace_codes.note(session, occasion, done).alarms
    if not alarms:
        return packages, ()
    at_fault = {code for code, _ in alarms}
    doubtful = {code for code in codes if at_fault & {code, *trace_codes.what_holds(session, code)}}
    held = [_disputed(one) if one.piece.arrived.scan.trace_code in doubtful else one for one in packages]
    return held, tuple(_caution(code, reason) for code, reason in alarms)


def _disputed(package: Package) -> Package:
    note = package.piece.arrived.scan.trace_code or ""
    return replace(package, held=(*package.held, Quarantine(reason=InspectionReason.DISPUTE, note=note)))


def raised(session: Session, occasion: Occasion) -> tuple[Caution, ...]:
    """The alarms that this act raised when it was done."""
    query = (
        select(TraceAlarm.code, TraceAlarm.reason)
        .join(TraceEvent, TraceEvent.id == TraceAlarm.event_id)
        .where(TraceEvent.request_key == occasion.request_key)
        .order_by(TraceAlarm.id)
    )
    return tuple(_caution(code, reason) for code, reason in session.execute(query))


def _caution(code: str, reason: str) -> Caution:
    zh, en = REASONS[reason]
    return Caution(code="trace-alarm", error="E03", zh=f"{zh}: {code}", en=f"{en}: {code}")
