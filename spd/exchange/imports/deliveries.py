"""This file is the import of delivery notes: the rows with one note number are the lines of one note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from spd import receiving
from spd.catalog import Product, SettlementMode, get_price
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey, Taken
from spd.exchange.tables import Row
from spd.parties import Party, PartyKind
from spd.receiving import AnnouncedLine, Delivery

KEY = ("note", "supplier", "product", "quantity")
COLUMNS = (*KEY, "lot", "expires_on", "unit_price", "settlement_mode")


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which notes are to be announced; one that is on record as the file states it is left.

    Raises: MissingColumns.
    """
    table = importing.table
    table.refuse_missing(KEY)
    notes: dict[str, list[tuple[Row, AnnouncedLine]]] = {}
    problems: list[Problem] = []
    for row in table.rows:
        try:
            line = _line(importing, row, occasion)
        except Refusal as refusal:
            problems.append(Problem.of(row.number, refusal))
        else:
            notes.setdefault(row["note"], []).append((row, line))
    known = {note: delivery for note in notes if (delivery := _find(importing, note)) is not None}
    for note, lines in notes.items():
        problems += [Problem.of(r.facts["row"], r) for r in _judge(importing, lines, known.get(note))]

    def write() -> None:
        for note, lines in notes.items():
            if note not in known:
                _announce(importing, occasion, lines)

    return Plan(
        kind="deliveries",
        rows=tuple(_planned(row, known, problems) for row in table.rows),
        ignored_columns=ignored(table.columns, COLUMNS),
        write=write,
    )


def _planned(row: Row, known: Mapping[str, Delivery], problems: Sequence[Problem]) -> RowPlan:
    mine = tuple(problem for problem in problems if problem.row == row.number)
    key = ", ".join(row.get(name) for name in ("note", "product", "lot"))
    if mine:
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=mine)
    if row["note"] in known:
        return RowPlan(row=row.number, outcome=Outcome.UNCHANGED, key=key)
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in COLUMNS if row.get(name))
    return RowPlan(row=row.number, outcome=Outcome.CREATED, key=key, fields=fields)


def _line(importing: Importing, row: Row, occasion: Occasion) -> AnnouncedLine:
    """One line. Raises: MissingValue, UnknownReference, BadValue, NoPrice."""
    for name in KEY:
        if not row[name]:
            raise MissingValue(row=row.number, column=name)
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    product = importing.number_of(Product, cells["product"])
    supplier = importing.number_of(Party, cells["supplier"], kind=PartyKind.SUPPLIER.value)
    line = AnnouncedLine(
        product=row["product"],
        quantity=cells["quantity"].whole(least=1),
        lot=cells["lot"].text(80),
        expires_on=cells["expires_on"].day() if cells["expires_on"].value else None,
        unit_price=cells["unit_price"].money() if cells["unit_price"].value else None,
        settlement_mode=cells["settlement_mode"].one_of([str(mode) for mode in SettlementMode])
        if cells["settlement_mode"].value
        else None,
    )
    if line.unit_price is None or line.settlement_mode is None:
        get_price(importing.session, importing.session.get_one(Product, product), supplier, on=occasion.day)
    return line


def _judge(importing: Importing, lines: Sequence[tuple[Row, AnnouncedLine]], known: Delivery | None) -> list[Refusal]:
    """What is wrong with a note as a whole: two suppliers, a line twice, or another note under its number."""
    first = lines[0][0]
    refusals: list[Refusal] = []
    seen: dict[tuple[str, str], int] = {}
    for row, line in lines:
        if row["supplier"] != first["supplier"]:
            refusals.append(Taken(row=row.number, column="note", value=row["note"], owner=first["supplier"]))
        key = (line.product, line.lot)
        if key in seen:
            named = f"note={row['note']}, product={line.product}, lot={line.lot}"
            refusals.append(RepeatedKey(row=row.number, earlier=seen[key], key=named, column="product"))
        seen.setdefault(key, row.number)
    if known is not None and not refusals and not _same(importing, known, lines):
        owner = importing.session.get_one(Party, known.supplier_id).name
        refusals.append(Taken(row=first.number, column="note", value=first["note"], owner=owner))
    return refusals


def _same(importing: Importing, known: Delivery, lines: Sequence[tuple[Row, AnnouncedLine]]) -> bool:
    """Whether the note on record has this supplier and these lines."""
    supplier = importing.find_number(Party, lines[0][0]["supplier"], kind=PartyKind.SUPPLIER.value)
    stated = {
        (importing.find_number(Product, line.product), line.lot, line.expires_on, line.quantity) for _, line in lines
    }
    there = {(line.product_id, line.lot, line.expires_on, line.quantity) for line in known.lines}
    return known.supplier_id == supplier and stated == there


def _find(importing: Importing, note: str) -> Delivery | None:
    return importing.session.scalars(select(Delivery).where(Delivery.code == note)).one_or_none()


def _announce(importing: Importing, occasion: Occasion, lines: Sequence[tuple[Row, AnnouncedLine]]) -> None:
    first = lines[0][0]
    note = receiving.Announced(
        occasion=occasion, code=first["note"], supplier=first["supplier"], lines=[line for _, line in lines]
    )
    receiving.announce(importing.session, note)
