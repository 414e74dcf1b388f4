"""This file is the approval of a count by one who did not count: its differences are booked, its result is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from spd import accounting, ledger
from spd.accounting import Charge, OwedFor
from spd.core.occasion import Occasion
from spd.counting import counters
from spd.counting.acts import find_act, get_count, keep_act, step
from spd.counting.adjust import adjustment
from spd.counting.decide import LEFT
from spd.counting.judge import judge
from spd.counting.judged import Judged, figures
from spd.counting.models import Count, CountResult, CountState
from spd.counting.refusals import RecountOpen, ReviewChanged, Unexplained, WrongStep
from spd.ledger import Draft
from spd.staff import get_staff
from spd.stock.goods import goods_with

_ROWS = 500


@dataclass(frozen=True, kw_only=True)
class ToApprove:
    """A count to be approved as it was looked at: `seen` is the mark of the figures, where the door knows it."""

    occasion: Occasion
    count: str
    seen: str = ""
    charged_to: str = ""
    """The code or badge of who owes for its losses; nobody where it is empty."""


@dataclass(frozen=True, kw_only=True)
class Approved:
    """What an approval booked: how many gains and losses, what they are worth, what could not be booked."""

    count: str
    gains: int
    losses: int
    gained: Decimal
    lost: Decimal
    left: int
    """Differences left in the book, for a reason or because the thing is gone since."""
    charged: Decimal = Decimal(0)
    """What of the losses a person owes."""
    repeated: bool = False


def approve(session: Session, asked: ToApprove) -> Approved:
    """The count approved: each difference a movement of the difference, on the item as it is now.

    Where its losses are charged to a person, that person owes what they cost, and nobody bears it.
    Raises: KeyReused, UnknownCount, SamePerson, UnknownStaff, WrongStep, ReviewChanged, RecountOpen, Unexplained,
    NoRule, Moved, Racing.
    """
    count = get_count(session, asked.count)
    if find_act(session, asked.occasion):
        return _told(session, count, repeated=True)
    counters.refuse_counter(session, count, asked.occasion.staff_id)
    owes = get_staff(session, asked.charged_to).id if asked.charged_to else None
    session.refresh(count, with_for_update=True)  # no line comes in between what is judged and what is decided
    if count.state != CountState.REVIEW:
        raise WrongStep(count=count.code, state=count.state)
    judged = judge(session, count, on=asked.occasion.day)
    _refuse_undecided(judged, asked.seen)
    at, who = asked.occasion.recorded_at, asked.occasion.staff_id
    step(session, count, [CountState.REVIEW], CountState.APPROVED, approved_at=at, approved_by_id=who)
    keep_act(session, asked.occasion, count, "approve")
    done, moved = _book(session, asked.occasion, count, judged)
    if owes is not None:
        owed = Charge(owed_for=OwedFor.COUNT, document=count.code, staff_id=owes, movements=moved)
        accounting.charge_person(session, asked.occasion, owed)
    rows = [_result(asked.occasion, count, one, *done.get(one.subject, (0, ""))) for one in judged]
    for start in range(0, len(rows), _ROWS):
        session.execute(insert(CountResult), rows[start : start + _ROWS])
    return _told(session, count)


def _refuse_undecided(judged: Sequence[Judged], seen: str) -> None:
    if seen and seen != figures(judged):
        raise ReviewChanged()
    if again := [one for one in judged if one.recount]:
        raise RecountOpen(number=len(again))
    if unsaid := [one for one in judged if one.difference and not one.reason]:
        raise Unexplained(number=len(unsaid))


def _book(
    session: Session, occasion: Occasion, count: Count, judged: Sequence[Judged]
) -> tuple[dict[str, tuple[int, str]], list[int]]:
    """How much of each difference was booked, and why not all of it; the movements of those that were."""
    off = [one for one in judged if one.difference]
    done: dict[str, tuple[int, str]] = {one.subject: (0, "left") for one in off if one.reason in LEFT}
    booked = [one for one in off if one.reason not in LEFT]
    goods = goods_with(session, [one.subject for one in booked])
    period = ledger.posting_period(session, occasion.day)
    draft = Draft(session, occasion, expected=len(booked))
    for one in booked:
        made = adjustment(session, count, one, goods[one.subject], period=period)
        if isinstance(made, str):
            done[one.subject] = (0, made)
        else:
            draft.move(goods[one.subject].item, made)
            done[one.subject] = (one.difference, "")
    moved = [row["id"] for row in draft.write()] if draft.movements else []
    return done, moved


def _result(occasion: Occasion, count: Count, one: Judged, adjusted: int, exception: str) -> dict[str, Any]:
    thing = one.thing
    return {
        "count_id": count.id,
        "subject": one.subject,
        "item_id": thing.item_id if thing else None,
        "product_id": thing.product_id if thing else None,
        "location_id": one.location_id,
        "finding": one.finding.value,
        "book": one.book,
        "counted": one.counted,
        "difference": one.difference,
        "adjusted": adjusted,
        "exception": "" if exception == "left" else exception,
        "unit_price": thing.unit_price if thing else Decimal(0),
        "consigned": thing.consigned if thing else False,
        "reason": one.reason,
        "note": one.note or one.said[:200],
        "counted_at": one.at,
        "counted_on": occasion.day,
        "counted_by_id": one.counters[0] if one.counters else None,
        "second_by_id": one.counters[1] if len(one.counters) > 1 else None,
    }


def _told(session: Session, count: Count, *, repeated: bool = False) -> Approved:
    rows = session.query(CountResult).filter_by(count_id=count.id).all()
    booked = [(row.adjusted, row.adjusted * row.unit_price) for row in rows if row.adjusted]
    owing = accounting.owing_for(session, OwedFor.COUNT, count.code)
    return Approved(
        count=count.code,
        gains=sum(adjusted > 0 for adjusted, _ in booked),
        losses=sum(adjusted < 0 for adjusted, _ in booked),
        gained=sum((value for adjusted, value in booked if adjusted > 0), Decimal(0)),
        lost=-sum((value for adjusted, value in booked if adjusted < 0), Decimal(0)),
        charged=owing.amount if owing else Decimal(0),
        left=sum(1 for row in rows if row.difference and not row.adjusted),
        repeated=repeated,
    )
