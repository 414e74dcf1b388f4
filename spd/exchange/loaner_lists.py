"""This file is a loaner set's list as a file: the supplier's columns, in whatever words, as lines."""

from __future__ import annotations

from spd.core.errors import Refused
from spd.exchange import tables
from spd.exchange.imports.headers import guess
from spd.exchange.values import Cell
from spd.theatre import ListedLine

COLUMNS = ("product", "lot", "serials", "quantity", "expires_on", "unit_price")


class ListTooLong(Refused):
    """No tray holds so much."""

    code = "loaner-list-too-long"
    say = {
        "zh": "清单有 {rows} 行, 最多 {most} 行。分成多个器械包。",
        "en": "The list has {rows} rows, and {most} is the most. Make several sets of it.",
    }


MOST = 1000


def read_list(content: bytes, *, file: str) -> list[ListedLine]:
    """The lines of a list, xlsx or CSV; a row without a quantity is one piece.

    Raises: what `tables.read` raises, ListTooLong, BadValue.
    """
    columns, _rows = tables.peek(content, file=file, rows=0)
    mapping = {theirs: ours for theirs, ours in guess(columns, COLUMNS).items() if theirs != ours}
    table = tables.read(content, file=file, mapping=mapping, required=("product", "lot"))
    if len(table.rows) > MOST:
        raise ListTooLong(rows=len(table.rows), most=MOST)
    return [_line(row, table.file) for row in table.rows]


def _line(row: tables.Row, file: str) -> ListedLine:
    cells = {name: Cell(file=file, row=row.number, column=name, value=row.get(name)) for name in COLUMNS}
    return ListedLine(
        product=cells["product"].text(80),
        lot=cells["lot"].text(80),
        serial=cells["serials"].text(80),
        quantity=cells["quantity"].whole(1) if cells["quantity"].value else 1,
        expires_on=cells["expires_on"].day() if cells["expires_on"].value else None,
        unit_price=cells["unit_price"].money() if cells["unit_price"].value else None,
    )
