"""This file is the CSV files of a Synthea export as rows of their own types, every cell checked beforehand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from spd.exchange.tables import Row, Table, read_file
from spd.exchange.values import Cell

_UTC = ZoneInfo("UTC")
COLUMNS = {
    "patients": ("Id",),
    "organizations": ("Id", "NAME"),
    "encounters": ("Id", "START", "STOP", "PATIENT", "ORGANIZATION", "ENCOUNTERCLASS"),
    "procedures": ("START", "ENCOUNTER", "CODE", "DESCRIPTION"),
    "devices": ("START", "ENCOUNTER", "CODE", "DESCRIPTION", "UDI"),
    "supplies": ("DATE", "ENCOUNTER", "CODE", "DESCRIPTION", "QUANTITY"),
}
"""The files of a set that are read, and the columns each must have."""


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A row of encounters.csv."""

    id: str
    starts_at: datetime
    stops_at: datetime | None
    patient: str
    organization: str
    encounter_class: str

    def within(self, instant: datetime) -> datetime:
        """The instant, or the end of the visit that is nearest to it."""
        latest = instant if self.stops_at is None else min(instant, max(self.stops_at, self.starts_at))
        return max(latest, self.starts_at)


@dataclass(frozen=True, kw_only=True)
class Used:
    """A row of devices.csv or supplies.csv. `key` is the row's own, whatever file it stands in and wherever there."""

    file: str
    row: int
    key: str
    on: datetime | date
    encounter: str
    code: str
    description: str
    quantity: int
    udi: str | None

    def moment(self, visit: Visit) -> datetime:
        """When it was used: within its visit. A row that says the day only is of the visit's first moment that day."""
        if isinstance(self.on, datetime):
            return visit.within(self.on)
        if visit.starts_at.date() == self.on:
            return visit.starts_at
        return visit.within(datetime.combine(self.on, time(12), UTC))


@dataclass(frozen=True, kw_only=True)
class SyntheaSet:
    """One export, read."""

    patients: tuple[str, ...]
    organizations: dict[str, str]
    visits: dict[str, Visit]
    procedures: int
    devices: tuple[Used, ...]
    supplies: tuple[Used, ...]


def read_set(directory: Path) -> SyntheaSet:
    """The set in a directory.

    Raises: NoSuchFile, EmptyFile, TooLarge, WrongEncoding, NotATable, MissingColumns, DuplicateRows, BadValue.
    """
    tables = {name: read_file(directory / f"{name}.csv", required=columns) for name, columns in COLUMNS.items()}
    for name in ("patients", "organizations", "encounters"):
        tables[name].refuse_duplicates(["Id"])
    return SyntheaSet(
        patients=tuple(row["Id"] for row in tables["patients"].rows),
        organizations={row["Id"]: row["NAME"] for row in tables["organizations"].rows},
        visits={row["Id"]: _visit(tables["encounters"], row) for row in tables["encounters"].rows},
        procedures=len(tables["procedures"].rows),
        devices=_used(tables["devices"], _device),
        supplies=_used(tables["supplies"], _supply),
    )


def _cell(table: Table, row: Row, column: str) -> Cell:
    return Cell(file=table.file, row=row.number, column=column, value=row[column])


def _named(table: Table, row: Row, column: str) -> str:
    cell = _cell(table, row, column)
    if not cell.value:
        raise cell.bad("a value", "不能为空")
    return cell.text(70)  # our own code of a product puts four characters before it


def _visit(table: Table, row: Row) -> Visit:
    return Visit(
        id=_named(table, row, "Id"),
        starts_at=_cell(table, row, "START").instant(_UTC),
        stops_at=_cell(table, row, "STOP").instant(_UTC) if row["STOP"] else None,
        patient=_named(table, row, "PATIENT"),
        organization=_named(table, row, "ORGANIZATION"),
        encounter_class=_cell(table, row, "ENCOUNTERCLASS").text(24),
    )


def _used(table: Table, build: Callable[[Table, Row, str], Used]) -> tuple[Used, ...]:
    """The rows, each with a key: what it says, and which of the rows that say the same it is."""
    said: Counter[str] = Counter()
    rows = []
    for row in table.rows:
        content = "|".join(row[column] for column in _columns_of(table))
        said[content] += 1
        rows.append(build(table, row, f"{table.file}|{content}|{said[content]}"))
    return tuple(rows)


def _columns_of(table: Table) -> Sequence[str]:
    return COLUMNS[table.file.removesuffix(".csv")]


def _device(table: Table, row: Row, key: str) -> Used:
    return Used(
        file=table.file,
        row=row.number,
        key=key,
        on=_cell(table, row, "START").instant(_UTC),
        encounter=row["ENCOUNTER"],
        code=_named(table, row, "CODE"),
        description=row["DESCRIPTION"],
        quantity=1,
        udi=row["UDI"],
    )


def _supply(table: Table, row: Row, key: str) -> Used:
    said = _cell(table, row, "DATE")
    return Used(
        file=table.file,
        row=row.number,
        key=key,
        on=said.day() if len(said.value) <= 10 else said.instant(_UTC),
        encounter=row["ENCOUNTER"],
        code=_named(table, row, "CODE"),
        description=row["DESCRIPTION"],
        quantity=_cell(table, row, "QUANTITY").whole(least=1),
        udi=None,
    )
