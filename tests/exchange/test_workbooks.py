"""This file tests reading workbooks: codes stay what they are, and what is dangerous is never opened."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spd.exchange.refusals import (
    LockedWorkbook,
    MergedCells,
    NumberRounded,
    TooManyColumns,
    UnsafeWorkbook,
    WrongEncoding,
)
from spd.exchange.tables import peek, read
from tests.exchange import books

LAUGHS = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
ABROAD = '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet>&x;</worksheet>'
MACROS = books.TYPES.replace("/>", '><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled"/></Types>')

DANGEROUS: dict[str, bytes] = {
    "a bomb": books.bomb(),
    "a crowd of members": books.crowd(),
    "entities that multiply": books.packed({"xl/worksheets/sheet1.xml": LAUGHS}),
    "an entity that reads a file": books.packed({"xl/worksheets/sheet1.xml": ABROAD}),
    "one hidden behind a long comment": books.packed(
        {"xl/worksheets/sheet1.xml": "<!--" + "x" * 20_000 + "-->" + ABROAD.removeprefix('<?xml version="1.0"?>')}
    ),
    "one in another encoding": books.packed({"xl/worksheets/sheet1.xml": ABROAD.encode("utf-16")}),
    "a member outside": books.packed({"../../etc/cron.d/x": "x"}),
    "an absolute member": books.packed({"/etc/passwd": "x"}),
    "macros": books.packed({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
    "macros by type": books.packed({"[Content_Types].xml": MACROS}),
    "a password on its members": books.locked(books.as_text([["code"], ["A"]])),
    "another zip": books.packed({"word/document.xml": "<document/>"}).replace(b"xl/workbook.xml", b"wd/workbook.xml"),
    "a torn one": books.as_text([["code"], ["A"]])[:-40],
    "only its beginning": b"PK\x03\x04",
}


@pytest.mark.parametrize("content", DANGEROUS.values(), ids=DANGEROUS)
def test_what_is_dangerous_is_never_opened(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any, **__: Any) -> None:
        raise AssertionError("it was opened")

    monkeypatch.setattr(openpyxl, "load_workbook", opened)
    for asking in (read, peek):
        with pytest.raises(UnsafeWorkbook) as refused:
            asking(content, file="清单.xlsx")
        assert "清单.xlsx" in refused.value.sentence("zh")


def test_a_bomb_is_refused_before_any_of_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "open", None)
    with pytest.raises(UnsafeWorkbook):
        read(DANGEROUS["a bomb"], file="t.xlsx")


def test_a_sound_workbook_is_opened() -> None:
    """So that the tests above cannot pass because nothing is."""
    assert [row.cells for row in read(books.as_text([["code"], ["A"]]), file="t.xlsx").rows] == [{"code": "A"}]


def test_an_old_or_locked_workbook_is_named() -> None:
    with pytest.raises(LockedWorkbook):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, file="旧.xls")


def test_a_program_under_another_name_is_no_text() -> None:
    with pytest.raises(WrongEncoding):
        read(b"MZ\x90\x00\x03\x00\x00\x00\xff\xff", file="t.csv")


CODES = [
    "00123",
    "1E5",
    "12345678901234567890",
    "06901234567892",
    "2026-03-01",
    "3/4",
    "1,5",
    "TRUE",
    "+86",
    "-1",
    "=1+1",
]


def test_codes_in_cells_of_text_are_taken_as_they_stand() -> None:
    table = read(books.as_text([["code"], *([code] for code in CODES)]), file="t.xlsx")
    assert [row["code"] for row in table.rows] == CODES


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="'\"_"),
            min_size=1,
            max_size=12,
        )
        | st.from_regex(r"\A0*[0-9]{1,20}\Z")
        | st.from_regex(r"\A[0-9]E[0-9]{1,3}\Z"),
        min_size=1,
        max_size=12,
    )
)
def test_any_text_comes_back_from_a_workbook_the_same(cells: list[str]) -> None:
    table = read(books.as_text([["code"], *([cell] for cell in cells)]), file="t.xlsx")
    assert [row["code"] for row in table.rows] == cells


@pytest.mark.parametrize(
    ("value", "form", "read_as"),
    [
        (6901234567892, "General", "6901234567892"),
        (123, "00000", "00123"),
        (12.5, "0.00", "12.5"),
        (0.1 + 0.2, "General", "0.3"),
        (3.0, "General", "3"),
        (1e-5, "General", "0.00001"),
        (date(2028, 9, 30), "yyyy-mm-dd", "2028-09-30"),
        (datetime(2026, 3, 1, 8, 5), "yyyy-mm-dd hh:mm", "2026-03-01 08:05"),
        (True, "General", "TRUE"),
    ],
)
def test_numbers_and_days_are_read_as_a_person_sees_them(value: Any, form: str, read_as: str) -> None:
    content = books.as_typed([["code", "x"], [value, "x"]], {"A2": form})
    assert read(content, file="t.xlsx").rows[0]["code"] == read_as


def test_a_code_that_lost_its_digits_is_refused_with_its_cell() -> None:
    with pytest.raises(NumberRounded) as refused:
        read(books.as_typed([["code", "serial"], ["A", 1.2345678901234568e19]]), file="t.xlsx")
    assert (refused.value.facts["row"], refused.value.facts["column"]) == (2, "B")


def test_a_formula_is_its_own_text_and_never_computed() -> None:
    content = books.as_typed([["code", "name"], ["A", "=cmd|'/c calc'!A1"], ["B", "=1+1"]])
    assert [row["name"] for row in read(content, file="t.xlsx").rows] == ["=cmd|'/c calc'!A1", "=1+1"]


def test_rows_have_the_numbers_a_spreadsheet_shows_and_end_where_they_end() -> None:
    content = books.as_typed([[], ["code", "name"], ["A"], [], ["B", "乙"]])
    table = read(content, file="t.xlsx")
    assert [(row.number, row["code"], row["name"]) for row in table.rows] == [(3, "A", ""), (5, "B", "乙")]


def test_a_sheet_that_lies_about_its_size_loses_no_row() -> None:
    content = books.as_typed([["code"], ["A"], ["B"]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(out, "w") as lying:
        for info in book.infolist():
            part = book.read(info)
            lying.writestr(info, part.replace(b'<dimension ref="A1:A3"/>', b'<dimension ref="A1"/>'))
    assert b'ref="A1"' in zipfile.ZipFile(out).read("xl/worksheets/sheet1.xml")
    assert [row["code"] for row in read(out.getvalue(), file="t.xlsx").rows] == ["A", "B"]


@pytest.mark.parametrize(("cells", "refused"), [("A2:A3", True), ("A2:B2", True), ("A1:B1", True), (None, False)])
def test_merged_cells_are_refused_and_not_read_as_empty(cells: str | None, refused: bool) -> None:
    """A supplier merged over three rows would otherwise be left as it is in two of them."""
    book = openpyxl.Workbook()
    for row in (["code", "supplier"], ["A", "S"], ["B", "S"]):
        book.active.append(row)
    if cells:
        book.active.merge_cells(cells)
    out = io.BytesIO()
    book.save(out)
    for asking in (read, peek):
        if refused:
            with pytest.raises(MergedCells) as why:
                asking(out.getvalue(), file="t.xlsx")
            assert why.value.facts["cells"] == cells
        else:
            asking(out.getvalue(), file="t.xlsx")


def test_the_first_visible_sheet_with_rows_is_read() -> None:
    book = openpyxl.Workbook()
    book.active.title = "空"
    hidden, shown = book.create_sheet("隐藏"), book.create_sheet("清单")
    hidden.sheet_state = "hidden"
    hidden.append(["code"])
    shown.append(["code"])
    shown.append(["A"])
    out = io.BytesIO()
    book.save(out)
    assert [row["code"] for row in read(out.getvalue(), file="t.xlsx").rows] == ["A"]


def test_a_sheet_has_a_greatest_width() -> None:
    with pytest.raises(TooManyColumns):
        read(books.as_text([[f"c{number}" for number in range(300)], ["x"]]), file="t.xlsx")


def test_peeking_reads_the_first_rows_alone() -> None:
    content = books.as_text([["品规编码", ""], *([f"P{number}", "x"] for number in range(50))])
    assert peek(content, file="t.xlsx", rows=2) == (["品规编码"], [["P0", "x"], ["P1", "x"]])
