"""This file is the import of budget lines into the draft that waits, and of the figures quotas are multiplied by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select

from spd.catalog import ProductClass
from spd.core.errors import Refusal, Refused
from spd.core.occasion import Occasion
from spd.costing import budgets, measures
from spd.costing.budgets import Basis, BudgetVersion, LineSaid
from spd.costing.measures import WorkloadTold
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey
from spd.exchange.tables import Row
from spd.ledger import days_of
from spd.places import get_department

LINE_KEY = ("department", "basis", "amount")
LINE_COLUMNS = (*LINE_KEY, "product_class")
WORK_KEY = ("month", "department", "measure", "amount")
_BASES = {"月": "month", "月度": "month", "每月": "month", "床日": "bed_day", "每床日": "bed_day",
          "百元收入": "revenue_100", "每百元收入": "revenue_100"}  # fmt: skip
_CLASSES = {"高值": "high_value", "高值耗材": "high_value", "低值": "low_value", "低值耗材": "low_value",
            "试剂": "reagent"}  # fmt: skip
_MEASURES = {"床日": "bed_days", "床日数": "bed_days", "收入": "revenue", "医疗收入": "revenue"}


class NoDraft(Refused):
    """A file is read into a draft."""

    code = "no-budget-draft"
    say = {
        "zh": "没有待批准的预算草稿。请先在预算页新建版本, 再导入。",
        "en": "No budget draft waits. Make a version on the page of budgets first, then import.",
    }


def plan_lines(importing: Importing, occasion: Occasion) -> Plan:
    """Which lines of the draft are new or changed. Raises: MissingColumns, NoDraft."""
    session = importing.session
    importing.table.refuse_missing(LINE_KEY)
    waits = session.scalars(select(BudgetVersion).where(BudgetVersion.approved_at.is_(None))).first()
    if waits is None:
        raise NoDraft()
    known = {
        (department.code, line.product_class, line.basis): line.amount
        for line, department in budgets.lines_of(session, waits)
    }
    return _plan(
        importing, "budgets", LINE_COLUMNS, _line,
        key=lambda said: (said.department, said.product_class, said.basis.value), known=known,
        write=lambda said: budgets.set_lines(session, occasion, waits.number, said),
    )  # fmt: skip


class RevenueInDetail(Refused):
    """The revenue is known by kind and for whose patients: a sum beside it would be a second figure."""

    code = "revenue-in-detail"
    say = {
        "zh": "第 {row} 行: {department} {period} 的收入已按类别导入 (科室收入)。请在科室收入文件中更正。",
        "en": "Row {row}: revenue of {department} in {period} is known by kind. Correct it in the file of revenue.",
    }


def plan_work(importing: Importing, occasion: Occasion) -> Plan:
    """Which figures of bed-days and revenue are new or changed. Raises: MissingColumns."""
    session = importing.session
    importing.table.refuse_missing(WORK_KEY)
    known = measures.told(session)
    return _plan(
        importing, "workloads", WORK_KEY, _work, key=lambda said: (said.period, said.department, said.measure),
        known=known, write=lambda said: measures.tell(session, occasion, said),
    )  # fmt: skip


def _plan(
    importing: Importing, kind: str, columns: Sequence[str], read: Callable[[Importing, Row], Any], *,
    key: Callable[[Any], tuple[Any, ...]], known: dict[Any, Any], write: Callable[[list[Any]], Any],
) -> Plan:  # fmt: skip
    rows: list[RowPlan] = []
    wanted: list[Any] = []
    seen: dict[tuple[Any, ...], int] = {}
    for row in importing.table.rows:
        try:
            said = read(importing, row)
            mine = key(said)
            if mine in seen:
                raise RepeatedKey(row=row.number, key=", ".join(mine), earlier=seen[mine])
        except Refusal as refusal:
            rows.append(
                RowPlan(row=row.number, outcome=Outcome.REFUSED, key="", problems=(Problem.of(row.number, refusal),))
            )
            continue
        seen[mine] = row.number
        rows.append(_compared(row, mine, said, known.get(mine)))
        if rows[-1].outcome is not Outcome.UNCHANGED:
            wanted.append(said)
    return Plan(
        kind=kind, rows=tuple(rows), ignored_columns=ignored(importing.table.columns, columns),
        write=lambda: write(wanted),
    )  # fmt: skip


def _compared(row: Row, key: tuple[Any, ...], said: Any, before: Any) -> RowPlan:
    outcome = Outcome.CREATED if before is None else Outcome.UNCHANGED if before == said.amount else Outcome.CHANGED
    change = FieldChange(column="amount", before="" if before is None else str(before), after=str(said.amount))
    fields = () if outcome is Outcome.UNCHANGED else (change,)
    return RowPlan(row=row.number, outcome=outcome, key=", ".join(filter(None, key)), fields=fields)


def _line(importing: Importing, row: Row) -> LineSaid:
    """Raises: MissingValue, BadValue, UnknownDepartment."""
    cells = _cells(importing, row, LINE_COLUMNS, LINE_KEY)
    product_class = cells["product_class"]
    return LineSaid(
        department=get_department(importing.session, cells["department"].text(80)).code,
        basis=Basis(cells["basis"].one_of([one.value for one in Basis], also=_BASES)),
        amount=cells["amount"].money(),
        product_class=product_class.one_of([c.value for c in ProductClass], also=_CLASSES)
        if product_class.value
        else "",
    )


def _work(importing: Importing, row: Row) -> WorkloadTold:
    """Raises: MissingValue, BadValue, UnknownDepartment."""
    cells = _cells(importing, row, WORK_KEY, WORK_KEY)
    period = cells["month"].text(7)
    try:
        days_of(importing.session, period)
    except ValueError:
        raise cells["month"].bad("a month as 2026-03", "月份, 如 2026-03") from None
    department = get_department(importing.session, cells["department"].text(80))
    measure = cells["measure"].one_of([measures.BED_DAYS, measures.REVENUE], also=_MEASURES)
    if measure == measures.REVENUE and department.id in measures.earned(importing.session, period):
        raise RevenueInDetail(row=row.number, period=period, department=department.code)
    return WorkloadTold(
        period=period, department=department.code, measure=measure, amount=cells["amount"].money()
    )  # fmt: skip


def _cells(importing: Importing, row: Row, columns: Sequence[str], needed: Sequence[str]) -> dict[str, Any]:
    cells = {name: importing.cell(row, name) for name in columns}
    for name in needed:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    return cells
