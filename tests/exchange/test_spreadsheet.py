"""Reports as files: no text of theirs can be taken for a formula, no code for a number."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from spd.exchange.spreadsheet import csv_text, write_sheet

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_is_never_a_formula(text: str) -> None:
    assert f"'{text[0]}" in csv_text(["name"], [[text]], zone=ZONE)
    out = io.BytesIO()
    write_sheet(out, title="t", month="2026-03", as_of=AT, columns=["name"], rows=[[text]], zone=ZONE)
    cell = openpyxl.load_workbook(out).worksheets[0]["A2"]
    assert cell.data_type == "s"


def test_values_keep_what_they_are() -> None:
    rows = [["0012345678901234567", Decimal("1234.5"), 7, AT, date(2026, 3, 2), None]]
    line = csv_text(list("abcdef"), rows, zone=ZONE).splitlines()[1]
    assert line == "0012345678901234567,1234.50,7,2026-03-02 10:00,2026-03-02,"
    out = io.BytesIO()
    write_sheet(out, title="t", month="2026-03", as_of=AT, columns=list("abcdef"), rows=rows, zone=ZONE)
    first = list(openpyxl.load_workbook(out).worksheets[0].values)[1]
    assert first[:3] == ("0012345678901234567", 1234.5, 7)
