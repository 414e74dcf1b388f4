"""This file is drafting: a statement takes what the journal owes a supplier and no statement has taken yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from spd import accounting, ledger
from spd.core.money import ZERO, to_cent
from spd.core.occasion import Occasion
from spd.ledger import EntryRow, Item, Movement, Posting, Racing
from spd.parties import Party
from spd.settlement import steps
from spd.settlement.billed import billed_apart, came_billed, came_on
from spd.settlement.correction import treatment_of
from spd.settlement.invoices.models import InvoiceMatch, stands
from spd.settlement.lines_then import DRAWING
from spd.settlement.models import (
    Statement,
    StatementLine,
    StatementLineBefore,
    StatementState,
    StatementStep,
    span_of,
)
from spd.settlement.refusals import NothingToSettle, StatementBackwards


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What statements are drafted of: all through an accounting month, or with `until_on` what is of these days.

    A line that is on a statement is on no other, whatever they reach over.
    """

    period: str
    since_on: date | None = None
    until_on: date | None = None

    def of(self) -> ColumnElement[bool]:
        """Whether a posting is of it."""
        if self.until_on is None:
            return Posting.period <= self.period
        until = EntryRow.day_on <= self.until_on
        return until if self.since_on is None else and_(EntryRow.day_on >= self.since_on, until)


def reach_of(session: Session, period: str | None, since_on: date | None = None, until_on: date | None = None) -> Reach:
    """The reach that is asked for: by month, or by days and the month of the last. Raises: StatementBackwards."""
    if until_on is None and since_on is None and period is not None:
        return Reach(period=period)
    if until_on is None or (since_on is not None and since_on > until_on):
        raise StatementBackwards(since=since_on or "–", until=until_on or "–")
    return Reach(period=ledger.accounting_month(session, until_on), since_on=since_on, until_on=until_on)


def draft(session: Session, occasion: Occasion, *, period: Reach | str, supplier: str | None = None) -> list[Statement]:
    """Statements through an accounting month, or of chosen days, one for each supplier that is owed something; of one
    where it is named.

    A supplier that has a draft keeps it as it is. Asked again with the same key, the first ones are returned.
    Raises: KeyReused, NothingToSettle, Racing.
    """
    reach = Reach(period=period) if isinstance(period, str) else period
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


_TAKEN = aliased(StatementLine)


def unsettled(session: Session, supplier_id: int, reach: Reach) -> Select[Any]:
    """What the journal owes a supplier in a reach that is on no statement; one row for each posting."""
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
            reach.of(),
            _TAKEN.id.is_(None),
            ~invoiced,
        )
    )


def left_out(session: Session, statement: Statement) -> int:
    """How many lines came after a draft was drawn."""
    query = unsettled(session, statement.supplier_id, _reach(statement)).add_columns(func.count())
    return session.scalar(query) or 0


def _reach(statement: Statement) -> Reach:
    return Reach(period=statement.period, since_on=statement.since_on, until_on=statement.until_on)


def owed(session: Session, period: Reach | str, supplier: str | None = None) -> Sequence[Party]:
    """The suppliers without a draft that the journal owes something through a month, or of days, that is on no
    statement, by code."""
    reach = Reach(period=period) if isinstance(period, str) else period
    drafts = select(Statement.supplier_id).where(Statement.state == StatementState.DRAFT)
    parties = owing(session, reach).add_columns(Posting.party_id)
    query = select(Party).where(Party.id.in_(parties), Party.id.not_in(drafts)).order_by(Party.code)
    if supplier is not None:
        query = query.where(Party.code == supplier)
    return session.scalars(query).all()


def owing(session: Session, reach: Reach) -> Select[Any]:
    """What the journal owes suppliers in a reach that is nowhere yet; one row for each posting."""
    return (
        select()
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .outerjoin(StatementLine, StatementLine.posting_id == Posting.id)
        .outerjoin(Statement, Statement.id == StatementLine.statement_id)
        .where(
            Posting.account.in_(accounting.accrued_accounts(session)), reach.of(), EntryRow.movement_id.is_not(None),
            nowhere(),
        )
    )  # fmt: skip


def nowhere(at: datetime | None = None) -> ColumnElement[bool]:
    """Whether a posting beside its statement is on none, and no invoice is matched to any of it; or was, at an
    instant."""
    matched = exists().where(InvoiceMatch.posting_id == Posting.id, stands(at))
    return and_(Statement.id.is_(None), ~matched)


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
    query = (
        unsettled(session, statement.supplier_id, _reach(statement))
        .outerjoin(_UNDONE, _UNDONE.movement_id == Movement.reverses_id)
        .outerjoin(_SETTLED_ON, _SETTLED_ON.id == func.coalesce(_UNDONE.statement_id, came_on()))
        .add_columns(
            Posting.id.label("posting_id"),
            Posting.amount.label("posted"),
            Movement.id.label("movement_id"),
            Movement.quantity,
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
        "treatment": treatment_of(undoes=bool(row.reverses_id or row.settled), settled=row.settled).value,
        "corrects_id": row.corrects_id,
    }
