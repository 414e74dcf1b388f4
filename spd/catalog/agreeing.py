"""This file is agreeing with a supplier how a product is ordered: a version from a day on, earlier ones kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, or_, select
from sqlalchemy.orm import Session, aliased

from spd.catalog.agreements import Agreement
from spd.catalog.models import Price, Product
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion

LONGEST_DAYS = 365
MOST = 1_000_000_000
IN_FORCE, COMING, REPLACED, ENDED = "in_force", "coming", "replaced", "ended"
STATES = (IN_FORCE, COMING, REPLACED, ENDED)
_SAID = ("number", "valid_to_on", "lead_days", "min_order_quantity", "order_multiple")


class AgreementKnown(Conflict):
    """Something else is agreed from that day on; the past is not rewritten."""

    code = "agreement-known"
    say = {
        "zh": "{supplier} 自 {day} 起对 {product} 已有协议。改用之后的日期, 原协议保留。",
        "en": "Something else is agreed with {supplier} on {product} from {day} on. Choose a later day; what was "
        "agreed stays.",
    }


class AgreementInThePast(Refused):
    """An agreement holds from today at the earliest: what was ordered before followed another."""

    code = "agreement-in-the-past"
    say = {
        "zh": "协议生效日 {day} 早于今天 {today}。从今天或以后开始。",
        "en": "The agreement would hold from {day}, before today, {today}. Let it begin today or later.",
    }


class AgreementBackwards(Refused):
    """It ends before it begins."""

    code = "agreement-backwards"
    say = {
        "zh": "截止日 {until} 早于生效日 {since}。更正日期。",
        "en": "It would end on {until}, before it begins on {since}. Correct the days.",
    }


@dataclass(frozen=True, kw_only=True)
class AgreementSaid:
    """How a product is ordered from a supplier from a day on. Quantities in base units, lead time in days."""

    supplier_id: int
    supplier: str
    valid_from_on: date
    valid_to_on: date | None = None
    number: str = ""
    lead_days: int | None = None
    min_order_quantity: int = 1
    order_multiple: int = 1


def agree(session: Session, occasion: Occasion, product: Product, said: AgreementSaid) -> Agreement:
    """An agreement from a day on; said again as it stands, the same. Earlier ones stay as they were.

    Raises: AgreementBackwards, AgreementInThePast, AgreementKnown.
    """
    refuse_backwards(said.valid_from_on, said.valid_to_on)
    if said.valid_from_on < occasion.day:
        raise AgreementInThePast(day=said.valid_from_on.isoformat(), today=occasion.day.isoformat())
    values = {name: getattr(said, name) for name in _SAID}
    known = session.scalars(
        select(Agreement).where(
            Agreement.supplier_id == said.supplier_id,
            Agreement.product_id == product.id,
            Agreement.valid_from_on == said.valid_from_on,
        )
    ).one_or_none()
    if known is not None:
        refuse_other(known, values, product=product.name, supplier=said.supplier)
        return known
    made = Agreement(
        supplier_id=said.supplier_id, product_id=product.id, valid_from_on=said.valid_from_on, **values,
        set_at=occasion.recorded_at, set_by_id=occasion.staff_id,
    )  # fmt: skip
    session.add(made)
    session.flush()  # its number is told
    return made


def refuse_backwards(since: date, until: date | None) -> None:
    """Raises: AgreementBackwards."""
    if until is not None and until < since:
        raise AgreementBackwards(since=since.isoformat(), until=until.isoformat())


def refuse_other(known: Agreement, values: Mapping[str, Any], **named: Any) -> None:
    """A version that stands says the same, or another day is chosen. Raises: AgreementKnown."""
    if any(getattr(known, name) != value for name, value in values.items()):
        raise AgreementKnown(day=known.valid_from_on.isoformat(), **named)


_NEWER: dict[type[Agreement | Price], Any] = {Agreement: aliased(Agreement), Price: aliased(Price)}


def state(on: date, of: type[Agreement | Price] = Agreement) -> ColumnElement[str]:
    """What an agreement or a price is on a day: in force, coming, replaced by a newer one, or ended."""
    newer = _NEWER[of]
    overtaken = exists().where(
        newer.supplier_id == of.supplier_id,
        newer.product_id == of.product_id,
        newer.valid_from_on > of.valid_from_on,
        newer.valid_from_on <= on,
        or_(newer.valid_to_on.is_(None), newer.valid_to_on >= on),
    )
    ended = and_(of.valid_to_on.is_not(None), of.valid_to_on < on)
    return case((of.valid_from_on > on, COMING), (ended, ENDED), (overtaken, REPLACED), else_=IN_FORCE)
