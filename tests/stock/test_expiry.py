"""Expired goods are unusable at every scan, near ones are known by the levels of the policy, and nothing expired stays
available overnight."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import packing, replenishment
from spd.catalog import Lot
from spd.core.occasion import Occasion
from spd.ledger import Item, get_item_state
from spd.stock import Expired, Held, expiry, holds
from spd.stock.expiry import Nearness, nearness
from spd.stock.holds import HoldReason
from tests import build
from tests.build import Hospital

LEVELS = [180, 90, 30]
LATER = build.NOW + timedelta(days=40)


def expire(session: Session, *codes: str, on: date = build.TODAY - timedelta(days=1)) -> None:
    """The lots of these things have that last day."""
    ids = [get_item_state(session, code).lot_id for code in codes]
    session.execute(update(Lot).where(Lot.id.in_(ids)).values(expires_on=on))
    session.expire_all()


@dataclass
class Scene:
    """Expired things in each place that acts begin from."""

    h: Hospital
    pack: str
    bulk: str
    tote: str
    sent: str


@pytest.fixture
def scene(session: Session, h: Hospital) -> Scene:
    pack = build.packs(session, h, 1)[0]
    bulk = build.gauze(session, h)
    tote = build.packs(session, h, 1, at=h.store)[0]
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=[tote], to=h.ward.code)
    sent = replenishment.dispatch(session, asked)
    expire(session, pack, bulk, tote)
    return Scene(h=h, pack=pack, bulk=bulk, tote=tote, sent=sent.code)


def use(session: Session, scene: Scene) -> None:
    build.use(session, scene.h, scene.pack)


def use_some(session: Session, scene: Scene) -> None:
    build.use(session, scene.h, scene.pack, quantity=3)


def pack(session: Session, scene: Scene) -> None:
    asked = packing.PacksAsked(occasion=build.occasion(scene.h.keeper), sources=[scene.bulk], quantity=10)
    packing.make_packs(session, asked)


def dispatch(session: Session, scene: Scene) -> None:
    asked = replenishment.ToDispatch(occasion=build.occasion(scene.h.keeper), items=[scene.bulk], to="CARD-W")
    replenishment.dispatch(session, asked)


def carry_to_a_ward(session: Session, scene: Scene) -> None:
    build.carry(session, scene.h, [scene.pack], scene.h.theatre)


def receive(session: Session, scene: Scene) -> None:
    note = build.note(session, scene.h, scene.h.gauzes, ("GAUZE", 50))
    yesterday = build.TODAY - timedelta(days=1)
    build.receive(session, scene.h, note, build.scan(build.GAUZE_CASE_DI, lot="OLD", expires_on=yesterday))


ACTS: dict[str, tuple[Callable[[Session, Scene], None], type[Exception] | None]] = {
    "use": (use, Held),
    "use of a part": (use_some, Held),
    "pack": (pack, Held),
    "dispatch": (dispatch, Held),
    "transfer to a ward": (carry_to_a_ward, Held),
    "receive": (receive, Expired),
}


@pytest.mark.parametrize("act", list(ACTS))
def test_no_act_takes_what_has_expired(session: Session, scene: Scene, act: str) -> None:
    with pytest.raises(Expired) as refused, session.begin_nested():
        ACTS[act][0](session, scene)
    assert refused.value.error == "E06"
    assert "退货箱" in refused.value.sentence("zh")
    assert build.problems(session) == []


@pytest.mark.parametrize("act", list(ACTS))
def test_nor_after_the_night_has_put_it_on_hold(session: Session, scene: Scene, act: str) -> None:
    expiry.hold_expired(session, build.occasion(scene.h.keeper))
    refusal = ACTS[act][1]
    assert refusal is not None
    with pytest.raises(refusal), session.begin_nested():
        ACTS[act][0](session, scene)
    assert build.problems(session) == []


def test_on_its_last_day_a_thing_is_still_good(session: Session, scene: Scene) -> None:
    expire(session, scene.pack, scene.bulk, scene.tote, on=build.TODAY)
    for act in ("use", "pack"):
        ACTS[act][0](session, scene)
    assert expiry.hold_expired(session, build.occasion(scene.h.keeper)) == []


def test_what_expired_on_its_way_is_not_signed_for_and_comes_back_on_hold(session: Session, scene: Scene) -> None:
    said = replenishment.ToSign(occasion=build.occasion(scene.h.nurse), dispatch=scene.sent, location="CARD-W")
    with pytest.raises(Expired):
        replenishment.sign(session, said)
    back = replenishment.ToBringBack(occasion=build.occasion(scene.h.keeper), items=[scene.tote], to="STORE")
    replenishment.bring_back(session, back)
    item = get_item_state(session, scene.tote)
    assert (item.state, item.location_id) == ("held", scene.h.store.id)
    assert [hold.reason for hold in holds.open_holds(session, [item.id])] == [HoldReason.EXPIRED]
    assert build.problems(session) == []


def test_what_has_expired_is_carried_back_to_a_store_and_held_there(session: Session, scene: Scene) -> None:
    build.carry(session, scene.h, [scene.pack], scene.h.store)
    item = get_item_state(session, scene.pack)
    assert (item.state, item.location_id) == ("held", scene.h.store.id)
    assert [hold.reason for hold in holds.open_holds(session, [item.id])] == [HoldReason.EXPIRED]
    assert build.problems(session) == []


def test_the_night_leaves_nothing_expired_available(session: Session, scene: Scene) -> None:
    held = expiry.hold_expired(session, build.occasion(scene.h.keeper))
    assert {scene.pack, scene.bulk, scene.tote} < {item.code for item in held}  # and the bulks they were made from
    past = select(Item.state).join(Lot, Lot.id == Item.lot_id).where(Lot.expires_on < build.TODAY, Item.quantity > 0)
    assert set(session.scalars(past)) == {"held"}
    assert expiry.hold_expired(session, build.occasion(scene.h.keeper)) == []
    assert build.problems(session) == []


def test_the_night_goes_in_parts_and_ends(session: Session, scene: Scene) -> None:
    parts = [len(expiry.hold_expired(session, build.occasion(scene.h.keeper), limit=2)) for _ in range(4)]
    assert parts == [2, 2, 1, 0]


def test_what_another_reason_holds_is_held_for_its_day_too(session: Session, scene: Scene) -> None:
    why = holds.Why(reason=HoldReason.DAMAGED)
    holds.place(session, build.occasion(scene.h.keeper), [get_item_state(session, scene.pack)], why)
    expiry.hold_expired(session, build.occasion(scene.h.keeper))
    reasons = [hold.reason for hold in holds.open_holds(session, [get_item_state(session, scene.pack).id])]
    assert reasons == [HoldReason.DAMAGED, HoldReason.EXPIRED]


@given(st.none() | st.dates(date(2025, 1, 1), date(2027, 12, 31)))
def test_every_day_is_in_exactly_one_level(day: date | None) -> None:
    level = nearness(day, on=build.TODAY, levels=LEVELS)
    if day is None:
        assert level is Nearness.NEVER
    elif day < build.TODAY:
        assert level is Nearness.EXPIRED
    else:
        left = (day - build.TODAY).days
        steps = [(30, Nearness.RED), (90, Nearness.ORANGE), (180, Nearness.YELLOW)]
        assert level == next((name for days, name in steps if left <= days), Nearness.LATER)


def test_the_database_says_the_same_level(session: Session, h: Hospital) -> None:
    days = [None, *(build.TODAY + timedelta(days=left) for left in (-400, -1, 0, 30, 31, 90, 91, 180, 181, 4000))]
    for number, day in enumerate(days):
        session.add(Lot(product_id=1, code=f"X{number:02d}", expires_on=day))
    session.flush()
    when = build.occasion(h.nurse).moment
    said = expiry.nearness_of(when, levels=LEVELS)
    rows = session.execute(select(Lot.expires_on, said).where(Lot.code.like("X%"))).all()
    assert [level for _, level in rows] == [nearness(day, on=build.TODAY, levels=LEVELS) for day, _ in rows]
    for level in Nearness:
        near = expiry.is_near(when, level, levels=LEVELS)
        chosen = session.scalars(select(Lot.expires_on).where(Lot.code.like("X%"), near)).all()
        assert sorted(chosen, key=str) == sorted((day for day, name in rows if name == level), key=str)


def test_what_was_good_until_an_hour_of_today_is_listed_as_expired(session: Session, h: Hospital) -> None:
    for code, hours in (("PAST", -1), ("GOOD", 1)):
        hour = build.NOW + timedelta(hours=hours)
        session.add(Lot(product_id=1, code=code, expires_on=build.TODAY, expires_at=hour))
    session.flush()
    when, mine = build.occasion(h.nurse).moment, Lot.code.in_(("PAST", "GOOD"))
    rows = session.execute(select(Lot.code, expiry.nearness_of(when, levels=LEVELS)).where(mine).order_by(Lot.id))
    assert [tuple(row) for row in rows] == [("PAST", Nearness.EXPIRED), ("GOOD", Nearness.RED)]
    for level, code in ((Nearness.EXPIRED, "PAST"), (Nearness.RED, "GOOD")):
        assert session.scalars(select(Lot.code).where(mine, expiry.is_near(when, level, levels=LEVELS))).all() == [code]


def test_a_bedside_occasion_after_the_day_is_refused_by_its_own_day(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    expire(session, code, on=build.TODAY + timedelta(days=10))
    late: Occasion = build.occasion(h.nurse, at=LATER)
    with pytest.raises(Expired):
        build.use(session, h, code, occasion=late, encounter=None)
    build.use(session, h, code, encounter=None)
