"""This file is how long a supplier waits for its money (账期): agreed from a day on, else the hospital's policy."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd import policies
from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Day, Digest, Id, Instant, Name
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion
from spd.parties import Party

POLICY = "invoice.payment_days"
LONGEST_DAYS = 1000


class PaymentTerm(AppendOnly, Base):
    """From a day on: days from an invoice's coming in until it falls due; none is the hospital's policy again."""

    __tablename__ = "supplier_terms"
    __table_args__ = (
        UniqueConstraint("supplier_id", "version"),
        Index("ix_supplier_terms_from", "supplier_id", "from_on"),
        CheckConstraint("days >= 0", name="not_before"),
    )

    id: Mapped[Id]
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    version: Mapped[int]
    from_on: Mapped[Day]
    days: Mapped[int | None]
    number: Mapped[Code]
    """Of the contract that says so."""
    reason: Mapped[Name]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]


class TermInThePast(Refused):
    """Terms hold from today at the earliest: invoices that came before followed others."""

    code = "term-in-the-past"
    say = {
        "zh": "账期生效日 {day} 早于今天 {today}。从今天或以后开始。",
        "en": "The terms would hold from {day}, before today, {today}. Let them begin today or later.",
    }


class TermReused(Conflict):
    """The key was used for something else, or somebody else agrees terms at this moment."""

    code = "term-racing"
    say = {
        "zh": "此账期刚被他人修改, 请刷新后重试。",
        "en": "Somebody else has just changed these terms. Reload, and say it again.",
    }


@dataclass(frozen=True, kw_only=True)
class TermSaid:
    """What is agreed from a day on; without days the hospital's policy holds again."""

    from_on: date
    days: int | None
    number: str = ""
    reason: str = ""


def agree_term(session: Session, occasion: Occasion, supplier: Party, said: TermSaid) -> PaymentTerm:
    """The terms from a day on; invoices that came in before keep the day they fall due. Asked again with the same key,
    the first. Raises: TermReused, TermInThePast.
    """
    done = session.scalars(select(PaymentTerm).where(PaymentTerm.request_key == occasion.request_key)).one_or_none()
    if done is not None:
        if done.content != occasion.content:
            raise TermReused()
        return done
    if said.from_on < occasion.day:
        raise TermInThePast(day=said.from_on.isoformat(), today=occasion.day.isoformat())
    last = session.scalar(select(func.max(PaymentTerm.version)).where(PaymentTerm.supplier_id == supplier.id)) or 0
    row = PaymentTerm(
        supplier_id=supplier.id, version=last + 1, from_on=said.from_on, days=said.days, number=said.number,
        reason=said.reason, set_at=occasion.recorded_at, set_by_id=occasion.staff_id,
        request_key=occasion.request_key, content=occasion.content,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()  # two who agree at once: one is refused here
    except IntegrityError as error:
        raise TermReused() from error
    return row


def terms_in_force(
    session: Session, on: date, suppliers: Collection[int] | None = None, *, at: datetime | None = None
) -> dict[int, PaymentTerm]:
    """The terms that hold on a day, by supplier: of those that begin latest the last said; with `at` those of then."""
    query = select(PaymentTerm).where(PaymentTerm.from_on <= on).order_by(PaymentTerm.from_on, PaymentTerm.version)
    if at is not None:
        query = query.where(PaymentTerm.set_at <= at)
    if suppliers is not None:
        query = query.where(PaymentTerm.supplier_id.in_(suppliers))
    return {one.supplier_id: one for one in session.scalars(query)}


def payment_days(session: Session, supplier_id: int, on: date) -> int:
    """Days from an invoice's coming in on a day until it falls due."""
    agreed = terms_in_force(session, on, [supplier_id]).get(supplier_id)
    if agreed is not None and agreed.days is not None:
        return agreed.days
    return int(policies.get(session, POLICY))


def due_on(session: Session, supplier_id: int, received_on: date) -> date:
    """The day an invoice that comes in on a day falls due."""
    days = payment_days(session, supplier_id, received_on)
    return min(received_on, date.max - timedelta(days=days)) + timedelta(days=days)
