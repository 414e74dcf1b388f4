"""This file is the answer to a counted thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from spd.counting.models import Finding


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A line, and what it says at first sight. `again`: the same round had one of it before; this one holds.

    `kept`: it came after the count was decided; it is on record and changes nothing.
    """

    line_id: int
    count: str
    location: str
    round: str
    finding: Finding
    item: str
    product: str
    name: str
    name_en: str
    specification: str
    lot: str
    expires_on: date | None
    base_unit: str
    kind: str
    quantity: int
    booked_at: str
    """Where the book has it, where that is somewhere else."""
    used_at: datetime | None
    lines: int
    """How many things of this place and round are counted now."""
    again: bool = False
    kept: bool = False
    repeated: bool = False
