"""This file is when and under which key the acts of a set happened: the same for the same row, whenever it is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from spd.core.occasion import Occasion, digest_of
from spd.exchange.synthea.files import Used

DEVICE = "synthea"


def key_of(row: Used, step: str) -> UUID:
    """The request key of one act of a row: made from what the row says, so that a row is never used twice."""
    digest = hashlib.sha256(f"synthea|{row.key}|{step}".encode()).digest()
    value = int.from_bytes(digest[:16])
    # Version 8 is for keys made by a rule of one's own. Source: RFC 9562, 5.8.
    return UUID(int=value & ~(0xF << 76) & ~(0b11 << 62) | 0x8 << 76 | 0b10 << 62)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """A row being replayed: when it was used, by whom it is entered, in which time zone the hospital lives."""

    row: Used
    at: datetime
    staff_id: int
    zone: ZoneInfo

    def occasion(self, step: str, *, before: timedelta = timedelta(0)) -> Occasion:
        """One act of the row, so long before its use. History is replayed: it was heard when it happened."""
        at = self.at - before
        return Occasion(
            request_key=key_of(self.row, step),
            staff_id=self.staff_id,
            occurred_at=at,
            recorded_at=at,
            day=at.astimezone(self.zone).date(),
            zone=self.zone,
            device=DEVICE,
            content=digest_of([self.row.key, step]),
        )
