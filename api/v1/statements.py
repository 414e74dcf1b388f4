"""This file is /statements: what suppliers are owed for a month, line by line, and the steps of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.statement_schemas import (
    DraftedOut,
    DraftIn,
    LinesAsked,
    StatementAsked,
    StatementLinesOut,
    StatementsAsked,
    StatementsOut,
    StatementStepIn,
    StatementWhole,
)
from spd import settlement
from spd.catalog import Lot
from spd.ledger import EntryRow, Item, Movement
from spd.parties import party_told_of
from spd.settlement import Statement

bp = Noun("statements", "Statements of suppliers: what is owed for a month, and why.")
_MOVES = ("state", "lines", "total", "exact", "rounding")
"""What changes with the steps of a statement."""


@bp.get("")
@bp.arguments(StatementsAsked, location="query")
@bp.response(200, StatementsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The statements, oldest first."""
    seen = settlement.statements_seen(access.suppliers(), asked.get("as_of"))
    party = seen.party
    query = (
        seen.query.add_columns(Statement, party.code, party.name, seen.state, seen.lines, seen.total, seen.exact)
        .where(Statement.id > asked["after"])
        .order_by(Statement.id)
        .limit(asked["limit"] + 1)
    )
    for name, column in (("state", seen.state), ("supplier", party.code), ("month", Statement.period)):
        if name in asked:
            query = query.where(column == asked[name])

    def ask(session: Session) -> list[dict[str, Any]]:
        return [
            _stood(one, code, name, settlement.stood_by(one, *stood))
            for one, code, name, *stood in session.execute(query)
        ]

    rows = read(ask)
    return paged("statements", rows, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(DraftIn)
@bp.response(201, DraftedOut)
def draft(said: dict[str, Any]) -> dict[str, Any]:
    """Draft what is owed and on no statement yet. Safe to send again with the same key."""
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        reach = settlement.reach_of(session, said["month"], said["since_on"], said["until_on"])
        drawn = settlement.draft(session, when, period=reach, supplier=said["supplier"])
        return {"statements": [_whole(session, one) for one in drawn]}

    return write(when, do)


@bp.get("/<code>")
@bp.arguments(StatementAsked, location="query")
@bp.response(200, StatementWhole)
def show(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """One statement, with what was done with it."""
    mine, at = access.suppliers(), asked.get("as_of")
    return read(lambda session: _whole(session, settlement.get_statement(session, code, suppliers=mine, at=at), at))


@bp.get("/<code>/lines")
@bp.arguments(LinesAsked, location="query")
@bp.response(200, StatementLinesOut)
def lines(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """The lines of a statement, in order."""
    mine, at = access.suppliers(), asked.get("as_of")

    def ask(session: Session) -> list[dict[str, Any]]:
        statement = settlement.get_statement(session, code, suppliers=mine, at=at)
        settlement.stood(session, statement, at)  # refused before there was one
        seen = settlement.lines_seen(session, statement, at)
        line, product = seen.line, seen.product
        corrected = select(Statement.code).where(Statement.id == line.corrects_id).scalar_subquery()
        query = (
            seen.query.add_columns(
                line.line, line.movement_id, Movement.day_on, EntryRow.event, Item.code.label("item"),
                product.code.label("product"), product.name, Lot.code.label("lot"), Item.serial,
                line.quantity, line.unit_price, line.amount, line.billed, line.treatment, corrected.label("corrects"),
            )
            .where(line.line > asked["after"])
            .order_by(line.line)
            .limit(asked["limit"] + 1)
        )  # fmt: skip
        return [dict(row._mapping) for row in session.execute(query)]

    return paged("lines", read(ask), asked["limit"], lambda row: int(row["line"]))


@bp.post("/<code>/redraw")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def redraw(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Draw a draft again, with what has come since."""
    when = occasion(said)

    def do(session: Session) -> dict[str, Any]:
        statement = settlement.get_statement(session, code)
        return _whole(session, settlement.redraw(session, when, statement))

    return write(when, do)


@bp.post("/<code>/withdraw")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def withdraw(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give up a draft: its lines are free for another."""
    return _stepped(said, code, "withdraw")


@bp.post("/<code>/approve")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def approve(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Approve a draft that somebody else drew: its lines are frozen."""
    return _stepped(said, code, "approve")


@bp.post("/<code>/send")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def send(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Send a statement to its supplier; a disputed one again, with an answer."""
    return _stepped(said, code, "send")


@bp.post("/<code>/confirm")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def confirm(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Confirm a statement as its supplier."""
    return _stepped(said, code, "confirm")


@bp.post("/<code>/dispute")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def dispute(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Dispute a statement as its supplier, and say why."""
    return _stepped(said, code, "dispute")


@bp.post("/<code>/invoice")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def invoice(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Note that a confirmed statement was invoiced; `reason` is the number of the invoice."""
    return _stepped(said, code, "invoice")


@bp.post("/<code>/pay")
@bp.arguments(StatementStepIn)
@bp.response(200, StatementWhole)
def pay(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Note that an invoiced statement was paid, by another person; `reason` is the number of the payment."""
    return _stepped(said, code, "pay")


def _stepped(said: dict[str, Any], code: str, step: str) -> dict[str, Any]:
    when, mine = occasion(said), access.suppliers()

    def do(session: Session) -> dict[str, Any]:
        statement = settlement.get_statement(session, code, suppliers=mine)
        return _whole(session, settlement.decide(session, when, statement, step, reason=said["reason"]))

    return write(when, do)


def _stood(statement: Statement, supplier: str, name: str, stood: settlement.Stood) -> dict[str, Any]:
    """One as it stood; what the journal said of its lines is not known where its step did not keep that yet."""
    told = {one: getattr(statement, one) for one in ("id", "code", "period", "since_on", "until_on", "drafted_at")}
    moves = {one: getattr(stood, one) for one in _MOVES}
    return told | moves | {"supplier": supplier, "supplier_name": name}


def _whole(session: Session, statement: Statement, at: datetime | None = None) -> dict[str, Any]:
    stood, query = settlement.stood(session, statement, at), settlement.select_steps(statement, at)
    names = ("step", "state_after", "lines", "total", "reason", "done_at")
    steps = [
        {name: getattr(step, name) for name in names} | {"by": by}
        for step, by in session.execute(query)
        if access.suppliers() is None
    ]
    party = party_told_of(session, statement.supplier_id, at)
    return _stood(statement, party.code, party.name, stood) | {"steps": steps}
