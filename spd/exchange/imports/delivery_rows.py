"""This file is one row of a delivery note as a file states it: a line of the note, or what one case holds of a line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from scanners import own
from spd import receiving
from spd.catalog import Product, SettlementMode, UnknownProduct, get_price
from spd.exchange.imports.kind import Importing
from spd.exchange.refusals import MissingValue
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.parties import Party, PartyKind

KEY = ("note_number", "supplier", "product", "quantity")
OF_LINE = ("order", "lot", "expires_on", "produced_on", "unit_price", "settlement_mode")
OF_CASE = ("sscc", "pallet", "cases", "serials")
INVOICES = ("maker_invoice", "between_invoices", "own_invoice")
OF_NOTE = ("slip_number", *INVOICES)
COLUMNS = (*KEY, *OF_LINE, *OF_CASE, *OF_NOTE)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One row as it was read. What a cell leaves open is not in `line`, `sscc`, `cases` or `of_note`."""

    row: Row
    note: str
    supplier: str
    product: str
    product_id: int
    quantity: int
    line: dict[str, Any]
    """The attributes of its line, by column: order, lot, days, price, settlement."""
    sscc: str = ""
    pallet: str = ""
    cases: int = 0
    serials: tuple[str, ...] = ()
    of_note: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        """By what its line is known on the note: product, lot, order."""
        return self.product, self.line.get("lot", ""), self.line.get("order", "")

    @property
    def outer(self) -> str:
        """The case it lies in, or the pallet where it lies in no case."""
        return self.sscc or self.pallet


def read_row(importing: Importing, row: Row, day: date) -> Said:
    """A row, with its price proved where it states none.

    Raises: MissingValue, UnknownReference, UnknownProduct, BadValue, NoPrice.
    """
    for name in KEY:
        if not row[name]:
            raise MissingValue(row=row.number, column=name)
    cells = {name: importing.cell(row, name) for name in COLUMNS}
    product = importing.session.get_one(Product, importing.number_of(Product, cells["product"]))
    supplier = importing.number_of(Party, cells["supplier"], kind=PartyKind.SUPPLIER.value)
    if product.retired:
        raise UnknownProduct(product=product.code)
    quantity = cells["quantity"].whole(least=1)
    line = {name: read(cells[name]) for name, read in _LINE.items() if cells[name].value}
    if "unit_price" not in line or "settlement_mode" not in line:
        get_price(importing.session, product, supplier, on=day)
    sscc, pallet = _case_code(cells["sscc"]), _case_code(cells["pallet"])
    return Said(
        row=row, note=cells["note_number"].text(80), supplier=row["supplier"], product=product.code,
        product_id=product.id, quantity=quantity, line=line, sscc=sscc, pallet=pallet if pallet != sscc else "",
        cases=_cases(cells["cases"], quantity, sscc), serials=_serials(cells["serials"], quantity),
        of_note={name: cells[name].text(80) for name in OF_NOTE if cells[name].value},
    )  # fmt: skip


def _text(cell: Cell) -> str:
    return cell.text(80)


def _day(cell: Cell) -> date:
    return cell.day()


def _money(cell: Cell) -> Decimal:
    return cell.money()


def _mode(cell: Cell) -> str:
    return cell.one_of(
        [str(mode) for mode in SettlementMode],
        also={"入库结算": "on_receipt", "出库结算": "on_issue", "消耗结算": "on_use"},
    )


_LINE: dict[str, Callable[[Cell], Any]] = {
    "order": _text, "lot": _text, "expires_on": _day, "produced_on": _day, "unit_price": _money,
    "settlement_mode": _mode,
}  # fmt: skip


def _case_code(cell: Cell) -> str:
    """Eighteen digits, whether the identifier (00) stands before them or not; or a label of ours."""
    if not cell.value or own.is_own(cell.value):
        return cell.value
    digits = "".join(sign for sign in cell.value if sign not in "() ")
    digits = digits[2:] if len(digits) == 20 and digits.startswith("00") else digits
    if not receiving.is_case_code(digits):
        raise cell.bad("an SSCC: 18 digits whose check digit fits", "SSCC: 18 位数字, 校验位正确")
    return digits


def _cases(cell: Cell, quantity: int, sscc: str) -> int:
    if not cell.value:
        return 0
    count = cell.whole(least=1)
    if count > quantity or (sscc and count > 1):
        raise cell.bad(
            "no more cases than pieces, and one where its SSCC is stated", "箱数不超过数量; 写了箱码的行为 1"
        )
    return count


def _serials(cell: Cell, quantity: int) -> tuple[str, ...]:
    text = cell.value
    for sign in ",;，；、":
        text = text.replace(sign, " ")
    serials = tuple(text.split())
    if serials and (len(serials) != quantity or len(set(serials)) != quantity or max(map(len, serials)) > 80):
        raise cell.bad(f"{quantity} different serials, as many as pieces", f"{quantity} 个不同的序列号, 与数量一致")
    return serials
