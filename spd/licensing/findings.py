"""This file is what can be found against goods: which licence, what is the matter with it, how grave, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from spd.licensing.models import LicenceKind


class Act(StrEnum):
    """What is to be done with the goods."""

    ORDER = "order"
    RECEIVE = "receive"


class Severity(StrEnum):
    """How grave a finding is."""

    BLOCK = "block"
    WARN = "warn"


class Matter(StrEnum):
    """What is the matter."""

    MISSING = "missing"
    """Nothing of the kind is on record."""
    ENDED = "ended"
    NOT_YET = "not_yet"
    BETWEEN = "between"
    """One had ended and the next had not begun."""
    CLASS = "class"
    """There is one, but not for this class of devices."""
    BROKEN = "broken"
    """A link of the chain of authorisations is wanting."""
    MADE_OUTSIDE = "made_outside"
    """The goods were made while the certificate did not hold."""
    DAY_UNKNOWN = "day_unknown"
    """Nobody says when the goods were made: judged by the day they came."""


KIND_NAMES = {
    LicenceKind.BUSINESS: ("营业执照", "business licence"),
    LicenceKind.OPERATION: ("经营许可/备案", "trading licence"),
    LicenceKind.PRODUCTION: ("生产许可/备案", "production licence"),
    LicenceKind.REGISTRATION: ("注册证/备案", "registration"),
    LicenceKind.AUTHORISATION: ("授权书", "authorisation"),
}
_WORDS: dict[Matter, tuple[str, str]] = {
    Matter.MISSING: ("{holder}的{kind_zh}未登记", "The {kind} of {holder} is not on record"),
    Matter.ENDED: ("{holder}的{kind_zh}{number}已于 {day} 到期", "The {kind}{number} of {holder} ended on {day}"),
    Matter.NOT_YET: ("{holder}的{kind_zh}{number}自 {day} 起才生效", "The {kind}{number} of {holder} begins on {day}"),
    Matter.BETWEEN: (
        "{holder}的{kind_zh}{number}自 {day} 起才续上, 当日无效",
        "The {kind}{number} of {holder} lapsed and begins again on {day}",
    ),
    Matter.CLASS: (
        "{holder}的{kind_zh}不含第 {classes} 类器械",
        "The {kind} of {holder} is not for devices of class {classes}",
    ),
    Matter.BROKEN: (
        "{holder}销售{number} 的授权链不完整: 从生产企业起须逐级在有效期内",
        "The chain of authorisations from the maker to {holder} is broken for{number}",
    ),
    Matter.MADE_OUTSIDE: (
        "{holder}的生产日期 {day} 不在{kind_zh}{number}有效期内",
        "{holder} was made on {day}, outside the validity of {kind}{number}",
    ),
    Matter.DAY_UNKNOWN: (
        "{holder}的生产日期未知, 按到货日判断",
        "When {holder} was made is not known; it was judged by the day it came",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing found. `holder`: the party or product it is of, by name; `day`: when it ended, begins, was made.

    `holder_en`: its English name, where it has one; `number_en` likewise, where what is named is no number.
    """

    severity: Severity
    matter: Matter
    kind: LicenceKind
    holder: str
    holder_en: str = ""
    party_id: int | None = None
    product_id: int | None = None
    number: str = ""
    number_en: str = ""
    day: date | None = None
    classes: str = ""

    @property
    def key(self) -> str:
        """What it is, whatever its words: the same finding found again has the same key."""
        parts = (self.kind, self.matter, self.party_id or "", self.product_id or "", self.number, self.day or "")
        return ":".join(str(part) for part in parts)

    @property
    def zh(self) -> str:
        """The finding in Chinese."""
        return _WORDS[self.matter][0].format(**self._facts())

    @property
    def en(self) -> str:
        """The finding in English."""
        told = self._facts() | {"holder": self.holder_en or self.holder}
        if self.number_en:
            told["number"] = f" {self.number_en}"
        return _WORDS[self.matter][1].format(**told)

    def as_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "severity": str(self.severity), "matter": str(self.matter), "kind": str(self.kind), "holder": self.holder,
            "number": self.number, "day": self.day and self.day.isoformat(), "key": self.key, "zh": self.zh,
            "en": self.en,
        }  # fmt: skip

    def _facts(self) -> dict[str, str]:
        zh, en = KIND_NAMES[self.kind]
        return {
            "holder": self.holder, "kind_zh": zh, "kind": en, "number": f" {self.number}" if self.number else "",
            "day": self.day.isoformat() if self.day else "", "classes": self.classes,
        }  # fmt: skip
