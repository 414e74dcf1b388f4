"""This file is the two North American coupon formats, which GS1's own verdicts cover although no hospital scans them.

Source: GS1 US, North American Coupon Application Guideline; positive offer file in (8112).
"""

from __future__ import annotations

from scanners.calendar_days import from_yymmdd

Found = tuple[str, int, int] | None


class _Wrong(Exception):
    def __init__(self, name: str, start: int, length: int) -> None:
        super().__init__(name)
        self.found = ("COUPON_" + name if name != "NON_DIGIT_CHARACTER" else name, start, length)


class _Digits:
    """A walk along the digits; every step that fails says what is missing or wrong, and where."""

    def __init__(self, value: str) -> None:
        for place, character in enumerate(value):
            if character not in "0123456789":
                raise _Wrong("NON_DIGIT_CHARACTER", place, 1)
        self.value = value
        self.at = 0

    def one(self, missing: str, allowed: str, invalid: str) -> int:
        """One digit out of those allowed."""
        if self.at >= len(self.value):
            raise _Wrong(missing, 0, len(self.value))
        if self.value[self.at] not in allowed:
            raise _Wrong(invalid, self.at, 1)
        self.at += 1
        return int(self.value[self.at - 1])

    def some(self, count: int, truncated: str) -> str:
        """The next `count` digits."""
        text = self.value[self.at : self.at + count]
        if len(text) < count:
            whole = not text
            raise _Wrong(truncated, 0 if whole else self.at, len(self.value) if whole else len(text))
        self.at += count
        return text

    def opens(self, field: str) -> bool:
        """Whether the optional field of this number comes next; if so, its number is passed."""
        here = self.value[self.at : self.at + 1] == field
        self.at += here
        return here

    def finish(self) -> None:
        """Nothing may be left."""
        if self.at < len(self.value):
            raise _Wrong("EXCESS_DATA", self.at, len(self.value) - self.at)


def couponcode(value: str) -> Found:
    """The coupon of (8110)."""
    try:
        digits = _Digits(value)
        _company(digits, "GCP")
        digits.some(6, "TRUNCATED_OFFER_CODE")
        length = digits.one("MISSING_SAVE_VALUE_VLI", "12345", "INVALID_SAVE_VALUE_LENGTH")
        digits.some(length, "TRUNCATED_SAVE_VALUE")
        _requirement(digits, "1ST")
        if digits.opens("1"):
            digits.one("MISSING_ADDITIONAL_PURCHASE_RULES_CODE", "0123", "INVALID_ADDITIONAL_PURCHASE_RULES_CODE")
            _further(digits, "2ND")
        if digits.opens("2"):
            _further(digits, "3RD")
        _period(digits)
        if digits.opens("5"):
            _serial(digits)
        if digits.opens("6"):
            length = digits.one("MISSING_RETAILER_GCP_OR_GLN_VLI", "1234567", "INVALID_RETAILER_GCP_OR_GLN_LENGTH")
            digits.some(length + 6, "TRUNCATED_RETAILER_GCP_OR_GLN")
        if digits.opens("9"):
            _terms(digits)
        digits.finish()
    except _Wrong as wrong:
        return wrong.found
    return None


def couponposoffer(value: str) -> Found:
    """The offer of (8112)."""
    try:
        digits = _Digits(value)
        digits.one("MISSING_FORMAT_CODE", "01", "INVALID_FORMAT_CODE")
        _company(digits, "FUNDER")
        digits.some(6, "TRUNCATED_OFFER_CODE")
        _serial(digits)
        digits.finish()
    except _Wrong as wrong:
        return wrong.found
    return None


def _company(digits: _Digits, name: str) -> None:
    length = digits.one(f"MISSING_{name}_VLI", "0123456", f"INVALID_{name}_LENGTH")
    digits.some(length + 6, f"TRUNCATED_{name}")


def _requirement(digits: _Digits, which: str) -> None:
    name = f"{which}_PURCHASE_REQUIREMENT"
    length = digits.one(f"MISSING_{name}_VLI", "12345", f"INVALID_{name}_LENGTH")
    digits.some(length, f"TRUNCATED_{name}")
    digits.one(f"MISSING_{name}_CODE", "012349", f"INVALID_{name}_CODE")
    digits.some(3, f"TRUNCATED_{which}_PURCHASE_FAMILY_CODE")


def _further(digits: _Digits, which: str) -> None:
    """A second or third purchase, whose company is its own, or with 9 the first one's."""
    _requirement(digits, which)
    length = digits.one(f"MISSING_{which}_PURCHASE_GCP_VLI", "01234569", f"INVALID_{which}_PURCHASE_GCP_LENGTH")
    if length != 9:
        digits.some(length + 6, f"TRUNCATED_{which}_PURCHASE_GCP")


def _period(digits: _Digits) -> None:
    opened = digits.at
    ends = starts = None
    if digits.opens("3"):
        # GS1 spells the name of this fault so.
        ends = _day(digits, "TOO_SHORT_FOR_EXPIRATION_DATE", "INVALID_EXIPIRATION_DATE")
    if digits.opens("4"):
        starts = _day(digits, "TOO_SHORT_FOR_START_DATE", "INVALID_START_DATE")
    if ends and starts:
        end, start = from_yymmdd(ends), from_yymmdd(starts)
        if end and start and end < start:
            raise _Wrong("EXPIRATION_BEFORE_START", opened, digits.at - opened)


def _day(digits: _Digits, short: str, invalid: str) -> str:
    text = digits.some(6, short)
    if text.endswith("00") or from_yymmdd(text) is None:
        raise _Wrong(invalid, digits.at - 6, 6)
    return text


def _serial(digits: _Digits) -> None:
    length = digits.one("MISSING_SERIAL_NUMBER_VLI", "0123456789", "INVALID_SERIAL_NUMBER_LENGTH")
    digits.some(length + 6, "TRUNCATED_SERIAL_NUMBER")


def _terms(digits: _Digits) -> None:
    digits.one("MISSING_SAVE_VALUE_CODE", "01256", "INVALID_SAVE_VALUE_CODE")
    digits.one("MISSING_SAVE_VALUE_APPLIES_TO_ITEM", "012", "INVALID_SAVE_VALUE_APPLIES_TO_ITEM")
    digits.one("MISSING_STORE_COUPON_FLAG", "0123456789", "INVALID_STORE_COUPON_FLAG")
    digits.one("MISSING_DONT_MULTIPLY_FLAG", "01", "INVALID_DONT_MULTIPLY_FLAG")
