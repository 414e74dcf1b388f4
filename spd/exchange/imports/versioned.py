"""This file is imports whose file is a new version of a table: read whole, compared with the last, kept beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert

from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.costing import NewVersion, TableKind, add_version, newest
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, RepeatedKey
from spd.exchange.tables import Row
from spd.exchange.values import Cell

Cells = Mapping[str, Cell]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: which table it is of, by what it is known in it, what is kept of it."""

    scope: str
    key: tuple[Any, ...]
    values: Mapping[str, Any]
    valid_from: str = ""


@dataclass(frozen=True, kw_only=True)
class Versioned:
    """A kind of import of which each file is one more version of each table it names.

    `needed`: columns every row has; `columns`: all that are read; `line`: a row read, which may refuse it.
    """

    name: str
    table: TableKind
    model: Any
    needed: tuple[str, ...]
    columns: tuple[str, ...]
    line: Callable[[Importing, Cells], Line]


def plan(importing: Importing, occasion: Occasion, kind: Versioned) -> Plan:
    """Which tables of the file are new or differ from their last version; the rest are left. Raises: MissingColumns."""
    table = importing.table
    table.refuse_missing(kind.needed)
    lines: dict[int, Line] = {}
    refused: dict[int, Problem] = {}
    seen: dict[tuple[Any, ...], int] = {}
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            line = _read(importing, kind, row)
            key = (line.scope, *line.key)
            if key in seen:
                raise RepeatedKey(
                    row=row.number, earlier=seen[key], key=", ".join(map(str, key)), column=kind.needed[-1]
                )
            seen[key] = row.number
            lines[row.number] = line
        except Refusal as refusal:
            refused[row.number] = Problem.of(row.number, refusal)
    versions = _versions(importing, kind, lines.values())
    changed = {version.scope for version, _ in versions}
    return Plan(
        kind=kind.name,
        rows=tuple(_planned(kind, row, lines.get(row.number), refused.get(row.number), changed) for row in table.rows),
        ignored_columns=ignored(table.columns, kind.columns),
        write=lambda: _write(importing, occasion, kind, versions),
    )


def _read(importing: Importing, kind: Versioned, row: Row) -> Line:
    cells = {name: importing.cell(row, name) for name in kind.columns}
    for name in kind.needed:
        if not cells[name].value:
            raise MissingValue(row=row.number, column=name)
    return kind.line(importing, cells)


def _versions(
    importing: Importing, kind: Versioned, lines: Any
) -> list[tuple[NewVersion, Sequence[Mapping[str, Any]]]]:
    """The tables that differ from their last version, each with its rows."""
    by_scope: dict[str, list[Line]] = {}
    for line in lines:
        by_scope.setdefault(line.scope, []).append(line)
    found: list[tuple[NewVersion, Sequence[Mapping[str, Any]]]] = []
    for scope, of in by_scope.items():
        said = sorted(([*map(str, line.key)], sorted((k, str(v)) for k, v in line.values.items())) for line in of)
        digest = hashlib.sha256(json.dumps([of[0].valid_from, said], ensure_ascii=False).encode()).digest()
        last = newest(importing.session, kind.table, scope)
        if last is None or last.digest != digest:
            version = NewVersion(kind=kind.table, scope=scope, digest=digest, rows=len(of), valid_from=of[0].valid_from)
            found.append((version, [line.values for line in of]))
    return found


def _planned(kind: Versioned, row: Row, line: Line | None, problem: Problem | None, changed: set[str]) -> RowPlan:
    if problem is not None or line is None:
        key = ", ".join(row.get(name) for name in kind.needed)
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=(problem,) if problem else ())
    key = ", ".join([line.scope.replace("|", " "), *(str(one) for one in line.key if one not in (None, ""))])
    if line.scope not in changed:
        return RowPlan(row=row.number, outcome=Outcome.UNCHANGED, key=key)
    fields = tuple(FieldChange(column=name, after=row.get(name)) for name in kind.columns if row.get(name))
    return RowPlan(row=row.number, outcome=Outcome.CREATED, key=key, fields=fields)


def _write(
    importing: Importing, occasion: Occasion, kind: Versioned,
    versions: list[tuple[NewVersion, Sequence[Mapping[str, Any]]]],
) -> None:  # fmt: skip
    for version, rows in versions:
        table = add_version(importing.session, occasion, version)
        importing.session.execute(insert(kind.model), [{"table_id": table.id, **row} for row in rows])
