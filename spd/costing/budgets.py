"""This file is budgets and quotas: what departments may use, in versions that one person makes and another approves.

A version is a whole: approved, it holds from its month on until a later one does. A line is an amount for a month, for
each bed-day, or for each 100 yuan of revenue; of one class of products, or of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, Uuid, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.core.base import Base
from spd.core.columns import Id, Instant, Money, Name, UtcDateTime, Word
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.places import departments_at, get_department


class Basis(StrEnum):
    """What an amount is for: a month, a bed-day, or 100 yuan of revenue."""

    MONTH = "month"
    BED_DAY = "bed_day"
    REVENUE = "revenue_100"


class BudgetVersion(Base):
    """One version: a draft until it is approved, then never changed."""

    __tablename__ = "budget_versions"
    __table_args__ = (UniqueConstraint("request_key", name="uq_budget_versions_request"),)

    id: Mapped[Id]
    number: Mapped[int] = mapped_column(unique=True)
    from_period: Mapped[str] = mapped_column(String(7))
    note: Mapped[Name]
    made_at: Mapped[Instant]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid())
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class BudgetLine(Base):
    """What one department may use, of one class or (empty) of all."""

    __tablename__ = "budget_lines"
    __table_args__ = (
        UniqueConstraint("version_id", "department_id", "product_class", "basis"),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    id: Mapped[Id]
    version_id: Mapped[int] = mapped_column(ForeignKey("budget_versions.id"))
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    product_class: Mapped[Word]
    basis: Mapped[Word]
    amount: Mapped[Money]
    set_at: Mapped[Instant]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class UnknownBudget(NotFound):
    """There is no such version."""

    code = "unknown-budget"
    say = {"zh": "没有预算版本 {number}。", "en": "There is no budget version {number}."}


class BudgetApproved(Conflict):
    """What is approved is not changed."""

    code = "budget-approved"
    say = {
        "zh": "预算版本 {number} 已批准, 不能再改。请新建版本。",
        "en": "Budget version {number} is approved and is not changed. Make a new version.",
    }


class DraftWaits(Conflict):
    """Two drafts would each leave out what the other says."""

    code = "budget-draft-waits"
    say = {
        "zh": "预算草稿 {number} 尚未批准。请先改它或批准它。",
        "en": "Budget draft {number} is not approved yet. Change that one, or have it approved, first.",
    }


class EmptyBudget(Refused):
    """A version without a line would take every budget away."""

    code = "empty-budget"
    say = {"zh": "预算版本 {number} 没有任何行, 不能批准。", "en": "Budget version {number} has no line to approve."}


@dataclass(frozen=True, kw_only=True)
class LineSaid:
    """One line as somebody says it."""

    department: str
    basis: Basis
    amount: Decimal
    product_class: str = ""


def versions(session: Session) -> list[BudgetVersion]:
    """All versions, the newest first."""
    return list(session.scalars(select(BudgetVersion).order_by(BudgetVersion.number.desc())))


def get_version(session: Session, number: int) -> BudgetVersion:
    """The version with this number. Raises: UnknownBudget."""
    found = session.scalars(select(BudgetVersion).where(BudgetVersion.number == number)).one_or_none()
    if found is None:
        raise UnknownBudget(number=number)
    return found


def in_force(session: Session, period: str, at: datetime | None = None) -> BudgetVersion | None:
    """The approved version that holds in a month: of those begun by then the latest begun, then the latest made. With
    `at` the one that held as of that instant."""
    query = (
        select(BudgetVersion)
        .where(BudgetVersion.approved_at.is_not(None), BudgetVersion.from_period <= period)
        .order_by(BudgetVersion.from_period.desc(), BudgetVersion.number.desc())
        .limit(1)
    )
    if at is not None:
        query = query.where(BudgetVersion.approved_at <= at)
    return session.scalars(query).first()


@dataclass(frozen=True, kw_only=True)
class Whose:
    """The department that a line is of, as it is called or was."""

    id: int
    code: str
    name: str
    name_en: str


def lines_of(session: Session, version: BudgetVersion, at: datetime | None = None) -> list[tuple[BudgetLine, Whose]]:
    """A version's lines with their departments, in the order of their codes; as these were called at an instant."""
    department = departments_at(at)
    query = (
        select(BudgetLine, department.id, department.code, department.name, department.name_en)
        .join(department, department.id == BudgetLine.department_id)
        .where(BudgetLine.version_id == version.id)
        .order_by(department.code, BudgetLine.basis, BudgetLine.product_class)
    )
    return [
        (line, Whose(id=number, code=code, name=name, name_en=name_en))
        for line, number, code, name, name_en in session.execute(query)
    ]


def draft(session: Session, occasion: Occasion, *, from_period: str, note: str = "") -> BudgetVersion:
    """A new version with the lines of the newest approved one; asked again, the same. Raises: DraftWaits."""
    asked = select(BudgetVersion).where(BudgetVersion.request_key == occasion.request_key)
    if done := session.scalars(asked).one_or_none():
        return done
    waits = session.scalars(select(BudgetVersion).where(BudgetVersion.approved_at.is_(None))).first()
    if waits is not None:
        raise DraftWaits(number=waits.number)
    last = in_force(session, "9999-12")
    number = (session.scalar(select(func.max(BudgetVersion.number))) or 0) + 1
    made = BudgetVersion(
        number=number, from_period=from_period, note=note, made_at=occasion.recorded_at,
        made_by_id=occasion.staff_id, request_key=occasion.request_key,
    )  # fmt: skip
    session.add(made)
    session.flush()  # its number goes into its lines
    for line, _department in lines_of(session, last) if last else []:
        session.add(
            BudgetLine(
                version_id=made.id, department_id=line.department_id, product_class=line.product_class,
                basis=line.basis, amount=line.amount, set_at=occasion.recorded_at, set_by_id=occasion.staff_id,
            )
        )  # fmt: skip
    session.flush()  # the lines are there for whoever changes them next
    return made


def set_lines(session: Session, occasion: Occasion, number: int, said: Sequence[LineSaid]) -> int:
    """How many lines of a draft now say this; an amount of zero takes the line away.

    Raises: UnknownBudget, BudgetApproved, UnknownDepartment.
    """
    version = get_version(session, number)
    if version.approved_at is not None:
        raise BudgetApproved(number=number)
    for one in said:
        department = get_department(session, one.department)
        mine = (
            BudgetLine.version_id == version.id, BudgetLine.department_id == department.id,
            BudgetLine.product_class == one.product_class, BudgetLine.basis == one.basis.value,
        )  # fmt: skip
        session.execute(delete(BudgetLine).where(*mine))
        if one.amount:
            session.add(
                BudgetLine(
                    version_id=version.id, department_id=department.id, product_class=one.product_class,
                    basis=one.basis.value, amount=one.amount, set_at=occasion.recorded_at,
                    set_by_id=occasion.staff_id,
                )
            )  # fmt: skip
    session.flush()  # said twice in one file, the later says it
    return len(said)


def approve(session: Session, occasion: Occasion, number: int) -> BudgetVersion:
    """The version, holding from its month on. Approved again, it stays as it is.

    Raises: UnknownBudget, EmptyBudget, SamePerson.
    """
    version = get_version(session, number)
    if version.approved_at is not None:
        return version
    if not lines_of(session, version):
        raise EmptyBudget(number=number)
    touched = select(BudgetLine.set_by_id).where(BudgetLine.version_id == version.id).distinct()
    for person in {version.made_by_id, *session.scalars(touched)}:
        refuse_same_person(person, occasion.staff_id)
    session.execute(
        update(BudgetVersion)
        .where(BudgetVersion.id == version.id, BudgetVersion.approved_at.is_(None))
        .values(approved_at=occasion.recorded_at, approved_by_id=occasion.staff_id)
    )
    session.refresh(version)
    return version
