"""Proposals: what is there, coming, asked for and given out; levels by the formulas; packagings; accepted once."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ordering, policies, receiving
from spd.catalog import Agreement, Price, Product
from spd.core.occasion import Occasion
from spd.ordering import Order, Proposal
from spd.ordering.levels import Use, level
from spd.parties import Party
from spd.places import Location
from spd.stock import fixed_quantities
from tests import build
from tests.build import Hospital
from tests.licensing import papers
from tests.ordering import given as o
from tests.ordering.given import Buying


@pytest.fixture
def b(session: Session, h: Hospital) -> Buying:
    return o.buying(session, h)


def product_id(session: Session, code: str) -> int:
    return session.scalars(select(Product.id).where(Product.code == code)).one()


def fix(session: Session, b: Buying, place: Location, code: str, pack: int, lower: int, upper: int) -> None:
    one = fixed_quantities.Level(
        location_id=place.id, product_id=product_id(session, code), pack_quantity=pack, lower=lower, upper=upper
    )
    asked = fixed_quantities.ToSettle(occasion=build.occasion(b.chief), levels=[one], asked_by_id=b.buyer.id)
    fixed_quantities.settle(session, asked)


def proposed(session: Session, code: str = "GAUZE") -> Proposal | None:
    found = [one for one in ordering.propose(session, on=build.TODAY) if one.product == code]
    return found[0] if found else None


def test_a_store_with_a_fixed_quantity_is_brought_to_its_upper_limit(session: Session, b: Buying) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 300)
    build.gauze(session, b.h, 2)
    found = proposed(session)
    assert found is not None
    assert (found.basis, found.available, found.quantity, found.supplier) == ("fixed", 100, 200, "SUP-GAUZE")
    assert (found.amount, found.order_multiple) == (Decimal(700), 50)
    build.gauze(session, b.h, 1)
    assert proposed(session) is None
    assert build.problems(session) == []


def test_what_is_on_order_or_announced_is_not_ordered_again(session: Session, b: Buying) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 300)
    order = o.placed(session, b, ("GAUZE", 150))
    assert proposed(session) is None
    o.stepped(session, b, order, "submit", "approve", "send")
    assert proposed(session) is None
    ordering.answer(session, build.occasion(b.rep), order, [ordering.Confirmed(line=1, quantity=60)])
    found = proposed(session)
    assert found is not None
    assert (found.on_order, found.quantity) == (60, 250)
    ordering.decline(session, build.occasion(b.rep), order, reason="none")
    found = proposed(session)
    assert found is not None
    assert (found.on_order, found.quantity) == (0, 300)
    build.note(session, b.h, b.h.gauzes, ("GAUZE", 101))
    assert proposed(session) is None


def test_what_came_of_an_order_is_counted_once(session: Session, b: Buying) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 300)
    order = o.sent(session, b, ("GAUZE", 100))
    note = o.noted(session, b, order, ("GAUZE", 100))
    o.came(session, b, note, 60)
    found = proposed(session)
    assert found is not None
    assert (found.available, found.on_order, found.quantity) == (60, 40, 200)
    receiving.close_delivery(session, build.occasion(b.h.keeper), note.code, reason="short")
    ordering.decide(session, build.occasion(b.buyer), order, "close", reason="short")
    found = proposed(session)
    assert found is not None
    assert (found.available, found.on_order) == (60, 0)


def test_what_wards_are_short_of_is_ordered_for_them(session: Session, b: Buying) -> None:
    packs = build.packs(session, b.h, 2, 20)  # 40 boxes packed for the ward, 10 left in the store
    fix(session, b, b.h.ward, "GAUZE", 20, 1, 4)
    assert proposed(session) is None
    build.use(session, b.h, packs[0], encounter=None)
    found = proposed(session)
    assert found is not None
    assert (found.demand, found.available) == (60, 10)
    assert found.quantity >= 50


def test_a_tote_on_its_way_to_the_ward_is_no_demand_any_more(session: Session, b: Buying) -> None:
    from spd import replenishment

    packs = build.packs(session, b.h, 4, 20, at=b.h.store)
    fix(session, b, b.h.ward, "GAUZE", 20, 1, 4)
    found = proposed(session)
    assert found is None  # the store has what the ward is short of
    sent = replenishment.ToDispatch(occasion=build.occasion(b.h.keeper), items=packs[:2], to=b.h.ward.code)
    replenishment.dispatch(session, sent)
    found = proposed(session)
    assert found is None


def at(days: int, staff: object) -> Occasion:
    return build.occasion(staff, at=build.NOW - timedelta(days=days))  # type: ignore[arg-type]


def test_use_is_what_left_the_store_less_what_came_back(session: Session, b: Buying) -> None:
    from spd import packing, replenishment
    from spd.ordering import demand

    source = build.gauze(session, b.h, 4)
    made = packing.make_packs(
        session, packing.PacksAsked(occasion=at(4, b.h.keeper), sources=[source], quantity=20, count=4)
    )
    codes = [pack.code for pack in made.packs]
    for days, some in ((3, codes[:1]), (2, codes[1:4])):
        sent = replenishment.dispatch(
            session, replenishment.ToDispatch(occasion=at(days, b.h.keeper), items=some, to="CARD-W")
        )
        signing = replenishment.ToSign(occasion=at(days, b.h.nurse), dispatch=sent.code, location="CARD-W")
        replenishment.sign(session, signing)
    back = replenishment.ToTransfer(occasion=at(1, b.h.keeper), items=codes[:1], to="STORE")
    replenishment.transfer(session, back)
    use = demand.given_out(session, [b.h.store.id], on=build.TODAY, days=28)
    gauze = use[b.h.store.id, product_id(session, "GAUZE")]
    assert (gauze.total, gauze.squares) == (60, 400 + 3600 + 400)
    assert demand.given_out(session, [b.h.store.id], on=build.TODAY - timedelta(days=30), days=28) == {}


def test_levels_follow_the_formula_of_the_field() -> None:
    """Worked example: 18 a day, deviation 6, half a day's lead, a day between orders, 95 %."""
    days = 100
    squares = days * (6 * 6 + 18 * 18)
    found = level(Use(total=1800, squares=squares, days=days), "E", lead_days=0.5, review_days=1)
    assert found is not None
    assert (found.reorder_at, found.up_to) == (22, 40)  # 21.1 and 39.1, whole units


def test_what_is_used_rarely_is_reckoned_by_poisson_and_the_vital_is_never_none() -> None:
    rare = Use(total=1, squares=1, days=28)
    vital, desired = (level(rare, ved, lead_days=7, review_days=7) for ved in "VD")
    assert vital is not None
    assert desired is not None
    assert (vital.reorder_at, vital.up_to) == (2, 3)  # P(X<=2 | 0.5) = .986, P(X<=3 | 0.5) = .998
    assert (desired.reorder_at, desired.up_to) == (0, 1)  # P(X<=1 | 0.5) = .910
    assert level(Use(total=0, squares=0, days=28), "V", lead_days=7, review_days=7) is None


@given(
    st.lists(st.integers(0, 500), min_size=1, max_size=60), st.sampled_from("VED"), st.integers(0, 60),
    st.integers(1, 60),
)  # fmt: skip
def test_a_level_is_ordered_up_to_more_than_it_is_ordered_at(
    daily: list[int], ved: str, lead: int, review: int
) -> None:
    use = Use(total=sum(daily), squares=sum(day * day for day in daily), days=len(daily))
    found = level(use, ved, lead_days=lead, review_days=review)
    if not sum(daily):
        assert found is None
    else:
        assert found is not None
        assert 0 <= found.reorder_at < found.up_to
        assert found.reorder_at >= int(use.mean * lead) or use.mean < Decimal("0.2")


def test_the_supplier_with_an_agreement_comes_before_the_cheaper_one(session: Session, b: Buying) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 310)
    cheap = Party(code="SUP-CHEAP", kind="supplier", name="低价")
    session.add(cheap)
    session.flush()  # its number goes into its price
    gauze = product_id(session, "GAUZE")
    session.add(
        Price(
            product_id=gauze, supplier_id=cheap.id, unit_price=Decimal(3), settlement_mode="on_receipt",
            valid_from_on=date(2026, 1, 1),
        )
    )  # fmt: skip
    session.flush()
    found = proposed(session)
    assert found is not None
    assert (found.supplier, found.unit_price, found.quantity) == ("SUP-CHEAP", 3, 350)
    session.add(
        Agreement(
            supplier_id=b.h.gauzes.id, product_id=gauze, valid_from_on=date(2026, 1, 1), lead_days=3,
            min_order_quantity=400, order_multiple=120,
        )
    )  # fmt: skip
    session.flush()
    found = proposed(session)
    assert found is not None
    assert (found.supplier, found.lead_days, found.quantity) == ("SUP-GAUZE", 3, 480)
    assert found.wanted_on == build.TODAY + timedelta(days=3)


def test_lead_times_are_measured_from_past_orders(session: Session, b: Buying) -> None:
    from spd.ordering import demand

    order = o.stepped(session, b, o.placed(session, b, ("GAUZE", 100)), "submit", "approve")
    ordering.decide(session, at(9, b.buyer), order, "send")
    o.came(session, b, o.noted(session, b, order, ("GAUZE", 100)), 100)
    assert demand.lead_days_of(session) == {b.h.gauzes.id: 9}


@pytest.mark.parametrize(("values", "problem"), [({"admission": "pending"}, "not_admitted"), ({"retired": True}, None)])
def test_what_may_not_be_ordered_is_told_or_left_out(
    session: Session, b: Buying, values: dict[str, object], problem: str | None
) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 300)
    product = session.get_one(Product, product_id(session, "GAUZE"))
    for name, value in values.items():
        setattr(product, name, value)
    session.flush()
    found = proposed(session)
    assert (found.problem if found else None) == problem


def test_what_a_licence_stands_against_is_told(session: Session, b: Buying) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 300)
    fix(session, b, b.h.store, "STENT", 1, 2, 5)
    lapsed = {"party": b.h.gauzes, "valid_to_on": build.TODAY - timedelta(days=1)}
    papers.paper(session, b.h, "business", **lapsed)
    problems = {one.product: one.problem for one in ordering.propose(session, on=build.TODAY)}
    assert problems == {"GAUZE": "unlicensed", "STENT": ""}


def test_accepting_makes_an_order_for_each_supplier_once(session: Session, b: Buying) -> None:
    fix(session, b, b.h.store, "GAUZE", 1, 100, 300)
    fix(session, b, b.h.store, "STENT", 1, 2, 5)
    chosen = {one.key: one.quantity for one in ordering.propose(session, on=build.TODAY)}
    assert set(chosen) == {"STORE:GAUZE", "STORE:STENT"}
    occasion = build.occasion(b.buyer)
    orders = ordering.accept(session, occasion, chosen, suppliers={})
    assert [order.state for order in orders] == ["submitted", "submitted"]
    assert ordering.accept(session, occasion, chosen, suppliers={}) == orders
    assert len(session.scalars(select(Order)).all()) == 2
    (line,) = ordering.lines_of(session, [orders[0].id])[orders[0].id]
    assert '"basis": "fixed"' in line.reason
    assert ordering.propose(session, on=build.TODAY) == []
    with pytest.raises(ordering.NoLongerProposed):
        ordering.accept(session, build.occasion(b.buyer), {"STORE:GAUZE": 50}, suppliers={})


def test_the_policies_say_how_long_the_use_is_looked_back_on(session: Session, b: Buying) -> None:
    with pytest.raises(policies.BadPolicy):
        policies.settle(session, build.occasion(b.chief), "order.history_days", 0)
    assert policies.get(session, "order.history_days") == 28
