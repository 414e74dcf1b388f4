"""This file is the numbers of Chinese authorities: NHSA consumable codes, trace codes, NMPA certificates."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from scanners.scan import Scan
from scanners.transport import Heard
from scanners.unreadable import caution

_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
NHSA = re.compile(r"[Cc]([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{3})([0-9]{2})([0-9]{3})(?:([0-9]{5})([0-9]{7})?)?")
MARK = "械"  # in every number of a certificate
_REGISTERED = re.compile(rf"(国|[{_PROVINCES}])()械注([准进许])([0-9]{{4}})([123])([0-9]{{2}})([0-9]{{4}})号?")
_FILED = re.compile(rf"(国|[{_PROVINCES}])([\u4e00-\u9fff]{{0,2}})械备([0-9]{{4}})([0-9]{{4}})号?")
# Until 2014: by the state, a province, or, for class I, a city or a district of Beijing, Shanghai and their like.
_OLD = re.compile(
    rf"(国|[{_PROVINCES}])([\u4e00-\u9fff]{{0,2}}?)(?:食药监|药监|药管)械\(([准进许])\)字"
    r"([0-9]{4})第([123])([0-9]{2})([0-9]{4})号?"
)
_AMENDED = "(更)"
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class NhsaCode:
    """A medical insurance code of a consumable.

    group: discipline, use and part, six digits; name: generic name; material, feature; maker and model where given.
    """

    code: str
    group: str
    name: str
    material: str
    feature: str
    maker: str | None
    model: str | None

    @property
    def class_code(self) -> str:
        """The first fifteen characters, which products of one kind share."""
        return self.code[:15]


@dataclass(frozen=True, slots=True)
class Certificate:
    """A registration (class II, III) or filing (class I) of a medical device.

    authority: 国 or a province; origin: 准 home, 进 imported, 许 Hong Kong, Macao, Taiwan, None where it is a filing;
    year: of the first registration, which a renewal keeps; category: of the device catalogue, 40 being in vitro tests.
    consistent: authority, origin and class go together; a registration is of class II or III, class I is filed (until
    2014 it was registered too). amended: it is followed by （更）, which is no part of the number.
    """

    number: str
    authority: str
    origin: str | None
    year: int
    device_class: int
    category: str | None
    consistent: bool
    amended: bool = False


def nhsa_code(text: str) -> NhsaCode | None:
    """The code in its parts, or None."""
    match = NHSA.fullmatch(text)
    if match is None:
        return None
    one, two, three, name, material, feature, maker, model = match.groups()
    return NhsaCode(text.upper(), one + two + three, name, material, feature, maker, model)


def certificate(text: str) -> Certificate | None:
    """The certificate that a number names, in whatever width and spacing it was typed, or None."""
    whole = _SPACES.sub("", unicodedata.normalize("NFKC", text))
    number = whole.removesuffix(_AMENDED)
    amended = number != whole
    new = _REGISTERED.fullmatch(number)
    if match := new or _OLD.fullmatch(number):
        authority, city, origin, year, device_class, category, _ = match.groups()
        consistent = _go_together(authority, city, origin, device_class)
        return Certificate(
            number.removesuffix("号") if new else number, authority, origin, int(year), int(device_class), category,
            consistent and not (new and device_class == "1"), amended,
        )  # fmt: skip
    if match := _FILED.fullmatch(number):
        return Certificate(number.removesuffix("号"), match[1], None, int(match[3]), 1, None, True, amended)
    return None


def _go_together(authority: str, city: str, origin: str, device_class: str) -> bool:
    """Whether a class is allowed by this authority: imports and class III by the state, class I also by a city."""
    if city:
        return authority != "国" and origin == "准" and device_class == "1"
    return authority == "国" if origin != "准" else (authority == "国") == (device_class == "3")


def scan_nhsa(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of an NHSA code."""
    found = nhsa_code(heard.data)
    assert found is not None
    return Scan(
        raw=raw, kind="nhsa", data=found.code, symbology=heard.symbology, standard="NHSA", code=found.code,
        issuer="NHSA", product_code=found.class_code, warnings=tuple(heard.doubts),
    )  # fmt: skip


def scan_trace(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a trace code. Which package contains which is not in its digits."""
    return Scan(
        raw=raw, kind="trace", data=heard.data, symbology=heard.symbology, standard="NMPA trace", code=heard.data,
        trace_code=heard.data, issuer="NMPA", product_code=heard.data[:7], serial=heard.data,
        warnings=tuple(heard.doubts),
    )  # fmt: skip


def scan_certificate(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a registration or filing number."""
    found = certificate(heard.data)
    assert found is not None
    return Scan(
        raw=raw, kind="nmpa", data=heard.data, symbology=heard.symbology, standard="NMPA", code=found.number,
        issuer="NMPA", valid=found.consistent, strict_valid=found.consistent,
        fault=None if found.consistent else caution("certificate"),
        warnings=tuple(heard.doubts),
    )  # fmt: skip
