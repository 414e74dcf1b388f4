"""This file is what a fact of an indicator counts, one by one: earnings, stays, refills, shelves, serials, stock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.core.clock import day_of
from spd.core.columns import worth
from spd.costing import DriverInput, RevenueInput, measured, measures, stays
from spd.costing.filters import Filter
from spd.counting.models import CountResult, Finding
from spd.disposal.models import DisposalLine
from spd.encounters import Encounter, EncounterClass
from spd.indicators import facts, kept, months
from spd.indicators.facts import Span
from spd.indicators.report import HOSPITAL_ONLY, key_of
from spd.ledger import Item, Movement, Posting
from spd.places import Department, Location, told_of_departments
from spd.replenishment.models import RefillRequest


@dataclass(frozen=True, kw_only=True)
class FactRow:
    """One thing that a fact counts. `name`: of a product, or what revenue was for; `code`: of the item, the stay, the
    place, the department that earned, or the month. What is no department's has none."""

    fact: str
    department: str
    department_name: str
    department_name_en: str
    day: date | None
    name: str
    name_en: str
    code: str
    amount: Decimal


_NOBODYS = SimpleNamespace(code="", name="", name_en="")
Found = tuple[int | None, date | None, str, str, str, Any]
"""Department, day, name, its English, code, amount."""


def rows_behind(session: Session, span: Span, terms: Sequence[str], by: str, group: str) -> list[FactRow]:
    """What the terms of one side of an indicator count for a group of departments; those taken off are below zero. Of a
    span as of an instant as it was kept. Raises: FiguresNotKept."""
    known = told_of_departments(session, span.at)
    departments: dict[int | None, Any] = {number: one for number, one in known.items() if key_of(one, by) == group}
    if by == "hospital":
        departments[None] = _NOBODYS
    found: list[FactRow] = []
    for term in terms:
        if by != "hospital" and term.removeprefix("-") in HOSPITAL_ONLY:
            continue
        fact, sign = term.removeprefix("-"), -1 if term.startswith("-") else 1
        rows = found_of(session, span, fact) if span.at is None else kept.listed(session, span, fact, span.at)
        for number, day, name, name_en, code, amount in rows:
            if number in departments and amount:
                one = departments[number]
                found.append(
                    FactRow(
                        fact=fact, department=one.code, department_name=one.name, department_name_en=one.name_en,
                        day=day, name=name, name_en=name_en, code=code, amount=sign * Decimal(amount),
                    )
                )  # fmt: skip
    return found


def found_of(session: Session, span: Span, fact: str) -> Iterable[Found]:
    """All that a fact counts now, whosever it is."""
    return _ASK[fact](session, span, fact)


def opens(terms: Sequence[str]) -> bool:
    """Whether everything that these terms count is told here, by department."""
    return all(term.removeprefix("-") in _ASK for term in terms)


def _revenue(session: Session, span: Span, fact: str) -> Iterator[Found]:
    query = (
        select(RevenueInput, Department.code)
        .join(Department, Department.id == RevenueInput.department_id)
        .where(RevenueInput.period.in_(span.periods))
        .order_by(RevenueInput.id)
    )
    for one, code in session.execute(query):
        if fact in facts.revenue_facts(one.setting, one.kind):
            yield one.ordered_by_id, None, one.kind, "", code, one.amount
    for period in span.periods if fact == "all_revenue" else ():
        for department, amount in measures.sums_alone(session, period).items():
            yield department, None, "", "", period, amount


def _told(session: Session, span: Span, fact: str) -> Iterable[Found]:
    """Beds or people as they were told, of several months the share of each in their mean."""
    query = select(DriverInput).where(DriverInput.period.in_(span.periods), DriverInput.driver == fact)
    of = list(session.scalars(query.order_by(DriverInput.id)))
    months = {one.department_id: sum(other.department_id == one.department_id for other in of) for one in of}
    return [(one.department_id, None, "", "", one.period, one.amount / months[one.department_id]) for one in of]


def _bed_days(session: Session, span: Span, _fact: str) -> Iterator[Found]:
    for period in span.periods:
        for department, days in measured.stays_of_all(session, Filter(period=period), zone=span.zone).items():
            for stay in days:
                came = None if stay.admitted_at is None else day_of(stay.admitted_at, span.zone)
                yield department, came, "", "", stay.encounter or period, stay.days


def _discharges(session: Session, span: Span, _fact: str) -> Iterator[Found]:
    query = select(Encounter.department_id, Encounter.discharged_at, Encounter.code).where(
        Encounter.encounter_class == EncounterClass.INPATIENT.value, stays.discharged(span.since, span.until)
    )
    for department, left, code in session.execute(query.order_by(Encounter.id)):
        yield department, None if left is None else day_of(left, span.zone), "", "", code, 1


def _refills(session: Session, span: Span, fact: str) -> Iterator[Found]:
    query = (
        select(RefillRequest, Location, Product)
        .join(Location, Location.id == RefillRequest.location_id)
        .join(Product, Product.id == RefillRequest.product_id)
        .where(RefillRequest.asked_at >= span.since, RefillRequest.asked_at < span.until)
        .order_by(RefillRequest.id)
    )
    for one, place, product in session.execute(query):
        wanted = one.packs * one.pack_quantity
        amount = wanted if fact == "wanted" else min(one.delivered, wanted)
        asked_on = day_of(one.asked_at, span.zone)
        yield place.department_id, asked_on, product.name, product.name_en, place.code, amount


def _shelves(session: Session, span: Span, fact: str) -> Iterator[Found]:
    wrong = func.max(case((CountResult.finding == Finding.OK.value, 0), else_=1))
    query = (
        select(Location.department_id, func.max(CountResult.counted_on), Product.name, Product.name_en, Location.code,
               wrong)
        .join(Location, Location.id == CountResult.location_id)
        .join(Product, Product.id == CountResult.product_id)
        .where(CountResult.counted_on >= span.first_on, CountResult.counted_on <= span.last_on)
        .group_by(CountResult.count_id, Location.id, Product.id)
        .order_by(CountResult.count_id, Location.code, Product.id)
    )  # fmt: skip
    for department, day, name, name_en, code, differs in session.execute(query):
        yield department, day, name, name_en, code, 1 if fact == "counted_shelves" else 1 - differs


def _expired(session: Session, span: Span, _fact: str) -> Iterator[Found]:
    query = facts.expired(span).add_columns(
        Location.department_id, Product.name, Product.name_en, Item.code, worth(DisposalLine.quantity, Item.unit_price)
    )
    for row in session.execute(query.join(Product, Product.id == Item.product_id).order_by(DisposalLine.id)):
        department, name, name_en, code, amount = row
        yield department, None, name, name_en, code, amount


def _serials(session: Session, span: Span, fact: str) -> Iterator[Found]:
    query = facts.serials(span).add_columns(
        Movement.department_id, Movement.day_on, Product.name, Product.name_en, Item.code, facts.TRACED
    )
    for row in session.execute(query.join(Product, Product.id == Item.product_id).order_by(Movement.id)):
        department, day, name, name_en, code, traced = row
        yield department, day, name, name_en, code, 1 if fact == "serials_used" else traced


def _held(session: Session, span: Span, fact: str) -> Iterator[Found]:
    """Each part of the stock book that counts, by month."""
    for name, department, period, part, amount in facts.held(session, span):
        if name == fact:
            yield department, None, part, "", period, amount


def _own_uses(session: Session, span: Span, _fact: str) -> Iterator[Found]:
    """What each department used of each product."""
    parts = (Posting.department_id, Product.name, Product.name_en, Product.code)
    query = (
        months.own_uses(session, span.periods)
        .add_columns(*parts, func.sum(Posting.amount))
        .outerjoin(Product, Product.id == Posting.product_id)
        .group_by(*parts)
        .order_by(Posting.department_id, Product.code)
    )
    for department, name, name_en, code, amount in session.execute(query):
        yield department, None, name or "", name_en or "", code or "", amount


_ASK: dict[str, Callable[[Session, Span, str], Iterable[Found]]] = {
    **dict.fromkeys(sorted(facts.REVENUE_FACTS), _revenue),
    "beds": _told, "staff": _told, "bed_days": _bed_days, "discharges": _discharges, "wanted": _refills,
    "filled": _refills, "counted_shelves": _shelves, "matched_shelves": _shelves, "expired_value": _expired,
    "serials_used": _serials, "serials_traced": _serials, "held_used": _held, "held_mean": _held, "held_days": _held,
    "used_own": _own_uses,
}  # fmt: skip
LISTED = tuple(_ASK)
"""The facts whose lists are here."""
