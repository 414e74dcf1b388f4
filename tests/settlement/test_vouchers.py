"""Vouchers for a general ledger: each balances, their numbers have no gap, and their totals are the journal's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import accounting, ledger
from spd.ledger import Posting
from tests import build
from tests.build import Hospital
from tests.settlement.bills import booked, entered, line, matched, paid


def test_a_month_is_numbered_vouchers_that_balance(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    uses = [build.use(session, h, code) for code in build.stents(session, h, 3)]
    build.reverse(session, h, uses[0].movement_id)
    invoice = booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 100, "3.60"))), reason="x")
    paid(session, "SUP-GAUZE", invoice)
    lines = accounting.vouchers(session, "2026-03")
    by_voucher = {number: list(of) for number, of in groupby(lines, lambda one: one.number)}
    assert list(by_voucher) == list(range(1, len(by_voucher) + 1))
    assert [of[0].event for of in by_voucher.values()] == sorted(of[0].event for of in by_voucher.values())
    for of in by_voucher.values():
        assert sum(one.debit for one in of) == sum(one.credit for one in of) != 0
    used = [one for one in lines if one.event == "use_consigned" and one.account == "5001.01"]
    assert [(one.department, one.debit, one.entries) for one in used] == [("CARD", Decimal(25800), 3)]
    red = {(one.account, one.debit, one.credit) for one in lines if one.event == "reverse_use_consigned"}
    assert {("5001.01", -8600, 0), ("2302.01", 0, -8600)} <= red  # in red, on the side it was on
    by_account: dict[str, Decimal] = {}
    for one in lines:
        by_account[one.account] = by_account.get(one.account, Decimal(0)) + one.debit - one.credit
    journal = dict(session.execute(select(Posting.account, func.sum(Posting.amount)).group_by(Posting.account)).all())
    assert by_account == journal
    totals = accounting.control_totals(session, "2026-03", lines)
    assert (totals.debit, totals.vouchers, totals.lines) == (totals.credit, len(by_voucher), len(lines))


def test_they_are_final_once_the_month_is_closed_and_what_comes_late_is_marked(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    code = build.stents(session, h)[0]
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=31)), "2026-03")
    session.flush()
    before = accounting.vouchers(session, "2026-03")
    build.use(session, h, code)
    assert accounting.vouchers(session, "2026-03") == before
    assert accounting.control_totals(session, "2026-03", before).final
    late = accounting.vouchers(session, "2026-04")
    assert {(one.event, one.late) for one in late} == {("use_consigned", True)}
    assert not accounting.control_totals(session, "2026-04", late).final


def test_what_is_entered_while_a_month_is_opened_again_has_numbers_of_its_own(session: Session, h: Hospital) -> None:
    """A general ledger has taken the month: its vouchers stay, and what came since follows them."""
    codes = build.stents(session, h, 2)
    build.gauze(session, h)
    build.use(session, h, codes[0])
    first, again, later = (build.NOW + timedelta(days=31, hours=one) for one in (0, 1, 2))
    ledger.close_period(session, build.occasion(h.keeper, at=first), "2026-03")
    before = accounting.vouchers(session, "2026-03")
    until = again + timedelta(hours=5)
    ledger.reopen_period(
        session,
        build.occasion(h.nurse, at=again),
        "2026-03",
        ledger.StepSaid(reason="forgotten", role="", until_at=until),
    )
    late = replace(build.occasion(h.nurse), recorded_at=again + timedelta(minutes=1))
    build.use(session, h, codes[1], occasion=late)
    for _ in range(2):  # while it is open, and locked again
        lines = accounting.vouchers(session, "2026-03")
        assert lines[: len(before)] == before
        added = lines[len(before) :]
        assert {(one.event, one.number, one.added) for one in added} == {("use_consigned", before[-1].number + 1, True)}
        assert sum(one.debit - one.credit for one in added) == 0
        assert accounting.vouchers(session, "2026-03", at=first) == before
        if not accounting.control_totals(session, "2026-03", lines).final:
            ledger.close_period(session, build.occasion(h.keeper, at=later), "2026-03")
            session.flush()
