"""This file is the page of what an invoice is matched to: every receipt and use, and where its difference lies."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Column, Listing, listed
from api.pages.report import asked_as_of, stamped
from api.pages.scanned import named_column
from api.pages.supplier import product_columns
from api.pages.supplier_goods import event_name
from spd.catalog import Lot, products_at
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import EntryRow, Item, Movement
from spd.settlement import Statement, invoices
from spd.settlement.invoices import Invoice, InvoiceLine, InvoiceMatch


@bp.get("/finance/invoices/<code>/matches")
def finance_invoice_matches(code: str) -> str | Response:
    """Every match of an invoice that stands; each opens to its movement."""
    invoice = read(lambda session: invoices.get_invoice(session, code))
    at = asked_as_of(request.args.get("as_of", ""))
    stamp, product = at.isoformat() if at else None, products_at(at)
    query, lies = invoices.select_matches(invoice.id, at)
    listing = Listing(
        name=f"matches_{code}",
        base=query.join(product, product.id == Item.product_id).join(Lot, Lot.id == Item.lot_id),
        columns=(
            Column("line", "#", InvoiceLine.line, kind="quantity"),
            Column("day_on", _("Day"), Movement.day_on, kind="day"),
            Column("event", _("What"), EntryRow.event, show=event_name),
            *product_columns(named_column(product), product.code, product.specification),
            Column("lot", _("Lot"), Lot.code, kind="code"),
            Column("quantity", _("Quantity"), InvoiceMatch.quantity, kind="quantity", href=_hop),
            Column("accrued", _("Accrued"), InvoiceMatch.accrued, kind="money", total=True, href=_hop),
            Column("billed", _("Billed"), InvoiceMatch.billed, kind="money", total=True, href=_hop),
            Column("difference", _("Difference"), InvoiceMatch.billed - InvoiceMatch.accrued, kind="money", total=True,
                   href=_hop),
            Column("on_hand", _("of it on goods on hand"), lies["on_hand"], kind="money", total=True, href=_hop),
            Column("used", _("of it used"), lies["used"], kind="money", total=True, href=_hop),
            Column("item", _("Item"), Item.code, kind="code", href=_hop),
            Column("movement", _("Movement"), Movement.id, kind="code", href=_hop),
            Column("statement", _("Statement"), Statement.code, kind="code", href=_statement(stamp)),
        ),
        order="line",
        tie=InvoiceMatch.id,
    )  # fmt: skip
    title = _("Matched to")
    return listed(
        listing, title=f"{title} · {code}", empty=_("Nothing is matched yet"),
        crumbs=[
            (_("Invoices"), url_for("pages.finance_invoices", as_of=stamp)),
            (code, url_for("pages.finance_invoice", code=code, as_of=stamp)), (title, None),
        ],
        template="finance_listing.html", picked=False, ties=read(lambda session: _ties(session, invoice, at)),
        **stamped(at),
    )  # fmt: skip


def _hop(row: Any) -> str:
    """The movement, in the life of its thing."""
    return f"{url_for('pages.trace', code=row.item)}#m{row.movement}"


def _statement(stamp: str | None) -> Any:
    return lambda row: url_for("pages.finance_statement", code=row.statement, as_of=stamp) if row.statement else None


def _ties(session: Session, invoice: Invoice, at: datetime | None) -> list[tuple[str, Decimal, str, Decimal]]:
    """The differences of the lines, and where they lie; of an invoice that is not booked they lie nowhere yet."""
    difference = type_coerce(InvoiceMatch.billed, BigInteger) - type_coerce(InvoiceMatch.accrued, BigInteger)
    query, _lies = invoices.select_matches(invoice.id, at)
    total = session.scalar(query.add_columns(type_coerce(func.sum(difference), Scaled()))) or ZERO
    lying = sum((one.amount for one in invoices.differences_lying(session, invoice, at)), ZERO)
    booked = session.scalar(select(Invoice.id).where(Invoice.id == invoice.id, invoices.is_booked(at))) is not None
    return [(_("Differences"), total, _("where they lie"), lying)] if booked else []
