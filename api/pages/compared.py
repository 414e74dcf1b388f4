"""This file is a report's figures beside others: the months before, the same months of last year, the budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from api import budget
from api.i18n import gettext as _
from api.pages.report import linked
from spd import costing
from spd.costing import Dimension, Filter, Group, ProductCost

TENTH = Decimal("0.1")
Sums = Callable[[Session, Filter], Mapping[str, Decimal]]
"""What is chosen, by the key of a report's rows."""


@dataclass(frozen=True)
class Compared:
    """The other figures by the key of a row, and their sum; `kind` is prior, year or budget."""

    kind: str
    by_key: Mapping[str, Decimal]
    total: Decimal
    months: Filter | None = None
    """The choice these figures are of, to open them."""

    def of(self, key: str) -> Decimal | None:
        """A row's other figure, if it has one."""
        return self.by_key.get(key)

    def gone(self, keys: Collection[str]) -> Decimal:
        """What the other figures have in rows that are not among these."""
        there = set(keys)
        return sum((amount for key, amount in self.by_key.items() if key not in there), Decimal(0))


def departments(session: Session, said: Filter) -> Mapping[str, Decimal]:
    """Cost by department."""
    return {row.department: row.total for row in costing.by_department(session, said)}


def products(session: Session, said: Filter) -> Mapping[str, Decimal]:
    """Cost by product, class, and chargeable or not."""
    return {product_key(row): row.amount for row in costing.by_product(session, said)}


def product_key(row: ProductCost) -> str:
    """By what a row of products is known."""
    return f"{row.product} {row.product_class} {int(row.chargeable)}"


def parts(dimension: Dimension) -> Sums:
    """Cost by a dimension."""

    def sums(session: Session, said: Filter) -> Mapping[str, Decimal]:
        found: dict[str, Decimal] = {}
        for row in costing.by(session, said, dimension):
            found[part_key(row)] = found.get(part_key(row), Decimal(0)) + row.amount
        return found

    return sums


def part_key(row: Group) -> str:
    """By what a part is known: lots of several products may have one code."""
    return f"{row.key} {row.product or ''} {row.name}"


def _budget(session: Session, said: Filter) -> Compared:
    """What departments may use in these months together; those without a budget have no figure."""
    names: dict[int, str] = dict(session.execute(said.departments_meant("code")).all())
    found: dict[str, Decimal] = {}
    for amounts in budget.monthly(session, said).values():
        for number, amount in amounts.items():
            if number in names:
                found[names[number]] = found.get(names[number], Decimal(0)) + amount
    return Compared("budget", found, sum(found.values(), Decimal(0)))


def titles() -> dict[str, str]:
    """What the other figures are called."""
    return {"prior": _("Months before"), "year": _("Last year"), "budget": _("Budget")}


def shown(session: Session, said: Filter, sums: Sums = departments) -> dict[str, Any]:
    """What a template needs to set the other figures beside its own."""
    found = asked(session, said, sums)
    if found is None:
        return {"beside": None}

    def href(**narrower: Any) -> str | None:
        if found.months is None:
            return None
        span: dict[str, Any] = {"from": found.months.since, "month": found.months.period, "compare": None}
        return linked(said, **(span | narrower))

    return {"beside": found, "beside_title": titles()[found.kind], "beside_href": href, "change": change}


def change(now: Decimal, then: Decimal | None) -> Decimal | None:
    """How much more or less it is, in per cent to one decimal; none where there is nothing to compare with."""
    if not then:
        return None
    return (100 * (now - then) / abs(then)).quantize(TENTH, rounding=ROUND_HALF_UP)


def asked(session: Session, said: Filter, sums: Sums = departments) -> Compared | None:
    """The figures this request asks to be compared with; budgets are of departments alone."""
    kind = request.args.get("compare", "")
    if kind == "budget" and sums is departments:
        return _budget(session, said)
    if kind not in ("prior", "year"):
        return None
    earlier = said.earlier(len(said.periods) if kind == "prior" else 12)
    rows = sums(session, earlier)
    return Compared(kind, rows, sum(rows.values(), Decimal(0)), earlier)
