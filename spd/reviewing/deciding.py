"""This file is the verdict on what stands out: said once under a key, said again by opening it anew, all of it kept."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import KeyReused, Racing
from spd.reviewing.models import ReviewAct, UsageReview, Verdict, verdicts_of


class UnknownReview(NotFound):
    """Nothing of this number stands on the worklist."""

    code = "unknown-review"
    say = {"zh": "没有点评 {review}。核对编号。", "en": "There is no review {review}. Check its number."}


class NotThatVerdict(Refused):
    """This cannot be said to such a subject."""

    code = "not-that-verdict"
    say = {
        "zh": "此项不能给出结论“{verdict}”。可选: {verdicts}。",
        "en": "“{verdict}” cannot be said to this. Choose one of {verdicts}.",
    }


class ReviewNoteNeeded(Refused):
    """A verdict says why."""

    code = "review-note-needed"
    say = {"zh": "请填写点评意见。", "en": "Say why, in a few words."}


class ReviewDecided(Conflict):
    """Somebody has said something to it already."""

    code = "review-decided"
    say = {
        "zh": "点评 {review} 已有结论“{verdict}”。如需更改, 先重新打开。",
        "en": "Review {review} has the verdict “{verdict}”. Open it again to change that.",
    }


_FOLLOWS = {Verdict.SUBMITTED: (Verdict.GRANTED, Verdict.REFUSED)}
"""What may be said after what, without opening it again: a payer answers what was put to it."""


def get_review(session: Session, number: int) -> UsageReview:
    """The review of this number. Raises: UnknownReview."""
    found = session.get(UsageReview, number)
    if found is None:
        raise UnknownReview(review=number)
    return found


def decide(session: Session, occasion: Occasion, number: int, verdict: Verdict, note: str) -> UsageReview:
    """The review after a verdict. Asked again with the same key, it is as it stands.

    Raises: UnknownReview, KeyReused, NotThatVerdict, ReviewNoteNeeded, ReviewDecided, Racing.
    """
    review = get_review(session, number)
    if _done(session, occasion, review):
        return review
    if verdict not in verdicts_of(review.subject):
        raise NotThatVerdict(verdict=verdict.value, verdicts=", ".join(verdicts_of(review.subject)))
    if not note:
        raise ReviewNoteNeeded()
    if review.verdict and verdict not in _FOLLOWS.get(Verdict(review.verdict), ()):
        raise ReviewDecided(review=number, verdict=review.verdict)
    return _said(session, occasion, review, verdict.value, note)


def reopen(session: Session, occasion: Occasion, number: int, note: str) -> UsageReview:
    """The review without a verdict again. Raises: UnknownReview, KeyReused, ReviewNoteNeeded, Racing."""
    review = get_review(session, number)
    if _done(session, occasion, review):
        return review
    if not note:
        raise ReviewNoteNeeded()
    return _said(session, occasion, review, "", note)


def _done(session: Session, occasion: Occasion, review: UsageReview) -> bool:
    found = session.scalars(select(ReviewAct).where(ReviewAct.request_key == occasion.request_key)).one_or_none()
    if found is not None and (found.review_id != review.id or found.content != occasion.content):
        raise KeyReused(key=str(occasion.request_key))
    return found is not None


def _said(session: Session, occasion: Occasion, review: UsageReview, verdict: str, note: str) -> UsageReview:
    mine = session.execute(
        update(UsageReview)
        .where(UsageReview.id == review.id, UsageReview.version == review.version)
        .values(verdict=verdict, version=UsageReview.version + 1)
        .execution_options(synchronize_session=False)
    )
    if mine.rowcount != 1:  # type: ignore[attr-defined]
        raise Racing()  # somebody else said something at this moment: judged again as things stand
    act = ReviewAct(
        review_id=review.id, verdict=verdict, note=note, staff_id=occasion.staff_id, done_at=occasion.recorded_at,
        request_key=occasion.request_key, content=occasion.content,
    )  # fmt: skip
    session.add(act)
    try:
        session.flush()  # the same key at this moment is refused here, where it has a name
    except IntegrityError as error:
        raise Racing() from error
    session.refresh(review)
    return review
