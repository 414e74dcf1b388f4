"""This file is one statement as it is, or as it stood at an instant: how far it was, what it came to, its lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, products_at
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.settlement.lines_then import CHANGING
from spd.settlement.models import Statement, StatementLine, StatementLineBefore, StatementStep
from spd.settlement.refusals import UnknownStatement
from spd.staff import Staff


@dataclass(frozen=True, kw_only=True)
class Stood:
    """How far a statement is or was, and what it comes or came to."""

    state: str
    lines: int
    total: Decimal
    exact: Decimal | None
    """What the journal says of its lines; none where it was not kept then."""

    @property
    def rounding(self) -> Decimal | None:
        """What rounding each line to the cent added."""
        return None if self.exact is None else self.total - self.exact


@dataclass(frozen=True, kw_only=True)
class LinesSeen:
    """The lines of a statement, for a list: `query` selects nothing yet; `line` and `product` are asked as
    `StatementLine` and `Product` are."""

    query: Select[Any]
    line: Any
    product: Any
    billed: Decimal
    """What they come to."""
    kept: bool
    """Whether they are all there: of a draft that was drawn again long ago its first lines were not kept."""


def stood(session: Session, statement: Statement, at: datetime | None = None) -> Stood:
    """A statement as it is, or by the last step until an instant. Raises: UnknownStatement."""
    if at is None:
        return Stood(
            state=statement.state, lines=statement.lines, total=statement.total, exact=statement.exact
        )  # fmt: skip
    step = session.scalars(_steps(statement, at).limit(1)).one_or_none()
    if step is None:
        raise UnknownStatement(statement=statement.code)
    return stood_by(statement, step.state_after, step.lines, step.total, step.exact)


def stood_by(statement: Statement, state: str, lines: int, total: Decimal, exact: Decimal | None) -> Stood:
    """A statement as a step left it; what the journal said of its lines is known of older steps too where the
    statement has come to the same."""
    if exact is None and (lines, total) == (statement.lines, statement.total):
        exact = statement.exact
    return Stood(state=state, lines=lines, total=total, exact=exact)


def lines_seen(session: Session, statement: Statement, at: datetime | None = None) -> LinesSeen:
    """The lines of a statement with the goods and movements behind them, as they are or were at an instant."""
    line: Any = StatementLine
    mine = StatementLine.statement_id == statement.id
    if at is not None and (drawn := _drawn_anew(session, statement, at)):
        line, mine = StatementLineBefore, StatementLineBefore.drawn_id == drawn
    product = products_at(at)
    query = (
        select()
        .select_from(line)
        .join(Posting, Posting.id == line.posting_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == line.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .join(product, product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(mine)
    )
    count, billed = session.execute(select(func.count(), func.sum(line.billed)).where(mine)).one()
    return LinesSeen(
        query=query, line=line, product=product, billed=billed or Decimal(0),
        kept=count == stood(session, statement, at).lines,
    )  # fmt: skip


def _drawn_anew(session: Session, statement: Statement, at: datetime) -> int | None:
    """The step that had drawn the lines there were at an instant, where they were given up afterwards."""
    told = session.scalars(_steps(statement)).all()
    last = next((step.id for step in told if step.done_at <= at), 0)
    changing = [step for step in told if step.step in CHANGING]
    before = [step for step in changing if step.id <= last]
    return before[0].id if before and before[0] is not changing[0] else None


def select_steps(statement: Statement, at: datetime | None = None) -> Select[StatementStep, str]:
    """What was done with a statement, until an instant, in order, with who did it."""
    return (
        _steps(statement, at)
        .order_by(None)
        .order_by(StatementStep.id)
        .join(Staff, Staff.id == StatementStep.staff_id)
        .add_columns(Staff.name)
    )


def _steps(statement: Statement, at: datetime | None = None) -> Select[StatementStep]:
    """The steps of a statement, the last first; until an instant."""
    query = select(StatementStep).where(StatementStep.statement_id == statement.id).order_by(StatementStep.id.desc())
    return query if at is None else query.where(StatementStep.done_at <= at)
