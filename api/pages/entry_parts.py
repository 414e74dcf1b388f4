"""This file is the page of what a line of the journal is the sum of, where no movement stands behind its entry."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.i18n import money
from api.pages import bp
from api.pages.entries import document_href, thing_href
from api.pages.journal import event_name
from api.pages.listing import Column, Listing, listed
from api.pages.report import stamped, tabs
from api.pages.scanned import named_column
from spd.catalog import Product
from spd.ledger import DocumentEntry, EntryRow, Posting
from spd.settlement.parts import MadeOf, Parts, parts_of


@bp.get("/finance/entries/lines/<int:number>")
def finance_parts(number: int) -> str | Response:
    """The receipts, differences or turns that a line is the sum of; what they come to is held against it."""

    def ask(session: Session) -> Any:
        line = session.get(Posting, number)
        parts = parts_of(session, line) if line is not None else None
        if line is None or parts is None:
            abort(404)
        entry = session.get_one(EntryRow, line.entry_id)
        document = session.get_one(DocumentEntry, entry.document_entry_id).document
        return line, entry, document, parts, parts.total(session)

    line, entry, document, parts, total = read(ask)
    listing = Listing(
        name=f"parts_{number}", base=parts.query, columns=(*_columns(parts), _amount(parts)),
        order="day_on", tie=parts.key,
    )  # fmt: skip
    title = _("What it is the sum of")
    said = {
        "entry": entry.id, "document": document, "event": event_name(entry.event), "account": line.account,
        "amount": money(line.amount),
    }  # fmt: skip
    told = _("Entry %(entry)s · %(document)s · %(event)s · account %(account)s: %(amount)s.")
    back = url_for("pages.finance_entries", month=line.period, entry=entry.id)
    return listed(
        listing, title=title, tabs=tabs("finance_balances", line.period), empty=_("It has no parts"),
        sub=" ".join((told % said, _hint(parts.made_of))), template="finance_listing.html", picked=False,
        ties=[(_("Amount of the line"), line.amount, _("its parts"), total)],
        crumbs=[(_("Balances of accounts"), url_for("pages.finance_balances", month=line.period)),
                (_("Journal entries"), back), (title, None)],
        **stamped(None),
    )  # fmt: skip


def _hint(made_of: MadeOf) -> str:
    return {
        MadeOf.DIFFERENCES: _(
            "Each is a share of the price difference of one match: of goods used since it was posted, or come back. "
            "The line of goods on hand is the sum of all shares."
        ),
        MadeOf.GOODS: _("What was accrued of goods by the end of the month, less what was on booked invoices then."),
        MadeOf.LOSSES: _("What the losses cost that a person owes; below zero what of them has turned up again."),
        MadeOf.TURNS: _("What was taken back on the first day, and what of it invoices have booked since."),
    }[made_of]


def _columns(parts: Parts) -> list[Column]:
    of = parts.of
    first = [Column("day_on", _("Day"), of["day_on"], kind="day"), Column("event", _("What"), of["event"],
                                                                            show=event_name)]  # fmt: skip
    supplier = Column("supplier", _("Supplier"), of["supplier"], kind="code")
    if parts.made_of is MadeOf.TURNS:
        return [
            *first,
            Column("document", _("Document"), of["document"], kind="code", href=_turned),
            Column("period", _("Month"), of["period"], kind="code"),
            Column("kind", _("Kind"), of["kind"], show={"invoice": _("invoice"), "accrual": _("accrual")}),
            supplier,
        ]
    goods = [
        Column("item", _("Item"), of["item"], kind="code", href=thing_href),
        Column("product", _("Product"), named_column(Product)),
        supplier,
    ]
    quantity = Column("quantity", _("Quantity"), of["quantity"], kind="quantity", href=thing_href)
    if parts.made_of is MadeOf.DIFFERENCES:
        invoice = Column("document", _("Invoice"), of["document"], kind="code", href=_invoice)
        line = Column("line", _("Line"), of["line"], kind="quantity")
        matched = Column("quantity", _("Quantity matched"), of["quantity"], kind="quantity", href=thing_href)
        return [*first, *goods, invoice, line, matched]
    if parts.made_of is MadeOf.LOSSES:
        return [*first, *goods, quantity]
    return [*first, *goods, quantity, Column("accrued", _("Accrued"), of["accrued"], kind="money", href=thing_href)]


def _amount(parts: Parts) -> Column:
    href = {MadeOf.TURNS: _turned, MadeOf.DIFFERENCES: _invoice}.get(parts.made_of, thing_href)
    return Column("amount", _("Debit +, credit −"), parts.of["amount"], kind="money", total=True, href=href)


def _invoice(row: Any) -> str | None:
    return document_href("invoice", row.document)


def _turned(row: Any) -> str | None:
    """The invoice; of what was taken back, its entry."""
    if row.kind == "invoice":
        return _invoice(row)
    return url_for("pages.finance_entries", month=row.period, q=row.document, event=row.event)
