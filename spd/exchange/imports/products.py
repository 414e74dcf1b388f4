"""This file is the import of products: their columns, and the packagings in a row, a code and base units per level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from scanners.check_characters import gs1_holds
from spd.catalog import Packaging, Product, ProductClass, ProductPast
from spd.catalog.attributes import BadAttributes, read_attributes
from spd.catalog.changes import UnitFixed, keep_changes
from spd.catalog.control_classes import CONTROL_CLASSES
from spd.catalog.initials import initials_of
from spd.catalog.registration import BadNumber, NumberContradicts, registration_of
from spd.exchange.imports.kind import Change, Column, Importing, Kind, More, keep_pasts
from spd.exchange.imports.plan import FieldChange
from spd.exchange.refusals import BadValue, MissingValue, Taken
from spd.exchange.tables import Row
from spd.exchange.values import Cell
from spd.parties import Party

CLASSES = {
    "高值": "high_value", "高值耗材": "high_value", "低值": "low_value", "低值耗材": "low_value", "试剂": "reagent",
    "检验试剂": "reagent",
}  # fmt: skip
LEVELS = ("unit", "box", "case")
PACKAGING_COLUMNS = tuple(f"{level}_{what}" for level in LEVELS for what in ("code", "units"))
_GTIN_LENGTHS = (8, 12, 13, 14)


def packagings(importing: Importing, row: Row, product: Product | None) -> More | None:
    """What the row does to its product's packagings; None where they are as it says.

    Raises: BadValue, MissingValue, Taken.
    """
    said = {level: one for level in LEVELS if (one := _said(importing, row, level)) is not None}
    changes: list[tuple[str, str, int]] = []
    told: list[FieldChange] = []
    for level, (code, units) in said.items():
        known = importing.packagings().get(code)
        owner = _owner(importing, code, row, product)
        if owner:
            raise Taken(row=row.number, column=f"{level}_code", value=code, owner=owner)
        if known is None or (known.base_units, known.level) != (units, level):
            changes.append((level, code, units))
            told += _told(level, code, units, known)
    if not changes:
        return None

    def apply(record: Any) -> None:
        for level, code, units in changes:
            _put(importing, record.id, level, code, units)

    return More(apply=apply, fields=tuple(told))


def _told(level: str, code: str, units: int, known: Packaging | None) -> list[FieldChange]:
    if known is None:
        new = FieldChange(column=f"{level}_code", after=code)
        return [new, FieldChange(column=f"{level}_units", after=str(units))]
    return [
        FieldChange(column=f"{level}_units", before=f"{known.base_units} ({known.level})", after=f"{units} ({level})")
    ]


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


def _attributes(_: Importing, cell: Cell) -> str:
    try:
        return read_attributes(cell.value)
    except BadAttributes:
        raise cell.bad("pairs such as size=3.0; side=left", "成对的属性, 如 规格=3.0; 侧别=左") from None


def _control_class(_: Importing, cell: Cell) -> str:
    said = _folded(cell.value)
    found = next((key for key, names in CONTROL_CLASSES.items() if said in (key, *map(_folded, names))), None)
    if found is None:
        raise cell.bad("one of " + ", ".join(CONTROL_CLASSES), "18 类重点治理清单中的类别名称")
    return found


def _folded(text: str) -> str:
    return "".join(text.lower().replace("(", "（").replace(")", "）").split())


def _registration(_: Importing, cell: Cell) -> str:
    """A device's number as it is kept; of what is no device, the number as it stands."""
    try:
        return registration_of(cell.text(60))
    except (BadNumber, NumberContradicts):
        expected = "注册证或备案号, 如 国械注准20213030647, 按证书核对"
        raise cell.bad("a number such as 国械注准20213030647", expected) from None


def _derived(values: Mapping[str, Any], product: Product | None) -> dict[str, Any]:
    """The initials of a name that is new or another, where the row does not say them."""
    name = values.get("name")
    if not name or "initials" in values or (product is not None and product.name == name):
        return {}
    return {"initials": initials_of(name)}


def _more(importing: Importing, row: Row, product: Product | None) -> More | None:
    """Raises: UnitFixed, and as `packagings`."""
    unit = row.get("base_unit")
    if product is not None and unit and unit != product.base_unit and product.id in importing.moved():
        raise UnitFixed(product=product.name, row=row.number, column="base_unit")
    return packagings(importing, row, product)


def _keep(importing: Importing, changes: Sequence[Change]) -> Callable[[], None]:
    """What is kept of every product: that it is new, or each attribute before and after and how it stood; and its
    packagings."""
    told = [(change, change.record is None, differences(change)) for change in changes]
    keep_how_they_stood = keep_pasts(ProductPast)(importing, [change for change in changes if change.record])

    def keep() -> None:
        rows: list[tuple[int, str, str, str]] = []
        for change, new, differs in told:
            number = change.record.id
            rows += [(number, "code", "", change.record.code)] if new else [(number, *one) for one in differs]
            if change.more is not None:
                after = " · ".join(one.after for one in change.more.fields)
                rows.append(
                    (number, "packaging", " · ".join(filter(None, (f.before for f in change.more.fields))), after)
                )
        keep_changes(importing.session, importing.occasion, rows)
        keep_how_they_stood()

    return keep


def differences(change: Change) -> list[tuple[str, str, str]]:
    """Each attribute that a row changes: before and after."""
    if change.record is None:
        return []
    return [
        (name, _written(getattr(change.record, name)), _written(value))
        for name, value in change.changed.items()
        if name != "initials"  # they follow the name
    ]


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _text(limit: int) -> Any:
    return lambda _, cell: cell.text(limit)


def _yes(_: Importing, cell: Cell) -> bool:
    return cell.yes()


def _column(name: str, read: Any, **more: Any) -> Column:
    return Column(name=name, attribute=name, read=read, **more)


PRODUCTS = Kind(
    name="products",
    model=Product,
    key=("code",),
    columns=(
        _column("code", _text(80)),
        _column("name", _text(200), needed=True),
        _column("name_en", _text(200)),
        _column("retired", _yes),
        _column("initials", _text(80)),
        _column("specification", _text(200)),
        _column("base_unit", _text(24), needed=True),
        _column("product_class", lambda _, cell: cell.one_of(tuple(ProductClass), also=CLASSES), needed=True),
        _column("chargeable", _yes),
        _column("implant", _yes),
        _column("cold_chain", _yes),
        _column("ved", lambda _, cell: cell.one_of(("V", "E", "D"), also={"v": "V", "e": "E", "d": "D"})),
        _column("control_class", _control_class),
        _column("attributes", _attributes),
        _column("charge_code", _text(40)),
        _column("insurance_code", _text(40)),
        _column("registration_number", _registration),
        Column(
            name="manufacturer", attribute="manufacturer_id", model=Party,
            read=lambda importing, cell: importing.number_of(Party, cell),
        ),
    ),
    derived=_derived,
    more=_more,
    keep=_keep,
    more_columns=PACKAGING_COLUMNS,
)  # fmt: skip
