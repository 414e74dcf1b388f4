"""This file is the rules for days and times in a GS1 value.

Source: GS1 Barcode Syntax Tests; GS1 General Specifications 3.4.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from scanners.calendar_days import day_of
from scanners.gs1.coupons import Found

Rule = Callable[[str], Found]
_NOT_DIGIT = re.compile("[^0-9]")


def numeric(value: str) -> Found:
    """Digits and nothing else."""
    hit = _NOT_DIGIT.search(value)
    return ("NON_DIGIT_CHARACTER", hit.start(), 1) if hit else None


def _date(name_digits: int, *, month_end: bool) -> Rule:
    def rule(value: str) -> Found:
        if len(value) != name_digits:
            return ("DATE_TOO_SHORT" if len(value) < name_digits else "DATE_TOO_LONG"), 0, len(value)
        if found := numeric(value):
            return found
        years = name_digits - 4
        year = int(value[:years]) if years == 4 else 2000 + int(value[:2])
        month, day = int(value[years : years + 2]), int(value[years + 2 :])
        if not 1 <= month <= 12:
            return "ILLEGAL_MONTH", years, 2
        # Year 0000 has no month in Python; it was a leap year like 2000.
        if (day == 0 and not month_end) or day_of(year or 2000, month, day) is None:
            return "ILLEGAL_DAY", years + 2, 2
        return None

    return rule


yymmdd = _date(6, month_end=False)
yymmd0 = _date(6, month_end=True)
yyyymmdd = _date(8, month_end=False)
yyyymmd0 = _date(8, month_end=True)


def _pair(below: int, short: str, long: str, illegal: str) -> Rule:
    def rule(value: str) -> Found:
        if len(value) != 2:
            return (short if len(value) < 2 else long), 0, len(value)
        if found := numeric(value):
            return found
        return None if int(value) < below else (illegal, 0, 2)

    return rule


hh = _pair(24, "HOUR_TOO_SHORT", "HOUR_TOO_LONG", "ILLEGAL_HOUR")
mi = _pair(60, "MINUTE_TOO_SHORT", "MINUTE_TOO_LONG", "ILLEGAL_MINUTE")
ss = _pair(60, "SECOND_TOO_SHORT", "SECOND_TOO_LONG", "ILLEGAL_SECOND")


def hhmi(value: str) -> Found:
    """Hours and minutes."""
    if len(value) != 4:
        return ("HOUR_WITH_MINUTE_TOO_SHORT" if len(value) < 4 else "HOUR_WITH_MINUTE_TOO_LONG"), 0, len(value)
    if found := numeric(value):
        return found
    if int(value[:2]) > 23:
        return "ILLEGAL_HOUR", 0, 2
    return ("ILLEGAL_MINUTE", 2, 2) if int(value[2:]) > 59 else None
