"""This file is what an import did, or would do, and every cell that stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spd.core.errors import Refusal


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with one row, with a stable code and the sentence in each language."""

    row: int
    column: str
    code: str
    zh: str
    en: str

    @classmethod
    def of(cls, row: int, refusal: Refusal) -> Problem:
        """A refusal as a row's problem."""
        return cls(
            row=row,
            column=str(refusal.facts.get("column", "")),
            code=refusal.code,
            zh=refusal.sentence("zh"),
            en=refusal.sentence("en"),
        )


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """How many rows made, changed or left a record as it was; with problems, nothing was written."""

    kind: str
    rows: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()
    ignored_columns: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def written(self) -> bool:
        """Whether the rows are on record now."""
        return not self.problems and not self.dry_run

    def as_json(self, language: str = "en") -> dict[str, Any]:
        """As plain values, the problems told in one language."""
        return {
            "kind": self.kind,
            "rows": self.rows,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "written": self.written,
            "ignored_columns": list(self.ignored_columns),
            "problems": [
                {"row": p.row, "column": p.column, "code": p.code, "sentence": getattr(p, language)}
                for p in self.problems
            ],
        }
