"""This file is EPCs as RFID tags hold them, in hexadecimal: SGTIN-96 and -198, SSCC-96, SGLN-96, GRAI-96, GIAI-96.

Source: GS1 EPC Tag Data Standard 1.13, 14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from scanners import check_characters
from scanners.gs1.fields import fields_of
from scanners.scan import Element, Scan
from scanners.transport import Heard

HEXADECIMAL = re.compile("3[0-4][0-9A-Fa-f]{22}|36[0-9A-Fa-f]{48}(?:[0-9A-Fa-f]{2})?")
_COMPANY_BITS = (40, 37, 34, 30, 27, 24, 20)  # by partition; the company prefix has 12 digits for 0, 6 for 6


@dataclass(frozen=True, slots=True)
class _Scheme:
    """How a header's bits go on: bits and digits of company and reference together, then of the serial part."""

    name: str
    bits: int
    digits: int
    serial_bits: int
    total_bits: int


_SCHEMES = {
    0x30: _Scheme("SGTIN-96", 44, 13, 38, 96),
    0x31: _Scheme("SSCC-96", 58, 17, 0, 96),
    0x32: _Scheme("SGLN-96", 41, 12, 41, 96),
    0x33: _Scheme("GRAI-96", 44, 12, 38, 96),
    0x34: _Scheme("GIAI-96", 82, 0, 0, 96),
    0x36: _Scheme("SGTIN-198", 44, 13, 140, 208),
}
_HEADERS = {scheme.name: header for header, scheme in _SCHEMES.items()}


def elements_of(text: str) -> tuple[Element, ...] | None:
    """The GS1 elements in the tag, or None where its bits are not what a header promises."""
    if not HEXADECIMAL.fullmatch(text):
        return None
    scheme = _SCHEMES[int(text[:2], 16)]
    # 198 bits are filled up to whole words by most readers, to whole bytes by some.
    value = int(text.ljust(scheme.total_bits // 4, "0"), 16)
    partition = value >> scheme.total_bits - 14 & 7
    if partition > 6:
        return None
    company_bits, digits = _COMPANY_BITS[partition], 12 - partition
    body = value >> scheme.total_bits - 14 - scheme.bits & (1 << scheme.bits) - 1
    reference_bits = scheme.bits - company_bits
    company, reference = body >> reference_bits, body & (1 << reference_bits) - 1
    if company >= 10**digits:
        return None
    prefix = f"{company:0{digits}}"
    rest = value & (1 << scheme.total_bits - 14 - scheme.bits) - 1
    if scheme.name == "GIAI-96":
        return (("8004", prefix + str(reference)),) if len(str(reference)) <= 25 - digits else None
    if reference >= 10 ** (scheme.digits - digits):
        return None
    return _keyed(scheme, prefix, f"{reference:0{scheme.digits - digits}}" if scheme.digits > digits else "", rest)


def _keyed(scheme: _Scheme, prefix: str, reference: str, rest: int) -> tuple[Element, ...] | None:
    if scheme.name.startswith("SGTIN"):
        body = reference[0] + prefix + reference[1:]
        serial = str(rest) if scheme.total_bits == 96 else _characters(rest >> 10, rest & 1023)
        return None if serial is None else (("01", _checked(body)), ("21", serial))
    if scheme.name == "SSCC-96":
        return None if rest else (("00", _checked(reference[0] + prefix + reference[1:])),)
    if scheme.name == "SGLN-96":
        extension: tuple[Element, ...] = (("254", str(rest)),) if rest else ()
        return (("414", _checked(prefix + reference)), *extension)
    return (("8003", "0" + _checked(prefix + reference) + str(rest)),)


def _checked(body: str) -> str:
    return body + check_characters.gs1_digit(body)


def _characters(bits: int, padding: int) -> str | None:
    """Twenty characters of seven bits, ended by zeros."""
    text = "".join(chr(bits >> shift & 127) for shift in range(133, -1, -7))
    serial = text.rstrip("\0")
    good = serial and not padding and all(character in check_characters.CSET_82 for character in serial)
    return serial if good else None


def is_tag(text: str) -> bool:
    """Whether the text can hardly be anything but a tag: 24 plain digits may be any number."""
    return not (len(text) == 24 and text.isdigit()) and elements_of(text) is not None


def scan_epc(raw: str, heard: Heard, today: date | None) -> Scan:
    """The Scan of a tag's EPC."""
    elements = elements_of(heard.data) or ()
    return Scan(
        raw=raw, kind="epc", data=heard.data.upper(), symbology=heard.symbology, standard="EPC",
        elements=elements, warnings=tuple(heard.doubts), **fields_of(elements, today),
    )  # fmt: skip


def tag(scheme_name: str, company_digits: int, elements: tuple[Element, ...], filter_value: int = 1) -> str:
    """The hexadecimal EPC of GS1 elements, for writing a tag; company_digits: how long the company prefix is, 6 to 12.

    Raises: ValueError where a serial does not fit into the scheme's bits.
    """
    scheme = _SCHEMES[_HEADERS[scheme_name]]
    said = dict(elements)
    partition = 12 - company_digits
    company, reference, serial = _split(scheme, said, company_digits)
    reference_bits = scheme.bits - _COMPANY_BITS[partition]
    tail = scheme.total_bits - 14 - scheme.bits
    rest = _packed(serial) << 10 if scheme.total_bits > 96 else int(serial or "0")
    if rest >= 1 << max(scheme.serial_bits, tail) or (serial.startswith("0") and len(serial) > 1 and tail < 100):
        raise ValueError(f"{serial!r} does not fit into {scheme.name}")
    head = _HEADERS[scheme_name] << 6 | filter_value << 3 | partition
    body = int(company) << reference_bits | int(reference or "0")
    return f"{(head << scheme.bits | body) << tail | rest:0{scheme.total_bits // 4}X}"


def _split(scheme: _Scheme, said: dict[str, str], company_digits: int) -> tuple[str, str, str]:
    """Company prefix, reference and serial."""
    if scheme.name == "GIAI-96":
        return said["8004"][:company_digits], said["8004"][company_digits:], ""
    if scheme.name == "GRAI-96":
        body = said["8003"][1:13]
        return body[:company_digits], body[company_digits:], said["8003"][14:]
    if scheme.name == "SGLN-96":
        return said["414"][:company_digits], said["414"][company_digits:12], said.get("254", "")
    key = said["00"] if scheme.name == "SSCC-96" else said["01"]
    return key[1 : 1 + company_digits], key[0] + key[1 + company_digits : -1], said.get("21", "")


def _packed(serial: str) -> int:
    bits = 0
    for character in serial.ljust(20, "\0"):
        bits = bits << 7 | ord(character)
    return bits
