"""Packs: sealed, labelled, of a fixed quantity of one product, lot, owner and price."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from scanners import own
from spd import ledger, packing, receiving, stock
from spd.catalog import Lot
from spd.ledger import Item
from spd.packing import MixedPack, NotPackable, PacksAsked
from tests import build
from tests.build import Hospital


def pack(session: Session, h: Hospital, *sources: str, quantity: int = 20, count: int | None = None) -> Any:
    asked = PacksAsked(occasion=build.occasion(h.keeper), sources=sources, quantity=quantity, count=count)
    return packing.make_packs(session, asked)


def bulk(session: Session, h: Hospital, **said: Any) -> str:
    """One case of gauze; its note, price, settlement, supplier, lot as said."""
    line = receiving.AnnouncedLine(
        product=said.get("product", "GAUZE"), quantity=50, unit_price=said.get("price", Decimal("3.5")),
        settlement_mode=said.get("mode", "on_receipt"),
    )  # fmt: skip
    note = receiving.Announced(
        occasion=build.occasion(h.keeper), code=f"N-{build.occasion(h.keeper).request_key}",
        supplier=said.get("supplier", "SUP-GAUZE"), lines=[line],
    )  # fmt: skip
    delivery = receiving.announce(session, note)
    return build.receive(session, h, delivery, build.scan(said.get("di", build.GAUZE_CASE_DI), lot=said.get("lot")))[0]


def test_packs_are_of_the_quantity_asked_and_the_remainder_stays_loose(session: Session, h: Hospital) -> None:
    source = build.gauze(session, h)
    made = pack(session, h, source)
    assert ([p.quantity for p in made.packs], made.loose) == ([20, 20], 10)
    left = ledger.get_item_state(session, source)
    assert (left.quantity, left.state, left.location_id) == (10, "available", h.store.id)


def test_a_pack_keeps_lot_owner_price_and_where_it_came_from(session: Session, h: Hospital) -> None:
    source = ledger.get_item_state(session, build.gauze(session, h))
    made = ledger.get_item_state(session, pack(session, h, source.code, count=1).packs[0].code)
    kept = ("product_id", "lot_id", "owner_id", "unit_price", "settlement_mode", "supplier_id", "receipt_line_id")
    assert {name: getattr(made, name) for name in kept} == {name: getattr(source, name) for name in kept}
    assert (made.parent_id, made.kind, made.state, made.location_id) == (source.id, "pack", "available", h.store.id)


def test_each_pack_has_a_code_of_ours(session: Session, h: Hospital) -> None:
    codes = {p.code for p in pack(session, h, build.gauze(session, h), quantity=5).packs}
    assert len(codes) == 10
    assert all(own.is_own(code) for code in codes)


def test_a_label_says_what_is_inside(session: Session, h: Hospital) -> None:
    made = pack(session, h, build.gauze(session, h)).packs[0]
    goods = stock.get_goods(session, made.code)
    assert (made.product, made.name, made.base_unit, made.lot) == ("GAUZE", "纱布块", "盒", goods.lot)
    assert made.expires_on == goods.expires_on


def test_a_bulk_all_of_which_was_packed_is_spent(session: Session, h: Hospital) -> None:
    source = build.gauze(session, h)
    assert pack(session, h, source, quantity=25).loose == 0
    assert ledger.get_item_state(session, source).state == "spent"
    with pytest.raises(stock.Gone):
        pack(session, h, source)


def test_packing_moves_no_money(session: Session, h: Hospital) -> None:
    source = build.gauze(session, h)
    before = build.postings(session)
    pack(session, h, source)
    assert build.postings(session) == before
    assert build.problems(session) == []


def test_a_pack_may_be_filled_from_two_bulks_that_are_alike(session: Session, h: Hospital) -> None:
    sources = [bulk(session, h, lot="L1"), bulk(session, h, lot="L1")]
    # Two notes, so two bulks of one lot.
    made = pack(session, h, *sources, quantity=40)
    assert ([p.quantity for p in made.packs], made.loose) == ([40, 40], 20)
    assert [ledger.get_item_state(session, code).quantity for code in sources] == [0, 20]
    assert build.problems(session) == []


def test_a_bulk_scanned_twice_counts_once(session: Session, h: Hospital) -> None:
    source = build.gauze(session, h)
    assert len(pack(session, h, source, source).packs) == 2


@pytest.mark.parametrize(
    ("differs", "said"),
    [
        ("lot", {"lot": "L2"}),
        ("unit_price", {"price": Decimal("3.6")}),
        ("settlement_mode", {"mode": "on_issue"}),
        ("supplier", {"supplier": "SUP-STENT"}),
        ("product", {"product": "REAGENT", "di": build.REAGENT_DI, "lot": "L1"}),
    ],
)
def test_what_differs_is_not_packed_together(session: Session, h: Hospital, differs: str, said: dict[str, Any]) -> None:
    said = dict(said)
    if differs == "product":
        session.execute(update(build.Packaging).where(build.Packaging.code == build.REAGENT_DI).values(base_units=50))
    sources = [bulk(session, h, lot="L1"), bulk(session, h, **({"lot": "L1"} | said))]
    with pytest.raises(MixedPack) as refused:
        pack(session, h, *sources)
    # Owner goes with settlement, and is found first; the lot is the product's, and is found after it.
    assert refused.value.facts["differs"] == {"settlement_mode": "owner"}.get(differs, differs)
    assert ledger.get_item_state(session, sources[0]).quantity == 50


def test_bulks_of_two_owners_are_not_packed_together(session: Session, h: Hospital) -> None:
    sources = [bulk(session, h, lot="L1", mode="on_issue"), bulk(session, h, lot="L1", mode="on_issue")]
    build.carry(session, h, sources[:1], h.ward)
    build.carry(session, h, sources[:1], h.store)
    with pytest.raises(MixedPack) as refused:
        pack(session, h, *sources)
    assert refused.value.facts["differs"] == "owner"


def test_bulks_at_two_places_are_not_packed_together(session: Session, h: Hospital) -> None:
    sources = [bulk(session, h, lot="L1"), bulk(session, h, lot="L1")]
    build.carry(session, h, sources[:1], h.ward)
    with pytest.raises(MixedPack) as refused:
        pack(session, h, *sources)
    assert refused.value.facts["differs"] == "location"


def test_high_value_goods_are_not_packed(session: Session, h: Hospital) -> None:
    with pytest.raises(NotPackable):
        pack(session, h, build.stents(session, h, at=h.store)[0], quantity=1)


def test_a_pack_is_not_packed_again(session: Session, h: Hospital) -> None:
    with pytest.raises(NotPackable):
        pack(session, h, build.packs(session, h, at=h.store)[0], quantity=1)


@pytest.mark.parametrize(("quantity", "count"), [(20, 3), (51, None), (51, 1)])
def test_more_than_there_is_is_refused(session: Session, h: Hospital, quantity: int, count: int | None) -> None:
    source = build.gauze(session, h)
    with pytest.raises(stock.NotEnough) as refused:
        pack(session, h, source, quantity=quantity, count=count)
    assert refused.value.facts["there"] == 50


def test_what_is_expired_or_held_is_not_packed(session: Session, h: Hospital) -> None:
    expired, held = build.gauze(session, h), build.gauze(session, h)
    session.execute(
        update(Lot)
        .where(Lot.id == ledger.get_item_state(session, expired).lot_id)
        .values(expires_on=build.TODAY - timedelta(days=1))
    )
    build.hold(session, h, held)
    with pytest.raises(stock.Expired):
        pack(session, h, expired)
    with pytest.raises(stock.Held):
        pack(session, h, held)


def test_an_unknown_source_is_refused(session: Session, h: Hospital) -> None:
    with pytest.raises(ledger.UnknownItem):
        pack(session, h, "NOTHING")


def test_packs_are_made_of_consigned_goods_too_and_stay_the_suppliers(session: Session, h: Hospital) -> None:
    made = pack(session, h, bulk(session, h, lot="L1", mode="on_use")).packs[0]
    assert ledger.get_item_state(session, made.code).owner_id == h.gauzes.id
    assert session.query(Item).filter_by(owner_id=h.gauzes.id).count() == 3
