"""This file is reading a GS1 element string, as far as it can be read, with every fault named.

What GS1's own engine accepts has no faults here, and the other way round. A fault inside a value of the right length
is noted and reading goes on; a fault of structure ends it, and what was read so far is kept.
Source: GS1 General Specifications 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from scanners.gs1.table import LENGTHS, TABLE, Identifier
from scanners.scan import Element
from scanners.unreadable import Caution, caution

GS = "\x1d"
_SAID = {
    "csum": "check-digit", "csumalpha": "check-character", "yymmd0": "date", "yymmdd": "date", "yyyymmdd": "date",
    "yyyymmd0": "date", "hhmi": "date", "hh": "date", "mi": "date", "ss": "date", "key1": "number", "key2": "number",
    "couponcode": "coupon", "couponposoffer": "coupon", "iban": "check-digit",
}  # fmt: skip
_NUMBERS = frozenset(
    ("latitude", "longitude", "nonzero", "nozeroprefix", "pieceoftotal", "zero", "posinseqslash", "hasnondigit",
     "pcenc", "cset64")
)  # fmt: skip


@dataclass(slots=True)
class Reading:
    """What an element string says.

    broken: reading could not go on to the end; detail: GS1's name for the first fault of content.
    """

    elements: list[Element]
    faults: list[Caution]
    broken: bool = False
    detail: str = ""

    @property
    def sound(self) -> bool:
        """Whether GS1's engine would accept it."""
        return not self.faults


def read_elements(data: str, at: int = 0) -> Reading:
    """The elements of `data` from position `at`, and the faults, which are none where GS1's engine accepts it."""
    elements: list[Element] = []
    reading = Reading(elements, [])
    end = len(data)
    while at < end:
        prefix = data[at : at + 2]
        ai = data[at : at + LENGTHS.get(prefix, 2)]
        entry = TABLE.get(ai)
        if entry is None:
            if data[at] == GS:
                reading.faults.append(caution("extra-separator", at))
                at += 1
                continue
            _stop(reading, caution("ai-unknown", at, text=data[at : at + 4]))
            break
        start = at + len(ai)
        stop = data.find(GS, start)
        if stop < 0:
            stop = end
        stop = min(stop, start + entry.maximum)
        value = data[start:stop]
        if not _accept(reading, entry, value, start):
            break
        elements.append((ai, value))
        at = stop
        if at < end:
            if data[at] == GS:
                at += 1
            elif not entry.predefined:
                elements.pop()
                _stop(reading, caution("ai-too-long", at, ai=ai))
    _associate(reading)
    return reading


def _stop(reading: Reading, fault: Caution) -> None:
    reading.faults.append(fault)
    reading.broken = True


def _accept(reading: Reading, entry: Identifier, value: str, start: int) -> bool:
    """Whether the value has the right shape; faults of its content are noted."""
    match = entry.pattern.fullmatch(value)
    if match is None:
        if not value:
            _stop(reading, caution("ai-data-empty", start, ai=entry.ai))
            return False
        if not entry.shape.fullmatch(value):
            _stop(reading, caution("ai-length", start, ai=entry.ai))
            return False
        reading.faults.append(caution("character", start, ai=entry.ai))
        return True
    for group, name, rule in entry.checks:
        part = match[group]
        if part is not None and (found := rule(part)):
            reading.detail = reading.detail or found[0]
            reading.faults.append(fault_of(entry.ai, name, part, start + match.start(group) + found[1]))
    return True


def fault_of(ai: str, rule: str, part: str, position: int) -> Caution:
    """What is said when the rule finds a fault in a part of the value of `ai`."""
    code = _SAID.get(rule) or ("number" if rule in _NUMBERS else "code-list")
    return caution(code, position, ai=ai, text=part)


def _associate(reading: Reading) -> None:
    ais = tuple([ai for ai, _ in reading.elements])
    if quarrel := _quarrel(ais):
        reading.faults.append(quarrel)
    if len(set(ais)) != len(ais):
        seen: dict[str, str] = {}
        for ai, value in reading.elements:
            if seen.setdefault(ai, value) != value:
                reading.faults.append(caution("repeated", 0, ai=ai))
                break
    if "8030" in ais:
        _require_serials(reading)


def _require_serials(reading: Reading) -> None:
    """A digital signature stands only over a document, coupon or asset number that has its serial part."""
    for ai, value in reading.elements:
        if (ai in ("253", "255") and len(value) == 13) or (ai == "8003" and len(value) == 14):
            reading.faults.append(caution("serial-needed", 0, ai=ai))
            return


@lru_cache(maxsize=4096)
def _quarrel(ais: tuple[str, ...]) -> Caution | None:
    """The first two identifiers that exclude each other. Source: GenSpecs 4.13.1."""
    present = frozenset(ais)
    for ai in ais:
        if other := present & TABLE[ai].bars:
            return caution("excluded", 0, ai=ai, other=min(other))
    return None


@lru_cache(maxsize=4096)
def missing(ais: tuple[str, ...]) -> Caution | None:
    """The first identifier whose companions are not there. Source: GenSpecs 4.13.2."""
    present = frozenset(ais)
    for ai in ais:
        needs = TABLE[ai].needs
        if needs and not any(all(present & group for group in choice) for choice in needs):
            return caution("missing-companion", 0, ai=ai, other=TABLE[ai].needs_text)
    return None
