"""Stock on hand is a sum over items; which to take first; what a person should know of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from spd import ledger, stock
from spd.stock import OnHand, first_expired_first_out
from tests import build
from tests.build import Hospital

DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 30))


def on_hand(number: int, expires_on: date | None, days_old: int = 0) -> OnHand:
    return OnHand(
        id=number, code=f"P{number}", kind="pack", state="available", quantity=20, unit_price=Decimal(1), owned=True,
        product_code="GAUZE", name="纱布块", name_en="Gauze", specification="", base_unit="盒", lot="L1",
        expires_on=expires_on, created_at=build.NOW - timedelta(days=days_old), location_code="STORE",
    )  # fmt: skip


def test_what_expires_first_goes_first_and_what_never_expires_goes_last() -> None:
    never, late, soon = on_hand(1, None), on_hand(2, date(2027, 1, 1)), on_hand(3, date(2026, 4, 1))
    assert first_expired_first_out([never, late, soon], 3, on=build.TODAY) == [soon, late, never]


def test_of_two_that_expire_together_the_older_goes_first() -> None:
    fresh, old = on_hand(1, date(2027, 1, 1)), on_hand(2, date(2027, 1, 1), days_old=5)
    assert first_expired_first_out([fresh, old], 2, on=build.TODAY) == [old, fresh]


def test_what_is_expired_is_left_and_the_last_day_is_still_good() -> None:
    expired, today = on_hand(1, build.TODAY - timedelta(days=1)), on_hand(2, build.TODAY)
    assert first_expired_first_out([expired, today], 2, on=build.TODAY) == [today]


@given(st.lists(DAYS, max_size=30), st.integers(0, 40))
def test_nothing_left_on_the_shelf_would_expire_before_what_was_taken(days: list[date | None], wanted: int) -> None:
    shelf = [on_hand(number, day) for number, day in enumerate(days)]
    taken = first_expired_first_out(shelf, wanted, on=build.TODAY)
    usable = [item for item in shelf if item.expires_on is None or item.expires_on >= build.TODAY]
    left = [item for item in usable if item not in taken]
    assert len(taken) == min(wanted, len(usable))
    last_taken = max((item.expires_on or date.max for item in taken), default=date.min)
    assert all((item.expires_on or date.max) >= last_taken for item in left)


def test_stock_of_a_place_adds_up_by_product(session: Session, h: Hospital) -> None:
    build.packs(session, h, 3, 20)
    build.stents(session, h, 2)
    gauze = {line.product_code: line for line in stock.stock_at(session, h.ward.id)}["GAUZE"]
    stents = {line.product_code: line for line in stock.stock_at(session, h.ward.id)}["STENT"]
    assert (gauze.packs, gauze.items, gauze.quantity, gauze.available) == (3, 3, 60, 60)
    assert (gauze.value, gauze.consigned_value) == (Decimal(210), Decimal(0))
    assert (stents.value, stents.consigned_value) == (Decimal(17200), Decimal(17200))
    assert stents.expires_first_on == date(2028, 9, 30)
    assert all(isinstance(number, int) for number in (gauze.packs, gauze.quantity, gauze.available))


def test_what_is_held_or_open_is_there_but_not_available(session: Session, h: Hospital) -> None:
    held, opened, _ = build.packs(session, h, 3, 20)
    build.hold(session, h, held)
    build.use(session, h, opened, quantity=5)
    line = stock.stock_at(session, h.ward.id)[0]
    assert (line.quantity, line.available) == (55, 20)


def test_what_is_used_up_is_no_longer_there(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 2)
    build.use(session, h, codes[0])
    assert [item.code for item in stock.items_at(session, h.ward.id)] == codes[1:]
    build.use(session, h, codes[1])
    assert stock.stock_at(session, h.ward.id) == []


def test_items_of_a_place_are_listed_in_pages(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 5, 10)
    first = stock.items_at(session, h.ward.id, limit=3)
    rest = stock.items_at(session, h.ward.id, limit=3, after=first[-1].id)
    assert [item.code for item in (*first, *rest)] == codes
    assert stock.items_at(session, h.ward.id, product="STENT") == []


def test_a_thing_is_read_with_all_that_is_needed_to_judge_it(session: Session, h: Hospital) -> None:
    goods = stock.get_goods(session, build.stents(session, h)[0])
    assert (goods.product_code, goods.chargeable, goods.implant, goods.charge_code) == (
        "STENT",
        True,
        True,
        "HIS-STENT",
    )
    assert (goods.location_code, goods.department_code, goods.cost_class) == ("CARD-W", "CARD", "clinical")
    assert goods.closed_through == ""


def test_a_thing_in_the_store_is_no_departments(session: Session, h: Hospital) -> None:
    goods = stock.get_goods(session, build.gauze(session, h))
    assert (goods.department_id, goods.department_code, goods.cost_class) == (None, "", "")


def test_an_unknown_code_is_not_found(session: Session, h: Hospital) -> None:
    assert stock.find_goods(session, "NOTHING") is None
    with pytest.raises(ledger.UnknownItem):
        stock.get_goods(session, "NOTHING")


def test_goods_of_a_product_are_found_soonest_to_expire_first(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.stents, ("STENT", 3))
    days = {"A": date(2028, 1, 1), "B": None, "C": date(2027, 1, 1)}
    for lot, day in days.items():
        build.receive(session, h, delivery, build.scan(build.STENT_DI, lot=lot, serial=lot, expires_on=day))
    found = stock.find_goods_of_product(session, 1, lot=None, departments=None)
    assert [goods.lot for goods in found] == ["C", "A", "B"]
    assert [g.lot for g in stock.find_goods_of_product(session, 1, lot="B", departments=None)] == ["B"]
    assert stock.find_goods_of_product(session, 1, lot=None, departments=frozenset({h.cardiology.id})) == []


@pytest.mark.parametrize(("days", "cautioned"), [(31, False), (30, True), (0, True)])
def test_few_days_left_are_said(days: int, cautioned: bool) -> None:
    said = stock.near_expiry(build.TODAY + timedelta(days=days), on=build.TODAY, near_days=30)
    assert bool(said) is cautioned
    assert all(str(days) in caution.zh and str(days) in caution.en for caution in said)
