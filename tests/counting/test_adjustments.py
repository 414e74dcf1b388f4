"""The money of a count: who bears a loss, whose a surplus is, and what the result sheet says of it."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select

from spd import costing, counting
from spd.counting import CountResult, Reason
from spd.ledger import Posting
from tests import build
from tests.counting.scene import Scene

CENTRAL, WARD, ACCRUED, EXPENSE, DISPOSAL, INCOME = "1302.01", "1302.02", "2302.01", "5001.01", "5301", "4609"


def through_pending(goods: tuple[str, int], borne: tuple[str, int]) -> list[tuple[str, Decimal]]:
    """Off or onto the goods against what is pending, and with the approval out of it."""
    first = [goods, ("1902", -goods[1])] if goods[1] > 0 else [("1902", -goods[1]), goods]
    last = [borne, ("1902", -borne[1])] if borne[1] > 0 else [("1902", -borne[1]), borne]
    return [(account, Decimal(amount)) for account, amount in (*first, *last)]


def count_of(s: Scene, place: object, code: str, number: int, reason: Reason = Reason.LOST) -> counting.Approved:
    count = s.plan(place)  # type: ignore[arg-type]
    s.see(count, place, code, number)  # type: ignore[arg-type]
    s.finish(count)
    done = s.settle(count, reason)
    assert build.problems(s.session) == []
    return done


def test_a_loss_in_the_store_is_an_asset_disposed_of_and_no_departments_cost(s: Scene) -> None:
    done = count_of(s, s.h.store, build.gauze(s.session, s.h), 46)
    assert (done.losses, done.lost) == (1, Decimal("14"))
    assert build.postings(s.session, "loss_store") == through_pending((CENTRAL, -14), (DISPOSAL, 14))
    assert costing.by_department(s.session, costing.Filter(period="2026-03")) == []


def test_a_loss_on_the_ward_is_charged_to_the_ward(s: Scene) -> None:
    pack = build.packs(s.session, s.h, 1, 50)[0]
    build.use(s.session, s.h, pack, quantity=1, encounter=None)
    before = costing.by_department(s.session, costing.Filter(period="2026-03"))[0].total
    count_of(s, s.h.ward, pack, 47)
    assert build.postings(s.session, "loss_ward") == through_pending((WARD, -7), (EXPENSE, 7))
    (cost,) = costing.by_department(s.session, costing.Filter(period="2026-03"))
    assert (cost.department, cost.total - before) == ("CARD", Decimal("7"))
    posted = s.session.scalar(select(func.sum(Posting.amount)).where(Posting.account == EXPENSE))
    assert posted == cost.total
    down = costing.uses(s.session, costing.Filter(period="2026-03", department="CARD"))
    assert sum(use.amount for use in down) == cost.total
    assert [use.kind for use in down] == ["consume", "adjust"]


def test_a_consignors_goods_that_are_lost_are_owed_for(s: Scene) -> None:
    stent = build.stents(s.session, s.h)[0]
    count = s.plan(s.h.ward)
    s.begin(count, s.h.ward)
    s.finish(count)
    s.settle(count)
    assert build.postings(s.session, "loss_consigned_ward") == [(EXPENSE, Decimal(8600)), (ACCRUED, Decimal(-8600))]
    movement = s.last(stent)
    assert (movement.from_owner_id, movement.to_owner_id) == (s.h.stents.id, 1)
    assert build.problems(s.session) == []


def test_a_surplus_in_the_store_is_income_and_on_the_ward_less_cost(s: Scene) -> None:
    count_of(s, s.h.store, build.gauze(s.session, s.h), 52, Reason.FOUND)
    assert build.postings(s.session, "gain_store") == through_pending((CENTRAL, 7), (INCOME, -7))
    pack = build.packs(s.session, s.h, 1, 50)[0]
    build.use(s.session, s.h, pack, quantity=10, encounter=None)
    count_of(s, s.h.ward, pack, 42, Reason.FOUND)
    assert build.postings(s.session, "gain_ward") == through_pending((WARD, 7), (EXPENSE, -7))
    (cost,) = costing.by_department(s.session, costing.Filter(period="2026-03"))
    assert cost.total == Decimal("28")


def test_a_surplus_of_a_consignors_stays_the_consignors_and_posts_nothing(s: Scene) -> None:
    delivery = build.note(s.session, s.h, s.h.gauzes, ("REAGENT", 100))
    reagent = build.receive(s.session, s.h, delivery, build.scan(build.REAGENT_DI, lot="R1"))[0]
    before = s.session.scalar(select(func.count()).select_from(Posting))
    count_of(s, s.h.store, reagent, 103, Reason.FOUND)
    assert s.session.scalar(select(func.count()).select_from(Posting)) == before
    assert s.quantity(reagent) == 103
    assert s.last(reagent).to_owner_id == s.h.gauzes.id


def test_the_losses_of_a_count_are_owed_by_a_person_and_what_was_found_is_not(s: Scene) -> None:
    short, over = build.gauze(s.session, s.h), build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    for code, number in ((short, 46), (over, 52)):
        s.see(count, s.h.store, code, number)
    s.finish(count)
    s.recount(count)
    s.explain_all(count, Reason.LOST)
    done = s.approve(count, charged_to=s.h.keeper.code)
    assert (done.lost, done.charged, done.gained) == (Decimal(14), Decimal(14), Decimal(7))
    assert build.postings(s.session, "loss_charged_store") == [("1218", Decimal(14)), (DISPOSAL, Decimal(-14))]
    assert build.problems(s.session) == []


def test_an_adjustment_says_which_count_and_why(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 49)
    s.finish(count)
    s.settle(count, Reason.DAMAGED)
    movement = s.last(bulk)
    assert (movement.kind, movement.quantity, movement.document, movement.reason, movement.staff_id) == (
        "adjust", 1, count.code, "damaged", s.chief.id,
    )  # fmt: skip


def test_the_sheet_says_how_far_book_and_stock_agreed(s: Scene) -> None:
    bulk, stents = build.gauze(s.session, s.h), build.stents(s.session, s.h, 3, at=s.h.store)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 40)
    for stent in stents:
        s.see(count, s.h.store, stent)
    s.finish(count)
    s.settle(count)
    told = counting.sheet(s.session, count)
    assert (told.whole.lines, told.whole.matched, told.whole.by_line) == (4, 3, Decimal("75.00"))
    assert (told.whole.book_value, told.whole.lost, told.whole.gained) == (Decimal(25975), Decimal(35), Decimal(0))
    assert told.whole.by_value == Decimal("99.87")
    assert told.by_product == Decimal("50.00")
    assert [(one.product_class, one.by_line) for one in told.by_class] == [
        ("high_value", Decimal("100.00")), ("low_value", Decimal("0.00")),
    ]  # fmt: skip
    assert [(person.code, person.round, person.lines) for person in told.people] == [
        ("count-qa", "first", 4), ("count-fin", "recount", 1),
    ]  # fmt: skip


def test_the_sheet_of_a_count_stays_as_it_was_approved(s: Scene) -> None:
    bulk = build.gauze(s.session, s.h)
    count = s.plan(s.h.store)
    s.see(count, s.h.store, bulk, 49)
    s.finish(count)
    s.settle(count)
    before = counting.sheet(s.session, count).whole
    build.use(s.session, s.h, bulk, quantity=20, encounter=None, department="CARD")
    assert counting.sheet(s.session, count).whole == before
    (row,) = s.session.scalars(select(CountResult).where(CountResult.count_id == count.id))
    assert (row.book, row.counted, row.difference, row.adjusted, row.reason) == (50, 49, -1, -1, "lost")
