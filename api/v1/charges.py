"""This file is /charges: the lines that HIS billed or refunded, as it sends them, span of time by span of time."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import AGES, Money, Page, Price, Text, Whole, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from spd import reconciliation
from spd.core.clock import day_of
from spd.core.errors import NotAllowed
from spd.core.money import to_cent
from spd.encounters import get_encounter
from spd.places import Department, get_department
from spd.reconciliation import ChargeCase, Charged, ChargeFact, ChargeLine, ChargeReject, Window

bp = Noun("charges", "What HIS charged for consumables, and refunded.")


def _not_zero(value: int) -> None:
    if value == 0:
        raise ValidationError("Not zero: below zero for a refund.")


class ChargeIn(Schema):
    """One line of HIS. `charge_code` is HIS's, or the code of a product of ours."""

    line = Text(required=True, longest=80, metadata={"description": "HIS's own number of the line; kept once."})
    encounter = Text(required=True, longest=80)
    department = Text(required=True, longest=80)
    charge_code = Text(required=True, longest=80)
    quantity = Whole(
        required=True,
        validate=[validate.Range(-1_000_000, 1_000_000), _not_zero],
        metadata={"description": "In base units; below zero for a refund."},
    )
    unit_price = Price(required=True)
    amount = Price(metadata={"description": "Without a sign; quantity × unit price to the cent, where left out."})
    charged_at = fields.AwareDateTime(required=True, validate=AGES)
    refund_of = Text(load_default="", longest=80, shortest=0, metadata={"description": "The line it takes back."})
    item = Text(load_default="", longest=80, shortest=0, metadata={"description": "House code or serial."})
    lot = Text(load_default="", longest=80, shortest=0)


class WindowIn(Schema):
    """A span of time whose lines are all here: from its first instant, up to but without `until`."""

    since = fields.AwareDateTime(required=True, validate=AGES)
    until = fields.AwareDateTime(required=True, validate=AGES)


class ChargesIn(Write):
    """Lines, at most five thousand at once; with the window they are all of, where they are."""

    lines = fields.List(fields.Nested(ChargeIn), required=True, validate=validate.Length(0, 5000))
    window = fields.Nested(WindowIn)


class KeptOut(Schema):
    """How many were new, and how many had come before."""

    new = fields.Integer()
    known = fields.Integer()


class ProposedAsked(Schema):
    """Of which stay."""

    encounter = Text(required=True, longest=80, metadata={"description": "Its number or wristband."})


class ProposedOut(Schema):
    """What HIS has charged first, and nobody has used yet."""

    line = fields.String()
    encounter = fields.String(metadata={"description": "As HIS charged it: the stay may have been merged since."})
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    department = fields.String()
    item = fields.String()
    lot = fields.String()
    charged = fields.Integer()
    left = fields.Integer()
    charged_at = fields.AwareDateTime()


class ProposedListOut(Schema):
    """Everything that a stay was charged for first."""

    proposed = fields.List(fields.Nested(ProposedOut))


class ChargesAsked(Page):
    """Which lines."""

    encounter = Text(longest=80)
    verdict = fields.String(validate=validate.OneOf([str(one) for one in reconciliation.Verdict]))


class ChargeOut(Schema):
    """One line, and what became of it."""

    id = fields.Integer()
    line = fields.String(attribute="number")
    refund_of = fields.String()
    encounter = fields.String()
    department = fields.String()
    charge_code = fields.String()
    item = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    unit_price = Money()
    amount = Money()
    charged_at = fields.AwareDateTime()
    day_on = fields.Date()
    case = fields.Integer(allow_none=True)
    verdict = fields.String(allow_none=True, metadata={"description": "None until the next reconciliation."})


class GapOut(Schema):
    """A span of time whose lines nobody has sent."""

    since = fields.AwareDateTime()
    until = fields.AwareDateTime()


class ChargesOut(Schema):
    """A page of lines; with the spans between windows that are missing."""

    charges = fields.List(fields.Nested(ChargeOut))
    gaps = fields.List(fields.Nested(GapOut))
    next = fields.Integer(allow_none=True)


class RejectsAsked(Page):
    """Which."""

    state = fields.String(load_default="open", validate=validate.OneOf(["open", "all"]))


class RejectOut(Schema):
    """A line as HIS showed it, and why it is not kept. how: kept later, set aside, or empty while it is open."""

    id = fields.Integer()
    line = fields.String(attribute="number")
    said = fields.String(metadata={"description": "The row, as JSON in a text."})
    code = fields.String()
    zh = fields.String()
    en = fields.String()
    first_at = fields.AwareDateTime()
    last_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    how = fields.String()
    reason = fields.String()


class RejectsOut(Schema):
    """A page of them."""

    rejects = fields.List(fields.Nested(RejectOut))
    next = fields.Integer(allow_none=True)


class AsideIn(Write):
    """Why it is not to be kept."""

    reason = Text(required=True)


@bp.get("")
@bp.arguments(ChargesAsked, location="query")
@bp.response(200, ChargesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Charge lines in the order they came, each with its case and verdict."""
    query = (
        select(
            *ChargeLine.__table__.columns, Department.code.label("department"), ChargeFact.case_id.label("case"),
            ChargeCase.verdict,
        )
        .join(Department, Department.id == ChargeLine.department_id)
        .outerjoin(ChargeFact, ChargeFact.charge_line_id == ChargeLine.id)
        .outerjoin(ChargeCase, ChargeCase.id == ChargeFact.case_id)
        .where(ChargeLine.id > asked["after"])
        .order_by(ChargeLine.id)
        .limit(asked["limit"] + 1)
    )  # fmt: skip
    if "encounter" in asked:
        query = query.where(ChargeLine.encounter == asked["encounter"])
    if "verdict" in asked:
        query = query.where(ChargeCase.verdict == asked["verdict"])

    def ask(session: Session) -> dict[str, Any]:
        rows = session.execute(query).all()
        return paged("charges", rows, asked["limit"], lambda row: row.id) | {"gaps": reconciliation.gaps(session)}

    return read(ask)


@bp.get("/proposed")
@bp.arguments(ProposedAsked, location="query")
@bp.response(200, ProposedListOut)
def proposed(asked: dict[str, Any]) -> dict[str, Any]:
    """What a stay was charged for where wards charge first, and what of it is still to be used: a scan confirms it."""
    mine = access.departments()

    def ask(session: Session) -> dict[str, Any]:
        stay = get_encounter(session, asked["encounter"])
        if mine is not None and stay.department_id not in mine:
            raise NotAllowed()
        return {"proposed": reconciliation.proposed(session, stay.id)}

    return read(ask)


@bp.get("/rejects")
@bp.arguments(RejectsAsked, location="query")
@bp.response(200, RejectsOut)
def rejects(asked: dict[str, Any]) -> dict[str, Any]:
    """Lines of HIS's view that could not be kept; they are tried again with every poll that shows them."""
    query = select(ChargeReject).where(ChargeReject.id > asked["after"]).order_by(ChargeReject.id)
    if asked["state"] == "open":
        query = query.where(ChargeReject.settled_at.is_(None))
    rows = read(lambda session: list(session.scalars(query.limit(asked["limit"] + 1))))
    return paged("rejects", rows, asked["limit"], lambda row: row.id)


@bp.post("/rejects/<int:number>/aside")
@bp.arguments(AsideIn)
@bp.response(201, RejectOut)
def set_aside(said: dict[str, Any], number: int) -> ChargeReject:
    """Set such a line aside for good, with the reason. Safe to send again."""
    when = occasion(said)
    return write(when, lambda session: reconciliation.set_aside(session, when, number, reason=said["reason"]))


@bp.post("")
@bp.arguments(ChargesIn)
@bp.response(201, KeptOut)
def keep(said: dict[str, Any]) -> reconciliation.Kept:
    """Keep lines as HIS charged them. A line sent again is known by its number; one that says something else is refused
    with `charge-changed`: a correction is a refund and a new line."""
    when = occasion(said)
    window = Window(**said["window"]) if "window" in said else None

    def do(session: Session) -> reconciliation.Kept:
        lines = [_line(session, one) for one in said["lines"]]
        return reconciliation.keep_charges(session, when, lines, window=window)

    return write(when, do)


def _line(session: Session, said: dict[str, Any]) -> Charged:
    """Raises: UnknownDepartment."""
    quantity, price = said["quantity"], said["unit_price"]
    amount: Decimal = said.get("amount", to_cent(price * abs(quantity)))
    return Charged(
        number=said["line"],
        department_id=get_department(session, said["department"]).id,
        amount=-amount if quantity < 0 else amount,
        unit_price=price,
        day=day_of(said["charged_at"], settings().zone),
        **{name: said[name] for name in ("encounter", "charge_code", "quantity", "charged_at", "refund_of")},
        **{name: said[name] for name in ("item", "lot")},
    )
