"""This file is the packagings in a product's row: for each level a code and how many base units it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scanners.check_characters import gs1_holds
from spd.catalog import Packaging, Product
from spd.exchange.imports.kind import Importing
from spd.exchange.refusals import BadValue, MissingValue, Taken
from spd.exchange.tables import Row
from spd.exchange.values import Cell

LEVELS = ("unit", "box", "case")
PACKAGING_COLUMNS = tuple(f"{level}_{what}" for level in LEVELS for what in ("code", "units"))
_GTIN_LENGTHS = (8, 12, 13, 14)


def packagings(importing: Importing, row: Row, product: Product | None) -> Callable[[Any], None] | None:
    """What the row does to its product's packagings; None where they are as it says.

    Raises: BadValue, MissingValue, Taken.
    """
    said = {level: one for level in LEVELS if (one := _said(importing, row, level)) is not None}
    changes = []
    for level, (code, units) in said.items():
        known = importing.packagings().get(code)
        owner = _owner(importing, code, row, product)
        if owner:
            raise Taken(row=row.number, column=f"{level}_code", value=code, owner=owner)
        if known is None or (known.base_units, known.level) != (units, level):
            changes.append((level, code, units))
    if not changes:
        return None

    def apply(record: Any) -> None:
        for level, code, units in changes:
            _put(importing, record.id, level, code, units)

    return apply


def _said(importing: Importing, row: Row, level: str) -> tuple[str, int] | None:
    """The code and the base units of one level; None where the row says neither."""
    code, units = importing.cell(row, f"{level}_code"), importing.cell(row, f"{level}_units")
    if not code.value:
        if units.value:
            raise MissingValue(row=row.number, column=code.column)
        return None
    if not units.value and level != "unit":
        raise MissingValue(row=row.number, column=units.column)
    return _identifier(code), units.whole(least=1) if units.value else 1


def _identifier(cell: Cell) -> str:
    """A GTIN of any length with fourteen digits, its check digit proved; any other identifier as it is.

    Raises: BadValue.
    """
    code = cell.text(80)
    if not (code.isascii() and code.isdigit()) or len(code) not in _GTIN_LENGTHS:
        return code
    if not gs1_holds(code):
        raise _wrong_digit(cell)
    return code.zfill(14)


def _wrong_digit(cell: Cell) -> BadValue:
    return cell.bad("a GTIN whose check digit fits; compare it with the label", "校验位正确的 GTIN, 请与标签核对")


def _owner(importing: Importing, code: str, row: Row, product: Product | None) -> str:
    """Whose the code is, where it is not this row's own: another product's, another row's, another level's."""
    known = importing.packagings().get(code)
    if known is not None and (product is None or known.product_id != product.id):
        return importing.session.get_one(Product, known.product_id).code
    if code in importing.claimed:
        return f"row {importing.claimed[code]}"
    importing.claimed[code] = row.number
    return ""


def _put(importing: Importing, product_id: int, level: str, code: str, units: int) -> None:
    known = importing.packagings().get(code)
    if known is not None:
        known.base_units, known.level = units, level
        return
    issuer = "GS1" if code.isdigit() and len(code) == 14 else ""
    importing.session.add(Packaging(product_id=product_id, code=code, issuer=issuer, level=level, base_units=units))
