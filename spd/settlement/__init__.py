"""What a supplier is owed for a period, and why: drafted, approved, sent, confirmed, invoiced, paid."""

from spd.settlement.billed import is_settled
from spd.settlement.correction import Treatment, treatment_of
from spd.settlement.deciding import decide
from spd.settlement.drafting import draft, redraw
from spd.settlement.life import Life, Told, told_of
from spd.settlement.listing import StatementsSeen, statements_seen
from spd.settlement.models import (
    Statement,
    StatementLine,
    StatementLineBefore,
    StatementState,
    StatementStep,
    span_of,
)
from spd.settlement.refusals import (
    NothingToSettle,
    NotThatStatementStep,
    ReasonForStep,
    Stale,
    StatementBackwards,
    UnknownStatement,
)
from spd.settlement.steps import INVOICES_STEPS, STEPS, SUPPLIERS_STEPS, get_statement, may, seen_by
from spd.settlement.stood import LinesSeen, Stood, lines_seen, select_steps, stood, stood_by
from spd.settlement.unsettled import Reach, nowhere, owed, reach_of
from spd.settlement.unstated import Unstated, unstated

__all__ = [
    "INVOICES_STEPS",
    "STEPS",
    "SUPPLIERS_STEPS",
    "Life",
    "LinesSeen",
    "NotThatStatementStep",
    "NothingToSettle",
    "Reach",
    "ReasonForStep",
    "Stale",
    "Statement",
    "StatementBackwards",
    "StatementLine",
    "StatementLineBefore",
    "StatementState",
    "StatementStep",
    "StatementsSeen",
    "Stood",
    "Told",
    "Treatment",
    "UnknownStatement",
    "Unstated",
    "decide",
    "draft",
    "get_statement",
    "is_settled",
    "lines_seen",
    "may",
    "nowhere",
    "owed",
    "reach_of",
    "redraw",
    "seen_by",
    "select_steps",
    "span_of",
    "statements_seen",
    "stood",
    "stood_by",
    "told_of",
    "treatment_of",
    "unstated",
]
