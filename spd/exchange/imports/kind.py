"""This file is what a kind of import is made of: its record, its key, and how each column is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog import Packaging
from spd.core import pasts
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.exchange.imports.plan import FieldChange
from spd.exchange.refusals import UnknownReference
from spd.exchange.tables import Row, Table
from spd.exchange.values import Cell
from spd.ledger import Item


@dataclass
class Importing:
    """One import under way: the table, the hospital's time zone, the occasion, and codes looked up so far."""

    session: Session
    table: Table
    zone: ZoneInfo
    occasion: Occasion
    tell: Callable[[int, int], None] = lambda _done, _of: None
    """Told now and then how many rows are done."""
    claimed: dict[str, int] = field(default_factory=dict)
    """Packaging codes that rows of this file have named, with the row."""
    _known: dict[Any, dict[str, int]] = field(default_factory=dict)
    _codes: dict[Any, dict[int, str]] = field(default_factory=dict)
    _packagings: dict[str, Packaging] | None = None
    _moved: frozenset[int] | None = None

    def cell(self, row: Row, column: str) -> Cell:
        """One cell and where it stands."""
        return Cell(file=self.table.file, row=row.number, column=column, value=row.get(column))

    def find_number(self, model: Any, code: str, **only: str) -> int | None:
        """The number of the record with this code, as it was when the import began."""
        key = (model, tuple(only.items()))
        if key not in self._known:
            query = select(model.code, model.id).filter_by(**only)
            self._known[key] = {known: number for known, number in self.session.execute(query)}  # noqa: C416
        return self._known[key].get(code)

    def code_of(self, model: Any, number: int | None) -> str:
        """The code of the record with this number, as it was when the import began; empty for none."""
        if number is None:
            return ""
        if model not in self._codes:
            self._codes[model] = {known: code for known, code in self.session.execute(select(model.id, model.code))}  # noqa: C416
        return self._codes[model].get(number, "")

    def number_of(self, model: Any, cell: Cell, **only: str) -> int:
        """The number of the record whose code is in the cell. Raises: UnknownReference."""
        number = self.find_number(model, cell.value, **only)
        if number is None:
            raise UnknownReference(row=cell.row, column=cell.column, value=cell.value)
        return number

    def moved(self) -> frozenset[int]:
        """The products that the ledger knows."""
        if self._moved is None:
            self._moved = frozenset(self.session.scalars(select(Item.product_id).distinct()))
        return self._moved

    def packagings(self) -> dict[str, Packaging]:
        """Every packaging by its code."""
        if self._packagings is None:
            self._packagings = {packaging.code: packaging for packaging in self.session.scalars(select(Packaging))}
        return self._packagings


Reading = Callable[[Importing, Cell], Any]


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column, the attribute it becomes, and how its cells are read.

    `needed`: a new record must have it; `unique`: no two records share it; `passes`: nor at one time, and it goes from
    one to the next; `parent`: a code of the same kind, which may
    stand further down in the same file; `model`: whose code it is, where the attribute is a number.
    """

    name: str
    attribute: str
    read: Reading
    needed: bool = False
    unique: bool = False
    passes: Callable[[Importing, Sequence[Change]], None] | None = None
    parent: bool = False
    model: Any = None


@dataclass(frozen=True, kw_only=True)
class More:
    """What else a row does, beside its record, and how that is told."""

    apply: Callable[[Any], None]
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of import. `key` are the columns by which a record is known; they are needed in every row.

    `made`: what a new record has where the row does not say it; `derived`: what follows from the values of a row, for
    a record or None; `reserved`: whether a record belongs to the house; `more`: what else a row does to its record, or
    None where that is done already; `keep`: what is kept of the changes, told before they are made.
    """

    name: str
    model: Any
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    made: Callable[[Importing, Mapping[str, Any]], dict[str, Any]] = lambda *_: {}
    derived: Callable[[Mapping[str, Any], Any], dict[str, Any]] = lambda *_: {}
    reserved: Callable[[Any], bool] = lambda _: False
    more: Callable[[Importing, Row, Any], More | None] = lambda *_: None
    keep: Callable[[Importing, Sequence[Change]], Callable[[], None]] = lambda *_: _nothing
    more_columns: tuple[str, ...] = ()

    @property
    def known_columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return tuple(column.name for column in self.columns) + self.more_columns

    def key_of(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The key as the record has it."""
        return tuple(values.get(column.attribute) for column in self.columns if column.name in self.key)

    @property
    def key_attributes(self) -> tuple[str, ...]:
        """The record's attributes that are its key."""
        return tuple(column.attribute for column in self.columns if column.name in self.key)


@dataclass
class Change:
    """What one row does: to a record that is there, or to a new one."""

    row: Row
    values: dict[str, Any]
    record: Any = None
    parent: str | None = None
    moves: bool = False
    """Whether its record comes under another parent."""
    more: More | None = None
    refusals: list[Refusal] = field(default_factory=list)
    frees: list[tuple[Any, str, Any]] = field(default_factory=list)
    """Records that give up what this one is to have: which attribute, and what they have in its place."""

    @property
    def changed(self) -> dict[str, Any]:
        """The attributes that differ from the record's."""
        return {name: value for name, value in self.values.items() if getattr(self.record, name) != value}


def _nothing() -> None:
    """Nothing is kept beside the records themselves."""


def keep_pasts(past: Any) -> Callable[[Importing, Sequence[Change]], Callable[[], None]]:
    """What is kept of records that reports as of an instant stand on: how each stood before."""

    def told(importing: Importing, changes: Sequence[Change]) -> Callable[[], None]:
        stood = [(change, pasts.values(past, change.record) if change.record else None) for change in changes]

        def keep() -> None:
            records = ((change.record, before) for change, before in stood)
            pasts.keep(importing.session, past, records, at=importing.occasion.recorded_at)

        return keep

    return told
