"""This file is the lists of the bay: pieces put aside, goods held for inspection, each with what may be done about it;
and thousands of codes taken in at once."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import background, viewing
from api.fields import Text
from api.here import read, settings, write
from api.i18n import gettext as _
from api.pages import asides, bay, bp, office
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, anywhere, listed
from api.pages.scanned import named_column
from api.v1 import inspections
from api.v1.receiving_exceptions import arrived_again, resolved, taken_in
from spd import receiving
from spd.catalog import Product
from spd.core import clock
from spd.jobs.receipts import RECEIVE
from spd.ledger import Item
from spd.parties import Party
from spd.places import Location
from spd.receiving import Delivery, DeliveryPackage, Inspection, InspectionResult, ReceivingException, Resolution

WAITS = "waits"


class AsideForm(Schema):
    """What becomes of a piece put aside."""

    resolution = fields.String(required=True, validate=validate.OneOf([one.value for one in Resolution]))
    delivery = Text(load_default="")
    lot = Text(load_default=None, longest=80)
    expires_on = fields.Date(load_default=None)
    note = fields.String(load_default="", validate=validate.Length(0, 200))


class DecisionForm(Schema):
    """What is decided of something held."""

    decision = fields.String(required=True, validate=validate.OneOf(["accept", "refuse"]))
    note = fields.String(load_default="", validate=validate.Length(0, 200))


class ManyForm(Schema):
    """A list of codes, or the note's own cases."""

    source = fields.String(required=True, validate=validate.OneOf(["list", "cases"]))
    location = Text(required=True)
    codes = fields.String(load_default="", validate=validate.Length(0, 5_000_000))
    product = Text(load_default="")
    lot = Text(load_default="", longest=80)
    expires_on = fields.Date(load_default=None)


@bp.get("/receiving/aside")
def receive_aside() -> str | Response:
    """Every piece put aside."""
    kinds, name = asides.kind_names(), named_column(Product)
    base = (
        select(ReceivingException.id.label("id"))
        .join(Delivery, Delivery.id == ReceivingException.delivery_id)
        .join(Party, Party.id == Delivery.supplier_id)
        .outerjoin(Product, Product.id == ReceivingException.product_id)
    )
    state = ReceivingException.resolution
    listing = Listing(
        name="put-aside",
        base=base,
        columns=(
            Column("said_at", _("Since"), ReceivingException.said_at, kind="instant", href=_aside_page),
            Column("kind", _("Why"), ReceivingException.kind, kind="pill", show=kinds, colour=lambda _row: "caution"),
            Column("product", _("Product"), name),
            Column("lot", _("Lot"), ReceivingException.lot, kind="code"),
            Column("quantity", _("Quantity"), ReceivingException.quantity, kind="quantity"),
            Column("note", _("Delivery note"), Delivery.code, kind="code"),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("resolution", _("What became of it"), state, show=resolution_names()),
        ),
        filters=(
            Words("q", _("Search"), anywhere(
                Delivery.code, Product.name, Product.name_en, Product.code, ReceivingException.lot, Party.name,
                Party.name_en,
            )),
            Choice("kind", _("Why"), list(kinds.items()), lambda value: ReceivingException.kind == value),
            Choice("state", _("State"), _states(), lambda value: state == "" if value == WAITS else state != ""),
            DayFrom("since", _("Since"), lambda day: ReceivingException.said_at >= viewing.morning(day)),
        ),
        order="-said_at",
        tie=ReceivingException.id,
    )  # fmt: skip
    return listed(listing, title=_("Put aside at the bay"), empty=_("Nothing is put aside"), crumbs=_crumbs())


def _aside_page(row: Any) -> str:
    return url_for("pages.receive_aside_one", number=row.id)


def _states() -> list[tuple[str, str]]:
    return [(WAITS, _("waits")), ("done", _("done"))]


def _crumbs() -> list[tuple[str, str | None]]:
    return [(_("Receive"), url_for("pages.receive"))]


def resolution_names() -> dict[str, str]:
    """What can become of a piece put aside."""
    return {
        "": _("waits"),
        Resolution.RETURNED.value: _("went back to the supplier"),
        Resolution.JOINED.value: _("received on another note"),
        Resolution.ADDED.value: _("received on this note"),
        Resolution.MISTAKE.value: _("scanned by mistake"),
    }


@bp.route("/receiving/aside/<int:number>", methods=["GET", "POST"])
def receive_aside_one(number: int) -> str | Response:
    """One piece put aside, and what becomes of it."""
    form = office.filled(AsideForm) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            _resolve(form, number)
            office.tell(_("It is on record."))
            return redirect(url_for("pages.receive_aside"))
    return read(lambda session: _aside_shown(session, number, form))


def _resolve(form: office.Form, number: int) -> None:
    said = form.said
    resolution = Resolution(said["resolution"])
    if resolution in (Resolution.RETURNED, Resolution.MISTAKE):
        write(
            form.occasion,
            lambda session: resolved(session, form.occasion, number, resolution, said["note"]).id,
        )
        return
    taken = receiving.TakenIn(
        occasion=form.occasion,
        number=number,
        arrived=arrived_again(number, lot=said["lot"], expires_on=said["expires_on"]),
        delivery=said["delivery"] if resolution is Resolution.JOINED else "",
    )
    write(form.occasion, lambda session: taken_in(session, taken))


def _aside_shown(session: Session, number: int, form: office.Form) -> str:
    row = session.get(ReceivingException, number)
    if row is None:
        raise receiving.UnknownAside(number=number)
    note = session.get_one(Delivery, row.delivery_id)
    others = (
        select(Delivery.code)
        .where(Delivery.supplier_id == note.supplier_id, Delivery.closed_at.is_(None), Delivery.id != note.id)
        .order_by(Delivery.id)
    )
    return render_template(
        "receive_aside_one.html",
        one=row,
        scan=row.scan.decode("utf-8", "replace"),
        product=session.get(Product, row.product_id) if row.product_id else None,
        note=note,
        supplier=session.get_one(Party, note.supplier_id),
        other=session.get(Delivery, row.other_delivery_id) if row.other_delivery_id else None,
        others=list(session.scalars(others.limit(50))),
        form=form,
        kinds=asides.kind_names(),
        resolutions=resolution_names(),
    )


@bp.get("/receiving/held")
def receive_held() -> str | Response:
    """Everything inspected: what is held, and what was decided."""
    findings, results = asides.finding_names(), asides.result_names()
    base = (
        select(Inspection.id.label("id"))
        .join(Delivery, Delivery.id == Inspection.delivery_id)
        .join(receiving.DeliveryLine, receiving.DeliveryLine.id == Inspection.delivery_line_id)
        .join(Product, Product.id == receiving.DeliveryLine.product_id)
        .outerjoin(Item, Item.id == Inspection.item_id)
    )
    listing = Listing(
        name="inspections",
        base=base,
        columns=(
            Column("at", _("Since"), Inspection.inspected_at, kind="instant", href=_held_page),
            Column(
                "result", _("Result"), Inspection.result, kind="pill", show=results, colour=asides.RESULT_COLOURS.get
            ),
            Column("reason", _("Finding"), Inspection.reason, show=findings),
            Column("remark", _("Remark"), Inspection.note),
            Column("product", _("Product"), named_column(Product)),
            Column("item", _("Item"), Item.code, kind="code"),
            Column("quantity", _("Quantity"), Item.quantity, kind="quantity"),
            Column("note", _("Delivery note"), Delivery.code, kind="code"),
        ),
        filters=(
            Words("q", _("Search"), anywhere(Product.name, Product.name_en, Product.code, Item.code, Inspection.note)),
            Words("delivery", _("Delivery note"), anywhere(Delivery.code)),
            Choice("result", _("Result"), list(results.items()), lambda value: Inspection.result == value),
            Choice("reason", _("Finding"), list(findings.items()), lambda value: Inspection.reason == value),
        ),
        order="-at",
        tie=Inspection.id,
    )
    return listed(listing, title=_("Inspections"), empty=_("Nothing was inspected yet"), crumbs=_crumbs())


def _held_page(row: Any) -> str:
    return url_for("pages.receive_held_one", number=row.id)


@bp.route("/receiving/held/<int:number>", methods=["GET", "POST"])
def receive_held_one(number: int) -> str | Response:
    """One thing held, and what is decided of it."""
    form = office.filled(DecisionForm) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            accept = form.said["decision"] == "accept"
            decided = receiving.Decided(occasion=form.occasion, number=number, accept=accept, note=form.said["note"])
            write(form.occasion, lambda session: inspections.decided(session, decided).id)
            office.tell(_("Accepted: it may be used.") if accept else _("Refused: it stays held until it goes back."))
            return redirect(url_for("pages.receive_held", result=InspectionResult.HELD.value))
    return read(lambda session: _held_shown(session, number, form))


def _held_shown(session: Session, number: int, form: office.Form) -> str:
    one = session.get(Inspection, number)
    if one is None:
        raise receiving.UnknownInspection(number=number)
    line = session.get_one(receiving.DeliveryLine, one.delivery_line_id)
    item = session.get(Item, one.item_id) if one.item_id else None
    return render_template(
        "receive_held_one.html",
        one=one,
        note=session.get_one(Delivery, one.delivery_id),
        product=session.get_one(Product, line.product_id),
        item=item,
        place=session.get_one(Location, item.location_id) if item else None,
        findings=asides.finding_names(),
        results=asides.result_names(),
        colours=asides.RESULT_COLOURS,
        by_another=item is not None and receiving.by_another(session, one),
        form=form,
    )


@bp.route("/receiving/many/<path:code>", methods=["GET", "POST"])
def receive_many(code: str) -> str | Response:
    """Thousands of codes of one note, taken in in the background."""
    form = office.filled(ManyForm()) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            return redirect(_begun(form, code))
    here = read(lambda session: bay.bay_of(session, code, {}))
    cases = read(lambda session: _has_cases(session, here.note.id))
    return render_template("receive_many.html", bay=here, form=form, cases=cases)


def _has_cases(session: Session, delivery_id: int) -> bool:
    listed_cases = (DeliveryPackage.delivery_id == delivery_id) & DeliveryPackage.sscc.is_not(None)
    return session.scalar(select(DeliveryPackage.id).where(listed_cases).limit(1)) is not None


def _begun(form: office.Form, code: str) -> str:
    note = read(lambda session: receiving.get_delivery(session, code).code)
    said, upload = form.said, request.files.get("file")
    text = upload.read() if upload is not None and upload.filename else said["codes"].encode()
    asked = {
        "delivery": note,
        "source": said["source"],
        "location": said["location"],
        "product": said["product"],
        "lot": said["lot"],
        "expires_on": said["expires_on"].isoformat() if said["expires_on"] else "",
        "day": clock.day_of(clock.now(), settings().zone).isoformat(),
        "zone": settings().time_zone,
    }
    return background.begin(RECEIVE, asked, title=_("Receive %(note)s") % {"note": note}, content=text)
