"""This file is the words of invoices and payments, and the columns of their lists."""

from __future__ import annotations

from typing import Any

from flask import url_for

from api.i18n import gettext as _
from api.pages.listing import Column
from api.pages.scanned import named_column
from spd.settlement.invoices import Invoice, InvoicesSeen

STATE_COLOURS = {"entered": "queued", "booked": "info", "paid": "ok", "withdrawn": "quiet"}
STATUS_COLOURS = {"matched": "ok", "amount": "caution", "quantity": "caution", "unmatched": "stop"}


def state_names() -> dict[str, str]:
    """How far an invoice is."""
    return {"entered": _("entered"), "booked": _("booked"), "paid": _("paid"), "withdrawn": _("withdrawn")}


def status_names() -> dict[str, str]:
    """What a line comes to against what was accrued."""
    return {
        "matched": _("matched in full"),
        "amount": _("amount difference"),
        "quantity": _("quantity difference"),
        "unmatched": _("unmatched"),
    }


def way_names() -> dict[str, str]:
    """How it is paid."""
    return {
        "bank": _("bank"),
        "quota": _("treasury account"),
        "from_ahead": _("out of what was paid ahead"),
        "insurer": _("the insurer pays directly"),
        "ahead": _("ahead of invoices"),
    }


def step_names() -> dict[str, str]:
    """What was done with it."""
    return {
        "enter": _("entered"),
        "match": _("matched to goods"),
        "unmatch": _("matches taken back"),
        "book": _("booked"),
        "pay": _("paid"),
        "unpay": _("payment reversed"),
        "withdraw": _("withdrawn"),
    }


def ages() -> list[tuple[str, str]]:
    """The classes of age, by the days up to which they go."""
    return [
        ("0", _("up to 30 days")), ("1", _("31 to 60 days")), ("2", _("61 to 90 days")), ("3", _("over 90 days")),
    ]  # fmt: skip


def invoice_columns(seen: InvoicesSeen, verdict: Any, stamp: str | None = None) -> tuple[Column, ...]:
    """The columns of a list of invoices; `verdict`: what each is matched to; `stamp`: the instant they are as of."""
    opened: Any = lambda row: url_for("pages.finance_invoice", code=row.code, as_of=stamp)  # noqa: E731
    return (
        Column("code", _("Invoice"), Invoice.code, kind="code", href=opened),
        Column("supplier", _("Supplier"), named_column(seen.party)),
        Column("number", _("Its number"), Invoice.number, kind="code"),
        Column("first_number", _("First invoice"), Invoice.first_number, kind="code"),
        Column("issued_on", _("Issued"), Invoice.issued_on, kind="day"),
        Column("due_on", _("Due"), Invoice.due_on, kind="day"),
        Column("state", _("State"), seen.state, kind="pill", show=state_names(), colour=STATE_COLOURS.get),
        Column("match", _("Match"), verdict, kind="pill", show=status_names(), colour=STATUS_COLOURS.get),
        Column("total", _("Amount"), Invoice.total, kind="money", total=True, href=opened),
        Column("paid", _("Paid"), seen.paid, kind="money", total=True, href=opened),
        Column("open", _("Unpaid"), Invoice.total - seen.paid, kind="money", total=True, href=opened),
    )  # fmt: skip
