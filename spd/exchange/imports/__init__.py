"""Importing from CSV and XLSX, device identifiers from XML too: all is planned and judged, then written or nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.exchange.imports import (
    budget_lines,
    charges,
    codes,
    deliveries,
    encounter_events,
    engine,
    invoices,
    licences,
    opening,
    operations,
    supplier_terms,
    versioned,
)
from spd.exchange.imports.cost_kinds import COST_KINDS, STEP_RULES
from spd.exchange.imports.headers import guess
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.kinds import KINDS as _RECORDS
from spd.exchange.imports.payer_kinds import CASE_KINDS, VERSIONED
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan
from spd.exchange.imports.report import ImportReport, Problem
from spd.exchange.refusals import UnknownKind
from spd.exchange.tables import Table, read_file, read_mapping
from spd.exchange.udid import read_udid

_SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = _RECORDS | {kind.name: kind for kind in (codes.MAPPINGS, codes.TRACE_CODES)} | COST_KINDS | CASE_KINDS
_VERSIONED = {STEP_RULES.name: STEP_RULES} | VERSIONED
_ALSO = {"suppliers": "parties", "udid": "mappings"}
_OTHERS = {
    "licences": licences.plan,
    "opening-stock": opening.plan,
    "deliveries": deliveries.plan,
    "charges": charges.plan,
    "invoices": invoices.plan,
    "budgets": budget_lines.plan_lines,
    "workloads": budget_lines.plan_work,
    "encounter-events": encounter_events.plan,
    "operations": operations.plan,
    "supplier-terms": supplier_terms.plan,
}
_OTHER_COLUMNS = {
    "licences": licences.COLUMNS,
    "opening-stock": opening.COLUMNS,
    "deliveries": deliveries.COLUMNS,
    "charges": charges.COLUMNS,
    "invoices": invoices.COLUMNS,
    "budgets": budget_lines.LINE_COLUMNS,
    "workloads": budget_lines.WORK_KEY,
    "encounter-events": encounter_events.COLUMNS,
    "operations": operations.COLUMNS,
    "supplier-terms": supplier_terms.COLUMNS,
}
Tell = Callable[[int, int], None]


def _silent(_done: int, _of: int) -> None:
    """Progress that nobody watches."""


def kinds() -> tuple[str, ...]:
    """The words for what can be imported."""
    return (*KINDS, *_ALSO, *_OTHERS, *_VERSIONED)


def columns_of(kind: str) -> tuple[str, ...]:
    """Our columns of a kind. Raises: UnknownKind."""
    if kind in _OTHERS:
        return _OTHER_COLUMNS[kind]
    if kind in _VERSIONED:
        return _VERSIONED[kind].columns
    if _ALSO.get(kind, kind) not in KINDS:
        raise UnknownKind(kind=kind, kinds=", ".join(kinds()))
    return KINDS[_ALSO.get(kind, kind)].known_columns


def read_table(kind: str, file: Path, *, mapping: Path | None = None, tell: Tell = _silent) -> Table:
    """The table in a file, its columns renamed by a mapping where one is given, else by what they are called.

    Raises: UnknownKind, BadMapping, NoSuchFile, TooLarge, ForbiddenXml, NotUdid, and as `tables.read`.
    """
    known = columns_of(kind)
    if kind == "udid":
        return read_udid(file)
    if mapping is not None:
        renamed: Mapping[str, str] = read_mapping(mapping, known)
        return read_file(file, mapping=renamed, tell=tell)
    table = read_file(file, tell=tell)
    return table.renamed(guess(table.columns, known))


def plan_table(
    session: Session, kind: str, table: Table, occasion: Occasion, *, zone: ZoneInfo = _SHANGHAI, tell: Tell = _silent
) -> Plan:
    """What it takes to bring the records of a kind to what the table says; an empty cell leaves what is there.

    Times without a zone are the hospital's. Raises: UnknownKind, MissingColumns.
    """
    columns_of(kind)
    importing = Importing(session=session, table=table, zone=zone, occasion=occasion, tell=tell)
    if kind in _VERSIONED:
        return versioned.plan(importing, occasion, _VERSIONED[kind])
    planning = _OTHERS.get(_ALSO.get(kind, kind))
    if planning is not None:
        return planning(importing, occasion)
    return engine.plan(importing, KINDS[_ALSO.get(kind, kind)])


def import_table(
    session: Session, kind: str, table: Table, occasion: Occasion, *, zone: ZoneInfo = _SHANGHAI, dry_run: bool = False,
    tell: Tell = _silent,
) -> ImportReport:  # fmt: skip
    """Bring the records of a kind to what the table says: new ones made, others changed where they differ.

    An empty cell leaves what is there. With a problem in any row, or in a dry run, nothing is written.

    Raises: UnknownKind, MissingColumns.
    """
    found = plan_table(session, kind, table, occasion, zone=zone, tell=tell)
    report = found.report(dry_run=dry_run)
    if report.written:
        write(session, found, table)
    return report


def write(session: Session, found: Plan, table: Table) -> None:
    """Do what was planned."""
    found.write()
    if found.kind == codes.MAPPINGS.name:
        codes.spread_levels(session, table)


__all__ = [
    "KINDS",
    "FieldChange",
    "ImportReport",
    "Outcome",
    "Plan",
    "Problem",
    "RowPlan",
    "columns_of",
    "import_table",
    "kinds",
    "plan_table",
    "read_table",
    "write",
]
