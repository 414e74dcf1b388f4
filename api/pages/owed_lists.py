"""This file is the page of what statements are still to be made or approved of, through a month."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from api.fields import MONTH
from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Column, Listing, Words, listed
from api.pages.payables import names_of
from api.pages.report import tabs, this_month
from spd import settlement


@bp.get("/finance/statements/owed")
def finance_statements_owed() -> str | Response:
    """Drafts that nobody has approved, and suppliers that are owed something that is on no statement."""
    asked = request.args.get("month", "").strip()
    month = asked if MONTH.fullmatch(asked) else this_month()
    rows = read(lambda session: settlement.unstated(session, month))
    opened = _behind(month)
    listing = Listing(
        name=f"statements_to_make_{month}",
        base=rows,
        columns=(
            Column("supplier", _("Code"), kind="code", href=opened),
            Column("name", _("Supplier"), show=names_of(rows)),
            Column("statement", _("Draft to be approved"), kind="code", href=opened),
            Column("lines", _("Lines"), kind="quantity", total=True, href=opened),
            Column("amount", _("Amount"), kind="money", total=True, href=opened),
        ),
        filters=(Words("month", _("Through month"), default=month, type="month"),),
        order="supplier",
    )
    title = _("Statements to make")
    return listed(
        listing, title=title, empty=_("All that is owed is on an approved statement"),
        tabs=tabs("finance_statements", month), sub=_("Through %(month)s") % {"month": month},
        hint=_("Drafts wait for a colleague; of what is on no statement, draft one."),
        crumbs=[(_("Supplier statements"), url_for("pages.finance_statements")), (title, None)],
    )  # fmt: skip


def _behind(month: str) -> Any:
    """The draft; where there is none, the receipts and uses that one would be of."""
    return lambda row: (
        url_for("pages.finance_statement", code=row.statement)
        if row.statement
        else url_for("pages.finance_uninvoiced", q=row.supplier, statement="none", through=month)
    )
