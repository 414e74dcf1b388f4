"""A draft adds up before anything is written, and is written whole or not at all."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from spd import ledger
from spd.ledger import Draft, Entry, ItemState, Line, MovementKind, NewItem, Step
from spd.parties import HOSPITAL_ID
from spd.places import End
from tests import build
from tests.build import Hospital


def a_draft(session: Session, h: Hospital) -> Draft:
    return Draft(session, build.occasion(h.keeper))


def bulk(session: Session, h: Hospital) -> ItemState:
    return ledger.get_item_state(session, build.gauze(session, h))


def step(item: ItemState, **said: object) -> Step:
    """All of the item going nowhere, but for what is said."""
    stays = {
        "kind": MovementKind.TRANSFER, "quantity": item.quantity, "state_after": item.state,
        "from_location_id": item.location_id, "to_location_id": item.location_id,
        "from_owner_id": item.owner_id, "to_owner_id": item.owner_id,
    }  # fmt: skip
    return Step(**(stays | said))  # type: ignore[arg-type]


def test_an_item_moved_is_where_it_was_moved_to(session: Session, h: Hospital) -> None:
    item, draft = bulk(session, h), a_draft(session, h)
    after = draft.move(item, step(item, to_location_id=h.ward.id))
    draft.write()
    assert ledger.get_item_state(session, item.code) == after
    assert (after.location_id, after.quantity, after.version) == (h.ward.id, 50, item.version + 1)


def test_two_steps_of_one_item_in_one_act_follow_each_other(session: Session, h: Hospital) -> None:
    item, draft = bulk(session, h), a_draft(session, h)
    draft.move(item, step(item, to_location_id=h.ward.id))
    draft.move(item, step(replace(item, location_id=h.ward.id), to_location_id=h.theatre.id))
    rows = draft.write()
    assert [row["sequence"] for row in rows] == [item.version + 1, item.version + 2]
    assert rows[1]["previous_hash"] == rows[0]["hash"]
    assert ledger.get_item_state(session, item.code).location_id == h.theatre.id


def test_an_act_moves_something(session: Session, h: Hospital) -> None:
    with pytest.raises(AssertionError, match="moves something"):
        a_draft(session, h).write()


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"quantity": 0}, "moves something"),
        ({"quantity": -1}, "moves something"),
        ({"from_location_id": End.FOUND, "to_location_id": End.PATIENT}, "one end inside"),
        ({"from_location_id": End.TRANSIT}, "not there"),
        ({"from_owner_id": 999}, "not there"),
        ({"quantity": 49}, "moves whole"),
        ({"quantity": 51, "to_location_id": End.PATIENT}, "more than there is"),
    ],
)
def test_a_step_that_does_not_add_up_is_a_bug(
    session: Session, h: Hospital, said: dict[str, object], wrong: str
) -> None:
    item = bulk(session, h)
    with pytest.raises(AssertionError, match=wrong):
        a_draft(session, h).move(item, step(item, **said))


def test_what_comes_on_top_comes_to_the_same_place_and_owner(session: Session, h: Hospital) -> None:
    item = bulk(session, h)
    from_outside = {"kind": MovementKind.RECEIVE, "from_location_id": End.SUPPLIER, "quantity": 5}
    for elsewhere in ({"to_location_id": h.ward.id}, {"to_owner_id": h.gauzes.id}):
        with pytest.raises(AssertionError):
            a_draft(session, h).move(item, step(item, **from_outside, **elsewhere))
    assert a_draft(session, h).move(item, step(item, **from_outside)).quantity == 55


def test_what_is_left_of_a_part_gone_stays_where_and_whose_it_was(session: Session, h: Hospital) -> None:
    item = bulk(session, h)
    after = a_draft(session, h).move(item, step(item, quantity=20, to_location_id=End.PATIENT, to_owner_id=h.stents.id))
    assert (after.quantity, after.location_id, after.owner_id) == (30, h.store.id, HOSPITAL_ID)


def test_with_the_last_of_it_the_item_goes_too(session: Session, h: Hospital) -> None:
    item = bulk(session, h)
    after = a_draft(session, h).move(item, step(item, to_location_id=End.PATIENT, state_after="consumed"))
    assert (after.quantity, after.location_id, after.state) == (0, End.PATIENT, "consumed")


def line(account: str, amount: str, product_id: int = 1) -> Line:
    return Line(
        account=account,
        amount=Decimal(amount),
        product_id=product_id,
        product_class="low_value",
        chargeable=False,
    )


def test_an_entry_that_does_not_sum_to_zero_is_a_bug(session: Session, h: Hospital) -> None:
    item = bulk(session, h)
    entry = Entry(event="use_ward", period="2026-03", lines=[line("5001.01", "1.0000"), line("1302.02", "-0.9999")])
    with pytest.raises(AssertionError, match="sum to zero"):
        a_draft(session, h).move(item, step(item, entry=entry))


def test_an_entry_is_written_with_its_movement(session: Session, h: Hospital) -> None:
    item, draft = bulk(session, h), a_draft(session, h)
    lines = [line("1302.02", "175"), line("1302.01", "-175")]
    draft.move(item, step(item, entry=Entry(event="issue_owned", period="2026-03", lines=lines)))
    movement = draft.write()[0]
    assert ledger.lines_of(session, movement["id"]) == ("issue_owned", lines)


def test_a_stale_reading_is_refused_and_nothing_of_the_act_is_written(session: Session, h: Hospital) -> None:
    stale, other = bulk(session, h), bulk(session, h)
    first = a_draft(session, h)
    first.move(stale, step(stale, to_location_id=h.ward.id))
    first.write()
    before = counts(session)
    second = a_draft(session, h)
    second.move(other, step(other, to_location_id=h.ward.id))
    second.move(stale, step(stale, to_location_id=h.theatre.id))
    with pytest.raises(ledger.Moved), session.begin_nested():
        second.write()
    assert counts(session) == before
    assert ledger.get_item_state(session, stale.code).location_id == h.ward.id
    assert ledger.get_item_state(session, other.code).location_id == h.store.id


def counts(session: Session) -> list[int]:
    tables = (ledger.Request, ledger.Item, ledger.Movement, ledger.EntryRow, ledger.Posting, ledger.OutboxMessage)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_two_movements_of_one_item_never_share_a_sequence(session: Session, h: Hospital) -> None:
    """Even where the version on the row is turned back, the sequence on the movement stands."""
    item, draft = bulk(session, h), a_draft(session, h)
    draft.move(item, step(item))
    draft.write()
    session.execute(text("UPDATE items SET version = :was WHERE id = :id"), {"was": item.version, "id": item.id})
    again = a_draft(session, h)
    again.move(item, step(item))
    with pytest.raises(ledger.Moved), session.begin_nested():
        again.write()


def test_a_code_is_never_used_twice(session: Session, h: Hospital) -> None:
    item, draft = bulk(session, h), a_draft(session, h)
    twin = draft.create(
        NewItem(
            code=item.code, kind="bulk", product_id=item.product_id, lot_id=item.lot_id, unit_price=item.unit_price,
            settlement_mode="on_receipt", supplier_id=item.supplier_id,
        )  # type: ignore[arg-type]
    )  # fmt: skip
    found = step(twin, quantity=1, from_location_id=End.FOUND, to_location_id=h.store.id, state_after="available")
    draft.move(twin, replace(found, from_owner_id=HOSPITAL_ID, to_owner_id=HOSPITAL_ID))
    with pytest.raises(ledger.CodeTaken) as refused, session.begin_nested():
        draft.write()
    assert refused.value.facts == {"item": item.code}


def test_a_movement_is_undone_once_whoever_asks(session: Session, h: Hospital) -> None:
    item = bulk(session, h)
    use = a_draft(session, h)
    left = use.move(item, step(item, kind="consume", quantity=2, to_location_id=End.PATIENT))
    used = use.write()[0]
    for _ in range(2):
        back = a_draft(session, h)
        undo = step(
            left, kind=MovementKind.REVERSE, quantity=2, from_location_id=End.PATIENT, reverses_id=used["id"]
        )  # fmt: skip
        if session.scalar(select(ledger.Movement.id).where(ledger.Movement.reverses_id == used["id"])) is None:
            left = back.move(left, undo)
            back.write()
        else:
            back.move(left, undo)
            with pytest.raises(ledger.AlreadyReversed), session.begin_nested():
                back.write()
    assert ledger.get_item_state(session, item.code).quantity == 50


def test_a_message_is_kept_with_the_movement_it_tells_of(session: Session, h: Hospital) -> None:
    item, draft = bulk(session, h), a_draft(session, h)
    draft.move(item, step(item))
    draft.tell("charge", '{"纱布": 1}')
    movement = draft.write()[0]
    message = session.scalars(select(ledger.OutboxMessage)).one()
    assert (message.movement_id, message.topic, message.payload) == (movement["id"], "charge", '{"纱布": 1}')
    assert (message.sent_at, message.attempts) == (None, 0)
