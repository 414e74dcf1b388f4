"""This file is /trace: the life of a code, and where everything of a lot is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from api import access, patients
from api.fields import Money, Text
from api.here import read
from api.noun import Noun
from spd import tracing

bp = Noun("trace", "Where from, where to, by whom.")


class HopOut(Schema):
    """One movement of the chain. The patient is named only to those who care for or audit them."""

    movement_id = fields.Integer()
    item = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    from_code = fields.String()
    from_name = fields.String()
    to_code = fields.String()
    to_name = fields.String()
    from_owner = fields.String()
    to_owner = fields.String()
    occurred_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()
    staff = fields.String()
    device = fields.String()
    document = fields.String()
    department = fields.String(allow_none=True)
    encounter = fields.String(allow_none=True)
    patient_name = fields.String(allow_none=True)
    reason = fields.String()
    reverses_id = fields.Integer(allow_none=True)
    raw_scan = fields.String()
    hash = fields.String()
    entry = fields.String()
    cost = Money()


class ChainOut(Schema):
    """One item: what it is, where it came from, what was made of it, every hop."""

    code = fields.String()
    kind = fields.String()
    state = fields.String()
    quantity = fields.Integer()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    serial = fields.String()
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "The last usable instant of that day, where the label names one."}
    )
    unit_price = Money()
    settlement_mode = fields.String()
    supplier = fields.String()
    location = fields.String()
    location_name = fields.String()
    made_from = fields.String(allow_none=True)
    made_into = fields.List(fields.String())
    hops = fields.List(fields.Nested(HopOut))


class LotAsked(Schema):
    """Which lot."""

    lot = Text(required=True)
    product = Text()


class WhereaboutsOut(Schema):
    """So much of a lot at one place."""

    location = fields.String()
    name = fields.String()
    kind = fields.String()
    quantity = fields.Integer()
    items = fields.Integer()


class LotOut(Schema):
    """One lot of one product: received = on hand + used + lost, `unexplained` is zero."""

    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "The last usable instant of that day, where the label names one."}
    )
    received = fields.Integer()
    on_hand = fields.Integer()
    used = fields.Integer()
    lost = fields.Integer()
    unexplained = fields.Integer()
    places = fields.List(fields.Nested(WhereaboutsOut))
    uses = fields.List(fields.Nested(HopOut))


@bp.get("/<path:code>")
@bp.response(200, ChainOut)
def item(code: str) -> dict[str, Any]:
    """The life of one code."""
    mine = access.departments()

    def ask(session: Session) -> dict[str, Any]:
        chain = asdict(tracing.trace_item(session, code, departments=mine))
        patients.hide(chain["hops"], patients.of_departments(session))
        return chain

    return read(ask)


@bp.get("")
@bp.arguments(LotAsked, location="query")
@bp.response(200, LotOut(many=True))
def lot(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Where everything of a lot is, product by product."""

    def ask(session: Session) -> list[dict[str, Any]]:
        lots = [asdict(one) for one in tracing.trace_lot(session, asked["lot"], asked.get("product"))]
        for one in lots:
            patients.hide(one["uses"], patients.of_departments(session))
        return lots

    return read(ask)
