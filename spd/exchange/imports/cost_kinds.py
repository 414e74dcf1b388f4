"""This file is the imports of cost: what a month cost and earned elsewhere, drivers, and the tables in versions."""

from __future__ import annotations

from typing import Any

from spd.costing import (
    CostInput,
    CostInputPast,
    CostItem,
    DriverInput,
    DriverInputPast,
    RevenueInput,
    RevenueInputPast,
    RevenueKind,
    Setting,
    StepRule,
    TableKind,
)
from spd.exchange.imports.kind import Column, Importing, Kind, keep_pasts
from spd.exchange.imports.versioned import Cells, Line, Versioned
from spd.exchange.values import Cell
from spd.places import Department

ITEMS = {
    "人员经费": "staff", "卫生材料费": "materials", "药品费": "drugs", "固定资产折旧费": "depreciation",
    "无形资产摊销费": "amortisation", "提取医疗风险基金": "risk_fund", "其他运行费用": "other",
}  # fmt: skip
REVENUES = {
    "药品收入": "drug", "卫生材料收入": "material", "重点监控高值耗材收入": "monitored_material",
    "化验收入": "laboratory", "检查收入": "examination", "医疗服务收入": "service", "其他收入": "other",
}  # fmt: skip
SETTINGS = {"住院": "inpatient", "门诊": "outpatient"}


def period(_: Importing, cell: Cell) -> str:
    """A month, 2026-03; a spreadsheet's 2026/3 and 202603 are the same."""
    text = cell.value.replace("/", "-").replace("年", "-").removesuffix("月")
    if text.isascii() and text.isdigit() and len(text) == 6:
        text = f"{text[:4]}-{text[4:]}"
    year, _dash, month = text.partition("-")
    sound = year.isascii() and year.isdigit() and len(year) == 4 and month.isascii() and month.isdigit()
    if not sound or not 1 <= int(month) <= 12 or not 1900 <= int(year) < 2100:
        raise cell.bad("a month such as 2026-03", "月份, 如 2026-03")
    return f"{year}-{int(month):02d}"


def column(name: str, read: Any, attribute: str = "", **more: Any) -> Column:
    """A column under its own name."""
    return Column(name=name, attribute=attribute or name, read=read, **more)


def whose(name: str, attribute: str, model: Any, *, needed: bool = False) -> Column:
    """A column with the code of a record."""
    return Column(
        name=name, attribute=attribute, model=model, needed=needed,
        read=lambda importing, cell: importing.number_of(model, cell),
    )  # fmt: skip


def one_of(name: str, words: Any, also: dict[str, str]) -> Column:
    """A column with one of a few words."""
    known = [str(word) for word in words]
    return column(name, lambda _, cell: cell.one_of(known, also=also))


def money(_: Importing, cell: Cell) -> Any:
    """An amount."""
    return cell.money()


_AMOUNT = column("amount", money, needed=True)

COST_KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="department-costs",
            model=CostInput,
            key=("period", "department", "cost_item"),
            columns=(
                column("period", period),
                whose("department", "department_id", Department),
                Column(
                    name="cost_item", attribute="item",
                    read=lambda _, cell: cell.one_of([str(one) for one in CostItem], also=ITEMS),
                ),
                _AMOUNT,
            ),
            keep=keep_pasts(CostInputPast),
        ),
        Kind(
            name="department-revenue",
            model=RevenueInput,
            key=("period", "department", "ordered_by", "setting", "revenue_kind"),
            columns=(
                column("period", period),
                whose("department", "department_id", Department),
                whose("ordered_by", "ordered_by_id", Department),
                one_of("setting", Setting, SETTINGS),
                Column(
                    name="revenue_kind", attribute="kind",
                    read=lambda _, cell: cell.one_of([str(one) for one in RevenueKind], also=REVENUES),
                ),
                _AMOUNT,
            ),
            keep=keep_pasts(RevenueInputPast),
        ),
        Kind(
            name="department-drivers",
            model=DriverInput,
            key=("period", "driver", "department"),
            columns=(
                column("period", period),
                column("driver", lambda _, cell: cell.text(24)),
                whose("department", "department_id", Department),
                _AMOUNT,
            ),
            keep=keep_pasts(DriverInputPast),
        ),
    )
}  # fmt: skip


def _step_rule(importing: Importing, cells: Cells) -> Line:
    """Raises: BadValue, UnknownReference."""
    level = cells["level"].whole(least=1)
    if level > 3:
        raise cells["level"].bad("1, 2 or 3", "1, 2 或 3")
    department = importing.number_of(Department, cells["department"]) if cells["department"].value else None
    begins = period(importing, cells["period"])
    values = {"level": level, "department_id": department, "driver": cells["driver"].text(24)}
    return Line(scope=begins, valid_from=begins, key=(level, cells["department"].value), values=values)


STEP_RULES = Versioned(
    name="step-rules",
    table=TableKind.STEP_RULES,
    model=StepRule,
    needed=("period", "level", "driver"),
    columns=("period", "level", "driver", "department"),
    line=_step_rule,
)
