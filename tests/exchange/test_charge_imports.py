"""HIS charges from a file: theirs is read by its own headers, kept once, refused where it contradicts itself."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.exchange import imports
from spd.exchange.imports import ImportReport
from spd.reconciliation import ChargeLine
from tests import build
from tests.build import Hospital

HEAD = "收费明细号,住院号,执行科室,收费项目编码,收费数量,收费单价,收费金额,收费时间,退费原明细号,院内码,批号\n"
LINES = (
    "001,E-1,CARD,HIS-STENT,1,8600,,2026-03-02 10:00:00,,SN1,L1\n"
    "002,E-1,CARD,HIS-GAUZE,2,3.5,7.00,2026/3/2 10:05,,,\n"
    "003,E-1,CARD,HIS-GAUZE,-1,3.5,-3.50,2026-03-02 11:00,002,,\n"
)


def imported(session: Session, h: Hospital, folder: Path, text: str) -> ImportReport:
    file = folder / "his.csv"
    file.write_text(text, encoding="gb18030")
    return imports.import_table(session, "charges", imports.read_table("charges", file), build.occasion(h.keeper))


def test_a_file_of_his_is_read_by_its_own_headers(session: Session, h: Hospital, tmp_path: Path) -> None:
    report = imported(session, h, tmp_path, HEAD + LINES)
    assert (report.created, report.problems, report.ignored_columns) == (3, (), ())
    rows = session.scalars(select(ChargeLine).order_by(ChargeLine.number)).all()
    assert [(row.number, row.quantity, str(row.amount), row.refund_of) for row in rows] == [
        ("001", 1, "8600.0000", ""),
        ("002", 2, "7.0000", ""),
        ("003", -1, "-3.5000", "002"),
    ]
    assert rows[0].charged_at == build.NOW


def test_the_same_file_again_changes_nothing(session: Session, h: Hospital, tmp_path: Path) -> None:
    imported(session, h, tmp_path, HEAD + LINES)
    again = imported(session, h, tmp_path, HEAD + LINES + LINES.splitlines()[0] + "\n")
    assert (again.created, again.unchanged, again.problems) == (0, 4, ())


def test_what_cannot_be_is_told_row_by_row(session: Session, h: Hospital, tmp_path: Path) -> None:
    imported(session, h, tmp_path, HEAD + LINES)
    wrong = (
        "001,E-1,CARD,HIS-STENT,2,8600,,2026-03-02 10:00,,SN1,L1\n"  # said otherwise before
        "010,E-1,NOBODY,HIS-STENT,1,8600,,2026-03-02 10:00,,,\n"
        "011,E-1,CARD,HIS-STENT,1.5,8600,,2026-03-02 10:00,,,\n"
        "012,E-1,CARD,HIS-STENT,1,8600,,2026-03-02 10:00,001,,\n"
        "013,E-1,CARD,HIS-STENT,1,,,2026-03-02 10:00,,,\n"
        "014,E-1,CARD,HIS-STENT,1,1,,2026-03-02 10:00,,,\n"
        "014,E-1,CARD,HIS-STENT,2,1,,2026-03-02 10:00,,,\n"
    )
    report = imported(session, h, tmp_path, HEAD + wrong)
    assert not report.written
    assert [(problem.row, problem.code) for problem in report.problems] == [
        (2, "charge-changed"),
        (3, "unknown-reference"),
        (4, "bad-value"),
        (5, "charge-backwards"),
        (6, "missing-value"),
        (8, "duplicate-rows"),
    ]
    assert len(session.scalars(select(ChargeLine)).all()) == 3
