"""This file is what cost reports look like as rows: their columns, and what must be zero in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.i18n import gettext as _
from api.i18n import together
from api.pages import compared, finance_groups
from api.pages.finance_stock import part_names
from api.pages.finance_use_sheets import drgs, encounters, movements, stay
from api.pages.report import class_names
from api.pages.scanned import named
from api.pages.sheet_made import Sheet, coded, summed, tie_above, title_of, valued
from api.pages.step_down import class_names as cost_class_names
from spd import costing
from spd.costing import Dimension
from spd.exchange.sheets import Head
from spd.ledger import Part
from spd.places import told_of_departments


def departments(session: Session, said: costing.Filter) -> Sheet:
    """Cost by department."""
    heads = [
        coded(_("Code")), Head(_("Department")), Head(_("Cost class")), Head(_("Campus")), valued(_("high-value")),
        valued(_("low-value")), valued(_("reagent")), valued(_("chargeable")), valued(_("not chargeable")),
        valued(_("Total")),
    ]  # fmt: skip
    found, classes = costing.by_department(session, said), cost_class_names()
    rows = [
        (
            row.department, named(row.name, row.name_en), classes[row.cost_class], row.campus, row.high_value,
            row.low_value, row.reagent, row.chargeable, row.not_chargeable, row.total,
        )
        for row in found
    ]  # fmt: skip
    heads, rows = _beside(
        session, said, heads, [(row.department, row.total, line) for row, line in zip(found, rows, strict=True)]
    )
    total = summed(row.total for row in found)
    ties = [
        (
            _("high-value + low-value + reagent − total"),
            summed(r.high_value + r.low_value + r.reagent for r in found) - total,
        )
    ]
    if said == costing.Filter(period=said.period, since=said.since, at=said.at):
        ties.append((_("departments − postings of the ledger"), total - costing.posted(session, said)))
    return Sheet("department-cost", title_of("departments"), heads, rows, ties)


def products(session: Session, said: costing.Filter) -> Sheet:
    """Cost by product."""
    heads = [
        coded(_("Code")), Head(_("Product")), Head(_("Specification")), Head(_("Class"), "pill"),
        Head(_("chargeable"), "pill"), Head(_("Quantity"), "quantity"), Head(_("Unit"), "pill"), valued(_("Cost")),
    ]  # fmt: skip
    found = costing.by_product(session, said)
    rows = [
        (
            row.product, named(row.name, row.name_en), row.specification, class_names()[row.product_class],
            _("yes") if row.chargeable else _("no"), row.quantity, row.base_unit, row.amount,
        )
        for row in found
    ]  # fmt: skip
    keyed = [(compared.product_key(row), row.amount, line) for row, line in zip(found, rows, strict=True)]
    heads, rows = _beside(session, said, heads, keyed, compared.products)
    return Sheet(
        "product-cost", title_of("products"), heads, rows, [tie_above(session, said, summed(r.amount for r in found))]
    )


def _grouped(dimension: Dimension) -> Callable[[Session, costing.Filter], Sheet]:
    def make(session: Session, said: costing.Filter) -> Sheet:
        title = finance_groups.headings()[dimension]
        heads = [coded(title), Head(_("Name")), Head(_("Postings"), "quantity"), valued(_("Cost"))]
        found = costing.by(session, said, dimension)
        rows = [
            (finance_groups.label(dimension, row), finance_groups.below(dimension, row), row.lines, row.amount)
            for row in found
        ]
        keyed = [(compared.part_key(row), row.amount, line) for row, line in zip(found, rows, strict=True)]
        heads, rows = _beside(session, said, heads, keyed, compared.parts(dimension))
        return Sheet(
            f"{dimension}-cost", title, heads, rows, [tie_above(session, said, summed(r.amount for r in found))]
        )

    return make


Row = tuple[Any, ...]


def _beside(
    session: Session,
    said: costing.Filter,
    heads: list[Head],
    rows: Sequence[tuple[str, Decimal, Row]],
    sums: compared.Sums = compared.departments,
) -> tuple[list[Head], list[Row]]:
    """The columns and rows with what they are compared with beside them, where this request compares; what has no cost
    now is one row more. Of each row: its key, its amount, what it says."""
    found = compared.asked(session, said, sums)
    if found is None:
        return heads, [line for _key, _amount, line in rows]
    more = [valued(compared.titles()[found.kind]), Head(_("Change, per cent"), "quantity")]
    told = [(*line, found.of(key), compared.change(amount, found.of(key))) for key, amount, line in rows]
    if gone := found.gone([key for key, _amount, _line in rows]):
        told.append(("", _("without cost now"), *(None for _head in heads[2:]), gone, None))
    return [*heads, *more], told


def stock(session: Session, said: costing.Filter) -> Sheet:
    """The stock book; of one department by product, with what its amounts are of."""
    names = part_names()
    ties = []
    heads = [coded(_("Code")), Head(_("Name"))]
    if said.department:
        lines = costing.department_book(session, said)
        heads += [Head(_("Unit"), "pill")]
        heads += [head for part in Part for head in (Head(together(names[part], _("Quantity")), "quantity"),
                                                     valued(names[part]))]  # fmt: skip
        above = summed(one.amount(Part.CLOSING) for one in costing.stock_book(session, said))
        below = summed(one.amount(Part.CLOSING) for one in lines)
        ties.append((_("these rows − level above"), below - above))
    else:
        lines = costing.stock_book(session, said)
        heads += [valued(names[part]) for part in Part]
    rows: list[Sequence[Any]] = []
    for line in lines:
        told = [line.key, named(line.name, line.name_en)]
        if said.department:
            both = [value for part in Part for value in (line.quantity(part), line.amount(part))]
            rows.append((*told, line.unit, *both, line.left_over))
        else:
            rows.append((*told, *(line.amount(part) for part in Part), line.left_over))
    ties.append((_("opening + in − out ± adjustments − closing"), summed(abs(line.left_over) for line in lines)))
    return Sheet("stock-book", title_of("stock"), [*heads, valued(_("Left over"))], rows, ties)


def weeks(session: Session, said: costing.Filter) -> Sheet:
    """Cost by department and week, every department and week of what is chosen."""
    found = costing.by_week(session, said)
    mondays = sorted({monday for _department, monday in found})
    used = {number for number, _monday in found}
    rows = []
    for place in told_of_departments(session, said.at, numbers=used).values():
        amounts = [found.get((place.id, monday), Decimal(0)) for monday in mondays]
        rows.append((place.code, named(place.name, place.name_en), *amounts, summed(amounts)))
    heads = [
        coded(_("Code")), Head(_("Department")), *(valued(f"{monday:%Y-%m-%d}") for monday in mondays),
        valued(_("Total")),
    ]  # fmt: skip
    return Sheet("week-cost", title_of("week"), heads, rows, [tie_above(session, said, summed(found.values()))])


MAKERS: dict[str, tuple[str, Callable[[Session, costing.Filter], Sheet]]] = {
    "departments": ("pages.finance", departments),
    "products": ("pages.finance", products),
    "movements": ("pages.finance", movements),
    "week": ("pages.finance", weeks),
    "stock": ("pages.finance_stock", stock),
    **{one.value: ("pages.finance", _grouped(one)) for one in Dimension},
    Dimension.ENCOUNTER.value: ("pages.finance_encounters", _grouped(Dimension.ENCOUNTER)),
    "encounters": ("pages.finance_encounters", encounters),
    "stay": ("pages.finance_encounter", stay),
    "drgs": ("pages.finance_drgs", drgs),
}
"""Whose page a report is of, and who makes it."""
