"""This file is the pages of what is owed through a month: statements still to be made, and what is on no invoice."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.fields import MONTH
from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Column, Listing, Words, listed
from api.pages.payables import names_of
from api.pages.report import stamped, tabs, this_month
from spd import accounting, settlement
from spd.core.money import ZERO


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


@bp.get("/finance/accruals")
def finance_accruals() -> str | Response:
    """Suppliers that are owed something without an invoice at the end of a month; each opens to its postings."""
    asked = request.args.get("month", "").strip()
    month = asked if MONTH.fullmatch(asked) else this_month()

    def ask(session: Session) -> Any:
        held = {row.account: row.closing for row in accounting.trial_balance(session, month, month)}
        accounts = sorted(accounting.accrued_accounts(session))
        rows = accounting.accrued_at_end(session, month)
        return rows, accounts, -sum((held.get(one, ZERO) for one in accounts), ZERO)

    rows, accounts, held = read(ask)
    of, very = ",".join(accounts), ",".join(f"={one}" for one in accounts)

    def entries(row: Any) -> str:
        return url_for("pages.finance_entries", since=row.since, month=month, account=very, supplier=row.supplier)

    listing = Listing(
        name=f"accruals_{month}",
        base=rows,
        columns=(
            Column("supplier", _("Code"), kind="code", href=entries),
            Column("name", _("Supplier"), show=names_of(rows)),
            Column("lines", _("Lines"), kind="quantity", total=True, href=entries),
            Column("amount", _("Amount"), kind="money", total=True, href=entries),
        ),
        filters=(Words("month", _("Through month"), default=month, type="month"),),
        order="-amount",
    )
    title = _("Owed without an invoice (accrued)")
    total = sum((row.amount for row in rows), ZERO)
    return listed(
        listing, title=title, empty=_("Nothing is owed without an invoice"), tabs=tabs("closing", month),
        sub=_("Through %(month)s") % {"month": month}, template="finance_listing.html", picked=False,
        ties=[(_("Suppliers"), total, _("account %(code)s") % {"code": of}, held)],
        crumbs=[(_("Closing of months"), url_for("pages.closing")),
                (month, url_for("pages.closing_month", period=month)), (title, None)],
        actions=[{"text": _("Goods without invoice"), "href": url_for("pages.finance_uninvoiced", booked="1")}],
        **stamped(None),
    )  # fmt: skip
