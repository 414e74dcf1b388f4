"""This file is the review of a count: counting ends, differences get their reasons, exceptions what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.counting import passes, scope
from spd.counting.acts import find_act, get_count, keep_act, step
from spd.counting.judge import judge
from spd.counting.judged import EXCEPTIONS, Judged
from spd.counting.models import Count, CountAct, CountPass, CountReason, CountResult, CountState
from spd.counting.refusals import BadReason, PlacesLeft, Unexplained, UnknownSubject, WrongStep


class Reason(StrEnum):
    """Why a thing differs from the book."""

    LOST = "lost"
    NOT_SCANNED = "not_scanned"
    """Used, and nobody scanned it."""
    DAMAGED = "damaged"
    BOOKED_WRONG = "booked_wrong"
    FOUND = "found"
    ELSEWHERE = "elsewhere"
    """It is known to be somewhere else: nothing is booked."""
    ON_ITS_WAY = "on_its_way"
    """The same of what is being carried."""
    SETTLED = "settled"
    """Of an exception: put right otherwise, as the note says."""
    OTHER = "other"


LEFT = (Reason.ELSEWHERE, Reason.ON_ITS_WAY)
"""Reasons for which the book stays as it is."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """One difference or exception with its reason."""

    subject: str
    reason: Reason
    note: str = ""


def finish(session: Session, occasion: Occasion, code: str, *, leave_out: bool = False) -> Count:
    """The count, counted and in review. Places nobody went over are left out where that is said.

    Raises: KeyReused, UnknownCount, WrongStep, PlacesLeft, Racing.
    """
    count = get_count(session, code)
    if find_act(session, occasion):
        return count
    left = places_left(session, count)
    if left and not leave_out:
        raise PlacesLeft(number=len(left), places=", ".join(left[:3]))
    at = occasion.recorded_at
    step(session, count, [CountState.COUNTING], CountState.REVIEW, submitted_at=at)
    passes.end_all(session, count, at)
    keep_act(session, occasion, count, "finish")
    return count


def places_left(session: Session, count: Count) -> list[str]:
    """The names of the places that not as many have gone over as the count wants."""
    gone_over = (
        select(CountPass.location_id, func.count().label("rounds"))
        .where(CountPass.count_id == count.id)
        .group_by(CountPass.location_id)
    )
    rounds: dict[int, int] = dict(session.execute(gone_over).all())
    return [place.name for place in scope.places_of(session, count) if rounds.get(place.id, 0) < count.rounds]


def explain(session: Session, occasion: Occasion, code: str, said: Sequence[Explained]) -> Count:
    """The count with reasons for these differences; the newest of each holds.

    Raises: KeyReused, UnknownCount, WrongStep, UnknownSubject, BadReason, Racing.
    """
    count = get_count(session, code)
    if find_act(session, occasion):
        return count
    if count.state not in (CountState.REVIEW, CountState.APPROVED):
        raise WrongStep(count=count.code, state=count.state)
    known = _subjects(session, count, occasion)
    for one in said:
        if one.subject not in known:
            raise UnknownSubject(subject=one.subject)
        if one.reason is Reason.OTHER and not one.note:
            raise BadReason(reason=one.reason.value)
    act = keep_act(session, occasion, count, "explain")
    session.add_all(
        CountReason(act_id=act.id, count_id=count.id, subject=one.subject, reason=one.reason, note=one.note)
        for one in said
    )
    session.flush()  # so that a refusal by the database comes here, where it has a name
    return count


def _subjects(session: Session, count: Count, occasion: Occasion) -> set[str]:
    """What may be explained: in review whatever differs, once approved the exceptions alone."""
    if count.state == CountState.REVIEW:
        return {one.subject for one in to_settle(judge(session, count, on=occasion.day))}
    return {row.subject for row in exceptions(session, count)}


def to_settle(judged: Sequence[Judged]) -> list[Judged]:
    """What differs, is to be counted again, or is an exception."""
    return [one for one in judged if one.difference or one.recount or one.is_exception]


def exceptions(session: Session, count: Count) -> list[CountResult]:
    """What people have to settle of an approved count: found though it should not be here, or not to be booked."""
    query = select(CountResult).where(CountResult.count_id == count.id)
    wanted = CountResult.finding.in_([one.value for one in EXCEPTIONS]) | (CountResult.exception != "")
    return list(session.scalars(query.where(wanted).order_by(CountResult.id)))


def open_exceptions(session: Session, count: Count) -> list[CountResult]:
    """The exceptions of which nobody has said yet what became of them."""
    approved = select(CountAct.id).where(CountAct.count_id == count.id, CountAct.act == "approve").scalar_subquery()
    since = select(CountReason.subject).where(CountReason.count_id == count.id, CountReason.act_id > approved)
    settled = set(session.scalars(since))
    return [
        row for row in exceptions(session, count) if row.subject not in settled and (row.exception or not row.reason)
    ]


def close(session: Session, occasion: Occasion, code: str) -> Count:
    """The count, over: everything is booked or settled.

    Raises: KeyReused, UnknownCount, Unexplained, WrongStep, Racing.
    """
    count = get_count(session, code)
    if find_act(session, occasion):
        return count
    if count.state == CountState.APPROVED and (left := open_exceptions(session, count)):
        raise Unexplained(number=len(left))
    step(session, count, [CountState.APPROVED], CountState.CLOSED, closed_at=occasion.recorded_at)
    keep_act(session, occasion, count, "close")
    return count
