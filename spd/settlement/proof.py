"""This file is the proof of statements: each is the sum of its lines, each line is its posting and its goods' price."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, exists, func, select, type_coerce
from sqlalchemy.orm import Session

from spd.core.columns import Scaled, worth
from spd.core.money import ZERO, to_cent
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.ledger.verify import Problem
from spd.settlement.invoices import matching
from spd.settlement.invoices import proof as invoice_proof
from spd.settlement.invoices.models import Invoice, InvoiceLine, InvoiceMatch, InvoiceState, stands
from spd.settlement.invoices.progress import lines_not_billed
from spd.settlement.models import Statement, StatementLine, StatementLineBefore, StatementState, StatementStep


def problems(session: Session) -> list[Problem]:
    """Where a statement is not what was used and received; an empty list is the proof."""
    return [
        *_totals(session), *_drawn_before(session), *_states(session), *_lines(session),
        *_billed_twice(session), *invoice_proof.problems(session),
    ]  # fmt: skip


def _totals(session: Session) -> Iterator[Problem]:
    """A statement's total is the sum of its lines."""
    for statement, lines, exact, total in session.execute(_summed()):
        kept = (statement.lines, statement.exact, statement.total)
        there = (lines or 0, exact or ZERO, total or ZERO)
        if kept != there:
            says = (
                f"says {kept[0]} lines, {kept[1]}, billed {kept[2]}; its lines are {there[0]}, {there[1]}, {there[2]}"
            )
            yield Problem(check="statements", table="statements", row=statement.code, says=says)


@cache
def _summed() -> Select[Any]:
    sums = (
        select(
            StatementLine.statement_id,
            func.count().label("lines"),
            type_coerce(func.sum(type_coerce(StatementLine.amount, BigInteger)), Scaled()).label("exact"),
            type_coerce(func.sum(type_coerce(StatementLine.billed, BigInteger)), Scaled()).label("total"),
        )
        .group_by(StatementLine.statement_id)
        .subquery()
    )
    return select(Statement, sums.c.lines, sums.c.exact, sums.c.total).outerjoin(
        sums, sums.c.statement_id == Statement.id
    )


def _states(session: Session) -> Iterator[Problem]:
    """A statement is where its last step left it, and is invoiced and paid only by invoices that are."""
    for query, says in _not_there():
        for code, state in session.execute(query):
            yield Problem(check="statements", table="statements", row=code, says=f"is {state}, {says}")


@cache
def _not_there() -> tuple[tuple[Select[Any], str], ...]:
    """Statements that are not what their state says. One from before there were invoices is matched to none."""
    last = select(func.max(StatementStep.id)).group_by(StatementStep.statement_id)
    of = select(StatementLine.statement_id).join(InvoiceMatch, InvoiceMatch.posting_id == StatementLine.posting_id)
    unpaid = of.join(InvoiceLine, InvoiceLine.id == InvoiceMatch.line_id)
    unpaid = unpaid.join(Invoice, Invoice.id == InvoiceLine.invoice_id)
    unpaid = unpaid.where(stands(), Invoice.state != InvoiceState.PAID.value)
    stepped = exists().where(
        StatementStep.id.in_(last), StatementStep.statement_id == Statement.id,
        StatementStep.state_after == Statement.state,
    )  # fmt: skip
    invoiced = Statement.state.in_((StatementState.INVOICED.value, StatementState.PAID.value))
    billed = (invoiced, Statement.id.in_(of), Statement.id.in_(lines_not_billed()))
    paid = (Statement.state == StatementState.PAID.value, Statement.id.in_(unpaid))
    whole: Any = select(Statement.code, Statement.state)
    return (
        (whole.where(~stepped), "and its last step left it elsewhere"),
        (whole.where(*billed), "and not all of it is on booked invoices"),
        (whole.where(*paid), "and an invoice of it is not paid"),
    )


def _drawn_before(session: Session) -> Iterator[Problem]:
    """What a draft was before it was drawn again is what the step that drew it came to."""
    line = StatementLineBefore
    query = (
        select(StatementStep.id, StatementStep.lines, StatementStep.total, func.count(), func.sum(line.billed))
        .join(line, line.drawn_id == StatementStep.id)
        .group_by(StatementStep.id, StatementStep.lines, StatementStep.total)
    )
    for step, lines, total, count, billed in session.execute(query):
        if (lines, total) != (count, billed):
            says = f"its lines are {count}, billed {billed}; step {step} drew {lines}, {total}"
            yield Problem(check="statements", table="statement_lines_before", row=str(step), says=says)


def _reached() -> ColumnElement[bool]:
    """Whether a posting is of its statement's month or an earlier one, or of the days chosen."""
    since = func.coalesce(Statement.since_on, EntryRow.day_on)
    days = (EntryRow.day_on >= since) & (EntryRow.day_on <= Statement.until_on)
    return case((Statement.until_on.is_(None), Posting.period <= Statement.period), else_=days)


def _lines(session: Session) -> Iterator[Problem]:
    """A line is its posting with the sign turned, or what invoices left of that, at the price the goods came in at; and
    its supplier's."""
    for row in session.execute(_beside_postings()):
        there = row.amount == -row.posted if row.quantity == row.whole else row.shared
        if not there or row.amount != row.worth or row.billed != to_cent(row.amount):
            says = f"says {row.amount}, billed {row.billed}; posted {-row.posted}, the goods are worth {row.worth}"
            yield Problem(check="statements", table="statement_lines", row=str(row.id), says=says)
        if not (row.theirs and row.right):
            says = "stands for another supplier's, another movement's or a later month's posting"
            yield Problem(check="statements", table="statement_lines", row=str(row.id), says=says)


def _billed_twice(session: Session) -> Iterator[Problem]:
    """What is on a statement that its supplier has not confirmed is on no invoice."""
    for row in session.scalars(_matched_too()):
        says = "is on a statement that is not confirmed, and on an invoice"
        yield Problem(check="statements", table="statement_lines", row=str(row), says=says)


@cache
def _matched_too() -> Select[Any]:
    matched = matching.matched_so_far()
    both = func.abs(StatementLine.quantity) + func.abs(matched.c.quantity)
    query: Any = (
        select(StatementLine.id)
        .join(Statement, Statement.id == StatementLine.statement_id)
        .join(Movement, Movement.id == StatementLine.movement_id)
        .join(matched, matched.c.posting_id == StatementLine.posting_id)
        .where(Statement.state.not_in((*matching.SETTLING, StatementState.PAID.value)), both > Movement.quantity)
    )
    whole: Select[Any] = query
    return whole


@cache
def _beside_postings() -> Any:
    quantity, ever = matching.signed_quantity(), exists().where(InvoiceMatch.posting_id == Posting.id)
    return (
        select(
            StatementLine.id,
            StatementLine.amount,
            StatementLine.billed,
            StatementLine.quantity,
            quantity.label("whole"),
            ((func.abs(StatementLine.quantity) < func.abs(quantity)) & ever).label("shared"),
            Posting.amount.label("posted"),
            worth(StatementLine.quantity, Item.unit_price).label("worth"),
            (Posting.party_id == Statement.supplier_id).label("theirs"),
            ((EntryRow.movement_id == StatementLine.movement_id) & _reached()).label("right"),
        )
        .join(Statement, Statement.id == StatementLine.statement_id)
        .join(Posting, Posting.id == StatementLine.posting_id)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, Item.id == Movement.item_id)
        .execution_options(yield_per=4000)
    )
