"""This file is /donations: goods given to the hospital, recorded by one person and taken by another."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select

from api.fields import Money, Page, Price, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import donation
from spd.catalog import Product
from spd.donation import Donation, DonationSaid, DonationState
from spd.places import Location

bp = Noun("donations", "Goods given to the hospital.")


class DonationsAsked(Page):
    """Which gifts."""

    state = fields.String(validate=validate.OneOf([one.value for one in DonationState]))


class DonationOut(Schema):
    """One gift: asked, taken or refused. `period` is the month of its income."""

    id = fields.Integer()
    code = fields.String()
    donor = fields.String()
    product = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    unit_price = Money()
    location = fields.String()
    state = fields.String()
    asked_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    period = fields.String(allow_none=True)


class DonationsOut(Schema):
    """A page of gifts."""

    donations = fields.List(fields.Nested(DonationOut))
    next = fields.Integer(allow_none=True)


class DonationIn(Write):
    """What is given, by whom, at which fair or nominal price, and where it is to lie."""

    donor = Text(required=True)
    supplier = Text(required=True, longest=80)
    product = Text(required=True, longest=80)
    lot = Text(required=True, longest=80)
    expires_on = fields.Date()
    quantity = Whole(required=True, validate=validate.Range(1, 1_000_000))
    unit_price = Price(required=True)
    location = Text(required=True, longest=80)
    note = Text(load_default="", shortest=0)


class DonationDecisionIn(Write):
    """Whether it is taken."""

    takes = fields.Boolean(required=True)
    note = Text(load_default="", shortest=0)


class DonationStateOut(Schema):
    """How far it is."""

    code = fields.String()
    state = fields.String()
    period = fields.String(allow_none=True)


def select_donations() -> Any:
    """Gifts as they are listed."""
    return (
        select(
            Donation.id, Donation.code, Donation.donor, Donation.lot, Donation.quantity, Donation.unit_price,
            Donation.state, Donation.asked_at, Donation.decided_at, Donation.period, Product.code.label("product"),
            Location.code.label("location"),
        )
        .join(Product, Product.id == Donation.product_id)
        .join(Location, Location.id == Donation.location_id)
    )  # fmt: skip


@bp.get("")
@bp.arguments(DonationsAsked, location="query")
@bp.response(200, DonationsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Gifts in the order they came."""
    query = select_donations().where(Donation.id > asked["after"])
    if "state" in asked:
        query = query.where(Donation.state == asked["state"])
    query = query.order_by(Donation.id).limit(asked["limit"] + 1)
    rows = read(lambda session: session.execute(query).all())
    return paged("donations", rows, asked["limit"], lambda row: int(row.id))


@bp.post("")
@bp.arguments(DonationIn)
@bp.response(201, DonationStateOut)
def record(said: dict[str, Any]) -> Donation:
    """Record a gift; a second person takes it. Safe to send again with the same key."""
    when = occasion(said)
    names = {name: value for name, value in said.items() if name not in ("request_key", "occurred_at")}
    return write(when, lambda session: donation.record(session, DonationSaid(occasion=when, **names)))


@bp.post("/<code>/decision")
@bp.arguments(DonationDecisionIn)
@bp.response(201, DonationStateOut)
def decide(said: dict[str, Any], code: str) -> Donation:
    """Take it: its goods are on hand and the income is booked. Or refuse it."""
    when = occasion(said)
    return write(when, lambda session: donation.decide(session, when, code, takes=said["takes"], note=said["note"]))
