"""Kits: what the recipe lists and nothing else, reserved together, its list kept for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger, packing, stock
from spd.ledger import KeyReused
from spd.packing import (
    ElsewhereInKit,
    Kit,
    KitDiffers,
    KitEnded,
    NotForKit,
    UnknownKit,
)
from spd.stock import kit_fitness
from tests import build
from tests.build import Hospital
from tests.packing.kitting import assemble, recipe, things


def test_a_kit_keeps_its_things_together_under_one_code(session: Session, h: Hospital) -> None:
    items = things(session, h)
    kit = assemble(session, h, recipe(session, h), items)
    assert (list(kit.items), kit.state) == (items, "assembled")
    assert {ledger.get_item_state(session, code).state for code in items} == {"reserved"}
    with pytest.raises(stock.NotSignedYet):
        build.use(session, h, items[0])
    assert build.problems(session) == []


def test_what_the_recipe_does_not_list_is_not_sealed(session: Session, h: Hospital) -> None:
    code, items = recipe(session, h), things(session, h)
    for wrong in (
        items[:1],
        [*items, *build.stents(session, h, 1, at=h.store)],
        build.packs(session, h, 2, 10, at=h.store),
    ):
        with pytest.raises(KitDiffers) as refused:
            assemble(session, h, code, wrong)
        assert "/" in refused.value.facts["differs"]
    assert session.scalar(select(func.count()).select_from(Kit)) == 0


def test_a_bulk_and_things_of_another_place_do_not_go_in(session: Session, h: Hospital) -> None:
    code, (stent, _pack) = recipe(session, h), things(session, h)
    with pytest.raises(NotForKit):
        assemble(session, h, code, [stent, build.gauze(session, h)])
    with pytest.raises(ElsewhereInKit):
        assemble(session, h, code, [stent, *build.packs(session, h, 1, 20)])


def test_opened_where_it_is_used_its_things_are_free_and_the_list_is_kept(session: Session, h: Hospital) -> None:
    items = things(session, h)
    kit = assemble(session, h, recipe(session, h), items)
    opened = packing.end(session, build.occasion(h.keeper), kit.code, opened=True)
    assert (opened.state, list(opened.items)) == ("opened", items)
    assert {ledger.get_item_state(session, code).state for code in items} == {"available"}
    with pytest.raises(KitEnded):
        packing.end(session, build.occasion(h.keeper), kit.code, opened=False)
    assert build.problems(session) == []


def test_what_was_recalled_meanwhile_stays_on_hold(session: Session, h: Hospital) -> None:
    items = things(session, h)
    kit = assemble(session, h, recipe(session, h), items)
    build.hold(session, h, items[0])
    with pytest.raises(kit_fitness.KitStopped) as refused:
        packing.end(session, build.occasion(h.keeper), kit.code, opened=True)
    assert "拆开套包" in refused.value.sentence("zh")
    packing.end(session, build.occasion(h.keeper), kit.code, opened=False)
    assert [ledger.get_item_state(session, code).state for code in items] == ["held", "available"]


def test_a_recipe_in_a_new_version_leaves_sealed_kits_as_they_are(session: Session, h: Hospital) -> None:
    items = things(session, h)
    code = recipe(session, h)
    kit = assemble(session, h, code, items)
    assert recipe(session, h, gauze=40) == code
    assert recipe(session, h, gauze=40) == code
    assert [row.version for row in packing.recipes_in_force(session)] == [2]
    assert [one.item.code for one in packing.contents(session, packing.get_kit(session, kit.code))] == items
    with pytest.raises(UnknownKit):
        packing.get_kit(session, "K0000000000000")


def test_asked_twice_with_one_key_it_is_sealed_once(session: Session, h: Hospital) -> None:
    items, code, when = things(session, h), recipe(session, h), build.occasion(h.keeper)
    first, again = assemble(session, h, code, items, occasion=when), assemble(session, h, code, items, occasion=when)
    assert (again.code, again.repeated) == (first.code, True)
    other = build.occasion(h.keeper, key=when.request_key, said="other")
    with pytest.raises(KeyReused):
        assemble(session, h, code, items, occasion=other)
