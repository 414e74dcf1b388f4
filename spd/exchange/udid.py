"""This file is reading the device identifiers that NMPA publishes as XML: every sale unit, use unit and package a row.

A file that declares a document type is refused, so that no entity, from inside or outside, is ever followed.
Source: NMPA UDID, fields of the public release.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from spd.core.errors import Refused
from spd.exchange.refusals import EmptyFile, NoSuchFile, TooLarge
from spd.exchange.tables import LIMIT, Row, Table

COLUMNS = (
    "code", "issuer", "level", "contains_code", "contains_count", "name", "specification", "insurance_code",
    "registration_number", "manufacturer", "published_on", "withdrawn_on",
)  # fmt: skip
_OF_ALL = {
    "name": ("cpmctymc", "spmc"),
    "specification": ("ggxh",),
    "insurance_code": ("ybbm",),
    "registration_number": ("zczbhhzbapzbh",),
    "manufacturer": ("ylqxzcrbarmc",),
    "published_on": ("versionTime",),
    "withdrawn_on": ("tsrq",),
}
_ISSUERS = (("GS1", "GS1"), ("MA", "ZIIOT"), ("IDCODE", "ZIIOT"), ("AHM", "AHM"), ("ALI", "AHM"), ("阿里", "AHM"))
_DEEPEST = 12
_LONGEST = 4_000  # characters of one field
Fields = dict[str, str]


class NotUdid(Refused):
    """The file is no XML of the UDID release."""

    code = "not-udid"
    say = {
        "zh": "文件 {file} 第 {row} 行不是国家药监局 UDID 的 XML。重新下载后导入。",
        "en": "Line {row} of {file} is not XML of NMPA's UDID release. Download it again.",
    }


class ForbiddenXml(Refused):
    """The file declares a document type, through which entities could be brought in."""

    code = "forbidden-xml"
    say = {
        "zh": "文件 {file} 含文档类型声明 (DTD), 不予读取。UDID 官方文件没有 DTD。",
        "en": "File {file} declares a document type and is not read. NMPA's own files declare none.",
    }


class _Walk:
    """One walk through the file: the device under way, and the rows found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rows: list[Row] = []
        self._path: list[str] = []
        self._text = ""
        self._line = 0
        self._device: Fields = {}
        self._package: Fields = {}
        self._packages: list[Fields] = []
        self._seen: dict[str, Mapping[str, str]] = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._open
        self.parser.EndElementHandler = self._close
        self.parser.CharacterDataHandler = self._say
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *_: object) -> None:
        raise ForbiddenXml(file=self.file)

    def _open(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        self._text = ""
        if len(self._path) > _DEEPEST:
            raise NotUdid(file=self.file, row=self.parser.CurrentLineNumber)
        if name == "device":
            self._line, self._device, self._packages = self.parser.CurrentLineNumber, {}, []
        elif name == "packing":
            self._package = {}

    def _say(self, text: str) -> None:
        self._text += text
        if len(self._text) > _LONGEST:
            raise NotUdid(file=self.file, row=self.parser.CurrentLineNumber)

    def _close(self, name: str) -> None:
        self._path.pop()
        text, self._text = self._text.strip(), ""
        above = self._path[-1] if self._path else ""
        if name == "device":
            for cells in _rows_of(self._device, self._packages):
                self._keep(cells)
        elif name == "packing":
            self._packages.append(self._package)
        elif above == "device":
            self._device[name] = text
        elif above == "packing":
            self._package[name] = text

    def _keep(self, cells: Fields) -> None:
        """A row, unless it says what another said already: sale units share packages and use units."""
        if self._seen.get(cells["code"]) != cells:
            self._seen.setdefault(cells["code"], cells)
            self.rows.append(Row(self._line, cells))


def read_udid(path: Path) -> Table:
    """The device identifiers in a file, a row each; a row's number is the line where its device begins.

    Raises: NoSuchFile, TooLarge, ForbiddenXml, NotUdid, EmptyFile.
    """
    if not path.is_file():
        raise NoSuchFile(file=path.name)
    if (size := path.stat().st_size) > LIMIT:
        raise TooLarge(file=path.name, size=size, limit=LIMIT)
    walk = _Walk(path.name)
    try:
        with path.open("rb") as file:
            walk.parser.ParseFile(file)
    except expat.ExpatError as error:
        raise NotUdid(file=path.name, row=error.lineno) from error
    if not walk.rows:
        raise EmptyFile(file=path.name)
    return Table(file=path.name, columns=COLUMNS, rows=tuple(walk.rows))


def _rows_of(device: Fields, packages: list[Fields]) -> Iterator[Fields]:
    """The sale unit, what it holds, and what holds it. A device without a sale unit is a row without a code."""
    shared = {column: _first(device, names) for column, names in _OF_ALL.items()}
    shared["issuer"] = _issuer(device.get("cpbsbmtxmc", ""))
    sale, use = device.get("zxxsdycpbs", ""), device.get("sydycpbs", "")
    count = device.get("zxxsdyzsydydsl", "")
    holds = {"contains_code": use, "contains_count": count} if use and use != sale and count else {}
    yield {"code": sale, "level": "sale", **holds, **shared}
    if holds:
        yield {"code": use, "level": "use", **shared}
    for package in packages:
        yield {
            "code": package.get("bzcpbs", ""),
            "level": "package",
            "contains_code": package.get("bznhxyjbzcpbs", "") or sale,
            "contains_count": package.get("bznhxyjcpbssl", ""),
            **shared,
        }


def _first(fields: Fields, names: tuple[str, ...]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _issuer(said: str) -> str:
    upper = said.upper()
    return next((issuer for word, issuer in _ISSUERS if word in upper), "")
