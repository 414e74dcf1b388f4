"""This file is what a report's file is made of: its columns, its rows, what must be zero in them, what it is called."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.i18n import gettext as _
from api.pages import finance_groups
from spd import costing
from spd.costing import Dimension
from spd.exchange.sheets import Head


@dataclass(frozen=True)
class Sheet:
    """A report as columns and rows, which may be read only once; `ties` are what must be zero.

    `counted`: how many rows there are, where they are not a list.
    """

    name: str
    title: str
    heads: Sequence[Head]
    rows: Iterable[Sequence[Any]]
    ties: Sequence[tuple[str, Decimal]] = ()
    counted: int = 0
    lead: Mapping[int, Callable[[Sequence[Any]], str | None]] = field(default_factory=dict)
    """Where the cells of a column lead, by its number."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows) if isinstance(self.rows, Sequence) else self.counted


def coded(title: str) -> Head:
    """A column of codes."""
    return Head(title, "code")


def valued(title: str, *, total: bool = True) -> Head:
    """A column of money, summed where it is not said otherwise."""
    return Head(title, "money", total)


def title_of(report: str) -> str:
    """What a report is called."""
    return {
        "departments": _("Department cost"),
        "products": _("Product cost"),
        "movements": _("Movements"),
        "stock": _("Stock book"),
        "week": _("Departments by week"),
        "encounters": _("Encounter cost"),
        "stay": _("Encounter cost"),
        "drgs": _("DRG cost"),
        "charges": _("HIS charges"),
        "balances": _("Balances of accounts"),
        "journal": _("Vouchers"),
        "payables": _("Payables"),
        "statements": _("Supplier statements"),
        "indicators": _("Indicators"),
        "groups": _("DRG and DIP"),
        "step-down": _("Step-down"),
        "case-costs": _("Case costs"),
        "inputs": _("What was told"),
        "budgets": _("Budgets"),
        "reviews": _("Usage review"),
    }.get(report) or str(finance_groups.headings().get(Dimension(report), report))


def summed(amounts: Iterable[Decimal]) -> Decimal:
    """What amounts come to."""
    return sum(amounts, Decimal(0))


def tie_above(session: Session, said: costing.Filter, total: Decimal) -> tuple[str, Decimal]:
    """What rows come to less the level above them."""
    return _("these rows − level above"), total - summed(row.total for row in costing.by_department(session, said))
