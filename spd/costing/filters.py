"""This file is which cost is asked for: months, and within them whatever is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.costing.expense import is_cost
from spd.encounters import stands_for, stays_at
from spd.ledger import EntryRow, Item, Movement, Posting, months_between, shifted
from spd.places import departments_at

DEPARTMENT_ALONE = "-"
"""Stands for no encounter: what a department used by itself."""
NO_LOT = "-"
"""Stands for no lot: money that a document put there, with no goods."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which cost: the months from `since` (or the one alone) to `period`, and of them whatever is named.

    `departments` is the reader's scope; None is all. With `at` it is what was recorded until then, by movements and
    documents alike: as of a closing, what the month was closed with, for ever.
    """

    period: str
    since: str | None = None
    departments: frozenset[int] | None = None
    campus: str | None = None
    department: str | None = None
    product_class: str | None = None
    chargeable: bool | None = None
    product: str | None = None
    lot: str | None = None
    encounter: str | None = None
    week: date | None = None
    """Its Monday: what was used on its seven days."""
    at: datetime | None = None

    @cached_property
    def periods(self) -> list[str]:
        """The months asked for, in order."""
        first = self.since or self.period
        return months_between(first, self.period) if first < self.period else [self.period]

    @property
    def by_cells(self) -> bool:
        """Whether cells of department, class and chargeable are fine enough to answer."""
        return (self.product, self.lot, self.encounter, self.week) == (None, None, None, None)

    def earlier(self, months: int) -> Filter:
        """The same choice so many months before, as of the same instant."""
        since = None if self.since is None else shifted(self.since, -months)
        return replace(self, since=since, period=shifted(self.period, -months), week=None)

    def conditions(self, session: Session, periods: Sequence[str] | None = None) -> list[ColumnElement[bool]]:
        """What a posting must be, in the months asked for or in these."""
        months = self.periods if periods is None else periods
        of = Posting.period == months[0] if len(months) == 1 else Posting.period.in_(months)
        return [of, is_cost(session), *self._places(), *self._goods()]

    @property
    def every_department(self) -> bool:
        """Whether no department is left out."""
        return (self.departments, self.campus, self.department) == (None, None, None)

    def departments_meant(self, *names: str) -> Select[Any]:
        """The departments that are meant, by their codes: their numbers, and these of what else was known of them."""
        department = departments_at(self.at)
        meant = select(department.id, *(getattr(department, name) for name in names)).order_by(department.code)
        if self.departments is not None:
            meant = meant.where(department.id.in_(self.departments))
        if self.campus is not None:
            meant = meant.where(department.campus == self.campus)
        if self.department is not None:
            meant = meant.where(department.code == self.department)
        return meant

    def _places(self) -> list[ColumnElement[bool]]:
        """What its department and its class must be: columns of the index that roll-ups read."""
        conditions: list[ColumnElement[bool]] = []
        if not self.every_department:
            conditions.append(Posting.department_id.in_(self.departments_meant()))
        if self.product_class is not None:
            conditions.append(Posting.product_class == self.product_class)
        if self.chargeable is not None:
            conditions.append(Posting.chargeable == self.chargeable)
        return conditions

    def _goods(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.product is not None:
            conditions.append(Posting.product_id.in_(select(Product.id).where(Product.code == self.product)))
        if self.lot == NO_LOT:
            conditions.append(Posting.entry_id.in_(select(EntryRow.id).where(EntryRow.movement_id.is_(None))))
        elif self.lot is not None:
            moved = select(EntryRow.id).join(Movement, Movement.id == EntryRow.movement_id)
            of_lot = moved.join(Item, Item.id == Movement.item_id).join(Lot, Lot.id == Item.lot_id)
            conditions.append(Posting.entry_id.in_(of_lot.where(Lot.code == self.lot)))
        if self.encounter == DEPARTMENT_ALONE:
            conditions.append(Posting.encounter_id.is_(None))
        elif self.encounter is not None:
            own, survivor = stays_at(self.at), stays_at(self.at)
            its = select(own.id).join(survivor, survivor.id == stands_for(own))
            conditions.append(Posting.encounter_id.in_(its.where(survivor.code == self.encounter)))
        if self.week is not None:
            days = EntryRow.day_on.between(self.week, self.week + timedelta(days=6))
            conditions.append(Posting.entry_id.in_(select(EntryRow.id).where(days)))
        if self.at is not None:
            conditions.append(Posting.entry_id.in_(select(EntryRow.id).where(EntryRow.recorded_at <= self.at)))
        return conditions
