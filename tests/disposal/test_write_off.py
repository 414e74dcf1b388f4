"""Writing off: asked by one, approved by another, the loss where it belongs, and undone when a thing turns up."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import costing, disposal, ledger, policies, replenishment, stock
from spd.catalog import Lot
from spd.core.separation import SamePerson
from spd.costing import Filter
from spd.disposal import Asked, Decision, Found, Kind, ToDispose, Why
from spd.ledger import Movement, get_item_state
from spd.places import End
from spd.staff import Staff
from spd.stock import holds
from spd.stock.holds import HoldReason
from tests import build
from tests.build import Hospital

PERIOD = "2026-03"


def through_pending(account: str, amount: int, borne: str = "5301") -> list[tuple[str, Decimal]]:
    """A loss: off the goods into what is pending, and with the approval out of it."""
    return [
        ("1902", Decimal(amount)), (account, Decimal(-amount)), (borne, Decimal(amount)), ("1902", Decimal(-amount))
    ]  # fmt: skip


def ask(session: Session, h: Hospital, *codes: str, by: Staff | None = None, quantity: int | None = None) -> str:
    """The number of a write-off asked for."""
    asked = ToDispose(
        occasion=build.occasion(by or h.keeper),
        kind=Kind.WRITE_OFF,
        lines=[Asked(item=code, quantity=quantity) for code in codes],
        reason=Why.DAMAGED,
        note="掉在地上",
    )
    return disposal.ask(session, asked)[0].code


def decision(h: Hospital, document: str, *, by: Staff | None = None, note: str = "") -> Decision:
    return Decision(occasion=build.occasion(by or h.nurse), document=document, note=note)


def approve(session: Session, h: Hospital, document: str) -> disposal.Decided:
    return disposal.approve(session, decision(h, document))


def find(session: Session, h: Hospital, code: str) -> disposal.FoundAgain:
    return disposal.find_again(session, Found(occasion=build.occasion(h.keeper), item=code, note="在抽屉里"))


def state(session: Session, code: str) -> str:
    return get_item_state(session, code).state


def test_while_it_is_asked_a_thing_is_on_hold(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    document = ask(session, h, pack)
    with pytest.raises(stock.Held):
        build.use(session, h, pack)
    assert [hold.reason for hold in holds.holds_of(session, document)] == [HoldReason.WRITE_OFF]
    assert build.problems(session) == []


def test_a_loss_in_the_store_is_no_departments_cost(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    approve(session, h, ask(session, h, bulk))
    assert build.postings(session, "loss_store") == through_pending("1302.01", 175)
    assert costing.by_department(session, Filter(period=PERIOD)) == []
    assert (state(session, bulk), get_item_state(session, bulk).location_id) == ("written_off", End.LOSS)
    assert build.problems(session) == []


def test_a_loss_on_a_ward_is_the_wards_cost(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    approve(session, h, ask(session, h, pack))
    assert build.postings(session, "loss_ward") == through_pending("1302.02", 70, "5001.01")
    assert [(row.department, row.total) for row in costing.by_department(session, Filter(period=PERIOD))] == [
        ("CARD", Decimal(70))
    ]
    assert build.problems(session) == []


def test_a_consignors_goods_lost_in_our_hands_are_owed_for(session: Session, h: Hospital) -> None:
    there, away = build.stents(session, h, 1)[0], build.stents(session, h, 1, at=h.store)[0]
    approve(session, h, ask(session, h, there))
    approve(session, h, ask(session, h, away))
    owed = ("2302.01", Decimal(-8600))
    assert build.postings(session, "loss_consigned_ward") == [("5001.01", Decimal(8600)), owed]
    assert build.postings(session, "loss_consigned_store") == [("5301", Decimal(8600)), owed]
    assert build.problems(session) == []


def test_what_is_lost_under_way_is_its_origins_loss(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 1, 20, at=h.store)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=packs, to="CARD-W")
    replenishment.dispatch(session, asked)
    approve(session, h, ask(session, h, *packs))
    assert build.postings(session, "loss_store") == through_pending("1302.01", 70)
    assert build.problems(session) == []


def test_cost_reports_tie_out_down_to_the_write_off(session: Session, h: Hospital) -> None:
    lost, used = build.packs(session, h, 2, 20)
    stent = build.stents(session, h)[0]
    build.use(session, h, used, encounter=None)
    approve(session, h, ask(session, h, lost, stent))
    said = Filter(period=PERIOD, department="CARD")
    total = costing.by_department(session, said)[0].total
    assert total == Decimal(8740)
    assert sum(row.amount for row in costing.by_product(session, said)) == total
    rows = costing.uses(session, said)
    assert sum(row.amount for row in rows) == total
    assert {(row.kind, row.item) for row in rows} == {("consume", used), ("write_off", lost), ("write_off", stent)}
    posted = build.balance(session, "5001.01") + build.balance(session, "5101.01")
    assert posted == total
    assert costing.partition(session, PERIOD).department_only == total


def test_what_is_lost_is_charged_to_no_patient(session: Session, h: Hospital) -> None:
    stent = build.stents(session, h)[0]
    approve(session, h, ask(session, h, stent))
    row = costing.uses(session, Filter(period=PERIOD))[0]
    assert (row.chargeable, row.encounter) == (False, None)


def test_who_asked_does_not_approve(session: Session, h: Hospital) -> None:
    document = ask(session, h, build.packs(session, h, 1)[0])
    with pytest.raises(SamePerson):
        disposal.approve(session, decision(h, document, by=h.keeper))


def test_a_hospital_may_let_one_person_do_both(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "write_off.approval", False)
    document = ask(session, h, build.packs(session, h, 1)[0])
    assert disposal.approve(session, decision(h, document, by=h.keeper)).standing == "done"


def test_a_refused_write_off_is_stock_again(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    document = ask(session, h, pack)
    refused = disposal.refuse(session, decision(h, document, note="完好"))
    assert (refused.standing, state(session, pack)) == ("refused", "available")
    build.use(session, h, pack)
    assert build.problems(session) == []


def test_who_asked_takes_it_back_and_nobody_else_who_does_not_decide(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    document = ask(session, h, pack)
    with pytest.raises(disposal.NotTheirs):
        disposal.refuse(session, decision(h, document), decides=False)
    taken_back = disposal.refuse(session, decision(h, document, by=h.keeper), decides=False)
    assert (taken_back.standing, state(session, pack)) == ("withdrawn", "available")


def test_what_something_else_holds_stays_on_hold_when_refused(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    why = holds.Why(reason=HoldReason.RECALL, reference="R-1")
    holds.place(session, build.occasion(h.keeper), [get_item_state(session, pack)], why)
    document = ask(session, h, pack)
    disposal.refuse(session, decision(h, document))
    assert state(session, pack) == "held"
    again = ask(session, h, pack)
    approve(session, h, again)
    assert build.problems(session) == []


def test_part_of_a_bulk_goes_and_the_rest_stays_in_use_meanwhile(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    document = ask(session, h, bulk, quantity=8)
    assert state(session, bulk) == "available"
    approve(session, h, document)
    assert (get_item_state(session, bulk).quantity, state(session, bulk)) == (42, "available")
    assert ("5301", Decimal(28)) in build.postings(session, "loss_store")
    assert build.problems(session) == []


def test_part_of_an_open_pack_goes_and_it_stays_open(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    build.use(session, h, pack, quantity=5)
    approve(session, h, ask(session, h, pack, quantity=4))
    assert (get_item_state(session, pack).quantity, state(session, pack)) == (11, "open")
    assert build.problems(session) == []


def test_a_sealed_pack_goes_whole(session: Session, h: Hospital) -> None:
    with pytest.raises(disposal.WholeOnly):
        ask(session, h, build.packs(session, h, 1)[0], quantity=3)


def test_more_than_there_is_is_not_asked_for(session: Session, h: Hospital) -> None:
    with pytest.raises(stock.NotEnough):
        ask(session, h, build.gauze(session, h), quantity=51)


def test_what_was_used_up_meanwhile_is_not_written_off(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    build.use(session, h, pack, quantity=5)
    document = ask(session, h, pack, quantity=4)
    build.use(session, h, pack, quantity=13)
    with pytest.raises(disposal.MovedOn):
        approve(session, h, document)


def test_a_thing_is_on_one_document_at_a_time(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    document = ask(session, h, pack)
    with pytest.raises(disposal.AlreadyAsked) as refused:
        ask(session, h, pack)
    assert refused.value.facts["document"] == document
    disposal.refuse(session, decision(h, document))
    assert ask(session, h, pack) != document


def test_a_document_is_of_one_place(session: Session, h: Hospital) -> None:
    with pytest.raises(disposal.MixedPlaces):
        ask(session, h, build.packs(session, h, 1)[0], build.gauze(session, h))


def test_what_is_no_longer_here_is_not_written_off(session: Session, h: Hospital) -> None:
    used, lost = build.packs(session, h, 2)
    build.use(session, h, used)
    with pytest.raises(stock.AlreadyUsed):
        ask(session, h, used)
    approve(session, h, ask(session, h, lost))
    with pytest.raises(stock.Gone):
        ask(session, h, lost)


def test_a_ward_writes_off_its_own_alone(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    asked = ToDispose(
        occasion=build.occasion(h.nurse), kind=Kind.WRITE_OFF, lines=[Asked(item=pack)], reason=Why.LOST,
        departments=frozenset({h.surgery.id}),
    )  # fmt: skip
    with pytest.raises(stock.OtherDepartment):
        disposal.ask(session, asked)
    document = ask(session, h, pack)
    foreign = Decision(
        occasion=build.occasion(h.nurse), document=document, departments=frozenset({h.surgery.id})
    )  # fmt: skip
    with pytest.raises(disposal.UnknownDocument):
        disposal.approve(session, foreign)


def test_asking_and_deciding_twice_with_one_key_is_once(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    asked = ToDispose(
        occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=[Asked(item=pack)], reason=Why.LOST
    )  # fmt: skip
    first, again = disposal.ask(session, asked), disposal.ask(session, asked)
    assert (first[0].id, first[1], again[1]) == (again[0].id, False, True)
    deciding = decision(h, first[0].code)
    done, repeated = disposal.approve(session, deciding), disposal.approve(session, deciding)
    assert (done.repeated, repeated.repeated, repeated.items) == (False, True, (pack,))
    with pytest.raises(disposal.DocumentDecided):
        approve(session, h, first[0].code)
    with pytest.raises(disposal.DocumentDecided):
        disposal.refuse(session, decision(h, first[0].code))
    assert session.query(Movement).filter_by(kind="write_off").count() == 1


def test_one_key_is_not_used_for_two_documents(session: Session, h: Hospital) -> None:
    first, second = build.packs(session, h, 2)
    occasion = build.occasion(h.keeper)
    for code, said in ((first, "a"), (second, "b")):
        same = build.occasion(h.keeper, key=occasion.request_key, said=said)
        asked = ToDispose(occasion=same, kind=Kind.WRITE_OFF, lines=[Asked(item=code)], reason=Why.LOST)
        if said == "a":
            disposal.ask(session, asked)
        else:
            with pytest.raises(ledger.KeyReused):
                disposal.ask(session, asked)


def test_what_turns_up_is_back_at_its_price_and_owner(session: Session, h: Hospital) -> None:
    pack, stent = build.packs(session, h, 1, 20)[0], build.stents(session, h)[0]
    approve(session, h, ask(session, h, pack, stent))
    back = find(session, h, pack)
    assert (back.cost, back.state, back.quantity) == (Decimal(-70), "available", 20)
    find(session, h, stent)
    assert get_item_state(session, stent).owner_id == h.stents.id
    assert build.balance(session, "5001.01") == 0
    assert costing.by_department(session, Filter(period=PERIOD))[0].total == 0
    build.use(session, h, stent)
    build.use(session, h, pack)
    assert build.problems(session) == []


def test_an_open_pack_that_turns_up_is_open(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    build.use(session, h, pack, quantity=5)
    approve(session, h, ask(session, h, pack))
    assert (find(session, h, pack).state, get_item_state(session, pack).quantity) == ("open", 15)
    assert build.problems(session) == []


def test_part_of_a_bulk_turns_up_in_its_bulk(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    approve(session, h, ask(session, h, bulk, quantity=8))
    find(session, h, bulk)
    assert (get_item_state(session, bulk).quantity, state(session, bulk)) == (50, "available")
    assert build.problems(session) == []


def test_what_turns_up_recalled_or_expired_is_on_hold(session: Session, h: Hospital) -> None:
    recalled, old = build.packs(session, h, 2, 20)
    why = holds.Why(reason=HoldReason.RECALL, reference="R-1")
    holds.place(session, build.occasion(h.keeper), [get_item_state(session, recalled)], why)
    approve(session, h, ask(session, h, recalled, old))
    assert find(session, h, recalled).state == "held"
    past = build.TODAY - timedelta(days=1)
    session.execute(update(Lot).where(Lot.id == get_item_state(session, old).lot_id).values(expires_on=past))
    session.expire_all()
    assert find(session, h, old).state == "held"
    held = holds.open_holds(session, [get_item_state(session, old).id])
    assert [hold.reason for hold in held] == [HoldReason.EXPIRED]
    assert build.problems(session) == []


def test_what_was_lost_under_way_turns_up_under_way(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 1, 20, at=h.store)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=packs, to="CARD-W")
    sent = replenishment.dispatch(session, asked)
    approve(session, h, ask(session, h, *packs))
    assert find(session, h, packs[0]).state == "in_transit"
    said = replenishment.ToSign(occasion=build.occasion(h.nurse), dispatch=sent.code, location="CARD-W")
    assert replenishment.sign(session, said).items == tuple(packs)
    assert build.problems(session) == []


def test_only_what_was_written_off_turns_up_and_once(session: Session, h: Hospital) -> None:
    pack, other = build.packs(session, h, 2)
    approve(session, h, ask(session, h, pack))
    said = Found(occasion=build.occasion(h.keeper), item=pack, note="")
    first, again = disposal.find_again(session, said), disposal.find_again(session, said)
    assert (first.movement_id, again.repeated) == (again.movement_id, True)
    for code in (pack, other):
        with pytest.raises(disposal.NotAWriteOff):
            find(session, h, code)


def test_a_loss_of_a_closed_month_is_posted_to_the_open_one(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, 20)[0]
    document = ask(session, h, pack)
    april = build.occasion(h.keeper, at=build.NOW + timedelta(days=40))
    ledger.close_period(session, april, PERIOD)
    approve(session, h, document)
    assert costing.by_department(session, Filter(period="2026-04"))[0].total == Decimal(70)
    assert build.problems(session) == []


def test_the_movement_says_document_reason_and_department(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    document = ask(session, h, pack)
    approve(session, h, document)
    movement = session.scalars(select(Movement).where(Movement.kind == "write_off")).one()
    assert (movement.document, movement.reason, movement.department_id) == (document, "damaged", h.cardiology.id)
    assert movement.day_on == date(2026, 3, 2)


def test_two_lines_of_one_thing_ask_for_both_parts(session: Session, h: Hospital) -> None:
    bulk = build.gauze(session, h)
    lines = [Asked(item=bulk, quantity=3), Asked(item=bulk, quantity=4)]
    asked = ToDispose(occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=lines, reason=Why.DAMAGED)
    approve(session, h, disposal.ask(session, asked)[0].code)
    assert get_item_state(session, bulk).quantity == 43
