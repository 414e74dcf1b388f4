"""Uses that come together are what they are one by one: the same refusals, the same books."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from spd.catalog import Lot
from spd.consumption import Use, UseScanned, record_several, record_use
from spd.consumption import several as severally
from spd.core.errors import Refusal
from spd.ledger import Item, Moved, Movement, OutboxMessage, Posting
from tests import build
from tests.build import Hospital
from tests.consumption.test_standing_against import stent


def said(h: Hospital, code: str, encounter: str | None = "W-1", **more: Any) -> UseScanned:
    return UseScanned(occasion=build.occasion(h.nurse), item=code, encounter=encounter, **more)


def told(outcome: Use | Refusal) -> tuple[Any, ...]:
    if isinstance(outcome, Refusal):
        return (outcome.code, str(outcome.facts))
    return (outcome.item, outcome.quantity, outcome.encounter, outcome.cost, outcome.title_passed, outcome.cautions)


def books(session: Session) -> tuple[Any, ...]:
    items = session.execute(select(Item.code, Item.state, Item.quantity, Item.version).order_by(Item.id)).all()
    rows = [session.scalar(select(func.count()).select_from(one)) for one in (Movement, Posting, OutboxMessage)]
    return [tuple(row) for row in items], rows, session.scalar(select(func.sum(Posting.amount)))


def test_they_are_what_they_are_one_by_one(session: Session, h: Hospital) -> None:
    stents, packs, heap = build.stents(session, h, 4), build.packs(session, h, 3), build.gauze(session, h)
    build.carry(session, h, [heap], h.ward)
    build.use(session, h, stents[2])
    build.hold(session, h, packs[1])
    uses = [
        said(h, stents[0]), said(h, packs[0], None), said(h, stents[2], "W-2"), said(h, packs[1], None),
        said(h, heap, None, quantity=3), said(h, stents[1], "E-2"), said(h, packs[2], None), said(h, stents[3], "W-2"),
    ]  # fmt: skip
    with session.begin_nested() as together:
        several = [told(one) for one in record_several(session, uses)]
        assert build.problems(session) == []
        done = books(session)
        together.rollback()
    alone = []
    for use in uses:
        try:
            alone.append(told(record_use(session, use)))
        except Refusal as error:
            alone.append(told(error))
    assert several == alone
    assert done == books(session)
    assert [one[0] for one in several if one[0] in ("already-used", "held")] == ["already-used", "held"]


@pytest.mark.parametrize(
    "alone", ["asked before", "used just now", "unknown patient", "another day", "first to expire"]
)
def test_they_end_before_one_that_is_recorded_alone(session: Session, h: Hospital, alone: str) -> None:
    stents = build.stents(session, h, 3)
    uses = [said(h, code) for code in stents]
    if alone == "asked before":
        record_use(session, uses[1])
    elif alone == "used just now":
        uses[1] = said(h, stents[0])
    elif alone == "first to expire":
        stents[:2] = stent(session, h, "EARLY", date(2027, 9, 30)), stent(session, h, "LATE", date(2028, 9, 30))
        uses = [said(h, code) for code in stents[:2]]
    elif alone == "unknown patient":
        uses[1] = said(h, stents[1], "W-NOBODY")
    else:
        tomorrow = build.occasion(h.nurse, at=build.NOW + timedelta(days=1))
        uses[1] = UseScanned(occasion=tomorrow, item=stents[1], encounter="W-1")
    (only,) = record_several(session, uses)
    assert isinstance(only, Use)
    assert only.item == stents[0]
    rest = record_several(session, uses[1:2])
    assert (rest == []) is (alone in ("asked before", "unknown patient"))
    assert alone != "first to expire" or [one.cautions for one in rest if isinstance(one, Use)] == [()]


def test_where_one_was_quicker_none_is_written(session: Session, h: Hospital, monkeypatch: pytest.MonkeyPatch) -> None:
    stents = build.stents(session, h, 2)
    uses = [said(h, code) for code in stents]
    find = severally.for_use_of_several

    def and_then_somebody_else_does(session: Session, *asked: Any, **more: Any) -> Any:
        found = find(session, *asked, **more)
        build.use(session, h, stents[1])
        return found

    monkeypatch.setattr(severally, "for_use_of_several", and_then_somebody_else_does)
    with pytest.raises(Moved), session.begin_nested():
        record_several(session, uses)
    assert session.scalars(select(Item.state).where(Item.code == stents[0])).one() == "available"


@pytest.mark.parametrize("minutes", [(0, 31), (31, 0), (31, 32), (0, 0)])
def test_one_that_is_good_until_an_hour_is_to_be_used_first_until_then(
    session: Session, h: Hospital, minutes: tuple[int, int]
) -> None:
    early = stent(session, h, "HOUR", build.TODAY + timedelta(days=1))
    lates = [stent(session, h, lot, date(2028, 9, 30)) for lot in ("LATE1", "LATE2")]
    ends = {"expires_on": build.TODAY, "expires_at": build.NOW + timedelta(minutes=30)}
    session.execute(update(Lot).where(Lot.code == "HOUR").values(**ends))
    uses = [
        UseScanned(occasion=build.occasion(h.nurse, at=build.NOW + timedelta(minutes=n)), item=code, encounter="W-1")
        for n, code in zip(minutes, lates, strict=True)
    ]
    several, rest = record_several(session, uses), list[Use | Refusal]()
    for use in uses[len(several) :]:
        rest += record_several(session, [use])
    told = [[one.code for one in use.cautions] for use in several + rest if isinstance(use, Use)]
    assert told == [["sooner-here"] if n < 30 else [] for n in minutes]
    assert early
