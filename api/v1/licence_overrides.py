"""This file is /licences/overrides: goods let pass for a day although a licence does not hold, by a second person."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Page, Text, Write
from api.here import occasion, read, write
from api.paging import paged
from api.v1.licences import bp
from spd import licensing
from spd.catalog import get_product
from spd.licensing import LicenceDecision, LicenceOverride, Wanted
from spd.parties import Party, get_supplier

__all__ = ["bp"]


class OverrideGoodsIn(Schema):
    """Goods that are to pass."""

    product = Text(required=True, longest=80)
    produced_on = fields.Date()


class OverrideIn(Write):
    """Goods of one supplier that are to pass today, and why."""

    act = fields.String(required=True, validate=validate.OneOf(["order", "receive"]))
    supplier = Text(required=True, longest=80)
    goods = fields.List(fields.Nested(OverrideGoodsIn), required=True, validate=validate.Length(1, 500))
    reason = Text(required=True)


class OverrideDecisionIn(Write):
    """What a second person decides."""

    allowed = fields.Boolean(required=True)
    reason = Text(required=True)


class LicenceFindingOut(Schema):
    """What stood against the goods."""

    kind = fields.String()
    matter = fields.String()
    zh = fields.String()
    en = fields.String()


class OverrideOut(Schema):
    """A request to let goods pass and, once decided, by whom."""

    id = fields.Integer()
    act = fields.String()
    day_on = fields.Date()
    supplier = fields.String()
    reason = fields.String()
    findings = fields.List(fields.Nested(LicenceFindingOut))
    asked_by_id = fields.Integer()
    asked_at = fields.AwareDateTime()
    allowed = fields.Boolean(allow_none=True)
    decided_by_id = fields.Integer(allow_none=True)
    decision_reason = fields.String(allow_none=True)


class OverridesOut(Schema):
    """A page of requests."""

    overrides = fields.List(fields.Nested(OverrideOut))
    next = fields.Integer(allow_none=True)


@bp.get("/overrides")
@bp.arguments(Page, location="query")
@bp.response(200, OverridesOut)
def overrides(asked: dict[str, Any]) -> dict[str, Any]:
    """Every request to let goods pass, and what was decided."""

    def ask(session: Session) -> list[dict[str, Any]]:
        query = _overrides().where(LicenceOverride.id > asked["after"]).order_by(LicenceOverride.id)
        return [_override(*row) for row in session.execute(query.limit(asked["limit"] + 1))]

    return paged("overrides", read(ask), asked["limit"], lambda row: int(row["id"]))


@bp.post("/overrides")
@bp.arguments(OverrideIn)
@bp.response(201, OverrideOut)
def ask_override(said: dict[str, Any]) -> dict[str, Any]:
    """Ask that goods may pass today although a licence does not hold. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        supplier = get_supplier(session, said["supplier"])
        wanted = [
            Wanted(
                supplier_id=supplier.id, product_id=get_product(session, one["product"]).id,
                produced_on=one.get("produced_on"),
            )
            for one in said["goods"]
        ]  # fmt: skip
        asked = licensing.ask_override(session, when, wanted, act=said["act"], reason=said["reason"])
        return _one_override(session, asked.id)

    return write(when, act)


@bp.post("/overrides/<int:number>/decide")
@bp.arguments(OverrideDecisionIn)
@bp.response(200, OverrideOut)
def decide(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Let the goods pass today, or not: by another person than who asked. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        licensing.decide(session, when, number, allowed=said["allowed"], reason=said["reason"])
        return _one_override(session, number)

    return write(when, act)


def _overrides() -> Any:
    return (
        select(LicenceOverride, LicenceDecision, Party.code)
        .join(Party, Party.id == LicenceOverride.supplier_id)
        .outerjoin(LicenceDecision, LicenceDecision.override_id == LicenceOverride.id)
    )


def _one_override(session: Session, number: int) -> dict[str, Any]:
    return _override(*session.execute(_overrides().where(LicenceOverride.id == number)).one())


def _override(asked: LicenceOverride, decision: LicenceDecision | None, supplier: str) -> dict[str, Any]:
    return {
        "id": asked.id, "act": asked.act, "day_on": asked.day_on, "supplier": supplier, "reason": asked.reason,
        "findings": json.loads(asked.findings), "asked_by_id": asked.asked_by_id, "asked_at": asked.asked_at,
        "allowed": decision and decision.allowed, "decided_by_id": decision and decision.decided_by_id,
        "decision_reason": decision and decision.reason,
    }  # fmt: skip
