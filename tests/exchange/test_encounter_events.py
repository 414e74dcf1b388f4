"""Events of stays from a file: by its own headers and words, kept once; and lists that no longer say where they are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from spd.encounters import get_encounter
from spd.exchange import imports
from spd.exchange.imports import ImportReport
from tests import build
from tests.build import Hospital

HEAD = "消息号,事件,住院号,事件时间,科室,床号,患者号,姓名,保留就诊号\n"
LINES = (
    "M3,出院,N-1,2026-03-02 09:00,,,,,\n"
    "M1,A01,N-1,2026-03-01 08:00,CARD,01,P-7,王小明,\n"
    "M2,转科,N-1,2026-03-01 20:00,SURG,09,,,\n"
)


def imported(session: Session, h: Hospital, folder: Path, text: str, kind: str = "encounter-events") -> ImportReport:
    file = folder / "adt.csv"
    file.write_text(text, encoding="gb18030")
    return imports.import_table(session, kind, imports.read_table(kind, file), build.occasion(h.keeper))


def test_a_file_of_events_in_any_order_makes_the_stay(session: Session, h: Hospital, tmp_path: Path) -> None:
    report = imported(session, h, tmp_path, HEAD + LINES)
    assert (report.created, report.problems, report.ignored_columns) == (3, (), ())
    stay = get_encounter(session, "N-1")
    assert (stay.department_id, stay.bed, stay.patient_name) == (h.surgery.id, "09", "王*明")
    assert stay.discharged_at is not None
    again = imported(session, h, tmp_path, HEAD + LINES)
    assert (again.created, again.unchanged) == (0, 3)


def test_what_cannot_be_kept_is_told_row_by_row(session: Session, h: Hospital, tmp_path: Path) -> None:
    imported(session, h, tmp_path, HEAD + LINES)
    wrong = (
        "M1,A01,N-1,2026-03-01 08:00,SURG,01,P-7,王小明,\n"  # said otherwise before
        "M5,睡觉,N-1,2026-03-01 08:00,,,,,\n"
        "M6,合并,N-1,2026-03-01 08:00,,,,,\n"
        "M7,出院,N-1,2027-03-01 08:00,,,,,\n"
        ",出院,N-1,2026-03-01 08:00,,,,,\n"
    )
    report = imported(session, h, tmp_path, HEAD + wrong)
    assert not report.written
    assert [(problem.row, problem.code) for problem in report.problems] == [
        (2, "event-changed"), (3, "bad-value"), (4, "event-incomplete"), (5, "event-in-future"), (6, "missing-value"),
    ]  # fmt: skip


def test_a_list_no_longer_says_where_a_patient_is_whom_events_follow(
    session: Session, h: Hospital, tmp_path: Path
) -> None:
    imported(session, h, tmp_path, HEAD + LINES)
    moved = imported(session, h, tmp_path, "code,department\nN-1,CARD\nE-1,SURG\n", "encounters")
    assert [(problem.row, problem.code) for problem in moved.problems] == [(2, "led-by-events")]
    grouped = imported(session, h, tmp_path, "code,drg_code\nN-1,FM19\n", "encounters")
    assert grouped.updated == 1


def test_patients_are_merged_by_their_numbers_and_a_list_knows_it(
    session: Session, h: Hospital, tmp_path: Path
) -> None:
    head = HEAD.replace("保留就诊号", "保留患者号")
    merge = "M8,A40,,2026-03-01 09:00,,,P-7,,P-8\nM9,合并患者,,2026-03-01 09:00,,,P-8,,P-9\n"
    assert imported(session, h, tmp_path, head + LINES + merge).problems == ()
    assert get_encounter(session, "N-1").patient == "P-9"
    listed = "code,patient,patient_name,department,admitted_at\nN-2,P-8,李*,CARD,2026-03-01 08:00\n"
    assert imported(session, h, tmp_path, listed, "encounters").created == 1
    assert get_encounter(session, "N-2").patient == "P-9"
    assert build.problems(session) == []


def test_a_list_says_what_patients_must_not_get_and_an_empty_cell_leaves_it(
    session: Session, h: Hospital, tmp_path: Path
) -> None:
    imported(session, h, tmp_path, HEAD + LINES)
    head = "就诊号,患者号,姓名,科室,入院时间,患者警示\n"
    new = "N-3,P-3,李大海,CARD,2026-03-01 08:00,磁共振、乳胶过敏\n"
    said = imported(session, h, tmp_path, head + new + "N-1,,,,,LATEX\nE-1,,,,,\n", "encounters")
    assert (said.created, said.updated, said.problems) == (1, 1, ())
    told = {code: get_encounter(session, code).alerts for code in ("N-1", "N-3", "E-1")}
    assert told == {"N-1": "latex", "N-3": "latex mri", "E-1": ""}
    again = imported(session, h, tmp_path, "code,alerts\nN-1,latex\nN-3,\nE-1,无\n", "encounters")
    assert (again.updated, again.problems) == (0, ())
    assert imported(session, h, tmp_path, "code,alerts\nN-3,none\n", "encounters").updated == 1
    assert get_encounter(session, "N-3").alerts == ""
    wrong = imported(session, h, tmp_path, "code,alerts\nN-1,nuts\nN-3,latex 无\n", "encounters")
    assert [(problem.row, problem.code) for problem in wrong.problems] == [(2, "bad-value"), (3, "bad-value")]
    assert get_encounter(session, "N-1").alerts == "latex"
    assert build.problems(session) == []
