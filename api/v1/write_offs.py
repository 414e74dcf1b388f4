"""This file is /write-offs: things lost, spoilt or expired; asked by one person, approved by another."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access
from api.fields import Money, Scan, Text, Write
from api.here import occasion, person, read, write
from api.noun import Noun
from api.v1.disposals import (
    DisposalAskedOut,
    DisposalAskIn,
    DisposalDecidedOut,
    DisposalRefuseIn,
    DisposalsAsked,
    DisposalsOut,
    DisposalWholeOut,
    answer_asked,
    answer_decided,
    documents,
    one,
    to_dispose,
)
from spd import disposal, stock
from spd.disposal import Decided, Decision, Kind, Why
from spd.staff import Role

bp = Noun("write-offs", "Things written off: asked by one person, approved by another.")

REASONS = (Why.EXPIRED, Why.DAMAGED, Why.LOST, Why.CONTAMINATED, Why.RECALL, Why.OTHER)
DECIDERS = frozenset((Role.STOREKEEPER, Role.HEAD_NURSE, Role.FINANCE, Role.QUALITY))


class WriteOffIn(DisposalAskIn):
    """Things at one place that are to be written off, and why."""

    reason = fields.String(required=True, validate=validate.OneOf([str(reason) for reason in REASONS]))


class WriteOffApproveIn(Write):
    """What is to be said with the approval; who owes for it, where somebody does."""

    note = Text(load_default="", shortest=0)
    charged_to = Text(
        load_default="", shortest=0, metadata={"description": "Code or badge of the person who owes what it cost."}
    )


class FoundAgainIn(Write):
    """A thing that was written off and has turned up."""

    scan = Scan(required=True)
    note = Text(required=True)


class FoundAgainOut(Schema):
    """What came back, and the cost taken off again."""

    movement_id = fields.Integer()
    reverses_id = fields.Integer()
    item = fields.String()
    quantity = fields.Integer()
    state = fields.String()
    cost = Money()
    repeated = fields.Boolean()


def refuse_write_off(session: Session, decision: Decision) -> Decided:
    """Refused, or taken back; by whom it may be. Raises: as `disposal.refuse`."""
    return disposal.refuse(session, decision, decides=bool(DECIDERS & person().roles))


@bp.get("")
@bp.arguments(DisposalsAsked, location="query")
@bp.response(200, DisposalsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Write-offs, in the order asked."""
    return documents(Kind.WRITE_OFF, asked)


@bp.get("/<path:code>")
@bp.response(200, DisposalWholeOut)
def show(code: str) -> dict[str, Any]:
    """One write-off with its lines."""
    return read(lambda session: one(session, Kind.WRITE_OFF, code))


@bp.post("")
@bp.arguments(WriteOffIn)
@bp.response(201, DisposalAskedOut)
def ask(said: dict[str, Any]) -> dict[str, Any]:
    """Ask that things be written off; whole ones are on hold until it is decided."""
    return answer_asked(to_dispose(Kind.WRITE_OFF, said), disposal.ask)


@bp.post("/<path:code>/approve")
@bp.arguments(WriteOffApproveIn)
@bp.response(201, DisposalDecidedOut)
def approve(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Write the things off; a ward's loss is its department's cost, unless a person owes for it."""
    return answer_decided(code, said, disposal.approve)


@bp.post("/<path:code>/refuse")
@bp.arguments(DisposalRefuseIn)
@bp.response(201, DisposalDecidedOut)
def refuse(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Refuse a write-off; said by who asked, it is taken back."""
    return answer_decided(code, said, refuse_write_off)


@bp.post("/found")
@bp.arguments(FoundAgainIn)
@bp.response(201, FoundAgainOut)
def found(said: dict[str, Any]) -> dict[str, Any]:
    """Undo the write-off of a thing that has turned up, at its own price."""
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        lost = disposal.Found(
            occasion=when,
            item=stock.item_code(session, said["scan"], departments=access.departments()),
            note=said["note"],
            departments=access.departments(),
        )
        return asdict(disposal.find_again(session, lost))

    return write(when, do)
