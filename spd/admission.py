"""This file is admission of new products (新品准入): a department asks, somebody assesses, somebody else decides.

Only what is admitted may be ordered; a temporary permission ends by itself on its last day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, Uuid, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog import Product
from spd.catalog.admitted import ADMITTED, TEMPORARY
from spd.catalog.changes import add_product, find_product
from spd.core.base import Base
from spd.core.columns import Id, Instant, Money, Name, Quantity, UtcDateTime, Word
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import KeyReused
from spd.places import Department


class Stage(StrEnum):
    """How far a request is."""

    ASKED = "asked"
    ASSESSED = "assessed"
    ADMITTED = ADMITTED
    TEMPORARY = TEMPORARY
    REFUSED = "refused"


DECIDED = (Stage.ADMITTED, Stage.TEMPORARY, Stage.REFUSED)


class Admission(Base):
    """One request for a product the hospital does not stock yet, with what was found and decided."""

    __tablename__ = "admissions"

    id: Mapped[Id]
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    name: Mapped[Name]
    specification: Mapped[Name] = mapped_column(default="")
    manufacturer: Mapped[Name] = mapped_column(default="")
    supplier: Mapped[Name] = mapped_column(default="")
    unit_price: Mapped[Money]
    reason: Mapped[str] = mapped_column(Text())
    substitutes: Mapped[str] = mapped_column(String(400), default="")
    """Codes of the products it would stand in for."""
    expected_monthly: Mapped[Quantity]
    """Base units a month."""
    stage: Mapped[Word]
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    assessment: Mapped[str] = mapped_column(Text(), default="")
    assessed_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    assessed_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decision: Mapped[str] = mapped_column(Text(), default="")
    until_on: Mapped[date | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class UnknownAdmission(NotFound):
    """There is no such request."""

    code = "unknown-admission"
    say = {"zh": "没有准入申请 {admission}。", "en": "There is no admission request {admission}."}


class WrongStage(Conflict):
    """The request is at another stage: somebody was quicker, or a step is missing."""

    code = "wrong-stage"
    say = {
        "zh": "申请 {admission} 现处于“{stage}”, 不能进行此步。刷新后再看。",
        "en": "Request {admission} is {stage} now; this step is not due. Reload the page.",
    }


class DayMissing(Refused):
    """A temporary permission needs its last day, not before today."""

    code = "day-missing"
    say = {
        "zh": "临时准入须填写今天或以后的截止日。",
        "en": "A temporary permission needs its last day, today or later.",
    }


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a department asks for."""

    department: Department
    name: str
    unit_price: Decimal
    reason: str
    expected_monthly: int
    specification: str = ""
    manufacturer: str = ""
    supplier: str = ""
    substitutes: str = ""


@dataclass(frozen=True, kw_only=True)
class Assessed:
    """What the assessment found, and which product it would be: one there is, or a new one of this class and unit."""

    assessment: str
    product: str
    base_unit: str
    product_class: str


@dataclass(frozen=True, kw_only=True)
class Decided:
    """The decision, why, and the last day where it is temporary."""

    stage: Stage
    decision: str
    until_on: date | None = None


def ask(session: Session, occasion: Occasion, wish: Wish) -> Admission:
    """The request on record. Asked again with the same key, it is the same. Raises: KeyReused."""
    known = session.scalars(select(Admission).where(Admission.request_key == occasion.request_key)).one_or_none()
    if known is not None:
        if (known.name, known.asked_by_id, known.reason) != (wish.name, occasion.staff_id, wish.reason):
            raise KeyReused(key=str(occasion.request_key))
        return known
    row = Admission(
        request_key=occasion.request_key,
        department_id=wish.department.id,
        name=wish.name,
        specification=wish.specification,
        manufacturer=wish.manufacturer,
        supplier=wish.supplier,
        unit_price=wish.unit_price,
        reason=wish.reason,
        substitutes=wish.substitutes,
        expected_monthly=wish.expected_monthly,
        stage=Stage.ASKED.value,
        asked_at=occasion.recorded_at,
        asked_by_id=occasion.staff_id,
    )
    session.add(row)
    session.flush()  # its number is told
    return row


def get(session: Session, number: int) -> Admission:
    """The request with this number. Raises: UnknownAdmission."""
    found = session.get(Admission, number, with_for_update=True)
    if found is None:
        raise UnknownAdmission(admission=number)
    return found


def assess(session: Session, occasion: Occasion, number: int, found: Assessed) -> Admission:
    """The request with what was found; its product is there, not to be ordered yet.

    Raises: UnknownAdmission, WrongStage, SamePerson.
    """
    row = get(session, number)
    if row.stage != Stage.ASKED:
        raise WrongStage(admission=number, stage=row.stage)
    refuse_same_person(row.asked_by_id, occasion.staff_id)
    product = find_product(session, found.product) or _added(session, occasion, row, found)
    row.product_id, row.assessment, row.stage = product.id, found.assessment, Stage.ASSESSED.value
    row.assessed_at, row.assessed_by_id = occasion.recorded_at, occasion.staff_id
    session.flush()  # so that a refusal by the database comes here
    return row


def _added(session: Session, occasion: Occasion, row: Admission, found: Assessed) -> Product:
    said = {
        "name": row.name,
        "specification": row.specification,
        "base_unit": found.base_unit,
        "product_class": found.product_class,
        "admission": "pending",
    }
    return add_product(session, occasion, found.product, said)


def decide(session: Session, occasion: Occasion, number: int, decided: Decided) -> Admission:
    """The request decided by who neither asked nor assessed it, and with it whether the product may be ordered.

    Raises: UnknownAdmission, WrongStage, SamePerson, DayMissing.
    """
    row = get(session, number)
    if row.stage != Stage.ASSESSED:
        raise WrongStage(admission=number, stage=row.stage)
    for person in (row.asked_by_id, row.assessed_by_id):
        refuse_same_person(person, occasion.staff_id)
    temporary = decided.stage is Stage.TEMPORARY
    if temporary and (decided.until_on is None or decided.until_on < occasion.day):
        raise DayMissing()
    assert decided.stage in DECIDED
    row.stage, row.decision = decided.stage.value, decided.decision
    row.until_on = decided.until_on if temporary else None
    row.decided_at, row.decided_by_id = occasion.recorded_at, occasion.staff_id
    product = session.get_one(Product, row.product_id)
    if product.admission != ADMITTED:  # what is stocked stays stocked
        product.admission, product.admitted_until_on = decided.stage.value, row.until_on
    session.flush()  # so that a refusal by the database comes here
    return row
