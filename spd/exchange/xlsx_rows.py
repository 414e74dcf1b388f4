"""This file is a workbook written row by row as it is made: a hundred thousand rows in seconds, in one pass.

Text goes in as text and is never a formula; amounts go in with all their digits. What a program for spreadsheets adds
of its own (pictures, formulas, shared strings) is left out. Source: ECMA-376 Part 1, SpreadsheetML (18.3, 18.8).
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_AWKWARD = re.compile("[&<>\x00-\x1f\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
_BUFFER = 1 << 18  # characters gathered before they are pressed
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\t": "\t", "\n": "\n"}


class Look(IntEnum):
    """How a cell looks: the number of its format."""

    PLAIN = 0
    BOLD = 1
    MONEY = 2
    TOTAL = 3
    RED = 4
    LINK = 5
    MONEY_LINK = 6


class Linked(NamedTuple):
    """A value of a cell that leads somewhere."""

    value: Any
    address: str


MOST_LINKS = 65_530
"""As many as spreadsheets take in one sheet; what comes after them leads nowhere."""


_STYLES = f"""{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.00##"/>\
</numFmts><fonts count="4"><font><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><name val="Calibri"/></font>\
<font><b/><sz val="11"/><color rgb="FFB00020"/><name val="Calibri"/></font>\
<font><u/><sz val="11"/><color rgb="FF0B57A4"/><name val="Calibri"/></font></fonts><fills count="2"><fill>\
<patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="3">\
<border><left/><right/><top/><bottom/><diagonal/></border>\
<border><left/><right/><top/><bottom style="thin"/><diagonal/></border>\
<border><left/><right/><top style="thin"/><bottom/><diagonal/></border></borders><cellStyleXfs count="1">\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="7">\
<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>\
<xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1"/>\
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="164" fontId="1" fillId="0" borderId="2" xfId="0" applyNumberFormat="1" applyFont="1" applyBorder="1"/>\
<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="0" fontId="3" fillId="0" borderId="0" xfId="0" applyFont="1"/>\
<xf numFmtId="164" fontId="3" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


@dataclass
class _Made:
    """A sheet that is done: its name, and the reach of its filter where it has one."""

    name: str
    filtered: str


class Book:
    """A workbook under way: `begin` a sheet, `row` after row, `end` it; `close` gives the whole."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._out = io.BytesIO()
        self._zip = zipfile.ZipFile(self._out, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._zone = zone
        self._made: list[_Made] = []
        self._letters: list[str] = []
        self.digest = hashlib.sha256()
        """Of all rows so far, as they are written."""

    def begin(self, name: str, widths: Sequence[float], *, frozen: int = 0) -> None:
        """A sheet with columns of these widths, its first rows kept in sight as `frozen` says."""
        self._made.append(_Made(name, ""))
        self._letters = [column(number) for number in range(len(widths))]
        self._sheet = self._zip.open(f"xl/worksheets/sheet{len(self._made)}.xml", "w", force_zip64=True)
        self._number = 0
        self._parts: list[str] = []
        self._size = 0
        self._links: list[tuple[str, str]] = []
        below = f'topLeftCell="A{frozen + 1}" activePane="bottomLeft" state="frozen"'
        pane = f'<pane ySplit="{frozen}" {below}/>' if frozen else ""
        cols = "".join(
            f'<col min="{n}" max="{n}" width="{width:.1f}" customWidth="1"/>' for n, width in enumerate(widths, 1)
        )
        self._sheet.write(
            f'{_HEAD}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheetViews>'
            f'<sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
            f"<cols>{cols}</cols><sheetData>".encode()
        )

    def row(self, values: Sequence[Any], look: Look | None = None) -> None:
        """One more row. Nothing and empty text make no cell; amounts look like money unless something else is said."""
        self._number = number = self._number + 1
        plain = f' s="{look.value}"' if look else ""
        parts = [f'<row r="{number}">']
        for letter, given in zip(self._letters, values, strict=False):
            value, style = given, plain
            if type(given) is Linked:
                value, style = given.value, self._lead(f"{letter}{number}", given)
            kind = type(value)
            if kind is str:
                if value:
                    text = _escaped(value) if _AWKWARD.search(value) else value
                    parts.append(
                        f'<c r="{letter}{number}"{style} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
                    )
            elif value is None:
                continue
            elif kind is Decimal:
                parts.append(f'<c r="{letter}{number}"{style or _MONEY}><v>{value:f}</v></c>')
            elif kind is int:
                parts.append(f'<c r="{letter}{number}"{style}><v>{value}</v></c>')
            else:
                text = _escaped(_text(value, self._zone))
                parts.append(f'<c r="{letter}{number}"{style} t="inlineStr"><is><t>{text}</t></is></c>')
        parts.append("</row>")
        line = "".join(parts)
        self._parts.append(line)
        self._size += len(line)
        if self._size > _BUFFER:
            self._flush()

    def _lead(self, cell: str, linked: Linked) -> str:
        """How a cell looks that leads somewhere; where to is kept for the end of the sheet."""
        if len(self._links) == MOST_LINKS:
            return ""
        self._links.append((cell, linked.address))
        return _MONEY_LINK if type(linked.value) is Decimal else _LINK

    def _flush(self) -> None:
        data = "".join(self._parts).encode("utf-8")
        self.digest.update(data)
        self._sheet.write(data)
        self._parts, self._size = [], 0

    def end(self, *, filtered: int = 0, rows: int = 0) -> None:
        """The sheet is done; with a filter on the row `filtered`, over the rows from there to `rows`."""
        self._flush()
        reach = f"A{filtered}:{self._letters[-1]}{rows}" if filtered and rows > filtered else ""
        self._made[-1].filtered = reach
        tail = f'<autoFilter ref="{reach}"/>' if reach else ""
        numbers: dict[str, int] = {}
        links = "".join(
            f'<hyperlink ref="{cell}" r:id="rId{numbers.setdefault(address, len(numbers) + 1)}"/>'
            for cell, address in self._links
        )
        links = f"<hyperlinks>{links}</hyperlinks>" if links else ""
        self._sheet.write(f"</sheetData>{tail}{links}</worksheet>".encode())
        self._sheet.close()
        if numbers:
            outside = [("hyperlink", _attribute(address)) for address in numbers]
            self._write(f"xl/worksheets/_rels/sheet{len(self._made)}.xml.rels", _relations(outside, outside=True))

    def close(self) -> bytes:
        """The whole workbook."""
        sheets = range(1, len(self._made) + 1)
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in sheets
        )
        self._write(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{kinds}</Types>',
        )
        self._write("_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")]))
        parts = [("worksheet", f"worksheets/sheet{n}.xml") for n in sheets]
        self._write("xl/_rels/workbook.xml.rels", _relations([*parts, ("styles", "styles.xml")]))
        self._zip.writestr("xl/styles.xml", _STYLES)
        self._write("xl/workbook.xml", self._workbook())
        self._zip.close()
        return self._out.getvalue()

    def _workbook(self) -> str:
        sheets = "".join(
            f'<sheet name="{_attribute(made.name)}" sheetId="{n}" r:id="rId{n}"/>'
            for n, made in enumerate(self._made, 1)
        )
        names = "".join(
            f'<definedName name="_xlnm._FilterDatabase" localSheetId="{n}" hidden="1">{_reference(made)}</definedName>'
            for n, made in enumerate(self._made)
            if made.filtered
        )
        defined = f"<definedNames>{names}</definedNames>" if names else ""
        return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>{defined}</workbook>'

    def _write(self, name: str, content: str) -> None:
        self._zip.writestr(name, _HEAD + content)


_MONEY = f' s="{Look.MONEY.value}"'
_LINK = f' s="{Look.LINK.value}"'
_MONEY_LINK = f' s="{Look.MONEY_LINK.value}"'


def column(number: int) -> str:
    """The letters of a column, the first being 0."""
    letters = ""
    number += 1
    while number:
        number, left = divmod(number - 1, 26)
        letters = chr(65 + left) + letters
    return letters


def _relations(parts: Sequence[tuple[str, str]], *, outside: bool = False) -> str:
    mode = ' TargetMode="External"' if outside else ""
    inside = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'
        for n, (kind, target) in enumerate(parts, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{inside}</Relationships>'


def _reference(made: _Made) -> str:
    last = re.sub(r"([A-Z]+)([0-9]+)", r"$\1$\2", made.filtered)
    quoted = made.name.replace("'", "''")
    return _escaped(f"'{quoted}'!{last}")


def _attribute(text: str) -> str:
    return _escaped(text).replace('"', "&quot;")


def _escaped(text: str) -> str:
    """The text as XML; signs that XML has not are written as spreadsheets write them."""
    return _AWKWARD.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    sign = found.group()
    if len(sign) > 1:
        return f"_x005F_{sign[1:]}"
    return _ENTITIES.get(sign) or ("\ufffd" if sign > "\x1f" else f"_x{ord(sign):04X}_")


def _text(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None).isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)
