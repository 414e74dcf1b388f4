"""A pack that a ward will not use in time goes to a ward that will, and a later one comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from spd import ledger, replenishment
from spd.ledger import KeyReused
from spd.replenishment import Exchange, NoExchange, ToSwap
from spd.stock import Expired, OtherDepartment
from tests import build
from tests.build import Hospital
from tests.replenishment import asked

SOON, LATE = build.TODAY + timedelta(days=20), build.TODAY + timedelta(days=500)


def found(session: Session) -> list[Exchange]:
    return replenishment.exchanges(session, on=build.TODAY, within_days=90)


def spend(session: Session, h: Hospital, packs: int) -> None:
    """So many packs used in the theatre in the last weeks."""
    for code in asked.packs(session, h, packs, at=h.theatre):
        build.use(session, h, code, encounter=None)


def swap(session: Session, h: Hospital, item: str, back: str, **more: object) -> tuple[str, ...]:
    said = {"occasion": build.occasion(h.nurse), "item": item, "back": back} | more
    return replenishment.swap(session, ToSwap(**said))  # type: ignore[arg-type]


def test_a_pack_nobody_uses_here_is_proposed_to_where_it_is_used(session: Session, h: Hospital) -> None:
    (slow,) = asked.packs(session, h, 1, expires=SOON, at=h.ward)
    late = asked.packs(session, h, 2, expires=LATE, at=h.theatre)
    assert found(session) == []
    spend(session, h, 4)
    (one,) = found(session)
    assert (one.item, one.from_code, one.to_code, one.back) == (slow, "CARD-W", "SURG-T", late[-1])
    assert (one.days_left, one.lasts_days, one.to_lasts_days) == (20, None, 7)


def test_a_place_that_has_run_out_takes_one_and_gives_nothing_back(session: Session, h: Hospital) -> None:
    asked.packs(session, h, 1, expires=SOON, at=h.ward)
    spend(session, h, 4)
    (one,) = found(session)
    assert (one.to_code, one.back) == ("SURG-T", None)


def test_a_place_is_given_no_more_than_it_uses_in_time(session: Session, h: Hospital) -> None:
    asked.packs(session, h, 5, expires=SOON, at=h.ward)
    spend(session, h, 4)  # one in seven days: two are used before the twentieth
    assert len(found(session)) == 2


def test_what_is_used_in_time_where_it_lies_stays(session: Session, h: Hospital) -> None:
    asked.packs(session, h, 2, expires=SOON, at=h.theatre)
    spend(session, h, 4)
    assert found(session) == []


def test_what_has_long_to_live_is_not_looked_at(session: Session, h: Hospital) -> None:
    asked.packs(session, h, 2, expires=LATE, at=h.ward)
    spend(session, h, 4)
    assert found(session) == []


def test_two_packs_change_places_in_one_act(session: Session, h: Hospital) -> None:
    (soon,), (late,) = (
        asked.packs(session, h, 1, expires=SOON, at=h.ward),
        asked.packs(session, h, 1, expires=LATE, at=h.theatre),
    )
    once = build.occasion(h.nurse, said="once")
    before = build.postings(session)
    assert swap(session, h, soon, late, occasion=once) == (soon, late)
    assert swap(session, h, soon, late, occasion=once) == (soon, late)
    places = [ledger.get_item_state(session, code).location_id for code in (soon, late)]
    assert places == [h.theatre.id, h.ward.id]
    assert build.postings(session) == before
    with pytest.raises(KeyReused):
        swap(session, h, late, soon, occasion=build.occasion(h.nurse, key=once.request_key, said="other"))
    assert build.problems(session) == []


def test_unlike_things_do_not_change_places(session: Session, h: Hospital) -> None:
    (one,) = asked.packs(session, h, 1, at=h.ward)
    others = [
        one,
        asked.packs(session, h, 1, at=h.ward)[0],
        asked.packs(session, h, 1, size=5, at=h.theatre)[0],
        asked.packs(session, h, 1)[0],
        build.stents(session, h, at=h.theatre)[0],
    ]
    for other in others:
        with pytest.raises(NoExchange):
            swap(session, h, one, other)
    (there,) = asked.packs(session, h, 1, at=h.theatre)
    with pytest.raises(OtherDepartment):
        swap(session, h, one, there, departments=frozenset({h.lab.id}))
    with pytest.raises(Expired):
        swap(session, h, asked.expire(session, one), there)
