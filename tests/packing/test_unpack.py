"""Taking packs apart: loose again where they came from, the label never used again."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from spd import ledger, packing, stock
from spd.packing import NotSealed, PacksAsked, ToUnpack, Unpacked
from tests import build
from tests.build import Hospital


def unpack(session: Session, h: Hospital, *codes: str, **more: object) -> Unpacked:
    more.setdefault("occasion", build.occasion(h.keeper))
    return packing.unpack(session, ToUnpack(items=codes, reason="改包装", **more))  # type: ignore[arg-type]


def packed(session: Session, h: Hospital, count: int = 2) -> tuple[str, list[str]]:
    bulk = build.gauze(session, h)
    asked = PacksAsked(occasion=build.occasion(h.keeper), sources=[bulk], quantity=20, count=count)
    return bulk, [pack.code for pack in packing.make_packs(session, asked).packs]


def test_what_was_packed_is_loose_again_in_its_bulk(session: Session, h: Hospital) -> None:
    bulk, packs = packed(session, h)
    assert unpack(session, h, *packs).bulks == dict.fromkeys(packs, bulk)
    assert ledger.get_item_state(session, bulk).quantity == 50
    assert {ledger.get_item_state(session, code).state for code in packs} == {"spent"}
    assert build.problems(session) == []


def test_a_bulk_all_packed_comes_back(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    asked = PacksAsked(occasion=build.occasion(h.keeper), sources=[bulk], quantity=25, count=2)
    packs = [pack.code for pack in packing.make_packs(session, asked).packs]
    assert ledger.get_item_state(session, bulk).state == "spent"
    unpack(session, h, packs[0])
    left = ledger.get_item_state(session, bulk)
    assert (left.state, left.quantity) == ("available", 25)
    assert build.problems(session) == []


def test_where_its_bulk_is_gone_it_becomes_one_of_its_own(session: Session, h: Hospital) -> None:
    bulk, packs = packed(session, h, 1)
    build.carry(session, h, [bulk], h.ward)
    found = unpack(session, h, packs[0]).bulks[packs[0]]
    fresh, pack = ledger.get_item_state(session, found), ledger.get_item_state(session, packs[0])
    assert found != bulk
    assert (fresh.quantity, fresh.lot_id, fresh.unit_price, fresh.parent_id) == (
        20,
        pack.lot_id,
        pack.unit_price,
        pack.id,
    )
    assert build.problems(session) == []


def test_a_label_taken_off_is_never_used_again(session: Session, h: Hospital) -> None:
    _, packs = packed(session, h, 1)
    unpack(session, h, packs[0])
    with pytest.raises(stock.Gone):
        build.use(session, h, packs[0], encounter=None)
    with pytest.raises(stock.Gone):
        unpack(session, h, packs[0])


def test_only_a_sealed_pack_in_a_store_is_taken_apart(session: Session, h: Hospital) -> None:
    bulk, packs = packed(session, h, 1)
    for code in (bulk, build.packs(session, h, 1)[0], build.stents(session, h)[0]):
        with pytest.raises(NotSealed):
            unpack(session, h, code)
    build.hold(session, h, packs[0])
    with pytest.raises(stock.Held):
        unpack(session, h, packs[0])


def test_asked_twice_with_one_key_it_is_done_once(session: Session, h: Hospital) -> None:
    bulk, packs = packed(session, h)
    when = build.occasion(h.keeper)
    first, again = unpack(session, h, *packs, occasion=when), unpack(session, h, *packs, occasion=when)
    assert (again.bulks, again.repeated) == (first.bulks, True)
    assert ledger.get_item_state(session, bulk).quantity == 50
