"""This file is the steps of a statement: which may follow which, each taken once, by whom and when kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.ledger import KeyReused, Racing
from spd.settlement.models import Statement, StatementState, StatementStep
from spd.settlement.refusals import NotThatStatementStep, UnknownStatement

S = StatementState

STEPS: dict[str, tuple[frozenset[StatementState], StatementState]] = {
    "redraw": (frozenset({S.DRAFT}), S.DRAFT),
    "withdraw": (frozenset({S.DRAFT}), S.WITHDRAWN),
    "approve": (frozenset({S.DRAFT}), S.APPROVED),
    "send": (frozenset({S.APPROVED, S.DISPUTED}), S.SENT),
    "confirm": (frozenset({S.SENT}), S.CONFIRMED),
    "dispute": (frozenset({S.SENT}), S.DISPUTED),
    "invoice": (frozenset({S.CONFIRMED}), S.INVOICED),
    "pay": (frozenset({S.INVOICED}), S.PAID),
    "uninvoice": (frozenset({S.INVOICED}), S.CONFIRMED),
    "unpay": (frozenset({S.PAID}), S.INVOICED),
}
"""The states in which a step may be taken, and the state it leads to. What is not here cannot be done."""
SUPPLIERS_STEPS = ("confirm", "dispute")
INVOICES_STEPS = ("uninvoice", "unpay")
"""Those that a statement takes because an invoice or a payment of it was taken back; nobody chooses them."""


def get_statement(
    session: Session, code: str, *, suppliers: frozenset[int] | None = None, at: datetime | None = None
) -> Statement:
    """The statement with this number; of some suppliers where they are named. Raises: UnknownStatement.

    A supplier sees no statement before it is sent, and as of an instant none that was sent later.
    """
    query = select(Statement).where(Statement.code == code)
    if suppliers is not None:
        query = query.where(seen_by(suppliers, at))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownStatement(statement=code)
    return found


def seen_by(suppliers: Collection[int], at: datetime | None = None) -> ColumnElement[bool]:
    """Whether a statement is one of these suppliers' and was sent, by an instant where one is named: only then they
    see it."""
    sent = exists().where(StatementStep.statement_id == Statement.id, StatementStep.step == "send").correlate(Statement)
    if at is not None:
        sent = sent.where(StatementStep.done_at <= at)
    return Statement.supplier_id.in_(suppliers) & sent


def may(state: str, step: str) -> bool:
    """Whether a step may be taken in a state."""
    return state in STEPS[step][0]


def find_done(
    session: Session, occasion: Occasion, statement: Statement | None = None
) -> Sequence[StatementStep] | None:
    """The steps taken before under this key; None where it is new. Raises: KeyReused."""
    query = select(StatementStep).where(StatementStep.request_key == occasion.request_key).order_by(StatementStep.id)
    found = session.scalars(query).all()
    if not found:
        return None
    other = statement is not None and all(step.statement_id != statement.id for step in found)
    if other or found[0].content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return found


def take(session: Session, occasion: Occasion, statement: Statement, step: str) -> None:
    """The step taken: the statement is in its next state, and this act's alone until it ends.

    Raises: NotThatStatementStep, Racing.
    """
    before, after = STEPS[step]
    if statement.state not in before:
        raise NotThatStatementStep(statement=statement.code, state=statement.state)
    mine = session.execute(
        update(Statement)
        .where(Statement.id == statement.id, Statement.version == statement.version)
        .values(state=after.value, version=Statement.version + 1)
        .execution_options(synchronize_session=False)
    )
    if mine.rowcount != 1:  # type: ignore[attr-defined]
        raise Racing()  # somebody else took a step at this moment: judged again as things stand
    session.refresh(statement)


def note(session: Session, occasion: Occasion, statement: Statement, step: str, *, reason: str = "") -> None:
    """The step on record, for the statement as it stands. Raises: Racing."""
    session.add(
        StatementStep(
            statement_id=statement.id,
            step=step,
            state_after=statement.state,
            lines=statement.lines,
            exact=statement.exact,
            total=statement.total,
            reason=reason,
            staff_id=occasion.staff_id,
            done_at=occasion.recorded_at,
            request_key=occasion.request_key,
            content=occasion.content,
        )
    )
    try:
        session.flush()  # the same key at this moment is refused here, where it has a name
    except IntegrityError as error:
        raise Racing() from error
