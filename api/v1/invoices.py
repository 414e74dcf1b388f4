"""This file is /invoices: what suppliers bill, line by line, what it is matched to, and the steps of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.invoice_schemas import (
    InvoiceAsked,
    InvoiceIn,
    InvoiceMatchIn,
    InvoicesAsked,
    InvoicesOut,
    InvoiceStepIn,
    InvoiceWhole,
)
from spd import ledger
from spd.catalog import Product
from spd.parties import party_told_of
from spd.settlement import invoices
from spd.settlement.invoices import (
    Chosen,
    Invoice,
    InvoiceLineSaid,
    InvoiceSaid,
    InvoiceStep,
    MatchStatus,
)
from spd.staff import Staff

bp = Noun("invoices", "Invoices of suppliers, matched to what was received or used.")


@bp.get("")
@bp.arguments(InvoicesAsked, location="query")
@bp.response(200, InvoicesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The invoices, oldest first, and what each is matched to."""
    at = asked.get("as_of")
    seen = invoices.invoices_seen(at)

    def ask(session: Session) -> list[dict[str, Any]]:
        status = invoices.verdict_seen(session, at)
        query = seen.query.add_columns(Invoice, seen.party.code, seen.party.name, seen.state, seen.paid, status)
        query = query.where(Invoice.id > asked["after"])
        chosen = {"state": seen.state, "supplier": seen.party.code, "number": Invoice.number, "status": status}
        for name, column in chosen.items():
            if name in asked:
                query = query.where(column == asked[name])
        rows = session.execute(query.order_by(Invoice.id).limit(asked["limit"] + 1))
        return [_stood(*row[:-1]) | {"status": row[-1]} for row in rows]

    return paged("invoices", read(ask), asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(InvoiceIn)
@bp.response(201, InvoiceWhole)
def enter(said: dict[str, Any]) -> dict[str, Any]:
    """Put an invoice on record; it moves no money before it is booked. Safe to send again with the same key."""
    when = occasion(said)
    names = (
        "supplier", "number", "first_number", "delivery_note", "issued_on", "received_on", "due_on", "note",
    )  # fmt: skip
    lines = [InvoiceLineSaid(**line) for line in said["lines"]]
    asked = InvoiceSaid(occasion=when, lines=lines, **{name: said[name] for name in names})
    return write(when, lambda session: _whole(session, invoices.enter_invoice(session, asked)))


@bp.get("/<code>")
@bp.arguments(InvoiceAsked, location="query")
@bp.response(200, InvoiceWhole)
def show(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """One invoice: its lines and what they are matched to, what was done with it, its entries."""
    return read(lambda session: _whole(session, invoices.get_invoice(session, code), asked.get("as_of")))


@bp.post("/<code>/match")
@bp.arguments(InvoiceMatchIn)
@bp.response(200, InvoiceWhole)
def match(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Match lines to what was received or used: those named, or the likeliest.

    What is booked is posted at once, as another person than who entered it; a difference says why.
    """
    when = occasion(said)
    chosen = None if said["matches"] is None else [Chosen(**one) for one in said["matches"]]

    def do(session: Session) -> dict[str, Any]:
        invoice = invoices.get_invoice(session, code)
        return _whole(session, invoices.match_invoice(session, when, invoice, chosen, reason=said["reason"]))

    return write(when, do)


@bp.post("/<code>/unmatch")
@bp.arguments(InvoiceStepIn)
@bp.response(200, InvoiceWhole)
def unmatch(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Take back all matches of an invoice, which may then be matched anew.

    What is booked is posted in red, with a reason, as another person than who matched it; what is paid, only once its
    payments are reversed.
    """
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        invoice = invoices.get_invoice(session, code)
        return _whole(session, invoices.unmatch(session, when, invoice, reason=said["reason"]))

    return write(when, do)


@bp.post("/<code>/book")
@bp.arguments(InvoiceStepIn)
@bp.response(200, InvoiceWhole)
def book(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Put an invoice in the journal, as another person than who entered it; a difference says why."""
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        invoice = invoices.get_invoice(session, code)
        return _whole(session, invoices.book(session, when, invoice, reason=said["reason"]))

    return write(when, do)


@bp.post("/<code>/withdraw")
@bp.arguments(InvoiceStepIn)
@bp.response(200, InvoiceWhole)
def withdraw(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give up an invoice that is not booked."""
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        invoice = invoices.get_invoice(session, code)
        return _whole(session, invoices.withdraw_invoice(session, when, invoice, reason=said["reason"]))

    return write(when, do)


def _stood(invoice: Invoice, supplier: str, name: str, state: str, paid: Decimal) -> dict[str, Any]:
    names = (
        "id", "code", "number", "first_number", "delivery_note", "issued_on", "received_on", "due_on", "lines", "total",
        "note",
    )  # fmt: skip
    return {one: getattr(invoice, one) for one in names} | {
        "supplier": supplier, "supplier_name": name, "state": state, "paid": paid, "open": invoice.total - paid,
    }  # fmt: skip


def _whole(session: Session, invoice: Invoice, at: datetime | None = None) -> dict[str, Any]:
    stood = invoices.invoice_stood(session, invoice, at)
    query = (
        select(InvoiceStep, Staff.name)
        .join(Staff, Staff.id == InvoiceStep.staff_id)
        .where(InvoiceStep.invoice_id == invoice.id, true() if at is None else InvoiceStep.done_at <= at)
        .order_by(InvoiceStep.id)
    )
    names = ("step", "state_after", "reason", "done_at")
    steps = [{name: getattr(step, name) for name in names} | {"by": by} for step, by in session.execute(query)]
    found = invoices.statuses(session, invoice, at)
    supplier = party_told_of(session, invoice.supplier_id, at)
    return _stood(invoice, supplier.code, supplier.name, stood.state, stood.paid) | {
        "status": invoices.worst(list(found.values())),
        "items": _lines(session, invoice, found, at),
        "steps": steps,
        "entries": ledger.find_vouchers(session, "invoice", invoice.id, at=at),
        "differences": invoices.differences_lying(session, invoice, at),
    }


def _lines(
    session: Session, invoice: Invoice, found: dict[int, MatchStatus], at: datetime | None
) -> list[dict[str, Any]]:
    lines, matches = invoices.lines_of(session, invoice), invoices.matches_of(session, invoice, at)
    numbers = {line.product_id for line in lines if line.product_id is not None}
    codes: dict[int, str] = dict(session.execute(select(Product.id, Product.code).where(Product.id.in_(numbers))).all())
    names = ("line", "name", "lot", "quantity", "unit_price", "amount")
    parts = ("posting_id", "quantity", "accrued", "billed")
    return [
        {name: getattr(line, name) for name in names}
        | {
            "product": None if line.product_id is None else codes[line.product_id],
            "status": found[line.line],
            "matches": [{n: getattr(one, n) for n in parts} for one in matches if one.line_id == line.id],
        }
        for line in lines
    ]
