"""Orders: placed, approved by another person, sent, amended as a new version; the table of steps and nothing else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import licensing, ordering, policies
from spd.catalog import Agreement, NoPrice, Product, UnknownProduct
from spd.catalog.admitted import NotAdmitted
from spd.core.errors import Refusal
from spd.core.separation import SamePerson
from spd.ledger import KeyReused
from spd.ordering import Order, OrderLine, OrderState, OrderStep
from spd.parties import UnknownSupplier
from spd.places import UnknownLocation
from tests import build
from tests.build import Hospital
from tests.licensing import papers
from tests.ordering import given
from tests.ordering.given import Buying


@pytest.fixture
def b(session: Session, h: Hospital) -> Buying:
    return given.buying(session, h)


def product(session: Session, code: str) -> Product:
    return session.scalars(select(Product).where(Product.code == code)).one()


def test_an_order_keeps_the_price_and_settlement_of_its_day(session: Session, b: Buying) -> None:
    order = given.placed(session, b, ("GAUZE", 100), ("REAGENT", 200), wanted_on=given.SOON)
    gauze, reagent = ordering.lines_of(session, [order.id])[order.id]
    assert (gauze.unit_price, gauze.settlement_mode, gauze.wanted_on) == (Decimal("3.5"), "on_receipt", given.SOON)
    assert (reagent.line, reagent.amount) == (2, Decimal("66.66"))
    assert (order.state, order.version, order.code[:8]) == ("draft", 1, "PO260302")
    assert session.scalar(select(ordering.amount_of()).where(Order.id == order.id)) == Decimal("416.66")


def test_asking_twice_with_one_key_places_one_order(session: Session, b: Buying) -> None:
    asked = [given.to_order(b, ("GAUZE", 100)), given.to_order(b, ("STENT", 2), supplier="SUP-STENT")]
    occasion = build.occasion(b.buyer)
    first = ordering.place(session, occasion, asked, submit=True)
    assert ordering.place(session, occasion, asked, submit=True) == first
    assert len(session.scalars(select(Order)).all()) == 2
    other = build.occasion(b.buyer, key=occasion.request_key, said="another")
    with pytest.raises(KeyReused):
        ordering.place(session, other, asked)


@pytest.mark.parametrize(
    ("lines", "supplier", "refusal"),
    [
        ([], "SUP-GAUZE", ordering.NothingOrdered),
        ([("GAUZE", 1), ("GAUZE", 2)], "SUP-GAUZE", ordering.ProductTwice),
        ([("NOTHING", 1)], "SUP-GAUZE", UnknownProduct),
        ([("STENT", 1)], "SUP-GAUZE", NoPrice),
        ([("GAUZE", 1)], "SUP-NOBODY", UnknownSupplier),
    ],
)
def test_what_cannot_be_ordered_is_refused(
    session: Session, b: Buying, lines: list[tuple[str, int]], supplier: str, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        given.placed(session, b, *lines, supplier=supplier)


def test_goods_are_ordered_for_a_store(session: Session, b: Buying) -> None:
    asked = ordering.ToOrder(
        supplier="SUP-GAUZE", location="CARD-W", lines=[ordering.Wanted(product="GAUZE", quantity=1)]
    )
    with pytest.raises(UnknownLocation):
        ordering.place(session, build.occasion(b.buyer), [asked])


@pytest.mark.parametrize(
    ("values", "may"),
    [
        ({"admission": "pending"}, False),
        ({"admission": "refused"}, False),
        ({"retired": True}, False),
        ({"admission": "temporary"}, False),
        ({"admission": "temporary", "admitted_until_on": build.TODAY - timedelta(days=1)}, False),
        ({"admission": "temporary", "admitted_until_on": build.TODAY}, True),
    ],
)
def test_only_what_is_admitted_is_ordered(session: Session, b: Buying, values: dict[str, object], may: bool) -> None:
    for name, value in values.items():
        setattr(product(session, "GAUZE"), name, value)
    session.flush()
    if may:
        assert given.placed(session, b, ("GAUZE", 100)).state == "draft"
    else:
        with pytest.raises(NotAdmitted):
            given.placed(session, b, ("GAUZE", 100))


def test_what_is_no_longer_admitted_is_not_sent(session: Session, b: Buying) -> None:
    order = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), "submit", "approve")
    product(session, "GAUZE").admission = "refused"
    session.flush()
    with pytest.raises(NotAdmitted):
        given.stepped(session, b, order, "send")
    assert order.state == "approved"


def test_agreements_say_in_which_packaging_and_how_much_at_least(session: Session, b: Buying) -> None:
    gauze = product(session, "GAUZE")
    session.add(
        Agreement(
            supplier_id=b.h.gauzes.id, product_id=gauze.id, valid_from_on=build.TODAY, min_order_quantity=100,
            order_multiple=50,
        )
    )  # fmt: skip
    session.flush()
    with pytest.raises(ordering.BelowMinimum):
        given.placed(session, b, ("GAUZE", 50))
    with pytest.raises(ordering.NotWholePackaging) as refused:
        given.placed(session, b, ("GAUZE", 120))
    assert refused.value.facts["nearest"] == 150
    assert given.placed(session, b, ("GAUZE", 150)).state == "draft"


def test_what_a_licence_stands_against_is_neither_ordered_nor_sent(session: Session, b: Buying) -> None:
    order = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), "submit", "approve")
    lapsed = {"party": b.h.gauzes, "valid_to_on": build.TODAY - timedelta(days=1)}
    papers.paper(session, b.h, "business", **lapsed)
    with pytest.raises(licensing.Unlicensed):
        given.placed(session, b, ("GAUZE", 100))
    with pytest.raises(licensing.Unlicensed):
        given.stepped(session, b, order, "send")
    wanted = [licensing.Wanted(supplier_id=b.h.gauzes.id, product_id=product(session, "GAUZE").id)]
    asked = licensing.ask_override(session, build.occasion(b.buyer), wanted, act="order", reason="on its way")
    licensing.decide(session, build.occasion(b.chief), asked.id, allowed=True, reason="seen")
    assert given.stepped(session, b, order, "send").state == "sent"


@pytest.mark.parametrize("step", ["approve", "refuse"])
def test_who_placed_or_amended_an_order_does_not_decide_it(session: Session, b: Buying, step: str) -> None:
    order = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), "submit")
    with pytest.raises(SamePerson):
        ordering.decide(session, build.occasion(b.buyer), order, step, reason="x")
    ordering.amend(session, build.occasion(b.chief), order, given.to_order(b, ("GAUZE", 50)), reason="less")
    given.stepped(session, b, order, "submit")
    with pytest.raises(SamePerson):
        ordering.decide(session, build.occasion(b.chief), order, step, reason="x")
    assert order.state == "submitted"


def test_orders_below_the_value_of_the_policy_need_no_approval(session: Session, b: Buying) -> None:
    policies.settle(session, build.occasion(b.chief), "order.approval_value", 350)
    small = given.stepped(session, b, given.placed(session, b, ("GAUZE", 99)), "submit")
    large = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), "submit")
    assert (small.state, large.state) == ("approved", "submitted")


ALL = [state.value for state in OrderState]


@pytest.mark.parametrize("state", ALL)
@pytest.mark.parametrize("step", ["submit", "approve", "refuse", "send", "close", "cancel"])
def test_a_step_is_taken_from_where_it_begins_and_nowhere_else(
    session: Session, b: Buying, state: str, step: str
) -> None:
    may = {
        "submit": {"draft"}, "approve": {"submitted"}, "refuse": {"submitted"}, "send": {"approved"}, "close": {"sent"},
        "cancel": {"draft", "submitted", "approved", "refused", "sent"},
    }  # fmt: skip
    ways = {
        "draft": (), "submitted": ("submit",), "approved": ("submit", "approve"), "refused": ("submit", "refuse"),
        "sent": ("submit", "approve", "send"), "closed": ("submit", "approve", "send", "close"),
        "cancelled": ("cancel",),
    }  # fmt: skip
    order = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), *ways[state])
    assert order.state == state
    if state in may[step]:
        given.stepped(session, b, order, step)
        assert order.state != state
    else:
        with pytest.raises(ordering.NotThatStep):
            given.stepped(session, b, order, step)
        assert order.state == state


def test_a_step_asked_for_twice_is_taken_once(session: Session, b: Buying) -> None:
    order = given.placed(session, b, ("GAUZE", 100))
    occasion = build.occasion(b.buyer)
    for _ in range(2):
        assert ordering.decide(session, occasion, order, "submit").state == "submitted"
    taken = session.scalars(select(OrderStep.step).where(OrderStep.order_id == order.id).order_by(OrderStep.id))
    assert list(taken) == ["place", "submit"]


@pytest.mark.parametrize("step", ["refuse", "cancel"])
def test_who_refuses_or_cancels_says_why(session: Session, b: Buying, step: str) -> None:
    order = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), "submit")
    with pytest.raises(ordering.ReasonNeeded):
        ordering.decide(session, build.occasion(b.chief), order, step)


def test_an_amendment_is_a_new_version_and_the_earlier_is_kept(session: Session, b: Buying) -> None:
    order = given.sent(session, b, ("GAUZE", 100), ("REAGENT", 100))
    asked = given.to_order(b, ("REAGENT", 300))
    occasion = build.occasion(b.buyer)
    for _ in range(2):
        ordering.amend(session, occasion, order, asked, reason="no gauze")
    assert (order.state, order.version) == ("draft", 2)
    ordering.amend(session, build.occasion(b.buyer), order, given.to_order(b, ("GAUZE", 50)), reason="after all")
    rows = session.execute(
        select(OrderLine.version, OrderLine.line, OrderLine.quantity)
        .where(OrderLine.order_id == order.id)
        .order_by(OrderLine.id)
    )
    assert [tuple(row) for row in rows] == [(1, 1, 100), (1, 2, 100), (2, 2, 300), (3, 1, 50)]


def test_a_supplier_sees_its_orders_once_they_are_sent(session: Session, b: Buying) -> None:
    order = given.stepped(session, b, given.placed(session, b, ("GAUZE", 100)), "submit", "approve")
    mine, strangers = frozenset({b.h.gauzes.id}), frozenset({b.h.stents.id})
    for who in (mine, strangers, frozenset[int]()):
        with pytest.raises(ordering.UnknownOrder):
            ordering.get_order(session, order.code, suppliers=who)
    given.stepped(session, b, order, "send")
    assert ordering.get_order(session, order.label, suppliers=mine) is order
    with pytest.raises(ordering.UnknownOrder):
        ordering.get_order(session, order.code, suppliers=strangers)


def test_a_supplier_confirms_less_or_later_or_declines(session: Session, b: Buying) -> None:
    order = given.sent(session, b, ("GAUZE", 100), wanted_on=given.SOON)
    ordering.answer(session, build.occasion(b.rep), order, [])
    assert order.answer == "accepted"
    said = ordering.Confirmed(line=1, quantity=80, promised_on=given.SOON)
    ordering.answer(session, build.occasion(b.rep), order, [said])
    (line,) = ordering.lines_of(session, [order.id])[order.id]
    assert (order.answer, line.confirmed, line.promised_on) == ("changed", 80, given.SOON)
    with pytest.raises(ordering.MoreThanOrdered):
        ordering.answer(session, build.occasion(b.rep), order, [ordering.Confirmed(line=1, quantity=101)])
    with pytest.raises(ordering.ReasonNeeded):
        ordering.decline(session, build.occasion(b.rep), order, reason="")
    ordering.decline(session, build.occasion(b.rep), order, reason="out of production")
    assert (order.state, order.answer) == ("sent", "declined")
