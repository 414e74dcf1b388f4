"""Importing reference data and delivery notes from CSV, device identifiers from XML: all is checked, then written."""

from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.exchange.imports import codes, deliveries, engine
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.kinds import KINDS as _RECORDS
from spd.exchange.imports.report import ImportReport, Problem
from spd.exchange.refusals import UnknownKind
from spd.exchange.tables import Table, read_file, read_mapping
from spd.exchange.udid import read_udid

_SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = _RECORDS | {kind.name: kind for kind in (codes.MAPPINGS, codes.TRACE_CODES)}
_ALSO = {"suppliers": "parties", "udid": "mappings"}


def kinds() -> tuple[str, ...]:
    """The words for what can be imported."""
    return (*KINDS, *_ALSO, "deliveries")


def columns_of(kind: str) -> tuple[str, ...]:
    """Our columns of a kind. Raises: UnknownKind."""
    if kind == "deliveries":
        return deliveries.COLUMNS
    if _ALSO.get(kind, kind) not in KINDS:
        raise UnknownKind(kind=kind, kinds=", ".join(kinds()))
    return KINDS[_ALSO.get(kind, kind)].known_columns


def read_table(kind: str, file: Path, *, mapping: Path | None = None) -> Table:
    """The table in a file, its columns renamed by a mapping where one is given.

    Raises: UnknownKind, BadMapping, NoSuchFile, TooLarge, EmptyFile, WrongEncoding, NotATable, DuplicateColumns,
    ForbiddenXml, NotUdid.
    """
    known = columns_of(kind)
    if kind == "udid":
        return read_udid(file)
    renamed: Mapping[str, str] = read_mapping(mapping, known) if mapping is not None else {}
    return read_file(file, mapping=renamed)


def import_table(
    session: Session,
    kind: str,
    table: Table,
    occasion: Occasion,
    *,
    zone: ZoneInfo = _SHANGHAI,
    dry_run: bool = False,
) -> ImportReport:
    """Bring the records of a kind to what the table says: new ones made, others changed where they differ.

    An empty cell leaves what is there. With a problem in any row, or in a dry run, nothing is written. Times without a
    zone are the hospital's.

    Raises: UnknownKind, MissingColumns.
    """
    columns_of(kind)
    importing = Importing(session=session, table=table, zone=zone)
    if kind == "deliveries":
        return deliveries.run(importing, occasion, dry_run=dry_run)
    report = engine.run(importing, KINDS[_ALSO.get(kind, kind)], dry_run=dry_run)
    if report.written and KINDS[_ALSO.get(kind, kind)] is codes.MAPPINGS:
        codes.spread_levels(session, table)
    return report


__all__ = ["KINDS", "ImportReport", "Problem", "columns_of", "import_table", "kinds", "read_table"]
