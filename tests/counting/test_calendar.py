"""What is due to be counted: high-value and consigned goods daily, the rest by their share of a year's consumption."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spd import counting, policies
from spd.counting import CountKind
from spd.stock import abc
from tests import build
from tests.counting.scene import Scene

TODAY = build.TODAY


def tiers(s: Scene, on: object = TODAY) -> dict[tuple[str, str], int]:
    found = counting.due(s.session, on=on)  # type: ignore[arg-type]
    return {(one.location, one.tier): one.products for one in found}


def test_products_are_sorted_by_what_a_year_of_them_is_worth(s: Scene) -> None:
    for stent in build.stents(s.session, s.h, 3):
        build.use(s.session, s.h, stent)
    pack = build.packs(s.session, s.h, 1, 50)[0]
    build.use(s.session, s.h, pack, encounter=None)
    undone = build.use(s.session, s.h, build.stents(s.session, s.h)[0])
    build.reverse(s.session, s.h, undone.movement_id)
    assert abc.classify(s.session, on=TODAY, shares_permille=[999, 990]) == 2
    assert abc.classes(s.session) == {1: ("A", 25800), 2: ("B", 175)}
    assert abc.classify(s.session, on=TODAY, shares_permille=[950, 800]) == 2
    assert {one: name for one, (name, _) in abc.classes(s.session).items()} == {1: "A", 2: "C"}
    assert abc.classify(s.session, on=TODAY + timedelta(days=366), shares_permille=[950, 800]) == 0


def test_high_value_and_consigned_goods_are_due_every_day(s: Scene) -> None:
    build.stents(s.session, s.h, at=s.h.ward)
    delivery = build.note(s.session, s.h, s.h.gauzes, ("REAGENT", 100))
    build.receive(s.session, s.h, delivery, build.scan(build.REAGENT_DI, lot="R1"))  # the supplier's until issued
    build.gauze(s.session, s.h)
    assert tiers(s) == {("CARD-W", "daily"): 1, ("STORE", "daily"): 1, ("STORE", "C"): 1}


def test_what_was_counted_is_due_again_after_its_days(s: Scene) -> None:
    bulk, stent = build.gauze(s.session, s.h), build.stents(s.session, s.h, at=s.h.store)[0]
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 50)
    s.see(count, s.h.store, stent)
    s.finish(count)
    s.approve(count)
    assert tiers(s) == {}
    assert tiers(s, TODAY + timedelta(days=1)) == {("STORE", "daily"): 1}
    assert ("STORE", "C") not in tiers(s, TODAY + timedelta(days=181))
    assert tiers(s, TODAY + timedelta(days=182))["STORE", "C"] == 1
    policies.settle(s.session, s.occasion(s.chief), "count.interval_days", [40, 20, 7])
    assert tiers(s, TODAY + timedelta(days=40))["STORE", "C"] == 1


def test_a_department_sees_what_is_due_at_its_own_places(s: Scene) -> None:
    build.stents(s.session, s.h, at=s.h.ward)
    build.gauze(s.session, s.h)
    found = counting.due(s.session, on=TODAY, departments=frozenset({s.h.cardiology.id}))
    assert [one.location for one in found] == ["CARD-W"]


def test_a_calendar_count_is_of_what_is_due_of_its_tier(s: Scene) -> None:
    stent = build.stents(s.session, s.h, at=s.h.store)[0]
    build.gauze(s.session, s.h)
    count = s.plan(s.h.store, kind=CountKind.CALENDAR, tier="daily")
    s.see(count, s.h.store, stent)
    assert s.finish(count) == []  # the gauze is of another tier
    s.approve(count)
    with pytest.raises(counting.NothingToCount):
        s.plan(s.h.store, kind=CountKind.CALENDAR, tier="daily")


def test_a_count_needs_places_and_a_class_where_it_is_of_one(s: Scene) -> None:
    with pytest.raises(counting.NothingToCount):
        s.plan()
    with pytest.raises(counting.NothingToCount):
        s.plan(s.h.store, kind=CountKind.CLASS)


def test_a_full_count_is_of_every_place_a_class_count_of_its_class(s: Scene) -> None:
    full = s.plan(kind=CountKind.FULL)
    assert [place.code for place in counting.places_of(s.session, full)] == ["CARD-W", "STORE", "SURG-T"]
    bulk, _stent = build.gauze(s.session, s.h), build.stents(s.session, s.h, at=s.h.store)
    count = s.plan(s.h.store, kind=CountKind.CLASS, product_class="low_value")
    s.see(count, s.h.store, bulk, 50)
    assert s.finish(count) == []
