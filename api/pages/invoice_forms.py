"""This file is the form of an invoice: typed in from paper, one product for each row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from werkzeug.wrappers import Response

from api.fields import Text
from api.here import read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.scanned import named
from api.pages.supplier import today
from spd.parties import Party, PartyKind
from spd.settlement import invoices
from spd.settlement.invoices import InvoiceLineSaid, InvoiceSaid

_ROWS = 6
_COLUMNS = ("product", "lot", "quantity", "unit_price", "amount")


def _many(longest: int) -> Any:
    return fields.List(fields.String(validate=validate.Length(0, longest)), load_default=list)


class InvoiceForm(Schema):
    """An invoice as it is filled in."""

    supplier = Text(required=True, longest=80)
    number = Text(required=True, longest=80)
    first_number = Text(load_default="", shortest=0, longest=80)
    delivery_note = Text(load_default="", shortest=0, longest=80)
    issued_on = fields.Date(required=True)
    received_on = fields.Date(load_default=None)
    due_on = fields.Date(load_default=None)
    note = Text(load_default="", shortest=0)
    product = _many(80)
    lot = _many(80)
    quantity = _many(12)
    unit_price = _many(16)
    amount = _many(16)


@bp.route("/finance/invoices/new", methods=["GET", "POST"])
def finance_invoice_new() -> str | Response:
    """An invoice from paper."""
    form = office.filled(InvoiceForm) if request.method == "POST" else office.blank({"issued_on": today().isoformat()})
    if form.sent and (lines := _read(form)) is not None:
        with form.attempt():
            said = {name: value for name, value in form.said.items() if name not in _COLUMNS}
            asked = InvoiceSaid(occasion=form.occasion, lines=lines, **said)
            invoice = write(form.occasion, lambda session: invoices.enter_invoice(session, asked))
            office.tell(_("Invoice %(code)s is on record.") % {"code": invoice.code})
            return redirect(url_for("pages.finance_invoice", code=invoice.code))
    return render_template("invoice_form.html", form=form, rows=_rows(form), suppliers=_suppliers())


def _rows(form: office.Form) -> list[tuple[Any, ...]]:
    columns = [form.value(name, []) or [] for name in _COLUMNS]
    filled = max((len(column) for column in columns), default=0)
    padded = [list(column) + [""] * (max(_ROWS, filled) - len(column)) for column in columns]
    return list(zip(*padded, strict=True))


def _read(form: office.Form) -> list[InvoiceLineSaid] | None:
    """The lines that say something; None where one cannot be read, which is told on the form."""
    lines = []
    for row in _rows(form):
        if not any(row):
            continue
        product, lot, quantity, price, amount = row
        try:
            lines.append(
                InvoiceLineSaid(
                    product=product, lot=lot, quantity=int(quantity), unit_price=_money(price, 4),
                    amount=_money(amount, 2),
                )
            )  # fmt: skip
        except ValueError:
            form.errors["product"] = _("Line %(line)s cannot be read: whole quantities, amounts to the cent.") % {
                "line": len(lines) + 1
            }
            return None
    if not lines:
        form.errors["product"] = _("This is needed.")
        return None
    return lines


def _money(text: str, places: int) -> Decimal | None:
    """An amount; None where nothing is said. Raises: ValueError."""
    if not text:
        return None
    whole, _dot, decimals = text.removeprefix("-").partition(".")
    digits = (whole + decimals).isascii() and (whole + decimals).isdigit()
    if not digits or not whole or len(whole) > 10 or len(decimals) > places:
        raise ValueError(text)
    return Decimal(text)


def _suppliers() -> list[tuple[str, str]]:
    """Those that are retired since come last: what came from them is to be invoiced still."""
    query = select(Party).where(Party.kind == PartyKind.SUPPLIER).order_by(Party.retired, Party.code)
    return read(
        lambda session: [(p.code, f"{named(p.name, p.name_en)} ({p.code})") for p in session.scalars(query)]
    )  # fmt: skip
