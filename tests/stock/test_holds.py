"""Things on hold: each reason for itself, the item free when the last is gone; on its way, open, or moved meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy.orm import Session

from spd import consumption, ledger, packing, policies, replenishment, stock
from spd.core.database import Database
from spd.core.transaction import transaction
from spd.ledger import Moved, get_item_state
from spd.stock import holds
from spd.stock.holds import Hold, HoldReason, Why
from tests import build
from tests.build import Hospital

DAMAGED = Why(reason=HoldReason.DAMAGED)
RECALL = Why(reason=HoldReason.RECALL, reference="R-1")


def place(session: Session, h: Hospital, *codes: str, why: Why = DAMAGED) -> list[str]:
    """The codes of what is held by this for the first time."""
    items = [get_item_state(session, code) for code in codes]
    return [item.code for item in holds.place(session, build.occasion(h.keeper), items, why)]


def let_go(session: Session, h: Hospital, *codes: str, why: Why | None = None) -> list[str]:
    """The codes of what is free once these reasons (or all) have ended."""
    mine = [
        hold
        for hold in holds.open_holds(session, [get_item_state(session, code).id for code in codes])
        if why is None or hold.reason == why.reason
    ]
    return [item.code for item in holds.release(session, build.occasion(h.keeper), mine, note="found good")]


def state(session: Session, code: str) -> str:
    return get_item_state(session, code).state


def dispatched(session: Session, h: Hospital, codes: list[str]) -> replenishment.Sent:
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=h.ward.code)
    return replenishment.dispatch(session, asked)


def sign(session: Session, h: Hospital, seal: str) -> replenishment.Signed:
    said = replenishment.ToSign(occasion=build.occasion(h.nurse), dispatch=seal, location=h.ward.code)
    return replenishment.sign(session, said)


def test_what_is_held_cannot_be_used_until_it_is_released(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    assert place(session, h, pack) == [pack]
    with pytest.raises(stock.Held):
        build.use(session, h, pack)
    assert let_go(session, h, pack) == [pack]
    build.use(session, h, pack)
    assert build.problems(session) == []


def test_a_thing_is_free_only_when_the_last_reason_is_gone(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    place(session, h, pack)
    assert place(session, h, pack, why=RECALL) == [pack]
    assert let_go(session, h, pack, why=DAMAGED) == []
    assert state(session, pack) == "held"
    assert let_go(session, h, pack, why=RECALL) == [pack]
    assert state(session, pack) == "available"
    assert build.problems(session) == []


def test_one_reason_holds_a_thing_once(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    place(session, h, pack)
    assert place(session, h, pack) == []
    assert len(holds.open_holds(session, [get_item_state(session, pack).id])) == 1


def test_two_recalls_are_two_reasons(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    place(session, h, pack, why=RECALL)
    assert place(session, h, pack, why=Why(reason=HoldReason.RECALL, reference="R-2")) == [pack]
    assert [hold.reference for hold in holds.holds_of(session, "R-2")] == ["R-2"]


def test_an_open_pack_is_open_again(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    build.use(session, h, pack, quantity=5)
    place(session, h, pack)
    with pytest.raises(stock.Held):
        build.use(session, h, pack, quantity=1)
    let_go(session, h, pack)
    assert state(session, pack) == "open"
    build.use(session, h, pack, quantity=1)
    assert build.problems(session) == []


def test_what_has_left_the_house_is_not_held(session: Session, h: Hospital) -> None:
    pack, other = build.packs(session, h, 2)
    build.use(session, h, pack)
    assert place(session, h, pack, other) == [other]


def test_a_tote_under_way_is_held_and_still_counts_where_it_left(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2, at=h.store)
    dispatched(session, h, packs)
    place(session, h, *packs)
    assert build.problems(session) == []
    let_go(session, h, *packs)
    assert state(session, packs[0]) == "in_transit"
    assert build.problems(session) == []


def test_what_is_released_on_its_way_is_signed_for_as_ever(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2, at=h.store)
    sent = dispatched(session, h, packs)
    place(session, h, packs[0])
    let_go(session, h, packs[0])
    assert sign(session, h, sent.code).held == ()
    assert {state(session, code) for code in packs} == {"available"}
    assert build.problems(session) == []


def test_what_was_held_on_its_way_arrives_and_stays_on_hold(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2, at=h.store)
    sent = dispatched(session, h, packs)
    place(session, h, packs[0])
    said = replenishment.ToSign(occasion=build.occasion(h.nurse), dispatch=sent.code, location=h.ward.code)
    signed = replenishment.sign(session, said)
    assert (set(signed.items), signed.held) == (set(packs), (packs[0],))
    assert replenishment.sign(session, said).held == (packs[0],)
    with pytest.raises(stock.Held):
        build.use(session, h, packs[0])
    build.use(session, h, packs[1])
    assert let_go(session, h, packs[0]) == [packs[0]]
    assert state(session, packs[0]) == "available"
    assert build.problems(session) == []


def test_no_title_passes_to_what_arrives_on_hold(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    box = build.receive(session, h, delivery, build.scan(build.REAGENT_DI, lot="R1"))[0]
    sent = dispatched(session, h, [box])
    place(session, h, box)
    assert sign(session, h, sent.code).title_passed == 0
    assert get_item_state(session, box).owner_id == h.gauzes.id
    let_go(session, h, box)
    build.use(session, h, box, encounter=None, quantity=10)
    assert build.problems(session) == []


def test_an_open_pack_held_on_its_way_is_open_where_it_arrived(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    build.use(session, h, pack, quantity=5)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=[pack], to=h.theatre.code)
    sent = replenishment.dispatch(session, asked)
    place(session, h, pack)
    said = replenishment.ToSign(occasion=build.occasion(h.nurse), dispatch=sent.code, location=h.theatre.code)
    replenishment.sign(session, said)
    let_go(session, h, pack)
    assert state(session, pack) == "open"


def test_what_is_held_goes_back_to_the_store_and_nowhere_else(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    place(session, h, pack)
    with pytest.raises(stock.Held):
        build.carry(session, h, [pack], h.theatre)
    build.carry(session, h, [pack], h.store)
    assert state(session, pack) == "held"
    with pytest.raises(stock.Held):
        dispatched(session, h, [pack])
    let_go(session, h, pack)
    assert state(session, pack) == "available"
    assert build.problems(session) == []


def test_held_bulk_is_not_packed(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    place(session, h, bulk)
    with pytest.raises(stock.Held):
        packing.make_packs(session, packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[bulk], quantity=10))


def test_whoever_moves_a_thing_meanwhile_is_not_overwritten(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    read_before = get_item_state(session, pack)
    build.use(session, h, pack, quantity=5)
    with pytest.raises(Moved), session.begin_nested():
        holds.place(session, build.occasion(h.keeper), [read_before], DAMAGED)
    assert (state(session, pack), session.query(Hold).count()) == ("open", 0)


def test_a_use_and_a_hold_at_once_end_in_one_of_both(database: Database) -> None:
    """Whoever comes second sees what the first did: used, then nothing to hold; or held, then no use."""
    with transaction(database) as session:
        h = build.hospital(session)
        codes = build.packs(session, h, 6)
        nurse, keeper = build.occasion(h.nurse), build.occasion(h.keeper)
    outcomes: list[str] = []

    def act(what: Any) -> None:
        for _ in range(4):
            try:
                with transaction(database) as session:
                    what(session)
                    return
            except Moved:
                continue
            except (stock.Held, stock.AlreadyUsed) as refused:
                outcomes.append(type(refused).__name__)
                return

    def use(session: Session) -> None:
        for code in codes:
            scanned = consumption.UseScanned(occasion=build.occasion(h.nurse, at=nurse.occurred_at), item=code)
            consumption.record_use(session, scanned)

    def stop(session: Session) -> None:
        items = [get_item_state(session, code) for code in codes]
        holds.place(session, keeper, items, DAMAGED)

    threads = [threading.Thread(target=act, args=(what,)) for what in (use, stop)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with transaction(database) as session:
        assert {state(session, code) for code in codes} in ({"consumed"}, {"held"})
        assert build.problems(session) == []


def test_policies_of_the_house_name_who_releases(session: Session, h: Hospital) -> None:
    assert policies.get(session, "hold.release") == "other"
    policies.settle(session, build.occasion(h.keeper), "hold.release", "same")
    assert policies.get(session, "hold.release") == "same"


def test_ending_a_reason_moves_nothing(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    place(session, h, pack)
    item = get_item_state(session, pack)
    holds.end(session, build.occasion(h.keeper), holds.open_holds(session, [item.id]), note="gone")
    assert holds.open_holds(session, [item.id]) == []
    assert ledger.get_item_state(session, pack) == item
