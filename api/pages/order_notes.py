"""This file is the pages of delivery notes as the office reads them: all, and one with its invoices and cases."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import viewing
from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named_column
from spd import ordering, receiving
from spd.parties import Party
from spd.receiving import Delivery, DeliveryVersion

STATE_COLOURS = {"open": "info", "closed": "ok"}


def state_names() -> dict[str, str]:
    """What a note is shown as."""
    return {"open": _("awaited"), "closed": _("received")}


def state_of() -> ColumnElement[str]:
    """What a note is shown as, for a query."""
    return case((Delivery.closed_at.is_(None), "open"), else_="closed")


def invoices_of() -> ColumnElement[Any]:
    """How many invoices lie between maker and hospital: the strings of the list, counted by their quotes."""
    text = Delivery.invoice_numbers
    return (func.length(text) - func.length(func.replace(text, '"', ""))) // 2


@bp.get("/orders/notes")
def orders_notes() -> str | Response:
    """The notes that match."""
    listing = Listing(
        name="delivery_notes",
        base=select(Delivery.id.label("id")).join(Party, Party.id == Delivery.supplier_id),
        columns=(
            *note_columns("pages.orders_note"),
            Column("supplier", _("Supplier"), named_column(Party)),
        ),
        filters=(*note_filters(), Words("supplier", _("Supplier"), _of_supplier)),
        order="-announced_at",
        tie=Delivery.id,
    )
    return listed(
        listing,
        title=_("Delivery notes"),
        empty=_("No delivery notes yet"),
        crumbs=[(_("Orders"), url_for("pages.orders")), (_("Delivery notes"), None)],
    )


def note_columns(page: str) -> tuple[Column, ...]:
    """The columns of a list of notes; `page` shows one."""
    count = invoices_of()
    return (
        Column("code", _("Delivery note"), Delivery.code, kind="code", href=lambda row: url_for(page, code=row.code)),
        Column("state", _("State"), state_of(), kind="pill", show=state_names(), colour=STATE_COLOURS.get),
        Column("announced_at", _("Announced"), Delivery.announced_at, kind="instant"),
        Column("closed_at", _("Finished"), Delivery.closed_at, kind="instant"),
        Column("slip_number", _("Slip"), Delivery.slip_number, kind="code"),
        Column("invoices", _("Invoices"), count, kind="quantity"),
        Column(
            "flagged", _("Two invoices"), case((count > ordering.MOST_INVOICES, "long"), else_="ok"), kind="pill",
            show={"long": _("more than two invoices"), "ok": "–"},
            colour=lambda value: "stop" if value == "long" else "quiet",
        ),
    )  # fmt: skip


def note_filters() -> tuple[Words | Choice | DayFrom, ...]:
    """The filters of a list of notes."""
    return (
        Words("q", _("Search"), _matching),
        Choice("state", _("State"), list(state_names().items()), lambda value: state_of() == value),
        Choice(
            "chain", _("Two invoices"), [("long", _("more than two invoices"))],
            lambda _value: invoices_of() > ordering.MOST_INVOICES,
        ),
        DayFrom("from", _("Announced from"), lambda day: Delivery.announced_at >= viewing.morning(day)),
    )  # fmt: skip


def _matching(words: str) -> ColumnElement[bool]:
    columns = (Delivery.code, Delivery.slip_number, Delivery.invoice_numbers)
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def _of_supplier(words: str) -> ColumnElement[bool]:
    return or_(*(one.icontains(words, autoescape=True) for one in (Party.name, Party.name_en, Party.code)))


@bp.get("/orders/notes/<path:code>")
def orders_note(code: str) -> str:
    """One note."""

    def ask(session: Session) -> str:
        note = receiving.get_delivery(session, code)
        crumbs = [
            (_("Orders"), url_for("pages.orders")),
            (_("Delivery notes"), url_for("pages.orders_notes")),
            (note.code, None),
        ]
        return render_template("note.html", crumbs=crumbs, own=False, **told(session, note))

    return read(ask)


def told(session: Session, note: Delivery) -> dict[str, Any]:
    """What a page of one note shows."""
    lines = receiving.lines_received(session, note)
    packages = receiving.packages_of(session, note)
    versions = select(func.count()).where(DeliveryVersion.delivery_id == note.id)
    return {
        "note": note,
        "supplier": session.get_one(Party, note.supplier_id),
        "lines": lines,
        "orders": ordering.orders_of(session, note),
        "packages": packages,
        "numbers": {line.id: line.line for line in lines},
        "codes": {package.id: package.sscc for package in packages},
        "flagged": ordering.chain_flagged(note),
        "amended": session.scalar(versions) or 0,
        "touched": any(line.received for line in lines),
    }
