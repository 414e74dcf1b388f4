"""Builders of workbooks: sound ones as people save them, and ones that nobody should open."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import openpyxl
import xlsxwriter

TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
ROOT = '<?xml version="1.0"?><workbook/>'


def as_text(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook whose every cell is text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
    return out.getvalue()


def as_typed(rows: Iterable[Sequence[Any]], formats: Mapping[str, str] | None = None) -> bytes:
    """A workbook of numbers, days and texts as a person enters them; `formats`: cell to its format of numbers."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    for cell, form in (formats or {}).items():
        book.active[cell].number_format = form
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def packed(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members and those that make it a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as book:
        for name, content in ({"[Content_Types].xml": TYPES, "xl/workbook.xml": ROOT} | dict(members)).items():
            book.writestr(name, content)
    return out.getvalue()


def bomb(megabytes: int = 24) -> bytes:
    """A few kilobytes that unpack to many megabytes of rows."""
    row = b'<row r="1"><c r="A1"><v>1</v></c></row>' * 26_000
    return packed(
        {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData>" + row * megabytes + b"</sheetData></worksheet>"}
    )


def crowd(members: int = 2_000) -> bytes:
    """A zip of more members than any workbook has."""
    return packed({f"xl/media/{number}.png": "x" for number in range(members)}, zipfile.ZIP_STORED)


def locked(content: bytes) -> bytes:
    """The same members, said to be under a password."""
    at = content.rfind(b"PK\x01\x02")
    spoilt = bytearray(content)
    while at >= 0:
        spoilt[at + 8] |= 1
        at = content.rfind(b"PK\x01\x02", 0, at)
    return bytes(spoilt)
