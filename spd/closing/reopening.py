"""This file is opening a closed month again: asked for with a reason by one, agreed to by another in another role."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.closing.months import find_step
from spd.core.errors import Conflict, NotAllowed, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import PeriodStep, StepSaid
from spd.ledger.books import Step
from spd.ledger.periods import NotTheLast, note_step

ROLES = ("finance", "system_admin")
"""One asks, the other agrees."""


class AskedAlready(Conflict):
    """Somebody has asked for it, and nobody has decided yet."""

    code = "reopening-asked"
    say = {"zh": "{period} 的反结申请正在等待审批。", "en": "Opening {period} again has been asked for and waits."}


class NothingAsked(Refused):
    """Nobody asks to open the month again."""

    code = "no-reopening-asked"
    say = {"zh": "{period} 没有待审批的反结申请。", "en": "Nobody asks to open {period} again."}


class OtherRole(NotAllowed):
    """Who agrees is of another role than who asked."""

    code = "other-role"
    say = {
        "zh": "反结须由财务与系统管理员各一人共同完成: 一人申请, 另一角色审批。",
        "en": "Opening a month again takes finance and an administrator: one asks, the other role agrees.",
    }


class TooLong(Refused):
    """A month is not open again for longer than the policy allows."""

    code = "reopening-too-long"
    say = {"zh": "反结最长 {most} 小时。", "en": "A month may be open again for {most} hours at most."}


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Which month, why, for how many hours, and the roles of whoever asks."""

    period: str
    reason: str
    hours: int
    roles: Collection[str]


def pending(session: Session, period: str) -> PeriodStep | None:
    """What is asked about a month and not decided."""
    steps = ledger.steps_of(session, period)
    return steps[-1] if steps and steps[-1].step == Step.ASKED else None


def ask(session: Session, occasion: Occasion, asked: Asking) -> PeriodStep:
    """The question on record; asked again with its key, the same.

    Raises: KeyReused, OtherRole, NotTheLast, AskedAlready, TooLong.
    """
    if done := find_step(session, occasion):
        return done
    ledger.hold_months(session)
    role = next((one for one in ROLES if one in asked.roles), None)
    if role is None:
        raise OtherRole()
    closed = ledger.closed_through(session)
    if asked.period != closed:
        raise NotTheLast(period=asked.period, last=closed or "–")
    if pending(session, asked.period):
        raise AskedAlready(period=asked.period)
    most = policies.get(session, "closing.reopen_hours")
    if not 1 <= asked.hours <= most:
        raise TooLong(most=most)
    last = ledger.steps_of(session, asked.period)[-1]
    said = StepSaid(reason=asked.reason, role=role, until_at=occasion.recorded_at + timedelta(hours=asked.hours))
    return note_step(
        session, occasion, asked.period, Step.ASKED, version=last.version, closed=closed, as_of=occasion.recorded_at,
        said=said,
    )  # fmt: skip


def decide(
    session: Session, occasion: Occasion, period: str, *, agrees: bool, reason: str, roles: Collection[str]
) -> PeriodStep:
    """The month opened, for so many hours from now, or not; asked again with its key, the same.

    Who asked may take it back, not agree. Raises: KeyReused, NothingAsked, SamePerson, OtherRole, NotTheLast.
    """
    if done := find_step(session, occasion):
        return done
    ledger.hold_months(session)
    asked = pending(session, period)
    if asked is None:
        raise NothingAsked(period=period)
    own = asked.done_by_id == occasion.staff_id
    if agrees:
        refuse_same_person(asked.done_by_id, occasion.staff_id)
    role = next((one for one in ROLES if one in roles and one != asked.role), None)
    if role is None and not (own and not agrees):
        raise OtherRole()
    if agrees:
        assert asked.until_at is not None
        until = occasion.recorded_at + (asked.until_at - asked.done_at)
        said = StepSaid(reason=reason or asked.reason, role=role or "", until_at=until)
        return ledger.reopen_period(session, occasion, period, said)
    step = Step.WITHDRAWN if own else Step.REFUSED
    return note_step(
        session, occasion, period, step, version=asked.version, closed=asked.closed_through,
        as_of=occasion.recorded_at, said=StepSaid(reason=reason, role=role or asked.role),
    )  # fmt: skip
