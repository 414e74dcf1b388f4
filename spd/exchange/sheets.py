"""This file is lists as files, however long: rows stream in, codes stay text, a second sheet says where it is from."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from spd.core.money import shown
from spd.exchange.spreadsheet import plain_cell
from spd.exchange.xlsx_rows import Book, Linked, Look

MOST = 1_048_575  # rows of one sheet with its headings and without its totals; more goes on on the next
_WIDTHS = {"code": 24, "money": 16, "quantity": 12, "day": 12, "instant": 18, "pill": 14, "text": 28}


@dataclass(frozen=True)
class Head:
    """The heading of a column, what kind it is, whether it is summed; `english` stands below it where it is another."""

    title: str
    kind: str = "text"
    total: bool = False
    english: str = ""


OWN = ("about", "report", "as of", "chosen", "rows", "exported by", "sha256 of rows", "sheets", "total")


@dataclass(frozen=True, kw_only=True)
class About:
    """Where a file is from: for its second sheet."""

    title: str
    at: datetime
    by: str
    said: str
    rows: int
    facts: Sequence[tuple[str, str]] = ()
    """More of what the rows are of, by name."""
    ties: Sequence[tuple[str, Decimal]] = ()
    """What must be zero, and what it is: told in red where it is not."""
    words: Mapping[str, str] = field(default_factory=dict)
    """What the second sheet calls its own, in the language of whoever asked: `OWN` by its English word."""

    def say(self, word: str) -> str:
        """One of `OWN`, as it is to be written."""
        return self.words.get(word, word)


def stream_xlsx(heads: Sequence[Head], rows: Iterable[Sequence[Any]], about: About, *, zone: ZoneInfo) -> bytes:
    """The rows as a workbook, with the total of every column that has one: numbers as numbers, codes as text."""
    book = Book(zone)
    writer = _Writer(book, heads, about.title)
    for row in rows:
        writer.write(row)
    writer.close(about.say("total"))
    _tell(book, writer, about, zone)
    return book.close()


def _tell(book: Book, writer: _Writer, about: About, zone: ZoneInfo) -> None:
    """The second sheet: what was asked, what it adds up to, whether it agrees, and by what the rows are known again."""
    known = book.digest.hexdigest()
    facts = [
        (about.say("report"), about.title),
        (about.say("as of"), about.at.astimezone(zone).isoformat()),
        (about.say("chosen"), about.said),
        *about.facts,
        (about.say("rows"), str(writer.rows)),
        (about.say("exported by"), about.by),
        *((head.title, str(writer.sums[number])) for number, head in enumerate(writer.heads) if head.total),
    ]
    book.begin(about.say("about"), [30, 60])
    for fact in facts:
        book.row(fact)
    for name, difference in about.ties:
        book.row((name, shown(difference)), Look.RED if difference else None)
    book.row((about.say("sha256 of rows"), known))
    if writer.sheets > 1:
        book.row((about.say("sheets"), str(writer.sheets)))
    book.end()


class _Writer:
    """Sheets being written, one after the other where rows are many."""

    def __init__(self, book: Book, heads: Sequence[Head], title: str) -> None:
        self._book, self.heads, self._title = book, heads, title
        self.rows = self.sheets = self._number = 0
        self.sums: list[Any] = [Decimal(0) if head.kind == "money" else 0 for head in heads]
        self._summed = [number for number, head in enumerate(heads) if head.total]
        self._headings = [[head.title for head in heads]]
        if any(head.english and head.english != head.title for head in heads):
            self._headings.append([head.english or head.title for head in heads])
        self._begin()

    def _begin(self) -> None:
        self.sheets += 1
        name = _sheet_name(self._title) if self.sheets == 1 else f"{_sheet_name(self._title)[:27]} {self.sheets}"
        widths = [max(_WIDTHS.get(head.kind, 20), len(head.title) * 1.6) for head in self.heads]
        self._book.begin(name, widths, frozen=len(self._headings))
        for titles in self._headings:
            self._book.row(titles, Look.BOLD)
        self._number = 0

    def write(self, row: Sequence[Any]) -> None:
        """One more row, on the next sheet where this one is full."""
        if self._number + len(self._headings) == MOST:
            self._end()
            self._begin()
        self._number += 1
        self.rows += 1
        for column in self._summed:
            value = row[column]
            if type(value) is Linked:
                value = value.value
            if value is not None:
                self.sums[column] += value
        self._book.row(row)

    def close(self, word: str) -> None:
        """The totals below the last row, with the word for them where the first column has none."""
        if self._summed:
            cells = [self.sums[n] if head.total else None for n, head in enumerate(self.heads)]
            self._book.row([word if cells[0] is None else cells[0], *cells[1:]], Look.TOTAL)
        self._end()

    def _end(self) -> None:
        headings = len(self._headings)
        self._book.end(filtered=headings, rows=self._number + headings)


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
