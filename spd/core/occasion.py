"""This file is the occasion of an act: who, when it happened, when we heard, which day, which device, which key."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from spd.core.errors import Refused

KEYED = "%keyed:%"
"""How the device of an act reads whose code was typed."""


class ClockSkewed(Refused):
    """The device says the act happened in the future, or longer ago than a device may keep it."""

    code = "clock-skewed"
    error = "E05"
    say = {
        "zh": "设备时间 {claimed} 与服务器时间 {server} 不符。校准设备时间后重扫。",
        "en": "The device's clock says {claimed}, the server's {server}. Set the device's clock, then scan again.",
    }


@dataclass(frozen=True)
class Moment:
    """A day of the hospital and an instant of it; none where a list speaks of the whole day."""

    day: date
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """Told to every activity by its door.

    `request_key` was made and kept by the device before sending; `content` is the digest of all that was said under it.
    `day` is the hospital's day of the act: the accounting day, unless its period is closed.
    """

    request_key: UUID
    staff_id: int
    occurred_at: datetime
    recorded_at: datetime
    day: date
    device: str = ""
    content: bytes = b""
    zone: tzinfo = UTC
    """The hospital's, by whose clock an hour on a label is read."""

    @property
    def moment(self) -> Moment:
        """When it happened, as what is good until some hour is judged."""
        return Moment(self.day, self.occurred_at)

    @property
    def scanner(self) -> str:
        """What the scanner calls itself; empty where a code was typed, which is kept with the device."""
        return "" if self.keyed else self.device[:80]

    @property
    def keyed(self) -> bool:
        """Whether the code was typed: what it is on could not be scanned."""
        return "keyed:" in self.device


def digest_of(said: Any) -> bytes:
    """The digest of what was said, the same for the same content whatever the order of its fields."""
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def refuse_skewed(occurred_at: datetime, recorded_at: datetime, *, ahead: timedelta, late: timedelta) -> None:
    """Refuse an act claimed for the future or for too long ago. Raises: ClockSkewed."""
    if occurred_at - recorded_at > ahead or recorded_at - occurred_at > late:
        raise ClockSkewed(
            claimed=occurred_at.isoformat(timespec="seconds"), server=recorded_at.isoformat(timespec="seconds")
        )
