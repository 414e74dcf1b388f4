"""This file is what reports of cost share: the month and the choice asked for, their addresses, as of when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import access
from api.fields import MONTH
from api.here import person, read, settings
from api.i18n import gettext as _
from spd import costing, ledger
from spd.catalog import ProductClass
from spd.core import clock
from spd.ledger import Movement


@dataclass(frozen=True)
class AsOf:
    """When the figures were read, and the last movement they include."""

    at: datetime
    sequence: int


def chosen_month() -> str:
    """The month asked for; else the last closed one, else the one before this."""
    asked = request.args.get("month", "")
    if MONTH.fullmatch(asked):
        return asked
    return read(ledger.closed_through) or shifted(f"{clock.day_of(clock.now(), settings().zone):%Y-%m}", -1)


def shifted(month: str, by: int) -> str:
    """The month so many before or after."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def chosen() -> costing.Filter:
    """What was asked, within what this reader may see."""
    classes = {one.value for one in ProductClass}
    product_class = request.args.get("product_class", "")
    chargeable = {"1": True, "0": False}.get(request.args.get("chargeable", ""))
    return costing.Filter(
        period=chosen_month(),
        departments=access.departments(),
        department=request.args.get("department") or None,
        product_class=product_class if product_class in classes else None,
        chargeable=chargeable,
        product=request.args.get("product") or None,
    )


def linked(said: costing.Filter, **more: Any) -> str:
    """The address of the same report with something more, or something else, chosen; None takes a choice away."""
    flag = None if said.chargeable is None else "1" if said.chargeable else "0"
    asked: dict[str, Any] = {
        "month": said.period,
        "department": said.department,
        "product_class": said.product_class,
        "chargeable": flag,
        "product": said.product,
        "by": request.args.get("by"),
    }
    return url_for("pages.finance", **{name: value for name, value in (asked | more).items() if value is not None})


def as_of(session: Session) -> AsOf:
    """This moment, and the last movement there is."""
    return AsOf(clock.now(), session.scalar(select(func.max(Movement.id))) or 0)


def tabs(here: str, month: str) -> list[dict[str, Any]]:
    """The ways to look at cost, charges and what is owed, as far as this person may."""
    ways = [
        ("finance", _("Departments")),
        ("finance_encounters", _("Encounters")),
        ("finance_drgs", _("DRGs")),
        ("finance_groups", _("DRG and DIP")),
        ("finance_step_down", _("Step-down")),
        ("finance_case_costs", _("Case costs")),
        ("finance_indicators", _("Indicators")),
        ("finance_reviews", _("Usage review")),
        ("finance_charges", _("HIS charges")),
        ("finance_statements", _("Supplier statements")),
        ("finance_invoices", _("Invoices")),
        ("finance_payables", _("Payables")),
        ("finance_journal", _("Vouchers")),
    ]
    return [
        {"text": text, "href": url_for(f"pages.{name}", month=month), "current": name == here}
        for name, text in ways
        if access.TABLE[f"pages.{name}"].roles & person().roles
    ]


def class_names() -> dict[str, str]:
    """What the classes of products are called."""
    return {"high_value": _("high-value"), "low_value": _("low-value"), "reagent": _("reagent")}


def frame(here: str, said: costing.Filter) -> dict[str, Any]:
    """What every report of cost has about it."""
    return {
        "said": said,
        "month": said.period,
        "tabs": tabs(here, said.period),
        "linked": lambda **more: linked(said, **more),
        "classes": class_names(),
        "months": [shifted(said.period, by) for by in (-2, -1, 0, 1)],
        "endpoint": f"pages.{here}",
    }
