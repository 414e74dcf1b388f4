"""This file is the small chain of a device: each event is hashed over what it says and over the event before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

_HALF = re.compile("[\ud800-\udfff]")
START = bytes(32)
"""What the first event of a device stands on."""


@dataclass(frozen=True, kw_only=True)
class Queued:
    """One event out of a queue. `offset_ms`: what the server's clock was ahead of the device's, as last known."""

    event_id: UUID
    device: str
    sequence: int
    kind: str
    payload: Mapping[str, Any]
    clock_at: datetime
    offset_ms: int
    previous: bytes
    hash: bytes
    staff_id: int
    actor_known: bool = True
    department_id: int | None = None
    """Where it was done; left out, where the batch says."""

    @property
    def is_whole(self) -> bool:
        """Whether it says what its device hashed."""
        return digest(self) == self.hash


def digest(event: Queued) -> bytes:
    """The hash of an event, the same as in `static/js/offline/chain.js`: lines of text, in this order."""
    said = (
        str(event.event_id),
        event.device,
        str(event.sequence),
        event.kind,
        str(round(event.clock_at.timestamp() * 1000)),
        str(event.offset_ms),
        written(event.payload),
        event.previous.hex(),
    )
    return hashlib.sha256("\n".join(said).encode()).digest()


def written(payload: Mapping[str, Any]) -> str:
    """A payload as one text, the same whatever the order of its fields; half a character, which no database takes, is
    written as browsers write it."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else _HALF.sub(lambda one: f"\\u{ord(one[0]):04x}", text)
