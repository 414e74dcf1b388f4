"""This file is what /write-offs and /returns share: a document, its lines, what is asked and what is decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Money, Page, Scan, Text, Whole, Write
from api.here import occasion, read, write
from api.paging import paged
from spd import accounting, disposal
from spd.accounting import OwedFor
from spd.disposal import Asked, Decided, Decision, Disposal, Kind, Standing, ToDispose, Why


class DisposalsAsked(Page):
    """Which documents."""

    standing = fields.String(validate=validate.OneOf([str(standing) for standing in Standing]))
    location = Text()


class DisposalOut(Schema):
    """One document as it is listed."""

    id = fields.Integer()
    code = fields.String()
    location = fields.String()
    reason = fields.String()
    note = fields.String()
    standing = fields.String()
    asked_at = fields.AwareDateTime()
    asked_by = fields.String()
    decided_at = fields.AwareDateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    decision = fields.String()
    supplier = fields.String(allow_none=True)
    lines = fields.Integer()
    value = Money()


class DisposalsOut(Schema):
    """A page of documents."""

    documents = fields.List(fields.Nested(DisposalOut))
    next = fields.Integer(allow_none=True)


class DisposedOut(Schema):
    """One thing on a document."""

    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    expires_on = fields.Date(allow_none=True)
    quantity = fields.Integer()
    base_unit = fields.String()
    unit_price = Money()
    amount = Money()
    movement_id = fields.Integer(allow_none=True)


class DisposalWholeOut(DisposalOut):
    """One document with its lines; of a write-off that a person owes for, who, and what of it stands."""

    charged_to = fields.String(allow_none=True)
    charged_to_name = fields.String(allow_none=True)
    charged = Money(allow_none=True)
    lines_of = fields.List(fields.Nested(DisposedOut), data_key="items")


class DisposedIn(Schema):
    """A scanned thing, or so much of it: of a bulk or an open pack."""

    scan = Scan(required=True)
    quantity = Whole(validate=validate.Range(1, 2**31))


class DisposalAskIn(Write):
    """Things at one place that are to go."""

    lines = fields.List(fields.Nested(DisposedIn), required=True, validate=validate.Length(1, 500))
    note = Text(load_default="", shortest=0)


class DisposalAskedOut(Schema):
    """The document that waits."""

    document = fields.String()
    standing = fields.String()
    repeated = fields.Boolean()


class DisposalRefuseIn(Write):
    """Why it is refused or taken back."""

    note = Text(required=True)


class DisposalDecidedOut(Schema):
    """What came of it."""

    document = fields.String()
    standing = fields.String()
    items = fields.List(fields.String())
    repeated = fields.Boolean()


def documents(kind: Kind, asked: dict[str, Any]) -> dict[str, Any]:
    """A page of documents, in the order asked."""
    rows = disposal.select_documents(kind, access.departments()).subquery()
    query = select(rows).where(rows.c.id > asked["after"]).order_by(rows.c.id).limit(asked["limit"] + 1)
    for name in ("standing", "location"):
        if name in asked:
            query = query.where(rows.c[name] == asked[name])
    found = read(lambda session: session.execute(query).all())
    return paged("documents", found, asked["limit"], lambda row: row.id)


def one(session: Session, kind: Kind, code: str) -> dict[str, Any]:
    """One document with its lines, of one's own departments. Raises: UnknownDocument."""
    document = disposal.get_document(session, kind, code, departments=access.departments())
    rows = disposal.select_documents(kind).where(Disposal.id == document.id)
    lines = [
        {
            **vars(goods),
            "item": goods.item.code,
            "product": goods.product_code,
            "quantity": line.quantity,
            "unit_price": goods.item.unit_price,
            "amount": line.quantity * goods.item.unit_price,
            "movement_id": line.movement_id,
        }
        for line, goods in disposal.lines_of(session, document)
    ]
    owing = accounting.owing_for(session, OwedFor.WRITE_OFF, code) if kind is Kind.WRITE_OFF else None
    owed = {
        "charged_to": owing.code if owing else None, "charged_to_name": owing.name if owing else None,
        "charged": owing.amount if owing else None,
    }  # fmt: skip
    return {**session.execute(rows).one()._mapping, **owed, "lines_of": lines}


def to_dispose(kind: Kind, said: dict[str, Any]) -> ToDispose:
    """What is asked for, as it was said."""
    return ToDispose(
        occasion=occasion(said),
        kind=kind,
        lines=[Asked(item=line["scan"], quantity=line.get("quantity")) for line in said["lines"]],
        reason=Why(said["reason"]),
        note=said["note"],
        departments=access.departments(),
    )


def answer_asked(asked: ToDispose, act: Callable[[Session, ToDispose], tuple[Disposal, bool]]) -> dict[str, Any]:
    def do(session: Session) -> dict[str, Any]:
        document, repeated = act(session, asked)
        return {"document": document.code, "standing": Standing.ASKED, "repeated": repeated}

    return write(asked.occasion, do)


def answer_decided(code: str, said: dict[str, Any], act: Callable[[Session, Decision], Decided]) -> dict[str, Any]:
    decision = Decision(
        occasion=occasion(said), document=code, note=said["note"], departments=access.departments(),
        charged_to=said.get("charged_to", ""),
    )  # fmt: skip
    return asdict(write(decision.occasion, lambda session: act(session, decision)))
