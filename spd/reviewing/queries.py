"""This file is the worklist of usage review, and what was said to one of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from spd.catalog import Product, products_at
from spd.places import departments_at
from spd.reviewing.deciding import UnknownReview, get_review
from spd.reviewing.models import ReviewAct, UsageReview
from spd.staff import Staff


@dataclass(frozen=True, kw_only=True)
class ReviewsSeen:
    """Reviews for a list, as they are or as of an instant: those found by then, with the verdict of then."""

    select: Select[Any]
    verdict: ColumnElement[str]
    of: ColumnElement[str]
    """What it is about, by its code: of a product its own, not its number here."""
    department: Any
    product: Any
    """The department and the product it is about, as they were called then."""


def verdict_at(at: datetime | None) -> ColumnElement[str]:
    """What stands said to a review, or stood said at an instant; empty where nothing."""
    if at is None:
        return cast(ColumnElement[str], UsageReview.verdict)
    last = (
        select(ReviewAct.verdict)
        .where(ReviewAct.review_id == UsageReview.id, ReviewAct.done_at <= at)
        .order_by(ReviewAct.id.desc())
        .limit(1)
        .correlate(UsageReview)
        .scalar_subquery()
    )
    return func.coalesce(last, "")


def reviews_seen(at: datetime | None = None) -> ReviewsSeen:
    """Reviews with whatever they are about, for a list."""
    department, product = departments_at(at), products_at(at)
    query: Select[Any] = (
        select(UsageReview.id.label("id"))
        .outerjoin(department, department.id == UsageReview.department_id)
        .outerjoin(product, product.id == UsageReview.product_id)
    )
    if at is not None:
        query = query.where(UsageReview.found_at <= at)
    return ReviewsSeen(
        select=query, verdict=verdict_at(at), of=func.coalesce(product.code, UsageReview.of), department=department,
        product=product,
    )  # fmt: skip


def code_of(session: Session, review: UsageReview) -> str:
    """What a review is about, by its code."""
    if review.product_id is None:
        return review.of
    return session.get_one(Product, review.product_id).code


def get_seen(session: Session, number: int, at: datetime | None = None) -> tuple[UsageReview, str]:
    """The review of this number with its verdict, as it is or as of an instant. Raises: UnknownReview."""
    review = get_review(session, number)
    if at is not None and review.found_at > at:
        raise UnknownReview(review=number)
    return review, session.scalars(select(verdict_at(at)).where(UsageReview.id == number)).one()


def select_acts(number: int, at: datetime | None = None) -> Select[ReviewAct, str]:
    """What was said to one, until an instant, in order, with who said it."""
    query = (
        select(ReviewAct, Staff.name)
        .join(Staff, Staff.id == ReviewAct.staff_id)
        .where(ReviewAct.review_id == number)
        .order_by(ReviewAct.id)
    )
    return query if at is None else query.where(ReviewAct.done_at <= at)
