"""This file is the import of invoices: a row is a line; rows of one supplier and number are one invoice, entered once.

What the first row of an invoice says of the whole holds for it: days, the first of two invoices, the delivery note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import uuid5

from sqlalchemy import func, select

from spd.core.errors import Refusal
from spd.core.money import ZERO
from spd.core.occasion import Occasion, digest_of
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.parties import Party, PartyKind
from spd.settlement.invoices import (
    Invoice,
    InvoiceLine,
    InvoiceLineSaid,
    InvoiceSaid,
    InvoiceState,
    InvoiceTaken,
    enter_invoice,
    judge_lines,
)

NEEDED = ("supplier", "own_invoice", "issued_on", "quantity")
COLUMNS = (
    *NEEDED, "product", "name", "lot", "unit_price", "amount", "maker_invoice", "note_number", "received_on", "due_on",
)  # fmt: skip


@dataclass
class _Gathered:
    """One invoice of the file."""

    said: InvoiceSaid
    rows: list[int] = field(default_factory=list)
    lines: list[InvoiceLineSaid] = field(default_factory=list)
    outcome: Outcome = Outcome.CREATED
    problem: Problem | None = None


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which invoices are new; one that is on record with the same lines is left. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(NEEDED)
    found: dict[tuple[str, str], _Gathered] = {}
    refused: dict[int, Problem] = {}
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            _gather(importing, occasion, row, found)
        except Refusal as refusal:
            refused[row.number] = Problem.of(row.number, refusal)
    for one in found.values():
        _judge(importing, one)
    by_row = {number: one for one in found.values() for number in one.rows}
    return Plan(
        kind="invoices",
        rows=tuple(_planned(row, by_row.get(row.number), refused.get(row.number)) for row in table.rows),
        ignored_columns=ignored(table.columns, COLUMNS),
        write=lambda: _write(importing, occasion, list(found.values())),
    )


def _gather(importing: Importing, occasion: Occasion, row: Row, found: dict[tuple[str, str], _Gathered]) -> None:
    """Raises: MissingValue, UnknownReference, BadValue."""
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    for name in NEEDED:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    importing.number_of(Party, cells["supplier"], kind=PartyKind.SUPPLIER.value)
    key = (cells["supplier"].text(80), cells["own_invoice"].text(80))
    line = InvoiceLineSaid(
        product=cells["product"].text(80), name=cells["name"].text(200), lot=cells["lot"].text(80),
        quantity=_quantity(cells["quantity"]), unit_price=_positive(cells["unit_price"]),
        amount=_amount(cells["amount"]),
    )  # fmt: skip
    if key not in found:
        days: Any = {name: cells[name].day() if cells[name].value else None for name in ("received_on", "due_on")}
        said = InvoiceSaid(
            occasion=occasion, supplier=key[0], number=key[1], issued_on=cells["issued_on"].day(), lines=(),
            first_number=cells["maker_invoice"].text(80), delivery_note=cells["note_number"].text(80), **days,
        )  # fmt: skip
        found[key] = _Gathered(said=said)
    found[key].rows.append(row.number)
    found[key].lines.append(line)


def _quantity(cell: Cell) -> int:
    """A whole number that is not zero; below zero on a red invoice. Raises: BadValue."""
    text = cell.value.removesuffix(".00").removesuffix(".0")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 7 or int(digits) == 0:
        raise cell.bad("a whole number other than zero, below zero on a red invoice", "非零整数, 红字发票为负数")
    return int(text)


def _positive(cell: Cell) -> Decimal | None:
    return cell.money() if cell.value else None


def _amount(cell: Cell) -> Decimal | None:
    """An amount with its sign; none where the cell is empty. Raises: BadValue."""
    if not cell.value:
        return None
    sign = -1 if cell.value.startswith("-") else 1
    bare = Cell(file=cell.file, row=cell.row, column=cell.column, value=cell.value.removeprefix("-"))
    return sign * bare.money()


def _judge(importing: Importing, one: _Gathered) -> None:
    """Whether an invoice of the file is new, known, or refused."""
    session, first = importing.session, one.rows[0]
    try:
        rows = judge_lines(session, one.lines)
        standing = (Invoice.number == one.said.number) & (Invoice.state != InvoiceState.WITHDRAWN)
        query = select(Invoice).join(Party, Party.id == Invoice.supplier_id)
        known = session.scalars(query.where(Party.code == one.said.supplier, standing)).one_or_none()
        if known is None:
            return
        total = sum((row["amount"] for row in rows), ZERO)
        counted = session.scalar(select(func.count()).where(InvoiceLine.invoice_id == known.id))
        if (known.total, counted) != (total, len(rows)):
            raise InvoiceTaken(supplier=one.said.supplier, number=one.said.number)
        one.outcome = Outcome.UNCHANGED
    except Refusal as refusal:
        one.outcome, one.problem = Outcome.REFUSED, Problem.of(first, refusal)


def _planned(row: Row, one: _Gathered | None, problem: Problem | None) -> RowPlan:
    key = ", ".join(row.get(name) for name in ("supplier", "own_invoice"))
    problem = problem or (one.problem if one else None)
    if one is None or problem is not None:
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=(problem,) if problem else ())
    if one.outcome is Outcome.UNCHANGED:
        return RowPlan(row=row.number, outcome=one.outcome, key=key)
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in COLUMNS if row.get(name))
    return RowPlan(row=row.number, outcome=one.outcome, key=key, fields=fields)


def _write(importing: Importing, occasion: Occasion, found: Sequence[_Gathered]) -> None:
    for one in found:
        if one.outcome is not Outcome.CREATED:
            continue
        names: list[Any] = [one.said.supplier, one.said.number]
        mine = replace(
            occasion,
            request_key=uuid5(occasion.request_key, "\n".join(names)),
            content=digest_of([*names, len(one.rows)]),
        )
        enter_invoice(importing.session, replace(one.said, occasion=mine, lines=one.lines))
