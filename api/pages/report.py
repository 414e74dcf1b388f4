"""This file is what reports of cost share: the month and the choice asked for, their addresses, as of when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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

MOST_MONTHS = 36
"""More months together are a task for a file, not for a page."""


@dataclass(frozen=True)
class AsOf:
    """When the figures were read, the last movement they include, and the last instant of which nothing can still come:
    as of that, they are the same for ever."""

    at: datetime
    sequence: int
    settled: datetime


def chosen_month() -> str:
    """The month asked for; else the last closed one, else the one before this."""
    asked = request.args.get("month", "")
    if MONTH.fullmatch(asked):
        return asked
    return read(ledger.closed_through) or ledger.shifted(this_month(), -1)


def this_month() -> str:
    """The month that today is of, by the hospital's calendar."""
    today = clock.day_of(clock.now(), settings().zone)
    return read(lambda session: ledger.accounting_month(session, today))


def chosen() -> costing.Filter:
    """What was asked, within what this reader may see."""
    asked = request.args
    classes = {one.value for one in ProductClass}
    month = chosen_month()
    named = {name: asked.get(name) or None for name in ("department", "product", "lot", "encounter")}
    return costing.Filter(
        period=month,
        since=since_asked(month),
        departments=access.departments(),
        campus=asked.get("campus"),
        product_class=asked["product_class"] if asked.get("product_class") in classes else None,
        chargeable={"1": True, "0": False}.get(asked.get("chargeable", "")),
        week=_monday(asked.get("week", "")),
        at=asked_as_of(asked.get("as_of") or asked.get("at", "")),
        **named,
    )


def since_asked(month: str) -> str | None:
    """The first of several months up to this one; none where the month is asked for alone."""
    since = request.args.get("from", "")
    return since if MONTH.fullmatch(since) and ledger.shifted(month, -MOST_MONTHS) < since < month else None


def months_together(month: str, spans: Mapping[str, int]) -> int:
    """How many months together, up to this one: by the span named, else from the month named, else this one alone."""
    if request.args.get("span", "") in spans:
        return spans[request.args["span"]]
    since = since_asked(month)
    return 1 if since is None else len(ledger.months_between(since, month))


def _monday(text: str) -> date | None:
    """The Monday of the week of a day; none where it is none."""
    try:
        day = date.fromisoformat(text)
        return day - timedelta(days=day.weekday())
    except (ValueError, OverflowError):
        return None


def asked_as_of(text: str) -> datetime | None:
    """An instant with its zone, as closings name theirs, or that of a movement by its number; none where it is none."""
    if text.isascii() and text.isdigit() and len(text) < 16:
        recorded = select(Movement.recorded_at).where(Movement.id <= int(text)).order_by(Movement.id.desc()).limit(1)
        return read(lambda session: session.scalar(recorded))
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def linked(said: costing.Filter, endpoint: str = "pages.finance", /, **more: Any) -> str:
    """The address of the same report with something more, or something else, chosen; None takes a choice away."""
    flag = None if said.chargeable is None else "1" if said.chargeable else "0"
    asked: dict[str, Any] = {
        "from": said.since,
        "month": said.period,
        "campus": said.campus,
        "department": said.department,
        "product_class": said.product_class,
        "chargeable": flag,
        "product": said.product,
        "lot": said.lot,
        "encounter": said.encounter,
        "week": said.week.isoformat() if said.week else None,
        "by": request.args.get("by"),
        "compare": request.args.get("compare"),
        "as_of": said.at.isoformat() if said.at else None,
    }
    return url_for(endpoint, **{name: value for name, value in (asked | more).items() if value is not None})


def as_of(session: Session, said: costing.Filter | datetime | None = None) -> AsOf:
    """This moment and the last movement there is; or the instant that a report is run again as of."""
    at = said.at if isinstance(said, costing.Filter) else said
    if at is not None:
        last = select(func.max(Movement.id)).where(Movement.recorded_at <= at)
        return AsOf(at, session.scalar(last) or 0, at)
    now = clock.now()
    return AsOf(now, session.scalar(select(func.max(Movement.id))) or 0, ledger.settled_at(session, now))


def tabs(here: str, month: str) -> list[dict[str, Any]]:
    """The ways to look at cost, charges and what is owed, as far as this person may."""
    ways = [
        ("finance", _("Departments")),
        ("finance_stock", _("Stock book")),
        ("finance_budgets", _("Budgets")),
        ("finance_reports", _("Saved reports")),
        ("finance_encounters", _("Encounters")),
        ("finance_drgs", _("DRGs")),
        ("finance_groups", _("DRG and DIP")),
        ("finance_step_down", _("Step-down")),
        ("finance_case_costs", _("Case costs")),
        ("finance_inputs", _("What was told")),
        ("finance_tables", _("Tables of cost")),
        ("finance_indicators", _("Indicators")),
        ("finance_reviews", _("Usage review")),
        ("finance_charges", _("HIS charges")),
        ("finance_statements", _("Supplier statements")),
        ("finance_invoices", _("Invoices")),
        ("finance_payables", _("Payables")),
        ("finance_balances", _("Accounts")),
        ("finance_journal", _("Vouchers")),
        ("closing", _("Closing of months")),
        ("finance_chart", _("Chart and rules")),
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
        "span": said.period if said.since is None else f"{said.since} – {said.period}",
        "unclosed": said.period > read(ledger.closed_through),
        "tabs": tabs(here, said.period),
        "linked": lambda **more: linked(said, f"pages.{here}", **more),
        "classes": class_names(),
        "months": [ledger.shifted(said.period, by) for by in (-2, -1, 0, 1)],
        "endpoint": f"pages.{here}",
    }


def list_frame(month: str, at: datetime | None = None, *, again: bool = False) -> dict[str, Any]:
    """What a list of a month within finance has about it; `again`: it can be run again as of an instant."""
    stamp = read(lambda session: as_of(session, at))
    return {
        "month": month,
        "months": [ledger.shifted(month, by) for by in (-2, -1, 0, 1)],
        "unclosed": month > read(ledger.closed_through),
        "as_of": stamp,
        "again": address(as_of=stamp.settled.isoformat()) if again else None,
    }


def address(endpoint: str = "", **more: Any) -> str:
    """The address asked for, or with `endpoint` of another page, with something more or something else; None takes it
    away. The first page of it."""
    asked = {name: text for name, text in request.args.items() if name not in ("page", "as")}
    said = (request.view_args or {}) | asked | more
    return url_for(endpoint or str(request.endpoint), **{name: one for name, one in said.items() if one is not None})


def stamped(at: datetime | None, **more: Any) -> dict[str, Any]:
    """What a list that is run as of an instant has about it: when that is, and its address to run it again; `more`
    is what of that address was not said, and holds."""
    stamp = read(lambda session: as_of(session, at))
    return {"as_of": stamp, "again": address(**more, as_of=stamp.settled.isoformat())}
