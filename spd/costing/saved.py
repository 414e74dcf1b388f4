"""This file is reports that a person saved: what is chosen, over which months, when they go out and where to."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Text, UniqueConstraint, Uuid, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.addresses import refuse_foreign
from spd.core.base import Base
from spd.core.columns import Id, Instant, Name, UtcDateTime, Word
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import quarter_of, shifted, year_of
from spd.ledger.books import PeriodStep


class Months(StrEnum):
    """Which months a saved report is of when it runs."""

    CLOSED = "closed"
    PREVIOUS = "previous"
    THIS = "this"
    QUARTER = "quarter"
    YEAR = "year"
    CLOSED_QUARTER = "closed_quarter"
    CLOSED_YEAR = "closed_year"


class Schedule(StrEnum):
    """When it goes out by itself."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    CLOSING = "closing"


class SavedReport(Base):
    """One report as somebody saved it. `said` is what is chosen, as JSON; who saved it is who is asked for by it."""

    __tablename__ = "saved_reports"
    __table_args__ = (UniqueConstraint("request_key", name="uq_saved_reports_request"),)

    id: Mapped[Id]
    name: Mapped[Name]
    report: Mapped[Word]
    said: Mapped[str] = mapped_column(Text())
    months: Mapped[Word]
    format: Mapped[Word]
    schedule: Mapped[Word]
    recipients: Mapped[str] = mapped_column(Text())
    """Addresses, one a line."""
    to_folder: Mapped[bool]
    language: Mapped[Word]
    owner_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    saved_at: Mapped[Instant]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    @property
    def chosen(self) -> dict[str, str]:
        """What is chosen, by name."""
        return dict(json.loads(self.said))

    @property
    def addresses(self) -> list[str]:
        """Whom it is sent to."""
        return self.recipients.split()


class UnknownReport(NotFound):
    """There is no such report, or it is somebody else's."""

    code = "unknown-report"
    say = {"zh": "没有此报表, 或不是您保存的。", "en": "There is no such report, or you did not save it."}


class NowhereToGo(Refused):
    """What goes out by itself needs somewhere to go."""

    code = "nowhere-to-go"
    say = {
        "zh": "定时报表需要收件人或目录。",
        "en": "A report that goes out by itself needs a recipient or the folder.",
    }


@dataclass(frozen=True, kw_only=True)
class ToSave:
    """A report as it is to be saved. `domains`: those it may be sent to."""

    name: str
    report: str
    chosen: dict[str, str] = field(default_factory=dict)
    months: Months = Months.CLOSED
    format: str = "xlsx"
    schedule: Schedule = Schedule.NEVER
    recipients: tuple[str, ...] = ()
    to_folder: bool = False
    language: str = "zh-Hans"
    domains: tuple[str, ...] = ()


def save(session: Session, occasion: Occasion, said: ToSave) -> SavedReport:
    """The report, kept. Asked again with its key, the same. Raises: BadRecipient, NowhereToGo."""
    query = select(SavedReport).where(SavedReport.request_key == occasion.request_key)
    if done := session.scalars(query).one_or_none():
        return done
    refuse_foreign(said.recipients, said.domains)
    if said.schedule is not Schedule.NEVER and not (said.recipients or said.to_folder):
        raise NowhereToGo()
    made = SavedReport(
        name=said.name, report=said.report, said=json.dumps(said.chosen, ensure_ascii=False, sort_keys=True),
        months=said.months.value, format=said.format, schedule=said.schedule.value,
        recipients="\n".join(said.recipients), to_folder=said.to_folder, language=said.language,
        owner_id=occasion.staff_id, saved_at=occasion.recorded_at, request_key=occasion.request_key,
    )  # fmt: skip
    session.add(made)
    session.flush()  # its number is told
    return made


def of_person(session: Session, staff_id: int) -> list[SavedReport]:
    """The reports that a person saved and did not stop, by name."""
    query = select(SavedReport).where(SavedReport.owner_id == staff_id, SavedReport.stopped_at.is_(None))
    return list(session.scalars(query.order_by(SavedReport.name, SavedReport.id)))


def stop(session: Session, occasion: Occasion, number: int) -> SavedReport:
    """The report, no more listed and no more sent. Raises: UnknownReport."""
    found = session.get(SavedReport, number)
    if found is None or found.owner_id != occasion.staff_id:
        raise UnknownReport()
    if found.stopped_at is None:
        found.stopped_at = occasion.recorded_at
    return found


def scheduled(session: Session) -> list[SavedReport]:
    """Every report that goes out by itself."""
    query = select(SavedReport).where(SavedReport.stopped_at.is_(None), SavedReport.schedule != Schedule.NEVER)
    return list(session.scalars(query.order_by(SavedReport.id)))


def months_of(report: SavedReport, *, this: str, closed: str) -> dict[str, str]:
    """The months it is of, as a report takes them; `this` is the month today is of, `closed` the last closed one."""
    months, before = Months(report.months), shifted(this, -1)
    so_far = {Months.THIS, Months.QUARTER, Months.YEAR}
    last = this if months in so_far else before if months is Months.PREVIOUS else closed or before
    begins = quarter_of if months in (Months.QUARTER, Months.CLOSED_QUARTER) else year_of
    first = last if months in (Months.CLOSED, Months.PREVIOUS, Months.THIS) else begins(last)
    return {"month": last} if first == last else {"from": first, "month": last}


def due_of(report: SavedReport, *, today: date, locks: Sequence[PeriodStep]) -> list[tuple[str, str]]:
    """(name, month closed last) of each day, week, month or closing that a report is due for; `locks` are the last of
    each closed month, in order.

    A report just saved goes out at once for what is due then. After closings it is due for every lock since it was
    saved: each is of its own month, and a month that was opened and locked again is due again.
    """
    if report.schedule == Schedule.CLOSING:
        return [(_name(one), one.period) for one in locks if one is locks[-1] or one.done_at >= report.saved_at]
    days = {
        Schedule.DAILY.value: today, Schedule.WEEKLY.value: today - timedelta(days=today.weekday()),
        Schedule.MONTHLY.value: today.replace(day=1),
    }  # fmt: skip
    day = days.get(report.schedule)
    return [] if day is None else [(day.isoformat(), locks[-1].period if locks else "")]


def _name(lock: PeriodStep) -> str:
    return f"closing {lock.period}" if lock.version == 1 else f"closing {lock.period} {lock.version}"
