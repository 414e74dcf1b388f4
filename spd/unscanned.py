"""This file is "unable to scan": one tap, a reason, and whoever can put it right; and how much is scanned at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Index, Uuid, case, func, select, true
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Day, Id, Instant, Name, UtcDateTime, Word
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import KEYED, Occasion
from spd.ledger import Movement
from spd.places import Department
from spd.staff import Role
from spd.stock.scanned_uses import was_scanned


class UnableReason(StrEnum):
    """Why it could not be scanned."""

    DAMAGED = "damaged"
    MISSING = "missing"
    SCANNER = "scanner"
    UNKNOWN = "unknown"
    UNREACHABLE = "unreachable"
    EMERGENCY = "emergency"


FIXER = {
    UnableReason.DAMAGED: Role.STOREKEEPER,
    UnableReason.MISSING: Role.STOREKEEPER,
    UnableReason.SCANNER: Role.SYSTEM_ADMIN,
    UnableReason.UNKNOWN: Role.BUYER,
    UnableReason.UNREACHABLE: Role.HEAD_NURSE,
    UnableReason.EMERGENCY: Role.HEAD_NURSE,
}
"""Who can put it right: a new label, the device, the code in the catalogue, the way it is done."""


class Unscanned(Base):
    """One time that something could not be scanned, and whether what was in the way has been put right."""

    __tablename__ = "unscanned"
    __table_args__ = (Index("ix_unscanned_open", "role", "fixed_at"), Index("ix_unscanned_day", "day_on"))

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    reason: Mapped[Word]
    page: Mapped[Word]
    role: Mapped[Word]
    """Whose worklist it is on."""
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    item_id: Mapped[int | None] = mapped_column(ForeignKey("items.id"))
    """What it was, where its code was typed."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    device: Mapped[Name]
    occurred_at: Mapped[Instant]
    day_on: Mapped[Day]
    fixed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    fixed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    fixed_key: Mapped[UUID | None] = mapped_column(Uuid())


class UnknownUnscanned(NotFound):
    """No such report, or it is not on your list."""

    code = "unknown-unscanned"
    say = {"zh": "没有此条扫不了记录 {number}。刷新列表。", "en": "There is no report {number} here. Reload the list."}


class FixedBefore(Conflict):
    """Somebody has put it right already."""

    code = "fixed-before"
    error = "E03"
    verdict = "repeat"
    say = {"zh": "此条已处理, 不重复计。", "en": "This was put right already. It is not counted again."}


@dataclass(frozen=True, kw_only=True)
class Unable:
    """What is said: why, on which page, by whose department; the item, where it is known by now."""

    reason: UnableReason
    page: str
    department_id: int | None = None
    item_id: int | None = None


def report(session: Session, occasion: Occasion, said: Unable) -> Unscanned:
    """The report on record; told again under its key, it gains the item it was about."""
    known = session.scalars(select(Unscanned).where(Unscanned.request_key == occasion.request_key)).one_or_none()
    if known is None:
        known = Unscanned(
            request_key=occasion.request_key, reason=said.reason.value, page=said.page, role=FIXER[said.reason].value,
            department_id=said.department_id, item_id=said.item_id, staff_id=occasion.staff_id,
            device=occasion.device, occurred_at=occasion.occurred_at, day_on=occasion.day,
        )  # fmt: skip
        session.add(known)
    elif known.item_id is None and known.staff_id == occasion.staff_id:
        known.item_id = said.item_id
    session.flush()  # its number is told
    return known


def fix(
    session: Session, occasion: Occasion, number: int, *, roles: frozenset[Role], departments: frozenset[int] | None
) -> Unscanned:
    """The report with who put it right; asked again under its key, the same. Raises: UnknownUnscanned, FixedBefore."""
    row = session.get(Unscanned, number, with_for_update=True)
    theirs = row is not None and row.role in {role.value for role in roles}
    if row is None or not theirs or (departments is not None and row.department_id not in {None, *departments}):
        raise UnknownUnscanned(number=number)
    if row.fixed_at is not None:
        if row.fixed_key == occasion.request_key:
            return row
        raise FixedBefore()
    row.fixed_at, row.fixed_by_id, row.fixed_key = occasion.recorded_at, occasion.staff_id, occasion.request_key
    session.flush()  # so that a refusal by the database comes here
    return row


def is_for(departments: frozenset[int] | None) -> ColumnElement[bool]:
    """Whether a report is one of these departments; one that names none is anybody's whose task it is."""
    if departments is None:
        return true()
    return Unscanned.department_id.in_(departments) | Unscanned.department_id.is_(None)


def waiting(session: Session, roles: frozenset[Role], departments: frozenset[int] | None) -> int:
    """How many wait for these roles."""
    query = select(func.count()).where(Unscanned.role.in_([role.value for role in roles]), Unscanned.fixed_at.is_(None))
    return session.scalar(query.where(is_for(departments))) or 0


@dataclass(frozen=True, kw_only=True)
class ScanRate:
    """One department in one week: uses booked by scan and by typed code; a kit is one."""

    week_on: date
    """Its Monday."""
    department: str
    name: str
    name_en: str
    uses: int
    keyed: int
    by_reason: Mapping[str, int]
    """Times somebody tapped that it could not be scanned."""

    @property
    def permille(self) -> Decimal | None:
        """Thousandths that were scanned; None where nothing was used."""
        if not self.uses:
            return None
        return (Decimal(1000 * (self.uses - self.keyed)) / Decimal(self.uses)).quantize(Decimal("0.1"))


_NOWHERE = ("", "", "")


def rates(session: Session, first_on: date, last_on: date, departments: frozenset[int] | None) -> list[ScanRate]:
    """The scan rate of every department and week, the latest week first.

    A week in which nothing was used, but something could not be scanned, is there too; and what was told by somebody
    who was at no ward, under no department.
    """
    uses = _by_day(session, Movement.department_id, Movement.day_on, first_on, last_on, departments)
    told = _taps(session, first_on, last_on, departments)
    weeks: dict[tuple[int | None, date], list[int]] = {key: [0, 0] for key in told}
    for department, day, all_, keyed in uses:
        sums = weeks.setdefault((department, monday(day)), [0, 0])
        sums[0] += int(all_)
        sums[1] += int(keyed)
    names = {
        row.id: (row.code, row.name, row.name_en)
        for row in session.execute(select(Department.id, Department.code, Department.name, Department.name_en))
    }
    found = []
    for (number, week), sums in weeks.items():
        code, name, name_en = _NOWHERE if number is None else names[number]
        found.append(
            ScanRate(
                week_on=week, department=code, name=name, name_en=name_en, uses=sums[0], keyed=sums[1],
                by_reason=told.get((number, week), {}),
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (-one.week_on.toordinal(), one.department))


def _taps(
    session: Session, first_on: date, last_on: date, departments: frozenset[int] | None
) -> dict[tuple[int | None, date], dict[str, int]]:
    by = (Unscanned.department_id, Unscanned.day_on, Unscanned.reason)
    query = select(*by, func.count()).where(Unscanned.day_on >= first_on, Unscanned.day_on <= last_on)
    if departments is not None:
        query = query.where(Unscanned.department_id.in_(departments))
    found: dict[tuple[int | None, date], dict[str, int]] = {}
    for department, day, reason, count in session.execute(query.group_by(*by)):
        of_week = found.setdefault((department, monday(day)), {})
        of_week[reason] = of_week.get(reason, 0) + count
    return found


def _by_day(
    session: Session, department: Any, day: Any, first_on: date, last_on: date, departments: frozenset[int] | None
) -> Any:
    key = Movement.request_key
    keyed = func.count(case((Movement.device.like(KEYED), key)).distinct())
    query = select(department, day, func.count(key.distinct()), keyed).where(
        was_scanned(), day >= first_on, day <= last_on, department.is_not(None)
    )
    if departments is not None:
        query = query.where(department.in_(departments))
    return session.execute(query.group_by(department, day)).all()


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
