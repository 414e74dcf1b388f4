"""Matches of a booked invoice taken back: in red, with a reason, by another, and never of what is paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from spd import ledger, policies, settlement
from spd.catalog import Price
from spd.catalog.changes import change_product
from spd.core.separation import SamePerson
from spd.ledger import DocumentEntry, EntryRow, Posting
from spd.ordering.scorecard import scorecards
from spd.places import Department
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, Payment, Way
from spd.settlement.parts import parts_of
from tests import build
from tests.build import TODAY, Hospital
from tests.settlement.bills import booked, entered, entry, line, matched, paid, staff
from tests.settlement.test_ageing import goods, papers
from tests.settlement.test_invoices import used_of_400
from tests.settlement.test_statements import drawn, taken

D = Decimal


def undone(session: Session, invoice: Invoice, *, by: str = "auditor", reason: str = "wrong goods") -> Invoice:
    return invoices.unmatch(session, build.occasion(staff(session, by)), invoice, reason=reason)


def unpaid(session: Session, payment: Payment, **said: Any) -> Payment:
    return invoices.reverse_payment(
        session, build.occasion(staff(session, "boss"), **said), payment, reason="wrong bank"
    )


def put_into(session: Session, department: Department, cost_class: str) -> None:
    department.cost_class = cost_class
    session.flush()  # read by the database alone


def stands(session: Session) -> dict[tuple[Any, ...], Decimal]:
    """The journal by account, party, department and class, without what comes to nothing."""
    key = (Posting.account, Posting.party_id, Posting.department_id, Posting.product_class)
    query = select(*key, func.sum(Posting.amount)).group_by(*key)
    return {tuple(row)[:4]: row[4] for row in session.execute(query) if row[4]}


@pytest.mark.parametrize("policy", ["keep", "reverse"])
def test_what_was_posted_comes_to_nothing_and_ageing_is_as_it_was(session: Session, h: Hospital, policy: str) -> None:
    policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", policy)
    used_of_400(session, h)
    invoice = booked(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60")), reason="goods to follow")
    before, waiting, ahead = stands(session), goods(session), papers(session)
    owed = invoices.aged_payables(session, TODAY)
    matched(session, invoice)
    assert (goods(session), papers(session)) == ([], [])
    change_product(session, build.occasion(h.keeper), "GAUZE", {"product_class": "reagent"}, moved=True)
    undone(session, invoice)
    assert (stands(session), goods(session), papers(session)) == (before, waiting, ahead)
    assert invoices.aged_payables(session, TODAY) == owed
    assert set(invoices.statuses(session, invoice).values()) == {invoices.MatchStatus.UNMATCHED}
    why = select(DocumentEntry.reason).order_by(DocumentEntry.id.desc()).limit(1)
    assert session.scalar(why) == "wrong goods"
    assert build.problems(session) == []


def test_it_is_matched_anew_and_the_journal_is_as_after_the_first_match(session: Session, h: Hospital) -> None:
    used_of_400(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60"))), reason="x")
    first = stands(session)
    undone(session, invoice)
    matched(session, invoice)
    assert stands(session) == first
    (card,) = [one for one in scorecards(session, TODAY, TODAY) if one.supplier == "SUP-GAUZE"]
    assert (card.billed_lines, card.difference) == (len(invoices.matches_of(session, invoice)), 40)
    assert build.problems(session) == []


def test_a_difference_that_followed_its_goods_comes_back_from_where_it_lies(session: Session, h: Hospital) -> None:
    used_of_400(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60"))), reason="x")
    left = text("SELECT code, quantity FROM items WHERE kind = 'pack' AND quantity > 0 ORDER BY id")
    for code, quantity in session.execute(left).all():
        build.use(session, h, code, encounter=None, quantity=quantity)
    invoices.release_variances(session, build.occasion(h.keeper))
    undone(session, invoice)
    assert (build.balance(session, "1302.09"), build.balance(session, "5001.01")) == (0, 1000)
    assert entry(session, "invoice_unmatched") == [("1301", D(1040)), ("2302.01", D(-1000)), ("5001.01", D(-40))]
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 0
    assert build.problems(session) == []


def test_a_difference_comes_off_the_accounts_that_bear_it_whatever_class_its_department_is_of_now(
    session: Session, h: Hospital
) -> None:
    """Of 40 a ward bears 25 as a clinical one, 15 after it was put among the administration, of which 8 come back."""
    used_of_400(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 400, "2.60"))), reason="x")
    put_into(session, h.cardiology, "administrative")
    left = text("SELECT code, quantity FROM items WHERE kind = 'pack' AND quantity > 0 ORDER BY id")
    uses = [build.use(session, h, code, encounter=None, quantity=count) for code, count in session.execute(left).all()]
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 15
    assert [build.balance(session, account) for account in ("5001.01", "5101.01")] == [625 + 25, 375 + 15]
    build.reverse(session, h, uses[-1].movement_id)
    put_into(session, h.cardiology, "clinical")
    assert invoices.release_variances(session, build.occasion(h.keeper)) == -8
    assert [build.balance(session, account) for account in ("5001.01", "5101.01")] == [625 + 25, 175 + 7]
    undone(session, invoice)
    assert [build.balance(session, account) for account in ("5001.01", "5101.01", "1302.09")] == [625, 175, 0]
    red = (
        select(Posting).join(EntryRow).where(EntryRow.event == "invoice_unmatched", Posting.department_id.is_not(None))
    )
    taken_back = session.scalars(red.order_by(Posting.account)).all()
    parts = [parts_of(session, one) for one in taken_back]
    assert [part and part.total(session) for part in parts] == [one.amount for one in taken_back] == [-25, -7]
    assert build.problems(session) == []


def test_the_red_posting_is_in_the_month_that_is_open(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=31)), "2026-03")
    undone(session, invoice)
    months = [(one["event"], one["period"]) for one in ledger.find_vouchers(session, "invoice", invoice.id)]
    assert months == [("invoice", "2026-03"), ("invoice_unmatched", "2026-04")]


def test_who_matched_it_does_not_take_it_back_unless_the_hospital_lets_them(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    with pytest.raises(invoices.ReasonForUnmatching):
        undone(session, invoice, reason="")
    with pytest.raises(SamePerson):
        undone(session, invoice, by="clerk")
    policies.settle(session, build.occasion(h.keeper), "invoice.unmatch_by", "anyone")
    undone(session, invoice, by="clerk")
    with pytest.raises(invoices.NothingIsMatched):
        undone(session, invoice)


def test_what_is_paid_keeps_its_matches_until_the_payment_is_reversed(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    statement = taken(session, drawn(session), "approve", "send", "confirm")
    invoice = booked(session, matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8600"))))
    before = stands(session)
    payment = paid(session, "SUP-STENT", invoice)
    with pytest.raises(invoices.InvoicePaid, match=payment.code):
        undone(session, invoice)
    with pytest.raises(SamePerson):
        invoices.reverse_payment(session, build.occasion(staff(session, "cashier")), payment, reason="x")
    unpaid(session, payment)
    session.refresh(statement)
    assert (invoice.state, invoice.open, statement.state, stands(session)) == ("booked", 8600, "invoiced", before)
    undone(session, invoice)
    session.refresh(statement)
    assert (statement.state, goods(session)) == ("confirmed", [(1, D(8600))])
    matched(session, invoice)
    paid(session, "SUP-STENT", invoice)
    session.refresh(statement)
    steps = session.scalars(select(settlement.StatementStep.step).order_by(settlement.StatementStep.id)).all()
    assert steps[4:] == ["invoice", "pay", "unpay", "uninvoice", "invoice", "pay"]
    assert build.problems(session) == []


def test_a_payment_is_reversed_once_and_what_was_paid_ahead_only_while_it_is_there(
    session: Session, h: Hospital
) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    ahead = paid(session, "SUP-GAUZE", way=Way.AHEAD, amount=D(175), parts={})
    used = paid(session, "SUP-GAUZE", invoice, way=Way.FROM_AHEAD)
    with pytest.raises(invoices.NotEnoughAhead):
        unpaid(session, ahead)
    red = unpaid(session, used)
    assert (red.amount, invoices.ahead_of(session, h.gauzes.id)) == (-175, 175)
    for one in (used, red):
        with pytest.raises(invoices.PaymentReversed):
            unpaid(session, one)
    unpaid(session, ahead)
    assert (build.balance(session, "7201"), build.balance(session, "1214"), invoice.open) == (0, 0, 175)
    assert invoices.aged_payables(session, TODAY)[0].payment_days is None
    assert build.problems(session) == []


def test_a_whole_statements_invoice_is_taken_back_and_matched_anew(session: Session, h: Hospital) -> None:
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    statement = taken(session, drawn(session), "approve", "send", "confirm", "invoice")
    invoice = session.scalars(select(Invoice)).one()
    undone(session, invoice)
    session.refresh(statement)
    assert (statement.state, build.balance(session, "1301")) == ("confirmed", 17200)
    matched(session, invoice)
    session.refresh(statement)
    assert (statement.state, build.balance(session, "1301"), build.balance(session, "2302.01")) == ("invoiced", 0, 0)
    assert build.problems(session) == []


def test_asked_twice_with_one_key_it_is_taken_back_once(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    payment = paid(session, "SUP-GAUZE", invoice)
    boss, auditor = (build.occasion(staff(session, name)) for name in ("boss", "auditor"))
    reds = {invoices.reverse_payment(session, boss, payment, reason="x").id for _ in range(2)}
    for _ in range(2):
        invoices.unmatch(session, auditor, invoice, reason="x")
    assert len(reds) == 1
    assert len(ledger.find_vouchers(session, "invoice", invoice.id)) == 2
    with pytest.raises(ledger.KeyReused):
        invoices.unmatch(session, replace(auditor, content=b"other"), invoice, reason="y")


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE payments SET amount = amount + 1 WHERE reverses_id IS NOT NULL",
        "UPDATE invoice_matches SET posting_id = posting_id - 1 WHERE undoes_id IS NOT NULL",
        "DELETE FROM invoice_variances WHERE id = (SELECT max(id) FROM invoice_variances)",
    ],
)
def test_the_proof_finds_what_is_not_taken_back_whole(session: Session, h: Hospital, planted: str) -> None:
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=D("2.50")))
    build.gauze(session, h, 2)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 100, "2.60"))), reason="x")
    unpaid(session, paid(session, "SUP-GAUZE", invoice))
    undone(session, invoice)
    _without_guards(session)
    session.execute(text(planted))
    session.expire_all()
    tables = {one.table for one in build.problems(session) if "takes back" in one.says or "taken back" in one.says}
    assert tables == {planted.split()[1 if planted.startswith("UPDATE") else 2]}


def _without_guards(session: Session) -> None:
    """The database as it would be without its triggers, in this transaction."""
    tables = ("payments", "invoice_matches", "invoice_variances")
    if session.get_bind().dialect.name == "postgresql":
        for table in tables:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        return
    guards = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN {tables}"
    for name in session.scalars(text(guards)).all():
        session.execute(text(f"DROP TRIGGER {name}"))
