"""This file is what people do about a case: take it on, resolve it with a reason, open it again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd.core.errors import Conflict, NotAllowed, NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import KeyReused
from spd.reconciliation.judging import wants_work
from spd.reconciliation.models import ChargeCase, ChargeCaseAct, Verdict


class Resolution(StrEnum):
    """What was done about a difference."""

    CHARGED = "charged"
    REFUNDED = "refunded"
    USE_CORRECTED = "use_corrected"
    PRICE_CORRECTED = "price_corrected"
    WAIVED = "waived"
    ACCEPTED = "accepted"


_SUGGESTED: dict[str, Resolution] = {
    Verdict.USED_NOT_CHARGED: Resolution.CHARGED,
    Verdict.CHARGED_NOT_USED: Resolution.REFUNDED,
    Verdict.PRICE: Resolution.PRICE_CORRECTED,
    Verdict.PRODUCT: Resolution.USE_CORRECTED,
    Verdict.PATIENT: Resolution.USE_CORRECTED,
    Verdict.ORPHAN_REFUND: Resolution.ACCEPTED,
    Verdict.NOT_CHARGEABLE: Resolution.REFUNDED,
}
"""What is most often right, where it does not hang on which side has more."""
NEEDS_REASON = frozenset({Resolution.WAIVED, Resolution.ACCEPTED})


def suggested(verdict: str, *, charged: int, used: int) -> Resolution | None:
    """What one tap does. What was charged beyond its use is refunded, what was used beyond its charge is charged."""
    if verdict == Verdict.QUANTITY:
        return Resolution.REFUNDED if charged > used else Resolution.CHARGED
    return _SUGGESTED.get(verdict)


class UnknownCase(NotFound):
    """There is no such case, or it is another department's."""

    code = "unknown-case"
    say = {"zh": "没有对账差异 {case}。刷新列表。", "en": "There is no case {case}. Reload the list."}


class CaseEnded(Conflict):
    """Later charges or uses made another case of it, or there is nothing to do about it."""

    code = "case-ended"
    say = {
        "zh": "差异 {case} 已因新的收费或使用重新判定, 或无须处理。刷新列表。",
        "en": "Case {case} was judged anew since, or needs nothing done. Reload the list.",
    }


class CaseResolved(Conflict):
    """Somebody has resolved it."""

    code = "case-resolved"
    verdict = "repeat"
    say = {"zh": "差异 {case} 已处理。", "en": "Case {case} has been resolved."}


class ReasonNeeded(Refused):
    """To leave a difference as it is wants a reason."""

    code = "difference-reason-needed"
    say = {"zh": "免收或接受差异须填写原因。", "en": "Say why the difference is waived or accepted."}


class NotYourCase(NotAllowed):
    """The case is another department's."""

    code = "not-your-case"
    say = {"zh": "此差异属于其他科室。", "en": "This case belongs to another department."}


@dataclass(frozen=True, kw_only=True)
class CaseAct:
    """What somebody does about a case. No resolution: it is taken on."""

    occasion: Occasion
    case: int
    resolution: Resolution | None = None
    reason: str = ""
    departments: frozenset[int] | None = None
    """Those the person acts for; None is everywhere."""


def take(session: Session, act: CaseAct) -> ChargeCase:
    """The case, from now on this person's. Raises: KeyReused, UnknownCase, NotYourCase, CaseEnded, CaseResolved."""
    return _do(session, act, "take", {"owner_id": act.occasion.staff_id}, resolved=False)


def resolve(session: Session, act: CaseAct) -> ChargeCase:
    """The case, done. Raises: ReasonNeeded, and as `take`."""
    assert act.resolution is not None
    if act.resolution in NEEDS_REASON and not act.reason.strip():
        raise ReasonNeeded()
    done = {"resolved_at": act.occasion.recorded_at, "resolution": act.resolution, "owner_id": act.occasion.staff_id}
    return _do(session, act, "resolve", done, resolved=False)


def reopen(session: Session, act: CaseAct) -> ChargeCase:
    """The case, to be done again. Raises: ReasonNeeded, KeyReused, UnknownCase, NotYourCase, CaseEnded."""
    if not act.reason.strip():
        raise ReasonNeeded()
    return _do(session, act, "reopen", {"resolved_at": None, "resolution": ""}, resolved=True)


def get_case(session: Session, number: int, departments: frozenset[int] | None) -> ChargeCase:
    """Raises: UnknownCase, NotYourCase."""
    case = session.get(ChargeCase, number)
    if case is None:
        raise UnknownCase(case=number)
    if departments is not None and case.department_id not in departments:
        raise NotYourCase()
    return case


def acts_of(session: Session, number: int, at: datetime | None = None) -> list[ChargeCaseAct]:
    """What was done about a case, or had been at an instant, in order."""
    query = select(ChargeCaseAct).where(ChargeCaseAct.case_id == number).order_by(ChargeCaseAct.id)
    return list(session.scalars(query if at is None else query.where(ChargeCaseAct.at <= at)))


def _do(session: Session, act: CaseAct, kind: str, values: dict[str, object], *, resolved: bool) -> ChargeCase:
    occasion = act.occasion
    before = session.scalars(select(ChargeCaseAct).where(ChargeCaseAct.request_key == occasion.request_key)).first()
    if before is not None:
        if before.content != occasion.content:
            raise KeyReused(key=str(occasion.request_key))
        return session.get_one(ChargeCase, before.case_id)
    case = get_case(session, act.case, act.departments)
    if case.ended_at is not None or not wants_work(case.verdict, charged=case.charged_quantity):
        raise CaseEnded(case=case.id)
    there = ChargeCase.resolved_at.is_not(None) if resolved else ChargeCase.resolved_at.is_(None)
    mine = session.execute(
        update(ChargeCase)
        .where(ChargeCase.id == case.id, ChargeCase.ended_at.is_(None), there)
        .values(values)
        .returning(ChargeCase.id)
    )
    if mine.first() is None:
        raise CaseResolved(case=case.id)
    session.add(
        ChargeCaseAct(
            request_key=occasion.request_key, content=occasion.content, case_id=case.id, act=kind,
            resolution=act.resolution or "", reason=act.reason.strip(), staff_id=occasion.staff_id,
            at=occasion.recorded_at,
        )
    )  # fmt: skip
    session.flush()  # so that a refusal by the database comes here
    session.refresh(case)
    return case
