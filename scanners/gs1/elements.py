"""This file is reading a GS1 element string, as far as it can be read, with every fault named.

What GS1's own engine accepts has no faults here, and the other way round. A fault inside a value of the right length
is noted and reading goes on; a fault of structure ends it, and what was read so far is kept.
Source: GS1 General Specifications 7.8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from scanners.gs1.table import LONG, SHORT, TABLE, Identifier
from scanners.scan import Element
from scanners.unreadable import Caution, caution

GS = "\x1d"
_SAID = {
    "csum": "check-digit", "csumalpha": "check-character", "yymmd0": "date", "yymmdd": "date", "yyyymmdd": "date",
    "yyyymmd0": "date", "hhmi": "date", "hh": "date", "mi": "date", "ss": "date", "key1": "number", "key2": "number",
    "couponcode": "coupon", "couponposoffer": "coupon", "iban": "check-digit",
}  # fmt: skip
_SIGNATURE = TABLE["8030"].bit
_PATIENCE = 8  # faults after which a text is taken for noise
_NUMBERS = frozenset(
    ("latitude", "longitude", "nonzero", "nozeroprefix", "pieceoftotal", "zero", "posinseqslash", "hasnondigit",
     "pcenc", "cset64")
)  # fmt: skip


@dataclass(slots=True)
class Reading:
    """What an element string says.

    broken: reading could not go on to the end;
    lacking: a required companion that is not there, which is no fault until it is judged strictly.
    """

    elements: list[Element]
    faults: list[Caution]
    broken: bool = False
    lacking: Caution | None = None

    @property
    def sound(self) -> bool:
        """Whether GS1's engine would accept it."""
        return not self.faults


def read_elements(data: str, at: int = 0) -> Reading:
    """The elements of `data` from position `at`, and the faults, which are none where GS1's engine accepts it."""
    elements: list[Element] = []
    reading = Reading(elements, [])
    end = len(data)
    company = barred = 0
    needy: list[Identifier] = []
    find, opens, longer = data.find, SHORT.get, LONG.get
    while at < end:
        entry = opens(data[at : at + 2])
        if entry is None:
            entry = longer(data[at : at + 3]) or longer(data[at : at + 4])
        if entry is None:
            if data[at] != GS or len(reading.faults) > _PATIENCE:
                _stop(reading, caution("ai-unknown", at, text=data[at : at + 4]))
                break
            reading.faults.append(caution("extra-separator", at))
            at += 1
            continue
        start = at + entry.width
        at = start + entry.maximum
        if not entry.fixed or not entry.sound(value := data[start:at]):
            limit = at
            at = find(GS, start, limit)
            if at < 0:
                at = limit if limit < end else end
            value = data[start:at]
            if not entry.sound(value) and not _may_stay(reading, entry, value, start):
                break
        if at < end:
            if data[at] == GS:
                at += 1
            elif not entry.predefined:
                _stop(reading, caution("ai-too-long", at, ai=entry.ai))
                break
        elements.append((entry.ai, value))
        company |= entry.bit
        barred |= entry.bars
        if entry.lacking:
            needy.append(entry)
    _associate(reading, company, barred, needy)
    return reading


def judge(pairs: list[Element]) -> Reading:
    """The same of elements that are told apart already, by brackets or in a link; no value holds a separator."""
    elements: list[Element] = []
    reading = Reading(elements, [])
    at = company = barred = 0
    needy: list[Identifier] = []
    for pair in pairs:
        ai, value = pair
        entry = TABLE[ai]
        start = at + entry.width
        if not entry.sound(value) and not _may_stay(reading, entry, value, start):
            break
        elements.append(pair)
        company |= entry.bit
        barred |= entry.bars
        if entry.lacking:
            needy.append(entry)
        at = start + len(value) + 1
    _associate(reading, company, barred, needy)
    return reading


def read_sound(pairs: list[Element]) -> Reading | None:
    """The same where every value is sound, as most are; None where one is not, or its identifier is unknown."""
    company = barred = 0
    needy: list[Identifier] = []
    for ai, value in pairs:
        entry = TABLE.get(ai)
        if entry is None or not entry.sound(value):
            return None
        company |= entry.bit
        barred |= entry.bars
        if entry.lacking:
            needy.append(entry)
    reading = Reading(pairs, [])
    _associate(reading, company, barred, needy)
    return reading


def reading_of(elements: list[Element]) -> Reading:
    """The reading of elements that are known to be sound one by one."""
    reading = Reading(elements, [])
    entries = [TABLE[ai] for ai, _ in elements]
    _associate(reading, *company_of(entries), [entry for entry in entries if entry.lacking])
    return reading


def company_of(entries: Iterable[Identifier]) -> tuple[int, int]:
    """The bits of the identifiers, and of those they bar."""
    company = barred = 0
    for entry in entries:
        company |= entry.bit
        barred |= entry.bars
    return company, barred


def _stop(reading: Reading, fault: Caution) -> None:
    reading.faults.append(fault)
    reading.broken = True


def _may_stay(reading: Reading, entry: Identifier, value: str, start: int) -> bool:
    """Whether a value that breaks a rule has at least the right length; its faults are noted."""
    match = entry.fullmatch(value)
    if match is not None:
        _check(reading, entry, match, start)
    elif not value:
        _stop(reading, caution("ai-data-empty", start, ai=entry.ai))
    elif not entry.shape.fullmatch(value):
        _stop(reading, caution("ai-length", start, ai=entry.ai))
    else:
        reading.faults.append(caution("character", start, ai=entry.ai))
    return not reading.broken


def _check(reading: Reading, entry: Identifier, match: re.Match[str], start: int) -> None:
    for group, name, rule in entry.checks:
        part = match[group]
        if part is not None and (found := rule(part)):
            reading.faults.append(fault_of(entry.ai, name, part, start + match.start(group) + found[1]))


def fault_of(ai: str, rule: str, part: str, position: int) -> Caution:
    """What is said when the rule finds a fault in a part of the value of `ai`."""
    code = _SAID.get(rule) or ("number" if rule in _NUMBERS else "code-list")
    return caution(code, position, ai=ai, text=part)


def _associate(reading: Reading, company: int, barred: int, needy: list[Identifier]) -> None:
    """The identifiers judged by the company they keep.

    company: their bits; barred: of those that must not be there; needy: those that need companions, in order.

    Source: GenSpecs 4.13.1 and 4.13.2.
    """
    elements = reading.elements
    if company & barred:
        reading.faults.append(_quarrel([ai for ai, _ in elements], company))
    for entry in needy:
        if not company & entry.one_of and _alone(entry, company):
            reading.lacking = entry.lacking
            break
    if company.bit_count() != len(elements):
        seen: dict[str, str] = {}
        for ai, value in elements:
            if seen.setdefault(ai, value) != value:
                reading.faults.append(caution("repeated", 0, ai=ai))
                break
    if company & _SIGNATURE:
        _require_serials(reading)


def _require_serials(reading: Reading) -> None:
    """A digital signature stands only over a document, coupon or asset number that has its serial part."""
    for ai, value in reading.elements:
        if (ai in ("253", "255") and len(value) == 13) or (ai == "8003" and len(value) == 14):
            reading.faults.append(caution("serial-needed", 0, ai=ai))
            return


def _quarrel(ais: list[str], company: int) -> Caution:
    """The first two identifiers that exclude each other."""
    for first in ais:
        if bars := TABLE[first].bars & company:
            break
    return caution("excluded", 0, ai=first, other=min([ai for ai in ais if TABLE[ai].bit & bars]))


def _alone(entry: Identifier, company: int) -> bool:
    """Whether none of the sets of companions is whole."""
    return not (entry.sets and any(all(company & group for group in groups) for groups in entry.sets))


def missing(ais: tuple[str, ...]) -> Caution | None:
    """The first identifier whose companions are not there."""
    company, _ = company_of(TABLE[ai] for ai in ais)
    for ai in ais:
        entry = TABLE[ai]
        if entry.lacking and not company & entry.one_of and _alone(entry, company):
            return entry.lacking
    return None
