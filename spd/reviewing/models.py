"""This file is the tables of usage review: what stands out, and what was said to it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from spd.core.base import AppendOnly, Base
from spd.core.columns import Code, Digest, Id, Instant, Money, Name, Quantity, Scaled, Word
from spd.core.pasts import Past, known_at


class Subject(StrEnum):
    """What stands out."""

    CASE = "case"
    DEPARTMENT = "department"
    PHYSICIAN = "physician"
    PRODUCT = "product"
    SPECIAL = "special"
    """A case that the payer's rules call an outlier: to be reviewed apart, and put to the payer."""


class Verdict(StrEnum):
    """What was said to it."""

    REASONABLE = "reasonable"
    UNREASONABLE = "unreasonable"
    DATA_ERROR = "data_error"
    SUBMITTED = "submitted"
    """Put to the payer as a special case."""
    GRANTED = "granted"
    REFUSED = "refused"
    NOT_SUBMITTED = "not_submitted"


_OF_USAGE = (Verdict.REASONABLE, Verdict.UNREASONABLE, Verdict.DATA_ERROR)
_OF_SPECIAL = (Verdict.SUBMITTED, Verdict.GRANTED, Verdict.REFUSED, Verdict.NOT_SUBMITTED, Verdict.DATA_ERROR)


OF_CASES = (Subject.CASE, Subject.SPECIAL)
"""What is about one case."""


def verdicts_of(subject: str) -> tuple[Verdict, ...]:
    """What may be said to a subject."""
    return _OF_SPECIAL if subject == Subject.SPECIAL else _OF_USAGE


class UsageReview(Base):
    """One thing that stands out in a month, for somebody to judge."""

    __tablename__ = "usage_reviews"
    __table_args__ = (
        UniqueConstraint("period", "payer", "subject", "apart", "of", name="uq_usage_reviews_subject"),
        Index("ix_usage_reviews_verdict", "verdict", "period"),
    )

    id: Mapped[Id]
    period: Mapped[str] = mapped_column(String(7))
    """The month in which its cases were discharged."""
    payer: Mapped[Code]
    """By whose groups its cases have peers: what stands out by two payers' is two things."""
    subject: Mapped[Word]
    group_code: Mapped[Code]
    """The DRG whose cases are its peers, as it was found; empty where it stands over all groups."""
    apart: Mapped[Code]
    """Of a product the group, for it may stand out in several; empty of a case, which is one however it is grouped."""
    of: Mapped[Code]
    """The number of the encounter, the department, the product; or the physician."""
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounters.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    product_id: Mapped[int | None] = mapped_column(ForeignKey("products.id"))
    cases: Mapped[Quantity]
    peers: Mapped[Quantity]
    value: Mapped[Money]
    """Of a case or product yuan a case; of a department or physician how many times the median of its groups."""
    median: Mapped[Money]
    deviation: Mapped[Money]
    """The median of what peers are away from the median (MAD)."""
    score: Mapped[Decimal | None] = mapped_column(Scaled())
    """How many deviations it is away; none where a rule of the payer called it out."""
    why: Mapped[Word]
    verdict: Mapped[Word] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    found_at: Mapped[Instant]


class ReviewAct(AppendOnly, Base):
    """What somebody said to it; an empty verdict opens it again."""

    __tablename__ = "review_acts"
    __table_args__ = (UniqueConstraint("request_key", name="uq_review_acts_request"),)

    id: Mapped[Id]
    review_id: Mapped[int] = mapped_column(ForeignKey("usage_reviews.id"), index=True)
    verdict: Mapped[Word]
    note: Mapped[Name]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[Instant]
    request_key: Mapped[UUID] = mapped_column(Uuid())
    content: Mapped[Digest]


class CasePhysician(Base):
    """Who was responsible for a case, as HIS tells it."""

    __tablename__ = "case_physicians"
    __table_args__ = (UniqueConstraint("encounter_id"), Index("ix_case_physicians_physician", "physician"))

    id: Mapped[Id]
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounters.id"))
    physician: Mapped[Code]
    """Number and name as the hospital writes them."""


class CasePhysicianPast(Past, Base):
    """Of a case who was said to be responsible for it before."""

    __tablename__ = "case_physician_pasts"
    __table_args__ = (Index("ix_case_physician_pasts_then", "record_id", "until_at"),)

    record_id: Mapped[int] = mapped_column(ForeignKey("case_physicians.id"))
    physician: Mapped[Code]


def physicians_at(at: datetime | None) -> Any:
    """Physicians of cases to ask, as they are told or were told at an instant."""
    return known_at(CasePhysician, CasePhysicianPast, at)
