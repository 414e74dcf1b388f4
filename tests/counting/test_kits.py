"""A kit at a count: its label counts what is in it, and what is found of it is told as of one thing."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import counting, ledger, packing
from spd.counting import Finding
from spd.counting.models import CountLine
from tests import build
from tests.build import Hospital
from tests.counting.scene import scene
from tests.packing.kitting import assemble, recipe, things


def sealed(session: Session, h: Hospital) -> packing.KitMade:
    return assemble(session, h, recipe(session, h), things(session, h))


def test_the_label_of_a_kit_counts_everything_in_it(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    s = scene(session, h)
    count = s.plan(h.store)
    s.begin(count, h.store)
    told = s.see(count, h.store, kit.code)
    assert (told.item, told.kind, told.quantity, told.finding) == (kit.code, "kit", 2, Finding.OK)
    assert told.lines == 2
    s.finish(count)
    found = {judged.subject: judged.finding for judged in s.judged(count)}
    assert {found[code] for code in kit.items} == {Finding.OK}


def test_a_kit_not_scanned_is_shown_as_kept_and_never_as_missing(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    s = scene(session, h)
    count = s.plan(h.store)
    s.begin(count, h.store)
    s.finish(count)
    found = {judged.subject: judged.finding for judged in s.judged(count)}
    assert {found[code] for code in kit.items} == {Finding.RESERVED}


def test_the_gravest_of_what_is_found_in_it_is_told(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    build.hold(session, h, kit.items[1])
    s = scene(session, h)
    count = s.plan(h.store)
    s.begin(count, h.store)
    assert s.see(count, h.store, kit.code).finding == Finding.HELD


def test_a_kit_booked_elsewhere_is_found_here(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    s = scene(session, h)
    count = s.plan(h.ward)
    s.begin(count, h.ward)
    told = s.see(count, h.ward, kit.code)
    assert (told.finding, told.item, told.booked_at) == (Finding.ELSEWHERE, kit.code, h.store.name)


def test_of_a_count_of_some_products_only_these_are_counted(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    s = scene(session, h)
    count = s.plan(h.store, products=["STENT"])
    s.begin(count, h.store)
    assert s.see(count, h.store, kit.code).quantity == 1


def test_scanned_once_more_with_its_key_it_is_told_again(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    s = scene(session, h)
    count = s.plan(h.store)
    s.begin(count, h.store)
    said = counting.Seen(occasion=s.occasion(s.checker), count=count.code, location=h.store.code, item=kit.code)
    first = counting.record(session, said)
    again = counting.record(session, said)
    assert (first.repeated, again.repeated, again.item) == (False, True, kit.code)
    assert len(session.scalars(select(CountLine)).all()) == 2


def test_the_label_of_a_kit_taken_apart_is_an_exception(session: Session, h: Hospital) -> None:
    kit = sealed(session, h)
    packing.end(session, build.occasion(h.keeper), kit.code, opened=False)
    s = scene(session, h)
    count = s.plan(h.store)
    s.begin(count, h.store)
    assert s.see(count, h.store, kit.code).finding == Finding.UNKNOWN
    with pytest.raises(ledger.UnknownItem):
        ledger.get_item_state(session, kit.code)
