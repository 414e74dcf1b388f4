"""To the ward and back: a tote leaves, the ward signs for it, money follows the goods."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, replenishment, stock
from spd.core.errors import NotAllowed
from spd.ledger import Movement
from spd.parties import HOSPITAL_ID
from spd.places import End, UnknownLocation
from spd.replenishment import Sent, Signed
from tests import build
from tests.build import Hospital


def send(session: Session, h: Hospital, codes: Sequence[str], to: str = "CARD-W") -> Sent:
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=to)
    return replenishment.dispatch(session, asked)


def sign(
    session: Session, h: Hospital, tote: str, items: Sequence[str] = (), at: str = "CARD-W",
    departments: frozenset[int] | None = None,
) -> Signed:  # fmt: skip
    said = replenishment.ToSign(
        occasion=build.occasion(h.nurse), dispatch=tote, location=at, items=items, departments=departments
    )
    return replenishment.sign(session, said)


def reagent(session: Session, h: Hospital) -> str:
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    return build.receive(session, h, delivery, build.scan(build.REAGENT_DI))[0]


def test_what_is_sent_is_on_its_way_and_still_whose_it_was(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, at=h.store)
    before = build.postings(session)
    sent = send(session, h, codes)
    items = [ledger.get_item_state(session, code) for code in codes]
    assert {(i.location_id, i.state, i.owner_id) for i in items} == {(End.TRANSIT, "in_transit", HOSPITAL_ID)}
    assert (sent.to, sent.items) == ("CARD-W", tuple(codes))
    assert build.postings(session) == before


def test_what_is_signed_for_is_ward_stock(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, at=h.store)
    signed = sign(session, h, send(session, h, codes).code)
    items = [ledger.get_item_state(session, code) for code in codes]
    assert {(item.location_id, item.state) for item in items} == {(h.ward.id, "available")}
    assert (set(signed.items), signed.missing, signed.title_passed) == (set(codes), (), 0)


def test_the_value_of_our_goods_goes_from_the_central_store_to_the_ward(session: Session, h: Hospital) -> None:
    sign(session, h, send(session, h, build.packs(session, h, 2, 20, at=h.store)).code)
    assert build.postings(session, "issue_owned") == [
        ("1302.02", Decimal(70)), ("1302.01", Decimal(-70)),
        ("1302.02", Decimal(70)), ("1302.01", Decimal(-70)),
    ]  # fmt: skip
    assert build.balance(session, "1302.02") == 140
    assert build.problems(session) == []


def test_goods_settled_on_issue_become_ours_by_the_wards_signature(session: Session, h: Hospital) -> None:
    code = reagent(session, h)
    signed = sign(session, h, send(session, h, [code]).code)
    assert signed.title_passed == 1
    assert ledger.get_item_state(session, code).owner_id == HOSPITAL_ID
    assert build.postings(session, "issue_title") == [("1302.02", Decimal("33.33")), ("2302.01", Decimal("-33.33"))]
    assert build.problems(session) == []


def test_consigned_goods_stay_the_suppliers_on_the_ward(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    assert ledger.get_item_state(session, code).owner_id == h.stents.id
    assert build.postings(session) == []


def test_part_of_a_tote_signed_for_leaves_the_rest_missing(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 3, at=h.store)
    tote = send(session, h, codes).code
    first = sign(session, h, tote, codes[:1])
    assert (first.items, set(first.missing)) == ((codes[0],), set(codes[1:]))
    assert ledger.get_item_state(session, codes[1]).state == "in_transit"
    rest = sign(session, h, tote)
    assert (set(rest.items), rest.missing) == (set(codes[1:]), ())


def test_a_tote_is_signed_for_once(session: Session, h: Hospital) -> None:
    tote = send(session, h, build.packs(session, h, at=h.store)).code
    sign(session, h, tote)
    with pytest.raises(replenishment.AlreadyDelivered):
        sign(session, h, tote)


def test_the_wrong_ward_does_not_sign_and_is_told_the_right_one(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, at=h.store)
    tote = send(session, h, codes).code
    with pytest.raises(replenishment.WrongWard) as refused:
        sign(session, h, tote, at="SURG-T")
    assert "心内病区" in refused.value.sentence("zh")
    assert ledger.get_item_state(session, codes[0]).state == "in_transit"


def test_only_the_ward_itself_signs(session: Session, h: Hospital) -> None:
    tote = send(session, h, build.packs(session, h, at=h.store)).code
    with pytest.raises(NotAllowed):
        sign(session, h, tote, departments=frozenset({h.surgery.id}))
    assert sign(session, h, tote, departments=frozenset({h.cardiology.id})).missing == ()


def test_what_is_not_in_the_tote_is_not_signed_for(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 2, at=h.store)
    tote = send(session, h, codes[:1]).code
    with pytest.raises(replenishment.NothingToSign) as refused:
        sign(session, h, tote, codes)
    assert refused.value.facts["item"] == codes[1]
    assert ledger.get_item_state(session, codes[0]).state == "in_transit"


def test_a_tote_nobody_sent_is_unknown(session: Session, h: Hospital) -> None:
    with pytest.raises(replenishment.UnknownDispatch):
        sign(session, h, "NOTHING")
    with pytest.raises(replenishment.UnknownDispatch):
        replenishment.get_dispatch(session, "NOTHING")


def test_a_tote_is_filled_at_one_place(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 2, at=h.store)
    build.carry(session, h, codes[1:], h.theatre)
    with pytest.raises(replenishment.MixedOrigin) as refused:
        send(session, h, codes)
    assert refused.value.facts == {"item": codes[1], "location": "手术间"}


def test_what_is_on_its_way_is_not_sent_again(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, at=h.store)
    send(session, h, codes)
    with pytest.raises(stock.NotSignedYet):
        send(session, h, codes)


def test_what_is_used_held_or_unknown_is_not_sent(session: Session, h: Hospital) -> None:
    used, held = build.packs(session, h, 2)
    build.use(session, h, used)
    build.hold(session, h, held)
    for code, refusal in ((used, stock.AlreadyUsed), (held, stock.Held), ("NOTHING", ledger.UnknownItem)):
        with pytest.raises(refusal):
            send(session, h, [code])


@pytest.mark.parametrize("to", ["NOWHERE", "PATIENT", "SUPPLIER", "TRANSIT"])
def test_nothing_is_sent_to_an_end_of_the_house(session: Session, h: Hospital, to: str) -> None:
    codes = build.packs(session, h, at=h.store)
    with pytest.raises(UnknownLocation):
        send(session, h, codes, to)


def test_ward_stock_sent_back_returns_its_value_to_the_central_store(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 1, 20)
    sign(session, h, send(session, h, codes, to="STORE").code, at="STORE")
    assert build.postings(session, "return_owned") == [("1302.01", Decimal(70)), ("1302.02", Decimal(-70))]
    assert build.balance(session, "1302.02") == 0
    assert build.problems(session) == []


def test_one_item_asked_for_twice_goes_once(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 1, at=h.store)
    assert send(session, h, codes * 2).items == tuple(codes)


def test_a_delivery_names_tote_and_department_on_the_movement(session: Session, h: Hospital) -> None:
    tote = send(session, h, build.packs(session, h, 1, at=h.store)).code
    sign(session, h, tote)
    delivered = session.scalars(select(Movement).where(Movement.kind == "deliver")).one()
    assert (delivered.document, delivered.department_id, delivered.staff_id) == (tote, h.cardiology.id, h.nurse.id)


def test_an_opened_pack_arrives_open(session: Session, h: Hospital) -> None:
    opened, sealed = build.packs(session, h, 2, 20)
    build.use(session, h, opened, quantity=5)
    sign(session, h, send(session, h, [opened, sealed], to="SURG-T").code, at="SURG-T")
    states = {code: ledger.get_item_state(session, code).state for code in (opened, sealed)}
    assert states == {opened: "open", sealed: "available"}
