"""This file is what a cell says, as a value: numbers, days, instants, yes or no, one of a few words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from spd.exchange.refusals import BadValue

_YES = ("1", "yes", "true", "y", "是")
_NO = ("0", "no", "false", "n", "否")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell and where it stands. Every reading of it raises BadValue where it does not fit."""

    file: str
    row: int
    column: str
    value: str

    def bad(self, wants: str, wants_zh: str) -> BadValue:
        """The refusal of this cell."""
        return BadValue(
            file=self.file, row=self.row, column=self.column, value=self.value[:60], wants=wants, wants_zh=wants_zh
        )

    def text(self, limit: int = 200) -> str:
        """The text itself."""
        if len(self.value) > limit:
            raise self.bad(f"at most {limit} characters", f"最多 {limit} 个字")
        return self.value

    def whole(self, least: int = 0) -> int:
        """A whole number, `least` or more."""
        if not (self.value.isascii() and self.value.isdigit()) or len(self.value) > 15 or int(self.value) < least:
            raise self.bad(f"a whole number, {least} or more", f"不小于 {least} 的整数")
        return int(self.value)

    def money(self) -> Decimal:
        """An amount that is not negative, with at most four decimals."""
        try:
            amount = Decimal(self.value)
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0 or amount >= 10**12 or amount != amount.quantize(Decimal("0.0001")):
            raise self.bad("an amount such as 12.50, at most four decimals", "金额, 如 12.50, 最多四位小数")
        return amount

    def day(self) -> date:
        """A day: 2026-03-31, 20260331 or 2026/3/31."""
        for form in ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"):
            try:
                return datetime.strptime(self.value, form).replace(tzinfo=UTC).date()
            except ValueError:
                continue
        raise self.bad("a day such as 2026-03-31", "日期, 如 2026-03-31")

    def instant(self, zone: ZoneInfo) -> datetime:
        """An instant, in UTC; without a zone of its own it is the hospital's time."""
        for read in (datetime.fromisoformat, _as_spreadsheets_write):
            try:
                said = read(self.value)
                return (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
        raise self.bad("a time such as 2026-03-31 08:30", "时间, 如 2026-03-31 08:30")

    def yes(self) -> bool:
        """Yes or no."""
        if self.value.lower() not in _YES + _NO:
            raise self.bad("yes or no", "是 或 否")
        return self.value.lower() in _YES

    def one_of(self, words: Sequence[str], *, also: Mapping[str, str] | None = None) -> str:
        """One of these words, or what another word for one of them (`also`) means."""
        said = (also or {}).get(self.value, self.value)
        if said not in words:
            raise self.bad("one of " + ", ".join(words), "以下之一: " + ", ".join(words))
        return said


def _as_spreadsheets_write(text: str) -> datetime:
    """A time without a zone: 2026/3/1 8:05, with seconds or without. Raises: ValueError."""
    form = "%Y/%m/%d %H:%M:%S" if text.count(":") == 2 else "%Y/%m/%d %H:%M"
    return datetime.strptime(text.replace("-", "/"), form)  # noqa: DTZ007 - the caller gives it the hospital's zone
