"""This file is the pages of what is owed: by age, goods without invoice, invoices without goods, payments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import redirect, request, url_for
from marshmallow import Schema
from sqlalchemy import case, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.i18n import instant
from api.pages import bp, invoice_words, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import asked_as_of, stamped, tabs, this_month
from api.pages.scanned import named, named_column
from api.pages.supplier import today
from api.v1.invoice_schemas import Amount
from spd import accounting
from spd.core import clock
from spd.core.money import ZERO
from spd.parties import parties_at
from spd.settlement import invoices
from spd.settlement.invoices import Payable, Payment, PaymentSaid, Way

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
                href=lambda row: url_for("pages.finance_uninvoiced", q=row.supplier, booked="1", as_of=stamp),
            ),
            Column(
                "paid_ahead", _("Paid ahead"), kind="money", total=True,
                href=lambda row: url_for("pages.finance_payments", q=row.supplier, way="prepaid", as_of=stamp),
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
        listing, title=_("Payables"), empty=_("Nothing is owed"), tabs=[*tabs("finance_payables", this_month())],
        actions=[*_import_terms(), *({"text": tab["text"], "href": tab["href"]} for tab in ways)],
        sub=_("By days overdue, as of %(day)s.") % {"day": on.isoformat() if at is None else instant(at)},
        template="finance_listing.html", picked=False, ties=read(lambda session: _ties(session, rows, at)),
        **stamped(at),
    )  # fmt: skip


def _ties(session: Session, rows: Sequence[Payable], at: datetime | None) -> list[tuple[str, Decimal, str, Decimal]]:
    """What suppliers come to together, and what the accounts hold; accruals that are taken back are in the accounts."""
    names = accounting.supplier_accounts(session)
    held = accounting.held_by(session, (names.owed, names.accrued, names.paid_ahead), at=at)
    of = _("account %(code)s")
    return [
        (_("Unpaid"), sum((row.open for row in rows), ZERO), of % {"code": names.owed}, -held[names.owed]),
        (_("Not invoiced yet"), sum((row.accrued for row in rows), ZERO) + invoices.taken_back(session, at),
         of % {"code": names.accrued}, -held[names.accrued]),
        (_("Paid ahead"), sum((row.paid_ahead for row in rows), ZERO), of % {"code": names.paid_ahead},
         held[names.paid_ahead]),
    ]  # fmt: skip


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


def supplier_words(party: Any, words: str) -> Any:
    """Whether what is typed stands in a supplier's code or name; `party` is asked as `Party` is."""
    return party.code.icontains(words, autoescape=True) | party.name.icontains(words, autoescape=True)


_PREPAID = (Way.AHEAD, Way.FROM_AHEAD)


def _payment_words(party: Any, words: str) -> Any:
    return supplier_words(party, words) | Payment.code.icontains(words, autoescape=True)


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
    stamp = at.isoformat() if at else None
    party = parties_at(at)
    paid = select().select_from(Payment).join(party, party.id == Payment.supplier_id)
    listing = Listing(
        name="payments",
        base=(paid if at is None else paid.where(Payment.recorded_at <= at)).outerjoin(
            _FIRST, _FIRST.id == Payment.reverses_id
        ),
        columns=(
            Column("code", _("Supplier payment"), Payment.code, kind="code",
                   href=lambda row: url_for("pages.finance_payment", code=row.code, as_of=stamp)),
            Column("paid_on", _("Paid on"), Payment.paid_on, kind="day"),
            Column("supplier", _("Supplier"), named_column(party)),
            Column("way", _("Way"), Payment.way, show=ways),
            Column("reference", _("Reference"), Payment.reference, kind="code"),
            Column("reverses", _("Reverses"), _FIRST.code, kind="code"),
            Column("amount", _("Amount"), Payment.amount, kind="money", total=True,
                   href=lambda row: url_for("pages.finance_payment", code=row.code, as_of=stamp)),
            Column("prepaid", _("Paid ahead"), case(
                (Payment.way == Way.AHEAD, Payment.amount), (Payment.way == Way.FROM_AHEAD, -Payment.amount)
            ), kind="money", total=True, href=lambda row: url_for("pages.finance_payment", code=row.code, as_of=stamp)),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _payment_words(party, words)),
            Choice("way", _("Way"), [*ways.items(), ("prepaid", _("prepayments, and what is paid out of them"))],
                   lambda value: Payment.way.in_(_PREPAID if value == "prepaid" else (value,))),
        ),
        order="-code",
        tie=Payment.id,
    )  # fmt: skip
    return listed(
        listing, title=_("Payments"), empty=_("Nothing was paid yet"), tabs=payable_tabs("finance_payments"),
        crumbs=crumbs_of(_("Payments")), template="payments.html", form=form,
        may_pay=at is None and may_open("pages.finance_payments_ahead", person()), **stamped(at),
    )  # fmt: skip
