"""Accruals over the turn of a month: red on the first day, booked by the invoice, accrued again at the month's end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import accounting, ledger, policies
from spd.ledger import EntryRow, Posting
from spd.settlement import invoices
from spd.settlement.invoices.turning import turn, turned
from spd.settlement.parts import parts_of
from tests import build
from tests.build import Hospital
from tests.settlement.bills import booked, entered, line, matched, staff

MARCH, APRIL = "2026-03", "2026-04"
FIRST = datetime(2026, 4, 1, 2, tzinfo=UTC)


@pytest.fixture
def first_day(session: Session, h: Hospital) -> Hospital:
    """A hospital that takes accruals back on the first day of the month."""
    policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", "first_day")
    return h


def stands(session: Session, account: str, period: str) -> Decimal:
    query = select(func.sum(Posting.amount)).where(Posting.account == account, Posting.period <= period)
    return session.scalar(query) or Decimal(0)


def turned_over(session: Session, at: datetime = FIRST, period: str = MARCH) -> None:
    turn(session, build.occasion(staff(session, "clock"), at=at), period)


def entries(session: Session, event: str) -> list[tuple[str, str, Decimal]]:
    query = select(Posting.period, Posting.account, Posting.amount).join(EntryRow, EntryRow.id == Posting.entry_id)
    return [tuple(row) for row in session.execute(query.where(EntryRow.event == event).order_by(Posting.account))]  # type: ignore[misc]


def test_what_came_without_an_invoice_is_red_on_the_first_day(session: Session, first_day: Hospital) -> None:
    build.gauze(session, first_day)  # 50 boxes at 3.50
    build.use(session, first_day, build.stents(session, first_day)[0])  # used: expense, which stays accrued
    for _ in range(2):
        turned_over(session)
    assert entries(session, "accrual_back") == [(APRIL, "1302.08", -175), (APRIL, "2302.01", 175)]
    assert stands(session, "2302.01", MARCH) == -8775  # at the end of March everything is accrued
    assert stands(session, "2302.01", APRIL) == -8600
    assert stands(session, "1302.01", APRIL) + stands(session, "1302.08", APRIL) == 0
    (red,) = (one for one in accounting.trial_balance(session, APRIL, APRIL) if one.account == "2302.01")
    assert (red.debit, red.credit) == (0, -175)
    assert build.problems(session) == []


def test_the_invoice_books_the_goods_and_the_month_ends_accrued(session: Session, first_day: Hospital) -> None:
    build.gauze(session, first_day)
    build.gauze(session, first_day)
    turned_over(session)
    one = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 60, "3.60")))
    booked(session, one, reason="new price", at=FIRST + timedelta(days=3))
    assert entries(session, "accrual_red") == []
    assert stands(session, "1302.08", APRIL) == -350 + 210
    assert stands(session, "2302.02", APRIL) == -216
    assert stands(session, "2302.01", APRIL) == 0
    assert build.problems(session) == []
    turned_over(session, FIRST + timedelta(days=30), APRIL)
    assert [(row[0], row[2]) for row in entries(session, "accrual_again")] == [(APRIL, 140), (APRIL, -140)]
    assert (stands(session, "2302.01", APRIL), stands(session, "1302.08", APRIL)) == (-140, 0)
    assert stands(session, "2302.01", "2026-05") == 0  # and in red again on the first day of May
    assert build.problems(session) == []


def test_an_invoice_nobody_has_booked_takes_nothing_off_what_is_red(session: Session, first_day: Hospital) -> None:
    """The journal does not know it, and its matches may go again: the red line stays the sum of its receipts."""
    build.gauze(session, first_day)
    one = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 20, "3.60")))
    turned_over(session)
    assert entries(session, "accrual_back") == [(APRIL, "1302.08", -175), (APRIL, "2302.01", 175)]
    booked(session, one, reason="new price", at=FIRST + timedelta(days=3))
    assert list(turned(session).values()) == [-105]
    query = select(Posting).join(EntryRow, EntryRow.id == Posting.entry_id).where(EntryRow.event == "accrual_back")
    for posting in session.scalars(query):
        parts = parts_of(session, posting)
        assert parts is not None
        assert parts.total(session) == posting.amount
    assert build.problems(session) == []


def test_matches_taken_back_are_as_before_them(session: Session, first_day: Hospital) -> None:
    build.gauze(session, first_day)
    turned_over(session)
    one = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "3.60"))), reason="x")
    assert turned(session) == {}
    invoices.unmatch(session, build.occasion(staff(session, "other"), at=FIRST), one, reason="another delivery")
    assert list(turned(session).values()) == [-175]
    assert stands(session, "2302.01", APRIL) == 0
    assert build.problems(session) == []


def test_another_policy_lets_accruals_stand_again(session: Session, first_day: Hospital) -> None:
    build.gauze(session, first_day)
    turned_over(session)
    policies.settle(session, build.occasion(first_day.keeper, at=FIRST), "accrual.on_invoice", "keep")
    turned_over(session, FIRST + timedelta(days=30), APRIL)
    assert (turned(session), stands(session, "2302.01", "2026-05")) == ({}, -175)
    assert ledger.closed_through(session) == ""
    assert build.problems(session) == []
