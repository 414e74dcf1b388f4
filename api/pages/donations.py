"""This file is the pages of gifts to the hospital: recorded by one person, taken or refused by another."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Price, Text, Write
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.chart_words import state_names
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from spd import donation
from spd.catalog import Product
from spd.donation import Donation, DonationSaid
from spd.parties import Party
from spd.places import INSIDE, Location, LocationKind
from spd.staff import Staff

COLOURS = {"asked": "caution", "taken": "ok", "refused": "quiet"}


class DonationForm(Schema):
    """What is given, by whom, at which price, and where it is to lie."""

    donor = Text(required=True)
    supplier = Text(required=True, longest=80)
    product = Text(required=True, longest=80)
    lot = Text(required=True, longest=80)
    expires_on = fields.Date()
    quantity = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))
    unit_price = Price(required=True)
    location = Text(required=True, longest=80)
    note = Text(load_default="", shortest=0)


class DonationDecideForm(Write):
    """Taken, or not."""

    takes = fields.Boolean(required=True)
    note = Text(load_default="", shortest=0)


@bp.get("/donations")
def donations() -> str | Response:
    """All gifts, the newest first."""
    one, states = Donation, state_names()
    base = (
        select(one.id.label("id"))
        .join(Product, Product.id == one.product_id)
        .join(Location, Location.id == one.location_id)
    )
    listing = Listing(
        name="donations",
        base=base,
        columns=(
            Column("code", _("Document"), one.code, kind="code", href=lambda row: _address(row.code)),
            Column("donor", _("Donor"), one.donor),
            Column("product", _("Product"), named_column(Product)),
            Column("lot", _("Lot"), one.lot, kind="code"),
            Column("quantity", _("Quantity"), one.quantity, kind="quantity"),
            Column("unit_price", _("Unit price"), one.unit_price, kind="money"),
            Column("place", _("Place"), named_column(Location)),
            Column("state", _("State"), one.state, kind="pill", show=states, colour=COLOURS.get),
            Column("asked_at", _("Recorded at"), one.asked_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: one.donor.icontains(words, autoescape=True)),
            Choice("state", _("State"), list(states.items()), lambda value: one.state == value),
        ),
        order="-asked_at",
        tie=one.id,
    )
    may = may_open("pages.donations_new", person())
    actions = [{"text": _("Record a gift"), "href": url_for("pages.donations_new"), "kind": "primary"}] if may else []
    return listed(listing, title=_("Gifts"), empty=_("No gift is on record"), actions=actions)


def _address(code: str) -> str:
    return url_for("pages.donations_one", code=code)


@bp.get("/donations/new")
def donations_new() -> str:
    """A gift to be recorded."""
    return _form(office.blank())


@bp.post("/donations/new")
def donations_record() -> str | Response:
    """The gift is recorded."""
    form = office.filled(DonationForm)
    if form.sent:
        with form.attempt():
            said = DonationSaid(occasion=form.occasion, **form.said)
            code = write(form.occasion, lambda session: donation.record(session, said).code)
            office.tell(_("Recorded. A colleague takes it."))
            return redirect(_address(code))
    return _form(form)


def _form(form: office.Form) -> str:
    places = select(Location).where(~Location.retired, Location.kind.in_(INSIDE), Location.kind != LocationKind.TRANSIT)
    suppliers = select(Party).where(Party.kind == "supplier", ~Party.retired)
    return read(
        lambda session: render_template(
            "donation_new.html", form=form,
            places=[(one.code, one) for one in session.scalars(places.order_by(Location.code))],
            suppliers=[(one.code, one) for one in session.scalars(suppliers.order_by(Party.code))],
        )
    )  # fmt: skip


@bp.get("/donations/<code>")
def donations_one(code: str) -> str:
    """One gift."""
    return _one(code, office.blank())


@bp.post("/donations/<code>")
def donations_decide(code: str) -> str | Response:
    """It is taken, or refused."""
    form = office.filled(DonationDecideForm)
    if form.sent:
        with form.attempt():
            when, said = form.occasion, form.said
            write(
                when, lambda session: donation.decide(session, when, code, takes=said["takes"], note=said["note"]).code
            )
            office.tell(_("Taken; its goods are on hand.") if said["takes"] else _("Refused."))
            return redirect(_address(code))
    return _one(code, form)


def _one(code: str, form: office.Form) -> str:
    def draw(session: Session) -> str:
        row = donation.get_donation(session, code)
        me = person()
        waits = row.state == "asked" and may_open("pages.donations_decide", me)
        return render_template(
            "donation.html", one=row, form=form, states=state_names(), colours=COLOURS,
            product=session.get_one(Product, row.product_id), place=session.get_one(Location, row.location_id),
            by=session.get_one(Staff, row.asked_by_id).code,
            may=waits and row.asked_by_id != me.id, own=waits and row.asked_by_id == me.id,
        )  # fmt: skip

    return read(draw)
