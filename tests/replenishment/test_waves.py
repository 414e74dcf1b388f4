"""A wave: what places need, picked first expired first, sealed in totes, its shortages closed by later signatures."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, replenishment
from spd.core.occasion import Moment
from spd.ledger import KeyReused
from spd.places import End, Location
from spd.replenishment import (
    AlreadyPicked,
    EmptyTote,
    FefoBreach,
    NotAStore,
    NothingToPick,
    NotInThisStore,
    NotInWave,
    SealTaken,
    ToMakeWave,
    ToPick,
    UnknownTote,
    UnknownWave,
    WaveFinished,
    rounds,
    turns,
)
from spd.replenishment.models import Shortage, WaveLine, WavePick
from spd.stock import Expired, Held
from tests import build
from tests.build import Hospital
from tests.replenishment import asked

SOON, LATER, LATE = date(2026, 6, 1), date(2027, 1, 1), date(2028, 1, 1)


def proposed(session: Session, made: replenishment.Wave) -> list[str]:
    query = select(ledger.Item.code).join(WavePick, WavePick.item_id == ledger.Item.id)
    return list(session.scalars(query.where(WavePick.wave_id == made.id).order_by(WavePick.position)))


def by_place(session: Session, made: replenishment.Wave) -> dict[str, set[str]]:
    told: dict[str, set[str]] = {}
    query = (
        select(Location.code, ledger.Item.code)
        .join(WaveLine, WaveLine.location_id == Location.id)
        .join(WavePick, WavePick.line_id == WaveLine.id)
        .join(ledger.Item, ledger.Item.id == WavePick.item_id)
        .where(WavePick.wave_id == made.id)
    )
    for place, item in session.execute(query):
        told.setdefault(place, set()).add(item)
    return told


def shortages(session: Session) -> list[tuple[int, int, bool]]:
    rows = session.scalars(select(Shortage).order_by(Shortage.id))
    return [(row.packs, row.delivered, row.closed_at is not None) for row in rows]


def test_the_packs_that_expire_soonest_are_proposed(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=3)
    late, soon, later = (asked.packs(session, h, 2, expires=day) for day in (LATE, SOON, LATER))
    assert set(proposed(session, asked.wave(session, h))) == {*soon, later[0]}
    assert late


def test_what_is_held_expired_or_elsewhere_is_not_proposed(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=3)
    held = asked.packs(session, h, 1, expires=SOON)[0]
    build.hold(session, h, held)
    asked.expire(session, asked.packs(session, h, 1)[0])
    asked.packs(session, h, 1, expires=SOON, at=h.theatre)
    (good,) = asked.packs(session, h, 1, expires=LATE)
    assert proposed(session, asked.wave(session, h)) == [good]


def test_the_soonest_go_to_the_place_that_uses_its_own_soonest(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    asked.level(session, h, h.theatre, lower=1, upper=2)
    for code in asked.packs(session, h, 2, at=h.theatre):
        build.use(session, h, code, encounter=None)
    soon, late = asked.packs(session, h, 2, expires=SOON), asked.packs(session, h, 2, expires=LATE)
    assert by_place(session, asked.wave(session, h)) == {"SURG-T": set(soon), "CARD-W": set(late)}


def test_what_one_wave_has_proposed_is_left_to_it_and_not_asked_for_again(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    asked.packs(session, h, 2, expires=SOON)
    first = asked.wave(session, h)
    assert asked.needs(session) == []
    with pytest.raises(NothingToPick):
        asked.wave(session, h)
    asked.level(session, h, h.theatre, lower=1, upper=1 + 1)
    late = asked.packs(session, h, 2, expires=LATE)
    second = asked.wave(session, h)
    assert set(proposed(session, second)) == set(late)
    assert not set(proposed(session, first)) & set(late)


def test_what_is_not_there_sealed_must_be_packed_first(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4, pack=20)
    asked.packs(session, h, 1, size=20)
    build.gauze(session, h, cases=1)
    made = asked.wave(session, h)
    (told,) = replenishment.to_pack(session, made, on=build.TODAY)
    # of the case the first pack left 30, and a whole case of 50 came: 80 make four
    assert (told.product_code, told.pack_quantity, told.wanted, told.possible) == ("GAUZE", 20, 3, 4)
    (line,) = rounds.lines(session, made)
    assert (line.packs, line.picked, line.to_make) == (4, 0, 3)


def test_a_scan_keeps_the_pack_for_its_tote_and_not_before(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    codes = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    assert {ledger.get_item_state(session, code).state for code in codes} == {"available"}
    picked = asked.pick(session, h, made, codes[0])
    item = ledger.get_item_state(session, codes[0])
    assert (item.state, item.location_id, picked.left, picked.to) == ("reserved", h.store.id, 1, "CARD-W")
    assert picked.tote == asked.tote_of(session, made, h.ward)
    assert asked.needs(session) == []
    with pytest.raises(AlreadyPicked):
        asked.pick(session, h, made, codes[0])


def test_picked_again_with_one_key_is_picked_once(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    codes = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    once = build.occasion(h.keeper, said="once")
    first = replenishment.pick(session, ToPick(occasion=once, wave=made.code, item=codes[0]))
    again = replenishment.pick(session, ToPick(occasion=once, wave=made.code, item=codes[0]))
    assert (again.item, again.tote, again.repeated) == (first.item, first.tote, True)
    other = build.occasion(h.keeper, key=once.request_key, said="other")
    with pytest.raises(KeyReused):
        replenishment.pick(session, ToPick(occasion=other, wave=made.code, item=codes[1]))


def test_another_pack_that_expires_no_later_may_stand_for_the_one_shown(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    shown, other, _ = asked.packs(session, h, 3, expires=SOON)
    asked.packs(session, h, 1, expires=LATE)
    made = asked.wave(session, h)
    asked.packs(session, h, 1, expires=LATE)
    spare = next(code for code in (shown, other, _) if code not in proposed(session, made))
    assert asked.pick(session, h, made, spare).cautions == ()


def test_one_that_expires_later_is_cautioned_or_blocked_as_the_policy_says(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    soon, late = asked.packs(session, h, 2, expires=SOON), asked.packs(session, h, 2, expires=LATE)
    made = asked.wave(session, h)
    picked = asked.pick(session, h, made, late[0])
    assert [caution.code for caution in picked.cautions] == ["fefo-breach"]
    assert soon[0] in picked.cautions[0].en
    asked.policy(session, h, "refill.fefo", "block")
    with pytest.raises(FefoBreach):
        asked.pick(session, h, made, late[1])
    assert asked.pick(session, h, made, soon[1]).cautions == ()


def test_a_later_pack_meant_for_a_slower_place_is_no_breach(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    asked.level(session, h, h.theatre, lower=1, upper=2)
    for code in asked.packs(session, h, 2, at=h.theatre):
        build.use(session, h, code, encounter=None)
    asked.packs(session, h, 2, expires=SOON)
    late = asked.packs(session, h, 2, expires=LATE)
    made = asked.wave(session, h)
    picked = asked.pick(session, h, made, late[0])
    assert (picked.to, picked.cautions) == ("CARD-W", ())


def test_what_the_wave_does_not_need_is_refused(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    codes = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    with pytest.raises(NotInWave):
        asked.pick(session, h, made, build.stents(session, h, at=h.store)[0])
    with pytest.raises(NotInWave):
        asked.pick(session, h, made, asked.packs(session, h, 1, size=5)[0])
    with pytest.raises(NotInThisStore):
        asked.pick(session, h, made, asked.packs(session, h, 1, at=h.theatre)[0])
    build.hold(session, h, codes[0])
    with pytest.raises(Held):
        asked.pick(session, h, made, codes[0])
    with pytest.raises(Expired):
        asked.pick(session, h, made, asked.expire(session, asked.packs(session, h, 1)[0]))
    with pytest.raises(UnknownWave):
        replenishment.get_wave(session, "D0")
    with pytest.raises(NotAStore):
        replenishment.make_wave(session, ToMakeWave(occasion=build.occasion(h.keeper), store=h.ward.code))


def test_packs_lie_in_the_places_inside_the_store_too(session: Session, h: Hospital) -> None:
    shelf = Location(code="BIN-1", name="一号架", kind="store", parent_id=h.store.id)
    bin_ = Location(code="BIN-1-A", name="一号架A", kind="store")
    session.add(shelf)
    session.flush()
    bin_.parent_id = shelf.id
    session.add(bin_)
    session.flush()
    asked.level(session, h, lower=1, upper=2)
    codes = build.carry(session, h, asked.packs(session, h, 2), bin_)
    made = asked.wave(session, h)
    shown = turns.next_pick(session, made, on=build.TODAY)
    assert shown is not None
    assert (shown.place, shown.item, shown.alike) == ("BIN-1-A", codes[0], 2)
    for code in codes:
        asked.pick(session, h, made, code)
    asked.sign(session, h, asked.seal(session, h, asked.tote_of(session, made, h.ward)).code)
    assert {ledger.get_item_state(session, code).location_id for code in codes} == {h.ward.id}
    assert build.problems(session) == []


def test_a_pack_gone_since_gives_way_to_the_next_soonest(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=1 + 1)
    soon = asked.packs(session, h, 2, expires=SOON)
    late = asked.packs(session, h, 1, expires=LATE)
    made = asked.wave(session, h)
    for code in soon:
        build.hold(session, h, code)
    shown = turns.next_pick(session, made, on=build.TODAY)
    assert shown is not None
    assert (shown.item, shown.expires_on, shown.to) == (late[0], LATE, "CARD-W")


def test_a_pack_picked_by_mistake_is_put_back(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    codes = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    asked.pick(session, h, made, codes[0])
    undo = build.occasion(h.keeper, said="undo")
    assert replenishment.put_back(session, undo, codes[0]) == codes[0]
    assert replenishment.put_back(session, undo, codes[0]) == codes[0]
    assert ledger.get_item_state(session, codes[0]).state == "available"
    assert asked.pick(session, h, made, codes[0]).left == 1
    with pytest.raises(NotInWave):
        replenishment.put_back(session, build.occasion(h.keeper), codes[1])
    assert build.problems(session) == []


def test_a_sealed_tote_is_on_its_way_under_its_code_and_its_seal(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    codes = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    tote = asked.tote_of(session, made, h.ward)
    with pytest.raises(EmptyTote):
        asked.seal(session, h, tote)
    asked.pick(session, h, made, codes[0])
    once = build.occasion(h.keeper, said="once")
    sent = replenishment.seal(session, replenishment.ToSeal(occasion=once, tote=tote, seal="000417"))
    again = replenishment.seal(session, replenishment.ToSeal(occasion=once, tote=tote, seal="000417"))
    assert (sent.code, sent.items, again.items, again.repeated) == (tote, (codes[0],), (codes[0],), True)
    assert ledger.get_item_state(session, codes[0]).location_id == End.TRANSIT
    found = replenishment.find_dispatch(session, "000417")
    assert found is not None
    assert found.code == tote
    # what is picked now goes into another tote
    other = asked.pick(session, h, made, codes[1]).tote
    assert other != tote
    with pytest.raises(SealTaken):
        asked.seal(session, h, other, number="000417")
    with pytest.raises(UnknownTote):
        asked.seal(session, h, "D1")
    asked.sign(session, h, "000417")
    assert build.problems(session) == []


def test_what_was_held_after_it_was_picked_does_not_leave(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    held, good = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    for code in (held, good):
        asked.pick(session, h, made, code)
    build.hold(session, h, held)
    tote = asked.tote_of(session, made, h.ward)
    assert [(one.code, one.held, one.sealed) for one in replenishment.to_reprint(session)] == [(tote, 1, False)]
    assert asked.seal(session, h, tote).items == (good,)
    assert replenishment.to_reprint(session) == []


def test_what_was_not_found_is_a_shortage_until_a_later_delivery_is_signed_for(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    codes = asked.packs(session, h, 3)
    made = asked.wave(session, h)
    for code in codes[:2]:
        asked.pick(session, h, made, code)
    shown = turns.next_pick(session, made, on=build.TODAY)
    assert shown is not None
    assert replenishment.set_short(session, made, shown.number)
    assert not replenishment.set_short(session, made, shown.number)
    (short,) = replenishment.finish(session, build.occasion(h.keeper), made)
    assert (short.packs, short.location_id) == (2, h.ward.id)
    assert len(replenishment.finish(session, build.occasion(h.keeper), made)) == 1
    with pytest.raises(WaveFinished):
        asked.pick(session, h, made, codes[2])
    with pytest.raises(WaveFinished):
        replenishment.set_short(session, made, shown.number)
    # its own tote does not settle it
    asked.sign(session, h, asked.seal(session, h, asked.tote_of(session, made, h.ward)).code)
    assert shortages(session) == [(2, 0, False)]
    asked.level(session, h, lower=3, upper=4)
    (need,) = asked.needs(session)
    assert (need.need, need.short) == (2, True)
    for number, (delivered, closed) in enumerate([(10, False), (20, True)], 3):
        later = asked.wave(session, h)
        asked.pick(session, h, later, asked.packs(session, h, 1)[0])
        replenishment.finish(session, build.occasion(h.keeper, at=build.NOW + timedelta(hours=number)), later)
        asked.sign(session, h, asked.seal(session, h, asked.tote_of(session, later, h.ward)).code)
        assert shortages(session)[0] == (2, delivered, closed)
    assert build.problems(session) == []


def test_a_wave_is_told_in_figures(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=3)
    codes = asked.packs(session, h, 2)
    made = asked.wave(session, h)
    asked.pick(session, h, made, codes[0])
    ((_, told),) = rounds.waves(session, open_only=True)
    assert (told.store, told.places, told.packs, told.picked, told.left, told.short) == ("STORE", 1, 3, 1, 2, 0)
    (tote,) = rounds.totes(session, made)
    assert (tote.location_code, tote.inside, tote.held, tote.sealed_at) == ("CARD-W", 1, 0, None)
    assert [row.code for row in turns.in_tote(session, tote.code, when=Moment(build.TODAY))] == [codes[0]]


def test_made_again_with_one_key_a_wave_is_made_once(session: Session, h: Hospital) -> None:
    asked.level(session, h)
    once = build.occasion(h.keeper, said="once")
    first = replenishment.make_wave(session, ToMakeWave(occasion=once, store="STORE"))
    assert replenishment.make_wave(session, ToMakeWave(occasion=once, store="STORE")).id == first.id
    other = build.occasion(h.keeper, key=once.request_key, said="other")
    with pytest.raises(KeyReused):
        replenishment.make_wave(session, ToMakeWave(occasion=other, store="STORE"))


def test_the_way_through_the_store_is_by_place(session: Session, h: Hospital) -> None:
    for code in ("Z-BIN", "A-BIN"):
        session.add(Location(code=code, name=code, kind="store", parent_id=h.store.id))
    session.flush()
    places = {p.code: p for p in session.scalars(select(Location).where(Location.code.in_(["Z-BIN", "A-BIN"])))}
    asked.level(session, h, lower=1, upper=2)
    (far,) = build.carry(session, h, asked.packs(session, h, 1, expires=SOON), places["Z-BIN"])
    (near,) = build.carry(session, h, asked.packs(session, h, 1, expires=LATE), places["A-BIN"])
    assert proposed(session, asked.wave(session, h)) == [near, far]
