"""Who may count and decide, what must be counted again, and what each step of a count refuses."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import delete

from spd import counting, policies
from spd.catalog import get_product
from spd.core.separation import SamePerson
from spd.counting import CountKind, CountState, Finding, Reason, Round
from spd.stock.abc import AbcClass
from tests import build
from tests.counting.scene import Scene


@pytest.mark.parametrize("kind", [CountKind.FULL, CountKind.LOCATION, CountKind.SPECIAL])
def test_who_keeps_a_place_does_not_count_it(s: Scene, kind: CountKind) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store, s.h.ward, kind=kind)
    with pytest.raises(counting.CustodianCounts):
        s.see(count, s.h.store, bulk, 50, who=s.h.keeper)
    with pytest.raises(counting.CustodianCounts):
        s.begin(count, s.h.ward, s.h.nurse)
    s.see(count, s.h.store, bulk, 50, who=s.h.nurse)
    s.begin(count, s.h.ward, s.h.keeper)


def test_who_keeps_a_place_counts_it_where_the_hospital_says_so(s: Scene) -> None:
    strict = s.plan(s.h.ward)
    policies.settle(s.session, s.occasion(s.chief), "count.custodian_may_count", "except_full")
    daily, full = s.plan(s.h.ward), s.plan(s.h.ward, kind=CountKind.FULL)
    s.begin(daily, s.h.ward, s.h.nurse)
    for forbidden in (strict, full):  # a count keeps what held when it was planned
        with pytest.raises(counting.CustodianCounts):
            s.begin(forbidden, s.h.ward, s.h.nurse)
    policies.settle(s.session, s.occasion(s.chief), "count.custodian_may_count", "always")
    s.begin(s.plan(s.h.ward, kind=CountKind.FULL), s.h.ward, s.h.nurse)


def test_who_counted_does_not_decide(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 40)
    s.finish(count)
    s.recount(count)
    s.explain_all(count)
    for counter in (s.checker, s.second):
        with pytest.raises(SamePerson):
            s.approve(count, counter)
    s.approve(count, s.chief)


def test_who_only_went_over_an_empty_place_does_not_decide_either(s: Scene) -> None:
    count = s.plan(s.h.theatre)
    s.begin(count, s.h.theatre)
    s.finish(count)
    with pytest.raises(SamePerson):
        s.approve(count, s.checker)


def test_two_counters_count_each_for_themselves(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store, rounds=2)
    assert s.see(count, s.h.store, bulk, 50).round == Round.FIRST
    assert s.see(count, s.h.store, bulk, 50, who=s.second).round == Round.SECOND
    with pytest.raises(counting.SecondCounter):
        s.see(count, s.h.store, bulk, 50, round=Round.SECOND)
    assert s.finish(count) == []


def test_a_count_by_two_is_not_over_before_the_second(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store, rounds=2)
    s.see(count, s.h.store, bulk, 50)
    with pytest.raises(counting.PlacesLeft):
        s.finish(count)
    s.begin(count, s.h.store, s.second)
    (judged,) = s.finish(count)
    assert (judged.finding, judged.recount) == (Finding.DISAGREE, True)


def test_two_counters_with_two_numbers_are_counted_a_third_time(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store, rounds=2)
    s.see(count, s.h.store, bulk, 50)
    s.see(count, s.h.store, bulk, 48, who=s.second)
    s.finish(count)
    judged = s.one(count, bulk)
    assert (judged.finding, judged.recount) == (Finding.DISAGREE, True)
    s.see(count, s.h.store, bulk, 48, who=s.chief)
    assert (s.one(count, bulk).difference, s.one(count, bulk).recount) == (-2, False)


def test_two_who_counted_before_and_after_a_use_agree(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store, rounds=2)
    s.see(count, s.h.store, bulk, 50)
    build.use(s.session, s.h, bulk, quantity=8, encounter=None, department="CARD", occasion=s.occasion(s.h.nurse))
    s.see(count, s.h.store, bulk, 42, who=s.second)
    assert s.finish(count) == []


@pytest.mark.parametrize(
    ("abc", "passes", "again"), [("A", 998, 997), ("B", 990, 989), ("C", 950, 949), (None, 950, 949)]
)
def test_what_is_off_by_no_more_than_its_class_lets_pass_is_not_counted_again(
    s: Scene, abc: str | None, passes: int, again: int
) -> None:
    bulk = build.gauze(s.session, s.h, cases=20)
    classed(s, "GAUZE", abc)
    count = s.plan(s.h.store)
    for counted, wanted in ((passes, False), (again, True), (2000 - passes, False), (2000 - again, True)):
        s.see(count, s.h.store, bulk, counted)
        assert s.one(count, bulk).recount is wanted


def test_each_class_has_a_tolerance_of_the_hospitals_own(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    classed(s, "GAUZE", "B")
    policies.settle(s.session, s.occasion(s.chief), "count.tolerance_c_permille", 0)
    policies.settle(s.session, s.occasion(s.chief), "count.tolerance_b_permille", 20)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 49)
    assert not s.one(count, bulk).recount
    policies.settle(s.session, s.occasion(s.chief), "count.tolerance_b_permille", 19)
    assert s.one(count, bulk).recount


def test_of_sealed_packs_and_pieces_every_missing_one_is_counted_again_whatever_the_class(s: Scene) -> None:
    packs = build.packs(s.session, s.h, 2, 10)
    policies.settle(s.session, s.occasion(s.chief), "count.tolerance_c_permille", 1000)
    count = s.plan(s.h.ward)
    s.see(count, s.h.ward, packs[0])
    s.finish(count)
    assert s.one(count, packs[1]).recount


def classed(s: Scene, product: str, abc: str | None) -> None:
    """A product in a class, or in none."""
    s.session.execute(delete(AbcClass))
    if abc:
        number = get_product(s.session, product).id
        s.session.add(
            AbcClass(product_id=number, abc=abc, yearly_value=build.Decimal(1), classified_on=build.TODAY)
        )  # fmt: skip
        s.session.flush()  # it is asked for by number


def test_a_dear_difference_is_counted_again_by_another_person(s: Scene) -> None:
    stents = build.stents(s.session, s.h, 2)
    count = s.plan(s.h.ward)
    s.see(count, s.h.ward, stents[0])
    s.finish(count)
    assert s.one(count, stents[1]).by_other
    with pytest.raises(counting.SecondCounter):
        s.see(count, s.h.ward, stents[1], 0)
    s.see(count, s.h.ward, stents[1], 0, who=s.second)
    assert not s.one(count, stents[1]).recount


def test_whatever_is_off_by_more_than_its_tolerance_is_counted_again_by_another(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 40)
    s.finish(count)
    assert (s.one(count, bulk).recount, s.one(count, bulk).by_other) == (True, True)
    with pytest.raises(counting.SecondCounter):
        s.see(count, s.h.store, bulk, 40)
    s.see(count, s.h.store, bulk, 40, who=s.second)
    assert (s.one(count, bulk).recount, s.one(count, bulk).difference) == (False, -10)


def test_a_cheap_one_may_be_counted_again_by_the_same_where_the_hospital_says_so(s: Scene) -> None:
    policies.settle(s.session, s.occasion(s.chief), "count.recount_by", "another_if_dear")
    policies.settle(s.session, s.occasion(s.chief), "count.tolerance_c_permille", 0)
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 49)
    s.finish(count)
    s.see(count, s.h.store, bulk, 50)
    assert s.differences(count) == []


def test_nothing_is_approved_that_is_to_be_counted_again_or_has_no_reason(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 40)
    s.finish(count)
    with pytest.raises(counting.RecountOpen):
        s.approve(count)
    s.recount(count)
    with pytest.raises(counting.Unexplained):
        s.approve(count)


def test_what_was_looked_at_is_what_is_approved(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 40)
    s.finish(count)
    seen = counting.figures(s.judged(count))
    s.recount(count)
    s.explain_all(count)
    assert counting.figures(s.judged(count)) == seen
    s.see(count, s.h.store, bulk, 41, who=s.second)
    with pytest.raises(counting.ReviewChanged):
        s.approve(count, seen=seen)


def test_a_reason_that_leaves_the_book_alone_moves_nothing(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    s.finish(count)
    done = s.settle(count, Reason.ELSEWHERE)
    assert (done.losses, done.left) == (0, 1)
    assert s.quantity(stent) == 1
    counting.close(s.session, s.occasion(s.chief), count.code)


def test_other_reasons_need_words_and_reasons_a_difference(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 40)
    s.finish(count)
    with pytest.raises(counting.BadReason):
        s.explain(count, bulk, Reason.OTHER)
    with pytest.raises(counting.UnknownSubject):
        s.explain(count, "B-NOT-HERE")


def test_places_nobody_went_over_are_left_out_only_where_that_is_said(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    count = s.plan(s.h.store, s.h.ward)
    s.begin(count, s.h.store)
    with pytest.raises(counting.PlacesLeft):
        s.finish(count)
    assert s.finish(count, leave_out=True) == []
    assert s.quantity(stent) == 1


def test_a_count_takes_its_steps_in_their_order_and_each_once(s: Scene) -> None:
    count = s.plan(s.h.theatre)
    assert count.state == CountState.PLANNED
    with pytest.raises(counting.WrongStep):
        counting.finish(s.session, s.occasion(s.checker), count.code, leave_out=True)
    s.begin(count, s.h.theatre)
    assert count.state == CountState.COUNTING
    with pytest.raises(counting.WrongStep):
        s.approve(count)
    s.finish(count)
    with pytest.raises(counting.WrongStep):
        s.finish(count)
    s.approve(count)
    with pytest.raises(counting.WrongStep):
        counting.cancel(s.session, s.occasion(s.chief), count.code)
    counting.close(s.session, s.occasion(s.chief), count.code)
    assert count.state == CountState.CLOSED


def test_a_cancelled_count_keeps_its_lines_and_takes_no_more(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 1)
    counting.cancel(s.session, s.occasion(s.chief), count.code)
    with pytest.raises(counting.WrongStep):
        s.see(count, s.h.store, bulk, 50)
    assert s.quantity(bulk) == 50


def test_each_step_asked_twice_with_one_key_is_taken_once(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    keys = {name: uuid4() for name in ("plan", "finish", "approve", "close")}

    def occasion(name: str, who: object) -> object:
        return build.occasion(who, at=s.now, key=keys[name], said=name)  # type: ignore[arg-type]

    for _ in range(2):
        asked = counting.ToCount(
            occasion=occasion("plan", s.chief),
            kind=CountKind.LOCATION,
            locations=["STORE"],  # type: ignore[arg-type]
        )
        count = counting.plan(s.session, asked)
    s.see(count, s.h.store, bulk, 49)
    for _ in range(2):
        counting.finish(s.session, occasion("finish", s.checker), count.code)  # type: ignore[arg-type]
    s.recount(count)
    s.explain_all(count)
    told = [
        counting.approve(s.session, counting.ToApprove(occasion=occasion("approve", s.chief), count=count.code))  # type: ignore[arg-type]
        for _ in range(2)
    ]
    assert [(one.losses, one.repeated) for one in told] == [(1, False), (1, True)]
    for _ in range(2):
        counting.close(s.session, occasion("close", s.chief), count.code)  # type: ignore[arg-type]
    assert s.quantity(bulk) == 49
