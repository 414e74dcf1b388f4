"""This file is what came out for one thing of a count: the book, the count, what is still to be done about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from spd.core.occasion import digest_of
from spd.counting.models import Finding
from spd.ledger import ItemKind, ItemStateName

COUNTED = (Finding.OK, Finding.MISSING, Finding.DISAGREE, Finding.HELD, Finding.EXPIRED, Finding.REFOUND)
"""What is compared with the book."""
COUNTED_WELL = (*(one.value for one in COUNTED), Finding.MOVED.value, Finding.RESERVED.value)
"""What is no exception, as words of a result."""
EXCEPTIONS = (Finding.ELSEWHERE, Finding.IN_TRANSIT, Finding.USED, Finding.GONE, Finding.UNKNOWN)
"""What is settled by people, each with what became of it."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """An item as it is now, with what it is."""

    item_id: int
    item: str
    kind: str
    state: str
    quantity: int
    location_id: int
    unit_price: Decimal
    consigned: bool
    product_id: int
    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    product_class: str
    lot: str
    expires_on: date | None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One thing of a count: what the book said, what was counted, what is still to be done about it."""

    subject: str
    thing: Thing | None
    said: str = ""
    location_id: int
    booked_id: int | None = None
    """Where the book says it is."""
    finding: Finding
    book: int
    counted: int
    at: datetime
    counters: tuple[int, ...] = ()
    recount: bool = False
    """It is to be counted again before it is decided."""
    by_other: bool = False
    """Counted again by another person."""
    reason: str = ""
    note: str = ""

    @property
    def difference(self) -> int:
        """Base units more (or fewer) than the book says; exceptions are no difference of quantity."""
        return self.counted - self.book if self.finding in COUNTED else 0

    @property
    def value(self) -> Decimal:
        """What the difference is worth."""
        return self.difference * self.thing.unit_price if self.thing else Decimal(0)

    @property
    def is_exception(self) -> bool:
        """Whether people have to settle it."""
        return self.finding in EXCEPTIONS


def figures(judged: Iterable[Judged]) -> str:
    """A mark of the figures that were looked at: it changes when any of them does."""
    said = [(one.subject, one.finding.value, one.book, one.counted, one.location_id) for one in judged]
    return digest_of(said).hex()[:16]


def is_seen(thing: Thing) -> bool:
    """Whether a thing is seen rather than counted: what is sealed is there or not."""
    return thing.kind != ItemKind.BULK and thing.state != ItemStateName.OPEN
