"""Work orders of packing: what a wave still wants made, less what lies packed and free, on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from spd import packing, replenishment
from spd.replenishment import ToPack, Wave, work_orders
from tests import build
from tests.build import TODAY, Hospital
from tests.replenishment import asked

LATE = TODAY + timedelta(days=400)


def orders(session: Session, wave: Wave) -> list[tuple[str, int, int, int]]:
    """Product, size, packs wanted, packs that loose goods give."""
    return [_told(one) for one in work_orders(session, wave, on=TODAY)]


def _told(one: ToPack) -> tuple[str, int, int, int]:
    return one.product_code, one.pack_quantity, one.wanted, one.possible


def make(session: Session, h: Hospital, bulk: str, count: int, *, size: int) -> list[str]:
    said = packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[bulk], quantity=size, count=count)
    return [one.code for one in packing.make_packs(session, said).packs]


def test_what_is_made_no_longer_counts(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4, pack=20)
    bulk = build.gauze(session, h, cases=2)
    wave = asked.wave(session, h)
    assert orders(session, wave) == [("GAUZE", 20, 4, 5)]
    make(session, h, bulk, 3, size=20)
    assert orders(session, wave) == [("GAUZE", 20, 1, 2)]
    make(session, h, bulk, 1, size=20)
    assert orders(session, wave) == []


def test_packs_of_another_size_are_not_those_that_are_wanted(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2, pack=20)
    bulk = build.gauze(session, h, cases=2)
    wave = asked.wave(session, h)
    make(session, h, bulk, 2, size=10)
    assert orders(session, wave) == [("GAUZE", 20, 2, 4)]


def test_what_is_held_or_elsewhere_does_not_serve_a_wave(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2, pack=20)
    bulk = build.gauze(session, h, cases=3)
    wave = asked.wave(session, h)
    held, away, good = make(session, h, bulk, 3, size=20)
    build.hold(session, h, held)
    build.move_to(session, h, [away], h.theatre)
    assert [one[:3] for one in orders(session, wave)] == [("GAUZE", 20, 1)]
    assert good


def test_what_another_wave_was_promised_does_not_serve_this_one(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    asked.packs(session, h, 2, expires=LATE)
    first = asked.wave(session, h)
    asked.level(session, h, h.theatre, lower=1, upper=2)
    build.gauze(session, h, cases=1)
    second = asked.wave(session, h)
    assert orders(session, first) == []
    assert [one[:3] for one in orders(session, second)] == [("GAUZE", 10, 2)]


def test_a_finished_wave_wants_nothing_made(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2, pack=20)
    build.gauze(session, h, cases=1)
    wave = asked.wave(session, h)
    assert [one[:3] for one in orders(session, wave)] == [("GAUZE", 20, 2)]
    replenishment.finish(session, build.occasion(h.keeper), wave)
    assert orders(session, wave) == []
