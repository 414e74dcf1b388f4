"""Carried by hand between places: whole, by those who may, money following."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from spd import ledger, replenishment, stock
from spd.parties import HOSPITAL_ID
from spd.places import UnknownLocation
from tests import build
from tests.build import Hospital


def carry(session: Session, h: Hospital, code: str, to: str, departments: frozenset[int] | None = None) -> None:
    asked = replenishment.ToTransfer(
        occasion=build.occasion(h.nurse), items=[code], to=to, departments=departments
    )  # fmt: skip
    replenishment.transfer(session, asked)


def test_what_is_carried_is_there_whole_and_as_it_was(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    before = ledger.get_item_state(session, code)
    carry(session, h, code, "SURG-T")
    after = ledger.get_item_state(session, code)
    assert (after.location_id, after.quantity, after.state) == (h.theatre.id, before.quantity, before.state)


def test_an_opened_pack_stays_open_when_it_is_carried(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    build.use(session, h, code, quantity=5)
    carry(session, h, code, "SURG-T")
    assert ledger.get_item_state(session, code).state == "open"


def test_between_wards_no_money_moves(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    before = build.postings(session)
    carry(session, h, code, "SURG-T")
    assert build.postings(session) == before


def test_from_store_to_ward_and_back_the_value_goes_and_comes(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20, at=h.store)[0]
    carry(session, h, code, "CARD-W")
    assert build.balance(session, "1302.02") == Decimal(70)
    carry(session, h, code, "STORE")
    assert build.balance(session, "1302.02") == 0
    assert build.problems(session) == []


def test_goods_settled_on_issue_become_ours_when_carried_to_a_ward_once(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    code = build.receive(session, h, delivery, build.scan(build.REAGENT_DI))[0]
    for place in ("CARD-W", "STORE", "SURG-T"):
        carry(session, h, code, place)
    assert ledger.get_item_state(session, code).owner_id == HOSPITAL_ID
    assert build.postings(session, "issue_title") == [("1302.02", Decimal("33.33")), ("2302.01", Decimal("-33.33"))]
    assert build.balance(session, "2302.01") == Decimal("-33.33")
    assert build.problems(session) == []


def test_another_departments_stock_is_not_carried_off(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    with pytest.raises(stock.OtherDepartment):
        carry(session, h, code, "SURG-T", frozenset({h.surgery.id}))
    assert ledger.get_item_state(session, code).location_id == h.ward.id
    carry(session, h, code, "SURG-T", frozenset({h.cardiology.id}))


@pytest.mark.parametrize("to", ["NOWHERE", "PATIENT", "LOSS", "TRANSIT"])
def test_nothing_is_carried_to_an_end_of_the_house(session: Session, h: Hospital, to: str) -> None:
    code = build.packs(session, h, 1)[0]
    with pytest.raises(UnknownLocation):
        carry(session, h, code, to)


def test_what_is_on_its_way_used_or_held_is_not_carried(session: Session, h: Hospital) -> None:
    on_its_way = build.packs(session, h, 1, at=h.store)[0]
    used, held = build.packs(session, h, 2)
    replenishment.dispatch(
        session, replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=[on_its_way], to="CARD-W")
    )
    build.use(session, h, used)
    build.hold(session, h, held)
    for code, refusal in ((on_its_way, stock.NotSignedYet), (used, stock.AlreadyUsed), (held, stock.Held)):
        with pytest.raises(refusal):
            carry(session, h, code, "SURG-T")
