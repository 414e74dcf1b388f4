"""What a supplier is owed for a period, and why: drafted, approved, sent, confirmed, invoiced, paid."""

from spd.settlement.billed import is_settled
from spd.settlement.correction import Treatment, treatment_of
from spd.settlement.deciding import decide
from spd.settlement.drafting import Reach, draft, nowhere, owed, reach_of, redraw
from spd.settlement.life import Life, Told, told_of
from spd.settlement.listing import StatementsSeen, select_lines, statements_seen
from spd.settlement.models import Statement, StatementLine, StatementState, StatementStep, span_of
from spd.settlement.refusals import (
    NothingToSettle,
    NotThatStatementStep,
    ReasonForStep,
    Stale,
    StatementBackwards,
    UnknownStatement,
)
from spd.settlement.steps import INVOICES_STEPS, STEPS, SUPPLIERS_STEPS, get_statement, may, seen_by
from spd.settlement.unstated import Unstated, unstated

__all__ = [
    "INVOICES_STEPS",
    "STEPS",
    "SUPPLIERS_STEPS",
    "Life",
    "NotThatStatementStep",
    "NothingToSettle",
    "Reach",
    "ReasonForStep",
    "Stale",
    "Statement",
    "StatementBackwards",
    "StatementLine",
    "StatementState",
    "StatementStep",
    "StatementsSeen",
    "Told",
    "Treatment",
    "UnknownStatement",
    "Unstated",
    "decide",
    "draft",
    "get_statement",
    "is_settled",
    "may",
    "nowhere",
    "owed",
    "reach_of",
    "redraw",
    "seen_by",
    "select_lines",
    "span_of",
    "statements_seen",
    "told_of",
    "treatment_of",
    "unstated",
]
