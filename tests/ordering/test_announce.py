"""Notes of orders: never more than is open, the most ever stated kept, cases and invoices, who may receive."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import own
from spd import ordering, receiving
from spd.core.errors import Refusal
from spd.ordering import Order
from spd.receiving import AnnouncedLine, AnnouncedPackage
from tests import build
from tests.build import Hospital
from tests.ordering import given as o
from tests.ordering.given import Buying

SSCC = "006141411234567890"
OTHER_SSCC = "006141411234567906"


@pytest.fixture
def b(session: Session, h: Hospital) -> Buying:
    return o.buying(session, h)


def line(session: Session, order: Order) -> ordering.LineProgress:
    return ordering.lines_of(session, [order.id])[order.id][0]


def shown(session: Session, order: Order) -> str:
    """What the order is shown as, said both ways."""
    told = session.scalar(select(ordering.progress_of()).where(Order.id == order.id))
    assert told == ordering.shown_as(order, ordering.lines_of(session, [order.id])[order.id])
    return str(told)


def test_an_order_is_delivered_by_what_came_of_its_notes(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    first = o.noted(session, b, order, ("GAUZE", 60))
    assert (line(session, order).announced, line(session, order).received, shown(session, order)) == (60, 0, "sent")
    o.came(session, b, first, 60)
    assert (line(session, order).received, shown(session, order)) == (60, "partly_delivered")
    second = o.noted(session, b, order, ("GAUZE", 40), code="DN-2")
    o.came(session, b, second, 40)
    assert (line(session, order).missing, shown(session, order)) == (0, "delivered")
    assert build.problems(session) == []


def test_a_note_states_no_more_than_is_open(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    o.noted(session, b, order, ("GAUZE", 60))
    with pytest.raises(ordering.MoreThanOpen) as refused:
        o.noted(session, b, order, ("GAUZE", 41), code="DN-2")
    assert refused.value.facts["open"] == 40
    with pytest.raises(ordering.MoreThanOpen):
        o.noted(session, b, order, ("GAUZE", 20), ("GAUZE", 21), code="DN-2")
    o.noted(session, b, order, ("GAUZE", 40), code="DN-2")


def test_an_order_may_allow_more_than_it_asks_for(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100), over_percent=5)
    with pytest.raises(ordering.MoreThanOpen):
        o.noted(session, b, order, ("GAUZE", 106))
    o.noted(session, b, order, ("GAUZE", 105))


def test_what_a_closed_note_left_out_is_open_again(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    note = o.noted(session, b, order, ("GAUZE", 100))
    o.came(session, b, note, 30)
    receiving.close_delivery(session, build.occasion(b.h.keeper), note.code, reason="70 missing")
    assert line(session, order).announced == 30
    o.noted(session, b, order, ("GAUZE", 70), code="DN-2")


def test_the_same_note_again_is_answered_and_another_under_its_number_refused(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    said = o.note_of(b, order, ("GAUZE", 100), slip_number="SX-1", invoices=["F-1", "F-2"])
    mine = frozenset({b.h.gauzes.id})
    first, known = ordering.announce(session, said, suppliers=mine)
    assert not known
    assert ordering.announce(session, said, suppliers=mine) == (first, True)
    with pytest.raises(receiving.NoteKnown):
        ordering.announce(session, o.note_of(b, order, ("GAUZE", 99)), suppliers=mine)


@pytest.mark.parametrize("steps", [(), ("submit",), ("submit", "approve"), ("submit", "approve", "send", "close")])
def test_nothing_is_announced_of_an_order_that_is_not_open(session: Session, b: Buying, steps: tuple[str, ...]) -> None:
    order = o.stepped(session, b, o.placed(session, b, ("GAUZE", 100)), *steps)
    with pytest.raises(ordering.OrderNotOpen):
        o.noted(session, b, order, ("GAUZE", 1))


def test_nothing_is_announced_of_an_order_declined_or_being_amended(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    ordering.decline(session, build.occasion(b.rep), order, reason="none left")
    with pytest.raises(ordering.OrderNotOpen):
        o.noted(session, b, order, ("GAUZE", 1))
    ordering.amend(session, build.occasion(b.buyer), order, o.to_order(b, ("GAUZE", 50)), reason="half")
    with pytest.raises(ordering.OrderNotOpen):
        o.noted(session, b, order, ("GAUZE", 1))
    o.stepped(session, b, order, "submit", "approve", "send")
    o.noted(session, b, order, ("GAUZE", 50))


def test_an_amended_order_asks_for_no_less_than_was_announced_and_keeps_what_came(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100), ("REAGENT", 100))
    o.came(session, b, o.noted(session, b, order, ("GAUZE", 60)), 60)
    for lines in ([("GAUZE", 59)], [("REAGENT", 100)]):
        with pytest.raises(ordering.BelowAnnounced):
            ordering.amend(session, build.occasion(b.buyer), order, o.to_order(b, *lines), reason="x")
    ordering.amend(session, build.occasion(b.buyer), order, o.to_order(b, ("GAUZE", 60)), reason="x")
    o.stepped(session, b, order, "submit", "approve", "send")
    assert (line(session, order).received, shown(session, order)) == (60, "delivered")


def test_an_order_whose_goods_are_on_their_way_is_closed_not_cancelled(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    o.noted(session, b, order, ("GAUZE", 60))
    with pytest.raises(ordering.AlreadyAnnounced):
        o.stepped(session, b, order, "cancel")
    with pytest.raises(ordering.ReasonNeeded):
        ordering.decide(session, build.occasion(b.buyer), order, "close")
    assert o.stepped(session, b, order, "close").state == "closed"


def test_a_supplier_speaks_for_itself_at_the_price_agreed(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("STENT", 2), supplier="SUP-STENT")
    with pytest.raises(ordering.UnknownOrder):
        o.noted(session, b, order, ("GAUZE", 1))
    stranger = frozenset({b.h.stents.id})
    with pytest.raises(ordering.NotYourSupplier):
        ordering.announce(session, o.note_of(b, None, ("GAUZE", 1)), suppliers=stranger)
    dear = receiving.Announced(
        occasion=build.occasion(b.rep), code="DN-9", supplier="SUP-GAUZE",
        lines=[AnnouncedLine(product="GAUZE", quantity=1, unit_price=build.Decimal("35"))],
    )  # fmt: skip
    with pytest.raises(ordering.PriceNotAgreed):
        ordering.announce(session, dear, suppliers=frozenset({b.h.gauzes.id}))
    assert ordering.announce(session, dear)[0].lines[0].unit_price == 35  # the hospital may


def test_a_product_that_is_not_on_the_order_is_not_announced_of_it(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    with pytest.raises(ordering.NotOnOrder):
        o.noted(session, b, order, ("REAGENT", 1))


def test_a_note_is_amended_until_something_came_and_remembers_the_most_it_stated(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    o.noted(session, b, order, ("GAUZE", 100))
    mine = frozenset({b.h.gauzes.id})
    for quantity in (40, 60):
        delivery = ordering.amend_note(session, o.note_of(b, order, ("GAUZE", quantity)), suppliers=mine)
    assert [(row.quantity, row.largest_quantity) for row in delivery.lines] == [(60, 100)]
    assert (delivery.version, line(session, order).announced) == (3, 60)
    again = ordering.amend_note(session, o.note_of(b, order, ("GAUZE", 60), lot="L2"), suppliers=mine)
    back = ordering.amend_note(session, o.note_of(b, order, ("GAUZE", 1)), suppliers=mine)
    assert again is back
    assert [(row.quantity, row.largest_quantity) for row in back.lines] == [(1, 100)]
    with pytest.raises(ordering.MoreThanOpen):
        ordering.amend_note(session, o.note_of(b, order, ("GAUZE", 101)), suppliers=mine)
    with pytest.raises(receiving.UnknownDelivery):
        ordering.amend_note(session, o.note_of(b, order, ("GAUZE", 1)), suppliers=frozenset({b.h.stents.id}))
    o.came(session, b, delivery, 1)
    with pytest.raises(receiving.NoteReceived):
        ordering.amend_note(session, o.note_of(b, order, ("GAUZE", 60)), suppliers=mine)


def test_amending_twice_with_one_key_amends_once(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    o.noted(session, b, order, ("GAUZE", 100))
    said = o.note_of(b, order, ("GAUZE", 40))
    assert ordering.amend_note(session, said).version == 2
    assert ordering.amend_note(session, said).version == 2


def test_more_than_two_invoices_between_maker_and_hospital_are_flagged(session: Session, b: Buying) -> None:
    two = o.noted(session, b, None, ("GAUZE", 1), invoices=["F-1", "F-2"], slip_number="SX-1")
    three = o.noted(session, b, None, ("GAUZE", 1), code="DN-2", invoices=["F-1", "F-2", "F-3"])
    assert (two.invoices, two.slip_number, ordering.chain_flagged(two)) == (["F-1", "F-2"], "SX-1", False)
    assert ordering.chain_flagged(three)


def test_the_cases_of_a_note_say_what_is_in_them(session: Session, b: Buying) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    delivery = o.noted(
        session, b, order, ("GAUZE", 100),
        packages=[
            AnnouncedPackage(sscc=SSCC),
            AnnouncedPackage(sscc=OTHER_SSCC, line=1, quantity=50, inside=SSCC),
            AnnouncedPackage(line=1, quantity=50, inside=SSCC),
        ],
    )  # fmt: skip
    pallet, case, ours = receiving.packages_of(session, delivery)
    assert (pallet.quantity, pallet.delivery_line_id, case.parent_id, ours.parent_id) == (0, None, pallet.id, pallet.id)
    assert (case.lot, case.quantity, case.delivery_line_id) == ("L1", 50, delivery.lines[0].id)
    assert own.is_own(ours.sscc or "")


def test_serials_in_a_case_come_with_the_code_of_one_piece(session: Session, b: Buying) -> None:
    said = receiving.Announced(
        occasion=build.occasion(b.rep), code="DN-1", supplier="SUP-STENT",
        lines=[AnnouncedLine(product="STENT", quantity=2, lot="L1")],
        packages=[AnnouncedPackage(line=1, quantity=2, serials=["S1", "S2"])],
    )  # fmt: skip
    (case,) = receiving.packages_of(session, ordering.announce(session, said)[0])
    assert (case.serial_list, case.di) == (["S1", "S2"], build.STENT_DI)


@pytest.mark.parametrize(
    "packages",
    [
        [AnnouncedPackage(line=2, quantity=1)],
        [AnnouncedPackage(line=1, quantity=0)],
        [AnnouncedPackage(line=0, quantity=5)],
        [AnnouncedPackage(line=1, quantity=101)],
        [AnnouncedPackage(line=1, quantity=60), AnnouncedPackage(line=1, quantity=41)],
        [AnnouncedPackage(line=1, quantity=2, serials=["S1"])],
        [AnnouncedPackage(line=1, quantity=2, serials=["S1", "S1"])],
        [AnnouncedPackage(line=1, quantity=1, serials=["S1"])] * 2,
        [AnnouncedPackage(sscc=SSCC, line=1, quantity=1)] * 2,
        [AnnouncedPackage(sscc="006141411234567891", line=1, quantity=1)],
        [AnnouncedPackage(line=1, quantity=1, inside=SSCC)],
        [AnnouncedPackage(sscc=SSCC, line=1, quantity=1, inside=SSCC)],
    ],
)
def test_cases_that_do_not_agree_with_the_note_are_refused(
    session: Session, b: Buying, packages: list[AnnouncedPackage]
) -> None:
    with pytest.raises(receiving.PackageWrong):
        o.noted(session, b, None, ("GAUZE", 100), packages=packages)


def test_a_code_of_a_case_is_on_one_open_note(session: Session, b: Buying) -> None:
    packages = [AnnouncedPackage(sscc=SSCC, line=1, quantity=1)]
    first = o.noted(session, b, None, ("GAUZE", 1), packages=packages)
    with pytest.raises(receiving.SsccTaken):
        o.noted(session, b, None, ("GAUZE", 1), packages=packages, code="DN-2")
    receiving.close_delivery(session, build.occasion(b.h.keeper), first.code, reason="lost")
    o.noted(session, b, None, ("GAUZE", 1), packages=packages, code="DN-3")


@pytest.mark.parametrize("who", ["buyer", "chief"])
def test_who_placed_or_approved_an_order_does_not_receive_it(session: Session, b: Buying, who: str) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    delivery = o.noted(session, b, order, ("GAUZE", 100))
    for code in (delivery.code, delivery.label):
        with pytest.raises(ordering.BuyerReceives):
            ordering.refuse_buyer_receives(session, code, getattr(b, who).id)
    ordering.refuse_buyer_receives(session, delivery.code, b.h.keeper.id)
    ordering.refuse_buyer_receives(session, "unknown", b.buyer.id)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["note", "amend", "come", "close"]), st.integers(1, 80)), max_size=12))
def test_whatever_is_announced_never_exceeds_the_order(
    session: Session, b: Buying, story: list[tuple[str, int]]
) -> None:
    order = o.sent(session, b, ("GAUZE", 100))
    notes: list[receiving.Delivery] = []
    for number, (what, quantity) in enumerate(story):
        try:
            with session.begin_nested():
                if what == "note":
                    notes.append(o.noted(session, b, order, ("GAUZE", quantity), code=f"{order.code}-{number}"))
                elif notes and what == "amend":
                    ordering.amend_note(session, o.note_of(b, order, ("GAUZE", quantity), code=notes[-1].code))
                elif notes and what == "come":
                    o.came(session, b, notes[-1], quantity, lot="L1")
                elif notes:
                    receiving.close_delivery(session, build.occasion(b.h.keeper), notes[-1].code, reason="x")
        except Refusal:
            session.expire_all()
        told = line(session, order)
        assert told.received <= told.announced <= 100
