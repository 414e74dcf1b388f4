"""This file is /returns: goods that go back to their supplier, put aside and then signed out."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate

from api.fields import Text, Write
from api.here import read
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
from spd import disposal
from spd.disposal import Kind, Why

bp = Noun("returns", "Goods that go back to their supplier.")

REASONS = (Why.NEAR_EXPIRY, Why.EXPIRED, Why.QUALITY, Why.DAMAGED, Why.RECALL, Why.UNUSED, Why.OTHER)


class ReturnIn(DisposalAskIn):
    """Goods of one supplier at one place that are to go back, and why."""

    reason = fields.String(required=True, validate=validate.OneOf([str(reason) for reason in REASONS]))


class ReturnSignOutIn(Write):
    """Who took the goods along."""

    note = Text(required=True)


@bp.get("")
@bp.arguments(DisposalsAsked, location="query")
@bp.response(200, DisposalsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Returns to suppliers, in the order prepared."""
    return documents(Kind.RETURN, asked)


@bp.get("/<path:code>")
@bp.response(200, DisposalWholeOut)
def show(code: str) -> dict[str, Any]:
    """One return with its lines."""
    return read(lambda session: one(session, Kind.RETURN, code))


@bp.post("")
@bp.arguments(ReturnIn)
@bp.response(201, DisposalAskedOut)
def prepare(said: dict[str, Any]) -> dict[str, Any]:
    """Put goods of one supplier aside to go back; whole ones are on hold until they leave."""
    return answer_asked(to_dispose(Kind.RETURN, said), disposal.prepare)


@bp.post("/<path:code>/sign-out")
@bp.arguments(ReturnSignOutIn)
@bp.response(201, DisposalDecidedOut)
def sign_out(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Sign goods out to whoever takes them to the supplier; what is owed for them is owed no more."""
    return answer_decided(code, said, disposal.sign_out)


@bp.post("/<path:code>/cancel")
@bp.arguments(DisposalRefuseIn)
@bp.response(201, DisposalDecidedOut)
def cancel(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give a return up: its goods are stock again."""
    return answer_decided(code, said, disposal.cancel)
