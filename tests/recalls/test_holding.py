"""Opening a recall denies what it means at once, and holds all of it wherever it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import recalls, receiving, replenishment, stock
from spd.ledger import Item, get_item_state
from spd.recalls import Meant
from spd.stock import holds
from tests import build
from tests.build import GAUZE_CASE_DI, SCREW_DI, STENT_DI, Hospital
from tests.recalls import acting


def states(session: Session, codes: list[str]) -> list[str]:
    return [get_item_state(session, code).state for code in codes]


def test_a_lot_is_held_in_the_store_on_wards_and_on_its_way(session: Session, h: Hospital) -> None:
    in_ward, in_store = build.stents(session, h, 2), build.stents(session, h, 2, at=h.store)
    away = build.stents(session, h, 1, at=h.store)
    replenishment.dispatch(
        session, replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=away, to=h.ward.code)
    )
    recall = acting.opened(session, h, Meant(product="STENT", lots="L1"))
    assert states(session, in_ward + in_store + away) == ["held"] * 5
    assert [hold.reference for hold in holds.open_holds(session, [get_item_state(session, away[0]).id])] == [
        recall.code
    ]
    assert build.problems(session) == []


def test_a_pack_made_of_a_recalled_lot_is_held_whole_and_so_is_its_bulk(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2, 20)
    pack = get_item_state(session, packs[0])
    lot = session.scalar(select(Item.lot_id).where(Item.id == pack.id))
    code = session.execute(select(stock.goods.Lot.code).where(stock.goods.Lot.id == lot)).scalar_one()
    acting.opened(session, h, Meant(product=GAUZE_CASE_DI, lots=code))
    bulk = session.scalars(select(Item).where(Item.id == pack.parent_id)).one()
    assert states(session, packs) == ["held", "held"]
    assert bulk.state == "held"
    assert bulk.quantity == 10


def test_any_level_of_packaging_means_the_product(session: Session, h: Hospital) -> None:
    recall = acting.written(session, h, Meant(product=GAUZE_CASE_DI))
    assert [one.product for one in recalls.preview(session, recall)] == ["GAUZE"]


def test_another_lot_and_another_product_are_left_alone(session: Session, h: Hospital) -> None:
    stents, gauze = build.stents(session, h, 1), build.gauze(session, h)
    note = build.note(session, h, h.stents, ("STENT", 1))
    other = build.receive(session, h, note, build.scan(STENT_DI, lot="L2", serial="X9"))
    acting.opened(session, h, Meant(product="STENT", lots="L2"))
    assert states(session, [*stents, gauze, *other]) == ["available", "available", "held"]


def test_serials_are_held_from_first_to_last(session: Session, h: Hospital) -> None:
    note = build.note(session, h, h.stents, ("STENT", 4))
    codes = build.receive(
        session, h, note, *(build.scan(STENT_DI, lot="L7", serial=f"S{number}") for number in (8, 9, 10, 11))
    )
    acting.opened(session, h, Meant(product="STENT", lots="L7", serials="S9..S10"))
    assert states(session, codes) == ["available", "held", "held", "available"]


def test_what_cannot_be_told_apart_is_held(session: Session, h: Hospital) -> None:
    """The lot's day of production is not known: a window cannot spare it."""
    codes = build.stents(session, h, 1)
    recall = acting.opened(session, h, Meant(product="STENT", produced_from_on=build.TODAY, produced_to_on=build.TODAY))
    assert states(session, codes) == ["held"]
    assert recalls.preview(session, recall)[0].unsure_lots == ("L1",)


def test_a_window_of_expiry_holds_what_expires_in_it(session: Session, h: Hospital) -> None:
    note = build.note(session, h, h.stents, ("STENT", 2))
    early = build.scan(STENT_DI, lot="E1", serial="E1", expires_on=build.date(2027, 1, 31))
    late = build.scan(STENT_DI, lot="E2", serial="E2", expires_on=build.date(2029, 1, 31))
    codes = build.receive(session, h, note, early, late)
    acting.opened(session, h, Meant(product="STENT", expires_to_on=build.date(2027, 12, 31)))
    assert states(session, codes) == ["held", "available"]


def test_it_is_refused_before_it_is_held(session: Session, h: Hospital) -> None:
    """From the act of opening on, while the holds are still being placed."""
    code = build.stents(session, h)[0]
    acting.opened(session, h, Meant(product="STENT", lots="L1"), hold=False)
    assert get_item_state(session, code).state == "available"
    with pytest.raises(stock.Recalled) as refused:
        build.use(session, h, code)
    assert refused.value.error == "E08"
    with pytest.raises(stock.Recalled):
        build.carry(session, h, [code], h.theatre)


def test_it_is_refused_at_the_bay(session: Session, h: Hospital) -> None:
    acting.opened(session, h, Meant(product="STENT", lots="L5..L8"))
    note = build.note(session, h, h.stents, ("STENT", 2))
    with pytest.raises(stock.Recalled):
        build.receive(session, h, note, build.scan(STENT_DI, lot="L6", serial="N1"))
    assert build.receive(session, h, note, build.scan(STENT_DI, lot="L9", serial="N2"))


def test_a_used_one_that_comes_back_comes_back_on_hold(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    use = build.use(session, h, code)
    recall = acting.opened(session, h, Meant(product="STENT", lots="L1"))
    build.reverse(session, h, use.movement_id)
    item = get_item_state(session, code)
    assert item.state == "held"
    assert [hold.reference for hold in holds.open_holds(session, [item.id])] == [recall.code]
    assert recalls.unheld(session, recall) == []
    assert build.problems(session) == []


def test_opening_twice_with_one_key_opens_once(session: Session, h: Hospital) -> None:
    build.stents(session, h, 2)
    recall = acting.written(session, h, Meant(product="STENT"))
    occasion = build.occasion(h.keeper)
    first = recalls.open_recall(session, occasion, recall.code)
    again = recalls.open_recall(session, occasion, recall.code)
    assert (again.opened_at, again.id) == (first.opened_at, first.id)
    with pytest.raises(recalls.WrongState):
        recalls.open_recall(session, build.occasion(h.keeper), recall.code)


def test_holding_again_holds_nothing_twice(session: Session, h: Hospital) -> None:
    build.stents(session, h, 3)
    recall = acting.opened(session, h, Meant(product="STENT"))
    assert acting.hold_all(session, h, recall) == 0
    assert len(list(session.scalars(select(holds.Hold)))) == 3


def test_a_notice_without_goods_cannot_be_opened(session: Session, h: Hospital) -> None:
    recall = acting.written(session, h)
    with pytest.raises(recalls.NothingMeant):
        recalls.open_recall(session, build.occasion(h.keeper), recall.code)


def test_deadlines_follow_the_class(session: Session, h: Hospital) -> None:
    build.stents(session, h, 1)
    one = acting.opened(session, h, Meant(product="STENT"), recall_class="I")
    three = acting.opened(session, h, Meant(product="STENT"), recall_class="III")
    hour = 3600
    assert [(r.hold_by_at - r.drafted_at).total_seconds() / hour for r in (one, three)] == [4, 72]  # type: ignore[operator]
    assert [(r.patients_by_at - r.drafted_at).total_seconds() / hour for r in (one, three)] == [24, 168]  # type: ignore[operator]


def test_two_recalls_hold_one_thing_and_it_is_free_when_both_let_it_go(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    first = acting.opened(session, h, Meant(product="STENT"))
    second = acting.opened(session, h, Meant(product="STENT", lots="L1"))
    quality = acting.colleague(session)
    recalls.let_go(session, build.occasion(quality), first.code, [code], "不同批")
    assert get_item_state(session, code).state == "held"
    with pytest.raises(stock.Held):
        build.use(session, h, code)
    recalls.let_go(session, build.occasion(quality), second.code, [code], "不同批")
    assert build.use(session, h, code)


def test_a_screw_is_recalled_by_its_scan(session: Session, h: Hospital) -> None:
    recall = acting.written(session, h, Meant(product=f"(01){SCREW_DI}(10)K9"))
    told = recalls.preview(session, recall)[0]
    assert (told.product, told.lots_said) == ("SCREW", "K9")


def test_at_the_bay_it_can_be_put_aside_instead_of_refused(session: Session, h: Hospital) -> None:
    acting.opened(session, h, Meant(product="STENT", lots="L6"))
    note = build.note(session, h, h.stents, ("STENT", 2))
    scans = [build.scan(STENT_DI, lot=lot, serial=f"N{lot}") for lot in ("L6", "L9")]
    said = receiving.Delivered(
        occasion=build.occasion(h.keeper), delivery=note.code, location=h.store.code, aside=True,
        arrivals=[receiving.Arrived(scan=one) for one in scans],
    )  # fmt: skip
    receipt = receiving.receive(session, said)
    assert [item.lot for item in receipt.items] == ["L9"]
    assert [one.kind for one in receipt.asides] == ["recalled"]
