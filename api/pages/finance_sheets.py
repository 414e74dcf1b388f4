"""This file is what cost reports look like as rows: their columns, and what must be zero in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.i18n import gettext as _
from api.months import instants_of
from api.pages import compared, finance_groups
from api.pages.finance_stock import part_names
from api.pages.frame import place_name
from api.pages.report import class_names
from api.pages.scanned import named
from api.pages.step_down import class_names as cost_class_names
from spd import costing
from spd.costing import Dimension
from spd.exchange.sheets import Head
from spd.ledger import Part
from spd.places import told_of_departments

PAGE = 5_000  # rows read at a time


@dataclass(frozen=True)
class Sheet:
    """A report as columns and rows, which may be read only once; `ties` are what must be zero.

    `counted`: how many rows there are, where they are not a list.
    """

    name: str
    title: str
    heads: Sequence[Head]
    rows: Iterable[Sequence[Any]]
    ties: Sequence[tuple[str, Decimal]] = ()
    counted: int = 0

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.rows) if isinstance(self.rows, Sequence) else self.counted


def _code(title: str) -> Head:
    return Head(title, "code")


def _money(title: str, *, total: bool = True) -> Head:
    return Head(title, "money", total)


def title_of(report: str) -> str:
    """What a report is called."""
    return {
        "departments": _("Department cost"),
        "products": _("Product cost"),
        "movements": _("Movements"),
        "stock": _("Stock book"),
        "week": _("Departments by week"),
        "encounters": _("Encounter cost"),
        "drgs": _("DRG cost"),
        "charges": _("HIS charges"),
        "balances": _("Balances of accounts"),
        "journal": _("Vouchers"),
        "payables": _("Payables"),
        "statements": _("Supplier statements"),
        "indicators": _("Indicators"),
        "groups": _("DRG and DIP"),
    }.get(report) or str(finance_groups.headings().get(Dimension(report), report))


def departments(session: Session, said: costing.Filter) -> Sheet:
    """Cost by department."""
    heads = [
        _code(_("Code")), Head(_("Department")), Head(_("Cost class")), Head(_("Campus")), _money(_("high-value")),
        _money(_("low-value")), _money(_("reagent")), _money(_("chargeable")), _money(_("not chargeable")),
        _money(_("Total")),
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
    total = _sum(row.total for row in found)
    ties = [
        (
            _("high-value + low-value + reagent − total"),
            _sum(r.high_value + r.low_value + r.reagent for r in found) - total,
        )
    ]
    if said == costing.Filter(period=said.period, since=said.since, at=said.at):
        ties.append((_("departments − postings of the ledger"), total - costing.posted(session, said)))
    return Sheet("department-cost", title_of("departments"), heads, rows, ties)


def products(session: Session, said: costing.Filter) -> Sheet:
    """Cost by product."""
    heads = [
        _code(_("Code")), Head(_("Product")), Head(_("Specification")), Head(_("Class"), "pill"),
        Head(_("chargeable"), "pill"), Head(_("Quantity"), "quantity"), Head(_("Unit"), "pill"), _money(_("Cost")),
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
        "product-cost", title_of("products"), heads, rows, [_above(session, said, _sum(r.amount for r in found))]
    )


def _grouped(dimension: Dimension) -> Callable[[Session, costing.Filter], Sheet]:
    def make(session: Session, said: costing.Filter) -> Sheet:
        title = finance_groups.headings()[dimension]
        heads = [_code(title), Head(_("Name")), Head(_("Postings"), "quantity"), _money(_("Cost"))]
        found = costing.by(session, said, dimension)
        rows = [
            (finance_groups.label(dimension, row), finance_groups.below(dimension, row), row.lines, row.amount)
            for row in found
        ]
        keyed = [(compared.part_key(row), row.amount, line) for row, line in zip(found, rows, strict=True)]
        heads, rows = _beside(session, said, heads, keyed, compared.parts(dimension))
        return Sheet(f"{dimension}-cost", title, heads, rows, [_above(session, said, _sum(r.amount for r in found))])

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
    more = [_money(compared.titles()[found.kind]), Head(_("Change, per cent"), "quantity")]
    told = [(*line, found.of(key), compared.change(amount, found.of(key))) for key, amount, line in rows]
    if gone := found.gone([key for key, _amount, _line in rows]):
        told.append(("", _("without cost now"), *(None for _head in heads[2:]), gone, None))
    return [*heads, *more], told


def _above(session: Session, said: costing.Filter, total: Decimal) -> tuple[str, Decimal]:
    return _("these rows − level above"), total - _sum(row.total for row in costing.by_department(session, said))


def movements(session: Session, said: costing.Filter) -> Sheet:
    """The movements behind cost."""
    heads = [
        _code(_("Movement")), Head(_("When"), "instant"), Head(_("Department")), _code(_("Item")), _code(_("Code")),
        Head(_("Product")), Head(_("Specification")), Head(_("Class"), "pill"), _code(_("Lot")),
        Head(_("Quantity"), "quantity"), Head(_("Unit"), "pill"), _money(_("Unit price"), total=False),
        _money(_("Cost")), _code(_("Encounter")), Head(_("Who"), "pill"), Head(_("Month"), "day"),
        Head(_("Late"), "pill"),
    ]  # fmt: skip
    total = costing.count_uses(session, said)
    return Sheet("movements", title_of("movements"), heads, _uses(session, said), counted=total)


def _uses(session: Session, said: costing.Filter) -> Iterator[Sequence[Any]]:
    classes, late = class_names(), _("late")
    for one in costing.every_use(session, said):
        yield (
            str(one.movement_id or ""), one.occurred_at, one.department, one.item, one.product,
            named(one.name, one.name_en), one.specification, classes[one.product_class], one.lot,
            one.quantity if one.amount >= 0 else -one.quantity, one.base_unit, one.unit_price, one.amount,
            one.encounter or "", one.staff, one.period, late if one.late else "",
        )  # fmt: skip


def stock(session: Session, said: costing.Filter) -> Sheet:
    """The stock book."""
    lines = costing.department_book(session, said) if said.department else costing.stock_book(session, said)
    heads = [
        _code(_("Code")),
        Head(_("Name")),
        *(_money(text) for text in part_names().values()),
        _money(_("Left over")),
    ]
    rows = [
        (line.key, named(line.name, line.name_en), *(line.amount(part) for part in Part), line.left_over)
        for line in lines
    ]
    ties = [(_("opening + in − out ± adjustments − closing"), _sum(abs(line.left_over) for line in lines))]
    return Sheet("stock-book", title_of("stock"), heads, rows, ties)


def weeks(session: Session, said: costing.Filter) -> Sheet:
    """Cost by department and week, every department and week of what is chosen."""
    found = costing.by_week(session, said)
    mondays = sorted({monday for _department, monday in found})
    used = {number for number, _monday in found}
    rows = []
    for place in told_of_departments(session, said.at, numbers=used).values():
        amounts = [found.get((place.id, monday), Decimal(0)) for monday in mondays]
        rows.append((place.code, named(place.name, place.name_en), *amounts, _sum(amounts)))
    heads = [
        _code(_("Code")), Head(_("Department")), *(_money(f"{monday:%Y-%m-%d}") for monday in mondays),
        _money(_("Total")),
    ]  # fmt: skip
    return Sheet("week-cost", title_of("week"), heads, rows, [_above(session, said, _sum(found.values()))])


def encounters(session: Session, said: costing.Filter) -> Sheet:
    """Cost by encounter."""
    heads = [
        _code(_("Encounter")), Head(_("Department")), _code(_("DRG")), Head(_("Admitted"), "instant"),
        Head(_("Discharged"), "instant"), _money(_("chargeable")), _money(_("Cost")),
    ]  # fmt: skip
    total = costing.count_encounters(session, said.period, departments=said.departments, at=said.at)
    return Sheet("encounter-cost", title_of("encounters"), heads, _stays(session, said), counted=total)


def _stays(session: Session, said: costing.Filter) -> Iterator[Sequence[Any]]:
    after = 0
    while found := costing.by_encounter(
        session, said.period, after=after, limit=PAGE, departments=said.departments, at=said.at
    ):
        after = found[-1].id
        for one in found:
            yield (
                one.encounter, place_name(one.department_name, one.department), one.drg_code or "",
                one.admitted_at, one.discharged_at, one.chargeable, one.total,
            )  # fmt: skip


def drgs(session: Session, said: costing.Filter) -> Sheet:
    """Cost by DRG."""
    heads = [
        _code(_("DRG")), Head(_("Name")), Head(_("Cases"), "quantity"), _money(_("Cost")),
        _money(_("Mean"), total=False), _money(_("Weight"), total=False), _money(_("Rate"), total=False),
        _money(_("Payment")), _money(_("Margin")),
    ]  # fmt: skip
    since, until = instants_of(said.period)
    cases = costing.Discharges(since=since, until=until, year=int(said.period[:4]), at=said.at)
    rows = [
        (
            row.drg_code or _("without DRG"), row.name, row.cases, row.total, row.mean, row.weight, row.rate,
            row.payment, row.margin,
        )
        for row in costing.by_drg(session, cases)
    ]  # fmt: skip
    return Sheet("drg-cost", title_of("drgs"), heads, rows)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


MAKERS: dict[str, tuple[str, Callable[[Session, costing.Filter], Sheet]]] = {
    "departments": ("pages.finance", departments),
    "products": ("pages.finance", products),
    "movements": ("pages.finance", movements),
    "week": ("pages.finance", weeks),
    "stock": ("pages.finance_stock", stock),
    **{one.value: ("pages.finance", _grouped(one)) for one in Dimension},
    Dimension.ENCOUNTER.value: ("pages.finance_encounters", _grouped(Dimension.ENCOUNTER)),
    "encounters": ("pages.finance_encounters", encounters),
    "drgs": ("pages.finance_drgs", drgs),
}
"""Whose page a report is of, and who makes it."""
