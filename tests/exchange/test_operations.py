"""The list of operations from a file: rows of one number are one operation; a plan changes until it begins."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import theatre
from spd.exchange import imports
from spd.exchange.imports import ImportReport
from spd.stock.operations import OperationEvent
from tests import build
from tests.build import Hospital
from tests.theatre.operating import scene

HEAD = "手术单号,住院号,手术间,手术时间,主刀,巡回护士,手术名称,侧别\n"
KNEE = "OP-9,E-1,OR-1,2026-03-02 14:00,cutter,runner,全膝关节置换术,左侧\n"


def imported(session: Session, h: Hospital, folder: Path, *rows: str) -> ImportReport:
    file = folder / "operations.csv"
    file.write_text(HEAD + "".join(rows), encoding="utf-8")
    table = imports.read_table("operations", file)
    return imports.import_table(session, "operations", table, build.occasion(h.keeper))


def test_rows_of_one_number_are_one_operation_and_again_they_change_nothing(
    session: Session, h: Hospital, tmp_path: Path
) -> None:
    scene(session, h)
    rows = (KNEE, KNEE.replace("全膝关节置换术,左侧", "滑膜切除术,"), KNEE.replace("OP-9,E-1", "OP-8,E-2"))
    report = imported(session, h, tmp_path, *rows)
    assert (report.created, report.problems) == (3, ())
    operation = theatre.get_operation(session, "OP-9")
    told = [(one.name, one.side) for one in theatre.procedures_of(operation)]
    assert told == [("全膝关节置换术", "left"), ("滑膜切除术", "")]
    assert operation.planned_at.isoformat() == "2026-03-02T06:00:00+00:00"
    assert imported(session, h, tmp_path, *rows).unchanged == 3


def test_a_plan_changes_until_it_begins(session: Session, h: Hospital, tmp_path: Path) -> None:
    s = scene(session, h)
    imported(session, h, tmp_path, KNEE)
    assert imported(session, h, tmp_path, KNEE.replace("14:00", "15:30")).updated == 1
    operation = s.open(theatre.get_operation(session, "OP-9"))
    assert operation.planned_at.hour == 7
    late = imported(session, h, tmp_path, KNEE)
    assert [problem.code for problem in late.problems] == ["operation-stands"]
    kinds = session.scalars(select(OperationEvent.kind).order_by(OperationEvent.id)).all()
    assert kinds == ["planned", "changed", "opened"]


def test_what_is_wrong_is_told_row_by_row(session: Session, h: Hospital, tmp_path: Path) -> None:
    scene(session, h)
    rows = (
        KNEE, KNEE.replace("OR-1", "CARD-W"), KNEE.replace("runner", "cutter"), KNEE.replace("左侧", "上"),
        KNEE.replace("E-1", "E-404"), KNEE.replace("全膝关节置换术", ""),
    )  # fmt: skip
    report = imported(session, h, tmp_path, *rows)
    told = [(problem.row, problem.code) for problem in report.problems]
    assert told == [
        (3, "unknown-reference"), (4, "same-person"), (5, "bad-value"), (6, "unknown-reference"), (7, "missing-value"),
    ]  # fmt: skip
    assert theatre.find_operation(session, "OP-9") is None
