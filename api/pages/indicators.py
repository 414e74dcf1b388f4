"""This file is the pages of indicators: all of a group beside earlier months, and one of them among peers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.pages import bp, report
from api.pages.frame import place_name
from api.pages.indicator_words import indicator_names, made_of, peer_names, unit_of
from api.pages.listing import Choice, Column, Listing, listed
from api.pages.step_down import class_names
from api.v1.indicators import span_of
from spd import indicators, ledger
from spd.indicators import INDICATORS, PEERS, Figure, GroupFigure


@bp.get("/finance/indicators")
def finance_indicators() -> str | Response:
    """Every indicator of a month: what it divides by what, the month before, the same month last year."""
    month = report.chosen_month()
    by, group = _group()

    def ask(session: Session) -> list[list[Figure]]:
        months = (month, ledger.shifted(month, -1), ledger.shifted(month, -12))
        return [indicators.of_group(session, span_of(one), by, group) for one in months]

    now, before, last_year = read(ask)
    rows = [_row(*three) for three in zip(now, before, last_year, strict=True)]
    listing = Listing(
        name=f"indicators_{month}{'_' + group if group else ''}",
        base=rows,
        columns=(
            Column("name", _("Indicator"), href=lambda row: _among(row.code, month)),
            Column("value", _("Figure"), kind="quantity", unit=lambda row: row.unit),
            Column("before", _("Month before"), kind="quantity"),
            Column("last_year", _("Last year"), kind="quantity"),
            Column("divides", _("Numerator")),
            Column("numerator", _("Which is"), kind="quantity", href=lambda row: _below(row.over, month, by, group)),
            Column("by", _("Denominator")),
            Column("denominator", _("Which is"), kind="quantity", href=lambda row: _below(row.under, month, by, group)),
        ),
    )
    title = _("Indicators")
    return listed(
        listing, title=title, tabs=report.tabs("finance_indicators", month), template="finance_listing.html",
        sub=f"{peer_names()[by]} {_group_name(by, group)} · {month}", month=month, months=_months(month),
        crumbs=[(title, url_for("pages.finance_indicators", month=month) if group else None),
                *([(_group_name(by, group), None)] if group else [])],
        hint=_("Import revenue, beds, bed-days and staff to fill what is empty."),
    )  # fmt: skip


def _months(month: str) -> list[str]:
    return [ledger.shifted(month, by) for by in (-2, -1, 0, 1)]


def _group() -> tuple[str, str]:
    by = request.args.get("by", "hospital")
    group = request.args.get("group", "")[:200]
    return (by, group) if by in PEERS and group else ("hospital", "")


def _group_name(by: str, group: str) -> str:
    if by == "department":
        return place_name(group, group)
    return class_names().get(group, group) if by == "cost_class" else group


def _row(now: Figure, before: Figure, last_year: Figure) -> Any:
    one = now.indicator
    return SimpleNamespace(
        code=one.code, name=indicator_names()[one.code], value=now.value, unit=unit_of(one), before=before.value,
        last_year=last_year.value, divides=made_of(one.numerator), numerator=_cents(now.numerator),
        by=made_of(one.denominator), denominator=_cents(now.denominator), over=one.numerator[0],
        under=one.denominator[0],
    )  # fmt: skip


def _cents(amount: Any) -> Any:
    """Money to the cent, a count as the whole number it is."""
    if amount is None:
        return None
    return int(amount) if amount == int(amount) else round(amount, 2)


def _among(code: str, month: str) -> str:
    return url_for("pages.finance_indicator", code=code, month=month)


def _below(fact: str, month: str, by: str, group: str) -> str | None:
    """Where a fact can be looked into."""
    said: dict[str, Any] = {"month": month} | ({"department": group} if by == "department" else {})
    if fact in ("material_cost", "used_own"):
        return url_for("pages.finance", **said)
    if fact in ("charges_and_uses", "charges_settled"):
        return url_for("pages.finance_charges", **said)
    return None


@bp.get("/finance/indicators/<code>")
def finance_indicator(code: str) -> str | Response:
    """One indicator among peers, the largest first, with their median."""
    one = next((one for one in INDICATORS if one.code == code), None)
    if one is None:
        raise NotFound
    month, by = report.chosen_month(), request.args.get("by", "department")
    by = by if by in PEERS else "department"
    found = read(lambda session: indicators.peers(session, span_of(month), one, by))
    title = indicator_names()[code]
    listing = Listing(
        name=f"{code}_{by}_{month}",
        base=[_peer(row, by, found.median) for row in found.rows],
        columns=(
            Column("name", peer_names()[by], href=lambda row: _of(row.group, by, month)),
            Column("value", f"{title} ({unit_of(one)})", kind="quantity"),
            Column("distance", _("From the median"), kind="quantity"),
            Column("numerator", made_of(one.numerator), kind="quantity",
                   href=lambda row: _below(one.numerator[0], month, by, row.group)),
            Column("denominator", made_of(one.denominator), kind="quantity",
                   href=lambda row: _below(one.denominator[0], month, by, row.group)),
        ),
        filters=(Choice("by", _("Peers"), list(peer_names().items()), default="department"),),
        order="-value",
    )  # fmt: skip
    named = _("median of peers")
    median = "–" if found.median is None else f"{round(found.median, 2)} {unit_of(one)}"
    return listed(
        listing, title=title, tabs=report.tabs("finance_indicators", month), template="finance_listing.html",
        sub=f"{month} · {named} {median}", month=month, months=_months(month),
        crumbs=[(_("Indicators"), url_for("pages.finance_indicators", month=month)), (title, None)],
        hint=_("Import revenue, beds, bed-days and staff to fill what is empty."),
    )  # fmt: skip


def _peer(row: GroupFigure, by: str, median: Any) -> Any:
    name = place_name(row.name, row.group) if by == "department" else _group_name(by, row.group) or _("Hospital")
    return SimpleNamespace(
        group=row.group, name=name, value=row.figure.value,
        distance=round(row.figure.value - median, 2) if row.figure.value is not None else None,
        numerator=_cents(row.figure.numerator), denominator=_cents(row.figure.denominator),
    )  # fmt: skip


def _of(group: str, by: str, month: str) -> str:
    return url_for("pages.finance_indicators", by=by, group=group, month=month)
