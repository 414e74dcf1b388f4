"""Lists: they filter, sort, page, and go out as files that say the same."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import openpyxl
from flask import Flask

from spd import policies
from spd.catalog import Product
from spd.core.transaction import transaction
from tests import build
from tests.pages.visiting import Visitor, made_in_background

Enter, Act = Callable[..., Visitor], Callable[..., Any]


def codes(page: str) -> list[str]:
    """The codes of the rows shown, in order."""
    return re.findall(r'<td[^>]*><a class="code" href="[^"]*">([^<]+)</a>', page)


def add(app: Flask, number: int, name: str = "导管") -> None:
    """So many more products."""
    with transaction(app.extensions["spd.database"]) as session:
        session.add_all(
            Product(code=f"P{n:04d}", name=name, base_unit="根", product_class="low_value", specification=f"{n} Fr")
            for n in range(number)
        )


def test_a_list_is_filtered_by_every_word_and_by_choice(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("buyer")
    assert codes(who.look("/products").text) == ["GAUZE", "REAGENT", "SCREW", "STENT"]
    assert codes(who.look("/products?q=支架 STEN").text) == ["STENT"]
    assert codes(who.look("/products?product_class=high_value").text) == ["SCREW", "STENT"]
    assert codes(who.look("/products?product_class=nonsense").text) == ["GAUZE", "REAGENT", "SCREW", "STENT"]
    nothing = who.look("/products?q=%25")
    assert codes(nothing.text) == []
    assert "Nothing matches" in nothing.text


def test_a_list_is_sorted_both_ways_and_says_so(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("buyer")
    down = who.look("/products?sort=-code")
    assert codes(down.text) == ["STENT", "SCREW", "REAGENT", "GAUZE"]
    assert 'aria-sort="descending"' in down.text
    assert codes(who.look("/products?sort=nonsense").text) == ["GAUZE", "REAGENT", "SCREW", "STENT"]


def test_a_long_list_has_pages_and_keeps_what_was_chosen(app: Flask, enter: Enter, there: SimpleNamespace) -> None:
    add(app, 60)
    who = enter("buyer")
    first = who.look("/products?q=导管").text
    assert codes(first) == [f"P{n:04d}" for n in range(50)]
    assert "60 rows · 1 / 2" in first
    onwards = re.search(r'href="([^"]*page=2[^"]*)"', first)
    assert onwards is not None
    assert codes(who.look(onwards[1].replace("&amp;", "&")).text) == [f"P{n:04d}" for n in range(50, 60)]
    assert codes(who.look("/products?q=导管&page=99").text) == [f"P{n:04d}" for n in range(50, 60)]


def test_paper_has_every_line_with_what_was_chosen(app: Flask, enter: Enter, there: SimpleNamespace) -> None:
    add(app, 60)
    who = enter("buyer")
    shown = who.look("/products?q=导管&product_class=low_value&page=2").text
    assert "Page 2 of 2 of this list: 60 lines in all." in shown  # where somebody prints what stands here
    printed = re.search(r'href="([^"]*as=print[^"]*)"', shown)
    assert printed is not None
    page = who.look(printed[1].replace("&amp;", "&")).text
    assert codes(page) == [f"P{n:04d}" for n in range(60)]
    assert "Search: 导管 · Class: low-value" in page
    assert "of this list" not in page
    assert "js/print.js" in page
    assert "as=print" not in "".join(re.findall(r'class="sort" href="([^"]+)"', page))


def test_a_file_has_every_row_that_the_list_has_with_codes_as_text(
    app: Flask, enter: Enter, there: SimpleNamespace
) -> None:
    add(app, 60, name="=cmd|' /C calc'!A0")
    answer = enter("buyer").look("/products?q=cmd&sort=-code&as=xlsx")
    sheet, about = openpyxl.load_workbook(io.BytesIO(answer.data)).worksheets
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == [f"P{n:04d}" for n in reversed(range(60))]
    assert {cell.data_type for cell in sheet["B"][1:]} == {"s"}
    assert dict(about.iter_rows(values_only=True))["rows"] == "60"
    lines = enter("buyer").look("/products?q=cmd&as=csv").data.decode("utf-8-sig").splitlines()
    assert len(lines) == 61
    assert all("'=cmd" in line for line in lines[1:])


def test_a_very_long_file_is_made_in_the_background_and_is_the_asker_s_alone(
    app: Flask, enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    add(app, 30)
    act(lambda session: policies.settle(session, build.occasion(there.h.keeper), "report.background_rows", 20))
    who = enter("buyer")
    link, content = made_in_background(who, "/products?q=导管&as=csv")
    assert len(content.decode("utf-8-sig").splitlines()) == 31
    assert enter("finance").look(link).status_code == 404
    assert who.look("/products?q=P0001&as=csv").status_code == 200  # a short one is there at once


def test_a_policy_is_set_on_its_page_and_a_wrong_one_keeps_every_word(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("quality")
    who.look("/hospital")
    page = who.fill("/hospital", policy="expiry.receipt_days", value="many", reason="评审")
    assert "cannot be many" in page.text
    assert 'value="评审"' in page.text
    page = who.fill("/hospital", policy="expiry.receipt_days", value="150")
    assert "holds from now on" in page.text
    assert "<b>150</b>" in page.text
