"""This file is /uses and /reversals: the bedside scan, and undoing one."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate

from api import access, approval, intercepted
from api.fields import CautionOut, Money, Month, Page, Scan, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from scanners import Scan as Scanned
from spd import consumption, costing

bp = Noun("uses", "Items used, on an encounter or by a department.")
kit_uses = Noun("kit-uses", "Kits opened at their use, with all that is in them.")
reversals = Noun("reversals", "Uses undone.")


class SecondPersonIn(Schema):
    """A second person who lets pass what a refusal named in its fact `second_person`."""

    badge = Text(required=True)
    pin = Text(required=True, metadata={"description": "The password of the badge's person."})
    reason = fields.String(required=True, validate=validate.OneOf([one.value for one in consumption.OverrideReason]))
    rules = fields.List(Text(longest=24), required=True, validate=validate.Length(1, 10))


class UseIn(Write):
    """One item scanned to be used."""

    scan = Scan(required=True)
    encounter = Text(
        metadata={"description": "Encounter number or wristband; left out, the department alone bears it."}
    )
    department = Text(metadata={"description": "Who uses it; left out, the department whose stock it is."})
    quantity = Whole(
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "Base units; left out, all of a pack or a unit, one of a bulk."},
    )
    override = fields.Nested(SecondPersonIn)


class UseOut(Schema):
    """What was used, for whom, at what cost."""

    movement_id = fields.Integer()
    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    department = fields.String()
    encounter = fields.String(allow_none=True)
    patient_name = fields.String()
    cost = Money()
    title_passed = fields.Boolean()
    occurred_at = fields.AwareDateTime()
    cautions = fields.List(fields.Nested(CautionOut))
    charged = fields.Integer(metadata={"description": "How much of it HIS had charged before, and this confirms."})
    registered = fields.Boolean(
        metadata={"description": "Its registration is on record and covers the day it was made; false when told again."}
    )
    repeated = fields.Boolean(metadata={"description": "This request was answered before; nothing was done again."})


class KitUseIn(Write):
    """A kit scanned to be used: everything in it."""

    kit = Text(required=True, metadata={"description": "The code on the kit's label."})
    encounter = Text(
        metadata={"description": "Encounter number or wristband; left out, the department alone bears it."}
    )
    override = fields.Nested(SecondPersonIn)


class KitUseOut(Schema):
    """What was in the kit, for whom, at what cost; each movement can be undone by itself."""

    kit = fields.String()
    items = fields.List(fields.String())
    movement_ids = fields.List(fields.Integer())
    encounter = fields.String(allow_none=True)
    patient_name = fields.String()
    department = fields.String()
    cost = Money()
    cautions = fields.List(fields.Nested(CautionOut))
    repeated = fields.Boolean()


class UsesAsked(Page):
    """Which uses."""

    month = Month(required=True)
    department = Text()
    product = Text()


class UseRowOut(Schema):
    """One use or reversal with its cost."""

    movement_id = fields.Integer(
        allow_none=True, metadata={"description": "Null where a document put the money there, with no goods."}
    )
    kind = fields.String()
    day_on = fields.Date()
    occurred_at = fields.AwareDateTime()
    department = fields.String()
    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    product_class = fields.String()
    chargeable = fields.Boolean()
    lot = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    unit_price = Money()
    amount = Money()
    encounter = fields.String(allow_none=True)
    staff = fields.String()
    period = fields.String()
    late = fields.Boolean()


class UsesOut(Schema):
    """A page of uses."""

    uses = fields.List(fields.Nested(UseRowOut))
    next = fields.Integer(allow_none=True)


class ReversalIn(Write):
    """A use to be undone, and why."""

    movement_id = Whole(required=True, validate=validate.Range(1, 2**62))
    reason = Text(required=True)


class ReversalOut(Schema):
    """What was undone."""

    movement_id = fields.Integer()
    reverses_id = fields.Integer()
    item = fields.String()
    quantity = fields.Integer()
    cost = Money()
    repeated = fields.Boolean()


@bp.post("")
@bp.arguments(UseIn())
@bp.response(201, UseOut())
def record(said: dict[str, Any]) -> consumption.Use:
    """Record one item used on a patient or by a department. Safe to send again with the same key."""
    scan: Scanned = said["scan"]
    use = consumption.UseScanned(
        occasion=occasion(said),
        item=scan,
        encounter=said.get("encounter"),
        department=said.get("department"),
        quantity=said.get("quantity"),
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
        approval=approved(said),
    )
    return intercepted.record_use(use, scan.trace_code)


def approved(said: dict[str, Any]) -> consumption.Approval | None:
    """What a second person lets pass, proved by badge and password; None where nobody does."""
    second = said.get("override")
    return second and approval.proved(second["badge"], second["pin"], second["reason"], rules=second["rules"])


@bp.get("")
@bp.arguments(UsesAsked, location="query")
@bp.response(200, UsesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The uses of a month, in order of posting."""
    chosen = costing.Filter(
        period=asked["month"],
        departments=access.departments(),
        department=asked.get("department"),
        product=asked.get("product"),
    )
    rows = read(lambda session: costing.uses(session, chosen, after=asked["after"], limit=asked["limit"] + 1))
    return paged("uses", rows, asked["limit"], lambda row: row.posting_id)


@kit_uses.post("")
@kit_uses.arguments(KitUseIn)
@kit_uses.response(201, KitUseOut)
def record_kit(said: dict[str, Any]) -> consumption.KitUse:
    """Open a kit at its use and charge everything in it. Safe to send again with the same key."""
    asked = consumption.UseScanned(
        occasion=occasion(said),
        item=said["kit"],
        encounter=said.get("encounter"),
        raw_scan=said["kit"].encode("utf-8", "surrogateescape"),
        departments=access.departments(),
        approval=approved(said),
    )
    return intercepted.use_kit(asked)


@reversals.post("")
@reversals.arguments(ReversalIn)
@reversals.response(201, ReversalOut)
def reverse(said: dict[str, Any]) -> dict[str, Any]:
    """Undo a use: item, owner and money come back; both stay on record."""
    asked = consumption.ReversalAsked(
        occasion=occasion(said),
        movement_id=said["movement_id"],
        reason=said["reason"],
        departments=access.departments(),
    )
    return asdict(write(asked.occasion, lambda session: consumption.reverse_use(session, asked)))
