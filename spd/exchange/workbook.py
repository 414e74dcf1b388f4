"""This file is reading workbooks: the first sheet, row by row, every cell as the text a person sees; nothing computed.

Codes stay what they are: leading zeros, 1E5 and twenty digits in cells of text are taken as they stand. A number that a
spreadsheet has already rounded is refused with its row and column, since nobody can tell what it was.
"""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils import get_column_letter

from spd.exchange.refusals import (
    LockedWorkbook,
    MergedCells,
    NumberRounded,
    TooManyColumns,
    TooManyRows,
    UnsafeWorkbook,
)
from spd.exchange.zip_directory import is_old_or_locked, is_zip, open_safely

MOST_ROWS = 200_000
MOST_COLUMNS = 200
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+[0-9]+:[A-Z]+([0-9]+))"')
_EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number


def is_workbook(content: bytes) -> bool:
    """Whether the bytes are a workbook, of whatever kind, rather than text."""
    return is_zip(content) or is_old_or_locked(content)


def records(content: bytes, file: str, *, most: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that has any, numbered as the spreadsheet does; the first `most` where it is said.

    Raises: LockedWorkbook, UnsafeWorkbook, TooManyColumns, MergedCells, TooManyRows, NumberRounded.
    """
    if is_old_or_locked(content):
        raise LockedWorkbook(file=file)
    open_safely(content, file).close()
    try:
        yield from _rows(content, file, most)
    except (
        ET.ParseError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        zipfile.BadZipFile,
        OSError,
    ) as error:
        raise UnsafeWorkbook(file=file, why="it is damaged", why_zh="文件已损坏") from error


def _rows(content: bytes, file: str, most: int | None) -> Iterator[tuple[int, list[str]]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that are not read here
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            sheet.reset_dimensions()  # what a sheet says of its size may be wrong, and rows would be lost
            told = 0
            for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1):
                if number > MOST_ROWS:
                    raise TooManyRows(file=file, most=MOST_ROWS)
                cells = _cells(row, number, file)
                if not cells:
                    continue
                if len(cells) > MOST_COLUMNS:
                    raise TooManyColumns(file=file, most=MOST_COLUMNS, row=number)
                if not told:
                    _refuse_merged(sheet, number, file)
                yield number, cells
                told += 1
                if told == most:
                    return
            if told:
                return
    finally:
        book.close()


def _refuse_merged(sheet: Any, first: int, file: str) -> None:
    """Refuse merged cells from the first row with text on. Raises: MergedCells.

    What is merged stands in the first cell alone; the others would be read as empty, which means: leave as it is.
    """
    with sheet.parent._archive.open(sheet._worksheet_path) as part:  # read-only sheets do not tell what is merged
        content = part.read()
    for found in _MERGED.finditer(content, max(0, content.rfind(b"sheetData>"))):
        if int(found[2]) >= first:
            raise MergedCells(file=file, cells=found[1].decode())


def _cells(row: Sequence[Any], number: int, file: str) -> list[str]:
    """The cells of a row up to the last with any text."""
    last = len(row)
    while last and row[last - 1] is EMPTY_CELL:
        last -= 1
    cells = [_text(cell, number, file) for cell in row[:last]]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: Any, row: int, file: str) -> str:
    """A cell as it is read. A formula is its own text: it is never computed, and no column of numbers takes it."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int):
        return _padded(str(value), cell.number_format)
    if isinstance(value, float):
        if value.is_integer() and abs(value) >= _EXACT:
            raise NumberRounded(file=file, row=row, column=get_column_letter(cell.column), value=repr(value))
        text = format(Decimal(format(value, ".15g")), "f")
        return _padded(text.rstrip("0").rstrip(".") if "." in text else text, cell.number_format)
    return str(value).strip()


def _padded(digits: str, form: Any) -> str:
    """A whole number with the zeros in front that its format shows: 00123 under 00000."""
    zeros = isinstance(form, str) and form.strip('"') != "" and set(form) == {"0"}
    return digits.zfill(len(form)) if zeros and digits.isdigit() else digits
