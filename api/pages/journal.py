"""This file is the page of vouchers: a month's journal for the general ledger, with what it must come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from api.fields import MONTH
from api.here import read
from api.i18n import gettext as _
from api.i18n import money, quantity
from api.pages import bp
from api.pages.listing import Column, Listing, Words, listed
from api.pages.report import asked_as_of, stamped, tabs, this_month
from api.pages.scanned import named
from spd import accounting


@bp.get("/finance/journal")
def finance_journal() -> str | Response:
    """A month's vouchers; the file carries their lines, and the totals stand above."""
    asked = request.args.get("month", "").strip()
    period = asked if MONTH.match(asked) else this_month()

    at = asked_as_of(request.args.get("as_of", ""))

    def ask(session: Any) -> Any:
        lines = accounting.vouchers(session, period, at=at)
        return lines, accounting.control_totals(session, period, lines)

    lines, totals = read(ask)
    names = {line.account_name: named(line.account_name, line.account_name_en) for line in lines}
    listing = Listing(
        name=f"vouchers_{period}",
        base=lines,
        columns=(
            Column("voucher", _("Voucher"), kind="code", href=_entries(period, at)),
            Column("day_on", _("Day"), kind="day"),
            Column("event", _("What"), show=event_name),
            Column("account", _("Account"), kind="code"),
            Column("account_name", _("Name"), show=names),
            Column("department", _("Department"), kind="code"),
            Column("supplier", _("Supplier"), kind="code"),
            Column("expense_item", _("Expense item"), show=expense_items()),
            Column("debit", _("Debit"), kind="money", total=True, href=_line(period, at)),
            Column("credit", _("Credit"), kind="money", total=True, href=_line(period, at)),
            Column("entries", _("Entries"), kind="quantity", href=_line(period, at)),
            Column("late", _("Late"), show=lambda late: _("late entry") if late else ""),
            Column(
                "added",
                _("Opened again"),
                show=lambda added: _("entered while the month was open again") if added else "",
            ),
        ),
        filters=(Words("month", _("Month"), default=period, type="month"),),
        order="",
        ties=[(_("Debit − credit"), totals.debit - totals.credit)],
    )
    final = (
        _("The month is closed: these numbers stay.") if totals.final else _("The month is open: it may still grow.")
    )
    told = _("%(vouchers)s vouchers, %(lines)s lines, debit %(debit)s, credit %(credit)s.") % {
        "vouchers": quantity(totals.vouchers), "lines": quantity(totals.lines), "debit": money(totals.debit),
        "credit": money(totals.credit),
    }  # fmt: skip
    return listed(
        listing, title=_("Vouchers"), sub=f"{period} · {told} {final}", empty=_("Nothing was posted in this month"),
        tabs=tabs("finance_journal", period), template="listing_as_of.html", **stamped(at), unclosed=not totals.final,
    )  # fmt: skip


def _entries(period: str, at: datetime | None) -> Callable[[Any], str]:
    """Where the entries of a voucher are."""
    return lambda row: _behind(period, at, row)


def _line(period: str, at: datetime | None) -> Callable[[Any], str]:
    """Where the postings are that a line of a voucher sums."""
    return lambda row: _behind(
        period, at, row, account=f"={row.account}", department=row.department or NONE, supplier=row.supplier or NONE,
        expense_item=row.expense_item or NONE,
    )  # fmt: skip


def _behind(period: str, at: datetime | None, row: Any, **more: str) -> str:
    until = min((one for one in (at, row.until_at) if one is not None), default=None)
    after = row.after_at.isoformat() if row.after_at else None
    stamp, day = until.isoformat() if until else None, row.day_on.isoformat()
    asked: dict[str, Any] = {"month": period, "event": row.event, "day": day, "as_of": stamp, "after": after}
    return url_for("pages.finance_entries", **(asked | more))


NONE = "–"
"""What is asked of postings that name no department, no supplier, no expense item."""


def expense_items() -> dict[str, str]:
    """What the kinds of material are called under which expense stands."""
    return {
        "instruments": _("surgical instruments"),
        "implants": _("implants"),
        "intervention": _("intervention"),
        "general": _("general supplies"),
        "dental": _("dental supplies"),
        "other": _("other supplies"),
        "blood": _("blood"),
        "oxygen": _("oxygen"),
        "radiology": _("radiology"),
        "laboratory": _("laboratory"),
    }


def event_name(event: str) -> str:
    """What an event of the journal is called."""
    undone = event.removeprefix("reverse_")  # what the journal keeps of a name is as long as it has room for
    said = next(
        (text for name, text in event_names().items() if f"reverse_{name}"[:24] == event or name == undone), undone
    )
    return said if undone == event else _("undone: %(what)s") % {"what": said}


def event_names() -> dict[str, str]:
    """What the events of the journal are called."""
    return {
        "receive_owned": _("goods received"),
        "receive_ward": _("goods received on a ward"),
        "issue_owned": _("issued to a ward"),
        "issue_title": _("title passed at the ward's signature"),
        "return_owned": _("returned to the store"),
        "use_store": _("used out of the store"),
        "use_ward": _("used on a ward"),
        "use_consigned": _("consigned goods used"),
        "return_supplier_store": _("returned to the supplier"),
        "return_supplier_ward": _("returned to the supplier"),
        "loss_store": _("lost in the store"),
        "loss_ward": _("lost on a ward"),
        "loss_consigned_store": _("consigned goods lost"),
        "loss_consigned_ward": _("consigned goods lost"),
        "gain_store": _("found in the store"),
        "gain_ward": _("found on a ward"),
        "donation_store": _("gift taken"),
        "donation_ward": _("gift taken"),
        "opening_store": _("opening stock"),
        "opening_ward": _("opening stock"),
        "invoice": _("invoice booked"),
        "invoice_matched": _("invoice matched"),
        "invoice_unmatched": _("matches of an invoice taken back"),
        "accrual_red": _("accrual taken back in red"),
        "accrual_back": _("accruals taken back on the first day"),
        "accrual_again": _("accrued again at the month's end"),
        "loss_charged_store": _("lost in the store, owed by a person"),
        "loss_charged_ward": _("lost on a ward, owed by a person"),
        "variance_released": _("price difference of goods used since"),
        "pay_bank": _("paid by bank"),
        "pay_quota": _("paid out of the treasury account"),
        "pay_ahead": _("paid ahead"),
        "pay_from_ahead": _("paid out of a prepayment"),
        "pay_insurer": _("paid by the insurer"),
    }
