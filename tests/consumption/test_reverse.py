"""Undoing a use: a new movement brings back item, owner and money; the use itself stays on record."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import consumption, ledger, stock
from spd.ledger import EntryRow, Movement, OutboxMessage
from spd.parties import HOSPITAL_ID
from tests import build
from tests.build import Hospital


def test_the_item_is_back_where_and_whose_it_was(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    before = ledger.get_item_state(session, code)
    use = build.use(session, h, code)
    build.reverse(session, h, use.movement_id)
    after = ledger.get_item_state(session, code)
    same = ("quantity", "location_id", "owner_id", "state")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert after.version == before.version + 2


def test_every_account_is_back_where_it_was(session: Session, h: Hospital) -> None:
    codes = [*build.stents(session, h), *build.packs(session, h, 1)]
    accounts = ("1302.01", "1302.02", "2302.01", "5001.01")
    before = [build.balance(session, account) for account in accounts]
    for code in codes:
        build.reverse(session, h, build.use(session, h, code).movement_id)
    assert [build.balance(session, account) for account in accounts] == before
    assert build.problems(session) == []


def test_the_reversal_is_the_use_with_its_signs_turned(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    undone = build.reverse(session, h, use.movement_id)
    event, lines = ledger.lines_of(session, use.movement_id)
    back_event, back = ledger.lines_of(session, undone.movement_id)
    assert (event, back_event) == ("use_consigned", "reverse_use_consigned")
    assert [(line.account, -line.amount, line.department_id, line.encounter_id, line.party_id) for line in lines] == [
        (line.account, line.amount, line.department_id, line.encounter_id, line.party_id) for line in back
    ]
    assert (undone.reverses_id, undone.quantity, undone.cost) == (use.movement_id, 1, Decimal(-8600))


def test_the_use_stays_on_record_as_it_was(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    before = ledger.get_movement(session, use.movement_id).hash
    undone = build.reverse(session, h, use.movement_id)
    kinds = session.scalars(select(Movement.kind).order_by(Movement.item_id, Movement.sequence)).all()
    assert kinds[-2:] == ["consume", "reverse"]
    session.expire_all()
    assert ledger.get_movement(session, use.movement_id).hash == before
    assert ledger.get_movement(session, undone.movement_id).reason == "mis-scan"


def test_what_came_back_may_be_used_again(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    build.reverse(session, h, build.use(session, h, code).movement_id)
    again = build.use(session, h, code, encounter="E-2")
    build.reverse(session, h, again.movement_id)
    build.use(session, h, code)
    assert build.balance(session, "5001.01") == 8600
    assert build.balance(session, "2302.01") == -8600
    assert build.problems(session) == []


def test_a_use_is_undone_once(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    build.reverse(session, h, use.movement_id)
    with pytest.raises(ledger.AlreadyReversed):
        build.reverse(session, h, use.movement_id)


def test_a_use_undone_and_used_again_is_not_undone_a_second_time(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    use = build.use(session, h, code)
    build.reverse(session, h, use.movement_id)
    build.use(session, h, code)
    with pytest.raises(ledger.AlreadyReversed):
        build.reverse(session, h, use.movement_id)


def test_a_part_used_before_another_part_is_undone_by_itself(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20)[0]
    first = build.use(session, h, code, quantity=5)
    build.use(session, h, code, quantity=3)
    build.reverse(session, h, first.movement_id)
    item = ledger.get_item_state(session, code)
    assert (item.quantity, item.state, item.location_id) == (17, "open", h.ward.id)
    assert build.balance(session, "5001.01") == Decimal("10.5")
    assert build.problems(session) == []


def test_a_part_of_a_pack_used_up_comes_back_open(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20)[0]
    parts = [build.use(session, h, code, quantity=quantity) for quantity in (5, 15)]
    build.reverse(session, h, parts[1].movement_id)
    item = ledger.get_item_state(session, code)
    assert (item.quantity, item.state) == (15, "open")
    build.reverse(session, h, parts[0].movement_id)
    assert ledger.get_item_state(session, code).quantity == 20
    assert build.problems(session) == []


def test_a_whole_pack_comes_back_sealed(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20)[0]
    build.reverse(session, h, build.use(session, h, code).movement_id)
    item = ledger.get_item_state(session, code)
    assert (item.quantity, item.state) == (20, "available")


def test_what_was_carried_off_since_does_not_come_back(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20)[0]
    use = build.use(session, h, code, quantity=5)
    build.carry(session, h, [code], h.theatre)
    with pytest.raises(consumption.MovedSince):
        build.reverse(session, h, use.movement_id)
    build.carry(session, h, [code], h.ward)
    build.reverse(session, h, use.movement_id)
    assert ledger.get_item_state(session, code).quantity == 20


def test_what_is_held_comes_back_held(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20)[0]
    use = build.use(session, h, code, quantity=5)
    build.hold(session, h, code)
    build.reverse(session, h, use.movement_id)
    with pytest.raises(stock.Held):
        build.use(session, h, code)


def test_only_a_use_is_undone_here(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    undone = build.reverse(session, h, use.movement_id)
    received = session.scalars(select(Movement.id).where(Movement.kind == "receive")).one()
    for movement in (undone.movement_id, received):
        with pytest.raises(consumption.NotAUse):
            build.reverse(session, h, movement)
    with pytest.raises(ledger.UnknownMovement):
        build.reverse(session, h, 10**9)


def test_another_departments_use_is_not_undone(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    with pytest.raises(consumption.NotYours) as refused:
        build.reverse(session, h, use.movement_id, departments=frozenset({h.surgery.id}))
    assert refused.value.status == 403
    build.reverse(session, h, use.movement_id, departments=frozenset({h.cardiology.id}))


def test_his_is_told_to_credit_what_it_was_told_to_charge(session: Session, h: Hospital) -> None:
    charged, credited = build.occasion(h.nurse), build.occasion(h.nurse)
    use = build.use(session, h, build.stents(session, h)[0], occasion=charged)
    undone = build.reverse(session, h, use.movement_id, occasion=credited)
    charge, credit = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    assert (credit.topic, credit.movement_id) == ("credit", undone.movement_id)
    said = json.loads(charge.payload)
    changed = {"id": str(credited.request_key), "credits": str(charged.request_key)}
    assert json.loads(credit.payload) == said | changed


def test_his_is_not_told_to_credit_what_it_never_charged(session: Session, h: Hospital) -> None:
    build.reverse(session, h, build.use(session, h, build.packs(session, h, 1)[0]).movement_id)
    assert session.scalars(select(OutboxMessage)).all() == []


def test_a_free_use_is_undone_without_an_entry(session: Session, h: Hospital) -> None:
    session.query(build.Price).update({"unit_price": Decimal(0)})
    code = build.stents(session, h)[0]
    build.reverse(session, h, build.use(session, h, code).movement_id)
    assert session.scalars(select(EntryRow)).all() == []
    assert ledger.get_item_state(session, code).owner_id != HOSPITAL_ID


def test_by_a_tap_it_is_undone_until_his_has_the_charge(session: Session, h: Hospital) -> None:
    first, second = (build.use(session, h, code).movement_id for code in build.stents(session, h, 2))
    build.reverse(session, h, first, at_once=True)
    session.execute(update(OutboxMessage).where(OutboxMessage.movement_id == second).values(sent_at=build.NOW))
    with pytest.raises(consumption.PostedOnward):
        build.reverse(session, h, second, at_once=True)
    assert build.reverse(session, h, second).reverses_id == second
