"""This file is lists as files, however long: rows stream in, codes stay text, a second sheet says where it is from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from spd.exchange.spreadsheet import SAFE, plain_cell

MOST = 1_048_575  # rows of one sheet below its heading; more goes on on the next
_WIDTHS = {"code": 24, "money": 16, "quantity": 12, "day": 12, "instant": 18, "pill": 14, "text": 28}


@dataclass(frozen=True)
class Head:
    """The heading of a column, what kind it is, whether it is summed."""

    title: str
    kind: str = "text"
    total: bool = False


@dataclass(frozen=True, kw_only=True)
class About:
    """Where a file is from: for its second sheet."""

    title: str
    at: datetime
    by: str
    said: str
    rows: int


def stream_xlsx(heads: Sequence[Head], rows: Iterable[Sequence[Any]], about: About, *, zone: ZoneInfo) -> bytes:
    """The rows as a workbook, with the total of every column that has one: numbers as numbers, codes as text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {**SAFE, "constant_memory": True}) as book:
        writer = _Writer(book, heads, about.title, zone)
        for row in rows:
            writer.write(row)
        writer.close()
        totals = [(head.title, str(writer.sums[number])) for number, head in enumerate(heads) if head.total]
        sheet = book.add_worksheet("about")
        facts = [
            ("report", about.title),
            ("as of", about.at.astimezone(zone).isoformat()),
            ("chosen", about.said),
            ("rows", str(about.rows)),
            ("exported by", about.by),
            *totals,
        ]
        for number, (name, value) in enumerate(facts):
            sheet.write_string(number, 0, name, writer.bold)
            sheet.write_string(number, 1, value)
        sheet.set_column(0, 1, 30)
    return out.getvalue()


class _Writer:
    """Sheets being written, one after the other where rows are many."""

    def __init__(self, book: Any, heads: Sequence[Head], title: str, zone: ZoneInfo) -> None:
        self.bold = book.add_format({"bold": True, "bottom": 1})
        self._money = book.add_format({"num_format": "#,##0.00##"})
        self._total = book.add_format({"bold": True, "top": 1, "num_format": "#,##0.00##"})
        self._book, self._heads, self._title, self._zone = book, heads, title, zone
        self.sums: list[Any] = [Decimal(0) if head.kind == "money" else 0 for head in heads]
        self._sheet: Any = None
        self._number = 0
        self._sheets = 0
        self._begin()

    def _begin(self) -> None:
        self._sheets += 1
        name = _sheet_name(self._title) if self._sheets == 1 else f"{_sheet_name(self._title)[:27]} {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for column, head in enumerate(self._heads):
            self._sheet.set_column(column, column, max(_WIDTHS.get(head.kind, 20), len(head.title) * 1.6))
            self._sheet.write_string(0, column, head.title, self.bold)
        self._number = 0

    def write(self, row: Sequence[Any]) -> None:
        if self._number == MOST - 1:
            self._filter()
            self._begin()
        self._number += 1
        for column, (head, value) in enumerate(zip(self._heads, row, strict=True)):
            if value is None:
                continue
            if head.total:
                self.sums[column] += value
            if isinstance(value, Decimal):
                self._sheet.write_number(self._number, column, float(value), self._money)  # a cell holds no decimal
            elif isinstance(value, int) and not isinstance(value, bool):
                self._sheet.write_number(self._number, column, value)
            else:
                self._sheet.write_string(self._number, column, _text(value, self._zone))

    def close(self) -> None:
        for column, head in enumerate(self._heads):
            if head.total:
                self._sheet.write_number(self._number + 1, column, float(self.sums[column]), self._total)
        self._filter()

    def _filter(self) -> None:
        if self._number:
            self._sheet.autofilter(0, 0, self._number, len(self._heads) - 1)


def csv_lines(heads: Sequence[Head], rows: Iterable[Sequence[Any]], *, zone: ZoneInfo) -> str:
    """The rows as CSV with the mark by which spreadsheets know UTF-8; no text can be taken for a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow([head.title for head in heads])
    writer.writerows([plain_cell(value, zone) for value in row] for row in rows)
    return out.getvalue()


def _sheet_name(title: str) -> str:
    """A title without what Excel forbids in the name of a sheet."""
    return "".join(" " if sign in r"[]:*?/\'" else sign for sign in title)[:31].strip() or "list"


def _text(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else str(value)
