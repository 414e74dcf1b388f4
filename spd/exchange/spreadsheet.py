"""This file is reports as spreadsheets: codes stay text, amounts are numbers, a second sheet says where it is from."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from spd.core.money import shown

SAFE = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "remove_timezone": True}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""With what a cell begins that a spreadsheet takes for a formula, in full width too."""


def write_sheet(
    file: Path | io.BytesIO,
    *,
    title: str,
    month: str,
    as_of: datetime,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    zone: ZoneInfo,
    untotalled: Collection[str] = ("mean", "weight", "rate"),
    more: Sequence[tuple[str, str]] = (),
) -> None:
    """The rows with a total of every amount, frozen header and filter; parameters, and `more`, on the second sheet."""
    with xlsxwriter.Workbook(file if isinstance(file, io.BytesIO) else str(file), SAFE) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        money = book.add_format({"num_format": "#,##0.00##"})
        total = book.add_format({"bold": True, "top": 1, "num_format": "#,##0.00##"})
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(columns):
            sheet.write_string(0, column, name, bold)
            values = [row[column] for row in rows]
            for number, value in enumerate(values, 1):
                _write(sheet, number, column, value, money, zone)
            if any(isinstance(value, Decimal) for value in values) and name not in untotalled:
                summed = sum((value for value in values if value is not None), Decimal(0))
                sheet.write_number(len(rows) + 1, column, float(summed), total)
            widest = max((len(str(value)) for value in values), default=0)
            sheet.set_column(column, column, min(max(widest, len(name)) * 1.4 + 2, 48))
        if rows:
            sheet.autofilter(0, 0, len(rows), len(columns) - 1)
        about = book.add_worksheet("about")
        facts = (
            ("report", title),
            ("month", month),
            ("as of", as_of.astimezone(zone).isoformat()),
            ("rows", str(len(rows))),
            *more,
        )
        for number, (name, value) in enumerate(facts):
            about.write_string(number, 0, name, bold)
            about.write_string(number, 1, value)
        about.set_column(0, 1, 30)


def _write(sheet: Any, row: int, column: int, value: Any, money: Any, zone: ZoneInfo) -> None:
    if value is None:
        return
    if isinstance(value, Decimal):
        sheet.write_number(row, column, float(value), money)  # a cell holds no decimal; the ledger does
    elif isinstance(value, datetime):
        sheet.write_string(row, column, value.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
    elif isinstance(value, int) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    else:
        sheet.write_string(row, column, str(value))


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, zone: ZoneInfo) -> str:
    """The rows as CSV, with the mark by which spreadsheets know UTF-8; no cell of text can be taken for a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([plain_cell(value, zone) for value in row] for row in rows)
    return out.getvalue()


def plain_cell(value: Any, zone: ZoneInfo) -> str:
    """A value as a cell of CSV."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, Decimal):
        return shown(value)
    if isinstance(value, int | date):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
