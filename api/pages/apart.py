"""This file is the pages of goods and invoices that came apart: goods without invoice, invoices without goods."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, and_, true
from werkzeug.wrappers import Response

from api.here import read, settings
from api.i18n import gettext as _
from api.pages import bp, invoice_words
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.payables import crumbs_of, payable_tabs, supplier_words
from api.pages.report import asked_as_of, stamped
from api.pages.scanned import named_column
from api.pages.supplier import product_columns, today
from api.pages.supplier_goods import event_name
from spd.core import clock
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.settlement import Statement, invoices, nowhere
from spd.settlement.invoices import BUCKETS, Invoice, InvoiceLine


@bp.get("/finance/uninvoiced")
def finance_uninvoiced() -> str | Response:
    """Receipts and uses that no invoice has come for."""
    at = asked_as_of(request.args.get("as_of", ""))
    of_journal = at is not None or "booked" in request.args  # what is matched to an invoice that is not booked is owed
    goods = read(
        lambda session: invoices.accrued_still(session, at) if of_journal else invoices.goods_without_invoice(session)
    )
    on = today() if at is None else clock.day_of(at, settings().zone)
    age, days = _age(Movement.day_on, on), _days(on)
    listing = Listing(
        name="goods_without_invoice",
        base=goods.query,
        columns=(
            Column("day_on", _("Day"), Movement.day_on, kind="day"),
            Column("age", _("Days"), Movement.day_on, show=days, sortable=False, numeral=True),
            Column("supplier", _("Supplier"), named_column(goods.party)),
            Column("event", _("What"), EntryRow.event, show=event_name),
            *product_columns(named_column(goods.product), goods.product.code, goods.product.specification),
            Column("quantity", _("Quantity"), goods.quantity, kind="quantity", href=_life),
            Column("amount", _("Amount"), goods.amount, kind="money", total=True, href=_life),
            Column("item", _("Item"), Item.code, kind="code", href=_life),
            Column("statement", _("Statement"), Statement.code, kind="code", href=_statement(at)),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _supplier_or_product(goods, words)),
            Choice("age", _("Age"), invoice_words.ages(), age),
            Choice(
                "statement",
                _("Statement"),
                [("none", _("on none, and not invoiced in full"))],
                lambda _value: nowhere(at),
            ),
            Words("through", _("Through month"), lambda month: Posting.period <= month, type="month"),
        ),
        order="day_on",
        tie=Posting.id,
    )
    title = _("Goods without invoice")
    return listed(
        listing, title=title, sub=_("On no booked invoice") if of_journal else _("Matched to no invoice"),
        empty=_("Every receipt and use is invoiced"), tabs=payable_tabs("finance_uninvoiced"),
        crumbs=crumbs_of(title), template="listing_as_of.html", **stamped(at),
    )  # fmt: skip


@bp.get("/finance/undelivered")
def finance_undelivered() -> str | Response:
    """Lines of invoices whose goods have not come."""
    at = asked_as_of(request.args.get("as_of", ""))
    query, left, party = invoices.invoice_without_goods(at, entered=at is None)
    on = today() if at is None else clock.day_of(at, settings().zone)
    age, days = _age(Invoice.issued_on, on), _days(on)
    listing = Listing(
        name="invoices_without_goods",
        base=query,
        columns=(
            Column("issued_on", _("Issued"), Invoice.issued_on, kind="day"),
            Column("age", _("Days"), Invoice.issued_on, show=days, sortable=False, numeral=True),
            Column("code", _("Invoice"), Invoice.code, kind="code", href=_invoice(at)),
            Column("supplier", _("Supplier"), named_column(party)),
            Column("line", "#", InvoiceLine.line, kind="quantity"),
            Column("name", _("Product"), InvoiceLine.name),
            Column("amount", _("Amount"), InvoiceLine.amount, kind="money", href=_invoice(at)),
            Column("left", _("Without goods"), left, kind="money", total=True, href=_invoice(at)),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _supplier_or_line(party, words)),
            Choice("age", _("Age"), invoice_words.ages(), age),
            Choice("state", _("State"), [("booked", _("in the journal")), ("all", _("entered too"))],
                   lambda value: true() if value == "all" else invoices.is_booked(at), default="booked"),
            DayFrom("until", _("Came in until"), lambda day: Invoice.received_on <= day),
        ),
        order="issued_on",
        tie=InvoiceLine.id,
    )  # fmt: skip
    title = _("Invoices without goods")
    return listed(
        listing, title=title, empty=_("Everything invoiced has come"), tabs=payable_tabs("finance_undelivered"),
        crumbs=crumbs_of(title), template="listing_as_of.html", **stamped(at),
    )  # fmt: skip


def _life(row: Any) -> str:
    return url_for("pages.trace", code=row.item)


def _invoice(at: datetime | None) -> Callable[[Any], str]:
    stamp = at.isoformat() if at else None
    return lambda row: url_for("pages.finance_invoice", code=row.code, as_of=stamp)


def _statement(at: datetime | None) -> Callable[[Any], str | None]:
    stamp = at.isoformat() if at else None
    return lambda row: url_for("pages.finance_statement", code=row.statement, as_of=stamp) if row.statement else None


def _days(on: date) -> Any:
    return lambda day: str((on - day).days)


def _age(column: Any, on: date) -> Any:
    """The condition of a class of age: how many days before a day."""

    def where(value: str) -> ColumnElement[bool]:
        at = int(value)
        bounds = []
        if at < len(BUCKETS):
            bounds.append(column >= on - timedelta(days=BUCKETS[at]))
        if at:
            bounds.append(column < on - timedelta(days=BUCKETS[at - 1]))
        return and_(*bounds)

    return where


def _supplier_or_line(party: Any, words: str) -> Any:
    return supplier_words(party, words) | InvoiceLine.name.icontains(words, autoescape=True)


def _supplier_or_product(goods: invoices.Uninvoiced, words: str) -> Any:
    code, name = goods.product.code, goods.product.name
    found = code.icontains(words, autoescape=True) | name.icontains(words, autoescape=True)
    return supplier_words(goods.party, words) | found
