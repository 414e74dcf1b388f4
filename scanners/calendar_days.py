"""This file is the days that carriers print, in two-digit years, days of the year, or months without a day."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta
from functools import lru_cache

_LONGEST = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def full_year(two_digits: int, today: date | None) -> int:
    """The year meant: within 50 years of `today`'s; without `today`, 00-50 are 2000s and 51-99 are 1900s.

    Source: GS1 General Specifications 7.12. The fixed rule is the same one with 2000 as the current year, so that
    a reading without a clock is the same for ever.
    """
    current = today.year if today is not None else 2000
    ahead = two_digits - current % 100
    century = current - current % 100
    if ahead >= 51:
        return century - 100 + two_digits
    if ahead <= -50:
        return century + 100 + two_digits
    return century + two_digits


def day_of(year: int, month: int, day: int) -> date | None:
    """The day, the month's last one for day 0, or None where there is no such day."""
    if not (1 <= year <= 9999 and 1 <= month <= 12):
        return None
    last = 29 if month == 2 and isleap(year) else _LONGEST[month]
    if day > last:
        return None
    return date(year, month, day or last)


# What the last four digits of a day may be, and the month and day they are; 00 stands for the month's last day.
_DAYS = {f"{month:02}{day:02}": (month, day) for month in range(1, 13) for day in range(_LONGEST[month] + 1)}
_DAYS["0229"] = (2, 29)


@lru_cache(maxsize=16)
def _years(current: int) -> dict[str, int]:
    """What two digits of a year mean in the year `current`, as far as there are such years."""
    meant = {f"{two:02}": full_year(two, date(current, 1, 1)) for two in range(100)}
    return {two: year for two, year in meant.items() if 1 <= year <= 9999}


_YEARS = _years(2000)


@lru_cache(maxsize=4096)  # the days that are printed on what lies in a hospital are those of a few years
def from_yymmdd(text: str, today: date | None = None) -> date | None:
    """The day of six digits; day 00 is the month's last one."""
    year = (_YEARS if today is None else _years(today.year)).get(text[:2])
    found = _DAYS.get(text[2:])
    if year is None or found is None:
        return None
    month, day = found
    return date(year, month, day) if 0 < day < 29 else day_of(year, month, day)


def is_yymmd0(text: str) -> bool:
    """Whether six digits are a day of 2000 to 2099, or a month with 00 for the day."""
    day = text[2:]
    return day in _DAYS and text[:2] in _YEARS and (day != "0229" or int(text[:2]) % 4 == 0)


def is_yymmdd(text: str) -> bool:
    """Whether six digits are a day of 2000 to 2099."""
    return text[4:] != "00" and is_yymmd0(text)


def from_mmyy(text: str, today: date | None = None) -> date | None:
    """The last day of a month that is printed without a day."""
    if len(text) != 4 or not is_digits(text):
        return None
    return day_of(full_year(int(text[2:]), today), int(text[:2]), 0)


def from_yyyymmdd(text: str) -> date | None:
    """The day of eight digits; day 00 is not one."""
    if len(text) != 8 or not is_digits(text) or text.endswith("00"):
        return None
    return day_of(int(text[:4]), int(text[4:6]), int(text[6:]))


def from_yyjjj(text: str, today: date | None = None) -> date | None:
    """The day of a two-digit year and a day of the year."""
    if len(text) != 5 or not is_digits(text):
        return None
    return from_year_and_day(full_year(int(text[:2]), today), int(text[2:]))


def from_year_and_day(year: int, day: int) -> date | None:
    """The `day`-th day of the year, counted from 1, or None where the year is shorter."""
    if not 1 <= year <= 9999 or not 1 <= day <= (366 if isleap(year) else 365):
        return None
    return date(year, 1, 1) + timedelta(days=day - 1)


def is_digits(text: str) -> bool:
    """Whether every character is one of 0 to 9, and there is one; other scripts' digits are not."""
    return text.isascii() and text.isdigit()
