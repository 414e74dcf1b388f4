"""This file is what an import would do, row by row and field by field, before anything is done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spd.exchange.imports.report import ImportReport, Problem


class Outcome(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field and what it says before and after, as a file writes it."""

    column: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class RowPlan:
    """What becomes of one row; `key` is what it is about."""

    row: int
    outcome: Outcome
    key: str
    fields: tuple[FieldChange, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What becomes of a table. `write` does it; it is not called where a row is refused."""

    kind: str
    rows: tuple[RowPlan, ...]
    ignored_columns: tuple[str, ...]
    write: Callable[[], None]

    def count(self, outcome: Outcome) -> int:
        """How many rows come to this."""
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that stands in the way, row by row."""
        return tuple(problem for row in self.rows for problem in row.problems)

    @property
    def digest(self) -> bytes:
        """The same for the same changes to the same records: what was previewed is what is done, or it differs."""
        said = [
            [row.row, row.outcome, row.key, [[one.column, one.before, one.after] for one in row.fields]]
            for row in self.rows
        ]
        return hashlib.sha256(json.dumps([self.kind, said], ensure_ascii=False).encode()).digest()

    def report(self, *, dry_run: bool) -> ImportReport:
        """The same in numbers; with problems nothing is counted as done."""
        problems = self.problems
        counts = {} if problems else {
            "created": self.count(Outcome.CREATED), "updated": self.count(Outcome.CHANGED),
            "unchanged": self.count(Outcome.UNCHANGED),
        }  # fmt: skip
        return ImportReport(
            kind=self.kind, rows=len(self.rows), problems=problems, ignored_columns=self.ignored_columns,
            dry_run=dry_run, **counts,
        )  # fmt: skip


def ignored(columns: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The columns of a file that nobody reads."""
    return tuple(name for name in columns if name not in known)
