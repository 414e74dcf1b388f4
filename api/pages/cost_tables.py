"""This file is the pages of tables that costs and payments stand on: groups, rates, outliers, standards, rules, each a
version that an import made and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from sqlalchemy import select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, report
from api.pages.cost_words import driver_name, level_names, table_names
from api.pages.groups import payer_name
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from spd.costing import (
    CostTable,
    GroupStandard,
    OutlierBand,
    Payer,
    PaymentGroup,
    PaymentTerms,
    ServiceUnitCost,
    StepRule,
    TableKind,
)
from spd.places import departments_at
from spd.staff import Staff

_OF_PAYERS = (TableKind.GROUPS, TableKind.TERMS, TableKind.OUTLIERS, TableKind.STANDARDS)


def scope_name(kind: str, scope: str) -> str:
    """Whose a table is, as it is read: a payer's, or everybody's."""
    return payer_name(Payer.of(scope)) if kind in _OF_PAYERS else ""


@bp.get("/finance/tables")
def finance_tables() -> str | Response:
    """Every version of every table, the newest first."""
    payers = read(lambda session: session.execute(select(CostTable.kind, CostTable.scope).distinct()).all())
    listing = Listing(
        name="cost-tables",
        base=select(CostTable.id.label("id")).join(Staff, Staff.id == CostTable.set_by_id),
        columns=(
            Column("kind", _("Table"), CostTable.kind, show=table_names(), href=_page),
            Column("scope", _("Payer"), CostTable.scope, show={of: scope_name(kind, of) or "–" for kind, of in payers}),
            Column("valid_from", _("From month"), CostTable.valid_from, kind="code"),
            Column("version", _("Version"), CostTable.version, kind="quantity", href=_page),
            Column("rows", _("Rows"), CostTable.rows, kind="quantity", href=_page),
            Column("set_at", _("Imported"), CostTable.set_at, kind="instant"),
            Column("who", _("Who"), Staff.name),
        ),
        filters=(
            Choice("kind", _("Table"), list(table_names().items()), lambda value: CostTable.kind == value),
            Words("q", _("Payer"), lambda words: CostTable.scope.icontains(words, autoescape=True)),
        ),
        order="-set_at",
        tie=CostTable.id,
    )
    actions = []
    if may_open("pages.imports_new", person()):
        actions = [{"text": _("Import"), "href": url_for("pages.imports_new"), "icon": "plus"}]
    return listed(
        listing, title=_("Tables of cost"), tabs=report.tabs("finance_tables", report.this_month()), actions=actions,
        sub=_("What costing and payment stand on, in versions that are never changed"),
        empty=_("No table was imported yet"),
    )  # fmt: skip


def _page(row: Any) -> str:
    return url_for("pages.finance_table", number=row.id)


@bp.get("/finance/tables/<int:number>")
def finance_table(number: int) -> str | Response:
    """One version with its rows."""
    table = read(lambda session: session.get(CostTable, number))
    if table is None:
        raise NotFound
    kind = table_names()[table.kind]
    base, columns, filters = _ROWS[TableKind(table.kind)](table)
    words = (scope_name(table.kind, table.scope), _("Version %(number)s") % {"number": table.version}, table.valid_from)
    listing = Listing(
        name=f"{table.kind}_{table.scope.replace('|', '_')}_v{table.version}", base=base, columns=columns,
        filters=filters, order=columns[0].key,
    )  # fmt: skip
    return listed(
        listing, title=kind, sub=" · ".join(filter(None, words)),
        tabs=report.tabs("finance_tables", report.this_month()),
        crumbs=[(_("Tables of cost"), url_for("pages.finance_tables")), (kind, None)],
    )  # fmt: skip


Rows = tuple[Any, tuple[Column, ...], tuple[Words, ...]]


def _groups(table: CostTable) -> Rows:
    points = table.scope.endswith("|dip")
    columns = (
        Column("code", _("Group"), PaymentGroup.code, kind="code"),
        Column("name", _("Name"), PaymentGroup.name),
        Column("weight", _("Points") if points else _("Weight"), PaymentGroup.weight, show=_exact, numeral=True),
        Column("mean_fee", _("Mean fee"), PaymentGroup.mean_fee, kind="money"),
    )
    words = Words(
        "q", _("Search"), lambda words: PaymentGroup.code.icontains(words, autoescape=True)
        | PaymentGroup.name.icontains(words, autoescape=True),
    )  # fmt: skip
    return _of(PaymentGroup, table), columns, (words,)


def _terms(table: CostTable) -> Rows:
    rate = _("A point pays") if table.scope.endswith("|dip") else _("A unit of weight pays")
    columns = (
        Column("rate", rate, PaymentTerms.rate, kind="money"),
        Column("coefficient", _("Coefficient of the hospital"), PaymentTerms.coefficient, show=_exact),
    )
    return _of(PaymentTerms, table), columns, ()


def _outliers(table: CostTable) -> Rows:
    columns = (
        Column("weight_from", _("From weight"), OutlierBand.weight_from, show=_exact),
        Column("low_below", _("Low below, times the mean"), OutlierBand.low_below, show=_exact),
        Column("low_pays", _("Low: what is paid"), OutlierBand.low_pays, kind="code"),
        Column("high_above", _("High above, times the mean"), OutlierBand.high_above, show=_exact),
        Column("high_pays", _("High: what is paid"), OutlierBand.high_pays, kind="code"),
    )
    return _of(OutlierBand, table), columns, ()


def _standards(table: CostTable) -> Rows:
    columns = (
        Column("code", _("Group"), GroupStandard.code, kind="code"),
        Column("standard", _("Standard"), GroupStandard.standard, kind="money"),
    )
    words = Words("q", _("Search"), lambda words: GroupStandard.code.icontains(words, autoescape=True))
    return _of(GroupStandard, table), columns, (words,)


def _unit_costs(table: CostTable) -> Rows:
    columns = (
        Column("service", _("Service"), ServiceUnitCost.service, kind="code"),
        Column("unit_cost", _("Unit cost"), ServiceUnitCost.unit_cost, kind="money"),
    )
    words = Words("q", _("Search"), lambda words: ServiceUnitCost.service.icontains(words, autoescape=True))
    return _of(ServiceUnitCost, table), columns, (words,)


def _step_rules(table: CostTable) -> Rows:
    department = departments_at(table.set_at)
    columns = (
        Column("level", _("Level"), StepRule.level, show=level_names()),
        Column("department", _("Department"), named_column(department), show=lambda name: name or _("all others")),
        Column("driver", _("Shared by"), StepRule.driver, show=driver_name),
    )
    base = _of(StepRule, table).outerjoin(department, department.id == StepRule.department_id)
    return base, columns, ()


def _of(kind: Any, table: CostTable) -> Any:
    return select(kind.id.label("id")).where(kind.table_id == table.id)


def _exact(value: Any) -> str:
    return f"{value.normalize():f}"


_ROWS: dict[TableKind, Callable[[CostTable], Rows]] = {
    TableKind.GROUPS: _groups, TableKind.TERMS: _terms, TableKind.OUTLIERS: _outliers,
    TableKind.STANDARDS: _standards, TableKind.UNIT_COSTS: _unit_costs, TableKind.STEP_RULES: _step_rules,
}  # fmt: skip
"""How the rows of each kind of table are shown."""
