"""Days that wards sign: what is open needs a reason, what comes in later is marked, what nobody signs is missed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import closing, ledger, replenishment
from spd.closing import DayClose, DayRemain, DayState, LateArrival, MissedDay, Remain
from spd.closing.days import DaySaid, close_day
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.places import Department
from tests import build
from tests.build import Hospital

DAY = date(2026, 3, 2)
END = datetime(2026, 3, 2, 16, tzinfo=UTC)  # midnight in Shanghai


def said(department: Department, reason: str = "", *, day: date = DAY) -> DaySaid:
    return DaySaid(department=department, day=day, end=END + (day - DAY), reason=reason)


def evening(h: Hospital, *, hours: int = 6) -> Occasion:
    return build.occasion(h.nurse, at=build.NOW + timedelta(hours=hours))


def state_of(session: Session, department: str, day: date, *, today: date) -> closing.Square:
    found = closing.squares(session, day, day, today=today)
    return next(one for one in found if one.department == department)


def test_what_is_open_of_a_day_needs_a_reason_and_stays_on_record(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])  # its charge waits for HIS
    assert closing.remaining(session, h.cardiology, DAY, end=END) == {Remain.CHARGES: 1}
    with pytest.raises(closing.DayOpen) as refused:
        close_day(session, evening(h), said(h.cardiology))
    assert refused.value.facts["count"] == 1
    row = close_day(session, evening(h), said(h.cardiology, "HIS is down until tomorrow"))
    kept = session.execute(select(DayRemain.kind, DayRemain.count).where(DayRemain.close_id == row.id)).all()
    assert [tuple(one) for one in kept] == [("charges", 1)]
    assert (row.closed_by_id, row.reason) == (h.nurse.id, "HIS is down until tomorrow")
    square = state_of(session, "CARD", DAY, today=DAY)
    assert (square.state, square.count) == (DayState.REMAINS, 1)


def test_a_tote_on_its_way_is_open_until_the_ward_has_signed(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 1, at=h.store)
    to_ward = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=h.ward.code)
    tote = replenishment.dispatch(session, to_ward)
    before = closing.remaining(session, h.cardiology, DAY, end=END)
    assert before.get(Remain.TOTES) == 1
    assert closing.remaining(session, h.surgery, DAY, end=END) == {}
    assert closing.remaining(session, h.cardiology, DAY, end=build.NOW - timedelta(days=1)) == {}
    signing = replenishment.ToSign(occasion=build.occasion(h.nurse), dispatch=tote.code, location=h.ward.code)
    replenishment.sign(session, signing)
    assert closing.remaining(session, h.cardiology, DAY, end=END) == {}


def test_a_day_without_anything_open_needs_none_and_is_signed_once(session: Session, h: Hospital) -> None:
    first = evening(h)
    row = close_day(session, first, said(h.surgery, "not needed"))
    assert (row.reason, row.version) == ("", 1)
    assert close_day(session, first, said(h.surgery, "not needed")).id == row.id
    with pytest.raises(closing.NothingNew):
        close_day(session, evening(h), said(h.surgery))
    assert state_of(session, "SURG", DAY, today=DAY).state is DayState.CLOSED


def test_a_key_used_for_another_day_is_refused(session: Session, h: Hospital) -> None:
    one = evening(h)
    close_day(session, one, said(h.surgery))
    other = build.occasion(h.nurse, at=one.recorded_at, key=one.request_key)
    with pytest.raises(ledger.KeyReused):
        close_day(session, other, said(h.cardiology))


def test_a_day_to_come_is_not_signed(session: Session, h: Hospital) -> None:
    with pytest.raises(closing.DayNotOver):
        close_day(session, evening(h), said(h.surgery, day=DAY + timedelta(days=1)))


def test_what_comes_in_late_is_marked_once_and_the_day_signed_again(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    close_day(session, evening(h), said(h.cardiology))
    late = build.occasion(h.nurse, at=build.NOW + timedelta(hours=1))
    heard = Occasion(**vars(late) | {"recorded_at": build.NOW + timedelta(hours=8)})
    use = build.use(session, h, pack, encounter=None, occasion=heard)
    marked = [closing.mark_late(session, since=build.NOW) for _ in range(2)]
    assert marked == [1, 0]
    assert session.scalars(select(LateArrival.movement_id)).all() == [use.movement_id]
    assert (state_of(session, "CARD", DAY, today=DAY).state, state_of(session, "SURG", DAY, today=DAY).state) == (
        DayState.LATE, DayState.OPEN,
    )  # fmt: skip
    again = close_day(session, evening(h, hours=9), said(h.cardiology))
    assert again.version == 2
    assert state_of(session, "CARD", DAY, today=DAY).state is DayState.CLOSED


def test_days_nobody_signed_are_marked_from_the_first_signed_day_on(session: Session, h: Hospital) -> None:
    next_day, at = DAY + timedelta(days=1), END + timedelta(hours=36)
    assert closing.mark_missed(session, DAY, end=END, at=at) == 0  # nobody closes days here yet
    close_day(session, evening(h), said(h.surgery))
    assert closing.mark_missed(session, DAY - timedelta(days=1), end=END, at=at) == 0
    assert [closing.mark_missed(session, DAY, end=END, at=at) for _ in range(2)] == [1, 0]
    row = session.scalars(select(MissedDay)).one()
    assert (row.department_id, row.day_on) == (h.cardiology.id, DAY)
    states = {one.department: one.state for one in closing.squares(session, DAY, DAY, today=next_day)}
    assert states == {"CARD": DayState.MISSED, "SURG": DayState.CLOSED}
    left = closing.unclosed(session, DAY, next_day, today=next_day + timedelta(days=1))
    assert [(one.department, one.day) for one in left] == [("CARD", DAY), ("CARD", next_day), ("SURG", next_day)]
    close_day(session, build.occasion(h.nurse, at=at), said(h.cardiology))
    square = state_of(session, "CARD", DAY, today=next_day)
    assert (square.state, square.missed) == (DayState.CLOSED, True)


def test_a_signature_is_never_changed(session: Session, h: Hospital) -> None:
    row = close_day(session, evening(h), said(h.surgery))
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.connection().execute(DayClose.__table__.update().where(DayClose.id == row.id).values(reason="x"))  # type: ignore[attr-defined]


def test_refusals_say_what_to_do_in_both_languages() -> None:
    for error in (closing.DayOpen(day=DAY, count=2), closing.NothingNew(day=DAY), closing.DayNotOver(day=DAY)):
        assert isinstance(error, Refusal)
        assert all("2026-03-02" in error.sentence(language) for language in ("zh", "en"))
