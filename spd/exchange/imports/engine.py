"""This file is an import: all rows are read and judged first; only where nothing is wrong is anything written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from spd.core.errors import Refusal
from spd.core.money import shown
from spd.exchange.imports.kind import Change, Column, Importing, Kind
from spd.exchange.imports.plan import FieldChange, Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.refusals import MissingValue, NotForImport, RepeatedKey, Taken, UnknownReference
from spd.exchange.tables import Row

_AT_ONCE = 500


def plan(importing: Importing, kind: Kind) -> Plan:
    """What it takes to bring the records of a kind to what the table says; an empty cell leaves what is there.

    Raises: MissingColumns, for the key's.
    """
    table = importing.table
    table.refuse_missing(kind.key)
    changes = [_read(importing, kind, row) for row in table.rows]
    _find_records(importing, kind, changes)
    for change in changes:
        change.values |= kind.derived(change.values, change.record)
    _judge(importing, kind, changes)
    return Plan(
        kind=kind.name,
        rows=tuple(_planned(importing, kind, change) for change in changes),
        ignored_columns=ignored(table.columns, kind.known_columns),
        write=lambda: _write(importing, kind, changes),
    )


def _planned(importing: Importing, kind: Kind, change: Change) -> RowPlan:
    key = ", ".join(change.row.get(name) for name in kind.key)
    number = change.row.number
    if change.refusals:
        problems = tuple(Problem.of(number, refusal) for refusal in change.refusals)
        return RowPlan(row=number, outcome=Outcome.REFUSED, key=key, problems=problems)
    fields = (*_fields(importing, kind, change), *(change.more.fields if change.more else ()))
    differs = Outcome.CHANGED if fields else Outcome.UNCHANGED
    outcome = Outcome.CREATED if change.record is None else differs
    return RowPlan(row=number, outcome=outcome, key=key, fields=fields)


def _fields(importing: Importing, kind: Kind, change: Change) -> list[FieldChange]:
    """Every field that is another afterwards, in the order of the columns."""
    record, values = change.record, change.values if change.record is None else change.changed
    found = []
    for column in kind.columns:
        if column.parent and change.parent is not None and (record is None or change.moves):
            before = "" if record is None else importing.code_of(kind.model, getattr(record, column.attribute))
            found.append(FieldChange(column=column.name, before=before, after=change.parent))
        elif column.attribute in values:
            before = "" if record is None else _shown(importing, column, getattr(record, column.attribute))
            after = _shown(importing, column, values[column.attribute])
            found.append(FieldChange(column=column.name, before=before, after=after))
    return found


def _shown(importing: Importing, column: Column, value: Any) -> str:
    """A value as a file writes it."""
    if column.model is not None:
        return importing.code_of(column.model, value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return shown(value)
    return "" if value is None else str(value)


def _read(importing: Importing, kind: Kind, row: Row) -> Change:
    change = Change(row=row, values={})
    for column in kind.columns:
        cell = importing.cell(row, column.name)
        if not cell.value:
            if column.name in kind.key:
                change.refusals.append(MissingValue(row=row.number, column=column.name))
            continue
        if column.parent:
            change.parent = cell.value
            continue
        try:
            change.values[column.attribute] = column.read(importing, cell)
        except Refusal as refusal:
            change.refusals.append(refusal)
    return change


def _find_records(importing: Importing, kind: Kind, changes: list[Change]) -> None:
    """Put to each row the record it is about."""
    names = kind.key_attributes
    wanted = list({change.values[names[0]] for change in changes if names[0] in change.values})
    found: dict[tuple[Any, ...], Any] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        part = getattr(kind.model, names[0]).in_(wanted[start : start + _AT_ONCE])
        for record in importing.session.scalars(select(kind.model).where(part)):
            found[tuple(getattr(record, name) for name in names)] = record
    for change in changes:
        change.record = found.get(kind.key_of(change.values))


def _judge(importing: Importing, kind: Kind, changes: list[Change]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for done, change in enumerate(changes):
        if done % 500 == 0:
            importing.tell(done, len(changes))
        if change.refusals:
            continue
        _judge_key(kind, change, seen)
        if change.record is None:
            change.refusals += [
                MissingValue(row=change.row.number, column=column.name)
                for column in kind.columns
                if column.needed and column.attribute not in change.values
            ]
        try:
            change.more = kind.more(importing, change.row, change.record)
        except Refusal as refusal:
            change.refusals.append(refusal)
    for column in kind.columns:
        if column.passes is not None:
            column.passes(importing, changes)
        if column.unique:
            _judge_unique(importing, kind, column.name, column.attribute, changes)
        if column.parent:
            _judge_parents(importing, kind, column, changes)


def _judge_key(kind: Kind, change: Change, seen: dict[tuple[Any, ...], int]) -> None:
    key, number = kind.key_of(change.values), change.row.number
    named = ", ".join(f"{name}={change.row.get(name)}" for name in kind.key)
    if key in seen:
        change.refusals.append(RepeatedKey(row=number, earlier=seen[key], key=named, column=kind.key[0]))
    seen.setdefault(key, number)
    if change.record is not None and kind.reserved(change.record):
        change.refusals.append(NotForImport(row=number, key=named, column=kind.key[0]))


def _judge_unique(importing: Importing, kind: Kind, name: str, attribute: str, changes: list[Change]) -> None:
    """What only one may have is not another's: not in the database, and not in the file."""
    said = [change for change in changes if attribute in change.values]
    owners: dict[Any, tuple[str, int | None]] = {}
    wanted = [change.values[attribute] for change in said]
    for start in range(0, len(wanted), _AT_ONCE):
        part = getattr(kind.model, attribute).in_(wanted[start : start + _AT_ONCE])
        for record in importing.session.scalars(select(kind.model).where(part)):
            owners[getattr(record, attribute)] = (record.code, record.id)
    for change in said:
        value, number = change.values[attribute], change.row.number
        mine = (change.row.get(kind.key[0]), None if change.record is None else change.record.id)
        if owners.setdefault(value, mine) != mine:
            change.refusals.append(Taken(row=number, column=name, value=value, owner=owners[value][0]))


def _judge_parents(importing: Importing, kind: Kind, column: Column, changes: list[Change]) -> None:
    """Every parent is there, in the database or in the file, and nobody is their own ancestor."""
    codes = {change.row.get(kind.key[0]) for change in changes}
    above = {change.row.get(kind.key[0]): change.parent for change in changes if change.parent}
    for change in changes:
        if change.parent is None:
            continue
        number = importing.find_number(kind.model, change.parent)
        if (number is None and change.parent not in codes) or _in_a_ring(change.parent, above):
            refused = UnknownReference(row=change.row.number, column=column.name, value=change.parent)
            change.refusals.append(refused)
        elif change.record is not None:
            change.moves = getattr(change.record, column.attribute) != number


def _in_a_ring(code: str, above: Mapping[str, str]) -> bool:
    """Whether going up from a code never ends: nothing is inside itself."""
    passed: set[str] = set()
    upper: str | None = code
    while upper is not None and upper not in passed:
        passed.add(upper)
        upper = above.get(upper)
    return upper is not None


def _write(importing: Importing, kind: Kind, changes: list[Change]) -> None:
    session = importing.session
    keep = kind.keep(importing, changes)
    for record, name, value in (one for change in changes for one in change.frees):
        setattr(record, name, value)
    session.flush()  # what one gives up is another's next
    for change in changes:
        if change.record is None:
            change.record = kind.model(**(kind.made(importing, change.values) | change.values))
            session.add(change.record)
        else:
            for name, value in change.changed.items():
                setattr(change.record, name, value)
    session.flush()  # parents and packagings name the records by number
    for change in changes:
        if change.more is not None:
            change.more.apply(change.record)
    for column in kind.columns:
        if column.parent:
            _put_under(importing, kind, column, changes)
    keep()
    session.flush()  # so that a refusal by the database comes here, where it has a name


def _put_under(importing: Importing, kind: Kind, column: Column, changes: list[Change]) -> None:
    numbers = {change.row.get(kind.key[0]): change.record.id for change in changes}
    for change in changes:
        if change.parent is not None:
            above = numbers.get(change.parent) or importing.find_number(kind.model, change.parent)
            setattr(change.record, column.attribute, above)
