"""This file is how a correction is settled, by how far the statement is on which the corrected line stands."""

from __future__ import annotations

from enum import StrEnum

from spd.settlement.models import StatementState


class Treatment(StrEnum):
    """What a line of a statement is."""

    NEW = "new"
    """A receipt, use or loss, or a return of what was settled nowhere yet: nothing is corrected."""
    NETTED = "netted"
    """It undoes a line of the same statement, or one that is on none and not billed: they come to nothing together."""
    RED_LINE = "red_line"
    """It undoes a line of a statement that was approved, sent or confirmed, or sends its goods back: a line below zero,
    now."""
    RED_INVOICE = "red_invoice"
    """It undoes a line that is invoiced, whatever else waits on its statement: the supplier owes a red invoice."""
    OFFSET = "offset"
    """It undoes a line that was paid: taken off what is paid next."""


_BY_STATE = {
    StatementState.INVOICED: Treatment.RED_INVOICE,
    StatementState.PAID: Treatment.OFFSET,
}


def treatment_of(*, undoes: bool, settled: str | None) -> Treatment:
    """What a line is. `settled` is how far the undone line is on invoices of its own, else the state of the other
    statement that it stands on; None is neither.

    Source: domain facts B3, the matrix of corrections by stage.
    """
    if not undoes:
        return Treatment.NEW
    if settled is None:
        return Treatment.NETTED
    return _BY_STATE.get(StatementState(settled), Treatment.RED_LINE)
