"""This file is a report's figures beside others: the months before, the same months of last year, the budget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import budget
from api.i18n import gettext as _
from api.pages.report import linked
from spd import costing
from spd.places import Department

TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Compared:
    """The other figures by department, and their sum; `kind` is prior, year or budget."""

    kind: str
    by_department: Mapping[str, Decimal]
    total: Decimal
    months: costing.Filter | None = None
    """The choice these figures are of, to open them."""

    def of(self, department: str) -> Decimal | None:
        """A department's other figure, if it has one."""
        return self.by_department.get(department)


def _budget(session: Session, said: costing.Filter) -> Compared:
    """What departments may use in these months together; those without a budget have no figure."""
    names: dict[int, str] = dict(
        session.execute(select(Department.id, Department.code).where(*said.departments_meant())).all()
    )
    found: dict[str, Decimal] = {}
    for amounts in budget.monthly(session, said).values():
        for number, amount in amounts.items():
            if number in names:
                found[names[number]] = found.get(names[number], Decimal(0)) + amount
    return Compared("budget", found, sum(found.values(), Decimal(0)))


def titles() -> dict[str, str]:
    """What the other figures are called."""
    return {"prior": _("Months before"), "year": _("Last year"), "budget": _("Budget")}


def shown(session: Session, said: costing.Filter) -> dict[str, Any]:
    """What a template needs to set the other figures beside its own."""
    found = asked(session, said)
    if found is None:
        return {"beside": None}

    def href(department: str | None) -> str | None:
        if found.months is None:
            return None
        span: dict[str, Any] = {"from": found.months.since, "month": found.months.period, "compare": None}
        return linked(said, **span, **({"department": department, "by": None} if department else {}))

    return {"beside": found, "beside_title": titles()[found.kind], "beside_href": href, "change": change}


def change(now: Decimal, then: Decimal | None) -> Decimal | None:
    """How much more or less it is, in per cent to one decimal; none where there is nothing to compare with."""
    if not then:
        return None
    return (100 * (now - then) / abs(then)).quantize(TENTH, rounding=ROUND_HALF_UP)


def asked(session: Session, said: costing.Filter) -> Compared | None:
    """The figures this request asks to be compared with."""
    kind = request.args.get("compare", "")
    if kind == "budget":
        return _budget(session, said)
    if kind not in ("prior", "year"):
        return None
    earlier = said.earlier(len(said.periods) if kind == "prior" else 12)
    rows = {row.department: row.total for row in costing.by_department(session, earlier)}
    return Compared(kind, rows, sum(rows.values(), Decimal(0)), earlier)
