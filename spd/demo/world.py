"""This file is the demo hospital while its story is told: who is there, what lies where, and the clock of the story."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd.core.occasion import Occasion, digest_of
from spd.demo.chance import Chance
from spd.demo.samples import Ware

STORE = "ZXK"
COLD_STORE = "ZXK-LC"
HIGH_VALUE_STORE = "ZXK-GZ"
EAST_STORE = "DYK"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A department's own stock, the nurse who answers for it, and the products it keeps."""

    location: str
    department: str
    department_id: int
    profile: str
    beds: int
    nurse_id: int
    keeps: tuple[Ware, ...]


@dataclass(kw_only=True, eq=False)
class Held:
    """One item as the story knows it."""

    code: str
    ware: Ware
    quantity: int
    expires_on: date
    opened: bool = False


@dataclass(frozen=True, kw_only=True)
class Stay:
    """One encounter as the story knows it."""

    code: str
    department: str
    admitted_at: datetime
    discharged_at: datetime | None
    drg_code: str | None

    @property
    def operated(self) -> bool:
        """Whether it is a stay for a procedure (the second letter of its group is X), or its group is not known yet."""
        return self.drg_code is None or self.drg_code[1] == "X"


@dataclass
class World:
    """Everything the story needs to go on."""

    session: Session
    chance: Chance
    now: datetime
    zone: ZoneInfo
    wares: dict[str, Ware]
    places: list[Place]
    staff: dict[str, int]
    stays: dict[str, list[Stay]]
    shelves: dict[tuple[str, str], list[Held]] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    """Base units used since the last order, by product."""
    serials: int = 0
    notes: int = 0

    @property
    def today(self) -> date:
        """The hospital's day on which the story ends."""
        return self.now.astimezone(self.zone).date()

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """That hour at the hospital, in UTC."""
        return datetime.combine(day, time(hour, minute), self.zone).astimezone(UTC)

    def occasion(self, staff_id: int, at: datetime, device: str) -> Occasion:
        """The next act: its key and content follow from the seed."""
        key = self.chance.key(at)
        return Occasion(
            request_key=key,
            staff_id=staff_id,
            occurred_at=at,
            recorded_at=at,
            day=at.astimezone(self.zone).date(),
            zone=self.zone,
            device=device,
            content=digest_of(str(key)),
        )

    def put(self, location: str, held: Held) -> None:
        """Note that an item lies there."""
        self.shelves.setdefault((location, held.ware.code), []).append(held)

    def there(self, location: str, ware: Ware, *, on: date) -> list[Held]:
        """What is there and not expired, the opened first, then the soonest to expire."""
        good = [h for h in self.shelves.get((location, ware.code), []) if h.quantity and h.expires_on >= on]
        return sorted(good, key=lambda held: (not held.opened, held.expires_on))

    def take(self, location: str, items: Iterable[Held]) -> None:
        """Note that items lie there no more."""
        for held in items:
            self.shelves[(location, held.ware.code)].remove(held)

    def serial(self) -> str:
        """The next serial number; no two things of the story share one."""
        self.serials += 1
        return f"SN{self.serials:07d}"

    def stays_open(self, department: str, at: datetime) -> list[Stay]:
        """The patients of a department at an instant."""
        return [
            stay
            for stay in self.stays.get(department, [])
            if stay.admitted_at <= at and (stay.discharged_at is None or stay.discharged_at >= at)
        ]
