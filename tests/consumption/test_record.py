"""The bedside scan: title, payable, department and encounter in one act, or a refusal and nothing."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from spd import consumption, ledger, replenishment, stock
from spd.catalog import Lot, Price
from spd.core.errors import Refusal
from spd.encounters import EncounterClosed, UnknownEncounter
from spd.ledger import EntryRow, Item, Movement, OutboxMessage, Posting
from spd.parties import HOSPITAL_ID
from spd.places import End, UnknownDepartment
from tests import build
from tests.build import Hospital


def lines_of(session: Session, use: consumption.Use) -> list[tuple[str, Decimal, int | None, int | None, int | None]]:
    """(account, amount, department, encounter, supplier) of the use's entry."""
    query = (
        select(Posting.account, Posting.amount, Posting.department_id, Posting.encounter_id, Posting.party_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .where(EntryRow.movement_id == use.movement_id)
        .order_by(Posting.line)
    )
    return [tuple(row) for row in session.execute(query)]


def event_of(session: Session, use: consumption.Use) -> str:
    return session.scalars(select(EntryRow.event).where(EntryRow.movement_id == use.movement_id)).one()


def reagent(session: Session, h: Hospital) -> str:
    """A box of reagent on the ward: settled on issue, so ours."""
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    code = build.receive(session, h, delivery, build.scan(build.REAGENT_DI))[0]
    return build.move_to(session, h, [code], h.ward)[0]


def test_a_used_item_is_consumed_by_the_patient(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    use = build.use(session, h, code)
    item = ledger.get_item_state(session, code)
    assert (item.state, item.quantity, item.location_id) == ("consumed", 0, End.PATIENT)
    assert (use.encounter, use.department, use.patient_name, use.quantity) == ("E-1", "CARD", "张*三", 1)


def test_a_consigned_item_becomes_ours_and_payable_and_expense_at_once(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0])
    card, stay, price = h.cardiology.id, h.stay.id, Decimal(8600)
    assert event_of(session, use) == "use_consigned"
    assert lines_of(session, use) == [
        ("1302.02", price, None, None, None),
        ("2302.01", -price, None, None, h.stents.id),
        ("5001.01", price, card, stay, None),
        ("1302.02", -price, None, None, None),
    ]
    assert (use.title_passed, use.cost) == (True, price)
    assert ledger.get_item_state(session, use.item).owner_id == HOSPITAL_ID


def test_our_ward_stock_moves_from_inventory_to_expense(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.packs(session, h, 1, 20)[0])
    assert event_of(session, use) == "use_ward"
    assert lines_of(session, use) == [
        ("5001.01", Decimal(70), h.cardiology.id, h.stay.id, None),
        ("1302.02", Decimal(-70), None, None, None),
    ]
    assert use.title_passed is False


def test_goods_settled_on_issue_are_used_as_ours_and_owed_only_once(session: Session, h: Hospital) -> None:
    use = build.use(session, h, reagent(session, h), quantity=10)
    assert event_of(session, use) == "use_ward"
    assert use.cost == Decimal("3.333")
    assert build.balance(session, "2302.01") == Decimal("-33.33")
    assert build.problems(session) == []


def test_our_goods_used_from_the_store_come_off_the_central_inventory(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.gauze(session, h), encounter=None, department="CARD", quantity=2)
    assert event_of(session, use) == "use_store"
    assert lines_of(session, use) == [
        ("5001.01", Decimal(7), h.cardiology.id, None, None),
        ("1302.01", Decimal(-7), None, None, None),
    ]


@pytest.mark.parametrize(
    ("department", "account"), [("CARD", "5001.01"), ("LAB", "5001.01"), ("SURG", "5001.01"), ("LOGI", "5101.01")]
)
def test_the_class_of_the_department_decides_the_expense(
    session: Session, h: Hospital, department: str, account: str
) -> None:
    use = build.use(session, h, build.gauze(session, h), encounter=None, department=department)
    assert lines_of(session, use)[0][0] == account


def test_every_event_leaves_the_books_right(session: Session, h: Hospital) -> None:
    for code in (*build.stents(session, h, 2), *build.packs(session, h, 2), reagent(session, h)):
        build.use(session, h, code)
    build.use(session, h, build.gauze(session, h), encounter=None, department="LOGI", quantity=7)
    assert build.problems(session) == []


def test_free_goods_are_used_without_an_entry(session: Session, h: Hospital) -> None:
    session.execute(update(Price).values(unit_price=Decimal(0)))
    use = build.use(session, h, build.stents(session, h)[0])
    assert (use.cost, lines_of(session, use)) == (0, [])
    assert build.problems(session) == []


def test_without_an_encounter_the_department_bears_it(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.packs(session, h, 1)[0], encounter=None)
    assert (use.encounter, use.department, use.patient_name) == (None, "CARD", "")
    assert lines_of(session, use)[0][2:4] == (h.cardiology.id, None)


def test_the_encounter_is_found_by_its_wristband(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0], encounter="W-2")
    assert use.encounter == "E-2"


def test_one_scan_takes_all_of_a_pack_and_one_of_a_bulk(session: Session, h: Hospital) -> None:
    assert build.use(session, h, build.packs(session, h, 1, 20)[0]).quantity == 20
    assert build.use(session, h, reagent(session, h)).quantity == 1


def test_a_part_used_opens_the_pack_and_a_scan_then_takes_one(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1, 20)[0]
    build.use(session, h, code, quantity=5)
    item = ledger.get_item_state(session, code)
    assert (item.state, item.quantity, item.location_id) == ("open", 15, h.ward.id)
    assert build.use(session, h, code).quantity == 1
    build.use(session, h, code, quantity=14)
    assert ledger.get_item_state(session, code).state == "consumed"
    assert build.balance(session, "5001.01") == 70


def test_a_part_of_a_consigned_bulk_used_leaves_the_rest_the_suppliers(session: Session, h: Hospital) -> None:
    session.execute(update(Price).where(Price.product_id == 2).values(settlement_mode="on_use"))
    code = build.move_to(session, h, [build.gauze(session, h)], h.ward)[0]
    build.use(session, h, code, quantity=20)
    item = ledger.get_item_state(session, code)
    assert (item.owner_id, item.quantity, item.state) == (h.gauzes.id, 30, "available")
    assert build.balance(session, "2302.01") == -70
    assert build.problems(session) == []


def expire(session: Session, code: str, days: int) -> None:
    lot = ledger.get_item_state(session, code).lot_id
    session.execute(update(Lot).where(Lot.id == lot).values(expires_on=build.TODAY + timedelta(days=days)))


def test_the_last_usable_day_is_good_and_cautioned(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    expire(session, code, 0)
    assert [caution.code for caution in build.use(session, h, code).cautions] == ["near-expiry"]


def test_it_is_the_hospitals_day_that_counts(session: Session, h: Hospital) -> None:
    """At 17:00 in UTC it is tomorrow in Shanghai: what expires today is no longer good there."""
    code = build.stents(session, h)[0]
    expire(session, code, 0)
    with pytest.raises(stock.Expired):
        build.use(session, h, code, occasion=build.occasion(h.nurse, at=build.NOW.replace(hour=17)))


def used(session: Session, h: Hospital) -> dict[str, Any]:
    code = build.stents(session, h)[0]
    build.use(session, h, code)
    return {"code": code}


def expired(session: Session, h: Hospital) -> dict[str, Any]:
    code = build.stents(session, h)[0]
    expire(session, code, -1)
    return {"code": code}


def in_state(state: str) -> Any:
    def made(session: Session, h: Hospital) -> dict[str, Any]:
        code = build.stents(session, h)[0]
        build.hold(session, h, code, state)
        return {"code": code}

    made.__name__ = state
    return made


def on_its_way(session: Session, h: Hospital) -> dict[str, Any]:
    codes = build.stents(session, h, at=h.store)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=codes, to="CARD-W")
    replenishment.dispatch(session, asked)
    return {"code": codes[0]}


def spent(session: Session, h: Hospital) -> dict[str, Any]:
    pack = ledger.get_item_state(session, build.packs(session, h, 1, 50)[0])
    return {"code": session.get_one(Item, pack.parent_id).code}


def more_than_there_is(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": build.packs(session, h, 1, 20)[0], "quantity": 21}


def unknown_item(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": "NOTHING"}


def unknown_encounter(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": build.stents(session, h)[0], "encounter": "W-404"}


def discharged(session: Session, h: Hospital) -> dict[str, Any]:
    h.stay.discharged_at = build.NOW - timedelta(seconds=1)
    return {"code": build.stents(session, h)[0]}


def not_yet_admitted(session: Session, h: Hospital) -> dict[str, Any]:
    h.stay.admitted_at = build.NOW + timedelta(seconds=1)
    return {"code": build.stents(session, h)[0]}


def from_the_store_by_nobody(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": build.stents(session, h, at=h.store)[0]}


def of_another_department(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": build.stents(session, h)[0], "department": "SURG"}


def by_a_nurse_of_another_department(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": build.stents(session, h)[0], "departments": frozenset({h.surgery.id})}


def for_a_department_not_hers(session: Session, h: Hospital) -> dict[str, Any]:
    code = build.stents(session, h, at=h.store)[0]
    return {"code": code, "department": "LAB", "departments": frozenset({h.cardiology.id})}


def for_an_unknown_department(session: Session, h: Hospital) -> dict[str, Any]:
    return {"code": build.stents(session, h)[0], "department": "NOWHERE"}


REFUSED = [
    (used, stock.AlreadyUsed, 409),
    (expired, stock.Expired, 422),
    (in_state("held"), stock.Held, 422),
    (in_state("reserved"), stock.NotSignedYet, 422),
    (in_state("returned"), stock.Gone, 409),
    (in_state("written_off"), stock.Gone, 409),
    (on_its_way, stock.NotSignedYet, 422),
    (spent, stock.Gone, 409),
    (more_than_there_is, stock.NotEnough, 422),
    (unknown_item, ledger.UnknownItem, 404),
    (unknown_encounter, UnknownEncounter, 404),
    (discharged, EncounterClosed, 422),
    (not_yet_admitted, EncounterClosed, 422),
    (from_the_store_by_nobody, stock.NotSignedYet, 422),
    (of_another_department, stock.OtherDepartment, 422),
    (by_a_nurse_of_another_department, stock.OtherDepartment, 422),
    (for_a_department_not_hers, consumption.NotYours, 403),
    (for_an_unknown_department, UnknownDepartment, 404),
]


@pytest.mark.parametrize(("given", "refusal", "status"), REFUSED, ids=[given.__name__ for given, _, _ in REFUSED])
def test_what_must_not_be_used_is_refused_and_nothing_is_written(
    session: Session, h: Hospital, given: Any, refusal: type[Refusal], status: int
) -> None:
    said = given(session, h)
    session.flush()  # what was given is in the database before it is counted
    before = [session.scalar(select(func.count()).select_from(table)) for table in (Movement, Posting, OutboxMessage)]
    code = said.pop("code")
    with pytest.raises(refusal) as refused:
        build.use(session, h, code, **said)
    assert refused.value.status == status
    assert all(refused.value.sentence(language) for language in ("zh", "en"))
    after = [session.scalar(select(func.count()).select_from(table)) for table in (Movement, Posting, OutboxMessage)]
    assert after == before


def test_on_the_day_of_discharge_a_use_before_it_is_taken_though_heard_of_later(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    h.stay.discharged_at = build.NOW + timedelta(minutes=1)
    session.flush()  # read back with the item
    assert build.use(session, h, code).encounter == "E-1"


def message(session: Session, topic: str) -> dict[str, Any]:
    rows = session.scalars(select(OutboxMessage).where(OutboxMessage.topic == topic)).all()
    assert len(rows) == 1
    return dict(json.loads(rows[0].payload))


def test_his_is_told_of_a_chargeable_use(session: Session, h: Hospital) -> None:
    occasion = build.occasion(h.nurse)
    code = build.stents(session, h)[0]
    use = build.use(session, h, code, occasion=occasion)
    assert message(session, "charge") == {
        "id": str(occasion.request_key), "encounter": "E-1", "department": "CARD", "charge_code": "HIS-STENT",
        "product": "STENT", "item": code, "lot": use.lot, "quantity": 1, "unit_price": "8600.00",
        "amount": "8600.00", "occurred_at": build.NOW.isoformat(),
    }  # fmt: skip


def test_his_is_not_told_of_what_it_does_not_bill(session: Session, h: Hospital) -> None:
    build.use(session, h, build.packs(session, h, 1)[0])
    build.use(session, h, build.stents(session, h)[0], encounter=None)
    assert session.scalars(select(OutboxMessage)).all() == []


def test_cost_is_frozen_at_use(session: Session, h: Hospital) -> None:
    used_one, left = build.stents(session, h, 2)
    use = build.use(session, h, used_one)
    before = build.postings(session)
    session.execute(update(Price).where(Price.product_id == 1).values(unit_price=Decimal(9999)))
    session.add(
        Price(product_id=1, supplier_id=h.stents.id, unit_price=Decimal(1), settlement_mode="on_receipt",
              valid_from_on=build.TODAY)
    )  # fmt: skip
    session.flush()  # the new price is in force
    assert build.postings(session) == before
    assert build.reverse(session, h, use.movement_id).cost == -8600
    assert build.use(session, h, left).cost == 8600  # and what came in at a price goes out at it
    assert build.problems(session) == []


def test_what_was_scanned_is_kept_on_the_movement(session: Session, h: Hospital) -> None:
    use = build.use(session, h, build.stents(session, h)[0], raw_scan=b"]d201\x1d\xff")
    movement = ledger.get_movement(session, use.movement_id)
    assert (movement.raw_scan, movement.device, movement.staff_id) == (b"]d201\x1d\xff", "test", h.nurse.id)
