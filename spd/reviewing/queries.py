"""This file is the worklist of usage review, and what was said to one of its lines."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from spd.catalog import Product
from spd.encounters import Encounter
from spd.places import Department
from spd.reviewing.models import ReviewAct, UsageReview
from spd.staff import Staff


def select_reviews() -> Select[Any]:
    """Reviews with whatever they are about, for a list."""
    query: Select[Any] = (
        select(UsageReview.id.label("id"))
        .outerjoin(Encounter, Encounter.id == UsageReview.encounter_id)
        .outerjoin(Department, Department.id == UsageReview.department_id)
        .outerjoin(Product, Product.id == UsageReview.product_id)
    )
    return query


def select_acts(number: int) -> Select[ReviewAct, str]:
    """What was said to one, in order, with who said it."""
    return (
        select(ReviewAct, Staff.name)
        .join(Staff, Staff.id == ReviewAct.staff_id)
        .where(ReviewAct.review_id == number)
        .order_by(ReviewAct.id)
    )
