"""This file is drafting: a statement takes what the journal owes a supplier and is settled nowhere yet."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from spd import ledger
from spd.core.money import ZERO, to_cent
from spd.core.occasion import Occasion
from spd.ledger import Item, Movement, Posting, Racing
from spd.parties import Party
from spd.settlement import steps
from spd.settlement.billed import billed_apart, came_billed, came_on
from spd.settlement.correction import treatment_of
from spd.settlement.lines_then import DRAWING
from spd.settlement.models import (
    Statement,
    StatementLine,
    StatementLineBefore,
    StatementState,
    StatementStep,
    span_of,
)
from spd.settlement.refusals import NothingToSettle
from spd.settlement.unsettled import Reach, owed, reach_of_statement, unsettled


def draft(session: Session, occasion: Occasion, *, period: Reach | str, supplier: str | None = None) -> list[Statement]:
    """Statements through an accounting month, or of chosen days, one for each supplier that is owed something; of one
    where it is named.

    A supplier that has a draft keeps it as it is. Asked again with the same key, the first ones are returned.
    Raises: KeyReused, NothingToSettle, Racing.
    """
    reach = Reach(period=period) if isinstance(period, str) else period
    ledger.hold_documents(session)  # what is matched at this moment is on no statement
    if done := steps.find_done(session, occasion):
        found = select(Statement).where(Statement.id.in_([step.statement_id for step in done])).order_by(Statement.id)
        return list(session.scalars(found))
    parties = owed(session, reach, supplier)
    if not parties:
        raise NothingToSettle(period=span_of(reach.period, reach.since_on, reach.until_on))
    drawn = []
    for party in parties:
        statement = _new(session, occasion, party, reach)
        _draw(session, statement)
        steps.note(session, occasion, statement, "draft")
        drawn.append(statement)
    return drawn


def redraw(session: Session, occasion: Occasion, statement: Statement) -> Statement:
    """The draft drawn again, with what has come since; what it came to is kept with the step.

    Raises: KeyReused, NotThatStatementStep, Racing.
    """
    if steps.find_done(session, occasion, statement):
        return statement
    ledger.hold_documents(session)
    steps.take(session, occasion, statement, "redraw")
    release(session, statement)
    _draw(session, statement)
    steps.note(session, occasion, statement, "redraw")
    return statement


def release(session: Session, statement: Statement) -> None:
    """The lines of a draft are free for another; what they were is kept."""
    mine = (StatementStep.statement_id == statement.id, StatementStep.step.in_(DRAWING))
    drawn = select(func.max(StatementStep.id)).where(*mine).scalar_subquery()
    names = [column.name for column in StatementLineBefore.__table__.columns if column.name not in ("id", "drawn_id")]
    lines = select(drawn, *(getattr(StatementLine, name) for name in names))
    lines = lines.where(StatementLine.statement_id == statement.id).order_by(StatementLine.line)
    session.execute(insert(StatementLineBefore).from_select(["drawn_id", *names], lines))
    session.execute(delete(StatementLine).where(StatementLine.statement_id == statement.id))
    statement.lines, statement.exact, statement.total = 0, ZERO, ZERO


def _new(session: Session, occasion: Occasion, party: Party, reach: Reach) -> Statement:
    period = reach.period
    there = select(func.count()).where(Statement.supplier_id == party.id, Statement.period == period)
    number = (session.scalar(there) or 0) + 1
    statement = Statement(
        code=f"ST-{period}-{party.code}-{number}"[:80],
        supplier_id=party.id,
        period=period,
        since_on=reach.since_on,
        until_on=reach.until_on,
        state=StatementState.DRAFT.value,
        version=1,
        lines=0,
        exact=ZERO,
        total=ZERO,
        drafted_at=occasion.recorded_at,
    )
    session.add(statement)
    try:
        session.flush()  # its lines name it; another draft of this moment is refused here
    except IntegrityError as error:
        raise Racing() from error
    return statement


_UNDONE = aliased(StatementLine)
_SETTLED_ON = aliased(Statement)


def _draw(session: Session, statement: Statement) -> None:
    """Take all that is owed and free. Raises: Racing."""
    left = unsettled(session, statement.supplier_id, reach_of_statement(statement))
    query = (
        left.query.outerjoin(_UNDONE, _UNDONE.movement_id == Movement.reverses_id)
        .outerjoin(_SETTLED_ON, _SETTLED_ON.id == func.coalesce(_UNDONE.statement_id, came_on()))
        .add_columns(
            Posting.id.label("posting_id"),
            left.amount.label("owed"),
            left.quantity.label("quantity"),
            Movement.id.label("movement_id"),
            Movement.reverses_id,
            Item.unit_price,
            _SETTLED_ON.id.label("corrects_id"),
            func.coalesce(billed_apart(), came_billed(), _SETTLED_ON.state).label("settled"),
        )
        .order_by(Movement.day_on, Movement.id, Posting.line)
    )
    rows = [_line(statement.id, number, row) for number, row in enumerate(session.execute(query), 1)]
    if rows:
        try:
            session.execute(insert(StatementLine), rows)
        except IntegrityError as error:
            raise Racing() from error
    statement.lines = len(rows)
    statement.exact = sum((row["amount"] for row in rows), ZERO)
    statement.total = sum((row["billed"] for row in rows), ZERO)


def _line(statement_id: int, number: int, row: Any) -> dict[str, Any]:
    return {
        "statement_id": statement_id,
        "line": number,
        "posting_id": row.posting_id,
        "movement_id": row.movement_id,
        "quantity": int(row.quantity),
        "unit_price": row.unit_price,
        "amount": row.owed,
        "billed": to_cent(row.owed),
        "treatment": treatment_of(undoes=bool(row.reverses_id or row.settled), settled=row.settled).value,
        "corrects_id": row.corrects_id,
    }
