"""This file is /agreements: how products are ordered from suppliers, in versions from a day on."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Page, Text, Whole, Write
from api.here import occasion, read, settings, write_plain
from api.noun import Noun
from api.paging import paged
from spd.catalog import Agreement, Product, get_product
from spd.catalog.agreeing import LONGEST_DAYS, MOST, STATES, AgreementSaid, agree, state
from spd.core import clock
from spd.parties import Party, get_supplier

bp = Noun("agreements", "How products are ordered from suppliers: lead time, least quantity, packaging; from a day on.")
_COLUMNS = ("valid_from_on", "valid_to_on", "number", "lead_days", "min_order_quantity", "order_multiple")


class AgreementIn(Write):
    """An agreement from a day on."""

    product = Text(required=True, longest=80)
    supplier = Text(required=True, longest=80)
    valid_from_on = fields.Date(required=True)
    valid_to_on = fields.Date(load_default=None, allow_none=True)
    number = fields.String(load_default="", validate=validate.Length(0, 80))
    lead_days = Whole(
        load_default=None, allow_none=True, validate=validate.Range(0, LONGEST_DAYS),
        metadata={"description": "Days from the order to the goods; measured from past orders where none are agreed."},
    )  # fmt: skip
    min_order_quantity = Whole(load_default=1, validate=validate.Range(1, MOST))
    order_multiple = Whole(load_default=1, validate=validate.Range(1, MOST))


class AgreementOut(Schema):
    """One version of an agreement. Quantities are base units."""

    product = fields.String()
    supplier = fields.String()
    valid_from_on = fields.Date()
    valid_to_on = fields.Date(allow_none=True)
    number = fields.String()
    lead_days = fields.Integer(allow_none=True)
    min_order_quantity = fields.Integer()
    order_multiple = fields.Integer()
    state = fields.String(validate=validate.OneOf(STATES))


class AgreementsAsked(Page):
    """Which agreements: of a product, of a supplier, in a state today."""

    product = Text(longest=80)
    supplier = Text(longest=80)
    state = fields.String(validate=validate.OneOf(STATES))


class AgreementsOut(Schema):
    """A page of agreements."""

    agreements = fields.List(fields.Nested(AgreementOut))
    next = fields.Integer(allow_none=True)


@bp.get("")
@bp.arguments(AgreementsAsked, location="query")
@bp.response(200, AgreementsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Agreements, every version, in the order they were written down."""

    def ask(session: Session) -> dict[str, Any]:
        query = _versions()
        if asked.get("product"):
            query = query.where(Agreement.product_id == get_product(session, asked["product"]).id)
        if asked.get("supplier"):
            query = query.where(Agreement.supplier_id == get_supplier(session, asked["supplier"]).id)
        if asked.get("state"):
            query = query.where(_state() == asked["state"])
        query = query.where(Agreement.id > asked["after"]).order_by(Agreement.id).limit(asked["limit"] + 1)
        return paged("agreements", session.execute(query).all(), asked["limit"], lambda row: row.id)

    return read(ask)


@bp.post("", endpoint="agree")
@bp.arguments(AgreementIn)
@bp.response(201, AgreementOut)
def agree_on(said: dict[str, Any]) -> Any:
    """Write down what is agreed from a day on; earlier agreements stay. Order proposals follow it from that day."""
    when = occasion(said)

    def act(session: Session) -> Any:
        product, supplier = get_product(session, said["product"]), get_supplier(session, said["supplier"])
        terms = AgreementSaid(
            supplier_id=supplier.id, supplier=supplier.name, **{name: said[name] for name in _COLUMNS}
        )
        made = agree(session, when, product, terms)
        return session.execute(_versions().where(Agreement.id == made.id)).one()

    return write_plain(act)


def _versions() -> Any:
    return (
        select(
            Agreement.id, Product.code.label("product"), Party.code.label("supplier"),
            *(getattr(Agreement, name) for name in _COLUMNS), _state().label("state"),
        )
        .join(Product, Product.id == Agreement.product_id)
        .join(Party, Party.id == Agreement.supplier_id)
    )  # fmt: skip


def _state() -> Any:
    return state(clock.day_of(clock.now(), settings().zone))
