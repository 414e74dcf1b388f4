"""This file is reading tables: CSV in UTF-8 (with or without BOM), GBK or GB18030, and XLSX, told apart by content."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from spd.exchange import workbook
from spd.exchange.refusals import (
    BadMapping,
    DuplicateColumns,
    DuplicateRows,
    EmptyFile,
    MissingColumns,
    NoSuchFile,
    NotATable,
    OtherSeparator,
    TooLarge,
    WrongEncoding,
)
from spd.exchange.spreadsheet import FORMULA

LIMIT = 256 * 1024 * 1024
"""Bytes of a file that are read at once: about two million rows."""

_CELL_LIMIT = 1024 * 1024
_SEPARATORS = {"\t": "Tab", ";": ";", "；": "；", "|": "|"}
_CONTROL = frozenset(chr(number) for number in range(32)) - frozenset("\t\r\n")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number as a spreadsheet shows it (the column names are row 1), and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]

    def get(self, column: str) -> str:
        """The cell; empty where the file has no such column."""
        return self.cells.get(column, "")


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file's name, columns and rows. Cells have no blanks around them; rows without any text are left out."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def renamed(self, names: Mapping[str, str]) -> Table:
        """The same table with columns under other names."""
        if all(theirs == ours for theirs, ours in names.items()):
            return self
        columns = tuple(names.get(column, column) for column in self.columns)
        rows = (
            Row(row.number, {names.get(column, column): row[column] for column in self.columns}) for row in self.rows
        )
        return Table(file=self.file, columns=columns, rows=tuple(rows))

    def refuse_missing(self, columns: Sequence[str]) -> None:
        """Refuse the table if it lacks columns. Raises: MissingColumns, naming all of them."""
        missing = [column for column in columns if column not in self.columns]
        if missing:
            raise MissingColumns(file=self.file, columns=", ".join(missing))

    def refuse_duplicates(self, key: Sequence[str]) -> None:
        """Refuse the table if two rows have one key. Raises: DuplicateRows, naming the first two."""
        seen: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            this = tuple(row.get(column) for column in key)
            if this in seen:
                named = ", ".join(f"{column}={value}" for column, value in zip(key, this, strict=True))
                raise DuplicateRows(file=self.file, rows=f"{seen[this]}, {row.number}", key=named)
            seen[this] = row.number


def read_file(
    path: Path, *, required: Sequence[str] = (), mapping: Mapping[str, str] | None = None, limit: int = LIMIT,
    tell: Callable[[int, int], None] | None = None,
) -> Table:  # fmt: skip
    """The table in a file.

    Raises: NoSuchFile, TooLarge, and as `read`.
    """
    if not path.is_file():
        raise NoSuchFile(file=path.name)
    if (size := path.stat().st_size) > limit:
        raise TooLarge(file=path.name, size=size, limit=limit)
    return read(path.read_bytes(), file=path.name, required=required, mapping=mapping, tell=tell)


def read(
    content: bytes, *, file: str, required: Sequence[str] = (), mapping: Mapping[str, str] | None = None,
    tell: Callable[[int, int], None] | None = None,
) -> Table:  # fmt: skip
    """The table in these bytes; `mapping` renames columns, theirs to ours, and a column without a name gets its number.

    `tell` hears now and then how many rows were read. Raises: EmptyFile, WrongEncoding, NotATable, OtherSeparator,
    DuplicateColumns, MissingColumns, and what reading a workbook raises.
    """
    found, book = _found(content, file)
    header = next(found, None)
    if header is None:
        raise EmptyFile(file=file)
    _refuse_other_separator(header[1], file)
    columns = _columns(header[1], file, mapping or {})
    rows: list[Row] = []
    for number, cells in found:
        rows.append(Row(number, _cells(columns, cells, number, file, short=book)))
        if tell is not None and len(rows) % 500 == 0:
            tell(len(rows), 0)
    table = Table(file=file, columns=columns, rows=tuple(rows))
    table.refuse_missing(required)
    if not rows:
        raise EmptyFile(file=file)
    return table


def peek(content: bytes, *, file: str, rows: int = 5) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the first rows below them. Raises: as `read`."""
    found, _ = _found(content, file, most=rows + 1)
    header = next(found, None)
    if header is None:
        raise EmptyFile(file=file)
    _refuse_other_separator(header[1], file)
    _columns(header[1], file, {})
    return header[1], [cells for _, (_, cells) in zip(range(rows), found, strict=False)]


def _found(content: bytes, file: str, *, most: int | None = None) -> tuple[Iterator[tuple[int, list[str]]], bool]:
    """The rows with any text, and whether they are a workbook's, whose rows end at their last cell."""
    if workbook.is_workbook(content):
        return workbook.records(content, file, most=most), True
    return _records(_text(content, file), file), False


def _cells(columns: Sequence[str], cells: list[str], number: int, file: str, *, short: bool) -> dict[str, str]:
    if len(cells) > len(columns) or (len(cells) < len(columns) and not short):
        raise NotATable(file=file, row=number, cells=len(cells), columns=len(columns))
    return dict(zip(columns, cells + [""] * (len(columns) - len(cells)), strict=True))


def read_mapping(path: Path, known: Sequence[str]) -> dict[str, str]:
    """Their columns to ours, from a YAML file. Raises: NoSuchFile, BadMapping."""
    if not path.is_file():
        raise NoSuchFile(file=path.name)
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadMapping(file=path.name, why="it is not YAML", why_zh="不是 YAML 文件") from error
    if not isinstance(said, dict) or not all(isinstance(name, str) for name in said.values()):
        raise BadMapping(file=path.name, why="it is not a list of pairs", why_zh="不是成对的列名")
    strange = sorted({name for name in said.values() if name not in known})
    if strange:
        names, ours = ", ".join(strange), ", ".join(known)
        raise BadMapping(
            file=path.name, why=f"{names} is none of {ours}", why_zh=f"{names} 不是我们的列名, 我们的列名有 {ours}"
        )
    return {str(theirs): ours for theirs, ours in said.items()}


def _text(content: bytes, file: str) -> str:
    """The text; UTF-8 is tried first, since hardly any other text happens to be UTF-8."""
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise EmptyFile(file=file)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _CONTROL.intersection(text):
            return text
    raise WrongEncoding(file=file)


def _records(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with any text, numbered from 1, as a spreadsheet numbers them."""
    csv.field_size_limit(_CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise NotATable(file=file, row=number, cells="?", columns="?") from error
        if cells is None:
            return
        cells = [_plain(cell.strip()) for cell in cells]
        if any(cells):
            yield number, cells


def _plain(cell: str) -> str:
    """A cell without the mark that files of ours put before what could be taken for a formula."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in FORMULA else cell


def _refuse_other_separator(names: Sequence[str], file: str) -> None:
    """Raises: OtherSeparator, where all the names stand in one cell."""
    for sign, name in _SEPARATORS.items():
        if len(names) == 1 and sign in names[0]:
            raise OtherSeparator(file=file, sign=name)


def _columns(names: Sequence[str], file: str, mapping: Mapping[str, str]) -> tuple[str, ...]:
    columns = tuple(mapping.get(name, name) or f"({number})" for number, name in enumerate(names, 1))
    twice = sorted({name for name in columns if columns.count(name) > 1})
    if twice:
        raise DuplicateColumns(file=file, columns=", ".join(twice))
    return columns
