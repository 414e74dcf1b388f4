"""This file is the pages of indicators: all of a group beside earlier months, and one of them among peers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, charts, kept_shown, report
from api.pages.frame import place_name
from api.pages.indicator_words import indicator_names, made_of, peer_names, unit_of
from api.pages.listing import Choice, Column, Listing, listed
from api.pages.step_down import class_names
from api.v1.indicators import span_of
from spd import indicators, ledger
from spd.core import kept_figures
from spd.indicators import INDICATORS, PEERS, Figure, GroupFigure, Indicator
from spd.indicators.kept import REPORT


@bp.get("/finance/indicators")
def finance_indicators() -> str | Response:
    """Every indicator of a month or several: what it divides by what, the months before, the same ones last year."""
    month, months = report.chosen_month(), months_asked()
    by, group = _group()
    at = report.asked_as_of(request.args.get("as_of", ""))

    def ask(session: Session) -> list[list[Figure]]:
        found = [indicators.of_group(session, span_of(month, months, at), by, group)]
        for back in (months, 12):  # what was not kept of earlier months is not known as of then
            span = span_of(ledger.shifted(month, -back), months, at)
            known = at is None or kept_figures.find(session, REPORT, indicators.asked_of(span), at) is not None
            found.append(indicators.of_group(session, span, by, group) if known else _unknown(found[0]))
        return found

    now, before, last_year = read(ask)
    kept_at = _kept_at(month, months, at)
    rows = [_row(*three) for three in zip(now, before, last_year, strict=True)]
    listing = Listing(
        name=f"indicators_{month}{f'_{months}m' if months > 1 else ''}{'_' + group if group else ''}",
        base=rows,
        columns=(
            Column("name", _("Indicator"), href=lambda row: _among(row.code, month, months)),
            Column("value", _("Figure"), kind="quantity", unit=lambda row: row.unit,
                   href=lambda row: _among(row.code, month, months)),
            Column("before", _("Month before") if months == 1 else _("Months before"), kind="quantity",
                   href=lambda row: _among(row.code, ledger.shifted(month, -months), months)),
            Column("last_year", _("Last year"), kind="quantity",
                   href=lambda row: _among(row.code, ledger.shifted(month, -12), months)),
            Column("divides", _("Numerator")),
            Column("numerator", _("Which is"), kind="quantity",
                   href=lambda row: _below(row.one, "numerator", month, months, (by, group), kept_at)),
            Column("by", _("Denominator")),
            Column("denominator", _("Which is"), kind="quantity",
                   href=lambda row: _below(row.one, "denominator", month, months, (by, group), kept_at)),
        ),
        filters=(_span_choice(),),
    )  # fmt: skip
    title, kept_of = _("Indicators"), indicators.asked_of(span_of(month, months))
    return listed(
        listing, title=title, tabs=report.tabs("finance_indicators", month), template="finance_kept.html",
        save_as="indicators",
        sub=" · ".join(part for part in (peer_names()[by], group_name(by, group), span_name(month, months)) if part),
        **report.list_frame(month, at), **read(lambda session: kept_shown.kept(session, REPORT, kept_of)),
        crumbs=[(title, url_for("pages.finance_indicators", month=month, as_of=request.args.get("as_of"))
                 if group else None),
                *([(group_name(by, group), None)] if group else [])],
        hint=_("Import revenue, beds, bed-days and staff to fill what is empty."),
    )  # fmt: skip


def _kept_at(month: str, months: int, at: datetime | None) -> datetime | None:
    """When the figures shown as of an instant were kept."""
    if at is None:
        return None
    span = span_of(month, months, at)
    return read(lambda session: kept_figures.get(session, REPORT, indicators.asked_of(span), at).made_at)


def _unknown(figures: list[Figure]) -> list[Figure]:
    return [replace(one, numerator=None, denominator=None, value=None) for one in figures]


_SPANS = {"month": 1, "quarter": 3, "year": 12}


def months_asked() -> int:
    """How many months together, up to the one chosen."""
    return report.months_together(report.chosen_month(), _SPANS)


def _span_choice() -> Choice:
    words = [("month", _("one month")), ("quarter", _("3 months")), ("year", _("12 months"))]
    return Choice("span", _("Months together"), words, default="month")


def span_name(month: str, months: int) -> str:
    """The months together as they are read."""
    return month if months == 1 else f"{ledger.shifted(month, 1 - months)} – {month}"


def _together(month: str, months: int) -> dict[str, Any]:
    """What an address says of the months together; nothing of one."""
    span = next((name for name, count in _SPANS.items() if count == months), None)
    return {} if months == 1 else {"span": span} if span else {"from": ledger.shifted(month, 1 - months)}


def _group() -> tuple[str, str]:
    by = request.args.get("by", "hospital")
    group = request.args.get("group", "")[:200]
    return (by, group) if by in PEERS and group else ("hospital", "")


def group_name(by: str, group: str) -> str:
    """A group of peers as it is called."""
    if by == "department":
        return place_name(group, group)
    return class_names().get(group, group) if by == "cost_class" else group


def _row(now: Figure, before: Figure, last_year: Figure) -> Any:
    one = now.indicator
    return SimpleNamespace(
        code=one.code, name=indicator_names()[one.code], value=now.value, unit=unit_of(one), before=before.value,
        last_year=last_year.value, divides=made_of(one.numerator), numerator=_cents(now.numerator),
        by=made_of(one.denominator), denominator=_cents(now.denominator), one=one,
    )  # fmt: skip


def _cents(amount: Any) -> Any:
    """Money to the cent, a count as the whole number it is."""
    if amount is None:
        return None
    return int(amount) if amount == int(amount) else round(amount, 2)


def _among(code: str, month: str, months: int) -> str:
    said: dict[str, Any] = {"code": code, "month": month, "as_of": request.args.get("as_of")} | _together(month, months)
    return url_for("pages.finance_indicator", **said)


def _below(one: Indicator, side: str, month: str, months: int, of: tuple[str, str], at: datetime | None) -> str | None:
    """Where what a side of an indicator counts can be looked into; of figures kept `at` an instant what was kept then,
    and what the ledger had."""
    by, group = of
    terms = one.numerator if side == "numerator" else one.denominator
    fact = terms[0]
    if indicators.opens(terms):
        said: dict[str, Any] = {"month": month, "by": by, "group": group} | _together(month, months)
        if at is not None:
            said["as_of"] = at.isoformat()
        return url_for("pages.finance_indicator_facts", code=one.code, side=side, **said)
    span: dict[str, Any] = {"month": month} | ({"from": ledger.shifted(month, 1 - months)} if months > 1 else {})
    mine: dict[str, Any] = {by: group} if by in ("department", "campus") and group else {}
    if at is not None:
        mine["as_of"] = at.isoformat()
    if fact == "material_cost":
        return url_for("pages.finance", **span, **mine)
    if fact in ("stock_mean", "stock_days"):
        return url_for("pages.finance_stock", **span, **mine)
    if fact in ("charges_and_uses", "charges_settled"):
        return url_for("pages.finance_charges", month=month, **mine)
    return url_for("pages.recalls") if may_open("pages.recalls", person()) else None


@bp.get("/finance/indicators/<code>")
def finance_indicator(code: str) -> str | Response:
    """One indicator among peers, the largest first, with their median."""
    one = next((one for one in INDICATORS if one.code == code), None)
    if one is None:
        raise NotFound
    month, months, by = report.chosen_month(), months_asked(), request.args.get("by", "department")
    by = "hospital" if one.hospital else by if by in PEERS else "department"
    at = report.asked_as_of(request.args.get("as_of", ""))
    found = read(lambda session: indicators.peers(session, span_of(month, months, at), one, by))
    kept_at = _kept_at(month, months, at)
    title = indicator_names()[code]
    listing = Listing(
        name=f"{code}_{by}_{month}{f'_{months}m' if months > 1 else ''}",
        base=[_peer(row, by, found.median) for row in found.rows],
        columns=(
            Column("name", peer_names()[by], href=lambda row: _of(row.group, by, month, months)),
            Column("value", f"{title} ({unit_of(one)})", kind="quantity",
                   href=lambda row: _of(row.group, by, month, months)),
            Column("distance", _("From the median"), kind="quantity"),
            Column("numerator", made_of(one.numerator), kind="quantity",
                   href=lambda row: _below(one, "numerator", month, months, (by, row.group), kept_at)),
            Column("denominator", made_of(one.denominator), kind="quantity",
                   href=lambda row: _below(one, "denominator", month, months, (by, row.group), kept_at)),
        ),
        filters=(
            *([] if one.hospital else [Choice("by", _("Peers"), list(peer_names().items()), default="department")]),
            _span_choice(),
        ),
        order="-value",
    )  # fmt: skip
    named = _("median of peers")
    median = "–" if found.median is None else f"{round(found.median, 2)} {unit_of(one)}"
    return listed(
        listing, title=title, tabs=report.tabs("finance_indicators", month), template="finance_listing.html",
        sub=f"{span_name(month, months)} · {named} {median}", **report.list_frame(month, at),
        picture=None if "as" in request.args or at is not None else _picture(one, title, month, months),
        crumbs=[(_("Indicators"), url_for("pages.finance_indicators", month=month, as_of=request.args.get("as_of"))),
                (title, None)],
        hint=_("Import revenue, beds, bed-days and staff to fill what is empty."),
    )  # fmt: skip


def _peer(row: GroupFigure, by: str, median: Any) -> Any:
    name = place_name(row.name, row.group) if by == "department" else group_name(by, row.group) or _("Hospital")
    return SimpleNamespace(
        group=row.group, name=name, value=row.figure.value,
        distance=round(row.figure.value - median, 2) + 0 if row.figure.value is not None else None,
        numerator=_cents(row.figure.numerator), denominator=_cents(row.figure.denominator),
    )  # fmt: skip


def _of(group: str, by: str, month: str, months: int) -> str:
    said: dict[str, Any] = {"by": by, "group": group, "month": month, "as_of": request.args.get("as_of")}
    return url_for("pages.finance_indicators", **said, **_together(month, months))


_UNDRAWN = "trace_completeness"
"""Asks each serial of a month for its whole chain: twelve months of that are too much for a page."""


def _picture(one: Indicator, title: str, month: str, months: int) -> Markup | None:
    """The hospital's figure in each of twelve months, with its table; nothing where no month has any."""
    if one.code == _UNDRAWN:
        return None
    spans = [span_of(ledger.shifted(month, -back)) for back in reversed(range(12))]
    told = read(lambda session: indicators.trend(session, spans, one))
    if all(figure.value is None for _month, figure in told):
        return None
    first = ledger.shifted(month, 1 - months)
    bars = [
        charts.Bar(
            period,
            figure.value or Decimal(0),
            _among(one.code, period, 1),
            now=first <= period <= month,
            said=f"{period}: {'–' if figure.value is None else figure.value}",
        )
        for period, figure in told
    ]
    drawn = charts.columns(bars, label=title, unit=unit_of(one), plain=True)
    return Markup(render_template("parts/indicator_trend.html", title=title, drawn=drawn, told=told, code=one.code))  # noqa: S704
