"""This file is the page of charges and uses one by one: what a figure of charged against used is the sum of."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy import func, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import read
from api.i18n import gettext as _
from api.months import days_of
from api.pages import bp, report
from api.pages.charge_cases import department_options
from api.pages.charge_words import COLOURS, verdict_names
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import Names
from spd import ledger, reconciliation
from spd.reconciliation import Asked

SETTLED, LOST = "settled", "lost"


@bp.get("/finance/charges/lines")
def finance_charge_facts() -> str | Response:
    """Charges and uses of some days, each under the department, day and difference that it is counted under."""
    at, mine = report.asked_as_of(request.args.get("as_of", "")), access.departments()
    read(lambda session: reconciliation.refuse_unkept(session, at))
    since, until = _days()
    only_lost = request.args.get("verdict") == LOST
    ever = Asked(since=date.min, until=date.max, departments=mine, at=at)
    found = reconciliation.list_facts(ever, only_lost=only_lost)
    of = found.of
    opened = _case(at, mine)
    verdicts = {**verdict_names(), SETTLED: _("settled by itself"), LOST: _("lost, also in part")}
    amounts = (
        [Column("lost", _("Lost: used, not charged"), of["lost"], kind="money", total=True, href=opened)]
        if only_lost
        else []
    )
    sides = {"charge": of["charge"], "use": ~of["charge"]}
    listing = Listing(
        name="charges_and_uses",
        base=found.query.add_columns(of["case"].label("case_id"), of["case_department"].label("case_department")),
        columns=(
            Column("day_on", _("Day"), of["day_on"], kind="day"),
            Column("department", _("Department"), named_column(of["department"])),
            Column("verdict", _("Difference"), of["verdict"], kind="pill", show=verdict_names(), href=opened,
                   colour=lambda value: COLOURS.get(value, "caution")),
            Column("encounter", _("Encounter"), of["encounter"], kind="code"),
            Column("name", _("Product"), named_column(Names(of["name"], of["name_en"]))),
            Column("number", _("HIS's line"), of["number"], kind="code"),
            Column("movement", _("Movement"), of["movement"], kind="code", href=_scan),
            Column("item", _("Item"), of["item"], kind="code", href=_scan),
            Column("quantity", _("Quantity"), of["quantity"], kind="quantity", href=opened),
            Column("charged", _("Charged"), of["charged"], kind="money", total=True, href=opened),
            Column("used", _("Used"), of["used"], kind="money", total=True, href=lambda row: _scan(row) or opened(row)),
            Column("difference", _("Charged less used"), of["difference"], kind="money", total=True, href=opened),
            *amounts,
        ),
        filters=(
            DayFrom("since", _("From"), lambda day: of["day_on"] >= day, default=since.isoformat()),
            DayFrom("until", _("Until"), lambda day: of["day_on"] <= day, default=until.isoformat()),
            Choice("department", _("Department"), read(lambda session: department_options(session, mine)),
                   lambda value: of["department"].code == value),
            Choice("verdict", _("Difference"), list(verdicts.items()),
                   lambda value: {SETTLED: of["settled"], LOST: true()}.get(value, of["verdict"] == value)),
            Choice("side", _("Charged or used"), [("charge", _("Charged")), ("use", _("Used"))],
                   lambda value: sides[value]),
            Words("q", _("Encounter"), lambda words: of["encounter"].icontains(words, autoescape=True)),
        ),
        order="day_on",
        tie=of["id"],
    )  # fmt: skip
    return listed(
        listing, title=_("Charges and uses"), empty=_("Nothing was charged or used"),
        crumbs=[(_("HIS charges"), _back(until, at)), (_("Charges and uses"), None)],
        template="finance_listing.html", picked=False, ties=_ties(listing, mine, at),
        **report.stamped(at),
    )  # fmt: skip


def _days() -> tuple[date, date]:
    """The days asked for; else those of the month that charges are shown of."""
    first, last = days_of(report.chosen_month())
    return _day("since", first), _day("until", last)


def _day(name: str, usual: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return usual


def _back(until: date, at: datetime | None) -> str:
    month = read(lambda session: ledger.accounting_month(session, until))
    return url_for("pages.finance_charges", month=month, as_of=at.isoformat() if at else None)


def _case(at: datetime | None, mine: frozenset[int] | None) -> Any:
    """Where the difference is that a line belongs to; of another's difference a ward sees no more than its own line."""
    stamp = at.isoformat() if at else None
    codes = None if mine is None else {code for code, _name in read(lambda session: department_options(session, mine))}
    return lambda row: (
        url_for("pages.finance_difference", number=row.case_id, as_of=stamp)
        if codes is None or row.case_department in codes
        else None
    )


def _scan(row: Any) -> str | None:
    """The movement of a use, in the life of its thing."""
    return f"{url_for('pages.trace', code=row.item)}#m{row.movement}" if row.movement and row.item else None


def _ties(
    listing: Listing, mine: frozenset[int] | None, at: datetime | None
) -> list[tuple[str, Decimal, str, Decimal]]:
    """What these lines come to, and what charged against used says of the same days; nothing where it says nothing."""
    said = listing.holding
    if {"side", "q"} & listing.chosen.keys():
        return []
    since, until = date.fromisoformat(said["since"]), date.fromisoformat(said["until"])

    def above(session: Session) -> Decimal:
        rows = reconciliation.tallies(session, Asked(since=since, until=until, departments=mine, at=at))
        rows = [row for row in rows if said.get("department") in (None, row.department)]
        whole, verdict = reconciliation.whole(rows), said.get("verdict")
        if verdict is None:
            return whole.difference
        if verdict == LOST:
            return whole.lost
        some = [one for one in whole.by if one == verdict or (verdict == SETTLED and one in reconciliation.SETTLED)]
        return sum((whole.by[one] for one in some), Decimal(0))

    return [(_("Sum of the lines"), _sum(listing), _("Level above"), read(above))]


def _sum(listing: Listing) -> Decimal:
    key = "lost" if listing.holding.get("verdict") == LOST else "difference"
    column = next(one for one in listing.columns if one.key == key)
    lines = listing.statement().order_by(None).subquery()
    return read(lambda session: session.scalar(func.sum(lines.c[column.key]))) or Decimal(0)
