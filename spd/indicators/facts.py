"""This file is the facts behind indicators, department by department, each asked of where it is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from spd import accounting, costing, ledger, reconciliation
from spd.core.columns import worth
from spd.costing import CostInput, CostItem, DriverInput, RevenueInput, RevenueKind, Setting, measures, stays
from spd.counting.models import CountResult, Finding
from spd.disposal.models import Disposal, DisposalLine, Kind, Standing, Why
from spd.encounters import Encounter, EncounterClass
from spd.indicators import months
from spd.ledger import Item, Movement, MovementKind, Part, flows
from spd.ledger import Span as Months
from spd.places import Location
from spd.recalls.models import Recall
from spd.replenishment.models import RefillRequest

Told = Iterable[tuple[Any, ...]]
ByDepartment = dict[int | None, dict[str, Decimal]]


@dataclass(frozen=True, kw_only=True)
class Span:
    """Accounting months up to `period` (that one alone unless `first` names an earlier one), the instants they run
    from and up to, and their days."""

    period: str
    first: str = ""
    since: datetime
    until: datetime
    first_on: date
    last_on: date
    zone: ZoneInfo
    at: datetime | None = None
    """As the facts were kept last until this instant; None is as they are told now."""

    @property
    def periods(self) -> list[str]:
        """The months, in order."""
        return ledger.months_between(self.first or self.period, self.period)

    @property
    def days(self) -> int:
        """How many days they have."""
        return (self.last_on - self.first_on).days + 1


def by_department(session: Session, span: Span, *, of: Collection[str] | None = None) -> ByDepartment:
    """What each department has of every fact, or of these alone; a fact nobody told is not there. Under None is what is
    no department's, as of the central store: it is the hospital's all the same."""
    found: ByDepartment = defaultdict(dict)

    def add(name: str, rows: Told) -> None:
        for department, amount in rows:
            if amount is not None:
                found[department][name] = found[department].get(name, Decimal(0)) + Decimal(amount)

    for names, ask in _KEPT:
        if of is None or not names.isdisjoint(of):
            ask(session, span, add)
    return dict(found)


Add = Callable[[str, Told], None]
_UNDONE = aliased(Movement)
_MATERIAL = (RevenueKind.MATERIAL.value, RevenueKind.MONITORED_MATERIAL.value)
_TESTS = (RevenueKind.LABORATORY.value, RevenueKind.EXAMINATION.value)
REVENUE_FACTS = frozenset(
    {
        "all_revenue",
        "medical_revenue",
        "inpatient_revenue",
        "drug_revenue",
        "inpatient_drugs",
        "material_revenue",
        "inpatient_materials",
        "monitored_revenue",
        "test_revenue",
    }
)


def _revenue(session: Session, span: Span, add: Add) -> None:
    """By whose patients they were: a laboratory's revenue is the ward's that ordered it."""
    query = (
        select(RevenueInput.ordered_by_id, RevenueInput.setting, RevenueInput.kind, func.sum(RevenueInput.amount))
        .where(RevenueInput.period.in_(span.periods))
        .group_by(RevenueInput.ordered_by_id, RevenueInput.setting, RevenueInput.kind)
    )
    for department, setting, kind, amount in session.execute(query):
        for name in revenue_facts(setting, kind):
            add(name, [(department, amount)])
    for period in span.periods:
        add("all_revenue", measures.sums_alone(session, period).items())


def revenue_facts(setting: str, kind: str) -> Iterator[str]:
    """The facts that revenue of a kind counts in."""
    inside = setting == Setting.INPATIENT.value
    yield "all_revenue"
    yield "medical_revenue"
    if inside:
        yield "inpatient_revenue"
    if kind == RevenueKind.DRUG.value:
        yield "drug_revenue"
        if inside:
            yield "inpatient_drugs"
    if kind in _MATERIAL:
        yield "material_revenue"
        if inside:
            yield "inpatient_materials"
    if kind == RevenueKind.MONITORED_MATERIAL.value:
        yield "monitored_revenue"
    if kind in _TESTS:
        yield "test_revenue"


def _cost(session: Session, span: Span, add: Add) -> None:
    """Materials: what the ledger has, and what was bought outside."""
    said = costing.Filter(period=span.period, since=span.periods[0])
    add("material_cost", ((cell.department_id or None, cell.amount) for cell in costing.cells_of(session, said)))
    outside = select(CostInput.department_id, CostInput.amount).where(
        CostInput.period.in_(span.periods), CostInput.item == CostItem.MATERIALS.value
    )
    add("material_cost", _rows(session, outside))


def _size(session: Session, span: Span, add: Add) -> None:
    """Beds and people as they were told, of several months their mean; bed-days as budgets have them; cases as
    encounters have them."""
    told = (
        select(DriverInput.driver, DriverInput.department_id, func.sum(DriverInput.amount), func.count())
        .where(DriverInput.period.in_(span.periods), DriverInput.driver.in_(("beds", "staff")))
        .group_by(DriverInput.driver, DriverInput.department_id)
    )
    for driver, department, amount, count in session.execute(told):
        add(driver, [(department, amount / count)])
    for period in span.periods:
        add("bed_days", measures.bed_days(session, period, zone=span.zone).items())
    gone = (
        select(Encounter.department_id, func.count())
        .where(Encounter.encounter_class == EncounterClass.INPATIENT.value, stays.discharged(span.since, span.until))
        .group_by(Encounter.department_id)
    )
    add("discharges", _rows(session, gone))


def _stock(session: Session, span: Span, add: Add) -> None:
    """Refills asked for in the month, counts of the month, what expired in it."""
    wanted = RefillRequest.packs * RefillRequest.pack_quantity
    filled = case((RefillRequest.delivered < wanted, RefillRequest.delivered), else_=wanted)
    for name, amount in (("wanted", wanted), ("filled", filled)):
        query = (
            select(Location.department_id, func.sum(amount))
            .join(Location, Location.id == RefillRequest.location_id)
            .where(RefillRequest.asked_at >= span.since, RefillRequest.asked_at < span.until)
            .group_by(Location.department_id)
        )
        add(name, _rows(session, query))
    shelves = (
        select(
            CountResult.location_id,
            CountResult.product_id,
            func.max(case((CountResult.finding == Finding.OK.value, 0), else_=1)).label("wrong"),
        )
        .where(CountResult.counted_on >= span.first_on, CountResult.counted_on <= span.last_on)
        .where(CountResult.product_id.is_not(None))
        .group_by(CountResult.count_id, CountResult.location_id, CountResult.product_id)
        .subquery()
    )
    for name, amount in (("counted_shelves", func.count()), ("matched_shelves", func.sum(1 - shelves.c.wrong))):
        query = (
            select(Location.department_id, amount)
            .select_from(shelves)
            .join(Location, Location.id == shelves.c.location_id)
            .group_by(Location.department_id)
        )
        add(name, _rows(session, query))
    value = func.sum(worth(DisposalLine.quantity, Item.unit_price))
    gone = expired(span).add_columns(Location.department_id, value).group_by(Location.department_id)
    add("expired_value", _rows(session, gone))


def expired(span: Span) -> Select[Any]:
    """What was written off as expired and not found again, with items and places."""
    return (
        select()
        .select_from(DisposalLine)
        .join(Disposal, Disposal.id == DisposalLine.disposal_id)
        .join(Item, Item.id == DisposalLine.item_id)
        .join(Location, Location.id == Disposal.location_id)
        .outerjoin(_UNDONE, _UNDONE.reverses_id == DisposalLine.movement_id)
        .where(_UNDONE.id.is_(None))
        .where(Disposal.kind == Kind.WRITE_OFF.value, Disposal.standing == Standing.DONE.value)
        .where(Disposal.reason == Why.EXPIRED.value)
        .where(Disposal.decided_at >= span.since, Disposal.decided_at < span.until)
    )


_CAME = aliased(Movement)
_RECEIVED = exists().where(_CAME.item_id == Movement.item_id, _CAME.kind == MovementKind.RECEIVE.value)
TRACED = case((_RECEIVED & Movement.encounter_id.is_not(None) & Item.lot_id.is_not(None), 1), else_=0)
"""Whether a serial that was used has receipt, lot and patient."""


def _traced(session: Session, span: Span, add: Add) -> None:
    """Serials used, and of those the ones with receipt, lot and patient."""
    query = serials(span).add_columns(Movement.department_id, func.count(), func.sum(TRACED))
    used = session.execute(query.group_by(Movement.department_id)).all()
    add("serials_used", ((row[0], row[1]) for row in used))
    add("serials_traced", ((row[0], row[2]) for row in used))


def serials(span: Span) -> Select[Any]:
    """The uses of things with a serial that nobody took back, with their items."""
    return (
        select()
        .select_from(Movement)
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(_UNDONE, _UNDONE.reverses_id == Movement.id)
        .where(
            Movement.day_on >= span.first_on, Movement.day_on <= span.last_on,
            Movement.kind == MovementKind.CONSUME.value, Item.serial != "", _UNDONE.id.is_(None),
        )
    )  # fmt: skip


def _charged(session: Session, span: Span, add: Add) -> None:
    """Charges and uses, and of those the ones that agree."""
    tallies = reconciliation.tallies(session, reconciliation.Asked(since=span.first_on, until=span.last_on))
    add("charges_and_uses", ((row.department_id, row.facts) for row in tallies if row.facts))
    add("charges_settled", ((row.department_id, row.settled) for row in tallies if row.facts))


def _held(session: Session, span: Span, add: Add) -> None:
    for fact, department, _period, _part, amount in held(session, span):
        add(fact, [(department, amount)])


def held(session: Session, span: Span) -> Iterator[tuple[str, int | None, str, str, Decimal]]:
    """(fact, department, month, part of the stock book, amount) of what lies with departments and in the stores,
    whoever owns it: used, the mean of its month ends, and that times the days."""
    for period in span.periods:
        found: dict[tuple[int | None, str], Decimal] = defaultdict(Decimal)
        for one in flows.stock(session, Months(first=period, last=period)):
            found[one.department_id, one.part] += one.amount
        found |= {(None, part): amount for part, amount in months.stores(session, period).items()}
        for (department, part), amount in found.items():
            yield "held_used", department, period, part, -amount if part == Part.USED else Decimal(0)
            if part in (Part.OPENING, Part.CLOSING):
                mean = round(amount / 2 / len(span.periods), 6)  # so that a list of them comes to their sum exactly
                yield "held_mean", department, period, part, mean
                yield "held_days", department, period, part, mean * span.days


_KEPT: tuple[tuple[frozenset[str], Callable[[Session, Span, Add], None]], ...] = (
    (REVENUE_FACTS, _revenue),
    (frozenset({"material_cost"}), _cost),
    (frozenset({"beds", "staff", "bed_days", "discharges"}), _size),
    (frozenset({"wanted", "filled", "counted_shelves", "matched_shelves", "expired_value"}), _stock),
    (frozenset({"serials_used", "serials_traced"}), _traced),
    (frozenset({"charges_and_uses", "charges_settled"}), _charged),
    (frozenset({"held_used", "held_mean", "held_days"}), _held),
)  # fmt: skip
"""Which facts are asked for together."""


def hospital_only(session: Session, span: Span) -> dict[str, Decimal]:
    """What is known of the whole hospital alone: its own stock, and recalls."""
    ends = list(accounting.booked_by_month(session, [ledger.shifted(span.periods[0], -1), *span.periods]).values())
    mean = sum(((begin + end) / 2 for begin, end in pairwise(ends)), Decimal(0)) / len(span.periods)
    used = sum((months.used_own(session, period) for period in span.periods), Decimal(0))
    opened = (Recall.opened_at >= span.since) & (Recall.opened_at < span.until)
    recalls = session.execute(select(func.count(), func.count(Recall.closed_at)).where(opened)).one()
    facts = {"used_own": used, "stock_mean": mean, "stock_days": mean * span.days}
    if recalls[0]:
        facts |= {"recalls_opened": Decimal(recalls[0]), "recalls_closed": Decimal(recalls[1])}
    return facts


def _rows(session: Session, query: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in session.execute(query)]
