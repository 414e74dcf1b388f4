"""When an invoice falls due: as agreed with its supplier on the day it comes in, else by the policy."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import policies
from spd.core.occasion import Occasion
from spd.exchange.imports import ImportReport, columns_of, import_table
from spd.exchange.imports.headers import guess
from spd.exchange.tables import read
from spd.payment_terms import PaymentTerm, TermInThePast, TermReused, TermSaid, agree_term, due_on, payment_days
from spd.settlement import invoices
from tests import build
from tests.build import TODAY, Hospital
from tests.settlement.bills import booked, entered, line, matched, staff


def agreed(session: Session, h: Hospital, days: int | None, *, after: int = 0, **said: str) -> PaymentTerm:
    term = TermSaid(from_on=TODAY + timedelta(days=after), days=days, **said)
    return agree_term(session, build.occasion(staff(session, "chief")), h.gauzes, term)


def test_an_invoice_falls_due_as_agreed_with_its_supplier(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "invoice.payment_days", 90)
    agreed(session, h, 30, number="C-1")
    gauze = entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"))
    stent = entered(session, "SUP-STENT", line("STENT", 1, "8600"))
    assert gauze.due_on == TODAY + timedelta(days=30)
    assert stent.due_on == TODAY + timedelta(days=90)
    said = entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"), number="F-2", due_on=date(2026, 6, 1))
    assert said.due_on == date(2026, 6, 1)  # the invoice's own day goes before


def test_new_terms_leave_earlier_invoices_as_they_are(session: Session, h: Hospital) -> None:
    agreed(session, h, 30)
    early = entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"))
    agreed(session, h, 60, after=10)
    agreed(session, h, None, after=20)
    policies.settle(session, build.occasion(h.keeper), "invoice.payment_days", 45)
    days = [payment_days(session, h.gauzes.id, TODAY + timedelta(days=after)) for after in (9, 10, 19, 20)]
    assert days == [30, 60, 60, 45]
    assert early.due_on == TODAY + timedelta(days=30)
    late = entered(session, "SUP-GAUZE", line("GAUZE", 1, "3.50"), number="F-2", received_on=TODAY + timedelta(days=10))
    assert late.due_on == TODAY + timedelta(days=70)
    assert due_on(session, h.gauzes.id, date.max) == date.max


def test_of_terms_from_one_day_the_last_said_hold(session: Session, h: Hospital) -> None:
    agreed(session, h, 30, after=5)
    agreed(session, h, 40, after=5)
    agreed(session, h, 50, after=3)
    assert payment_days(session, h.gauzes.id, TODAY + timedelta(days=5)) == 40
    assert payment_days(session, h.gauzes.id, TODAY + timedelta(days=4)) == 50


FILE = """供应商,生效日期,账期天数,合同号
SUP-GAUZE,2026-03-02,30,C-1
SUP-GAUZE,2026/5/1,按医院政策,
SUP-STENT,2026-04-01,60,C-2
"""


def filed(session: Session, h: Hospital, text: str, *, dry_run: bool = False, at: datetime = build.NOW) -> ImportReport:
    table = read(text.encode(), file="terms.csv")
    table = table.renamed(guess(table.columns, columns_of("supplier-terms")))
    return import_table(session, "supplier-terms", table, build.occasion(h.keeper, at=at), dry_run=dry_run)


def test_terms_come_from_a_file_and_the_same_file_changes_nothing(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "invoice.payment_days", 90)
    report = filed(session, h, FILE, dry_run=True)
    assert (report.created, report.problems, payment_days(session, h.gauzes.id, TODAY)) == (3, (), 90)
    assert filed(session, h, FILE).created == 3
    days = [payment_days(session, h.gauzes.id, day) for day in (TODAY, date(2026, 4, 30), date(2026, 5, 1))]
    assert (days, payment_days(session, h.stents.id, date(2026, 4, 1))) == ([30, 30, 90], 60)
    later = filed(session, h, FILE, at=build.NOW + timedelta(days=40))  # its first day is past, and agreed already
    assert (later.created, later.updated, later.unchanged, later.problems) == (0, 0, 3, ())
    changed = filed(session, h, "supplier,from,payment_days\nSUP-STENT,2026-04-01,45\n")
    assert (changed.updated, payment_days(session, h.stents.id, date(2026, 4, 1))) == (1, 45)
    assert session.scalars(select(PaymentTerm.number).order_by(PaymentTerm.id.desc())).first() == "C-2"


def test_every_row_of_terms_that_cannot_be_is_told_with_its_column(session: Session, h: Hospital) -> None:
    report = filed(
        session,
        h,
        "supplier,valid_from_on,payment_days\nSUP-GAUZE,2026-03-01,30\nNOBODY,2026-04-01,30\nSUP-GAUZE,2026-04-01,1001\n"
        "SUP-GAUZE,2026-04-31,30\nSUP-GAUZE,2026-04-02,\nSUP-STENT,2026-04-01,30\nSUP-STENT,2026-4-1,31\n",
    )
    told = [(one.row, one.column, one.code) for one in report.problems]
    assert told == [
        (2, "valid_from_on", "bad-value"), (3, "supplier", "unknown-reference"), (4, "payment_days", "bad-value"),
        (5, "valid_from_on", "bad-value"), (6, "payment_days", "missing-value"), (8, "valid_from_on", "duplicate-rows"),
    ]  # fmt: skip
    assert session.scalars(select(PaymentTerm)).all() == []


def test_ageing_follows_what_was_agreed(session: Session, h: Hospital) -> None:
    agreed(session, h, 10)
    build.gauze(session, h)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.50"))))
    (then,) = invoices.aged_payables(session, TODAY + timedelta(days=10))
    (after,) = invoices.aged_payables(session, TODAY + timedelta(days=11))
    assert (then.terms, then.not_due, then.to_30) == (10, 175, 0)
    assert (after.not_due, after.to_30) == (0, 175)


def test_the_past_is_not_agreed_anew_and_a_retry_agrees_once(session: Session, h: Hospital) -> None:
    with pytest.raises(TermInThePast):
        agreed(session, h, 30, after=-1)
    when = build.occasion(staff(session, "chief"), said="30 days")
    said = TermSaid(from_on=TODAY, days=30)
    first = agree_term(session, when, h.gauzes, said)
    assert agree_term(session, when, h.gauzes, said) is first
    with pytest.raises(TermReused):
        other: Occasion = build.occasion(staff(session, "chief"), key=when.request_key, said="31 days")
        agree_term(session, other, h.gauzes, TermSaid(from_on=TODAY, days=31))
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(delete(PaymentTerm))
