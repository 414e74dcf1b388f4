"""This file is drafting: a statement takes what the journal owes a supplier and no statement has taken yet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from spd import accounting
from spd.core.money import ZERO, to_cent
from spd.core.occasion import Occasion
from spd.ledger import EntryRow, Item, Movement, Posting, Racing
from spd.parties import Party
from spd.settlement import steps
from spd.settlement.correction import treatment_of
from spd.settlement.invoices.models import InvoiceMatch, stands
from spd.settlement.models import Statement, StatementLine, StatementState
from spd.settlement.refusals import NothingToSettle


def draft(session: Session, occasion: Occasion, *, period: str, supplier: str | None = None) -> list[Statement]:
    """Statements through an accounting month, one for each supplier that is owed something; of one where it is named.

    A supplier that has a draft keeps it as it is. Asked again with the same key, the first ones are returned.
    Raises: KeyReused, NothingToSettle, Racing.
    """
    if done := steps.find_done(session, occasion):
        found = select(Statement).where(Statement.id.in_([step.statement_id for step in done])).order_by(Statement.id)
        return list(session.scalars(found))
    parties = owed(session, period, supplier)
    if not parties:
        raise NothingToSettle(period=period)
    drawn = []
    for party in parties:
        statement = _new(session, occasion, party, period)
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
    steps.take(session, occasion, statement, "redraw")
    release(session, statement)
    _draw(session, statement)
    steps.note(session, occasion, statement, "redraw")
    return statement


def release(session: Session, statement: Statement) -> None:
    """The lines of a draft are free for another."""
    session.execute(delete(StatementLine).where(StatementLine.statement_id == statement.id))
    statement.lines, statement.exact, statement.total = 0, ZERO, ZERO


_TAKEN = aliased(StatementLine)


def unsettled(session: Session, supplier_id: int, period: str) -> Select[Any]:
    """What the journal owes a supplier through a month that is on no statement; one row for each posting."""
    invoiced = exists().where(InvoiceMatch.posting_id == Posting.id, stands())
    return (
        select()
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .outerjoin(_TAKEN, _TAKEN.posting_id == Posting.id)
        .where(
            Posting.party_id == supplier_id,
            Posting.account.in_(accounting.accrued_accounts(session)),
            Posting.period <= period,
            _TAKEN.id.is_(None),
            ~invoiced,
        )
    )


def left_out(session: Session, statement: Statement) -> int:
    """How many lines came after a draft was drawn."""
    query = unsettled(session, statement.supplier_id, statement.period).add_columns(func.count())
    return session.scalar(query) or 0


def owed(session: Session, period: str, supplier: str | None = None) -> Sequence[Party]:
    """The suppliers that the journal owes something through a month that is on no statement, by code."""
    drafts = select(Statement.supplier_id).where(Statement.state == StatementState.DRAFT)
    parties = (
        select(Posting.party_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .outerjoin(StatementLine, StatementLine.posting_id == Posting.id)
        .where(
            Posting.account.in_(accounting.accrued_accounts(session)),
            Posting.period <= period,
            EntryRow.movement_id.is_not(None),
            StatementLine.id.is_(None),
            ~exists().where(InvoiceMatch.posting_id == Posting.id, stands()),
        )
    )
    query = select(Party).where(Party.id.in_(parties), Party.id.not_in(drafts)).order_by(Party.code)
    if supplier is not None:
        query = query.where(Party.code == supplier)
    return session.scalars(query).all()


def _new(session: Session, occasion: Occasion, party: Party, period: str) -> Statement:
    there = select(func.count()).where(Statement.supplier_id == party.id, Statement.period == period)
    number = (session.scalar(there) or 0) + 1
    statement = Statement(
        code=f"ST-{period}-{party.code}-{number}"[:80],
        supplier_id=party.id,
        period=period,
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
    query = (
        unsettled(session, statement.supplier_id, statement.period)
        .outerjoin(_UNDONE, _UNDONE.movement_id == Movement.reverses_id)
        .outerjoin(_SETTLED_ON, _SETTLED_ON.id == _UNDONE.statement_id)
        .add_columns(
            Posting.id.label("posting_id"),
            Posting.amount.label("posted"),
            Movement.id.label("movement_id"),
            Movement.quantity,
            Movement.reverses_id,
            Item.unit_price,
            _SETTLED_ON.id.label("corrects_id"),
            _SETTLED_ON.state.label("settled"),
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
    amount = -row.posted  # a payable is a credit, which is below zero in the journal
    return {
        "statement_id": statement_id,
        "line": number,
        "posting_id": row.posting_id,
        "movement_id": row.movement_id,
        "quantity": row.quantity if amount > 0 else -row.quantity,
        "unit_price": row.unit_price,
        "amount": amount,
        "billed": to_cent(amount),
        "treatment": treatment_of(undoes=row.reverses_id is not None, settled=row.settled).value,
        "corrects_id": row.corrects_id,
    }
