"""What a place needs: once, up to its fixed quantity, less what is there and what is coming."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from spd import replenishment
from spd.core.errors import NotAllowed
from spd.ledger import KeyReused
from spd.replenishment import AboveUpper, Asked, ToAsk, UnknownCard
from spd.stock import fixed_quantities
from tests import build
from tests.build import Hospital
from tests.replenishment import asked


def ask(session: Session, h: Hospital, packs: int, **more: object) -> Asked:
    more = {"occasion": build.occasion(h.nurse), "location": "CARD-W", "product": "GAUZE"} | more
    return replenishment.ask(session, ToAsk(packs=packs, **more))  # type: ignore[arg-type]


def card(session: Session, h: Hospital) -> str:
    levels = fixed_quantities.in_force(session, {h.ward.id})
    return replenishment.make_cards(session, build.occasion(h.keeper), levels)[0].code


def told(session: Session) -> list[tuple[str, str, int, int, int]]:
    return [(n.location_code, n.product_code, n.has, n.coming, n.need) for n in asked.needs(session)]


def test_an_empty_place_is_brought_to_its_upper_limit(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    assert told(session) == [("CARD-W", "GAUZE", 0, 0, 4)]


@pytest.mark.parametrize(("there", "need"), [(3, 0), (2, 0), (1, 3), (0, 4)])
def test_it_is_refilled_at_or_below_the_lower_limit(session: Session, h: Hospital, there: int, need: int) -> None:
    asked.level(session, h, lower=1, upper=4)
    if there:
        asked.packs(session, h, there, at=h.ward)
    assert [n.need for n in asked.needs(session)] == ([need] if need else [])


@pytest.mark.parametrize(("fill", "need"), [("minimum", 2), ("target", 4), ("maximum", 6)])
def test_the_policy_says_how_far_a_refill_goes(session: Session, h: Hospital, fill: str, need: int) -> None:
    asked.level(session, h, lower=1, upper=6)
    asked.policy(session, h, "refill.fill", fill)
    assert [n.need for n in asked.needs(session)] == [need]


def test_a_pack_used_puts_the_product_on_the_list(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    codes = asked.packs(session, h, 2, at=h.ward)
    assert asked.needs(session) == []
    build.use(session, h, codes[0], encounter=None)
    assert told(session) == [("CARD-W", "GAUZE", 1, 0, 1)]
    assert asked.needs(session)[0].low


def test_what_is_held_expired_or_open_is_not_counted(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    held, opened, _ = asked.packs(session, h, 3, at=h.ward)
    asked.packs(session, h, 1, expires=build.TODAY + timedelta(days=1), at=h.ward)
    build.hold(session, h, held)
    build.use(session, h, opened, encounter=None, quantity=3)
    assert told(session) == []
    tomorrow = replenishment.needs(session, on=build.TODAY + timedelta(days=2))
    assert [(n.has, n.need) for n in tomorrow] == [(1, 3)]


def test_what_is_held_loose_is_counted_in_base_units(session: Session, h: Hospital) -> None:
    asked.level(session, h, product=asked.STENT, pack=1, lower=2, upper=5)
    build.stents(session, h, 2)
    assert told(session) == [("CARD-W", "STENT", 2, 0, 3)]


def test_packs_of_an_older_size_count_by_what_they_hold(session: Session, h: Hospital) -> None:
    asked.level(session, h, pack=20, lower=1, upper=3)
    asked.packs(session, h, 2, size=10, at=h.ward)
    assert told(session) == [("CARD-W", "GAUZE", 1, 0, 2)]


def test_what_is_on_its_way_is_not_asked_for_again(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    codes = asked.packs(session, h, 2)
    to_ward = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to="CARD-W")
    tote = replenishment.dispatch(session, to_ward).code
    assert told(session) == []
    build.hold(session, h, codes[0])
    assert told(session) == [("CARD-W", "GAUZE", 0, 1, 3)]
    assert asked.sign(session, h, tote).items == (codes[1],)
    assert told(session) == [("CARD-W", "GAUZE", 1, 0, 3)]


def test_what_is_asked_for_by_hand_is_on_the_list_with_its_reason(session: Session, h: Hospital) -> None:
    made = ask(session, h, 3, reason="two more beds")
    assert (made.packs, made.pack_quantity, made.added) == (3, 1, True)
    (need,) = asked.needs(session)
    assert (need.need, need.by_hand, need.by_card, need.low, need.reason) == (3, True, False, False, "two more beds")
    assert need.upper is None


def test_however_many_ask_a_product_is_on_a_places_list_once(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=6)
    code = card(session, h)
    replenishment.scan_card(session, build.occasion(h.nurse), code)
    ask(session, h, 2)
    ask(session, h, 3, reason="again")
    (need,) = asked.needs(session)
    assert (need.need, need.low, need.by_card, need.by_hand, need.reason) == (6, True, True, True, "again")


def test_a_card_scanned_twice_changes_nothing_until_its_bin_is_filled(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    asked.packs(session, h, 4, at=h.ward)
    code = card(session, h)
    assert replenishment.scan_card(session, build.occasion(h.nurse), code).added
    assert not replenishment.scan_card(session, build.occasion(h.nurse), code).added
    assert told(session) == [("CARD-W", "GAUZE", 4, 0, 3)]
    asked.packs(session, h, 3)
    made = asked.wave(session, h)
    assert not replenishment.scan_card(session, build.occasion(h.nurse), code).added
    assert asked.needs(session) == []
    for item in asked.packs(session, h, 3):
        asked.pick(session, h, made, item)
    asked.sign(session, h, asked.seal(session, h, asked.tote_of(session, made, h.ward)).code)
    assert replenishment.scan_card(session, build.occasion(h.nurse), code).added


def test_a_card_is_made_once_for_a_place_and_product(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    first = card(session, h)
    asked.level(session, h, lower=2, upper=9)
    assert card(session, h) == first
    found = replenishment.find_card(session, first)
    assert found is not None
    assert found.packs == 7
    with pytest.raises(UnknownCard):
        replenishment.scan_card(session, build.occasion(h.nurse), "D0000000000000")


def test_nobody_asks_for_more_than_the_place_may_hold(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=4)
    with pytest.raises(AboveUpper):
        ask(session, h, 5)
    with pytest.raises(NotAllowed):
        ask(session, h, 1, departments=frozenset({h.surgery.id}))


def test_what_comes_on_top_of_what_is_coming_is_asked_for_by_hand(session: Session, h: Hospital) -> None:
    codes = [asked.packs(session, h, 1, size=1)[0] for _ in range(2)]
    ask(session, h, 2)
    replenishment.dispatch(
        session, replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to="CARD-W")
    )
    assert asked.needs(session) == []
    ask(session, h, 3)
    assert [(n.coming, n.need) for n in asked.needs(session)] == [(2, 3)]


def test_asked_again_with_one_key_is_asked_once(session: Session, h: Hospital) -> None:
    once = build.occasion(h.nurse, said="once")
    first = ask(session, h, 2, occasion=once)
    again = ask(session, h, 2, occasion=once)
    assert (again.repeated, again.packs, again.added) == (True, first.packs, True)
    assert [n.need for n in asked.needs(session)] == [2]
    with pytest.raises(KeyReused):
        ask(session, h, 9, occasion=build.occasion(h.nurse, key=once.request_key, said="other"))


def test_the_list_of_one_place_names_only_what_it_needs(session: Session, h: Hospital) -> None:
    asked.level(session, h)
    asked.level(session, h, h.theatre)
    assert len(asked.needs(session)) == 2
    assert [n.location_code for n in asked.needs(session, location_ids={h.theatre.id})] == ["SURG-T"]
