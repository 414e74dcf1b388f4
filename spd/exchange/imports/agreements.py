"""This file is the import of agreements with suppliers: a row is a version from a day on; those that stand, stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spd.catalog import Agreement, Product
from spd.catalog.agreeing import LONGEST_DAYS, MOST, AgreementKnown
from spd.exchange.imports.kind import Column, Importing, Kind, More
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.parties import Party, PartyKind


def _lead(_: Importing, cell: Cell) -> int:
    days = cell.whole()
    if days > LONGEST_DAYS:
        raise cell.bad(f"at most {LONGEST_DAYS} days", f"最多 {LONGEST_DAYS} 天")
    return days


def _quantity(_: Importing, cell: Cell) -> int:
    quantity = cell.whole(least=1)
    if quantity > MOST:
        raise cell.bad(f"at most {MOST}", f"最大 {MOST}")
    return quantity


def _made(importing: Importing, _: Mapping[str, Any]) -> dict[str, Any]:
    return {"set_at": importing.occasion.recorded_at, "set_by_id": importing.occasion.staff_id}


def _judged(importing: Importing, row: Row, known: Agreement | None) -> More | None:
    """Nothing more is done; a version that stands is not rewritten. Raises: BadValue, AgreementKnown."""
    until = importing.cell(row, "valid_to_on")
    if until.value and until.day() < importing.cell(row, "valid_from_on").day():
        raise until.bad("a day that is not before the first", "不早于生效日的日期")
    if known is None:
        return None
    for column in AGREEMENTS.columns:
        cell = importing.cell(row, column.name)
        if cell.value and getattr(known, column.attribute) != column.read(importing, cell):
            raise AgreementKnown(
                row=row.number, column=column.name, day=known.valid_from_on.isoformat(),
                supplier=row.get("supplier"), product=row.get("product"),
            )  # fmt: skip
    return None


def _column(name: str, read: Any, **more: Any) -> Column:
    return Column(name=name, attribute=more.pop("attribute", name), read=read, **more)


AGREEMENTS = Kind(
    name="agreements",
    model=Agreement,
    key=("product", "supplier", "valid_from_on"),
    columns=(
        _column(
            "product", lambda importing, cell: importing.number_of(Product, cell), attribute="product_id",
            model=Product,
        ),
        _column(
            "supplier", lambda importing, cell: importing.number_of(Party, cell, kind=PartyKind.SUPPLIER.value),
            attribute="supplier_id", model=Party,
        ),
        _column("valid_from_on", lambda _, cell: cell.day()),
        _column("valid_to_on", lambda _, cell: cell.day()),
        _column("agreement", lambda _, cell: cell.text(80), attribute="number"),
        _column("lead_days", _lead),
        _column("min_order_quantity", _quantity),
        _column("order_multiple", _quantity),
    ),
    made=_made,
    more=_judged,
)  # fmt: skip
