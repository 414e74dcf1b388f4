"""This file is importing what codes mean: device identifiers with the codes of insurance and HIS, and trace codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners.check_characters import gs1_holds
from scanners.chinese_numbers import NHSA
from spd.catalog import Packaging, Product
from spd.catalog.mapping import DeviceIdentifier, bind, find_level, spread
from spd.catalog.registration import plain_number
from spd.exchange.imports.kind import Column, Importing, Kind, More
from spd.exchange.imports.plan import FieldChange
from spd.exchange.tables import Row, Table
from spd.exchange.values import Cell
from spd.trace_codes import TraceCode

_GTIN_LENGTHS = (8, 12, 13, 14)


def _identifier(_: Importing, cell: Cell) -> str:
    """A GTIN of any length as fourteen digits, its check digit proved; any other identifier as it is."""
    code = cell.text(80)
    if not (code.isascii() and code.isdigit()) or len(code) not in _GTIN_LENGTHS:
        return code
    if not gs1_holds(code):
        raise cell.bad("a GTIN whose check digit fits; compare it with the label", "校验位正确的 GTIN, 请与标签核对")
    return code.zfill(14)


def _insurance(_: Importing, cell: Cell) -> str:
    code = cell.text(40).upper()
    if not NHSA.fullmatch(code):
        raise cell.bad("C and 14, 19 or 26 digits", "C 加 14、19 或 26 位数字")
    return code


def _twenty(_: Importing, cell: Cell) -> str:
    code = cell.text(20)
    if not (code.isascii() and code.isdigit() and len(code) == 20):
        raise cell.bad("twenty digits", "20 位数字")
    return code


def _text(limit: int) -> Callable[[Importing, Cell], str]:
    return lambda _, cell: cell.text(limit)


def _column(name: str, read: Callable[[Importing, Cell], Any], *, attribute: str = "") -> Column:
    return Column(name=name, attribute=attribute or name, read=read)


def _binding(importing: Importing, row: Row, _: DeviceIdentifier | None) -> More | None:
    """What the row does to the catalogue: its identifier becomes a packaging of the product it names.

    Raises: UnknownReference, BadValue, BoundElsewhere, UnitsDiffer.
    """
    product, units = importing.cell(row, "product"), importing.cell(row, "base_units")
    if not product.value:
        return None
    code = _identifier(importing, importing.cell(row, "code"))
    number = importing.number_of(Product, product)
    said = units.whole(least=1) if units.value else None
    known = importing.packagings().get(code)
    if known is not None and known.product_id == number and said in (None, known.base_units):
        return None
    ours = importing.session.get_one(Product, number)
    sayable = said is not None or bool(row.get("contains_code")) or find_level(importing.session, code) is not None
    if known is not None or not sayable:
        bind(importing.session, ours, code, base_units=said)  # refused here, where nothing is written yet
    level = row.get("level")
    return More(
        apply=lambda record: _bound(importing.session, ours, record, level, said),
        fields=(
            FieldChange(column="product", after=product.value),
            FieldChange(column="base_units", after=units.value),
        ),
    )


def _bound(session: Session, product: Product, record: Any, level: str, units: int | None) -> None:
    bind(session, product, record.code, level=level, base_units=units, issuer=record.issuer or "")


MAPPINGS = Kind(
    name="mappings",
    model=DeviceIdentifier,
    key=("code",),
    columns=(
        _column("code", _identifier),
        _column("issuer", _text(24)),
        _column("level", lambda _, cell: cell.one_of(("use", "sale", "package"))),
        _column("contains_code", _identifier),
        _column("contains_count", lambda _, cell: cell.whole(least=1)),
        _column("name", _text(200)),
        _column("specification", _text(200)),
        _column("insurance_code", _insurance),
        _column("charge_code", _text(40)),
        _column("registration_number", lambda _, cell: plain_number(cell.text(60))),
        _column("manufacturer", _text(200)),
        _column("published_on", lambda _, cell: cell.day()),
        _column("withdrawn_on", lambda _, cell: cell.day()),
    ),
    made=lambda _, values: {"issuer": "GS1"} if values["code"].isdigit() and len(values["code"]) == 14 else {},
    more=_binding,
    more_columns=("product", "base_units"),
)

TRACE_CODES = Kind(
    name="trace-codes",
    model=TraceCode,
    key=("code",),
    columns=(
        _column("code", _twenty),
        _column("parent", _twenty, attribute="parent_code"),
        Column(
            name="product",
            attribute="product_id",
            model=Product,
            read=lambda importing, cell: importing.number_of(Product, cell),
        ),
    ),
)


def spread_levels(session: Session, table: Table) -> None:
    """Bind the other levels of every family in the table of which the catalogue has one."""
    ours = set(session.scalars(select(Packaging.code)))
    said = {row.get(column).zfill(14) for row in table.rows for column in ("code", "contains_code") if row.get(column)}
    said |= {row.get(column) for row in table.rows for column in ("code", "contains_code")}
    spread(session, sorted(said & ours))
