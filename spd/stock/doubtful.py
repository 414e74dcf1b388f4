"""This file is that what a label may say is never booked as what it says."""

from __future__ import annotations

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


def _certain(reading: Scan) -> str:
    """What to send for this very reading; empty where it cannot be sent."""
    if reading.ambiguous or not reading.valid:
        return ""
    return bracketed_text(reading.elements) if reading.kind == "gs1" and reading.elements else reading.data
