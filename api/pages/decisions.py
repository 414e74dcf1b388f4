"""This file is what waits for somebody else than who asked: told on home to those who may decide it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import Session

from api.access import TABLE, may_open
from api.i18n import gettext as _
from spd import recalls
from spd.admission import Admission, Stage
from spd.counting import Count, CountState, seen_by
from spd.disposal import Disposal, Kind, Standing
from spd.donation import Donation
from spd.licensing import LicenceDecision, LicenceOverride
from spd.ordering import Order, OrderState
from spd.places import Location
from spd.receiving import Inspection, InspectionResult, ReceivingException
from spd.staff import Person
from spd.stock.fixed_quantities import FixedQuantity, is_proposed


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Some documents of one kind that this person may decide, and where they are listed."""

    label: str
    count: int
    href: str


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """One kind: the page that decides it, its words, its list, and how many wait."""

    endpoint: str
    label: str
    href: str
    count: ScalarSelect[int]


def waiting_for(session: Session, me: Person) -> list[Decision]:
    """What others asked for and this person may decide, where anything does; one statement."""
    kinds = [one for one in _kinds(me) if may_open(one.endpoint, me)]
    if not kinds:
        return []
    counts = session.execute(select(*(one.count for one in kinds))).one()
    return [
        Decision(label=one.label, count=count, href=one.href) for one, count in zip(kinds, counts, strict=True) if count
    ]


def _kinds(me: Person) -> list[_Kind]:
    return [*_bought(me), *_licensed(me), *_at_the_bay(), *_of_places(me), *_of_patients(me)]


def _bought(me: Person) -> list[_Kind]:
    """Orders, products to be stocked, gifts."""
    asked = Admission.asked_by_id != me.id
    assess = select(func.count(Admission.id)).where(Admission.stage == Stage.ASKED, asked)
    assessed = Admission.assessed_by_id != me.id
    decide = select(func.count(Admission.id)).where(Admission.stage == Stage.ASSESSED, asked, assessed)
    orders = select(func.count(Order.id)).where(Order.state == OrderState.SUBMITTED, Order.placed_by_id != me.id)
    gifts = select(func.count(Donation.id)).where(Donation.state == "asked", Donation.asked_by_id != me.id)
    return [
        _kind("pages.orders_step", _("Orders to approve"), "orders", orders, state="submitted"),
        _kind("pages.admission_assess", _("New products to assess"), "admissions", assess, stage="asked"),
        _kind("pages.admission_decide", _("New products to decide"), "admissions", decide, stage="assessed"),
        _kind("pages.donations_decide", _("Gifts to take or refuse"), "donations", gifts, state="asked"),
    ]


def _licensed(me: Person) -> list[_Kind]:
    """Goods that somebody asks to let pass."""
    undecided = ~select(LicenceDecision.id).where(LicenceDecision.override_id == LicenceOverride.id).exists()
    waits = select(func.count(LicenceOverride.id)).where(undecided, LicenceOverride.asked_by_id != me.id)
    return [
        _kind("pages.licences_decide", _("Goods to let pass without licence"), "licences_overrides", waits,
              state="waiting"),
    ]  # fmt: skip


def _at_the_bay() -> list[_Kind]:
    """What was put aside or held when it came."""
    aside = select(func.count(ReceivingException.id)).where(ReceivingException.resolution == "")
    held = select(func.count(Inspection.id)).where(Inspection.result == InspectionResult.HELD)
    return [
        _kind("pages.receive_aside_one", _("Put aside at the bay"), "receive_aside", aside, state="waits"),
        _kind("pages.receive_held_one", _("Held for inspection"), "receive_held", held, result="held"),
    ]


def _of_places(me: Person) -> list[_Kind]:
    """Write-offs, counts and fixed quantities of the places this person answers for."""
    losses = (
        select(func.count(Disposal.id))
        .join(Location, Location.id == Disposal.location_id)
        .where(Disposal.kind == Kind.WRITE_OFF, Disposal.standing == Standing.ASKED, Disposal.asked_by_id != me.id)
    )
    counts = select(func.count(Count.id)).where(Count.state == CountState.REVIEW)
    levels = (
        select(func.count(FixedQuantity.id))
        .join(Location, Location.id == FixedQuantity.location_id)
        .where(is_proposed(), FixedQuantity.set_by_id != me.id)
    )
    if (mine := _departments(me, "pages.stock_write_off_approve")) is not None:
        losses = losses.where(Location.department_id.in_(mine))
    if (mine := _departments(me, "pages.count_decide")) is not None:
        counts = counts.where(seen_by(mine))
    if (mine := _departments(me, "pages.fixed_decide")) is not None:
        levels = levels.where(Location.department_id.in_(mine))
    return [
        _kind("pages.stock_write_off_approve", _("Write-offs to approve"), "stock_write_offs", losses,
              standing="asked"),
        _kind("pages.count_decide", _("Counts to review"), "count", counts, state="review"),
        _kind("pages.fixed_decide", _("Fixed quantities to decide"), "fixed_pending", levels),
    ]  # fmt: skip


def _of_patients(me: Person) -> list[_Kind]:
    """Patients of recalls who are not resolved."""
    there = recalls.worklist(departments=_departments(me, "pages.recalls_worklist")).subquery()
    waits = select(func.count()).select_from(there)
    return [_kind("pages.recalls_outreach", _("Patients of recalls to see"), "recalls_worklist", waits)]


def _departments(me: Person, endpoint: str) -> frozenset[int] | None:
    return me.departments(*TABLE[endpoint].roles)


def _kind(endpoint: str, label: str, page: str, query: Select[Any], **filters: str) -> _Kind:
    return _Kind(
        endpoint=endpoint,
        label=label,
        href=url_for(f"pages.{page}", **dict[str, Any](filters)),
        count=query.scalar_subquery(),
    )
