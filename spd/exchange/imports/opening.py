"""This file is the import of opening stock: a row is so much of one lot in one place, or its pieces by serial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from spd import opening
from spd.catalog import Lot, Product, SettlementMode, get_price
from spd.catalog.service import LotDiffers
from spd.core.errors import Refusal, Refused
from spd.core.occasion import Occasion
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey, UnknownReference
from spd.exchange.tables import Row
from spd.opening import OpeningLine
from spd.parties import Party, PartyKind
from spd.places import Location, LocationKind

KEY = ("product", "location", "supplier")
COLUMNS = (*KEY, "lot", "expires_on", "produced_on", "quantity", "serials", "unit_price", "settlement_mode")
MODES = {"入库结算": "on_receipt", "出库结算": "on_issue", "消耗结算": "on_use"}
_PLACES = (LocationKind.STORE, LocationKind.WARD, LocationKind.THEATRE)
_MOST = 10_000  # pieces of one row that each get a code


class OpenedOtherwise(Refused):
    """Some of it has been opened before, with another quantity."""

    code = "opened-otherwise"
    say = {
        "zh": "第 {row} 行已有期初数量 {known}, 与文件的 {said} 不同。期初只录一次; 差异请用盘点更正。",
        "en": "Row {row} was opened with {known} before, the file says {said}. Stock is opened once; correct a "
        "difference by a stocktake.",
    }


@dataclass
class _Opening:
    """One import of opening stock, under way: what has been looked up, and what the file has said."""

    importing: Importing
    occasion: Occasion
    products: dict[int, Product]
    places: dict[int, str]
    identifiers: dict[int, str]
    lots: dict[tuple[int, str], Any]
    prices: dict[tuple[int, int], tuple[Decimal, str]] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which things are to be opened; what was opened before as the file says is left. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(KEY)
    under_way = _begun(importing, occasion)
    lines: dict[int, OpeningLine] = {}
    refused: dict[int, Problem] = {}
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            lines[row.number] = _line(under_way, row)
        except Refusal as refusal:
            refused[row.number] = Problem.of(row.number, refusal)
    known = opening.opened(importing.session, list(under_way.codes))
    rows = tuple(_planned(row, lines.get(row.number), refused, known) for row in table.rows)
    new = [lines[row.row] for row in rows if row.outcome is Outcome.CREATED]
    return Plan(
        kind="opening-stock",
        rows=rows,
        ignored_columns=ignored(table.columns, COLUMNS),
        write=lambda: _write(importing, occasion, new),
    )


def _write(importing: Importing, occasion: Occasion, new: list[OpeningLine]) -> None:
    opening.open_stock(importing.session, occasion, new)


def _begun(importing: Importing, occasion: Occasion) -> _Opening:
    session = importing.session
    products = {product.id: product for product in session.scalars(select(Product).where(~Product.retired))}
    places = select(Location.id, Location.kind).where(Location.kind.in_(_PLACES), ~Location.retired)
    codes = sorted({row.get("lot") for row in importing.table.rows})
    lots: dict[tuple[int, str], Any] = {}
    for start in range(0, len(codes), 500):
        part = Lot.code.in_(codes[start : start + 500])
        query = select(Lot.product_id, Lot.code, Lot.expires_on).where(part)
        lots |= {(product_id, code): expires_on for product_id, code, expires_on in session.execute(query)}
    return _Opening(
        importing=importing,
        occasion=occasion,
        products=products,
        places={number: kind for number, kind in session.execute(places)},  # noqa: C416
        identifiers=opening.unit_identifiers(session),
        lots=lots,
    )


def _line(under_way: _Opening, row: Row) -> OpeningLine:
    """Raises: MissingValue, UnknownReference, BadValue, NoPrice, LotDiffers, RepeatedKey."""
    importing = under_way.importing
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    for name in KEY:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    product = under_way.products.get(importing.number_of(Product, cells["product"]))
    place = importing.number_of(Location, cells["location"])
    if product is None or place not in under_way.places:
        column = "product" if product is None else "location"
        raise UnknownReference(row=row.number, column=column, value=row[column])
    supplier = importing.number_of(Party, cells["supplier"], kind=PartyKind.SUPPLIER.value)
    price, mode = _price(under_way, cells, product, supplier)
    serials = tuple(row.get("serials").replace(",", " ").replace("，", " ").replace(";", " ").split())
    line = OpeningLine(
        product_id=product.id, product_class=product.product_class, chargeable=product.chargeable,
        lot=cells["lot"].text(80), expires_on=cells["expires_on"].day() if cells["expires_on"].value else None,
        produced_on=cells["produced_on"].day() if cells["produced_on"].value else None,
        quantity=_quantity(cells, product, serials), serials=serials, location_id=place,
        location_kind=under_way.places[place], supplier_id=supplier, unit_price=price, settlement_mode=mode,
        di=under_way.identifiers.get(product.id, ""),
    )  # fmt: skip
    _refuse_other_expiry(under_way, row, line)
    _refuse_repeated(under_way, row, line)
    return line


def _quantity(cells: Mapping[str, Any], product: Product, serials: tuple[str, ...]) -> int:
    cell = cells["quantity"]
    if not cell.value and serials:
        return len(serials)
    if not cell.value:
        raise MissingValue(row=cell.row, column=cell.column)
    quantity = int(cell.whole(least=1))
    if serials and quantity != len(serials):
        raise cell.bad(f"{len(serials)}, as many as there are serials", f"{len(serials)}, 与序列号个数一致")
    if product.product_class == "high_value" and quantity > _MOST:
        raise cell.bad(f"at most {_MOST} pieces a row", f"每行最多 {_MOST} 件")
    return quantity


def _price(under_way: _Opening, cells: Mapping[str, Any], product: Product, supplier: int) -> tuple[Decimal, str]:
    """What the row says, else what is agreed with the supplier. Raises: BadValue, NoPrice."""
    price = cells["unit_price"].money() if cells["unit_price"].value else None
    words = [str(mode) for mode in SettlementMode]
    mode = cells["settlement_mode"].one_of(words, also=MODES) if cells["settlement_mode"].value else None
    if price is None or mode is None:
        key = (product.id, supplier)
        if key not in under_way.prices:
            agreed = get_price(under_way.importing.session, product, supplier, on=under_way.occasion.day)
            under_way.prices[key] = (agreed.unit_price, agreed.settlement_mode)
        price = under_way.prices[key][0] if price is None else price
        mode = mode or under_way.prices[key][1]
    return price, mode


def _refuse_other_expiry(under_way: _Opening, row: Row, line: OpeningLine) -> None:
    known = under_way.lots.setdefault((line.product_id, line.lot), line.expires_on)
    if line.lot and known is not None and line.expires_on not in (None, known):
        raise LotDiffers(
            lot=line.lot, known=known.isoformat(), said=line.expires_on.isoformat(), column="expires_on", row=row.number
        )


def _refuse_repeated(under_way: _Opening, row: Row, line: OpeningLine) -> None:
    """The same thing in two rows: of goods counted by quantity, one row must say all of it."""
    codes = [code for code, _, _ in line.things()]
    earlier = next((under_way.codes[code] for code in codes if code in under_way.codes), None)
    if earlier is not None or len(set(codes)) != len(codes):
        named = ", ".join(f"{name}={row.get(name)}" for name in (*KEY, "lot"))
        column = "serials" if line.serials else "lot"
        raise RepeatedKey(row=row.number, earlier=earlier or row.number, key=named, column=column)
    under_way.codes |= dict.fromkeys(codes, row.number)


def _planned(row: Row, line: OpeningLine | None, refused: Mapping[int, Problem], known: Mapping[str, int]) -> RowPlan:
    key = ", ".join(row.get(name) for name in ("product", "lot", "location") if row.get(name))
    if line is None:
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=(refused[row.number],))
    there = sum(known.get(code, 0) for code, _, _ in line.things())
    if there == line.quantity:
        return RowPlan(row=row.number, outcome=Outcome.UNCHANGED, key=key)
    if there:
        differs = OpenedOtherwise(row=row.number, known=there, said=line.quantity, column="quantity")
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=(Problem.of(row.number, differs),))
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in COLUMNS if row.get(name))
    return RowPlan(row=row.number, outcome=Outcome.CREATED, key=key, fields=fields)
