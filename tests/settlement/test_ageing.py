"""What is open between goods, invoices and payments, and how old it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from spd import policies, settlement
from spd.ledger import Posting
from spd.payment_terms import TermSaid, agree_term
from spd.settlement import Statement, invoices
from spd.settlement.invoices import Invoice, InvoiceLine, Way
from tests import build
from tests.build import TODAY, Hospital
from tests.settlement.bills import booked, entered, line, matched, paid, staff


def goods(session: Session) -> list[tuple[Any, ...]]:
    found = invoices.goods_without_invoice(session)
    query = found.query.add_columns(found.quantity, found.amount).order_by(Posting.id)
    return [tuple(row) for row in session.execute(query)]


def papers(session: Session) -> list[tuple[Any, ...]]:
    query, left, _party = invoices.invoice_without_goods()
    return [tuple(row) for row in session.execute(query.add_columns(Invoice.number, left).order_by(InvoiceLine.id))]


def test_goods_wait_for_their_invoice_and_invoices_for_their_goods(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 60, "3.60"), line("SCREW", 1, "320")))
    assert papers(session) == []
    booked(session, invoice, reason="more to come")
    assert goods(session) == [(40, Decimal(140))]
    assert papers(session) == [("F-1", Decimal(320))]
    owed = {one.supplier: one for one in invoices.aged_payables(session, TODAY)}["SUP-GAUZE"]
    assert (owed.accrued, owed.open) == (140, 536)
    assert -build.balance(session, "2302.01") == owed.accrued
    assert -build.balance(session, "2302.02") == owed.open


@pytest.mark.parametrize(
    ("overdue", "bucket"),
    [
        (-1, "not_due"), (0, "not_due"), (1, "to_30"), (30, "to_30"), (31, "to_60"), (60, "to_60"), (61, "to_90"),
        (90, "to_90"), (91, "over_90"), (4000, "over_90"),
    ],
)  # fmt: skip
def test_what_is_owed_stands_in_the_class_of_its_age(session: Session, h: Hospital, overdue: int, bucket: str) -> None:
    build.gauze(session, h)
    due = TODAY - timedelta(days=overdue)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"), due_on=due)))
    (owed,) = invoices.aged_payables(session, TODAY)
    names = ("not_due", "to_30", "to_60", "to_90", "over_90")
    assert {name: getattr(owed, name) for name in names} == dict.fromkeys(names, 0) | {bucket: Decimal(175)}
    assert owed.open == 175


def test_payment_days_are_weighted_by_what_was_paid(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    early = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 75, "4.00"))), reason="x")
    late = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 25, "4.00"), number="F-2"))
    booked(session, late, reason="x")
    paid(session, "SUP-GAUZE", early, paid_on=TODAY + timedelta(days=20))
    paid(session, "SUP-GAUZE", late, paid_on=TODAY + timedelta(days=60))
    paid(session, "SUP-GAUZE", way=Way.AHEAD, amount=Decimal(50), parts={})
    (owed,) = invoices.aged_payables(session, TODAY)
    assert (owed.payment_days, owed.paid_ahead, owed.open) == (30, 50, 0)


@pytest.mark.parametrize(("days", "bucket"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)])
def test_the_classes_of_age(days: int, bucket: int) -> None:
    assert invoices.bucket_of(days) == bucket


def test_payables_as_of_an_instant_are_the_same_for_ever(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    one = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60")))
    (before,) = invoices.aged_payables(session, TODAY, build.NOW)
    assert (before.open, before.accrued) == (0, 350)  # matched, and in no journal
    booked(session, one, reason="new price", at=build.NOW + timedelta(hours=1))
    then = build.NOW + timedelta(hours=1)
    (owed,) = invoices.aged_payables(session, TODAY, then)
    assert (owed.open, owed.accrued, owed.payment_days) == (180, 175, None)
    paid(session, "SUP-GAUZE", one, occasion=build.occasion(staff(session, "cashier"), at=then + timedelta(hours=1)))
    assert invoices.aged_payables(session, TODAY, then) == [owed]
    assert invoices.aged_payables(session, TODAY, build.NOW) == [before]
    now = then + timedelta(hours=2)
    assert invoices.aged_payables(session, TODAY, now) == invoices.aged_payables(session, TODAY)
    assert build.problems(session) == []


def test_invoices_without_goods_are_as_they_stood_at_an_instant(session: Session, h: Hospital) -> None:
    then, later = (build.NOW + timedelta(hours=one) for one in (1, 2))
    one = entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60"))
    booked(session, one, reason="goods are on their way", at=then)
    build.gauze(session, h)
    invoices.match_invoice(session, build.occasion(staff(session, "chief"), at=later), one, reason="new price")

    def left(at: datetime | None) -> list[Decimal]:
        query, column, _party = invoices.invoice_without_goods(at)
        return [row[0] for row in session.execute(query.add_columns(column))]

    assert (left(build.NOW), left(then), left(later), left(None)) == ([], [Decimal(180)], [], [])


def test_invoices_are_listed_as_they_stood_at_an_instant(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    then, later, last = (build.NOW + timedelta(hours=one) for one in (1, 2, 3))
    one = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60")))
    entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"), number="F-2",
            occasion=build.occasion(staff(session, "clerk"), at=later))  # fmt: skip
    booked(session, one, reason="new price", at=then)
    payment = paid(session, "SUP-GAUZE", one, parts={one.code: Decimal(100)},
                   occasion=build.occasion(staff(session, "cashier"), at=later))  # fmt: skip
    why = build.occasion(staff(session, "other"), at=last)
    invoices.reverse_payment(session, why, payment, reason="another account")

    def listed(at: datetime | None) -> list[tuple[str, str, Decimal]]:
        seen = invoices.invoices_seen(at)
        query = seen.query.add_columns(Invoice.number, seen.state, seen.paid).order_by(Invoice.id)
        return [tuple(row) for row in session.execute(query)]

    assert listed(build.NOW - timedelta(hours=1)) == []
    assert listed(build.NOW) == [("F-1", "entered", Decimal(0))]
    assert listed(then) == [("F-1", "booked", Decimal(0))]
    assert listed(later) == [("F-1", "booked", Decimal(100)), ("F-2", "entered", Decimal(0))]
    assert listed(last) == listed(None) == [("F-1", "booked", Decimal(0)), ("F-2", "entered", Decimal(0))]


def test_the_terms_shown_are_those_of_then(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    later = build.NOW + timedelta(hours=1)
    policies.settle(session, build.occasion(h.keeper, at=later), "invoice.payment_days", 30)
    said = TermSaid(from_on=TODAY, days=10)
    (before,) = invoices.aged_payables(session, TODAY, build.NOW)
    agree_term(session, build.occasion(staff(session, "chief"), at=later), h.gauzes, said)
    assert [one.terms for one in invoices.aged_payables(session, TODAY)] == [10]
    assert invoices.aged_payables(session, TODAY, build.NOW) == [before]
    assert before.terms == 90


def test_one_invoice_is_read_as_it_stood_at_an_instant(session: Session, h: Hospital) -> None:
    """Entered and matched; matches taken back before booking; matched anew, booked, paid: each as of its own hour."""
    build.gauze(session, h, 2)
    one = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60")))
    clerk = staff(session, "clerk")
    hours = [build.NOW + timedelta(hours=number) for number in range(5)]
    invoices.unmatch(session, build.occasion(clerk, at=hours[1]), one)
    invoices.match_invoice(session, build.occasion(clerk, at=hours[2]), one)
    booked(session, one, reason="new price", at=hours[3])
    paid(session, "SUP-GAUZE", one, occasion=build.occasion(staff(session, "cashier"), at=hours[4]))

    def read(at: datetime | None) -> tuple[str, Decimal, int, str, Decimal, int]:
        stood = invoices.invoice_stood(session, one, at)
        lying = sum((part.amount for part in invoices.differences_lying(session, one, at)), Decimal(0))
        (verdict,) = invoices.statuses(session, one, at).values()
        seen = invoices.invoices_seen(at).query.add_columns(invoices.verdict_seen(session, at))
        assert session.scalar(seen) == verdict
        matches = len(invoices.matches_of(session, one, at))
        return stood.state, stood.open, matches, verdict, lying, len(invoices.standing_payments(session, one, at))

    assert [read(at) for at in hours] == [
        ("entered", 180, 1, "amount", 0, 0), ("entered", 180, 0, "unmatched", 0, 0),
        ("entered", 180, 1, "amount", 0, 0), ("booked", 180, 1, "amount", 5, 0), ("paid", 0, 1, "amount", 5, 1),
    ]  # fmt: skip
    assert read(None) == read(hours[4])
    with pytest.raises(invoices.UnknownInvoice):
        read(build.NOW - timedelta(hours=1))
    assert build.problems(session) == []


def test_goods_stand_on_the_statement_of_then(session: Session, h: Hospital) -> None:
    """Used before a draft, taken in when it was drawn again, and free when it was withdrawn."""
    codes, clerk = build.stents(session, h, 2), staff(session, "clerk")
    drawn, again, gone = (build.NOW + timedelta(hours=one) for one in (1, 2, 3))
    build.use(session, h, codes[0])
    (one,) = settlement.draft(session, build.occasion(clerk, at=drawn), period="2026-03")
    build.use(session, h, codes[1])
    settlement.redraw(session, build.occasion(clerk, at=again), one)
    settlement.decide(session, build.occasion(clerk, at=gone), one, "withdraw", reason="of another month")

    def on(at: datetime) -> list[str | None]:
        query = invoices.accrued_still(session, at).query.add_columns(Statement.code)
        none = query.where(settlement.nowhere(at))
        found = list(session.scalars(query.order_by(Posting.id)))
        assert session.scalars(none).all() == [code for code in found if code is None]
        return found

    assert [on(at) for at in (build.NOW, drawn, again, gone)] == [
        [None, None], [one.code, None], [one.code, one.code], [None, None]
    ]  # fmt: skip
