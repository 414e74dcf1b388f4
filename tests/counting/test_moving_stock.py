"""A count is of the moment it was made: whatever moves before, between and after, a right count adjusts nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from spd import counting, replenishment
from spd.counting import Finding, Reason
from tests import build
from tests.counting.scene import Scene

LATE = timedelta(hours=2)


def test_what_is_issued_before_the_count_is_no_difference(s: Scene) -> None:
    """Book 1000 at the beginning, 100 issued, 900 counted: nothing to adjust."""
    bulk = build.gauze(s.session, s.h, cases=20)
    count = s.plan(s.h.store)
    s.begin(count, s.h.store)
    build.use(s.session, s.h, bulk, quantity=100, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    s.see(count, s.h.store, bulk, 900)
    assert s.finish(count) == []
    s.approve(count)
    assert s.quantity(bulk) == 900
    assert build.problems(s.session) == []


def test_what_is_used_after_the_count_leaves_its_difference_as_it_was(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=20)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 990)
    build.use(s.session, s.h, bulk, quantity=100, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    (judged,) = s.finish(count)
    assert (judged.book, judged.counted, judged.difference) == (1000, 990, -10)
    s.settle(count)
    assert s.quantity(bulk) == 890
    assert build.problems(s.session) == []


def test_a_use_that_is_heard_of_after_the_count_but_was_before_it_is_in_the_book(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    count = s.plan(s.h.store)
    before = s.now
    s.now += timedelta(minutes=30)
    s.see(count, s.h.store, bulk, 95)
    assert s.one(count, bulk).difference == -5
    heard_late = s.occasion(s.h.nurse, at=before, late=LATE)
    build.use(s.session, s.h, bulk, quantity=5, encounter=None, department="CARD", occasion=heard_late)
    assert s.one(count, bulk).difference == 0


def test_a_line_kept_on_a_device_is_of_the_hour_it_was_counted(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    count = s.plan(s.h.store)
    s.begin(count, s.h.store)
    counted_at = s.now + timedelta(minutes=5)
    s.now = counted_at + timedelta(minutes=5)
    build.use(s.session, s.h, bulk, quantity=40, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    s.see(count, s.h.store, bulk, 100, at=counted_at, late=LATE)
    assert s.one(count, bulk).book == 100
    assert s.finish(count) == []


def test_a_unit_used_up_between_counting_offline_and_hearing_of_it_is_no_exception(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    counted_at = s.now + timedelta(minutes=5)
    s.now = counted_at + timedelta(minutes=5)
    build.use(s.session, s.h, stent, occasion=s.occasion(s.h.nurse))
    line = s.see(count, s.h.ward, stent, at=counted_at, late=LATE)
    assert line.finding is Finding.OK
    assert s.finish(count) == []


def test_lines_heard_in_any_order_come_to_the_same(s: Scene) -> None:
    """The later counted holds, not the later heard."""
    bulk = build.gauze(s.session, s.h, cases=2)
    count = s.plan(s.h.store)
    s.begin(count, s.h.store)
    first, second = s.now + timedelta(minutes=5), s.now + timedelta(minutes=9)
    s.see(count, s.h.store, bulk, 100, at=second, late=LATE)
    s.see(count, s.h.store, bulk, 60, at=first, late=LATE + timedelta(hours=1))
    assert s.one(count, bulk).counted == 100


def test_a_use_undone_after_the_count_never_was(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    use = build.use(s.session, s.h, bulk, quantity=5, encounter=None, department="CARD")
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 100)
    assert s.one(count, bulk).difference == 5
    build.reverse(s.session, s.h, use.movement_id, occasion=s.occasion(s.h.nurse))
    assert s.one(count, bulk).difference == 0


def test_two_counts_of_one_heap_adjust_it_once(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    one, other = s.plan(s.h.store), s.plan(s.h.store)
    s.see(one, s.h.store, bulk, 90)
    s.see(other, s.h.store, bulk, 90)
    s.finish(one)
    s.settle(one)
    assert s.quantity(bulk) == 90
    assert s.finish(other) == []
    s.approve(other)
    assert s.quantity(bulk) == 90
    assert build.problems(s.session) == []


def test_the_adjustment_of_a_later_count_says_nothing_of_an_earlier_one(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    early, late = s.plan(s.h.store), s.plan(s.h.store)
    s.see(early, s.h.store, bulk, 100)
    s.see(late, s.h.store, bulk, 90)
    s.finish(late)
    s.settle(late)
    assert s.finish(early) == []


def test_a_loss_of_what_is_used_up_since_is_kept_and_takes_nothing(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 90)
    s.finish(count)
    s.recount(count)
    s.explain_all(count)
    build.use(s.session, s.h, bulk, quantity=95, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    done = s.approve(count)
    assert (done.losses, done.left) == (0, 1)
    assert s.quantity(bulk) == 5
    (exception,) = counting.open_exceptions(s.session, count)
    assert (exception.exception, exception.difference, exception.adjusted) == ("gone_since", -10, 0)
    with pytest.raises(counting.Unexplained):
        counting.close(s.session, s.occasion(s.chief), count.code)
    s.explain(count, bulk, Reason.SETTLED, "counted again tomorrow")
    assert counting.close(s.session, s.occasion(s.chief), count.code).state == "closed"
    assert build.problems(s.session) == []


def test_a_gain_of_what_is_used_up_since_is_there_again(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 110)
    s.finish(count)
    s.recount(count)
    s.explain_all(count, Reason.FOUND)
    build.use(s.session, s.h, bulk, quantity=100, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    s.approve(count)
    assert s.quantity(bulk) == 10
    assert build.problems(s.session) == []


def test_counted_again_when_all_of_it_is_used_there_is_no_difference(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h, cases=2)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 90)
    s.finish(count)
    build.use(s.session, s.h, bulk, quantity=100, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    s.recount(count)
    assert s.differences(count) == []


def test_what_was_taken_away_while_the_place_was_gone_over_is_not_missing(s: Scene) -> None:
    stents = build.stents(s.session, s.h, 3)
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    build.use(s.session, s.h, stents[0], occasion=s.occasion(s.h.nurse))
    s.see(count, s.h.ward, stents[1])
    (missing,) = s.finish(count)
    assert (missing.subject, missing.finding) == (stents[2], Finding.MISSING)
    build.use(s.session, s.h, stents[2], occasion=s.occasion(s.h.nurse))  # it turned up, and was used
    assert s.differences(count) == []


def test_what_came_while_the_place_was_gone_over_is_not_missing(s: Scene) -> None:
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    s.now += timedelta(minutes=1)
    stents = build.stents(s.session, s.h, 1, at=s.h.store)
    sent = replenishment.ToTransfer(occasion=s.occasion(s.h.keeper), items=stents, to="CARD-W")
    replenishment.transfer(s.session, sent)
    assert s.finish(count) == []
