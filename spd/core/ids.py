"""This file is request keys: UUID version 7, ordered by time, made where an act begins."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID


def request_key(at: datetime) -> UUID:
    """A new key for an act at `at`. Source: RFC 9562, 5.7."""
    milliseconds = int(at.timestamp() * 1000)
    random = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return UUID(int=value)
