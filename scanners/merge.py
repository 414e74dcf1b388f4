"""This file is making one reading of the codes on one label, which a device sends within a moment of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from scanners.gs1.elements import missing, reading_of
from scanners.gs1.table import TABLE
from scanners.scan import Scan
from scanners.unreadable import Caution, caution

WITHIN_SECONDS = 0.15  # codes farther apart than this are two labels
_FILLED = (
    "di", "issuer", "gtin", "gtin_format", "level", "labeler", "product_code", "unit_of_measure", "lot", "serial",
    "expires_on", "expires_at", "produced_on", "produced_at", "quantity", "sscc", "gln", "grai", "giai", "gsrn", "code",
)  # fmt: skip
_MOST = 256  # readings of a label
Same = Callable[[str, str], bool]
_MUST_AGREE = ("di", "lot", "serial", "expires_on", "produced_on")
_PRODUCT = frozenset(("gs1", "hibc", "ma", "ppn", "isbt128", "epc"))
_ANSWERED = frozenset(("missing-companion", "no-key", "unlinked"))  # doubts that the other code may have answered


def merge(scans: Sequence[Scan], *, same: Same | None = None) -> Scan:
    """One Scan of one label's codes: our own label before all, else the fullest product code, filled from the others.

    A field that one code has is never lost because another lacks it. Where two differ, the reading is ambiguous and the
    field is left out.
    same: whether two device identifiers are of one product in one package, as a catalogue knows it; without it, a label
    with two of them is two products.
    Raises: ValueError for no scans.
    """
    if not scans:
        raise ValueError("There is nothing to merge")
    ranked = sorted(scans, key=_rank)
    best, *others = ranked
    if best.kind not in _PRODUCT:
        return best
    for other in others:
        if best.warns("two-products"):
            break
        if other.kind in _PRODUCT and other.data != best.data:
            joined = _in_every_reading if best.ambiguous or other.ambiguous else _with
            best = joined(best, other, same)
        elif other.trace_code and best.trace_code is None:
            best = replace(best, trace_code=other.trace_code, raw=f"{best.raw}\n{other.raw}")
    return best


def _rank(scan: Scan) -> int:
    """0 is what is believed first."""
    if scan.is_own:
        return 0
    if scan.kind in _PRODUCT:
        traced = scan.lot is not None or scan.serial is not None
        return 1 if scan.di and traced else 2 if scan.di else 3
    return 5 if scan.kind == "unknown" else 4


def _in_every_reading(one: Scan, two: Scan, same: Same | None) -> Scan:
    """Two codes of which one at least is ambiguous: each reading of the one with each of the other, where they agree.

    Where a code that is certain names a lot or a serial and agrees with one reading only, that is what the label says.
    """
    if one.warns("differ") or two.warns("differ"):  # a third code does not outvote the other two
        return replace(_with(one, two, same), alternatives=(*_readings(one), *_readings(two)))
    pairs = [_with(a, b, same) for a in _readings(one) for b in _readings(two)][:_MOST]
    agreeing = [pair for pair in pairs if not pair.ambiguous and not pair.warns("link-character")]
    if len(agreeing) == 1 and any(not code.ambiguous and (code.lot or code.serial) for code in (one, two)):
        return replace(agreeing[0], raw=f"{one.raw}\n{two.raw}")
    merged = _with(replace(one, serial=None), replace(two, serial=None), same)
    if merged.di is None:
        return merged
    return replace(merged, serial=None, ambiguous=True, alternatives=tuple(agreeing or pairs))


def _readings(scan: Scan) -> Sequence[Scan]:
    """What it may be; of a label whose codes differ that is no reading of the label, so it stands as it is."""
    return scan.alternatives if scan.ambiguous and scan.alternatives else (scan,)


def _with(one: Scan, two: Scan, same: Same | None) -> Scan:
    """The first reading, filled from the second."""
    fields: dict[str, Any] = {}
    doubts = [*one.warnings, *two.warnings]
    differing = [name for name in _MUST_AGREE if _differ(getattr(one, name), getattr(two, name))]
    if "di" in differing and same is not None and same(one.di or "", two.di or ""):
        differing.remove("di")  # what a GTIN, an HIBC and an MA code of one product say of it, each in its own way
    left_open = {text for doubt in doubts if doubt.code == "differ" for _, text in doubt.facts}
    for name in _FILLED:
        if name in differing or name in left_open:
            fields[name] = None
        elif getattr(one, name) is None and not (name == "expires_at" and one.kind != two.kind):  # of another clock
            fields[name] = getattr(two, name)
    if one.kind == two.kind == "hibc" and not _linked(one, two):
        doubts.append(caution("link-character"))
    if "di" in differing:
        # Two products side by side: the nearer one cannot be told, so nothing of either is taken.
        doubts.append(caution("two-products"))
        nothing: dict[str, Any] = dict.fromkeys(_FILLED)
        return replace(
            one, **nothing, elements=(), warnings=tuple(doubts), valid=False, strict_valid=False, ambiguous=True,
            fault=caution("two-products"), alternatives=(one, two), raw=f"{one.raw}\n{two.raw}",
        )  # fmt: skip
    doubts += [caution("differ", 0, text=name) for name in differing]
    return _judged(one, two, fields, doubts, ambiguous=bool(differing) or one.ambiguous or two.ambiguous)


def _differ(one: object, two: object) -> bool:
    return one is not None and two is not None and one != two


def _linked(one: Scan, two: Scan) -> bool:
    """Whether a secondary carries the check character of the primary beside it."""
    primary, secondary = (one, two) if one.di else (two, one)
    return bool(secondary.di) or not primary.di or secondary.data[-2] == primary.data[-1]


def _judged(one: Scan, two: Scan, fields: dict[str, Any], doubts: list[Caution], *, ambiguous: bool) -> Scan:
    """The merged reading with GS1's companions judged over both codes together. Source: GenSpecs 4.13."""
    elements = one.elements + tuple(element for element in two.elements if element not in one.elements)
    valid = one.valid and two.valid and not any(doubt.code == "link-character" for doubt in doubts)
    strict = valid
    if one.kind == two.kind == "gs1":
        # A bare EAN names the product without an identifier; it counts as (01) for the other code's companions.
        named = elements if one.elements or not one.gtin else (("01", one.gtin), *elements)
        named = tuple(element for element in named if element[0] in TABLE)  # a code merged before may be another's
        reading = reading_of(list(named))
        valid = strict = valid and reading.sound
        lacking = missing(tuple(ai for ai, _ in named))
        strict = strict and lacking is None
        answered = lacking is None
    else:
        answered = bool(fields.get("di") or one.di)
        strict = strict and answered
    if answered:
        doubts = [doubt for doubt in doubts if doubt.code not in _ANSWERED]
    alternatives = (one, two) if ambiguous else ()
    if ambiguous:
        fields["serial"] = None
    return replace(
        one, **fields, elements=elements, warnings=tuple(doubts), valid=valid, strict_valid=strict, ambiguous=ambiguous,
        alternatives=alternatives, raw=f"{one.raw}\n{two.raw}",
    )  # fmt: skip
