"""Good until an hour: kept with the lot from whatever carrier names it, and judged by the hospital's clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from scanners import Scan, read
from spd import receiving, replenishment
from spd.catalog import Lot, LotDiffers
from spd.core.occasion import Moment
from spd.ledger import get_item_state
from spd.stock import Expired, expiry
from spd.stock.until import Until, expired, is_expired, unexpired, until_of
from tests import build
from tests.build import Hospital

SHANGHAI = timezone(timedelta(hours=8))
TODAY = build.TODAY


def at(hour: int, minute: int = 0) -> datetime:
    """That hour of today at the hospital."""
    return datetime.combine(TODAY, time(hour, minute), SHANGHAI)


def good_until(scan: Scan, hour: int, minute: int = 0) -> Scan:
    """The label with an hour of today."""
    return replace(scan, expires_on=TODAY, expires_at=time(hour, minute))


def test_gs1_says_the_hospitals_hour_and_hibc_that_of_greenwich() -> None:
    gs1 = read("]d201069012345678927003" + "2809301400")
    assert until_of(gs1, SHANGHAI) == Until(date(2028, 9, 30), datetime(2028, 9, 30, 6, 0, tzinfo=UTC))
    hibc = replace(gs1, kind="hibc", expires_at=time(22))
    assert until_of(hibc, SHANGHAI) == Until(date(2028, 10, 1), datetime(2028, 9, 30, 22, 0, tzinfo=UTC))
    assert until_of(replace(gs1, expires_at=None), SHANGHAI) == Until(date(2028, 9, 30))


@pytest.mark.parametrize(("minute", "past"), [(-1, False), (0, False), (1, True)])
def test_database_and_python_judge_alike(session: Session, h: Hospital, minute: int, past: bool) -> None:
    lot = Lot(product_id=1, code="H", expires_on=TODAY, expires_at=at(14))
    session.add(lot)
    session.flush()
    when = Moment(TODAY, at(14) + timedelta(minutes=minute))
    assert is_expired(Until(lot.expires_on, lot.expires_at), when) is past
    one = select(Lot.id).where(Lot.id == lot.id)
    assert (session.scalar(one.where(expired(when))) is not None) is past
    assert (session.scalar(one.where(unexpired(when))) is None) is past


@pytest.fixture
def stent(session: Session, h: Hospital) -> str:
    """A stent on the ward that is good until two in the afternoon of today."""
    delivery = build.note(session, h, h.stents, ("STENT", 1))
    label = good_until(build.scan(build.STENT_DI, serial="H1", lot="HOUR"), 14)
    arrivals = [receiving.Arrived(scan=label)]
    when = build.occasion(h.keeper, at=at(9))
    said = receiving.Delivered(occasion=when, delivery=delivery.code, location=h.store.code, arrivals=arrivals)
    code = receiving.receive(session, said).items[0].code
    build.move_to(session, h, [code], h.ward)
    return code


def test_a_product_good_until_two_is_used_at_two_and_refused_a_minute_later(
    session: Session, h: Hospital, stent: str
) -> None:
    with pytest.raises(Expired) as refused:
        build.use(session, h, stent, occasion=build.occasion(h.nurse, at=at(14, 1)))
    assert refused.value.facts["expires_on"] == at(14)
    assert "14:00" in refused.value.sentence("zh", SHANGHAI)
    assert build.use(session, h, stent, occasion=build.occasion(h.nurse, at=at(14))).item == stent


def test_nothing_else_is_done_with_it_either_and_it_is_put_on_hold(session: Session, h: Hospital, stent: str) -> None:
    asked = replenishment.ToDispatch(occasion=build.occasion(h.nurse, at=at(15)), items=[stent], to=h.theatre.code)
    with pytest.raises(Expired):
        replenishment.dispatch(session, asked)
    assert expiry.hold_expired(session, build.occasion(h.keeper, at=at(13)), by_hour=True) == []
    expiry.hold_expired(session, build.occasion(h.keeper, at=at(14, 1)), by_hour=True)
    assert get_item_state(session, stent).state == "held"


def test_the_bay_refuses_what_ended_an_hour_ago_and_another_hour_of_the_lot(
    session: Session, h: Hospital, stent: str
) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 2), code="N-HOUR")
    late = good_until(build.scan(build.STENT_DI, serial="H2", lot="OTHER"), 8)
    other = good_until(build.scan(build.STENT_DI, serial="H3", lot="HOUR"), 16)
    day_alone = build.scan(build.STENT_DI, serial="H5", lot="HOUR", expires_on=late.expires_on)
    for label, hour, refusal in ((late, 9, Expired), (other, 9, LotDiffers), (day_alone, 15, Expired)):
        arrivals = [receiving.Arrived(scan=label)]
        when = build.occasion(h.keeper, at=at(hour))
        said = receiving.Delivered(occasion=when, delivery=delivery.code, location=h.store.code, arrivals=arrivals)
        with pytest.raises(refusal):
            receiving.receive(session, said)


def test_an_hour_is_learnt_from_a_later_label_of_the_lot(session: Session, h: Hospital, stent: str) -> None:
    session.execute(update(Lot).where(Lot.code == "HOUR").values(expires_at=None))
    session.expire_all()
    delivery = build.note(session, h, h.stents, ("STENT", 1), code="N-AGAIN")
    arrivals = [receiving.Arrived(scan=good_until(build.scan(build.STENT_DI, serial="H4", lot="HOUR"), 14))]
    when = build.occasion(h.keeper, at=at(9))
    said = receiving.Delivered(occasion=when, delivery=delivery.code, location=h.store.code, arrivals=arrivals)
    receiving.receive(session, said)
    session.expire_all()
    assert session.scalar(select(Lot.expires_at).where(Lot.code == "HOUR")) == at(14)
