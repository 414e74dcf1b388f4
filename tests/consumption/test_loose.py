"""What opening means by product and ward: all of it used at once, or open stock drawn down piece by piece."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import consumption, policies
from spd.catalog import Lot
from spd.consumption import DrawAsked, OpeningAsked
from spd.consumption.loose import DrawnSince
from spd.consumption.opened_report import select_opened, select_variance
from spd.ledger import Item, Movement, OutboxMessage, get_item_state
from spd.policies import ModeSaid, WardMode
from spd.policies.wards import ModeOfNothing
from spd.stock import SeveralLots
from spd.stock.use_refusals import OpenTooLong, SoonerHere
from tests import build
from tests.build import NOW, Hospital

GAUZE = 2


def mode(session: Session, h: Hospital, *, product: int = GAUZE, ward: bool = True, **said: Any) -> None:
    scope = h.cardiology.id if ward else 0
    asked = ModeSaid(product_id=product, department_id=scope, mode=WardMode(**said) if said else None)
    policies.settle_mode(session, build.occasion(h.keeper), asked)


def opening(h: Hospital, code: str, **more: Any) -> OpeningAsked:
    return OpeningAsked(occasion=build.occasion(h.nurse, **more), item=code)


def draw(session: Session, h: Hospital, quantity: int, **more: Any) -> consumption.Drawn:
    said = {"product": "GAUZE", "department": "CARD", "encounter": "E-1", "occasion": build.occasion(h.nurse)} | more
    return consumption.draw(session, DrawAsked(quantity=quantity, **said))


def test_the_nearest_mode_holds_and_what_is_taken_back_leaves_the_next(session: Session, h: Hospital) -> None:
    assert policies.mode_of(session, GAUZE, h.cardiology.id) == WardMode()
    mode(session, h, product=0, opening="loose")
    mode(session, h, ward=False, opening="used", open_days=3)
    mode(session, h, opening="loose", open_days=7)
    assert policies.mode_of(session, GAUZE, h.cardiology.id).open_days == 7
    assert policies.mode_of(session, GAUZE, h.surgery.id) == WardMode(open_days=3)
    assert policies.mode_of(session, 1, h.cardiology.id).loose
    mode(session, h)
    assert policies.mode_of(session, GAUZE, h.cardiology.id).open_days == 3
    with pytest.raises(ModeOfNothing):
        mode(session, h, product=0, ward=False, opening="loose")


def test_where_nothing_is_said_the_whole_pack_is_the_departments(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    assert build.use(session, h, code, encounter=None).quantity == 20


def test_a_loose_pack_is_opened_without_cost_and_drawn_piece_by_piece(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    code = build.packs(session, h, 1)[0]
    told = consumption.open_pack(session, opening(h, code))
    assert (told.quantity, get_item_state(session, code).state) == (20, "open")
    assert build.postings(session, "use-ward") == []
    assert build.use(session, h, code).quantity == 1
    assert get_item_state(session, code).quantity == 19
    assert build.problems(session) == []


def test_a_scan_for_a_patient_opens_the_pack_and_takes_one(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    code = build.packs(session, h, 1)[0]
    assert build.use(session, h, code).quantity == 1
    state = get_item_state(session, code)
    assert (state.quantity, state.state) == (19, "open")


def test_opening_a_pack_before_one_that_ends_sooner_is_told_or_stopped(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    sooner, later = build.packs(session, h, 1)[0], build.packs(session, h, 1)[0]
    ends = build.TODAY + timedelta(days=90)
    lot = select(Item.lot_id).where(Item.code == sooner)
    session.execute(update(Lot).where(Lot.id.in_(lot)).values(expires_on=ends))
    told = consumption.open_pack(session, opening(h, later))
    assert [(one.rule, one.outcome) for one in told.noted] == [("fefo-breach", "warn")]
    assert [one.code for one in told.cautions] == ["sooner-here"]
    build.reverse(session, h, told.movement_id)
    policies.settle(session, build.occasion(h.keeper), "use.fefo", "override")
    asked = opening(h, later)
    assert consumption.open_pack(session, asked).cautions == told.cautions  # two are asked at the use
    build.reverse(session, h, consumption.open_pack(session, asked).movement_id)
    policies.settle(session, build.occasion(h.keeper), "use.fefo", "block")
    with pytest.raises(SoonerHere):
        consumption.open_pack(session, opening(h, later))


def test_an_order_draws_from_what_ends_first_and_all_or_nothing(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose", open_days=5)
    first, second, sealed = build.packs(session, h, 3, 10)
    consumption.open_pack(session, opening(h, first))
    consumption.open_pack(session, opening(h, second, at=NOW - timedelta(days=2)))
    drawn = draw(session, h, 12, reference="ORDER-1")
    assert [(part.item, part.quantity) for part in drawn.parts] == [(second, 10), (first, 2)]
    with pytest.raises(consumption.NothingOpen):
        draw(session, h, 9)
    assert get_item_state(session, sealed).quantity == 10
    assert build.problems(session) == []


def test_a_pack_that_is_past_its_hour_holds_up_no_order(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    good, (past, later) = build.packs(session, h, 1)[0], build.packs(session, h, 2)
    lot = update(Lot).where(Lot.id == get_item_state(session, past).lot_id)
    for code, hours in ((later, 3), (past, 2), (good, 1)):
        consumption.open_pack(session, opening(h, code, at=NOW - timedelta(hours=hours)))
    session.execute(lot.values(expires_on=build.TODAY, expires_at=NOW))
    drawn = draw(session, h, 1, occasion=build.occasion(h.nurse, at=NOW + timedelta(minutes=1)))
    assert [part.item for part in drawn.parts] == [good]
    session.execute(lot.values(expires_at=None))
    assert [part.item for part in draw(session, h, 21).parts] == [later, past]  # of one day: the longest open first


def test_drawing_again_with_one_key_draws_once(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    code = build.packs(session, h, 1)[0]
    consumption.open_pack(session, opening(h, code))
    when = build.occasion(h.nurse, said="one")
    first, again = draw(session, h, 3, occasion=when), draw(session, h, 3, occasion=when)
    assert (again.parts, again.repeated) == (first.parts, True)
    assert get_item_state(session, code).quantity == 17


def test_what_was_charged_already_is_not_told_to_be_charged(session: Session, h: Hospital) -> None:
    session.execute(build.text("UPDATE products SET chargeable = :yes WHERE id = 2"), {"yes": True})
    mode(session, h, opening="loose")
    code = build.packs(session, h, 1)[0]
    consumption.open_pack(session, opening(h, code))
    draw(session, h, 1, charged=True)
    assert session.scalars(select(OutboxMessage.id)).all() == []
    draw(session, h, 1)
    assert len(session.scalars(select(OutboxMessage.id)).all()) == 1


def test_a_finished_pack_leaves_its_difference_with_the_department(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    code = build.packs(session, h, 1)[0]
    consumption.open_pack(session, opening(h, code))
    draw(session, h, 17)
    with pytest.raises(consumption.NotOpen):
        consumption.finish(session, opening(h, build.packs(session, h, 1)[0]))
    done = consumption.finish(session, opening(h, code))
    assert (done.variance, done.cost) == (3, build.Decimal("10.5"))
    last = session.scalars(select(Movement).where(Movement.reason == "loose-variance")).one()
    assert (last.department_id, last.encounter_id, last.quantity) == (h.cardiology.id, None, 3)
    assert get_item_state(session, code).state == "consumed"
    assert build.problems(session) == []


def test_a_pack_opened_by_mistake_is_sealed_again_unless_something_was_drawn(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    code = build.packs(session, h, 1)[0]
    undone = consumption.open_pack(session, opening(h, code))
    build.reverse(session, h, undone.movement_id)
    assert get_item_state(session, code).state == "available"
    opened = consumption.open_pack(session, opening(h, code))
    draw(session, h, 1)
    with pytest.raises(DrawnSince):
        build.reverse(session, h, opened.movement_id)
    assert build.problems(session) == []


def test_an_opened_vial_is_refused_past_its_days_whatever_was_decided_since(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose", open_days=2)
    code = build.packs(session, h, 1)[0]
    told = consumption.open_pack(session, opening(h, code))
    assert told.good_until_on == build.TODAY + timedelta(days=2)
    mode(session, h, opening="loose", open_days=30)
    assert build.use(session, h, code, occasion=build.occasion(h.nurse, at=NOW + timedelta(days=2))).quantity == 1
    with pytest.raises(OpenTooLong):
        build.use(session, h, code, occasion=build.occasion(h.nurse, at=NOW + timedelta(days=3)))
    with pytest.raises(consumption.NothingOpen):
        draw(session, h, 1, occasion=build.occasion(h.nurse, at=NOW + timedelta(days=3)))


def test_a_bulk_of_reagent_counts_its_days_from_its_first_use(session: Session, h: Hospital) -> None:
    mode(session, h, ward=False, open_days=1)
    bulk = build.gauze(session, h)
    build.use(session, h, bulk, department="CARD", quantity=2)
    late = build.occasion(h.nurse, at=NOW + timedelta(days=2))
    with pytest.raises(OpenTooLong):
        build.use(session, h, bulk, department="CARD", occasion=late)
    assert get_item_state(session, bulk).quantity == 48


def test_what_a_mis_scan_opened_is_as_it_was_once_that_is_undone(session: Session, h: Hospital) -> None:
    mode(session, h, ward=False, opening="loose", open_days=1)
    bulk, pack = build.gauze(session, h), build.packs(session, h, 1)[0]
    first, second = (build.use(session, h, bulk, department="CARD", quantity=2) for _ in range(2))
    late = build.occasion(h.nurse, at=NOW + timedelta(days=2))
    build.reverse(session, h, first.movement_id)
    with pytest.raises(OpenTooLong):  # the other use has opened it
        build.use(session, h, bulk, department="CARD", quantity=1, occasion=late)
    build.reverse(session, h, second.movement_id)
    build.use(session, h, bulk, department="CARD", quantity=1, occasion=late)
    with pytest.raises(OpenTooLong):  # from now on
        after = build.occasion(h.nurse, at=NOW + timedelta(days=4))
        build.use(session, h, bulk, department="CARD", quantity=1, occasion=after)
    build.reverse(session, h, build.use(session, h, pack).movement_id)  # opened, and one piece taken
    assert (get_item_state(session, pack).state, get_item_state(session, pack).quantity) == ("available", 20)
    consumption.open_pack(session, opening(h, pack))
    build.reverse(session, h, build.use(session, h, pack).movement_id)
    assert get_item_state(session, pack).state == "open"
    assert build.problems(session) == []


def test_a_piece_without_a_lot_is_drawn_from_the_open_pack_that_ends_first(session: Session, h: Hospital) -> None:
    first, second = build.packs(session, h, 1)[0], build.packs(session, h, 1)[0]
    mode(session, h, opening="loose", open_days=9)
    consumption.open_pack(session, opening(h, first))
    consumption.open_pack(session, opening(h, second, at=NOW - timedelta(days=1)))
    bare = build.scan(build.GAUZE_DI, lot=None, expires_on=None)
    use = consumption.UseScanned(
        occasion=build.occasion(h.nurse), item=bare, encounter="E-1", departments=frozenset({h.cardiology.id})
    )
    assert consumption.record_use(session, use).item == second
    mode(session, h, opening="used")
    with pytest.raises(SeveralLots):
        consumption.record_use(session, replace(use, occasion=build.occasion(h.nurse)))


def test_the_report_says_where_what_was_opened_went(session: Session, h: Hospital) -> None:
    mode(session, h, opening="loose")
    code, other = build.packs(session, h, 2, 10)
    for one in (code, other):
        consumption.open_pack(session, opening(h, one))
    draw(session, h, 4)
    undone = draw(session, h, 2, encounter=None)
    build.reverse(session, h, undone.parts[0].movement_id)
    draw(session, h, 3, encounter=None)
    row = session.execute(select_opened(None).where(Item.code == code)).one()
    assert (row.quantity, row.on_patients, row.by_department, row.variance, row.left) == (10, 4, 3, 0, 3)
    consumption.finish(session, opening(h, code))
    (total,) = session.execute(select_variance(frozenset({h.cardiology.id}))).all()
    assert (total.packs, total.quantity, total.on_patients, total.by_department, total.variance) == (1, 10, 4, 3, 3)
    assert session.execute(select_variance(frozenset({h.surgery.id}))).all() == []
