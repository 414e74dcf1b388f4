"""This file is a supplier's delivery notes: made from an order, amended until something came, their labels printed."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.fields import Text
from api.here import read, write
from api.i18n import day
from api.i18n import gettext as _
from api.pages import bp, label_files, note_rows, office
from api.pages.listing import Listing, listed
from api.pages.note_rows import Row
from api.pages.order_notes import note_columns, note_filters, told
from api.pages.scanned import named
from api.pages.supplier import crumbs, mine
from scanners import labels, own
from spd import ordering, receiving
from spd.ordering import Order
from spd.parties import Party
from spd.receiving import Announced, Delivery


class NoteForm(Schema):
    """A note as it is filled in: its numbers, and for each lot a row."""

    code = Text(load_default="", shortest=0, longest=80)
    slip_number = Text(load_default="", shortest=0, longest=80)
    maker_invoice = Text(load_default="", shortest=0, longest=80)
    between_invoices = Text(load_default="", shortest=0, longest=400)
    own_invoice = Text(load_default="", shortest=0, longest=80)
    line = fields.List(fields.String(validate=validate.Length(0, 200)), load_default=list)
    lot = fields.List(fields.String(validate=validate.Length(0, 80)), load_default=list)
    produced_on = fields.List(fields.String(validate=validate.Length(0, 10)), load_default=list)
    expires_on = fields.List(fields.String(validate=validate.Length(0, 10)), load_default=list)
    quantity = fields.List(fields.String(validate=validate.Length(0, 12)), load_default=list)
    cases = fields.List(fields.String(validate=validate.Length(0, 6)), load_default=list)
    serials = fields.List(fields.String(validate=validate.Length(0, 100_000)), load_default=list)


@bp.route("/supplier/orders/<code>/note", methods=["GET", "POST"])
def supplier_note_new(code: str) -> str | Response:
    """A note made from an order: lots, expiry, serials, cases."""
    order, lines = read(lambda session: _order(session, code))
    asked = [line for line in lines if line.open(order.over_percent)]
    form = office.filled(NoteForm) if request.method == "POST" else office.blank(note_rows.texts_of_order(order, asked))
    if form.sent and (rows := note_rows.read_rows(form)):
        with form.attempt():
            note, _known = write(
                form.occasion,
                lambda session: ordering.announce(session, _said(session, order, form, rows), suppliers=mine()),
            )
            office.tell(_("Delivery note %(code)s is announced. Print its labels.") % {"code": note.code})
            return redirect(url_for("pages.supplier_note", code=note.code))
    return _form_page(form, order, lines, None)


@bp.route("/supplier/notes/<path:code>/amend", methods=["GET", "POST"])
def supplier_note_amend(code: str) -> str | Response:
    """What a note says from now on, while nothing of it has come."""
    note, order, lines, texts = read(lambda session: _noted(session, code))
    form = office.filled(NoteForm) if request.method == "POST" else office.blank(texts)
    if form.sent and (rows := note_rows.read_rows(form)):
        form.said["code"] = note.code
        with form.attempt():
            write(
                form.occasion,
                lambda session: ordering.amend_note(session, _said(session, order, form, rows), suppliers=mine()),
            )
            office.tell(_("The note is amended. Print its labels again."))
            return redirect(url_for("pages.supplier_note", code=note.code))
    return _form_page(form, order, lines, note)


@bp.get("/supplier/notes")
def supplier_notes() -> str | Response:
    """This supplier's notes and their state."""
    listing = Listing(
        name="delivery_notes",
        base=select(Delivery.id.label("id")).where(Delivery.supplier_id.in_(mine())),
        columns=note_columns("pages.supplier_note"),
        filters=note_filters(),
        order="-announced_at",
        tie=Delivery.id,
    )
    title = _("Your delivery notes")
    return listed(listing, title=title, empty=_("No delivery notes yet"), crumbs=crumbs(title))


@bp.get("/supplier/notes/<path:code>")
def supplier_note(code: str) -> str:
    """One note and what came of it."""

    def ask(session: Session) -> str:
        note = ordering.get_note(session, code, suppliers=mine())
        way = crumbs(note.code, supplier_notes=_("Your delivery notes"))
        return render_template("note.html", crumbs=way, own=True, **told(session, note))

    return read(ask)


@bp.post("/supplier/notes/<path:code>/labels")
def supplier_labels(code: str) -> Response:
    """The note's label and one for each case, printed and counted; as a sheet ten to an A4."""

    def ask(session: Session) -> list[labels.Label]:
        return _labels(session, ordering.get_note(session, code, suppliers=mine()))

    return label_files.printed(ask, size="100x60", sheet="a4-10")


def _labels(session: Session, note: Delivery) -> list[labels.Label]:
    supplier = session.get_one(Party, note.supplier_id)
    lines = {line.id: line for line in receiving.lines_received(session, note)}
    made = [
        labels.Label(
            code=note.label, title_zh="送货单", title_en="Delivery note", name=supplier.name,
            name_en=supplier.name_en, notes=(note.code, day(note.announced_at.date())),
        )
    ]  # fmt: skip
    packages = [package for package in receiving.packages_of(session, note) if package.sscc]
    for number, package in enumerate(packages, 1):
        line = lines.get(package.delivery_line_id or 0)
        ours = own.is_own(package.sscc or "")
        made.append(
            labels.Label(
                code=package.sscc or "" if ours else f"(00){package.sscc}",
                carrier="datamatrix" if ours else "gs1-128",
                title_zh="箱", title_en="Case", name=line.name if line else supplier.name,
                name_en=line.name_en if line else supplier.name_en,
                quantity=f"{package.quantity} {line.base_unit}" if line else "", lot=package.lot,
                expires_on=package.expires_on, notes=(f"{note.code} · {number}/{len(packages)}",),
            )
        )  # fmt: skip
    return made


def _order(session: Session, code: str) -> tuple[Order, list[ordering.LineProgress]]:
    order = ordering.get_order(session, code, suppliers=mine())
    return order, ordering.lines_of(session, [order.id])[order.id]


def _noted(
    session: Session, code: str
) -> tuple[Delivery, Order | None, list[ordering.LineProgress], dict[str, Any]]:  # fmt: skip
    """A note with the order it fulfils, if one, and what stands in its form."""
    note = ordering.get_note(session, code, suppliers=mine())
    orders = ordering.orders_of(session, note)
    texts = note_rows.texts_of_note(session, note, orders)
    first = next(iter(orders.values()), None)
    if first is None:
        return note, None, [], texts
    order, lines = _order(session, first[0])
    return note, order, lines, texts


def _said(session: Session, order: Order | None, form: office.Form, rows: list[Row]) -> Announced:
    supplier_ids = {order.supplier_id} if order else set(mine())
    supplier = session.scalars(select(Party.code).where(Party.id.in_(supplier_ids)).order_by(Party.id)).first() or ""
    return note_rows.announced(form, rows, supplier)


def _form_page(
    form: office.Form, order: Order | None, lines: list[ordering.LineProgress], note: Delivery | None
) -> str:  # fmt: skip
    options = [("", "–")]
    if order is not None:
        options += [
            (f"{order.code}:{line.product}", f"#{line.line} {named(line.name, line.name_en)}") for line in lines
        ]
    rows = note_rows.rows_of(form)
    known = {value for value, _words in options}
    options += [(row.line, row.line) for row in rows if row.line and row.line not in known]
    way = (
        crumbs(_("Amend"), supplier_notes=_("Your delivery notes"))
        if note
        else crumbs(_("New delivery note"), supplier_orders=_("Your orders"))
    )
    return render_template(
        "supplier_note_form.html", form=form, order=order, lines=lines, note=note, rows=rows, options=options,
        crumbs=way,
    )  # fmt: skip
