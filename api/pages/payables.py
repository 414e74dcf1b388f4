"""This file is the pages of what is owed: by age, goods without invoice, invoices without goods, payments."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask import redirect, request, url_for
from marshmallow import Schema
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.i18n import instant
from api.pages import bp, invoice_words, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import asked_as_of, stamped, tabs
from api.pages.scanned import named, named_column
from api.pages.supplier import product_columns, today
from api.pages.supplier_goods import event_name
from api.v1.invoice_schemas import Amount
from spd.catalog import Product
from spd.core import clock
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.settlement import Statement, invoices
from spd.settlement.invoices import BUCKETS, Invoice, InvoiceLine, Payment, PaymentSaid, Way

_FIRST = aliased(Payment)


class AheadForm(Schema):
    """A payment ahead of invoices."""

    supplier = Text(required=True, longest=80)
    amount = Amount(required=True)
    reference = Text(required=True, longest=80)


def payable_tabs(here: str) -> list[dict[str, Any]]:
    """The lists of what is owed, and the one shown."""
    ways = [
        ("finance_payables", _("By supplier")),
        ("finance_uninvoiced", _("Goods without invoice")),
        ("finance_undelivered", _("Invoices without goods")),
        ("finance_payments", _("Payments")),
        ("finance_scorecards", _("Scorecards")),
    ]
    return [
        {"text": text, "href": url_for(f"pages.{name}"), "current": name == here}
        for name, text in ways
        if may_open(f"pages.{name}", person())
    ]


def crumbs_of(title: str) -> list[tuple[str, str | None]]:
    """The way back to what is owed."""
    return [(_("Payables"), url_for("pages.finance_payables")), (title, None)]


@bp.get("/finance/payables")
def finance_payables() -> str | Response:
    """What each supplier is owed, by how long it is overdue."""
    at = asked_as_of(request.args.get("as_of", ""))
    on = today() if at is None else clock.day_of(at, settings().zone)
    rows = read(lambda session: invoices.aged_payables(session, on, at))
    stamp = at.isoformat() if at else None
    listing = Listing(
        name="payables",
        base=rows,
        columns=(
            Column("supplier", _("Code"), kind="code", href=of_supplier),
            Column("name", _("Supplier"), show=names_of(rows)),
            Column("open", _("Unpaid"), kind="money", total=True, href=_booked(at)),
            Column("not_due", _("Not due"), kind="money", total=True, href=_booked(at, "no")),
            Column("to_30", _("up to 30 days"), kind="money", total=True, href=_booked(at, "0")),
            Column("to_60", _("31 to 60 days"), kind="money", total=True, href=_booked(at, "1")),
            Column("to_90", _("61 to 90 days"), kind="money", total=True, href=_booked(at, "2")),
            Column("over_90", _("over 90 days"), kind="money", total=True, href=_booked(at, "3")),
            Column(
                "accrued", _("Not invoiced yet"), kind="money", total=True,
                href=lambda row: url_for("pages.finance_uninvoiced", q=row.supplier, as_of=stamp),
            ),
            Column(
                "paid_ahead", _("Paid ahead"), kind="money", total=True,
                href=lambda row: url_for("pages.finance_payments", q=row.supplier, way="ahead", as_of=stamp),
            ),
            Column("terms", _("Days agreed"), kind="quantity", href=_terms),
            Column(
                "payment_days", _("Payment days"), kind="quantity",
                href=lambda row: url_for("pages.finance_payments", q=row.supplier, as_of=stamp),
            ),
        ),
        order="-open",
    )  # fmt: skip
    ways = payable_tabs("finance_payables")[1:]
    return listed(
        listing, title=_("Payables"), empty=_("Nothing is owed"), tabs=[*tabs("finance_payables", f"{on:%Y-%m}")],
        actions=[*_import_terms(), *({"text": tab["text"], "href": tab["href"]} for tab in ways)],
        sub=_("By days overdue, as of %(day)s.") % {"day": on.isoformat() if at is None else instant(at)},
        template="listing_as_of.html", **stamped(at),
    )  # fmt: skip


def _import_terms() -> list[dict[str, Any]]:
    if not may_open("pages.imports_new", person()):
        return []
    return [{"text": _("Import payment terms"), "href": url_for("pages.imports_new", kind="supplier-terms")}]


def _booked(at: datetime | None, overdue: str | None = None) -> Any:
    """Where the invoices are that are owed for, as they are or stood at an instant."""
    stamp = at.isoformat() if at else None
    return lambda row: url_for(
        "pages.finance_invoices", q=row.supplier, state="booked", overdue=overdue, as_of=stamp
    )  # fmt: skip


def _terms(row: Any) -> str:
    return url_for("pages.party", code=row.supplier)


def of_supplier(row: Any) -> str:
    """Where a supplier's invoices are."""
    return url_for("pages.finance_invoices", q=row.supplier)


def names_of(rows: Any) -> dict[str, str]:
    """Suppliers as they are called in the language of the reader."""
    return {row.name: named(row.name, row.name_en) for row in rows}


@bp.get("/finance/uninvoiced")
def finance_uninvoiced() -> str | Response:
    """Receipts and uses that no invoice has come for."""
    at = asked_as_of(request.args.get("as_of", ""))
    goods = read(invoices.goods_without_invoice if at is None else lambda session: invoices.accrued_still(session, at))
    on = today() if at is None else clock.day_of(at, settings().zone)
    age, days = _age(Movement.day_on, on), _days(on)
    listing = Listing(
        name="goods_without_invoice",
        base=goods.query,
        columns=(
            Column("day_on", _("Day"), Movement.day_on, kind="day"),
            Column("age", _("Days"), Movement.day_on, show=days, sortable=False),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("event", _("What"), EntryRow.event, show=event_name),
            *product_columns(named_column(Product), Product.code, Product.specification),
            Column("item", _("Item"), Item.code, kind="code", href=_life),
            Column("statement", _("Statement"), Statement.code, kind="code", href=_statement),
            Column("quantity", _("Quantity"), goods.quantity, kind="quantity", href=_life),
            Column("amount", _("Amount"), goods.amount, kind="money", total=True, href=_life),
        ),
        filters=(Words("q", _("Search"), _supplier_or_product), Choice("age", _("Age"), invoice_words.ages(), age)),
        order="day_on",
        tie=Posting.id,
    )
    title = _("Goods without invoice")
    return listed(
        listing, title=title, empty=_("Every receipt and use is invoiced"), tabs=payable_tabs("finance_uninvoiced"),
        crumbs=crumbs_of(title), template="listing_as_of.html", **stamped(at),
    )  # fmt: skip


@bp.get("/finance/undelivered")
def finance_undelivered() -> str | Response:
    """Lines of invoices whose goods have not come."""
    at = asked_as_of(request.args.get("as_of", ""))
    query, left = invoices.invoice_without_goods(at)
    on = today() if at is None else clock.day_of(at, settings().zone)
    age, days = _age(Invoice.issued_on, on), _days(on)
    listing = Listing(
        name="invoices_without_goods",
        base=query,
        columns=(
            Column("issued_on", _("Issued"), Invoice.issued_on, kind="day"),
            Column("age", _("Days"), Invoice.issued_on, show=days, sortable=False),
            Column("code", _("Invoice"), Invoice.code, kind="code", href=_invoice),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("line", "#", InvoiceLine.line, kind="quantity"),
            Column("name", _("Product"), InvoiceLine.name),
            Column("amount", _("Amount"), InvoiceLine.amount, kind="money", href=_invoice),
            Column("left", _("Without goods"), left, kind="money", total=True, href=_invoice),
        ),
        filters=(
            Words("q", _("Search"), _supplier_or_line),
            Choice("age", _("Age"), invoice_words.ages(), age),
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


def _invoice(row: Any) -> str:
    return url_for("pages.finance_invoice", code=row.code)


def _statement(row: Any) -> str | None:
    return url_for("pages.finance_statement", code=row.statement) if row.statement else None


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


def _supplier(words: str) -> Any:
    return Party.code.icontains(words, autoescape=True) | Party.name.icontains(words, autoescape=True)


def _supplier_or_line(words: str) -> Any:
    return _supplier(words) | InvoiceLine.name.icontains(words, autoescape=True)


def _supplier_or_product(words: str) -> Any:
    product = Product.code.icontains(words, autoescape=True) | Product.name.icontains(words, autoescape=True)
    return _supplier(words) | product


@bp.get("/finance/payments")
def finance_payments() -> str | Response:
    """What was paid."""
    return _payments(office.blank())


@bp.post("/finance/payments")
def finance_payments_ahead() -> str | Response:
    """A supplier is paid ahead of its invoices."""
    form = office.filled(AheadForm)
    if form.sent:
        with form.attempt():
            said = PaymentSaid(occasion=form.occasion, way=Way.AHEAD, **form.said)
            write(form.occasion, lambda session: invoices.pay(session, said))
            office.tell(_("The payment is posted."))
            return redirect(url_for("pages.finance_payments"))
    return _payments(form)


def _payments(form: office.Form) -> str | Response:
    ways, at = invoice_words.way_names(), asked_as_of(request.args.get("as_of", ""))
    paid = select().select_from(Payment).join(Party, Party.id == Payment.supplier_id)
    listing = Listing(
        name="payments",
        base=(paid if at is None else paid.where(Payment.recorded_at <= at)).outerjoin(
            _FIRST, _FIRST.id == Payment.reverses_id
        ),
        columns=(
            Column("code", _("Supplier payment"), Payment.code, kind="code",
                   href=lambda row: url_for("pages.finance_payment", code=row.code)),
            Column("paid_on", _("Paid on"), Payment.paid_on, kind="day"),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("way", _("Way"), Payment.way, show=ways),
            Column("reference", _("Reference"), Payment.reference, kind="code"),
            Column("reverses", _("Reverses"), _FIRST.code, kind="code"),
            Column("amount", _("Amount"), Payment.amount, kind="money", total=True,
                   href=lambda row: url_for("pages.finance_payment", code=row.code)),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _supplier(words) | Payment.code.icontains(words, autoescape=True)),
            Choice("way", _("Way"), list(ways.items()), lambda value: Payment.way == value),
        ),
        order="-code",
        tie=Payment.id,
    )  # fmt: skip
    return listed(
        listing, title=_("Payments"), empty=_("Nothing was paid yet"), tabs=payable_tabs("finance_payments"),
        crumbs=crumbs_of(_("Payments")), template="payments.html", form=form,
        may_pay=at is None and may_open("pages.finance_payments_ahead", person()), **stamped(at),
    )  # fmt: skip
