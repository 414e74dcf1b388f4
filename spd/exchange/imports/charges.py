"""This file is the import of what HIS charged: a row is a line billed or refunded, kept once under HIS's number."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from spd import reconciliation
from spd.core.clock import day_of
from spd.core.errors import Refusal
from spd.core.money import to_cent
from spd.core.occasion import Occasion
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.places import Department
from spd.reconciliation import Charged

NEEDED = ("line", "encounter", "department", "charge_code", "quantity", "charged_at")
COLUMNS = (*NEEDED, "unit_price", "amount", "refund_of", "item", "lot")


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which lines are new; those that came before and say the same are left. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(NEEDED)
    lines: dict[int, Charged] = {}
    refused: dict[int, Problem] = {}
    seen: dict[str, Charged] = {}
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            lines[row.number] = _line(importing, row)
            _refuse_repeated(row, lines[row.number], seen)
        except Refusal as refusal:
            refused[row.number] = Problem.of(row.number, refusal)
    known = reconciliation.known(importing.session, seen)
    rows = tuple(_planned(row, lines.get(row.number), refused.get(row.number), known) for row in table.rows)
    new = [lines[row.row] for row in rows if row.outcome is Outcome.CREATED]
    return Plan(
        kind="charges",
        rows=rows,
        ignored_columns=ignored(table.columns, COLUMNS),
        write=lambda: _write(importing, occasion, new),
    )


def _write(importing: Importing, occasion: Occasion, new: list[Charged]) -> None:
    reconciliation.keep_charges(importing.session, occasion, new)


def _refuse_repeated(row: Row, line: Charged, seen: dict[str, Charged]) -> None:
    """The same line twice in a file is one; two lines of one number are not."""
    if seen.setdefault(line.number, line) != line:
        raise RepeatedKey(row=row.number, earlier=row.number, key=f"line={line.number}", column="line")


def _line(importing: Importing, row: Row) -> Charged:
    """Raises: MissingValue, UnknownReference, BadValue, ChargeBackwards."""
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    for name in NEEDED:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    if not cells["unit_price"].value and not cells["amount"].value:
        raise MissingValue(row=row.number, column="unit_price")
    at, quantity = cells["charged_at"].instant(importing.zone), _quantity(cells["quantity"])
    price, amount = _money(cells, quantity)
    line = Charged(
        number=cells["line"].text(80), encounter=cells["encounter"].text(80),
        department_id=importing.number_of(Department, cells["department"]),
        charge_code=cells["charge_code"].text(80), quantity=quantity, unit_price=price, amount=amount, charged_at=at,
        day=day_of(at, importing.zone), refund_of=cells["refund_of"].text(80), item=cells["item"].text(80),
        lot=cells["lot"].text(80),
    )  # fmt: skip
    reconciliation.refuse_backwards(line)
    return line


def _quantity(cell: Cell) -> int:
    """A whole number that is not zero; below zero for a refund. Raises: BadValue."""
    text = cell.value.removesuffix(".0").removesuffix(".00")
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 12 or int(digits) == 0:
        raise cell.bad("a whole number other than zero, below zero for a refund", "非零整数, 退费为负数")
    return int(text)


def _money(cells: dict[str, Cell], quantity: int) -> tuple[Decimal, Decimal]:
    """Unit price and amount, each from the other where one is not said; a bundle's amount stands as said."""
    sign = -1 if quantity < 0 else 1
    amount = _unsigned(cells["amount"]) if cells["amount"].value else None
    price = cells["unit_price"].money() if cells["unit_price"].value else None
    if amount is None:
        assert price is not None
        amount = to_cent(price * abs(quantity))
    return (to_cent(amount / abs(quantity)) if price is None else price), sign * amount


def _unsigned(cell: Cell) -> Decimal:
    """An amount, whichever sign HIS writes it with: the quantity says whether it is a refund."""
    return Cell(file=cell.file, row=cell.row, column=cell.column, value=cell.value.removeprefix("-")).money()


def _planned(row: Row, line: Charged | None, problem: Problem | None, known: dict[str, bytes]) -> RowPlan:
    key = row.get("line")
    if problem is not None or line is None:
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=(problem,) if problem else ())
    before = known.get(line.number)
    if before == line.fingerprint:
        return RowPlan(row=row.number, outcome=Outcome.UNCHANGED, key=key)
    if before is not None:
        changed: Any = reconciliation.ChargeChanged(number=line.number, column="line")
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=(Problem.of(row.number, changed),))
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in COLUMNS if row.get(name))
    return RowPlan(row=row.number, outcome=Outcome.CREATED, key=key, fields=fields)
