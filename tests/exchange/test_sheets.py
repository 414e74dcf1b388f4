"""Long lists as files: streamed, nothing a formula, codes as text, and a second sheet that says whether it agrees."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from spd.bench import reports
from spd.exchange import sheets, xlsx_rows
from spd.exchange.sheets import About, Head, stream_xlsx
from spd.exchange.xlsx_rows import Linked

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HEADS = [Head("Code", "code"), Head("Cost", "money", total=True)]

ABOUT = About(title="t", at=AT, by="某某", said="", rows=0)


def book(rows: Sequence[Sequence[Any]], **more: Any) -> Any:
    about = About(title="科室成本", at=AT, by="某某", said="month=2026-03", rows=len(rows), **more)
    return openpyxl.load_workbook(io.BytesIO(stream_xlsx(HEADS, iter(rows), about, zone=ZONE)))


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "0012345678901234567", "6.9E+12"])
def test_codes_stay_text(text: str) -> None:
    cell = book([[text, Decimal(1)]]).worksheets[0]["A2"]
    assert (cell.data_type, cell.value) == ("s", text)


def test_the_second_sheet_has_parameters_totals_and_what_must_be_zero() -> None:
    made = book(
        [["A", Decimal("1.10")], ["B", Decimal("2.20")]], facts=[("ledger", "#7")], ties=[("left", Decimal("0.01"))]
    )
    about = {row[0].value: row[1] for row in made.worksheets[1].iter_rows()}
    assert about["Cost"].value == "3.30"
    assert (about["rows"].value, about["ledger"].value, about["exported by"].value) == ("2", "#7", "某某")
    assert (about["left"].value, about["left"].font.color.rgb) == ("0.01", "FFB00020")
    assert len(about["sha256 of rows"].value) == 64


def test_what_agrees_is_not_red_and_the_same_rows_have_the_same_digest() -> None:
    once, again, other = (
        {row[0].value: row[1] for row in book([["A", amount]], ties=[("left", Decimal(0))]).worksheets[1].iter_rows()}
        for amount in (Decimal(1), Decimal(1), Decimal(2))
    )
    assert once["left"].font.color is None or once["left"].font.color.rgb != "FFB00020"
    assert once["sha256 of rows"].value == again["sha256 of rows"].value != other["sha256 of rows"].value


def test_more_rows_than_a_sheet_holds_go_on_on_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST", 4)
    made = book([[str(n), Decimal(n)] for n in range(7)])
    assert [sheet.title for sheet in made.worksheets] == ["科室成本", "科室成本 2", "科室成本 3", "about"]
    codes = [row[0] for sheet in made.worksheets[:3] for row in list(sheet.values)[1:]]
    assert codes == [*(str(n) for n in range(7)), "total"]


def test_a_long_file_is_told_as_it_grows() -> None:
    told: list[int] = []

    def rows() -> Iterator[Sequence[Any]]:
        for number in range(3000):
            yield (str(number), AT, "CARD", "I", "P", "纱布", "10×10", "low_value", "L1", 1, "片", Decimal("3.5"),
                   Decimal("3.5"), "", "某某", "2026-03")  # fmt: skip

    assert reports.write(rows(), tell=told.append) > 10_000
    assert told == [1000, 2000, 3000]


@given(st.text(max_size=12))
@settings(max_examples=60, phases=[Phase.generate], deadline=None)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assume(text.isprintable())
    found = book([[text, Decimal(1)]]).worksheets[0]["A2"].value
    assert (found or "") == text


def test_signs_that_a_workbook_has_not_are_written_as_spreadsheets_do() -> None:
    content = stream_xlsx(HEADS, [["a\x00b_x0041_<&>", Decimal(1)]], ABOUT, zone=ZONE)
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert "a_x0000_b_x005F_x0041_&lt;&amp;&gt;" in made.read("xl/worksheets/sheet1.xml").decode()


def test_headings_stand_in_two_languages_and_stay_in_sight() -> None:
    heads = [Head("编码", "code", english="Code"), Head("#", "quantity"), Head("金额", "money", True, "Amount")]
    content = stream_xlsx(heads, [["A", 1, Decimal("2.5")]], ABOUT, zone=ZONE)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert [tuple(row) for row in sheet.values][:3] == [("编码", "#", "金额"), ("Code", "#", "Amount"), ("A", 1, 2.5)]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A3", "A2:C3")


def test_a_cell_leads_where_it_says_and_still_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_rows, "MOST_LINKS", 3)
    where = 'https://spd.example/a?b="1"&c=<2>#m3'
    sheet = book([[Linked("A", where), Linked(Decimal("1.5"), where)], [Linked("B", "https://b/"), Decimal(2)],
                  [Linked("C", "https://c/"), Decimal(3)]]).worksheets[0]  # fmt: skip
    assert [cell.hyperlink and cell.hyperlink.target for cell in sheet["A"][1:4]] == [where, "https://b/", None]
    assert (sheet["B2"].hyperlink.target, sheet["B2"].value, sheet["B2"].font.u) == (where, 1.5, "single")
    assert (sheet["A4"].value, sheet["A4"].font.u, sheet["B5"].value) == ("C", None, 6.5)
