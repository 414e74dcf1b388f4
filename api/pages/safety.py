"""This file is what the bedside caught, as quality reads it: by rule, by person, one by one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from api import access, viewing
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp
from api.pages import safety_words as words
from api.pages.listing import Choice, Column, DayFrom, Listing, listed
from api.pages.scanned import named_column
from spd import interceptions
from spd.catalog import Product
from spd.interceptions import Interception, report
from spd.ledger import Item
from spd.places import Department
from spd.staff import Staff

DAYS = 28


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of safety this person may open."""
    every = (
        ("rules", "pages.safety", _("By rule")),
        ("people", "pages.safety_people", _("By person")),
        ("list", "pages.safety_list", _("One by one")),
        ("unscanned", "pages.safety_unscanned", _("Could not be scanned")),
        ("rates", "pages.safety_rates", _("Scan rate")),
        ("disputes", "pages.disputes", _("Disputes")),
        ("file", "pages.queue_file", _("Bring a queue")),
        ("gaps", "pages.device_gaps", _("Not come from devices")),
    )
    return [
        {"text": text, "href": url_for(endpoint), "current": name == current}
        for name, endpoint, text in every
        if access.may_open(endpoint, person())
    ]


def days() -> tuple[date, date]:
    """The days asked for, four weeks where nothing is said."""
    last = _day("until") or viewing.today()
    return _day("from") or last - timedelta(days=DAYS - 1), last


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def day_filters() -> tuple[DayFrom, DayFrom]:
    """From and until."""
    first, last = days()
    return (
        DayFrom("from", _("From"), default=first.isoformat()),
        DayFrom("until", _("Until"), default=last.isoformat()),
    )


def percent(permille: Decimal) -> str:
    """Thousandths as a percentage."""
    return f"{permille / 10:.1f} %"


def _asked() -> interceptions.Asked:
    first, last = days()
    return interceptions.Asked(first_on=first, last_on=last, departments=access.departments())


def _span() -> dict[str, Any]:
    first, last = days()
    return {"from": first.isoformat(), "until": last.isoformat()}


@dataclass(frozen=True)
class _Row:
    """A row of a report, by the keys of its columns."""

    values: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.values[name]


@bp.get("/safety")
def safety() -> str | Response:
    """Rule by rule: how often, how bad, how often it changed what was done; above it the figures of the days."""
    asked = _asked()

    def ask(session: Session) -> tuple[interceptions.Totals, list[interceptions.ByRule]]:
        return interceptions.totals(session, asked), interceptions.by_rule(session, asked)

    figures, found = read(ask)
    rows = [_Row(asdict(one) | {"changed_share": one.changed_permille}) for one in found]
    columns = (
        Column("rule", _("Rule"), show=words.rule_names(), href=_to_list),
        Column("caught", _("Times"), kind="quantity", total=True, href=_to_list),
        Column("score", _("Score"), kind="quantity", total=True),
        Column("stopped", _("Stopped"), kind="quantity", total=True),
        Column("overridden", _("Let pass by two"), kind="quantity", total=True),
        Column("changed", _("Changed what was done"), kind="quantity", total=True),
        Column("changed_share", _("Share"), show=percent),
    )
    listing = Listing(name="interceptions-by-rule", base=rows, columns=columns, filters=day_filters(), order="-score")
    return listed(
        listing, title=_("Safety at the bedside"), template="safety.html", tabs=tabs("rules"), facts=_facts(figures),
        empty=_("Nothing was caught"),
    )  # fmt: skip


def _facts(figures: interceptions.Totals) -> list[tuple[str, Any]]:
    return [
        (_("Scans"), figures.scans),
        (_("Caught"), figures.caught),
        (_("Score per 1,000 scans"), figures.per_thousand),
        (_("Score per person"), figures.per_person),
        (_("Overrides"), f"{figures.overridden} · {percent(figures.override_permille)}"),
    ]


def _to_list(row: Any) -> str:
    return url_for("pages.safety_list", rule=row.rule, **_span())


@bp.get("/safety/people")
def safety_people() -> str | Response:
    """Person by person: what was caught of their scans. Who catches much is not who errs most: read with the scans."""
    asked = _asked()
    found = read(lambda session: interceptions.by_person(session, asked))
    rows = [_Row(asdict(one) | {"per_thousand": one.per_thousand}) for one in found]
    columns = (
        Column("staff", _("Person"), kind="code", href=_of_person),
        Column("name", _("Name")),
        Column("scans", _("Scans"), kind="quantity", total=True),
        Column("caught", _("Caught"), kind="quantity", total=True),
        Column("score", _("Score"), kind="quantity", total=True),
        Column("per_thousand", _("Score per 1,000 scans")),
        Column("overridden", _("Let pass by two"), kind="quantity", total=True),
    )
    listing = Listing(name="interceptions-by-person", base=rows, columns=columns, filters=day_filters(), order="-score")
    return listed(listing, title=_("Safety at the bedside"), tabs=tabs("people"), empty=_("Nobody scanned"))


def _of_person(row: Any) -> str:
    return url_for("pages.safety_list", staff=row.staff, **_span())


_SECOND = aliased(Staff)


@bp.get("/safety/list")
def safety_list() -> str | Response:
    """Each interception with what became of it."""
    one = Interception
    names = words.rule_names()
    columns = (
        Column("occurred_at", _("When"), one.occurred_at, kind="instant"),
        Column("rule", _("Rule"), one.rule, show=names),
        Column("severity", _("Severity"), one.severity, show=words.severity_names()),
        Column("outcome", _("Outcome"), one.outcome, kind="pill", show=words.outcome_names(),
               colour=words.OUTCOME_COLOURS.get),
        Column("fate", _("What became of it"), report.fate(), show=words.fate_names()),
        Column("department", _("Department"), named_column(Department)),
        Column("product", _("Product"), named_column(Product)),
        Column("item", _("Item"), Item.code, kind="code", href=_trace),
        Column("staff", _("Person"), Staff.code, kind="code"),
        Column("second", _("Second person"), _SECOND.code, kind="code"),
        Column("why", _("Reason"), one.reason, show=words.why_names()),
    )  # fmt: skip
    base = (
        interceptions.rows(_asked())
        .join(Staff, Staff.id == one.staff_id)
        .outerjoin(Department, Department.id == one.department_id)
        .outerjoin(Product, Product.id == one.product_id)
        .outerjoin(Item, Item.id == one.item_id)
        .outerjoin(_SECOND, _SECOND.id == one.approved_by_id)
    )
    if staff := request.args.get("staff", "")[:80].replace("\x00", ""):
        base = base.where(Staff.code == staff)
    levels = [(str(level), name) for level, name in words.severity_names().items()]
    listing = Listing(
        name="interceptions",
        base=base,
        columns=columns,
        filters=(
            *day_filters(),
            Choice("rule", _("Rule"), list(names.items()), lambda value: one.rule == value),
            Choice("severity", _("Severity"), levels, lambda value: one.severity == int(value)),
            Choice("outcome", _("Outcome"), list(words.outcome_names().items()), lambda value: one.outcome == value),
            Choice(
                "fate", _("What became of it"), list(words.fate_names().items()), lambda value: report.fate() == value
            ),
        ),
        order="-occurred_at",
        tie=one.id,
    )
    return listed(listing, title=_("Safety at the bedside"), tabs=tabs("list"), empty=_("Nothing was caught"))


def _trace(row: Any) -> str | None:
    return url_for("pages.trace", code=row.item) if row.item and access.may_open("pages.trace", person()) else None
