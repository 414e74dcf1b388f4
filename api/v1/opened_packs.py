"""This file is /opened-packs: packs used loose, opened, drawn by orders, finished with their difference."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from api import access, intercepted
from api.fields import CautionOut, Money, Page, Scan, Text, Whole, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.uses import SecondPersonIn, approved
from spd import consumption
from spd.consumption.opened_report import select_opened
from spd.ledger import Item

bp = Noun("opened-packs", "Packs of a ward that are open: its open stock, drawn down piece by piece.")


class OpenedRowOut(Schema):
    """One pack that was opened, and what became of it."""

    number = fields.Integer()
    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    base_unit = fields.String()
    lot = fields.String()
    department = fields.String()
    opened_at = fields.AwareDateTime()
    good_until_on = fields.Date(allow_none=True)
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer(metadata={"description": "What was in it."})
    on_patients = fields.Integer()
    by_department = fields.Integer()
    variance = fields.Integer(
        metadata={"description": "Neither drawn nor left: finished with it, or missing in a count."}
    )
    left = fields.Integer()
    open = fields.Boolean()


class OpenedRowsOut(Schema):
    """A page of opened packs."""

    packs = fields.List(fields.Nested(OpenedRowOut))
    next = fields.Integer(allow_none=True)


class PackIn(Write):
    """A pack, scanned."""

    scan = Scan(required=True)


class OpenedOut(Schema):
    """A pack that is open now."""

    movement_id = fields.Integer()
    item = fields.String()
    product = fields.String()
    lot = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    good_until_on = fields.Date(allow_none=True)
    cautions = fields.List(fields.Nested(CautionOut))
    repeated = fields.Boolean()


class FinishedOut(Schema):
    """A pack that is empty now."""

    item = fields.String()
    variance = fields.Integer()
    cost = Money()
    repeated = fields.Boolean()


class DrawIn(Write):
    """So much of a product, ordered or charged."""

    product = Text(required=True, longest=80)
    department = Text(required=True, longest=80)
    quantity = Whole(required=True, validate=validate.Range(1, 1_000_000))
    encounter = Text(longest=80, metadata={"description": "Left out, the department alone bears it."})
    reference = Text(load_default="", shortest=0, longest=80, metadata={"description": "The order it is drawn for."})
    override = fields.Nested(SecondPersonIn)


class DrawnPartOut(Schema):
    """What was drawn from one pack."""

    movement_id = fields.Integer()
    item = fields.String()
    quantity = fields.Integer()
    cost = Money()


class DrawnOut(Schema):
    """What was drawn, pack by pack."""

    parts = fields.List(fields.Nested(DrawnPartOut))
    repeated = fields.Boolean()


@bp.get("")
@bp.arguments(Page, location="query")
@bp.response(200, OpenedRowsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Every pack that was opened, by the number of its item: what was drawn, what is unaccounted for, what is left."""
    query = select_opened(access.departments()).where(Item.id > asked["after"]).order_by(Item.id)
    rows = read(lambda session: session.execute(query.limit(asked["limit"] + 1)).all())
    return paged("packs", rows, asked["limit"], lambda row: row.number)


@bp.post("")
@bp.arguments(PackIn)
@bp.response(201, OpenedOut)
def open_pack(said: dict[str, Any]) -> consumption.Opened:
    """Open a sealed pack of the ward: open stock, charged to nobody yet. Undone by reversing its movement."""
    return intercepted.open_pack(_asked(said))


@bp.post("/finish")
@bp.arguments(PackIn)
@bp.response(201, FinishedOut)
def finish(said: dict[str, Any]) -> consumption.Finished:
    """Finish an open pack that is empty: what the book still has in it is borne by the department, as a variance."""
    asked = _asked(said)
    return write(asked.occasion, lambda session: consumption.finish(session, asked))


@bp.post("/draws")
@bp.arguments(DrawIn)
@bp.response(201, DrawnOut)
def draw(said: dict[str, Any]) -> consumption.Drawn:
    """Draw so much of a product from the ward's open packs, those soonest to end first: all of it, or nothing."""
    names = ("product", "department", "quantity", "encounter", "reference")
    when, mine = occasion(said), access.departments()
    given = {name: said[name] for name in names if name in said}
    return intercepted.draw(consumption.DrawAsked(occasion=when, departments=mine, approval=approved(said), **given))


def _asked(said: dict[str, Any]) -> consumption.OpeningAsked:
    scan = said["scan"]
    return consumption.OpeningAsked(
        occasion=occasion(said), item=scan, raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
    )  # fmt: skip
