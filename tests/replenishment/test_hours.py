"""What is good until some hour is there until then, and is refilled, exchanged, packed and ordered anew after it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import ordering, packing, replenishment
from spd.catalog import Lot
from spd.core.occasion import Moment
from spd.ledger import Item
from spd.replenishment import NothingToPick
from tests import build
from tests.build import NOW, TODAY, Hospital
from tests.replenishment import asked

BEFORE, AFTER = NOW + timedelta(minutes=29), NOW + timedelta(minutes=31)


def good_for_half_an_hour(session: Session, *codes: str) -> None:
    lots = select(Item.lot_id).where(Item.code.in_(codes))
    ends = {"expires_on": TODAY, "expires_at": NOW + timedelta(minutes=30)}
    session.execute(update(Lot).where(Lot.id.in_(lots)).values(**ends))


def test_a_place_needs_what_it_has_no_more_after_the_hour(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    good_for_half_an_hour(session, *asked.packs(session, h, 4, at=h.ward))
    assert asked.needs(session, at=BEFORE) == []
    assert [(one.has, one.need) for one in asked.needs(session, at=AFTER)] == [(0, 4)]
    assert asked.needs(session) == [], "a list of the day speaks of all of it"


def test_a_wave_brings_what_is_needed_at_its_own_hour(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    good_for_half_an_hour(session, *asked.packs(session, h, 4, at=h.ward))

    def made(at: datetime) -> str:
        when = build.occasion(h.keeper, at=at)
        return replenishment.make_wave(session, replenishment.ToMakeWave(occasion=when, store=h.store.code)).code

    with pytest.raises(NothingToPick):
        made(BEFORE)
    assert made(AFTER)


def test_what_is_on_its_way_past_its_hour_is_not_coming_and_is_told(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    codes = asked.packs(session, h, 4)
    sent = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=h.ward.code)
    replenishment.dispatch(session, sent)
    good_for_half_an_hour(session, *codes)
    assert asked.needs(session, at=BEFORE) == []
    assert replenishment.in_trouble(session, on=TODAY, at=BEFORE) == []
    assert [(one.coming, one.need) for one in asked.needs(session, at=AFTER)] == [(0, 4)]
    assert {one.why for one in replenishment.in_trouble(session, on=TODAY, at=AFTER)} == {"expired"}


def test_what_is_past_its_hour_stands_before_no_pack_that_comes(session: Session, h: Hospital) -> None:
    (slow,) = asked.packs(session, h, 1, expires=TODAY + timedelta(days=20), at=h.ward)
    for code in asked.packs(session, h, 4, at=h.theatre):
        build.use(session, h, code, encounter=None)  # one in seven days
    good_for_half_an_hour(session, *asked.packs(session, h, 3, at=h.theatre))
    found = [replenishment.exchanges(session, on=TODAY, within_days=90, at=at) for at in (None, BEFORE, AFTER)]
    assert [[one.item for one in some] for some in found] == [[], [], [slow]]


def test_loose_goods_past_their_hour_serve_no_work_order(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    bulk = build.gauze(session, h, cases=2)
    wave = asked.wave(session, h)
    good_for_half_an_hour(session, bulk)
    orders = [replenishment.work_orders(session, wave, on=TODAY, at=at) for at in (BEFORE, AFTER)]
    assert [[(one.wanted, one.possible) for one in some] for some in orders] == [[(4, 10)], [(4, 0)]]
    found = [packing.batches(session, asked.GAUZE, h.store.id, 10, when=Moment(TODAY, at)) for at in (BEFORE, AFTER)]
    assert [[one.packs for one in some] for some in found] == [[10], []]


def test_a_store_orders_what_it_can_no_longer_give_out(session: Session, h: Hospital) -> None:
    asked.level(session, h, h.store, pack=1, lower=50, upper=100)
    good_for_half_an_hour(session, build.gauze(session, h, cases=2))
    found = [ordering.propose(session, on=TODAY, at=at) for at in (BEFORE, AFTER)]
    told = [[(one.product, one.available, one.quantity) for one in some] for some in found]
    assert told == [[], [("GAUZE", 0, 100)]]
