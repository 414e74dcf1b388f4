"""This file is the order in which grammars are tried on a scan, the surest first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from scanners import chinese_numbers, data_identifiers, epc, hibc, isbt128, ma_code, own
from scanners.gs1 import bare_number, bracketed, digital_link, element_string
from scanners.gs1.elements import GS, read_elements
from scanners.gs1.table import KEYS
from scanners.profile import DEFAULT, Profile
from scanners.scan import Scan
from scanners.transport import LONGEST, SEPARATORS, Heard, hear
from scanners.unreadable import Caution, Unreadable, caution

GS1_SYMBOLS = frozenset(("]C1", "]e0", "]d2", "]d8", "]Q3", "]J1"))
EAN_SYMBOLS = frozenset(("]E0", "]E4"))
# AIM identifiers of symbols that carry anything; others are not scanned in a hospital.
PLAIN_SYMBOLS = re.compile(r"\](?:A[0-7]|C[024]|d[01347]|Q[01245]|J0|E[03]|I[013]|L[0-5]|z[0-9ABC]|F[01]|G[0-9]|S0|X0)")
_BRACKETED = re.compile(r"\(+[0-9]{2,4}\)")
_LINK = re.compile("https?:", re.IGNORECASE)
_LINK_OF_NONE = re.compile(
    r"(?!https?:|HTTPS?:)[Hh][Tt][Tt][Pp][Ss]?:"
)  # to GS1 no link: a scheme in letters of both sizes
_CARRIER_SEVERAL = re.compile(r"(?=\](?:C1|d2|Q3|e0|J1))")
_CLEAN = re.compile(r"\](?:C1|e0|d2|Q3|J1)[!-Z_a-z\x1d]{1,400}")
_EAN = re.compile(r"\]E0[0-9]{13}|\]E4[0-9]{8}")
_FNC1_AS_CARET = re.compile(r"\^[0-9][!-Z^_a-z]{1,400}")
_TYPED = re.compile(r"(?:\([0-9]{2,4}\)|[Hh][Tt][Tt][Pp][Ss]?:)[!-Z_a-z~]{1,400}")
_STRANGER = re.compile("[^\x00-\x7f]")


def read(raw: str | bytes, *, profile: Profile = DEFAULT, today: date | None = None, strict: bool = False) -> Scan:
    """What the scan says.

    raw: as it came; bytes are taken as UTF-8. today: settles the century of two-digit years; without it a fixed rule.
    strict: a code that breaks its standard is refused instead of read with warnings.
    Raises: Unreadable, and nothing else, for whatever comes.
    """
    if len(raw) > 4 * LONGEST:  # in whatever encoding
        raise Unreadable("too-long", LONGEST)
    text = raw if isinstance(raw, str) else raw.decode("utf-8", "surrogateescape")
    scan = _read_clean(text, today) if profile is DEFAULT else None
    if scan is None:
        heard = hear(text, profile)
        read_as = _read_content if heard.symbology is None else _read_symbol
        scan = read_as(text, heard, profile, today)
    if strict and not scan.strict_valid:
        fault = scan.fault or (scan.warnings[-1] if scan.warnings else caution("unknown"))
        raise Unreadable(fault.code, fault.position, **dict(fault.facts))
    return scan


def _read_clean(text: str, today: date | None) -> Scan | None:
    """The Scan of a text in which there is nothing of a device's to undo, which most are; None for any other."""
    first = text[:1]
    if first == "]":
        if _CLEAN.fullmatch(text) and (GS in text or not _spelt(text)):
            return element_string.scan_clean(text, text[3:], text[:3], today)
        if len(text) in (11, 16) and _EAN.fullmatch(text):
            return bare_number.scan_number(text, Heard(text, text[:3]), text[3:])
    elif first == "^":
        if _FNC1_AS_CARET.fullmatch(text):
            return element_string.scan_clean(text, text[1:].replace("^", GS), None, today)
    elif first.isdigit():
        if bare_number.is_bare_key(text):
            return bare_number.scan_number(text, Heard(text), text)
    elif _typed(text):
        return (bracketed.scan_bracketed if first == "(" else digital_link.scan_link)(text, Heard(text), today)
    return None


def _typed(text: str) -> bool:
    """Whether it is bracketed text or a link that came as it is, and once."""
    return _TYPED.fullmatch(text) is not None and text.find(text[:8], 8) < 0 and not _spelt(text)


def _spelt(text: str) -> bool:
    """Whether a separator may be spelt out in it. Of what opens one, clean text can only have these two."""
    return ("<" in text or "+" in text) and SEPARATORS.search(text) is not None


def _read_symbol(raw: str, heard: Heard, profile: Profile, today: date | None) -> Scan:
    """A scan whose AIM identifier says what it is, as far as it does."""
    if heard.symbology in GS1_SYMBOLS:
        if "]" in heard.data:
            heard.data = _joined(heard.data)
        return element_string.scan_elements(raw, heard, profile, today)
    if heard.symbology in EAN_SYMBOLS:
        return _read_ean(raw, heard, profile, today)
    assert heard.symbology is not None
    if not PLAIN_SYMBOLS.fullmatch(heard.symbology):
        return _unknown(raw, heard, valid=False, fault=caution("symbology", text=heard.symbology))
    if _LINK_OF_NONE.match(heard.data):
        return _unknown(raw, heard, valid=True)
    try:
        scan = _read_content(raw, heard, profile, today)
    except Unreadable:
        if not heard.data.isascii():
            raise
        # A plain symbol may carry anything, but what begins as a web address is judged as one.
        return _unknown(raw, heard, valid=not _LINK.match(heard.data))
    return replace(scan, valid=True, strict_valid=True) if scan.kind == "unknown" else scan


def _joined(data: str) -> str:
    """One element string of several symbols that one pull of the trigger sent: ]C101…]C117…"""
    return GS.join(part[3:] if part[:1] == "]" else part for part in _CARRIER_SEVERAL.split(data) if part)


def _read_ean(raw: str, heard: Heard, profile: Profile, today: date | None) -> Scan:
    """EAN or UPC bars, with the composite component above them where there is one."""
    digits, joint, composite = heard.data.partition("|]e0")
    size = 8 if heard.symbology == "]E4" else 13
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in (size, 12, 13):
        raise Unreadable("short", len(digits))
    if len(digits) != size:  # UPC sent without the zero that the identifier promises
        heard.doubts.append(caution("short", len(digits)))
    scan = bare_number.scan_number(raw, heard, digits)
    if len(digits) != size or (joint and not composite):
        return replace(scan, valid=False, strict_valid=False, fault=scan.fault or caution("short"))
    if not composite:
        return scan
    above = element_string.scan_elements(raw, Heard(composite, "]e0"), profile, today)
    return replace(
        above, data=heard.data, symbology=heard.symbology, gtin=scan.gtin, di=scan.di, issuer=scan.issuer,
        gtin_format=scan.gtin_format, level=scan.level, valid=above.valid and scan.valid,
        strict_valid=above.valid and scan.valid, fault=scan.fault or above.fault,
        warnings=scan.warnings + above.warnings,
    )  # fmt: skip


def _read_content(raw: str, heard: Heard, profile: Profile, today: date | None) -> Scan:
    data = heard.data
    if code := own.canonical(data):
        return Scan(raw=raw, kind=own.kind_of(code), data=code, symbology=heard.symbology, standard="SPD", code=code,
                    issuer="SPD", warnings=tuple(heard.doubts))  # fmt: skip
    if profile.rfid and epc.elements_of(data):
        return epc.scan_epc(raw, heard, today)
    for fits, grammar in GRAMMARS.get(data[:1], ()):
        if fits(data):
            return grammar(raw, heard, today)
    if data[:1] == "^" and data[1:2].isdigit():
        return element_string.scan_elements(raw, heard, profile, today)
    if not data.isascii():
        return _read_chinese(raw, heard, today)
    if plain := hibc.unfolded(data):
        heard.doubts.append(caution("lower-case"))
        heard.data = plain
        return hibc.scan_hibc(raw, heard, today)
    if data[:1] == GS:
        heard.data = data[1:]
        return element_string.scan_elements(raw, heard, profile, today)
    if bare_number.is_bare_key(data):
        return bare_number.scan_number(raw, heard, data)
    return _guess(raw, heard, profile, today)


def _read_chinese(raw: str, heard: Heard, today: date | None) -> Scan:
    """Chinese is right in a certificate's number, and anywhere else comes from an input method."""
    if chinese_numbers.certificate(heard.data):
        return chinese_numbers.scan_certificate(raw, heard, today)
    if chinese_numbers.MARK in heard.data:
        raise Unreadable("certificate-number", 0, text=heard.data[:60])
    stranger = _STRANGER.search(heard.data)
    raise Unreadable("input-method", stranger.start() if stranger else 0)


def _guess(raw: str, heard: Heard, profile: Profile, today: date | None) -> Scan:
    """GS1 without its symbology identifier, where the content bears it out; else unknown, GS1 being an alternative."""
    data = heard.data
    if data.isdigit() and data.isascii() and len(data) in (12, 13, 14):
        return bare_number.scan_number(raw, heard, data)
    reading = read_elements(data)
    keyed = any(ai in KEYS for ai, _ in reading.elements)
    if len(data) == 20 and data.isdigit() and data.isascii() and (data[0] == "8" or not (keyed and reading.sound)):
        trace = chinese_numbers.scan_trace(raw, heard, today)
        if data[:2] == "00" and not reading.sound:  # an SSCC misread, rather than a trace code, which begins with 8
            misread = element_string.as_scan(raw, heard, reading, today, data)
            return replace(misread, ambiguous=True, alternatives=(misread, trace))
        if not (keyed and reading.sound):
            return trace
        return replace(
            trace,
            serial=None,
            ambiguous=True,
            alternatives=(trace, element_string.as_scan(raw, heard, reading, today, data)),
        )
    dated = any(ai in ("11", "13", "15", "16", "17", "7003") for ai, _ in reading.elements)
    if keyed and (reading.sound or data[:2] in ("00", "01", "02") or GS in data):
        _doubt_case(heard, profile)
        return element_string.scan_elements(raw, heard, profile, today, reading=reading)
    if reading.sound and reading.elements and (dated or GS in data):
        heard.doubts.append(caution("no-key"))
        _doubt_case(heard, profile)
        return element_string.scan_elements(raw, heard, profile, today, reading=reading)
    unknown = _unknown(raw, heard, valid=False)
    if reading.sound and reading.elements:
        other = element_string.as_scan(raw, heard, reading, today, data)
        return replace(unknown, ambiguous=True, alternatives=(other,))
    if epc.elements_of(data):  # 24 plain digits may be anything; the profile of a tag reader says that they are a tag
        return replace(unknown, ambiguous=True, alternatives=(epc.scan_epc(raw, heard, today),))
    return unknown


def _doubt_case(heard: Heard, profile: Profile) -> None:
    """Say that Caps Lock may have been on: without an identifier nothing shows it, and lots are mostly in capitals."""
    if heard.symbology is None and not profile.swaps_case and heard.data != heard.data.upper():
        heard.doubts.append(caution("letter-case"))


def _unknown(raw: str, heard: Heard, *, valid: bool, fault: Caution | None = None) -> Scan:
    return Scan(
        raw=raw,
        kind="unknown",
        data=heard.data,
        symbology=heard.symbology,
        valid=valid,
        strict_valid=valid,
        fault=fault or (None if valid else caution("unknown")),
        warnings=tuple(heard.doubts if fault is None else [*heard.doubts, fault]),
    )


Grammar = Callable[[str, Heard, date | None], Scan]
Rule = tuple[Callable[[str], object], Grammar]
_HIBC: Rule = (re.compile(r"\*?\+[A-Za-z0-9$]").match, hibc.scan_hibc)
_MA: Rule = (re.compile(r"MA\.[0-9]{3}\.|ma\.[0-9]{3}\.").match, ma_code.scan_ma)
_TISSUE: Rule = (isbt128.STARTS.match, isbt128.scan_tissue)
_LINKS: Rule = (_LINK.match, digital_link.scan_link)
_NHSA: Rule = (chinese_numbers.NHSA.fullmatch, chinese_numbers.scan_nhsa)
# By the first character, each with what must hold of the whole.
GRAMMARS: dict[str, tuple[Rule, ...]] = {
    "h": (_LINKS,),
    "H": (_LINKS,),
    "(": ((_BRACKETED.match, bracketed.scan_bracketed),),
    "+": (_HIBC,),
    "*": (_HIBC,),
    "M": (_MA,),
    "m": (_MA,),
    "=": (_TISSUE,),
    "&": (_TISSUE,),
    "[": ((re.compile(re.escape(data_identifiers.OPENS)).match, data_identifiers.scan_message),),
    "3": ((epc.is_tag, epc.scan_epc),),
    "C": (_NHSA,),
    "c": (_NHSA,),
}
