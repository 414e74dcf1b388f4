"""This file is that what a label may say is never booked as what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from scanners import Scan
from scanners.gs1.bracketed import bracketed_text
from spd.core.errors import Refused

_MOST = 8  # readings told; a person compares a few with the label, and more only say that it must be read by eye


class LabelInDoubt(Refused):
    """The label reads in several ways, or its lot or serial breaks its standard."""

    code = "label-in-doubt"
    error = "E01"
    say = {
        "zh": "{what} 的批号或序列号无法确定: {why_zh} 扫描标签上的另一个码, 选择正确的读法, 或键入批号。",
        "en": "Lot or serial of {what} is not certain. {why} Scan the label's other code, choose the right reading, or "
        "key in the lot.",
    }


def refuse_doubtful(scan: Scan, *, what: str = "") -> None:
    """Refuse a scan whose lot, serial or product is not certain. what: its name. Raises: LabelInDoubt."""
    if scan.doubt is not None:
        raise in_doubt(scan, what=what)


def in_doubt(scan: Scan, *, what: str = "") -> LabelInDoubt:
    """Why it cannot be booked."""
    assert scan.doubt is not None
    what = what or scan.di or scan.data[:40]
    return LabelInDoubt(what=what, product=what, why=scan.doubt.en, why_zh=scan.doubt.zh)


def readings(scan: Scan) -> list[dict[str, Any]]:
    """The first readings of an ambiguous code that can be told apart by what is sent again in its place."""
    return [
        {
            "scan": _certain(other),
            "di": other.di,
            "lot": other.lot,
            "serial": other.serial,
            "expires_on": other.expires_on.isoformat() if other.expires_on else None,
        }
        for other in scan.alternatives[:_MOST]
        if _certain(other)
    ]


def choosable(scan: Scan) -> list[dict[str, Any]]:
    """The readings among which a person at a page may choose by looking at the label; none where one has a serial.

    A serial names one thing for good, and a lot that swallowed one looks like a lot: such a label is read by its other
    code, or its lot is keyed in.
    """
    told = readings(scan) if scan.ambiguous else []
    serials = any(other.serial for other in scan.alternatives) if told else False
    return [] if serials or len(scan.alternatives) > _MOST else told


def chosen(scan: Scan, text: str) -> Scan:
    """The reading that somebody chose, with what was scanned; the doubtful scan itself where it is none of them."""
    if not text or text not in [one["scan"] for one in choosable(scan)]:
        return scan
    reading = next(other for other in scan.alternatives if _certain(other) == text)
    return replace(reading, raw=scan.raw, trace_code=reading.trace_code or scan.trace_code)


def _certain(reading: Scan) -> str:
    """What to send for this very reading; empty where it cannot be sent."""
    if reading.ambiguous or not reading.valid:
        return ""
    return bracketed_text(reading.elements) if reading.kind == "gs1" and reading.elements else reading.data
