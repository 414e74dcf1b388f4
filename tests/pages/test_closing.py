"""Closing without scripts: a ward signs its day, finance locks a month, an administrator agrees to opening it again."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import accounting, ledger
from spd.accounting import PostingRule
from spd.closing import DayClose
from spd.donation import Donation
from spd.ledger.calendar import forget_calendars
from tests import build
from tests.pages.visiting import Visitor
from tests.settlement import bills

Act = Callable[[Callable[[Session], Any]], Any]


def test_a_ward_signs_its_day_with_a_reason(enter: Callable[..., Visitor], act: Act) -> None:
    ward = enter("head_nurse")
    page = ward.look("/days/CARD/2026-03-02")
    assert "Charges that HIS has not taken" in page.text
    signed = ward.fill("/days/CARD/2026-03-02", reason="HIS is down until tomorrow")
    assert "The day is closed." in signed.text
    assert "HIS is down until tomorrow" in signed.text
    assert act(lambda session: session.scalars(select(DayClose.reason)).all()) == ["HIS is down until tomorrow"]
    assert "day--remains" in ward.look("/days?month=2026-03").text


def test_finance_locks_a_month_and_an_administrator_agrees_to_opening_it(
    enter: Callable[..., Visitor], act: Act
) -> None:
    finance, admin = enter("finance"), enter("system_admin")
    assert "Lock the month" not in finance.look("/finance/closing/2026-02").text
    working = finance.fill("/finance/proof")
    assert "prove" in working.text
    for thread in threading.enumerate():
        if thread.name.startswith("task-"):
            thread.join()
    assert "Nothing is wrong" in finance.look("/finance/proof").text
    assert "/finance/charges?month=2026-02" in finance.look("/finance/closing/2026-02").text
    finance.fill("/waive", check="unkept", reason="a ward that is gone")  # seen on the second of March
    finance.look("/finance/closing/2026-02")
    finance.fill("/lock")
    assert act(ledger.closed_through) == "2026-02"
    finance.fill("/reopenings", hours="4", reason="an invoice was forgotten")
    assert "2026-02" in admin.look("/").text  # home tells of it
    opened = admin.look("/finance/closing/2026-02")
    assert "an invoice was forgotten" in opened.text
    admin.fill("/reopenings/decision", agrees="1")
    assert act(ledger.closed_through) == ""


def test_the_lines_of_an_event_are_set_in_a_draft(enter: Callable[..., Visitor], act: Act, there: Any) -> None:
    finance = enter("finance")
    finance.look(f"/finance/chart/{there.drafted}")
    sides = {"side-0": "1", "side-1": "-1", "side-2": "1"}
    unread = finance.fill("/events/gain_store", **sides)
    assert "This cannot be read" in unread.text  # the fourth line has no side
    finance.fill("/events/gain_store", **sides, **{"account-3": ""})
    kept = act(
        lambda session: session.execute(
            select(PostingRule.account, PostingRule.sign)
            .where(PostingRule.version == there.drafted, PostingRule.event == "gain_store")
            .order_by(PostingRule.line)
        ).all()
    )
    assert [tuple(row) for row in kept] == [("1302.01", 1), ("1902", -1), ("1902", 1)]
    assert "debit and credit are not the same" in finance.look(f"/finance/chart/{there.drafted}").text
    listed = finance.look("/finance/chart").text
    assert re.findall("(draft|holds|replaced|coming)</span>", listed) == ["draft", "holds", "replaced"]
    first = finance.look("/finance/chart/1").text
    assert ("replaced" in first, "Every event is covered" in first) == (True, False)
    accounting.forget_rules()


def test_a_gift_is_recorded_and_taken(enter: Callable[..., Visitor], act: Act) -> None:
    buyer, finance = enter("buyer"), enter("finance")
    buyer.look("/donations/new")
    gift = {"donor": "某基金会", "supplier": "SUP-GAUZE", "product": "GAUZE", "lot": "D9", "quantity": "20"}
    page = buyer.fill("/donations/new", unit_price="3.5", location="STORE", **gift)
    assert "A colleague takes it" in page.text
    code = act(lambda session: session.scalars(select(Donation.code).where(Donation.lot == "D9")).one())
    finance.look(f"/donations/{code}")
    assert "its goods are on hand" in finance.fill(f"/donations/{code}", takes="1").text


def test_a_line_of_his_that_cannot_be_kept_is_set_aside(enter: Callable[..., Visitor], there: Any) -> None:
    finance = enter("finance")
    assert "One line that HIS showed is not kept." in finance.look("/finance/charges?month=2026-03").text
    assert "There is no department NEW." in finance.look(f"/finance/charge-rejects/{there.reject}").text
    finance.fill("/finance/charge-rejects/", reason="a test of HIS")
    assert "Every line that HIS showed is kept" in finance.look("/finance/charge-rejects").text
    assert "a test of HIS" in finance.look(f"/finance/charge-rejects/{there.reject}").text


def test_each_line_of_a_months_list_opens_to_as_many_as_it_counts(
    enter: Callable[..., Visitor], act: Act, there: Any
) -> None:
    """An invoice that is not booked, a supplier with no statement, and what came in after the month are told apart."""

    def more(session: Session) -> None:
        bills.entered(session, there.h.gauzes.code, bills.line("GAUZE", 3, "3.60"), number="NOT-BOOKED")
        build.gauze(session, there.h)

    act(more)
    finance = enter("finance")
    page = finance.look("/finance/closing/2026-03").text
    found = re.findall(r'<td class="num[^"]*"><a href="(/[^"]*)">([0-9,]+)</a>', page)
    counted = {}
    for href, count in found:
        if re.search("statements/owed|undelivered|unsent|differences|accruals", href):
            told = finance.look(href.replace("&amp;", "&") + "&as=csv").data.decode("utf-8-sig")
            counted[href.split("?")[0]] = (len(list(csv.reader(io.StringIO(told)))) - 1, int(count.replace(",", "")))
    assert len(counted) == 5
    assert all(there_ == said for there_, said in counted.values()), counted
    accrued = finance.look("/finance/accruals?month=2026-03").text
    assert "tieout--broken" not in accrued
    behind = re.findall(r'href="(/finance/entries\?[^"]*supplier=[^"]*)"[^>]*>(¥[^<]*)<', accrued)
    assert len(behind) == counted["/finance/accruals"][0] > 1
    for href, amount in behind:
        told = finance.look(href.replace("&amp;", "&") + "&as=csv").data.decode("utf-8-sig")
        due = -sum(Decimal(row["Debit +, credit −"]) for row in csv.DictReader(io.StringIO(told)))
        assert due == Decimal(amount.replace("¥", "").replace(",", "")), href
    owed = finance.look("/finance/statements/owed?month=2026-03").text
    behind = re.search(r'href="(/finance/uninvoiced\?[^"]*statement=none[^"]*)"[^>]*>(¥[^<]*)<', owed)
    assert behind is not None
    told = finance.look(behind[1].replace("&amp;", "&") + "&as=csv").data.decode("utf-8-sig")
    due = sum(Decimal(row["Amount"]) for row in csv.DictReader(io.StringIO(told)))
    assert due == Decimal(behind[2].replace("¥", "").replace(",", ""))


def test_lists_of_money_begin_with_the_month_of_the_closing_calendar(
    enter: Callable[..., Visitor], act: Act, monkeypatch: Any
) -> None:
    """Where months close on the 25th, the 27th of March is of April."""
    calendar = ledger.ClosingCalendar(from_on=date(2026, 3, 1), last_day=25, reason="", set_at=build.NOW, set_by_id=1)
    act(lambda session: session.add(calendar))
    forget_calendars()
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(days=25))
    try:
        finance = enter("finance")
        assert "2026-04 ·" in finance.look("/finance/journal").text
        assert 'value="2026-04"' in finance.look("/finance/statements").text
        assert "month=2026-04" in finance.look("/finance/payables").text
    finally:
        forget_calendars()


def test_finance_looks_at_the_months_of_another_calendar_and_sets_it(enter: Callable[..., Visitor], act: Act) -> None:
    finance = enter("finance")
    assert "/finance/closing/calendar" in finance.look("/finance/closing").text
    assert "In force: months end on the last day of the month." in finance.look("/finance/closing/calendar").text
    tried = finance.look("/finance/closing/calendar?from_on=2026-04-01&last_day=25").text
    assert "2026-04 would run from 2026-04-01 to 2026-04-25: 25 days." in tried
    assert "calendar changes" in tried
    unsaid = finance.fill("/finance/closing/calendar", reason="").text
    assert "This is needed." in unsaid
    assert "25 days." in unsaid  # what was looked at is still there
    assert act(ledger.calendars) == []
    done = finance.fill("/finance/closing/calendar", reason="the finance office").text
    assert "Set: from 2026-04-01 on, months end on day 25." in done
    assert "not yet in force" in done
    assert act(lambda session: [(one.last_day, one.reason) for one in ledger.calendars(session)]) == [
        (25, "the finance office")
    ]
    seen = enter("auditor").look("/finance/closing/calendar?year=2026").text
    assert "the finance office" in seen
    assert "Another calendar" not in seen


def test_a_calendar_of_days_that_were_is_refused_in_the_readers_words(enter: Callable[..., Visitor], act: Act) -> None:
    for language, words in (("en", "2026-04-01 at the earliest"), ("zh-Hans", "最早 2026-04-01")):
        finance = enter("finance", language=language)
        page = finance.look("/finance/closing/calendar?from_on=2026-03-01&last_day=25").text
        assert words in page
        finance.look("/finance/closing/calendar?from_on=2026-04-01&last_day=25")
        refused = finance.fill("/finance/closing/calendar", from_on="2026-03-01", reason="x").text
        assert words in refused
    assert act(ledger.calendars) == []
