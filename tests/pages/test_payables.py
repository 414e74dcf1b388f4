"""Invoices, payments and scorecards as a finance user's browser sees them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openpyxl
from sqlalchemy.orm import Session

from spd import policies
from spd.parties import Party
from spd.settlement import invoices
from tests import build
from tests.pages.visiting import Visitor
from tests.settlement import bills

Enter, Act = Callable[..., Visitor], Callable[..., Any]
DAYS = "since=2026-01-01&until=2026-12-31"


def test_a_payment_is_reversed_then_matches_are_taken_back_and_made_anew(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    address = f"/finance/invoices/{there.invoice}"
    page = finance.look(address).text
    assert "taken back once its payments are reversed" in page
    assert "/finance/payments/PAY-202603-00001" in page
    finance.look("/finance/payments/PAY-202603-00001")
    finance.fill("/reverse", reason="wrong account")
    assert "Reverses" in finance.look("/finance/payments/PAY-202603-00002").text
    assert "Reverse this payment" not in finance.look("/finance/payments/PAY-202603-00001").text
    finance.look(address)
    page = finance.fill("/step", reason="goods of another order", step="unmatch").text
    assert "Matched to" not in page
    assert "goods of another order" in page
    assert "Matched to" not in finance.fill("/step", step="match").text
    assert "Matched to" in finance.fill("/step", step="match", reason="as the new agreement says").text


def test_an_invoice_opens_to_all_its_matches_its_entries_and_where_its_differences_lie(
    enter: Enter, there: SimpleNamespace
) -> None:
    finance = enter("finance")
    address = f"/finance/invoices/{there.invoice}"
    page = finance.look(address).text
    assert "Where the differences of price lie now" in page
    assert f"/finance/entries?month=2026-03&amp;q={there.invoice}" in page
    told = finance.look(f"{address}/matches?as=csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(told)))
    sums = {name: sum(Decimal(row[name] or 0) for row in rows) for name in ("Difference", "of it used")}
    sums["on hand"] = sum((Decimal(row["of it on goods on hand"] or 0) for row in rows), Decimal(0))
    assert sums["Difference"] == sums["on hand"] + sums["of it used"] == 4
    assert "tieout--broken" not in finance.look(f"{address}/matches").text
    assert "/choose" in finance.look(f"{address}?find=GAUZE").text
    assert "/choose" not in finance.look(f"{address}?find=NOTHING-OF-THE-KIND").text
    whole = finance.client.get(f"/api/v1/invoices/{there.invoice}").get_json()
    assert sum(Decimal(one["amount"]) for one in whole["differences"]) == 4
    assert f"q={there.invoice}" in page


def test_a_supplier_retired_since_has_its_card_and_can_be_invoiced(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    def retire(session: Session) -> None:
        session.get_one(Party, there.h.gauzes.id).retired = True

    act(retire)
    finance = enter("finance")
    assert finance.look(f"/finance/scorecards/SUP-GAUZE?{DAYS}").status_code == 200
    assert finance.client.get(f"/api/v1/scorecards/SUP-GAUZE?of=received&{DAYS}").status_code == 200
    assert '<option value="SUP-GAUZE"' in finance.look("/finance/invoices/new").text


def test_scorecards_say_the_same_on_the_page_in_its_files_and_by_the_interface(
    enter: Enter, there: SimpleNamespace
) -> None:
    finance = enter("finance")
    told = finance.client.get(f"/api/v1/scorecards?{DAYS}").get_json()["scorecards"]
    assert len(told) == 2
    lines = finance.look(f"/finance/scorecards?{DAYS}&as=csv").data.decode("utf-8-sig")
    sheet = openpyxl.load_workbook(io.BytesIO(finance.look(f"/finance/scorecards?{DAYS}&as=xlsx").data)).worksheets[0]
    page = finance.look(f"/finance/scorecards?{DAYS}").text
    names = ("orders", "received", "returned", "billed_lines", "differing_lines", "difference")
    places = (2, 5, 6, 8, 9, 10)
    rows = list(csv.reader(io.StringIO(lines)))[1:]
    cells = list(sheet.iter_rows(min_row=2, max_row=1 + len(told), values_only=True))
    for one, row, cell in zip(told, rows, cells, strict=True):
        due = [Decimal(one[name]) for name in names]
        assert row[0] == cell[0] == one["supplier"]
        assert [Decimal(row[place]) for place in places] == due
        assert [Decimal(str(cell[place] or 0)) for place in places] == due
        assert f"¥{Decimal(one['received']):,.2f}" in page
        for part, amount, column in (("received", "received", "Amount"), ("billed", "difference", "Price difference")):
            below = f"scorecards/{one['supplier']}?{DAYS}&of={part}"
            behind = finance.client.get(f"/api/v1/{below}").get_json()
            filed = csv.DictReader(io.StringIO(finance.look(f"/finance/{below}&as=csv").data.decode("utf-8-sig")))
            assert sum(Decimal(line["amount"]) for line in behind) == Decimal(one[amount])
            assert sum(Decimal(line[column]) for line in filed) == Decimal(one[amount])


def test_each_class_of_age_opens_to_its_invoices(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look("/finance/payables").text
    found = re.findall(r'<a href="(/finance/invoices\?[^"]*overdue=[^"]*)">([^<]+)</a>', page)
    assert found
    for href, amount in found:
        below = finance.look(href.replace("&amp;", "&") + "&as=csv").data.decode("utf-8-sig")
        lines = list(csv.DictReader(io.StringIO(below)))
        left = sum((Decimal(line["Unpaid"]) for line in lines), Decimal(0))
        assert left == Decimal(amount.replace("¥", "").replace(",", "")), href
    assert page.count("Ties out") == 3  # unpaid, not invoiced yet, paid ahead: each is its account
    then = finance.look("/finance/payables?as_of=2026-03-02T01:00:00%2B00:00").text
    assert all("as_of=" in href for href in re.findall(r'href="(/finance/invoices\?[^"]*overdue=[^"]*)"', then))


def test_what_is_taken_back_on_the_first_day_is_a_term_of_what_is_owed(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    """Under policy A the accounts hold less than receipts and uses, and the page says by how much."""

    def first_day(session: Session) -> None:
        build.gauze(session, there.h)
        policies.settle(session, build.occasion(there.h.keeper), "accrual.on_invoice", "first_day")
        invoices.turn(session, build.occasion(there.h.keeper), "2026-03")

    act(first_day)
    finance = enter("finance")
    page = finance.look("/finance/balances?month=2026-03").text
    assert "taken back on the first day" in page
    assert "tieout--broken" not in page
    below = finance.look("/finance/uninvoiced?booked=1&as=csv").data.decode("utf-8-sig")
    due = sum(Decimal(row["Amount"]) for row in csv.DictReader(io.StringIO(below)))
    assert f"¥{due:,.2f}" in page
    ahead = finance.look("/finance/payments?way=prepaid&as=csv").data.decode("utf-8-sig")
    assert "Paid ahead" in ahead


def test_every_line_of_the_journal_opens_to_what_it_is_of(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    """Released differences of price and turns of a month have no movement and no invoice: each opens to its parts."""
    month, hour = timedelta(days=31), timedelta(hours=1)

    def turned_twice(session: Session) -> None:
        build.gauze(session, there.h)
        policies.settle(session, build.occasion(there.h.keeper), "accrual.on_invoice", "first_day")
        build.use(session, there.h, there.packs[1], encounter=None)
        invoices.release_variances(session, build.occasion(there.h.keeper))
        invoices.turn(session, build.occasion(there.h.keeper, at=build.NOW + hour), "2026-03")
        later = build.occasion(bills.staff(session, "clerk"), at=build.NOW + 2 * hour)
        entered = bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 10, "3.60"), number="F-2", occasion=later)
        bills.booked(session, bills.matched(session, entered), reason="x", at=build.NOW + 3 * hour)
        invoices.turn(session, build.occasion(there.h.keeper, at=build.NOW + month), "2026-04")

    act(turned_twice)
    finance = enter("finance")
    pages = [finance.look(f"/finance/entries?since=2026-03&month=2026-05&page={one}").text for one in range(1, 9)]
    rows = [row for page in pages for row in re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL) if "¥" in row]
    unopened = [row for row in rows if "<th" not in row and not re.search(r'<a href="[^"]*"[^>]*>[−-]?¥', row)]
    assert (unopened, len(rows) > 50) == ([], True)
    lines = {href for page in pages for href in re.findall(r"/finance/entries/lines/[0-9]+", page)}
    events = set()
    for href in lines:
        page = finance.look(href).text
        assert "tieout--broken" not in page, href
        assert "Ties out" in page
        events |= set(re.findall("price difference of goods used since|accruals taken back|accrued again", page))
        told = list(csv.DictReader(io.StringIO(finance.look(f"{href}?as=csv").data.decode("utf-8-sig"))))
        assert told, href
    assert len(events) == 3


def test_every_line_of_a_voucher_opens_to_the_postings_it_sums(enter: Enter, there: SimpleNamespace) -> None:
    """By account, department, supplier and kind of material: no more and no less."""
    finance = enter("finance")
    page = finance.look("/finance/journal?month=2026-03").text
    found = re.findall(r'<a href="(/finance/entries\?[^"]*expense_item=[^"]*)">([−-]?¥[^<]+)</a>', page)
    lines: dict[str, list[Decimal]] = {}
    for href, amount in found:
        sign = -1 if amount[0] in "−-" else 1
        lines.setdefault(href.replace("&amp;", "&"), []).append(sign * Decimal(amount.strip("−-¥").replace(",", "")))
    apart = [href for href in lines if re.search("expense_item=[a-z]", href)]
    assert {href.partition("expense_item=")[2] for href in apart} >= {"general", "implants"}
    for href in [*list(lines)[::4], *apart]:
        told = finance.look(f"{href}&as=csv").data.decode("utf-8-sig")
        due = sum(Decimal(row["Debit +, credit −"]) for row in csv.DictReader(io.StringIO(told)))
        debit, credit = lines[href]
        assert due == debit - credit, href
