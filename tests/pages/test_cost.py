"""Cost pages: every level ties out, every figure is a link that says the same, files hold what the page shows."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ledger, policies
from spd.catalog import Product
from spd.core.database import Database
from spd.places import Department
from tests import build
from tests.costing.given import told
from tests.pages.visiting import Visitor, made_in_background

Enter, Act = Callable[..., Visitor], Callable[..., Any]
MONTH = "month=2026-03"


def test_the_way_down_keeps_its_sums(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    narrowed = "department=CARD&product_class=high_value&"
    for path in ("/finance?", "/finance?department=CARD&", "/finance?by=product&", "/finance?product=STENT&",
                 f"/finance?{narrowed}", "/finance/drgs?", "/finance/encounters?"):  # fmt: skip
        page = finance.look(path + MONTH).text
        assert "Ties out" in page, path
        assert "Does not tie out" not in page, path
    assert "¥8,635.80" in finance.look(f"/finance?{MONTH}").text  # a stent, ten boxes of gauze, their price difference
    assert "-¥8,600.00" in finance.look(f"/finance?product=STENT&{MONTH}").text  # the use that was undone


def test_every_figure_leads_to_itself(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look(f"/finance?{MONTH}").text
    cells = re.findall(r'<td class="num"><a href="([^"]+)">([^<]+)</a>', page)
    assert len(cells) >= 5
    for href, amount in cells:
        below = finance.look(href.replace("&amp;", "&")).text
        assert f'<td class="num">{amount}</td></tr>' in below or f'class="num">{amount}</td>' in below, href


def test_a_stay_of_the_months_list_opens_to_that_months_movements_and_its_page_ties_out(
    enter: Enter, there: SimpleNamespace
) -> None:
    finance = enter("finance")
    cells = re.findall(
        r'<td class="num(?: negative)?"><a href="(/finance\?[^"]+)">([^<]+)</a>',
        finance.look(f"/finance/encounters?{MONTH}").text,
    )
    assert cells
    for href, amount in cells:
        assert MONTH in href
        assert f'class="num">{amount}</td>' in finance.look(href.replace("&amp;", "&")).text, href
    several = finance.look("/finance/encounters?from=2026-01&month=2026-05").text  # the month is one of these
    tie = re.search(r'href="(/finance/encounters\?[^"]*tie=1[^"]*)"', several)
    assert tie is not None
    assert "tieout" not in several
    assert "0.00" in finance.look(tie[1].replace("&amp;", "&")).text.split('class="tieout', 1)[1]
    assert all(f">{amount}</a>" in several for _href, amount in cells)
    assert "This quarter" in several
    stay = re.search(r'href="(/finance/encounters/[^"?]+)\?', finance.look(f"/finance/encounters?{MONTH}").text)
    assert stay is not None
    page = finance.look(f"{stay[1]}?{MONTH}").text
    assert "Ties out" in page
    file = re.search(r'href="(/finance/export/stay\.xlsx[^"]+)"', page)
    assert file is not None
    book = openpyxl.load_workbook(io.BytesIO(finance.look(file[1].replace("&amp;", "&")).data))
    rows = list(book.worksheets[0].values)
    cost = rows[0].index("Cost")
    assert f"{Decimal(str(rows[-1][cost])):,.2f}" in page
    assert enter("head_nurse").look(file[1].replace("&amp;", "&")).status_code == 403


def test_a_lot_opens_to_its_own_product_where_two_have_one_code(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    def twins(session: Session) -> None:
        note = build.note(session, there.h, there.h.gauzes, ("GAUZE", 50), ("REAGENT", 100))
        for di in (build.GAUZE_CASE_DI, build.REAGENT_DI):
            code = build.receive(session, there.h, note, build.scan(di, lot="TWIN"))[0]
            build.use(session, there.h, build.move_to(session, there.h, [code], there.h.ward)[0], encounter=None)

    act(twins)
    finance = enter("finance")
    rows = re.findall(
        r'<tr><td><a href="([^"]+)" class="code">TWIN<.*?</td>.*?<td class="num"><a href="[^"]+">¥([^<]+)</a>',
        finance.look(f"/finance?{MONTH}&by=lot").text,
    )
    assert len({amount for _href, amount in rows}) == 2
    for href, amount in rows:
        assert f"Movements <b>¥{amount}</b>" in finance.look(href.replace("&amp;", "&")).text, href


@pytest.mark.parametrize("report", ["movements", "encounters", "drgs"])
def test_a_file_says_what_ties_out(enter: Enter, there: SimpleNamespace, report: str) -> None:
    answer = enter("finance").look(f"/finance/export/{report}.xlsx?from=2026-01&{MONTH}&department=CARD")
    about = list(openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets[-1].values)
    assert (("Department", "CARD") in about) == (report == "movements")  # the others do not choose by it
    assert ("From month", "2026-01") in about
    assert any("−" in str(name) and told == "0.00" for name, told, *_ in about), about


def test_the_chart_is_drawn_here_with_links_and_a_table(enter: Enter, there: SimpleNamespace) -> None:
    page = enter("finance").look(f"/finance?{MONTH}").text
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg"') == 3, "the ranking is drawn for a phone besides"
    assert re.search(r'<a href="/finance\?month=2026-03[^"]*"><path aria-label="2026-03: ¥8,635.80"', page)
    assert "vega" not in page
    assert " style=" not in page


def test_a_head_nurse_sees_her_department_alone(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("head_nurse")
    assert "Cardiology" in nurse.look(f"/finance?{MONTH}").text
    assert "Surgery" not in nurse.page.text  # type: ignore[union-attr]
    assert nurse.look(f"/finance/export/drgs.csv?{MONTH}").status_code == 403


def test_a_spreadsheet_has_codes_as_text_and_money_as_numbers(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    answer = finance.look(f"/finance/export/movements.xlsx?{MONTH}")
    assert "movements_2026-03_asof202603021000.xlsx" in answer.headers["Content-Disposition"]
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    rows = list(book.worksheets[0].values)
    head, lines, total = rows[0], rows[1:-1], rows[-1]
    item, cost = head.index("Item"), head.index("Cost")
    assert {type(line[item]) for line in lines} == {str}
    assert sum(Decimal(str(line[cost])) for line in lines) == Decimal(str(total[cost])) == Decimal("8635.8")
    assert ("as of", "2026-03-02T10:00:00+08:00") in list(book.worksheets[1].values)


def test_a_csv_is_known_as_utf_8_and_holds_the_same_figures(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance", "zh-Hans")
    answer = finance.look(f"/finance/export/departments.csv?{MONTH}")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    head, line = answer.data.decode("utf-8-sig").splitlines()
    assert head.split(",")[:2] == ["编码", "科室"]
    assert line.split(",")[-1] == "8635.80"


def test_every_way_to_tell_cost_apart_ties_out_over_any_months(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    for way in ("campus", "product_class", "chargeable", "lot", "encounter", "week", "movement", "product"):
        page = finance.look(f"/finance?from=2026-01&{MONTH}&by={way}").text
        assert "Ties out" in page, way
        assert "Does not tie out" not in page, way
        assert "¥8,635.80" in page, way


def test_choices_stay_in_the_address_and_the_way_up_takes_them_away(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look(
        f"/finance?from=2026-01&{MONTH}&department=CARD&product_class=low_value&by=lot&compare=year"
    ).text
    hrefs = [href.replace("&amp;", "&") for href in re.findall(r'<td><a href="([^"]+)" class="code">', page)]
    assert len(hrefs) == 2  # a lot, and what an invoice put there
    for kept in ("from=2026-01", MONTH, "department=CARD", "product_class=low_value", "compare=year", "lot="):
        assert kept in hrefs[0]
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page, re.DOTALL)
    assert crumbs is not None
    assert "department=" not in crumbs[0].split('href="')[1].split('"')[0]


def test_a_report_is_run_again_as_of_its_moment(
    enter: Enter, there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(minutes=1))  # all that was done is settled
    finance = enter("finance")
    page = finance.look(f"/finance?{MONTH}").text
    again = re.search(r'href="([^"]+as_of=[0-9T:%B.-]+[^"]*)"[^>]*>Run again', page)
    assert again is not None
    assert "¥8,635.80" in finance.look(again[1].replace("&amp;", "&")).text
    assert "¥8,635.80" not in finance.look(f"/finance?{MONTH}&as_of=2026-03-01T00:00:00%2B00:00").text


def test_departments_and_products_as_of_a_moment_are_called_as_they_were_then(
    enter: Enter, there: SimpleNamespace, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "code,name,name_en,cost_class\nCARD,心血管内科,Heart,clinical\nSURG,外科学部,Knives,clinical\n"
    goods = "code,name_en\nSTENT,Mesh\n"
    act(lambda session: told(session, there.h, "departments", text, at=build.NOW + timedelta(hours=1)))
    act(lambda session: told(session, there.h, "products", goods, at=build.NOW + timedelta(hours=1)))
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW + timedelta(hours=2))
    finance, then = enter("finance"), f"as_of={(build.NOW + timedelta(minutes=1)).isoformat().replace('+', '%2B')}"
    for path in (
        f"/finance?{MONTH}&by=week",
        f"/finance?{MONTH}&department=CARD",
        f"/finance/stock?{MONTH}&department=CARD",
    ):
        now, before = finance.look(path), finance.look(f"{path}&{then}")
        assert (now.status_code, before.status_code) == (200, 200)
        assert "Heart" in now.text, path
        assert ("Heart" in before.text, "Cardiology" in before.text) == (False, True), path
    for path in (
        f"/finance?{MONTH}&department=CARD",
        f"/finance?{MONTH}&by=lot",
        f"/finance?{MONTH}&by=movement&product=STENT",
        f"/finance/stock?{MONTH}&department=CARD",
        f"/finance/stock?{MONTH}&department=CARD&product=STENT",
        "/finance/lots?",
        "/finance/uninvoiced?",
    ):
        now, before = finance.look(path), finance.look(f"{path}&{then}")
        assert ["Mesh" in page.text for page in (now, before)] == [True, False], path
        assert "Stent" in before.text, path
    now, before = finance.look(f"/finance/case-costs?{MONTH}"), finance.look(f"/finance/case-costs?{MONTH}&{then}")
    assert [("Knives" in page.text, "Surgery" in page.text) for page in (now, before)] == [(True, False), (False, True)]
    weeks = [finance.look(f"/finance/export/week.csv?{MONTH}&by=week{more}").text for more in ("", f"&{then}")]
    assert ["Heart" in text for text in weeks] == [True, False]


def test_what_was_used_of_what_is_retired_since_is_opened_still(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    finance = enter("finance")
    paths = (
        f"/finance?{MONTH}&department=CARD",
        f"/finance?{MONTH}&department=CARD&product=STENT&by=movement",
        f"/finance/stock?{MONTH}&department=CARD",
        f"/finance/stock/movements?{MONTH}&department=CARD",
    )
    assert [finance.look(path).status_code for path in paths] == [200] * 4

    def retire(session: Session) -> None:
        session.get_one(Department, there.h.cardiology.id).retired = True
        session.scalars(select(Product).where(Product.code == "STENT")).one().retired = True

    act(retire)
    assert [finance.look(path).status_code for path in paths] == [200] * 4


def test_the_stock_book_ties_out_and_opens_to_products(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look(f"/finance/stock?{MONTH}").text
    assert "Ties out" in page
    below = finance.look(f"/finance/stock?{MONTH}&department=CARD").text
    assert below.count("Ties out") == 2
    assert "Does not tie out" not in page + below
    book = openpyxl.load_workbook(io.BytesIO(finance.look(f"/finance/export/stock.xlsx?{MONTH}").data))
    about = {row[0]: row[1] for row in book.worksheets[1].values}
    assert about["opening + in − out ± adjustments − closing"] == "0.00"
    assert about["Month"] == "2026-03"
    file = finance.look(f"/finance/export/stock.xlsx?{MONTH}&department=CARD")  # of a department with quantities
    head, *lines = list(openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0].values)
    opening, closing = head.index("Opening · Quantity"), head.index("Closing · Quantity")
    moved = range(opening + 2, closing, 2)
    assert lines[:-1]
    for line in lines[:-1]:
        assert line[opening] + sum(line[one] for one in moved) == line[closing], line


def test_every_figure_of_the_stock_book_opens_to_its_movements(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    book = finance.look(f"/finance/stock?{MONTH}&department=CARD").text
    cells = re.findall(
        r'<td class="num[^"]*"[^>]*><a href="(/finance/stock/movements[^"]+part=[^"]+)">(-?[^<]+)</a>', book
    )
    assert {part.split("part=")[1] for part, _amount in cells} >= {"received", "moved_in", "used", "adjusted"}
    for href, amount in cells:
        below = finance.look(href.replace("&amp;", "&")).text
        assert "Ties out" in below, href
        assert "Does not tie out" not in below, href
        assert f"Stock book <b>{amount}</b>" in below, href
    assert finance.look(f"/finance/stock/movements?{MONTH}").location.startswith("/finance/stock?")


def test_what_a_part_cost_before_stands_beside_it_and_adds_up(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    for way in ("department", "product", "campus", "lot"):
        page = finance.look(f"/finance?{MONTH}&compare=year&by={way}").text
        assert '<th class="num">Last year</th>' in page, way
        report = f"{way}s" if way in ("department", "product") else way
        for month, then in ((MONTH, ""), ("month=2026-04", "8635.80")):  # nothing in April: all of March is gone
            file = finance.look(f"/finance/export/{report}.csv?{month}&compare=prior").data.decode("utf-8-sig")
            head, *lines = file.splitlines()
            assert head.endswith('Months before,"Change, per cent"'), way
            if then:
                assert [line.split(",")[-2] for line in lines] == [then], way
                assert "without cost now" in lines[0]
            else:
                assert {line.split(",")[-2] for line in lines} == {""}, way


def test_the_weeks_as_a_file_have_every_department_and_add_up(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance", "zh-Hans")
    book = openpyxl.load_workbook(io.BytesIO(finance.look(f"/finance/export/week.xlsx?{MONTH}").data))
    head, below, *lines, total = list(book.worksheets[0].values)
    assert (head, below) == (("编码", "科室", "2026-03-02", "合计"), ("Code", "Department", "2026-03-02", "Total"))
    assert (book.worksheets[0].freeze_panes, book.worksheets[0].auto_filter.ref) == ("A3", f"A2:D{len(lines) + 2}")
    assert sum(Decimal(str(line[-1])) for line in lines) == Decimal(str(total[-1])) == Decimal("8635.8")
    about = dict(book.worksheets[1].values)
    assert (book.sheetnames[1], about["月份"], about["本表合计 − 上级合计"]) == ("说明", "2026-03", "0.00")


def test_reports_are_read_from_the_replica_and_without_it_from_the_database(
    enter: Enter, there: SimpleNamespace, app: Flask, tmp_path: Path, act: Act, monkeypatch: Any
) -> None:
    finance = enter("finance")
    shutil.copyfile(str(app.extensions["spd.database"].url.database), tmp_path / "replica.db")
    replica = Database(f"sqlite:///{tmp_path / 'replica.db'}")
    monkeypatch.setitem(app.extensions, "spd.replica", replica)
    used = there.stents[2]
    act(lambda session: build.use(session, there.h, used))
    assert "¥8,635.80" in finance.look(f"/finance?{MONTH}").text  # as the replica has it
    assert "¥17,235.80" in finance.look("/").text  # home is no report
    replica.dispose()
    gone = Database(f"sqlite:///{tmp_path}")  # a folder: nothing answers there
    monkeypatch.setitem(app.extensions, "spd.replica", gone)
    assert "¥17,235.80" in finance.look(f"/finance?{MONTH}").text
    gone.dispose()


def test_a_week_of_the_heat_map_opens_to_its_own_movements(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    weeks = finance.look(f"/finance?{MONTH}&by=week").text
    href = re.search(r'<td class="num"><a href="([^"]+week=2026-03-02[^"]*)">¥8,635.80</a>', weeks)
    assert href is not None
    below = finance.look(href[1].replace("&amp;", "&")).text
    assert "Ties out" in below
    assert 'class="num">¥8,635.80</td>' in below
    assert "week of 2026-03-02" in below
    other = finance.look(f"/finance?{MONTH}&week=2026-03-11&by=product").text  # of the week from the 9th nothing
    assert "No cost in" in other
    assert finance.look(f"/finance?{MONTH}&week=9999-12-32").status_code == 200


def test_the_bar_goes_by_the_closing_calendar(enter: Enter, there: SimpleNamespace, act: Act, monkeypatch: Any) -> None:
    when = build.occasion(there.h.keeper)
    act(lambda session: ledger.set_calendar(session, when, last_day=25, from_on=date(2026, 4, 1), reason="finance"))
    monkeypatch.setattr("spd.core.clock.now", lambda: datetime(2026, 4, 26, 2, tzinfo=UTC))
    ledger.forget_calendars()
    finance = enter("finance")
    assert re.search(r'href="/finance\?month=2026-05"[^>]*>This month<', finance.look("/finance").text)
    assert "/finance?month=2026-05" in finance.look("/").text  # what this month has cost so far
    ledger.forget_calendars()


def test_an_open_month_prints_as_not_closed_with_places_to_sign(enter: Enter, there: SimpleNamespace) -> None:
    page = enter("finance").look(f"/finance?{MONTH}").text
    assert 'class="watermark"' in page
    assert re.search(r'class="signatures">(<span>[^<]+</span>){4}', page)


def test_charts_say_what_their_tables_say(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    pareto = finance.look(f"/finance?{MONTH}&by=product").text
    assert re.search(r'aria-label="1\. [^"]+: 99\.6 %"', pareto)
    weeks = finance.look(f"/finance?{MONTH}&by=week").text
    assert re.search(
        r'<a href="/finance\?[^"]*"><path aria-label="Cardiology, 03-02: ¥8,635\.80"[^>]*var-heat-5', weeks
    )
    assert " style=" not in pareto + weeks


def test_a_report_made_in_the_background_is_the_one_that_is_there_at_once(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    """Codes as text, the sheet of parameters and control totals, row for row; whatever the report."""
    finance = enter("finance")
    reports = ("movements", "encounters", "departments", "products", "lot", "stock")
    paths = [*(f"/finance/export/{name}.xlsx?{MONTH}" for name in reports), "/finance/invoices?as=xlsx",
             f"/finance/journal?{MONTH}&as=xlsx", "/finance/case-costs/2026-03/top_down?as=xlsx"]  # fmt: skip
    at_once = {path: _sheets(finance.look(path).data) for path in paths}
    act(lambda session: policies.settle(session, build.occasion(there.h.keeper), "report.background_rows", 1))
    for path, sheets in at_once.items():
        if len(sheets[0]) > 3:  # a heading, more than one row, totals
            assert _sheets(made_in_background(finance, path)[1]) == sheets, path
    assert sum(len(sheets[0]) > 3 for sheets in at_once.values()) >= 5


def _sheets(file: bytes) -> list[list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(io.BytesIO(file))
    return [[tuple((cell.value, cell.data_type) for cell in row) for row in sheet.iter_rows()] for sheet in book]
