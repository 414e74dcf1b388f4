"""This file is the hash chain: what of a movement and of an entry is hashed, and how."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from spd.core.money import to_scaled

BORN: Final = (
    "id", "code", "kind", "product_id", "lot_id", "serial", "unit_price", "settlement_mode", "supplier_id",
    "parent_id", "receipt_line_id", "created_at",
)  # fmt: skip
"""What never changes of an item; it is the root of its chain."""

MOVED: Final = (
    "id", "request_key", "line", "item_id", "sequence", "kind", "quantity", "from_location_id", "to_location_id",
    "from_owner_id", "to_owner_id", "state_after", "department_id", "encounter_id", "document", "reason",
    "occurred_at", "recorded_at", "day_on", "staff_id", "device", "raw_scan", "reverses_id", "entry_digest",
    "previous_hash",
)  # fmt: skip
"""Every column of a movement but its own hash."""

ENTERED: Final = ("id", "movement_id", "event", "period", "day_on", "recorded_at")
ENTERED_BY_DOCUMENT: Final = ("id", "document_entry_id", "event", "period", "day_on", "recorded_at")

DOCUMENTED: Final = (
    "id", "request_key", "line", "kind", "document_id", "document", "reason", "occurred_at", "recorded_at", "day_on",
    "staff_id", "device", "entry_digest", "previous_hash",
)  # fmt: skip
"""Every column of a document's entry but its own hash."""

POSTED: Final = (
    "id", "entry_id", "line", "account", "amount", "period", "department_id", "party_id", "encounter_id",
    "product_id", "product_class", "chargeable",
)  # fmt: skip

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@lru_cache(maxsize=64)  # all movements of an act have their instants in common
def _instant(value: datetime) -> int:
    return (value - _EPOCH) // _MICROSECOND


def _same(value: Any) -> Any:
    return value


_FORMS: Final[dict[type, Callable[[Any], Any]]] = {
    type(None): _same,
    bool: _same,
    int: _same,
    str: _same,
    datetime: _instant,
    date: date.isoformat,
    Decimal: to_scaled,
    bytes: bytes.hex,
    UUID: lambda value: value.hex,
}


_AS_THEY_ARE: Final = frozenset((str, int, bool, type(None)))
_write: Final = json.JSONEncoder(separators=(",", ":")).encode


def plain(value: Any) -> Any:
    """The one JSON form of a value, so that both databases and every Python give the same bytes."""
    form = _FORMS.get(type(value))
    if form is None:  # an enumeration is kept as its value: text or a number
        assert isinstance(value, str | int), f"{type(value)} has no place in the chain"
        return str(value) if isinstance(value, str) else int(value)
    return form(value)


def _sha256(values: list[Any]) -> bytes:
    return hashlib.sha256(_write(values).encode()).digest()


def _plainly(row: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    """The plain values of a row; most are as they are, and five thousand units have a quarter of a million."""
    values = [row[name] for name in names]
    return [value if type(value) in _AS_THEY_ARE else plain(value) for value in values]


def root(item: Mapping[str, Any]) -> bytes:
    """What an item's first movement follows: the hash of what never changes of the item."""
    return _sha256(["spd:item:1", *_plainly(item, BORN)])


def movement_hash(movement: Mapping[str, Any]) -> bytes:
    """The hash of one movement, over every other column of it."""
    return _sha256(["spd:movement:1", *_plainly(movement, MOVED)])


def entry_digest(entry: Mapping[str, Any], postings: Iterable[Mapping[str, Any]]) -> bytes:
    """The digest of one entry with its postings in order of line."""
    lines = [_plainly(posting, POSTED) for posting in postings]
    if entry["movement_id"] is None:
        return _sha256(["spd:entry:2", _plainly(entry, ENTERED_BY_DOCUMENT), lines])
    return _sha256(["spd:entry:1", _plainly(entry, ENTERED), lines])


def documents_root() -> bytes:
    """What the first entry of a document follows."""
    return _sha256(["spd:documents:1"])


def document_hash(document: Mapping[str, Any]) -> bytes:
    """The hash of one document's entry, over every other column of it."""
    return _sha256(["spd:document:1", *_plainly(document, DOCUMENTED)])
