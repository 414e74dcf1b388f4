"""Signing: by whose badge, with a password for what is worth much; what must not be used stops, the rest is signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger, replenishment
from spd.accounting.inventory import inventory_accounts
from spd.ledger import Movement
from spd.places import End
from spd.replenishment import NotOnItsWay, NotYourWard, PinNeeded, ToBringBack, by_badge
from spd.staff import Grant, Staff, UnknownStaff
from spd.stock import Expired, Held, OtherDepartment
from spd.stock.holds import HoldReason, open_holds
from tests import build
from tests.build import Hospital
from tests.replenishment import asked


def sent(session: Session, h: Hospital, codes: list[str], to: str = "CARD-W") -> str:
    said = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to=to)
    return replenishment.dispatch(session, said).code


def surgeon(session: Session, h: Hospital) -> Staff:
    who = Staff(code="surgeon", name="外科护士", badge="S-SURGEON")
    session.add(who)
    session.flush()
    session.add(Grant(staff_id=who.id, role="head_nurse", department_id=h.surgery.id))
    session.flush()
    return who


def by(session: Session, h: Hospital, tote: str, badge: str, **more: object) -> replenishment.Signed:
    said = {"occasion": build.occasion(h.keeper), "dispatch": tote, "location": "L-CARD", "badge": badge} | more
    return replenishment.sign(session, replenishment.ToSign(**said))  # type: ignore[arg-type]


def test_the_signature_is_of_whose_badge_was_scanned(session: Session, h: Hospital) -> None:
    code = asked.packs(session, h, 1)[0]
    signed = by(session, h, sent(session, h, [code]), "S-NURSE")
    item = ledger.get_item_state(session, code)
    last = select(Movement.staff_id).where(Movement.item_id == item.id, Movement.sequence == item.version)
    assert (signed.signed_by, session.scalar(last)) == ("护士", h.nurse.id)


def test_a_badge_of_another_ward_or_of_the_store_signs_nothing(session: Session, h: Hospital) -> None:
    tote = sent(session, h, asked.packs(session, h, 1))
    surgeon(session, h)
    for badge in ("S-SURGEON", "S-KEEPER"):
        with pytest.raises(NotYourWard):
            by(session, h, tote, badge)
    with pytest.raises(UnknownStaff):
        by(session, h, tote, "S-NOBODY")
    with pytest.raises(NotYourWard):
        by(session, h, tote, "", signer=by_badge(session, "S-KEEPER"))


def test_what_is_worth_much_is_signed_for_with_a_password(session: Session, h: Hospital) -> None:
    asked.policy(session, h, "sign.badge_value", 69)
    tote = sent(session, h, asked.packs(session, h, 2))
    with pytest.raises(PinNeeded) as refused:
        by(session, h, tote, "S-NURSE")
    assert refused.value.facts == {"value": "70.00"}
    assert len(by(session, h, tote, "S-NURSE", proved=True).items) == 2


def test_what_is_worth_no_more_than_the_policy_says_needs_no_password(session: Session, h: Hospital) -> None:
    asked.policy(session, h, "sign.badge_value", 70)
    assert by(session, h, sent(session, h, asked.packs(session, h, 2)), "S-NURSE").items


def test_what_is_held_or_expired_stops_and_the_rest_is_signed_for(session: Session, h: Hospital) -> None:
    held, expired, good = (asked.packs(session, h, 1)[0] for _ in range(3))
    tote = sent(session, h, [held, expired, good])
    build.hold(session, h, held)
    asked.expire(session, expired)
    once = build.occasion(h.nurse, said="once")
    said = replenishment.ToSign(occasion=once, dispatch=tote, location="CARD-W")
    signed = replenishment.sign(session, said)
    assert (signed.items, signed.missing) == ((good,), ())
    assert [(one.item, one.error) for one in signed.stopped] == [(held, "E08"), (expired, "E06")]
    assert {ledger.get_item_state(session, code).location_id for code in (held, expired)} == {End.TRANSIT}
    again = replenishment.sign(session, said)
    assert (again.items, again.missing, again.repeated) == ((good,), (), True)
    assert {(one.item, one.error) for one in again.stopped} == {(held, "E08"), (expired, "E06")}
    told = replenishment.in_trouble(session, on=build.TODAY)
    assert [(one.item, one.why, one.to) for one in told] == [(held, "held", "CARD-W"), (expired, "expired", "CARD-W")]
    assert [(one.code, one.held, one.sealed) for one in replenishment.to_reprint(session)] == [(tote, 1, True)]


def test_where_nothing_of_a_tote_may_be_used_nothing_is_signed_for(session: Session, h: Hospital) -> None:
    held, expired = (asked.packs(session, h, 1)[0] for _ in range(2))
    build_tote, other = sent(session, h, [held]), sent(session, h, [expired])
    build.hold(session, h, held)
    asked.expire(session, expired)
    with pytest.raises(Held):
        asked.sign(session, h, build_tote)
    with pytest.raises(Expired):
        asked.sign(session, h, other)
    with pytest.raises(Held):
        asked.sign(session, h, build_tote, items=[held])


def test_what_the_ward_does_not_find_stays_on_its_way_and_on_the_stores_list(session: Session, h: Hospital) -> None:
    codes = asked.packs(session, h, 3)
    tote = sent(session, h, codes)
    assert asked.sign(session, h, tote, items=codes[:1]).missing == tuple(codes[1:])
    occasion = build.occasion(h.nurse)
    nurse = by_badge(session, "S-NURSE")
    assert replenishment.report_missing(session, occasion, tote, nurse) == tuple(codes[1:])
    assert replenishment.report_missing(session, occasion, tote, nurse) == tuple(codes[1:])
    assert [(one.item, one.why) for one in replenishment.in_trouble(session, on=build.TODAY)] == [
        (codes[1], "missing"),
        (codes[2], "missing"),
    ]
    asked.sign(session, h, tote, items=codes[1:2])
    assert [one.item for one in replenishment.in_trouble(session, on=build.TODAY)] == [codes[2]]
    surgeon(session, h)
    with pytest.raises(NotYourWard):
        replenishment.report_missing(session, occasion, tote, by_badge(session, "S-SURGEON"))


def test_what_comes_back_from_a_tote_is_free_or_held_in_the_store(session: Session, h: Hospital) -> None:
    held, expired, good = (asked.packs(session, h, 1)[0] for _ in range(3))
    sent(session, h, [held, expired, good])
    build.hold(session, h, held)
    asked.expire(session, expired)
    once = build.occasion(h.keeper, said="once")
    back = ToBringBack(occasion=once, items=[held, expired, good], to="STORE")
    assert replenishment.bring_back(session, back) == (held, expired, good)
    assert replenishment.bring_back(session, back) == (held, expired, good)
    states = {code: ledger.get_item_state(session, code) for code in (held, expired, good)}
    assert {code: state.state for code, state in states.items()} == {held: "held", expired: "held", good: "available"}
    assert {state.location_id for state in states.values()} == {h.store.id}
    (hold,) = open_holds(session, [states[expired].id])
    assert hold.reason == HoldReason.EXPIRED
    assert replenishment.in_trouble(session, on=build.TODAY) == []
    with pytest.raises(NotOnItsWay):
        replenishment.bring_back(session, ToBringBack(occasion=build.occasion(h.keeper), items=[good], to="STORE"))
    with pytest.raises(NotYourWard):
        replenishment.bring_back(session, ToBringBack(occasion=build.occasion(h.keeper), items=[good], to="CARD-W"))
    assert build.problems(session) == []


def test_what_a_ward_sent_and_is_brought_back_is_the_stores_again_and_open_if_it_was(
    session: Session, h: Hospital
) -> None:
    pack, opened = asked.packs(session, h, 2, at=h.ward)
    build.use(session, h, opened, quantity=1)
    at_ward = inventory_accounts(session)["ward"]
    held = select(func.sum(ledger.Posting.amount)).where(ledger.Posting.account == at_ward)
    assert session.scalar(held) > 0
    sent(session, h, [pack, opened], to="SURG-T")
    back = ToBringBack(occasion=build.occasion(h.keeper), items=[pack, opened], to="STORE")
    replenishment.bring_back(session, back)
    states = [ledger.get_item_state(session, code).state for code in (pack, opened)]
    assert states == ["available", "open"]
    assert session.scalar(held) == 0
    assert build.problems(session) == []


def test_a_ward_sends_its_own_things_back_and_the_store_signs(session: Session, h: Hospital) -> None:
    codes = asked.packs(session, h, 2, at=h.ward)
    said = replenishment.ToDispatch(
        occasion=build.occasion(h.nurse), items=codes, to="STORE", departments=frozenset({h.surgery.id})
    )
    with pytest.raises(OtherDepartment):
        replenishment.dispatch(session, said)
    tote = sent(session, h, codes, to="STORE")
    with pytest.raises(NotYourWard):
        by(session, h, tote, "S-NURSE", location="STORE")
    by(session, h, tote, "S-KEEPER", location="STORE")
    assert {ledger.get_item_state(session, code).location_id for code in codes} == {h.store.id}
    assert len(build.postings(session, "return_owned")) == 4
    assert build.balance(session, "1302.02") == 0
    assert build.problems(session) == []


def test_an_item_expired_on_the_way_is_good_until_its_last_day(session: Session, h: Hospital) -> None:
    code = asked.packs(session, h, 1, expires=build.TODAY)[0]
    tote = sent(session, h, [code])
    late = build.occasion(h.nurse, at=build.NOW + timedelta(days=1))
    with pytest.raises(Expired):
        replenishment.sign(session, replenishment.ToSign(occasion=late, dispatch=tote, location="CARD-W"))
    assert asked.sign(session, h, tote).items == (code,)


def test_a_refusal_names_what_was_scanned_and_not_another_thing_of_the_tote(session: Session, h: Hospital) -> None:
    old, held = (*asked.packs(session, h, 1, expires=build.TODAY + timedelta(days=1)), *asked.packs(session, h, 1))
    tote = sent(session, h, [old, held])
    build.hold(session, h, held)
    late = build.occasion(h.nurse, at=build.NOW + timedelta(days=3))
    with pytest.raises(Held) as refused:
        by(session, h, tote, "S-NURSE", occasion=late, items=[held])
    assert refused.value.facts["item"] == held
