"""Packs by a recipe: full ones from one lot first, nothing mixed, the rest loose; recipes in versions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from spd import ledger, packing, stock
from spd.catalog import get_product
from spd.packing import ByRecipe, NeverPacked, UnknownRecipe
from spd.packing.recipes import find_recipe, in_force, quantity_for, settle
from tests import build
from tests.build import Hospital


def recipe(session: Session, h: Hospital, quantity: int = 20, product: str = "GAUZE") -> str:
    return settle(session, build.occasion(h.keeper), get_product(session, product), quantity).code


def make(session: Session, h: Hospital, code: str, count: int | None = None, **more: Any) -> packing.PacksMade:
    more.setdefault("occasion", build.occasion(h.keeper))
    return packing.make_by_recipe(session, ByRecipe(recipe=code, location="STORE", count=count, **more))


def bulk(session: Session, h: Hospital, lot: str, days: int, cases: int = 1) -> str:
    """Gauze of a lot that expires in so many days."""
    note = build.note(session, h, h.gauzes, ("GAUZE", cases * 50))
    scan = build.scan(build.GAUZE_CASE_DI, lot=lot, expires_on=build.TODAY + timedelta(days=days))
    return build.receive(session, h, note, scan, count=cases)[0]


def test_full_packs_come_from_the_lot_that_expires_first_and_the_rest_stays_loose(
    session: Session, h: Hospital
) -> None:
    late, early = bulk(session, h, "LATE", 900), bulk(session, h, "EARLY", 400)
    made = make(session, h, recipe(session, h))
    assert [pack.lot for pack in made.packs] == ["EARLY", "EARLY", "LATE", "LATE"]
    assert made.loose == 20
    assert [ledger.get_item_state(session, code).quantity for code in (early, late)] == [10, 10]
    assert build.problems(session) == []


def test_as_many_as_are_asked_for_and_no_more(session: Session, h: Hospital) -> None:
    bulk(session, h, "A", 400)
    code = recipe(session, h)
    assert len(make(session, h, code, 1).packs) == 1
    with pytest.raises(stock.NotEnough):
        make(session, h, code, 2)


def test_what_has_expired_is_not_packed(session: Session, h: Hospital) -> None:
    bulk(session, h, "A", 0)
    tomorrow = build.occasion(h.keeper, at=build.NOW + timedelta(days=1))
    with pytest.raises(stock.NotEnough):
        make(session, h, recipe(session, h), occasion=tomorrow)


def test_asked_twice_with_one_key_packs_once(session: Session, h: Hospital) -> None:
    bulk(session, h, "A", 400)
    when, code = build.occasion(h.keeper), recipe(session, h)
    first, again = make(session, h, code, occasion=when), make(session, h, code, occasion=when)
    assert (again.packs, again.repeated) == (first.packs, True)


def test_a_new_version_changes_only_packs_made_later(session: Session, h: Hospital) -> None:
    bulk(session, h, "A", 400)
    code = recipe(session, h, 20)
    before = make(session, h, code, 1).packs[0]
    assert recipe(session, h, 10) == code
    assert make(session, h, code, 1).packs[0].quantity == 10
    assert ledger.get_item_state(session, before.code).quantity == 20
    assert [(one.product.code, one.quantity, one.version) for one in in_force(session)] == [("GAUZE", 10, 2)]


def test_a_recipe_of_nothing_has_ended(session: Session, h: Hospital) -> None:
    code = recipe(session, h)
    recipe(session, h, 0)
    assert find_recipe(session, code) is None
    assert in_force(session) == []
    with pytest.raises(UnknownRecipe):
        make(session, h, code)
    assert quantity_for(session, get_product(session, "SCREW").id) is None


def test_high_value_goods_and_cold_reagents_are_never_packed(session: Session, h: Hospital) -> None:
    with pytest.raises(NeverPacked):
        recipe(session, h, product="STENT")
    get_product(session, "REAGENT").cold_chain = True
    with pytest.raises(NeverPacked):
        recipe(session, h, product="REAGENT")


_LOTS = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 3)), min_size=1, max_size=5)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lots=_LOTS, quantity=st.integers(3, 120))
def test_whatever_lies_there_no_pack_mixes_and_nothing_is_lost(
    session: Session, lots: list[tuple[str, int]], quantity: int
) -> None:
    with session.begin_nested() as nested:
        h = build.hospital(session)
        days = {"A": 300, "B": 500, "C": 700}
        for lot, cases in lots:
            bulk(session, h, lot, days[lot], cases)
        there = {lot: 50 * sum(cases for one, cases in lots if one == lot) for lot, _ in lots}
        code = recipe(session, h, quantity)
        full = {lot: units // quantity for lot, units in there.items()}
        if sum(full.values()):
            made = make(session, h, code)
            assert {lot: sum(pack.lot == lot for pack in made.packs) for lot in there} == full
            assert all(pack.quantity == quantity for pack in made.packs)
            expiries = [pack.expires_on for pack in made.packs]
            assert expiries == sorted(expiries, key=lambda day: day or date.max)
        assert build.problems(session) == []
        nested.rollback()
