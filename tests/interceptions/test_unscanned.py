"""Unable to scan: told once, routed to who can put it right, and the scan rate of each ward and week."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from spd import consumption, interceptions, ledger, unscanned
from spd.interceptions import Asked
from spd.staff import Role
from spd.unscanned import FIXER, FixedBefore, Unable, UnableReason, UnknownUnscanned
from tests import build
from tests.build import TODAY, Hospital
from tests.consumption import test_emergency as emergency
from tests.consumption import test_loose as loose
from tests.packing import kitting

STORE = frozenset({Role.STOREKEEPER})


def damaged(h: Hospital) -> Unable:
    return Unable(reason=UnableReason.DAMAGED, page="bedside", department_id=h.cardiology.id)


def test_every_reason_has_somebody_who_can_put_it_right() -> None:
    assert set(FIXER) == set(UnableReason)
    assert len(UnableReason) == 6


def test_told_again_with_a_code_it_gains_the_item_and_stays_one(session: Session, h: Hospital) -> None:
    when, item = build.occasion(h.nurse), ledger.get_item_state(session, build.stents(session, h)[0]).id
    first = unscanned.report(session, when, damaged(h))
    again = unscanned.report(session, when, replace(damaged(h), item_id=item))
    assert (again.id, again.item_id, again.role) == (first.id, item, "storekeeper")
    assert unscanned.waiting(session, STORE, None) == 1


def test_only_who_can_put_it_right_says_that_it_is_and_once(session: Session, h: Hospital) -> None:
    row = unscanned.report(session, build.occasion(h.nurse), damaged(h))
    when = build.occasion(h.keeper)
    with pytest.raises(UnknownUnscanned):
        unscanned.fix(session, when, row.id, roles=frozenset({Role.BUYER}), departments=None)
    with pytest.raises(UnknownUnscanned):
        unscanned.fix(session, when, row.id, roles=STORE, departments=frozenset({h.surgery.id}))
    assert unscanned.fix(session, when, row.id, roles=STORE, departments=None).fixed_by_id == h.keeper.id
    assert unscanned.fix(session, when, row.id, roles=STORE, departments=None).id == row.id
    with pytest.raises(FixedBefore):
        unscanned.fix(session, build.occasion(h.keeper), row.id, roles=STORE, departments=None)
    assert unscanned.waiting(session, STORE, None) == 0


def test_what_was_told_at_no_ward_is_on_the_list_of_everybody_whose_task_it_is(session: Session, h: Hospital) -> None:
    nowhere = Unable(reason=UnableReason.UNREACHABLE, page="bedside")
    row, heads = unscanned.report(session, build.occasion(h.nurse), nowhere), frozenset({Role.HEAD_NURSE})
    surgery = frozenset({h.surgery.id})
    assert unscanned.waiting(session, heads, surgery) == 1
    assert unscanned.fix(session, build.occasion(h.keeper), row.id, roles=heads, departments=surgery).fixed_at
    assert unscanned.waiting(session, heads, surgery) == 0


def test_the_scan_rate_counts_what_was_typed(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    for code in codes[:2]:
        build.use(session, h, code)
    build.use(session, h, codes[2], occasion=replace(build.occasion(h.nurse), device="bed-3 keyed:damaged"))
    unscanned.report(session, build.occasion(h.nurse), damaged(h))
    (rate,) = unscanned.rates(session, TODAY, TODAY, None)
    assert (rate.department, rate.uses, rate.keyed, str(rate.permille)) == ("CARD", 3, 1, "666.7")
    assert (rate.week_on.weekday(), dict(rate.by_reason)) == (0, {"damaged": 1})
    assert unscanned.rates(session, TODAY, TODAY, frozenset({h.surgery.id})) == []


def test_what_no_scan_booked_raises_no_rate(session: Session, h: Hospital) -> None:
    (stent,), (pack,) = build.stents(session, h), build.packs(session, h, 1)
    loose.mode(session, h, opening="loose")
    consumption.open_pack(session, loose.opening(h, pack))
    loose.draw(session, h, 3)
    consumption.finish(session, loose.opening(h, pack))
    assert unscanned.rates(session, TODAY, TODAY, None) == []
    use = emergency.scanned(session, h, stent)
    emergency.assigned(session, h, use)  # booked anew on the patient
    (rate,) = unscanned.rates(session, TODAY, TODAY, None)
    assert rate.uses == 1
    assert interceptions.totals(session, Asked(first_on=TODAY, last_on=TODAY)).scans == 2  # with that of the opening


def test_a_kit_is_one_scan(session: Session, h: Hospital) -> None:
    kit = kitting.assemble(session, h, kitting.recipe(session, h), kitting.things(session, h))
    build.move_to(session, h, list(kit.items), h.ward)
    said = consumption.UseScanned(occasion=build.occasion(h.nurse), item=kit.code, encounter="E-1")
    assert len(consumption.use_kit(session, said).items) == 2
    asked = Asked(first_on=TODAY, last_on=TODAY)
    assert interceptions.totals(session, asked).scans == 1
    assert [one.scans for one in interceptions.by_person(session, asked)] == [1]
    assert [one.uses for one in unscanned.rates(session, TODAY, TODAY, None)] == [1]


def test_what_could_not_be_scanned_is_reported_where_nothing_was_used(session: Session, h: Hospital) -> None:
    unscanned.report(session, build.occasion(h.nurse), damaged(h))
    unscanned.report(session, build.occasion(h.keeper), Unable(reason=UnableReason.MISSING, page="receive"))
    nowhere, ward = unscanned.rates(session, TODAY, TODAY, None)
    assert (nowhere.department, nowhere.uses, nowhere.permille, dict(nowhere.by_reason)) == (
        "",
        0,
        None,
        {"missing": 1},
    )
    assert (ward.department, ward.uses, ward.permille, dict(ward.by_reason)) == ("CARD", 0, None, {"damaged": 1})
    (mine,) = unscanned.rates(session, TODAY, TODAY, frozenset({h.cardiology.id}))
    assert mine == ward
    assert unscanned.rates(session, TODAY, TODAY, frozenset({h.surgery.id})) == []
