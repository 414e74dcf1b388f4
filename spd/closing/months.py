"""This file is locking a month once its list allows, and locking again what was opened for a time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.closing.checklist import Line, checklist, stopping
from spd.closing.counted import Month
from spd.closing.month_models import CheckedLine
from spd.core import clock
from spd.core.errors import Conflict
from spd.core.occasion import Occasion, digest_of
from spd.ledger import KeyReused, PeriodStep
from spd.ledger.books import Step
from spd.settlement.invoices.turning import turn
from spd.settlement.invoices.variances import release_variances


class ListOpen(Conflict):
    """Something that must be done first is not, and nobody has waved it through."""

    code = "closing-list-open"
    say = {
        "zh": "{period} 尚有 {count} 项未完成, 不能结账。请处理, 或按政策放行并写明原因。",
        "en": "{count} lines of the list of {period} are open. Settle them, or wave them through with a reason.",
    }


def month_of(session: Session, period: str, *, at: datetime, zone: ZoneInfo) -> Month:
    """The month as its list is counted for at a moment. Raises: ValueError for what is no month."""
    first, last = ledger.days_of(session, period)
    return Month(
        period=period, first=first, last=last, end=clock.first_instant(last + timedelta(days=1), zone), at=at,
        today=clock.day_of(at, zone), proof_hours=policies.get(session, "closing.proof_hours"),
    )  # fmt: skip


def lock(session: Session, occasion: Occasion, month: Month) -> PeriodStep:
    """The month closed, with its list as it stood; asked again with its key, the same.

    Differences of price that lay on goods used since are posted to their departments first.

    Raises: KeyReused, PeriodClosed, NotInOrder, ListOpen.
    """
    if done := find_step(session, occasion):
        return done
    ledger.refuse_not_due(session, occasion, month.period)
    lines = checklist(session, month)
    if stops := stopping(lines):
        raise ListOpen(period=month.period, count=len(stops))
    turn(session, occasion, month.period)
    release_variances(session, occasion, period=month.period)
    step = ledger.close_period(session, occasion, month.period)
    session.execute(insert(CheckedLine), [_checked(step.id, line) for line in lines])
    return step


def _checked(step: int, line: Line) -> dict[str, object]:
    return {
        "step_id": step, "check": line.check.value, "count": line.count, "amount": line.amount,
        "rule": line.rule.value, "reason": line.reason,
    }  # fmt: skip


def find_step(session: Session, occasion: Occasion) -> PeriodStep | None:
    """The step taken under this very key; None where it is new. Raises: KeyReused."""
    done = session.scalars(select(PeriodStep).where(PeriodStep.request_key == occasion.request_key)).one_or_none()
    if done is not None and done.content != occasion.content:
        raise KeyReused(key=occasion.request_key)
    return done


def lock_again(session: Session, *, at: datetime, day: date) -> list[str]:
    """The months locked again because the time for which they were opened is over, the earliest first.

    In the name of whoever agreed to opening them; they were looked at before, so no list is asked for.
    """
    locked: list[str] = []
    while (step := _over(session, at)) is not None:
        said = ["time over", step.id]
        occasion = Occasion(
            request_key=uuid5(NAMESPACE_OID, f"spd:period:{step.id}"), staff_id=step.done_by_id, occurred_at=at,
            recorded_at=at, day=day, device="worker", content=digest_of(said),
        )  # fmt: skip
        release_variances(session, occasion, period=step.period)
        ledger.close_period(session, occasion, step.period, reason="time over")
        locked.append(step.period)
    return locked


def _over(session: Session, at: datetime) -> PeriodStep | None:
    """The step that opened the month due next, if its time is over."""
    last = session.scalars(select(PeriodStep).order_by(PeriodStep.id.desc()).limit(1)).one_or_none()
    if last is None:
        return None
    opened = select(PeriodStep).where(PeriodStep.step == Step.REOPENED).order_by(PeriodStep.period, PeriodStep.id)
    for step in session.scalars(opened.where(PeriodStep.period > last.closed_through)):
        newer = [one for one in ledger.steps_of(session, step.period) if one.id > step.id and one.step == Step.CLOSED]
        if not newer:
            return step if step.until_at is not None and step.until_at <= at else None
    return None
