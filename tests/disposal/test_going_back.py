"""Goods that go back to their supplier: what we owe is less, a consignor's were never owed for, packs go whole."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from spd import disposal, replenishment, stock, trace_codes
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import get_item_state
from spd.places import End
from spd.trace_codes import Act, Done, TraceCode
from tests import build
from tests.build import Hospital

TRACE = "81234567890123456789"


def prepare(session: Session, h: Hospital, *lines: str | Asked) -> str:
    """The number of a return put aside."""
    asked = ToDispose(
        occasion=build.occasion(h.keeper),
        kind=Kind.RETURN,
        lines=[Asked(item=line) if isinstance(line, str) else line for line in lines],
        reason=Why.NEAR_EXPIRY,
    )
    return disposal.prepare(session, asked)[0].code


def sign_out(session: Session, h: Hospital, document: str) -> disposal.Decided:
    leaving = Decision(occasion=build.occasion(h.keeper), document=document, note="司机")
    return disposal.sign_out(session, leaving)


def test_owned_goods_that_go_back_lessen_what_is_owed(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    sign_out(session, h, prepare(session, h, bulk))
    assert build.postings(session, "return_supplier_store") == [("2302.01", Decimal(175)), ("1302.01", Decimal(-175))]
    assert build.balance(session, "2302.01") == 0
    item = get_item_state(session, bulk)
    assert (item.state, item.location_id, item.owner_id) == ("returned", End.SUPPLIER, h.gauzes.id)
    assert build.problems(session) == []


def test_a_wards_goods_go_back_from_the_wards_account(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    sign_out(session, h, prepare(session, h, pack))
    assert build.postings(session, "return_supplier_ward") == [("2302.01", Decimal(70)), ("1302.02", Decimal(-70))]
    assert build.problems(session) == []


def test_a_consignors_goods_go_back_without_money(session: Session, h: Hospital) -> None:
    stent = build.stents(session, h)[0]
    sign_out(session, h, prepare(session, h, stent))
    assert build.postings(session) == []
    assert build.problems(session) == []


def test_put_aside_it_is_on_hold_and_given_up_it_is_stock(session: Session, h: Hospital) -> None:
    stent = build.stents(session, h)[0]
    document = prepare(session, h, stent)
    with pytest.raises(stock.Held):
        build.use(session, h, stent)
    disposal.cancel(session, Decision(occasion=build.occasion(h.nurse), document=document, note="留用"))
    build.use(session, h, stent)
    with pytest.raises(disposal.AlreadyDecided):
        sign_out(session, h, document)


def test_part_of_a_bulk_goes_back(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    sign_out(session, h, prepare(session, h, Asked(item=bulk, quantity=10)))
    assert (get_item_state(session, bulk).quantity, get_item_state(session, bulk).state) == (40, "available")
    assert build.problems(session) == []


def test_an_opened_pack_is_unpacked_first(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    build.use(session, h, pack, quantity=5)
    with pytest.raises(disposal.UnpackFirst):
        prepare(session, h, pack)


def test_a_sealed_pack_does_not_go_back_in_part(session: Session, h: Hospital) -> None:
    with pytest.raises(disposal.WholeOnly):
        prepare(session, h, Asked(item=build.packs(session, h, 1, 20)[0], quantity=5))


def test_a_return_is_to_one_supplier(session: Session, h: Hospital) -> None:
    stent = build.stents(session, h, at=h.store)[0]
    with pytest.raises(disposal.MixedSuppliers):
        prepare(session, h, stent, build.gauze(session, h))


def test_what_is_on_its_way_is_signed_for_first(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 1, at=h.store)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=packs, to="CARD-W")
    replenishment.dispatch(session, asked)
    with pytest.raises(stock.NotSignedYet):
        prepare(session, h, *packs)


def test_its_trace_code_may_arrive_again(session: Session, h: Hospital) -> None:
    stent = build.stents(session, h)[0]
    trace_codes.note(session, build.occasion(h.keeper), Done(codes=(TRACE,), act=Act.ARRIVE))
    di, serial = stent.split(".")
    label = replace(build.scan(di, serial=serial), trace_code=TRACE)
    document = prepare(session, h, Asked(item=label))
    sign_out(session, h, document)
    assert session.query(TraceCode).filter_by(code=TRACE).one().standing == "announced"
    again = trace_codes.note(session, build.occasion(h.keeper), Done(codes=(TRACE,), act=Act.ARRIVE))
    assert again.alarms == ()


def test_signing_out_twice_with_one_key_is_once(session: Session, h: Hospital) -> None:
    leaving = Decision(occasion=build.occasion(h.keeper), document=prepare(session, h, build.gauze(session, h)))
    assert disposal.sign_out(session, leaving).repeated is False
    assert disposal.sign_out(session, leaving).repeated is True


def test_what_went_back_is_gone(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    sign_out(session, h, prepare(session, h, pack))
    with pytest.raises(stock.Gone):
        build.use(session, h, pack)
