"""Holding by hand: by item, place, product and lot; released by whom the policy lets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from spd import disposal, holding, ledger, policies, stock
from spd.catalog import Lot
from spd.core.separation import SamePerson
from spd.holding import Stopped, ToHold, ToRelease
from spd.ledger import get_item_state
from spd.staff import Staff
from spd.stock import expiry, holds
from spd.stock.holds import HoldReason, Why
from tests import build
from tests.build import Hospital


def stop(session: Session, h: Hospital, *items: str, reason: HoldReason = HoldReason.DAMAGED, **said: Any) -> Stopped:
    said.setdefault("occasion", build.occasion(h.keeper))
    return holding.hold(session, ToHold(why=Why(reason=reason), items=items, **said))


def open_of(session: Session, *codes: str) -> list[int]:
    ids = [get_item_state(session, code).id for code in codes]
    return [hold.id for hold in holds.open_holds(session, ids)]


def free(
    session: Session, h: Hospital, *numbers: int, by: Staff | None = None, **said: Any
) -> holding.Released:  # fmt: skip
    said.setdefault("occasion", build.occasion(by or h.nurse))
    return holding.release(session, ToRelease(holds=numbers, note="完好", **said))


def test_everything_of_a_product_is_stopped_wherever_it_is(session: Session, h: Hospital) -> None:
    packs, bulk, stents = build.packs(session, h, 2), build.gauze(session, h), build.stents(session, h, 2)
    stopped = stop(session, h, product="GAUZE")
    assert {*packs, bulk} <= set(stopped.items)
    assert not set(stents) & set(stopped.items)
    assert build.problems(session) == []


def test_a_place_and_a_product_narrow_each_other(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2)
    build.gauze(session, h)
    assert set(stop(session, h, product="GAUZE", location="CARD-W").items) == set(packs)


def test_one_lot_of_a_product(session: Session, h: Hospital) -> None:
    first, second = build.gauze(session, h), build.gauze(session, h)
    lot = session.get_one(Lot, get_item_state(session, first).lot_id).code
    assert stop(session, h, product="GAUZE", lot=lot).items == (first,)
    assert get_item_state(session, second).state == "available"


def test_a_lot_without_its_product_says_nothing(session: Session, h: Hospital) -> None:
    for said in ({}, {"lot": "L1"}):
        with pytest.raises(holding.NothingChosen):
            stop(session, h, **said)


def test_where_nothing_is_there_is_nothing_to_hold(session: Session, h: Hospital) -> None:
    with pytest.raises(holding.NothingToHold):
        stop(session, h, location="SURG-T")


def test_what_was_used_is_not_held(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    build.use(session, h, pack)
    with pytest.raises(stock.AlreadyUsed):
        stop(session, h, pack)


def test_a_ward_holds_its_own_alone(session: Session, h: Hospital) -> None:
    pack, bulk = build.packs(session, h, 1)[0], build.gauze(session, h)
    mine = frozenset({h.cardiology.id})
    with pytest.raises(stock.OtherDepartment):
        stop(session, h, bulk, departments=mine)
    with pytest.raises(stock.OtherDepartment):
        stop(session, h, location="STORE", departments=mine)
    assert stop(session, h, product="GAUZE", departments=mine).items == (pack,)


def test_asked_twice_with_one_key_it_is_held_once(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    occasion = build.occasion(h.keeper)
    first, again = (stop(session, h, pack, occasion=occasion) for _ in range(2))
    assert (first.items, again.items, again.repeated) == ((pack,), (pack,), True)
    assert len(open_of(session, pack)) == 1
    # a second reason moves nothing, and is told again all the same
    quality = build.occasion(h.keeper)
    first, again = (
        stop(session, h, pack, occasion=quality, reason=HoldReason.INSPECTION) for _ in range(2)
    )  # fmt: skip
    assert (first.repeated, again.repeated) == (False, True)
    with pytest.raises(ledger.KeyReused):
        stop(session, h, pack, occasion=quality, reason=HoldReason.OTHER)


def test_released_it_is_free_or_told_what_still_holds_it(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack)
    stop(session, h, pack, reason=HoldReason.OTHER)
    first, second = open_of(session, pack)
    assert free(session, h, first).still_held == (pack,)
    assert free(session, h, second).free == (pack,)
    assert get_item_state(session, pack).state == "available"
    with pytest.raises(holding.AlreadyReleased):
        free(session, h, first)
    assert build.problems(session) == []


def test_released_twice_with_one_key_is_once(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack)
    occasion, numbers = build.occasion(h.nurse), open_of(session, pack)
    assert free(session, h, *numbers, occasion=occasion).repeated is False
    assert free(session, h, *numbers, occasion=occasion).repeated is True


@pytest.mark.parametrize("reason", [HoldReason.INSPECTION, HoldReason.TEMPERATURE, HoldReason.LICENCE])
def test_a_quality_hold_is_released_by_another_person(session: Session, h: Hospital, reason: HoldReason) -> None:
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack, reason=reason)
    numbers = open_of(session, pack)
    with pytest.raises(SamePerson):
        free(session, h, *numbers, by=h.keeper)
    assert free(session, h, *numbers).free == (pack,)


def test_a_hospital_may_let_who_placed_it_release_it(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "hold.release", "same")
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack, reason=HoldReason.INSPECTION)
    assert free(session, h, *open_of(session, pack), by=h.keeper).free == (pack,)


def test_a_damaged_thing_is_released_by_who_held_it(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack)
    assert free(session, h, *open_of(session, pack), by=h.keeper).free == (pack,)


def test_only_quality_releases_what_a_recall_holds(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack, reason=HoldReason.RECALL)
    numbers = open_of(session, pack)
    with pytest.raises(holding.RecallHolds):
        free(session, h, *numbers)
    assert free(session, h, *numbers, quality=True).free == (pack,)


def test_what_has_expired_is_not_released(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    lot = get_item_state(session, pack).lot_id
    session.execute(update(Lot).where(Lot.id == lot).values(expires_on=build.TODAY - timedelta(days=3)))
    session.expire_all()
    expiry.hold_expired(session, build.occasion(h.keeper))
    with pytest.raises(holding.StillExpired):
        free(session, h, *open_of(session, pack))


def test_what_a_document_holds_is_decided_on_the_document(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    asked = disposal.ToDispose(
        occasion=build.occasion(h.keeper), kind=disposal.Kind.WRITE_OFF, lines=[disposal.Asked(item=pack)],
        reason=disposal.Why.LOST,
    )  # fmt: skip
    document = disposal.ask(session, asked)[0]
    with pytest.raises(holding.HeldByDocument) as refused:
        free(session, h, *open_of(session, pack))
    assert refused.value.facts["document"] == document.code


def test_a_hold_of_another_ward_is_not_there(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    stop(session, h, pack)
    with pytest.raises(holding.UnknownHold):
        free(session, h, *open_of(session, pack), departments=frozenset({h.surgery.id}))
    with pytest.raises(holding.UnknownHold):
        free(session, h, 10_000_000)
