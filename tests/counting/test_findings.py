"""What a scan finds: here, elsewhere, used, on its way, held, expired, lost, unknown; and what nobody scanned."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from spd import counting, receiving, replenishment, stock
from spd.counting import CountLine, Finding, Reason
from spd.ledger import KeyReused, Movement
from spd.stock import holds
from tests import build
from tests.counting.scene import Scene


def test_units_and_packs_are_seen_and_need_no_number(s: Scene) -> None:
    pack, stent = build.packs(s.session, s.h, 1, 20)[0], build.stents(s.session, s.h)[0]
    count = s.plan(s.h.ward)
    lines = [s.see(count, s.h.ward, code) for code in (pack, stent)]
    assert [(line.finding, line.quantity, line.lines) for line in lines] == [(Finding.OK, 20, 1), (Finding.OK, 1, 2)]
    assert s.finish(count) == []


def test_loose_goods_need_a_number(s: Scene) -> None:
    bulk, pack = build.gauze(s.session, s.h), build.packs(s.session, s.h, 1, 50)[0]
    build.use(s.session, s.h, pack, quantity=3, encounter=None)
    count = s.plan(s.h.store, s.h.ward)
    for place, code, number in ((s.h.store, bulk, 50), (s.h.ward, pack, 47)):
        with pytest.raises(counting.QuantityNeeded):
            s.see(count, place, code)
        s.see(count, place, code, number)
    assert s.finish(count) == []


def test_seen_again_the_later_one_holds_and_says_so(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    assert not s.see(count, s.h.store, bulk, 40).again
    assert s.see(count, s.h.store, bulk, 50).again
    assert s.finish(count) == []


def test_found_here_booked_there_is_shown_and_moved_by_carrying_it_over(s: Scene) -> None:
    stent = build.stents(s.session, s.h, at=s.h.ward)[0]
    count = s.plan(s.h.theatre)
    line = s.see(count, s.h.theatre, stent)
    assert (line.finding, line.booked_at) == (Finding.ELSEWHERE, s.h.ward.name)
    (judged,) = s.differences(count)
    assert (judged.is_exception, judged.difference) == (True, 0)
    carried = replenishment.ToTransfer(
        occasion=s.occasion(s.h.nurse), items=[stent], to="SURG-T", reason="count", document=count.code
    )
    replenishment.transfer(s.session, carried)
    assert (s.last(stent).reason, s.last(stent).document) == ("count", count.code)
    assert s.finish(count) == []
    assert s.one(count, stent).finding is Finding.MOVED


def test_a_thing_seen_in_both_places_is_where_the_book_has_it(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    count = s.plan(s.h.ward, s.h.theatre)
    s.see(count, s.h.ward, stent)
    s.see(count, s.h.theatre, stent)
    assert s.one(count, stent).finding is Finding.OK


def test_used_but_here_goes_to_the_exceptions_until_the_use_is_undone(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    use = build.use(s.session, s.h, stent)
    count = s.plan(s.h.ward)
    line = s.see(count, s.h.ward, stent)
    assert (line.finding, line.used_at) == (Finding.USED, build.NOW)
    (judged,) = s.differences(count)
    assert (judged.finding, judged.is_exception, judged.difference) == (Finding.USED, True, 0)
    build.reverse(s.session, s.h, use.movement_id, occasion=s.occasion(s.h.nurse))
    assert s.finish(count) == []


def test_an_exception_is_kept_through_approval_and_closed_with_what_became_of_it(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    build.use(s.session, s.h, stent)
    count = s.plan(s.h.ward)
    s.see(count, s.h.ward, stent)
    s.finish(count)
    s.approve(count)
    with pytest.raises(counting.Unexplained):
        counting.close(s.session, s.occasion(s.chief), count.code)
    s.explain(count, stent, Reason.SETTLED, "label on another stent")
    assert counting.close(s.session, s.occasion(s.chief), count.code).state == "closed"


def test_a_code_nobody_knows_is_kept(s: Scene) -> None:
    count = s.plan(s.h.ward)
    line = s.see(count, s.h.ward, "SOMETHING-ELSE")
    assert (line.finding, line.item) == (Finding.UNKNOWN, "SOMETHING-ELSE")
    (judged,) = s.finish(count)
    assert (judged.said, judged.subject) == ("SOMETHING-ELSE", f"?{line.line_id}")


def test_what_nobody_signed_for_is_on_its_way_and_never_missing(s: Scene) -> None:
    packs = build.packs(s.session, s.h, 2, at=s.h.store)
    asked = replenishment.ToDispatch(occasion=s.occasion(s.h.keeper), items=packs, to="CARD-W")
    replenishment.dispatch(s.session, asked)
    count = s.plan(s.h.ward)
    assert s.see(count, s.h.ward, packs[0]).finding is Finding.IN_TRANSIT
    assert [one.finding for one in s.finish(count)] == [Finding.IN_TRANSIT]


def test_what_is_reserved_and_not_scanned_is_shown_and_never_missing(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    build.hold(s.session, s.h, stent, "reserved")
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    assert s.finish(count) == []
    assert s.one(count, stent).finding is Finding.RESERVED


def test_held_and_expired_goods_are_counted_and_pointed_out(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    delivery = build.note(s.session, s.h, s.h.gauzes, ("GAUZE", 50))
    soon = build.scan(build.GAUZE_CASE_DI, lot="OLD", expires_on=build.TODAY + timedelta(days=1))
    (bulk,) = build.receive(s.session, s.h, delivery, soon)
    holds.place(
        s.session, s.occasion(s.chief), [stock.get_goods(s.session, stent).item],
        holds.Why(reason=holds.HoldReason.DAMAGED),
    )  # fmt: skip
    count = s.plan(s.h.ward, s.h.store)
    assert s.see(count, s.h.ward, stent).finding is Finding.HELD
    s.now += timedelta(days=1, hours=15)  # one in the morning of the day after its last, by the hospital's clock
    assert s.see(count, s.h.store, bulk, 50).finding is Finding.EXPIRED
    assert counting.to_settle(counting.judge(s.session, count, on=date(2026, 3, 6))) == []


def test_what_nobody_scanned_is_missing_and_lost_once_somebody_has_looked_again(s: Scene) -> None:
    stents = build.stents(s.session, s.h, 2)
    count = s.plan(s.h.ward)
    s.see(count, s.h.ward, stents[0])
    (missing,) = s.finish(count)
    assert (missing.subject, missing.finding, missing.recount, missing.by_other) == (
        stents[1], Finding.MISSING, True, True,
    )  # fmt: skip
    s.settle(count)
    assert s.last(stents[1]).kind == "adjust"
    assert s.quantity(stents[1]) == 0
    assert build.problems(s.session) == []


def test_missing_and_found_at_the_second_look_is_no_difference(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    s.finish(count)
    s.see(count, s.h.ward, stent, who=s.second)
    assert s.differences(count) == []
    s.approve(count)
    assert s.quantity(stent) == 1


def test_lost_at_one_count_and_there_at_the_next_it_comes_back(s: Scene) -> None:
    screw = build.receive(
        s.session, s.h, build.note(s.session, s.h, s.h.stents, ("SCREW", 1)), build.scan(build.SCREW_DI, serial="S1")
    )[0]
    count = s.plan(s.h.store)
    s.begin(count, s.h.store)
    s.finish(count)
    s.settle(count)
    assert s.quantity(screw) == 0
    again = s.plan(s.h.store)
    assert s.see(again, s.h.store, screw).finding is Finding.REFOUND
    s.finish(again)
    s.settle(again, Reason.FOUND)
    assert s.quantity(screw) == 1
    assert build.balance(s.session, "5301") + build.balance(s.session, "4609") == 0
    assert build.problems(s.session) == []


def test_a_place_or_a_product_that_is_not_in_the_count_is_refused(s: Scene) -> None:
    bulk, stent = build.gauze(s.session, s.h), build.stents(s.session, s.h, at=s.h.store)[0]
    count = s.plan(s.h.store, products=["STENT"])
    with pytest.raises(counting.NotInCount):
        s.begin(count, s.h.ward)
    with pytest.raises(counting.ProductNotInCount):
        s.see(count, s.h.store, bulk, 50)
    s.see(count, s.h.store, stent)
    assert s.finish(count) == []  # the gauze nobody counted is not of this count


def test_a_makers_code_is_the_whole_heap_of_its_lot(s: Scene) -> None:
    label = build.scan(build.GAUZE_CASE_DI, lot="H1")
    bulks = [
        build.receive(s.session, s.h, build.note(s.session, s.h, s.h.gauzes, ("GAUZE", 50)), label)[0] for _ in range(2)
    ]
    count = s.plan(s.h.store)
    s.see(count, s.h.store, label, 94)
    assert [s.one(count, bulk).difference for bulk in bulks] == [0, -6]
    s.finish(count)
    s.settle(count)
    assert [s.quantity(bulk) for bulk in bulks] == [50, 44]
    assert build.problems(s.session) == []


def test_a_heap_counted_apart_afterwards_is_counted_again(s: Scene) -> None:
    label = build.scan(build.GAUZE_CASE_DI, lot="H2")
    bulks = [
        build.receive(s.session, s.h, build.note(s.session, s.h, s.h.gauzes, ("GAUZE", 50)), label)[0] for _ in range(2)
    ]
    count = s.plan(s.h.store)
    s.see(count, s.h.store, label, 100)
    s.see(count, s.h.store, bulks[0], 50)
    assert (s.one(count, bulks[1]).finding, s.one(count, bulks[1]).recount) == (Finding.DISAGREE, True)


def test_a_heap_of_several_owners_is_counted_by_its_house_labels(s: Scene) -> None:
    label = build.scan(build.GAUZE_CASE_DI, lot="H3")
    build.receive(s.session, s.h, build.note(s.session, s.h, s.h.gauzes, ("GAUZE", 50)), label)
    receiving.announce(
        s.session,
        receiving.Announced(
            occasion=s.occasion(s.h.keeper), code="N-CONSIGNED", supplier=s.h.stents.code,
            lines=[receiving.AnnouncedLine(product="GAUZE", quantity=50, unit_price=4, settlement_mode="on_use")],
        ),
    )  # fmt: skip
    build.receive(s.session, s.h, receiving.get_delivery(s.session, "N-CONSIGNED"), label)
    count = s.plan(s.h.store)
    with pytest.raises(counting.SeveralHere):
        s.see(count, s.h.store, label, 100)


def test_asked_twice_with_one_key_a_line_is_kept_once(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    key = uuid4()

    def ask(said: int) -> counting.Recorded:
        occasion = build.occasion(s.checker, at=s.now, key=key, said=said)
        seen = counting.Seen(occasion=occasion, count=count.code, location="STORE", item=bulk, quantity=said)
        return counting.record(s.session, seen)

    first, again = ask(50), ask(50)
    assert (first.line_id, again.repeated) == (again.line_id, True)
    with pytest.raises(KeyReused):
        ask(49)
    assert s.session.scalar(select(func.count()).select_from(CountLine)) == 1


def test_a_line_kept_on_a_device_until_after_the_approval_is_on_record_and_changes_nothing(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 50)
    while_on = s.now
    s.finish(count)
    s.approve(count)
    line = s.see(count, s.h.store, bulk, 45, at=while_on, late=timedelta(hours=3))
    assert line.kept
    with pytest.raises(counting.WrongStep):
        s.see(count, s.h.store, bulk, 45)
    assert s.session.scalar(select(func.count()).where(Movement.kind == "adjust")) == 0
