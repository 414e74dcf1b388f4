"""This file is the import of delivery notes: the rows with one note number are the lines and cases of one note."""

from __future__ import annotations

from collections.abc import Mapping

from spd import ordering
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.exchange.imports import delivery_notes
from spd.exchange.imports.delivery_notes import Note
from spd.exchange.imports.delivery_rows import COLUMNS, KEY, Said, read_row
from spd.exchange.imports.kind import Importing
from spd.exchange.imports.plan import Outcome, Plan, RowPlan, ignored
from spd.exchange.imports.report import Problem
from spd.exchange.tables import Row


def plan(importing: Importing, occasion: Occasion) -> Plan:
    """Which notes are announced, and what of those on record is amended; an empty cell leaves what is there.

    No note states more than its orders have open, all notes of the file taken together. Raises: MissingColumns.
    """
    table = importing.table
    table.refuse_missing(KEY)
    rows: dict[str, list[Said]] = {}
    problems: list[Problem] = []
    for done, row in enumerate(table.rows):
        if done % 500 == 0:
            importing.tell(done, len(table.rows))
        try:
            said = read_row(importing, row, occasion.day)
        except Refusal as refusal:
            problems.append(Problem.of(row.number, refusal))
        else:
            rows.setdefault(said.note, []).append(said)
    stated, claimed = ordering.Stated(), dict[str, str]()
    notes = {code: delivery_notes.put_together(importing, said, occasion) for code, said in rows.items()}
    for note in notes.values():
        if not note.problems:
            delivery_notes.judge(importing, note, stated, claimed)
        problems += note.problems

    def write() -> None:
        for note in notes.values():
            delivery_notes.write(importing, note)

    by_row: dict[int, list[Problem]] = {}
    for problem in problems:
        by_row.setdefault(problem.row, []).append(problem)
    return Plan(
        kind="deliveries",
        rows=tuple(_planned(row, notes, by_row.get(row.number, ())) for row in table.rows),
        ignored_columns=ignored(table.columns, COLUMNS),
        write=write,
    )


def _planned(row: Row, notes: Mapping[str, Note], problems: list[Problem] | tuple[()]) -> RowPlan:
    key = ", ".join(row.get(name) for name in ("note_number", "product", "lot"))
    if problems:
        return RowPlan(row=row.number, outcome=Outcome.REFUSED, key=key, problems=tuple(dict.fromkeys(problems)))
    note = notes[row["note_number"]]
    fields = tuple(note.changes.get(row.number, ()))
    differs = Outcome.CHANGED if fields else Outcome.UNCHANGED
    return RowPlan(
        row=row.number, outcome=Outcome.CREATED if note.known is None else differs, key=key, fields=fields
    )  # fmt: skip


__all__ = ["COLUMNS", "plan"]
