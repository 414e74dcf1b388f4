"""This file is the page of what an indicator counts: each thing of its numerator or denominator, down to the scan."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, report
from api.pages.cost_words import revenue_names
from api.pages.finance_stock import part_names
from api.pages.indicator_words import fact_names, indicator_names, made_of
from api.pages.indicators import group_name, months_asked, span_name
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named
from api.v1.indicators import span_of
from spd import indicators, ledger
from spd.core.money import ZERO
from spd.indicators import INDICATORS, PEERS, FactRow

_SIDES = ("numerator", "denominator")


@bp.get("/finance/indicators/<code>/<side>")
def finance_indicator_facts(code: str, side: str) -> str | Response:
    """What one side of an indicator counts for a group of departments, as it is told, or was kept until an instant."""
    one = next((one for one in INDICATORS if one.code == code), None)
    if one is None or side not in _SIDES:
        raise NotFound
    terms = one.numerator if side == "numerator" else one.denominator
    if not indicators.opens(terms):
        raise NotFound
    month, months = report.chosen_month(), months_asked()
    by = request.args.get("by", "hospital")
    by, group = (by, request.args.get("group", "")[:200]) if by in PEERS else ("hospital", "")
    at = report.asked_as_of(request.args.get("as_of", ""))
    span = span_of(month, months, at)

    def ask(session: Session) -> tuple[list[FactRow], Decimal]:
        figures = indicators.of_group(session, span, by, group)
        figure = next((found for found in figures if found.indicator.code == code), None)
        above = None if figure is None else getattr(figure, side)
        return indicators.rows_behind(session, span, terms, by, group), above or ZERO

    rows, above = read(ask)
    title = made_of(terms)
    below = sum((row.amount for row in rows), ZERO)
    of = (indicator_names()[code], group_name(by, group), span_name(month, months))
    stamp = at.isoformat() if at else None
    back = url_for("pages.finance_indicators", month=month, by=by, group=group or None, as_of=stamp)
    return listed(
        _listing(f"{code}_{side}_{month}", rows, terms), title=title,
        sub=" · ".join(filter(None, of)),
        empty=_("Nothing was told"), tabs=report.tabs("finance_indicators", month), template="finance_listing.html",
        ties=[(_("Sum of the lines"), below, _("Level above"), above)], **report.list_frame(month, at),
        crumbs=[(_("Indicators"), back), (indicator_names()[code],
                url_for("pages.finance_indicator", code=code, month=month, as_of=stamp)), (title, None)],
    )  # fmt: skip


def _listing(name: str, rows: list[FactRow], terms: Sequence[str]) -> Listing:
    facts = {term.removeprefix("-") for term in terms}
    departments = {
        row.department: named(row.department_name, row.department_name_en) or _("no department") for row in rows
    }
    money = any(fact in _of_money() for fact in facts)
    kinds: dict[str, str] = revenue_names() if facts & indicators.REVENUE_FACTS else {}
    if facts <= _HELD:
        kinds = {part.value: name for part, name in part_names().items()}
    shown = {row.name: kinds.get(row.name, named(row.name, row.name_en)) for row in rows}
    columns = [
        Column("department_name", _("Department"),
               show={row.department_name: departments[row.department] for row in rows}),
        Column("day", _("Day"), kind="day"),
        Column("name", _("What"), show=shown),
        Column("code", _("Code"), kind="code", href=_opened(facts)),
        Column("amount", _("Amount"), kind="money" if money else "quantity", total=True, href=_opened(facts)),
    ]  # fmt: skip
    if len(terms) > 1:
        columns.insert(0, Column("fact", _("Of"), show=fact_names()))
    return Listing(
        name=name,
        base=rows,
        columns=columns,
        filters=(
            Choice(
                "department",
                _("Department"),
                [(code or _NOBODYS, name) for code, name in departments.items()],
                of=lambda row: row.department or _NOBODYS,
            ),
            Words("q", _("Search"), text=lambda row: f"{row.code} {row.name} {row.name_en} {shown[row.name]}"),
        ),
        order="department_name",
    )


_NOBODYS = "-"
"""Chosen for what is no department's."""
_HELD = frozenset({"held_used", "held_mean", "held_days"})


def _of_money() -> frozenset[str]:
    return indicators.REVENUE_FACTS | {"expired_value", "used_own"} | _HELD


def _opened(facts: set[str]) -> Any:
    """Where one of these leads: a stay or a product to its uses, an item to its life, a department's stock to its
    book."""
    page, at = None, request.args.get("as_of")
    if facts <= {"used_own"}:
        month, months = report.chosen_month(), months_asked()
        since = ledger.shifted(month, 1 - months) if months > 1 else None
        said: dict[str, Any] = {"month": month, "from": since, "as_of": at}
        return lambda row: url_for("pages.finance", department=row.department, product=row.code, **said)
    if facts <= _HELD:
        return lambda row: (
            row.department and url_for("pages.finance_stock", month=row.code, department=row.department, as_of=at)
        )
    if facts <= {"serials_used", "serials_traced", "expired_value"}:
        page = "pages.trace"
    elif facts <= {"discharges", "bed_days"}:
        page = "pages.finance_encounter"
    if page is None or not may_open(page, person()):
        return None
    return lambda row: url_for(page, code=row.code) if row.day is not None or page == "pages.trace" else None
