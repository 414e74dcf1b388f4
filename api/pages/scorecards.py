"""This file is the page of scorecards: how suppliers did over some days."""

from __future__ import annotations

from datetime import date, timedelta

from flask import request
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Column, DayFrom, Listing, listed
from api.pages.payables import crumbs_of, names_of, of_supplier, payable_tabs
from api.pages.report import asked_as_of, stamped
from api.pages.supplier import today
from spd.ordering.scorecard import scorecards


@bp.get("/finance/scorecards")
def finance_scorecards() -> str | Response:
    """How suppliers did over some days: the last ninety, where none are said."""
    until = _day("until", today())
    since = _day("since", until - timedelta(days=89))
    at = asked_as_of(request.args.get("as_of", ""))
    rows = read(lambda session: scorecards(session, since, until, at))
    listing = Listing(
        name="scorecards",
        base=rows,
        columns=(
            Column("supplier", _("Code"), kind="code", href=of_supplier),
            Column("name", _("Supplier"), show=names_of(rows)),
            Column("orders", _("Orders sent"), kind="quantity", total=True),
            Column("fill_permille", _("Fill rate"), show=_rate),
            Column("lead_days", _("Lead days")),
            Column("received", _("Received"), kind="money", total=True),
            Column("returned", _("Returned"), kind="money", total=True),
            Column("returned_permille", _("Return rate"), show=_rate),
            Column("billed_lines", _("Lines invoiced"), kind="quantity", total=True),
            Column("differing_lines", _("At another price"), kind="quantity", total=True),
            Column("difference", _("Price difference"), kind="money", total=True),
        ),
        filters=(DayFrom("since", _("From")), DayFrom("until", _("Until"))),
        order="supplier",
    )
    title = _("Scorecards")
    return listed(
        listing, title=title, empty=_("Nothing was ordered, received or invoiced"),
        tabs=payable_tabs("finance_scorecards"),
        crumbs=crumbs_of(title), sub=f"{since} – {until}", template="listing_as_of.html",
        **stamped(at, since=since.isoformat(), until=until.isoformat()),
    )  # fmt: skip


def _day(name: str, default: date) -> date:
    try:
        said = date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return default
    return said if 1950 <= said.year <= 2200 else default


def _rate(permille: int) -> str:
    return f"{permille / 10:.1f} %"
