"""An invoice: matched to what came or was used, its difference where the goods went, owed, paid; and proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import ledger, policies, settlement
from spd.catalog import Price
from spd.core.separation import SamePerson
from spd.ledger import Posting, open_period
from spd.parties import UnknownSupplier
from spd.settlement import invoices
from spd.settlement.invoices import (
    Chosen,
    Invoice,
    InvoiceMatch,
    InvoiceState,
    InvoiceVariance,
    MatchStatus,
    Payment,
    Way,
)
from tests import build
from tests.build import TODAY, Hospital
from tests.settlement.bills import booked, entered, entry, line, matched, paid, staff

D = Decimal


def used_of_400(session: Session, h: Hospital) -> None:
    """Four hundred at 2.50 came; 250 of them were used by cardiology, out of packs."""
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=D("2.50")))
    for code in build.packs(session, h, 5, quantity=80)[:3]:
        build.use(session, h, code, encounter=None)
    (fourth,) = session.execute(
        text("SELECT code FROM items WHERE kind = 'pack' AND state = 'available' ORDER BY id LIMIT 1")
    ).one()
    build.use(session, h, fourth, encounter=None, quantity=10)


def test_the_difference_is_split_between_what_is_there_and_what_was_used(session: Session, h: Hospital) -> None:
    """The worked figures of domain facts B3: 1,000.00 accrued, 15.00 on hand, 25.00 used, 1,040.00 billed."""
    used_of_400(session, h)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60")))
    assert list(invoices.statuses(session, invoice).values()) == [MatchStatus.AMOUNT]
    booked(session, invoice, reason="price of the new agreement")
    assert entry(session, "invoice") == [
        ("1302.09", D("15.00")), ("2302.01", D("1000.00")), ("2302.02", D("-1040.00")), ("5001.01", D("25.00")),
    ]  # fmt: skip
    (bears,) = session.scalars(select(InvoiceVariance.department_id).where(~InvoiceVariance.on_hand))
    assert bears == h.cardiology.id
    lying = [(one.on_hand, one.department, one.amount) for one in invoices.differences_lying(session, invoice)]
    assert lying == [(True, "", D("15.00")), (False, "CARD", D("25.00"))]
    assert build.problems(session) == []


def test_what_a_supplier_retired_since_is_owed_is_invoiced_and_paid(session: Session, h: Hospital) -> None:
    used_of_400(session, h)
    h.gauzes.retired = True
    session.flush()
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.50"))))
    assert paid(session, "SUP-GAUZE", invoice).amount == D("1000.00")
    with pytest.raises(UnknownSupplier):
        entered(session, "SUP-NONE", line("GAUZE", 1, "2.50"))
    assert build.problems(session) == []


def test_a_hospital_that_reverses_accruals_books_red_then_blue(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", "reverse")
    used_of_400(session, h)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60"))), reason="new price")
    assert entry(session, "accrual_red") == [("1302.09", D(-1000)), ("2302.01", D(1000))]
    assert entry(session, "invoice") == [("1302.09", D(1015)), ("2302.02", D(-1040)), ("5001.01", D(25))]
    assert build.balance(session, "1302.09") == 15
    assert build.problems(session) == []


def test_what_lay_on_goods_on_hand_follows_them_when_they_are_used(session: Session, h: Hospital) -> None:
    used_of_400(session, h)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60"))), reason="new price")
    left = text("SELECT code, quantity FROM items WHERE kind = 'pack' AND quantity > 0 ORDER BY id")
    for code, quantity in session.execute(left).all():
        build.use(session, h, code, encounter=None, quantity=quantity)
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 15
    assert (build.balance(session, "1302.09"), build.balance(session, "5001.01")) == (0, 1040)
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 0
    assert build.problems(session) == []


def test_a_use_undone_takes_its_difference_back_to_the_goods(session: Session, h: Hospital) -> None:
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=D("2.50")))
    code = build.packs(session, h, 1, quantity=50)[0]
    use = build.use(session, h, code, encounter=None)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "2.60"))), reason="new price")
    assert build.balance(session, "1302.09") == 0
    build.reverse(session, h, use.movement_id)
    assert invoices.release_variances(session, build.occasion(h.keeper)) == -5
    assert build.balance(session, "1302.09") == 5
    assert build.problems(session) == []


def test_a_consigned_use_bears_the_whole_difference(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    booked(session, matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8500"))), reason="rebate")
    assert entry(session, "invoice") == [("2302.01", D(8600)), ("2302.02", D(-8500)), ("5001.01", D(-100))]
    assert build.problems(session) == []


def test_an_invoice_before_its_goods_stands_in_transit_until_they_come(session: Session, h: Hospital) -> None:
    invoice = entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))
    with pytest.raises(invoices.NothingToMatch):
        matched(session, invoice)
    with pytest.raises(invoices.ReasonForDifference):
        booked(session, invoice)
    booked(session, invoice, reason="goods follow on Monday")
    assert entry(session, "invoice") == [("1301", D(175)), ("2302.02", D(-175))]
    build.gauze(session, h)
    matched(session, invoice)
    assert entry(session, "invoice_matched") == [("1301", D(-175)), ("2302.01", D(175))]
    assert list(invoices.statuses(session, invoice).values()) == [MatchStatus.MATCHED]
    assert build.problems(session) == []


def test_what_is_matched_once_booked_is_posted_by_another_and_with_a_reason(session: Session, h: Hospital) -> None:
    """Booked ahead of its goods at twice their price: matching posts the difference, as booking would."""
    invoice = booked(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "7.00")), reason="goods follow")
    build.gauze(session, h)
    clerk, chief = (build.occasion(staff(session, name)) for name in ("clerk", "chief"))
    with pytest.raises(SamePerson):
        invoices.match_invoice(session, clerk, invoice, reason="new price")
    with pytest.raises(invoices.ReasonForDifference), session.begin_nested():
        invoices.match_invoice(session, chief, invoice)
    session.refresh(invoice)
    invoices.match_invoice(session, chief, invoice, reason="new price")
    steps = session.scalars(select(invoices.InvoiceStep.reason).order_by(invoices.InvoiceStep.id)).all()
    assert (steps[-1], build.balance(session, "1302.09"), build.problems(session)) == ("new price", 175, [])


def test_several_receipts_are_on_one_invoice_and_one_receipt_on_several(session: Session, h: Hospital) -> None:
    for _ in range(3):
        build.gauze(session, h)
    first = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 120, "3.50")))
    second = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 30, "3.50"), number="F-2"))
    assert [one.quantity for one in invoices.matches_of(session, first)] == [50, 50, 20]
    assert [one.quantity for one in invoices.matches_of(session, second)] == [30]
    booked(session, first)
    booked(session, second)
    assert build.balance(session, "2302.01") == 0
    assert build.balance(session, "2302.02") == -525
    assert build.problems(session) == []


def test_a_line_for_more_than_came_is_a_difference_of_quantity(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 60, "3.50"), line("STENT", 1, "8600")))
    found = list(invoices.statuses(session, invoice).values())
    assert found == [MatchStatus.QUANTITY, MatchStatus.UNMATCHED]
    booked(session, invoice, reason="ten boxes are on their way")
    assert build.balance(session, "1301") == 35 + 8600
    assert build.problems(session) == []


def test_what_was_undone_is_netted_before_a_line_is_matched(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    use = build.use(session, h, codes[0])
    build.reverse(session, h, use.movement_id)
    build.use(session, h, codes[1])
    build.use(session, h, codes[2])
    invoice = matched(session, entered(session, "SUP-STENT", line("STENT", 2, "8600")))
    assert sorted(one.quantity for one in invoices.matches_of(session, invoice)) == [-1, 1, 1, 1]
    assert list(invoices.statuses(session, invoice).values()) == [MatchStatus.MATCHED]
    booked(session, invoice)
    assert (build.balance(session, "2302.01"), build.balance(session, "2302.02")) == (0, -17200)
    assert build.problems(session) == []


def test_a_red_invoice_takes_back_what_was_billed_and_is_offset_in_the_payment(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    uses = [build.use(session, h, code) for code in codes]
    blue = booked(session, matched(session, entered(session, "SUP-STENT", line("STENT", 2, "8600"))))
    build.reverse(session, h, uses[0].movement_id)
    red = matched(session, entered(session, "SUP-STENT", line("STENT", -1, "8600"), number="R-1"))
    booked(session, red)
    payment = paid(session, "SUP-STENT", blue, red)
    assert (payment.amount, blue.state, red.state) == (8600, "paid", "paid")
    assert build.balance(session, "2302.02") == 0
    assert build.problems(session) == []


def test_rounding_to_the_cent_is_posted(session: Session, h: Hospital) -> None:
    session.execute(update(Price).where(Price.product_id == 1).values(unit_price=D("0.3333")))
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    invoice = matched(session, entered(session, "SUP-STENT", line("STENT", 2, None, amount=D("0.67"))))
    assert list(invoices.statuses(session, invoice).values()) == [MatchStatus.MATCHED]
    booked(session, invoice)
    assert entry(session, "invoice") == [("2302.01", D("0.6666")), ("2302.02", D("-0.67")), ("5001.01", D("0.0034"))]
    assert build.problems(session) == []


def test_no_money_moves_before_another_person_books_it(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50")))
    assert build.balance(session, "2302.02") == 0
    with pytest.raises(SamePerson):
        invoices.book(session, build.occasion(staff(session, "clerk")), invoice)
    booked(session, invoice)
    assert build.balance(session, "2302.02") == -175


@pytest.mark.parametrize(
    ("way", "fund", "budget"),
    [(Way.BANK, "1002", "8001"), (Way.QUOTA, "1011", "8001"), (Way.INSURER, "1212", "6101")],
)
def test_a_payment_has_its_budget_side(session: Session, h: Hospital, way: Way, fund: str, budget: str) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    paid(session, "SUP-GAUZE", invoice, way=way)
    due = [(fund, D(-175)), ("2302.02", D(175)), (budget, D(-175)), ("7201", D(175))]
    assert entry(session, f"pay_{way.value}") == sorted(due)
    assert invoice.state == InvoiceState.PAID
    assert build.problems(session) == []


def test_what_was_paid_ahead_pays_an_invoice_and_no_more(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    paid(session, "SUP-GAUZE", way=Way.AHEAD, amount=D(100), parts={})
    with pytest.raises(invoices.NotEnoughAhead):
        paid(session, "SUP-GAUZE", invoice, way=Way.FROM_AHEAD)
    paid(session, "SUP-GAUZE", way=Way.FROM_AHEAD, parts={invoice.code: D(100)})
    assert (invoice.open, invoice.state) == (75, "booked")
    assert (build.balance(session, "1214"), build.balance(session, "7201")) == (0, 100)
    paid(session, "SUP-GAUZE", invoice)
    assert (invoice.open, invoice.state, build.balance(session, "7201")) == (0, "paid", 175)
    assert build.problems(session) == []


def test_who_booked_it_does_not_pay_it_and_nobody_pays_more_than_is_open(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    with pytest.raises(SamePerson):
        paid(session, "SUP-GAUZE", invoice, occasion=build.occasion(staff(session, "chief")))
    for part in (D(176), D(-1), D(0), D("0.001")):
        with pytest.raises(invoices.BadPayment):
            paid(session, "SUP-GAUZE", parts={invoice.code: part})
    paid(session, "SUP-GAUZE", invoice)
    with pytest.raises(invoices.NotThatInvoiceStep):
        paid(session, "SUP-GAUZE", invoice)


def test_one_supplier_is_not_paid_for_anothers_invoice(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    with pytest.raises(invoices.BadPayment):
        paid(session, "SUP-STENT", invoice)


def test_a_number_is_on_record_once_unless_it_was_withdrawn(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    first = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50")))
    with pytest.raises(invoices.InvoiceTaken):
        entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))
    invoices.withdraw_invoice(session, build.occasion(staff(session, "clerk")), first, reason="typed wrong")
    again = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50")))
    assert (first.state, len(invoices.matches_of(session, again))) == ("withdrawn", 1)
    assert build.problems(session) == []


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (line("GAUZE", 0, "1"),),
        (line("GAUZE", 1),),
        (line("GAUZE", 2, "3.50", amount=D("7.50")),),
        (line("GAUZE", 2, None, amount=D("7.001")),),
        (line("GAUZE", 2, "3.50"), line("GAUZE", -1, "3.50")),
    ],
)
def test_an_invoice_that_does_not_add_up_is_refused(session: Session, h: Hospital, lines: Any) -> None:
    with pytest.raises(invoices.BadInvoice):
        entered(session, "SUP-GAUZE", *lines)


def test_the_first_of_two_invoices_is_asked_for_where_the_hospital_wants_it(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "invoice.first_number", "require")
    with pytest.raises(invoices.FirstInvoiceMissing):
        entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"))
    assert entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"), first_number="M-9").first_number == "M-9"


def test_it_falls_due_by_the_hospitals_payment_days(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "invoice.payment_days", 60)
    one = entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"), received_on=date(2026, 3, 1))
    other = entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"), number="F-2", due_on=TODAY)
    assert (one.due_on, other.due_on) == (date(2026, 4, 30), TODAY)


@pytest.mark.parametrize(("quantity", "other"), [(51, 0), (0, 0), (-1, 0), (10, 1)])
def test_no_more_is_matched_than_there_is_and_nothing_of_others(
    session: Session, h: Hospital, quantity: int, other: int
) -> None:
    build.gauze(session, h)
    build.use(session, h, build.stents(session, h)[0])
    mine, theirs = (
        session.scalars(select(Posting.id).where(Posting.party_id == party.id)).one() for party in (h.gauzes, h.stents)
    )
    invoice = entered(session, "SUP-GAUZE", line("GAUZE", 100, "3.50"))
    with pytest.raises(invoices.MatchTooMuch):
        matched(session, invoice, Chosen(line=1, posting_id=theirs if other else mine, quantity=quantity))


def test_a_line_is_matched_to_no_more_than_it_says(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    mine = session.scalars(select(Posting.id).where(Posting.party_id == h.gauzes.id)).one()
    invoice = entered(session, "SUP-GAUZE", line("GAUZE", 10, "3.50"))
    with pytest.raises(invoices.MatchTooMuch):
        matched(session, invoice, Chosen(line=1, posting_id=mine, quantity=11))


def test_what_is_on_a_statement_waits_for_the_supplier_to_confirm_it(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    (statement,) = settlement.draft(session, build.occasion(staff(session, "clerk")), period="2026-03")
    invoice = entered(session, "SUP-STENT", line("STENT", 1, "8600"))
    with pytest.raises(invoices.NothingToMatch):
        matched(session, invoice)
    for step in ("approve", "send", "confirm"):
        settlement.decide(session, build.occasion(staff(session, "chief")), statement, step)
    booked(session, matched(session, invoice))
    session.refresh(statement)
    assert statement.state == "invoiced"
    paid(session, "SUP-STENT", invoice)
    session.refresh(statement)
    assert statement.state == "paid"
    steps = session.scalars(select(settlement.StatementStep.step).order_by(settlement.StatementStep.id)).all()
    assert steps == ["draft", "approve", "send", "confirm", "invoice", "pay"]
    assert build.problems(session) == []


def test_a_statement_is_invoiced_by_the_last_of_its_invoices(session: Session, h: Hospital) -> None:
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    (statement,) = settlement.draft(session, build.occasion(staff(session, "clerk")), period="2026-03")
    for step in ("approve", "send", "confirm"):
        settlement.decide(session, build.occasion(staff(session, "chief")), statement, step)
    booked(session, matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8600"))))
    session.refresh(statement)
    assert statement.state == "confirmed"
    settlement.decide(session, build.occasion(staff(session, "boss")), statement, "invoice", reason="F-2")
    assert statement.state == "invoiced"
    assert build.balance(session, "2302.02") == -17200
    settlement.decide(session, build.occasion(staff(session, "cashier")), statement, "pay", reason="P-1")
    assert (statement.state, build.balance(session, "2302.02")) == ("paid", 0)
    assert build.problems(session) == []


def test_a_statement_is_invoiced_and_paid_by_what_is_booked_alone(session: Session, h: Hospital) -> None:
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    (statement,) = settlement.draft(session, build.occasion(staff(session, "clerk")), period="2026-03")

    def take(step: str, number: str = "") -> None:
        who = build.occasion(staff(session, "cashier" if step == "pay" else "chief"))
        settlement.decide(session, who, statement, step, reason=number)

    for step in ("approve", "send", "confirm"):
        take(step)
    waiting = matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8600")))
    take("invoice", "F-2")  # the other line
    with pytest.raises(invoices.NotBookedYet, match=waiting.code), session.begin_nested():
        take("invoice", "F-3")
    assert (statement.state, build.balance(session, "2302.02"), build.problems(session)) == ("confirmed", -8600, [])
    for state in ("invoiced", "paid"):
        planted = update(settlement.Statement).values(state=state)
        session.execute(planted)
        told = {one.says.split(", ")[1] for one in build.problems(session)}
        assert told > {"and not all of it is on booked invoices"}
    session.execute(update(settlement.Statement).values(state="confirmed"))
    session.refresh(statement)
    booked(session, waiting)
    session.refresh(statement)
    assert statement.state == "invoiced"
    take("pay", "P-1")
    assert (statement.state, build.balance(session, "1002"), build.problems(session)) == ("paid", -17200, [])


def test_what_is_invoiced_without_a_statement_comes_on_none(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    with pytest.raises(settlement.NothingToSettle):
        settlement.draft(session, build.occasion(staff(session, "clerk")), period="2026-03", supplier="SUP-GAUZE")


def test_asked_twice_with_one_key_it_is_done_once(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    clerk, chief, cashier = (build.occasion(staff(session, name)) for name in ("clerk", "chief", "cashier"))
    for _ in range(2):
        invoice = entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"), occasion=clerk)
    matching = build.occasion(staff(session, "clerk"))
    for _ in range(2):
        invoices.match_invoice(session, matching, invoice)
    for _ in range(2):
        invoices.book(session, chief, invoice)
    for _ in range(2):
        payment = paid(session, "SUP-GAUZE", invoice, occasion=cashier)
    assert len(session.scalars(select(Invoice)).all()) == len(session.scalars(select(Payment)).all()) == 1
    assert payment.amount == 175
    with pytest.raises(ledger.KeyReused):
        paid(session, "SUP-GAUZE", invoice, occasion=replace(cashier, content=b"other"))
    assert build.problems(session) == []


def test_what_comes_late_goes_to_the_month_that_is_open(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50")))
    april = build.NOW + timedelta(days=31)
    ledger.close_period(session, build.occasion(h.keeper, at=april), "2026-03")
    session.flush()
    booked(session, invoice)
    assert {v["period"] for v in ledger.find_vouchers(session, "invoice", invoice.id)} == {"2026-04"}
    assert open_period(TODAY, "2026-03") == "2026-04"
    assert build.problems(session) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoice_matches SET quantity = 1",
        "DELETE FROM invoice_matches",
        "UPDATE invoice_lines SET amount = 1",
        "DELETE FROM invoice_steps",
        "UPDATE invoice_variances SET amount = 1",
        "UPDATE payments SET amount = 1",
        "DELETE FROM payment_parts",
        "UPDATE document_entries SET reason = 'x'",
        "DELETE FROM document_entries",
    ],
)
def test_the_database_keeps_what_is_booked_and_paid(session: Session, h: Hospital, change: str) -> None:
    build.gauze(session, h)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60")))
    booked(session, invoice, reason="x")
    paid(session, "SUP-GAUZE", invoice)
    with pytest.raises(DBAPIError, match=r"frozen|append-only"), session.begin_nested():
        session.execute(text(change))


def _everything(session: Session) -> list[str]:
    session.expire_all()
    return [problem.says for problem in build.problems(session) if problem.check == "invoices"]


@pytest.mark.parametrize(
    ("model", "planted"),
    [
        (Invoice, {"total": D(1)}),
        (Invoice, {"paid": D(1)}),
        (Invoice, {"state": "booked"}),
        (Invoice, {"state": "withdrawn"}),
    ],
)
def test_the_proof_finds_an_invoice_that_is_not_what_was_posted(
    session: Session, h: Hospital, model: Any, planted: dict[str, Any]
) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    paid(session, "SUP-GAUZE", invoice)
    assert _everything(session) == []
    session.execute(update(model).values(**planted))
    assert _everything(session)


@pytest.mark.parametrize("planted", [{"quantity": 60}, {"accrued": D(1)}, {"billed": D(1)}])
def test_the_proof_finds_a_match_that_is_not_what_was_posted(
    session: Session, h: Hospital, planted: dict[str, Any]
) -> None:
    build.gauze(session, h)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50")))
    (kept,) = invoices.matches_of(session, invoice)
    row = {column.name: getattr(kept, column.name) for column in InvoiceMatch.__table__.columns}
    booked(session, invoice)
    other = entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"), number="F-2")
    assert _everything(session) == []
    of_other = invoices.lines_of(session, other)[0].id
    session.execute(insert(InvoiceMatch).values(row | {"id": row["id"] + 1, "line_id": of_other} | planted))
    booked_too = update(Invoice).where(Invoice.id == other.id).values(state="booked")
    session.execute(booked_too)
    assert _everything(session)


def test_a_list_of_invoices_says_what_each_comes_to_as_its_page_does(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 4)
    one = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50")))
    other = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60"), number="F-2"))
    part = matched(
        session, entered(session, "SUP-GAUZE", line("GAUZE", 10, "3.50"), line("SCREW", 1, "9"), number="F-3")
    )
    none = entered(session, "SUP-GAUZE", line("SCREW", 1, "9"), number="F-4")
    more = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 500, "3.50"), number="F-5"))
    found = dict(session.execute(select(Invoice.id, invoices.verdict_seen(session))).all())
    for invoice in (one, other, part, none, more):
        assert found[invoice.id] == invoices.worst(list(invoices.statuses(session, invoice).values()))
    assert [found[each.id] for each in (one, other, part, none, more)] == [
        "matched", "amount", "quantity", "unmatched", "quantity",
    ]  # fmt: skip
