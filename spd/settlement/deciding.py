"""This file is what becomes of a statement: approved by another person, sent, confirmed or disputed, invoiced, paid."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.settlement import steps
from spd.settlement.drafting import release
from spd.settlement.invoices.whole import invoice_whole, pay_whole
from spd.settlement.models import Statement, StatementState, StatementStep
from spd.settlement.refusals import NotThatStatementStep, ReasonForStep, Stale
from spd.settlement.unsettled import left_out

_SEPARATED = {"approve": ("draft", "redraw"), "pay": ("approve", "invoice")}
"""Who took one of these steps does not take that one."""
_NEED_A_REASON = ("dispute", "invoice", "pay")


def decide(session: Session, occasion: Occasion, statement: Statement, step: str, *, reason: str = "") -> Statement:
    """The statement after a step other than drawing it. Asked again with the same key, it is as it stands.

    Who drew it does not approve it; who approved or invoiced it does not pay it. A disputed one is sent again with an
    answer. `reason` of an invoice or a payment is its number: over what of the statement is not invoiced or paid yet,
    one is made and posted.
    Raises: KeyReused, ReasonForStep, SamePerson, NotThatStatementStep, NotBookedYet, InvoiceTaken, Racing, Stale.
    """
    if steps.find_done(session, occasion, statement):
        return statement
    answers = step == "send" and statement.state == StatementState.DISPUTED
    if (step in _NEED_A_REASON or answers) and not reason:
        raise ReasonForStep()
    for person in _who(session, statement, _SEPARATED.get(step, ())):
        refuse_same_person(person, occasion.staff_id)
    if step in ("invoice", "pay"):
        _settle(session, occasion, statement, step, reason)
        return statement
    if step == "withdraw" and steps.may(statement.state, step):
        release(session, statement)
        session.flush()  # the database frees lines of a draft only
    steps.take(session, occasion, statement, step)
    if step == "approve" and (late := left_out(session, statement)):
        raise Stale(statement=statement.code, lines=late)
    steps.note(session, occasion, statement, step, reason=reason)
    return statement


def _settle(session: Session, occasion: Occasion, statement: Statement, step: str, number: str) -> None:
    """The invoice or the payment over all of it that is not there yet; the statement goes on with it."""
    if not steps.may(statement.state, step):
        raise NotThatStatementStep(statement=statement.code, state=statement.state)
    if step == "invoice":
        invoice_whole(session, occasion, statement, number=number[:80])
    else:
        pay_whole(session, occasion, statement, reference=number)
    session.refresh(statement)


def _who(session: Session, statement: Statement, done: tuple[str, ...]) -> set[int]:
    query = select(StatementStep.staff_id).where(
        StatementStep.statement_id == statement.id, StatementStep.step.in_(done)
    )
    return set(session.scalars(query))
