"""This file is what is asked of reconciliation: sums by department, day and verdict; the worklist; rates; a case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, union_all
from sqlalchemy.orm import Session

from spd.catalog import Product, products_at
from spd.core.columns import Scaled
from spd.ledger import Item, Movement
from spd.places import Department, departments_at, told_of_departments
from spd.reconciliation.judging import OPEN
from spd.reconciliation.loss import lost
from spd.reconciliation.models import ChargeCase, ChargeFact, ChargeLine, Verdict
from spd.reconciliation.standing import COLUMNS, facts, refuse_unkept, standing, worked_on
from spd.staff import Staff

SETTLED = (Verdict.MATCHED, Verdict.LATE)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which facts: of these days, of these departments; None is all."""

    since: date
    until: date
    """The last day."""
    departments: frozenset[int] | None = None
    at: datetime | None = None
    """As they stood in their cases at this instant."""


@dataclass(kw_only=True)
class Tally:
    """One department, or one day of it: what was charged, what was used, and the difference by verdict, in yuan."""

    department_id: int
    department: str
    name: str
    name_en: str
    day: date | None = None
    charged: Decimal = Decimal(0)
    used: Decimal = Decimal(0)
    by: dict[str, Decimal] = field(default_factory=dict)
    facts: int = 0
    settled: int = 0
    lost: Decimal = Decimal(0)
    """Used and not charged (漏费), see `loss`."""

    @property
    def difference(self) -> Decimal:
        """Charged less used."""
        return self.charged - self.used

    @property
    def tie_out(self) -> Decimal:
        """What the verdicts do not explain: zero."""
        return self.difference - sum(self.by.values(), Decimal(0))

    @property
    def rate(self) -> Decimal | None:
        """Charges and uses that agree without anybody's help, in percent; those nobody need charge do not count."""
        return None if not self.facts else (Decimal(100) * self.settled / self.facts).quantize(Decimal("0.1"))


def tallies(session: Session, asked: Asked, *, daily: bool = False) -> list[Tally]:
    """The sums by department, or by department and day. The two sides are summed from their own tables: charge lines
    and movements; the verdicts from the facts. Raises: NotKeptThen."""
    refuse_unkept(session, asked.at)
    found: dict[tuple[int, date | None], Tally] = {}
    names = told_of_departments(session, asked.at)

    def tally(department_id: int, day: date) -> Tally:
        key = (department_id, day if daily else None)
        if key not in found:
            one = names[department_id]
            found[key] = Tally(
                department_id=department_id, department=one.code, name=one.name, name_en=one.name_en, day=key[1]
            )
        return found[key]

    for department_id, day, amount in session.execute(_charged(asked)):
        tally(department_id, day).charged += amount
    for department_id, day, amount in session.execute(_used(asked)):
        tally(department_id, day).used += amount
    for department_id, day, verdict, charge, amount, count, charged in session.execute(_by_verdict(asked)):
        one, signed = tally(department_id, day), amount if charge else -amount
        one.by[verdict] = one.by.get(verdict, Decimal(0)) + signed
        if verdict != Verdict.NOT_CHARGEABLE or charged:
            one.facts += count
            one.settled += count if verdict in SETTLED else 0
    for department_id, day, amount in session.execute(_lost(asked)):
        tally(department_id, day).lost += amount
    return [found[key] for key in sorted(found, key=lambda key: (names[key[0]].code, key[1] or date.min))]


def span(session: Session) -> list[date]:
    """The first and the last day of which anything is reconciled; nothing where nothing is."""
    first, last = session.execute(select(func.min(ChargeFact.day_on), func.max(ChargeFact.day_on))).one()
    return [] if first is None else [first, last]


def within(asked: Asked, table: Any) -> ColumnElement[bool]:
    """Whether a charge or a use is of these days and departments."""
    days = and_(table.day_on >= asked.since, table.day_on <= asked.until)
    return days if asked.departments is None else and_(days, table.department_id.in_(asked.departments))


def _charged(asked: Asked) -> Any:
    there = facts(asked.at)
    return (
        select(ChargeLine.department_id, ChargeLine.day_on, func.sum(ChargeLine.amount, type_=Scaled()))
        .join(there, there.c.charge_line_id == ChargeLine.id)
        .where(within(asked, ChargeLine))
        .group_by(ChargeLine.department_id, ChargeLine.day_on)
    )


def _used(asked: Asked) -> Any:
    signed = case((Movement.reverses_id.is_(None), Movement.quantity), else_=-Movement.quantity)
    there = facts(asked.at)
    return (
        select(Movement.department_id, Movement.day_on, func.sum(signed * Item.unit_price, type_=Scaled()))
        .join(Item, Item.id == Movement.item_id)
        .join(there, there.c.movement_id == Movement.id)
        .where(within(asked, Movement))
        .group_by(Movement.department_id, Movement.day_on)
    )


def _by_verdict(asked: Asked) -> Select[Any]:
    there = facts(asked.at)
    charge, charged = there.c.charge_line_id.is_not(None), ChargeCase.charged_quantity != 0
    keys = (there.c.department_id, there.c.day_on, ChargeCase.verdict, charge, charged)
    return (
        select(*keys[:4], func.sum(there.c.amount, type_=Scaled()), func.count(), charged)
        .join(ChargeCase, ChargeCase.id == there.c.case_id)
        .where(within(asked, there.c))
        .group_by(*keys)
    )


def _lost(asked: Asked) -> Select[Any]:
    there = lost(asked.at)
    keys = (there.c.department_id, there.c.day_on)
    return select(*keys, func.sum(there.c.lost, type_=Scaled())).where(within(asked, there.c)).group_by(*keys)


def whole(rows: list[Tally]) -> Tally:
    """The sum of tallies."""
    total = Tally(department_id=0, department="", name="", name_en="")
    for row in rows:
        for name in ("charged", "used", "facts", "settled", "lost"):
            setattr(total, name, getattr(total, name) + getattr(row, name))
        for verdict, amount in row.by.items():
            total.by[verdict] = total.by.get(verdict, Decimal(0)) + amount
    return total


def wanting(at: datetime | None = None) -> ColumnElement[bool]:
    """Cases that somebody must look at, or had to at an instant, resolved or not."""
    odd = or_(ChargeCase.verdict != Verdict.NOT_CHARGEABLE, ChargeCase.charged_quantity != 0)
    return and_(standing(at), ChargeCase.verdict.in_(sorted(OPEN)), odd)


def select_cases(departments: frozenset[int] | None, at: datetime | None = None) -> Select[Any]:
    """The cases as they stand, or stood at an instant, with department, product and owner."""
    done, department, product = worked_on(at), departments_at(at), products_at(at)
    fixed = (column for column in ChargeCase.__table__.columns if column.name not in done)
    query: Select[Any] = (
        select(
            *fixed, *(column.label(name) for name, column in done.items()),
            (ChargeCase.charged - ChargeCase.used).label("difference"),
            department.code.label("department"), department.name.label("department_name"),
            department.name_en.label("department_name_en"),
            func.coalesce(product.name, ChargeCase.charge_code).label("name"),
            func.coalesce(product.name_en, "").label("name_en"), func.coalesce(Staff.name, "").label("owner"),
        )
        .join(department, department.id == ChargeCase.department_id)
        .outerjoin(Staff, Staff.id == done["owner_id"])
        .where(standing(at))
    )  # fmt: skip
    query = _naming(query, product, at)
    return query if departments is None else query.where(ChargeCase.department_id.in_(departments))


def _naming(query: Select[Any], product: Any, at: datetime | None) -> Select[Any]:
    """Beside cases the product that the code of each bills, or billed at an instant."""
    if at is None:
        mine = or_(Product.charge_code == ChargeCase.charge_code, Product.code == ChargeCase.charge_code)
        named = select(func.min(Product.id)).where(mine).correlate(ChargeCase).scalar_subquery()
        return query.outerjoin(product, product.id == named)
    then = products_at(at)
    codes = union_all(
        select(then.charge_code.label("code"), then.id).where(then.charge_code != ""), select(then.code, then.id)
    ).subquery()
    # Put together once: asked anew for each case, all products would be gone through as often.
    first = select(codes.c.code, func.min(codes.c.id).label("id")).group_by(codes.c.code).subquery()
    query = query.outerjoin(first, first.c.code == ChargeCase.charge_code)
    return query.outerjoin(product, product.id == first.c.id)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One charge or use of a case, as it is shown. `item` and `movement_id` lead to the scan."""

    charge: bool
    number: str
    refund_of: str
    movement_id: int | None
    item: str
    department: str
    encounter: str
    day_on: date
    quantity: int
    amount: Decimal


def facts_of(session: Session, number: int, encounter: str, at: datetime | None = None) -> list[Seen]:
    """The charges and uses of a case, as it stands or stood at an instant."""
    there = facts(at)
    query = (
        select(
            *(there.c[name] for name in COLUMNS), ChargeLine.number, ChargeLine.refund_of, ChargeLine.encounter,
            ChargeLine.item, Department.code.label("department"), Item.code,
        )
        .join(Department, Department.id == there.c.department_id)
        .outerjoin(ChargeLine, ChargeLine.id == there.c.charge_line_id)
        .outerjoin(Movement, Movement.id == there.c.movement_id)
        .outerjoin(Item, Item.id == Movement.item_id)
        .where(there.c.case_id == number)
        .order_by(there.c.day_on, there.c.id)
    )  # fmt: skip
    return [
        Seen(
            charge=row.charge_line_id is not None, number=row.number or "", refund_of=row.refund_of or "",
            movement_id=row.movement_id, item=row.code or row.item or "", department=row.department,
            encounter=row.encounter or encounter, day_on=row.day_on, quantity=row.quantity, amount=row.amount,
        )
        for row in session.execute(query)
    ]  # fmt: skip
