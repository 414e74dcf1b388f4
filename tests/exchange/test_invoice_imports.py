"""Invoices from a file: rows of one number are one invoice, entered once; a file sent again changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.exchange.imports import ImportReport, import_table, read_table
from spd.settlement.invoices import Invoice, InvoiceLine
from tests import build
from tests.build import Hospital

HEAD = "供应商编码,发票号码,第一票发票号,开票日期,品规编码,批号,数量,单价,金额\n"


def imported(session: Session, h: Hospital, tmp_path: Path, rows: str) -> ImportReport:
    file = tmp_path / "invoices.csv"
    file.write_text(HEAD + rows, encoding="utf-8")
    return import_table(session, "invoices", read_table("invoices", file), build.occasion(h.keeper))


def outcomes(report: ImportReport) -> Any:
    return (report.created, report.unchanged, len(report.problems))


def test_rows_of_one_number_are_one_invoice(session: Session, h: Hospital, tmp_path: Path) -> None:
    rows = (
        "SUP-GAUZE,F-1,M-1,2026-03-01,GAUZE,,100,3.60,\n"
        "SUP-GAUZE,F-1,M-1,2026-03-01,SCREW,,2,,640\n"
        "SUP-STENT,F-1,,2026-03-02,STENT,,-1,8600,-8600.00\n"
    )
    assert outcomes(imported(session, h, tmp_path, rows)) == (3, 0, 0)
    found = session.scalars(select(Invoice).order_by(Invoice.id)).all()
    assert [(one.number, one.first_number, one.lines, one.total) for one in found] == [
        ("F-1", "M-1", 2, 1000), ("F-1", "", 1, -8600),
    ]  # fmt: skip
    assert outcomes(imported(session, h, tmp_path, rows)) == (0, 3, 0)
    assert len(session.scalars(select(InvoiceLine)).all()) == 3
    assert build.problems(session) == []


@pytest.mark.parametrize(
    "row",
    [
        "NOBODY,F-1,,2026-03-01,GAUZE,,1,3.60,\n",
        "SUP-GAUZE,,,2026-03-01,GAUZE,,1,3.60,\n",
        "SUP-GAUZE,F-1,,2026-03-01,NOTHING,,1,3.60,\n",
        "SUP-GAUZE,F-1,,2026-03-01,GAUZE,,0,3.60,\n",
        "SUP-GAUZE,F-1,,2026-03-01,GAUZE,,1,3.60,9.99\n",
        "SUP-GAUZE,F-1,,2026-03-01,GAUZE,,1,,\n",
        "SUP-GAUZE,F-1,,yesterday,GAUZE,,1,3.60,\n",
    ],
)
def test_where_a_row_is_wrong_nothing_is_entered(session: Session, h: Hospital, tmp_path: Path, row: str) -> None:
    good = "SUP-GAUZE,F-9,,2026-03-01,GAUZE,,1,3.60,\n"
    report = imported(session, h, tmp_path, good + row)
    assert len(report.problems) == 1
    assert session.scalars(select(Invoice)).all() == []


def test_another_invoice_under_a_known_number_is_refused(session: Session, h: Hospital, tmp_path: Path) -> None:
    imported(session, h, tmp_path, "SUP-GAUZE,F-1,,2026-03-01,GAUZE,,1,3.60,\n")
    report = imported(session, h, tmp_path, "SUP-GAUZE,F-1,,2026-03-01,GAUZE,,2,3.60,\n")
    assert [problem.code for problem in report.problems] == ["invoice-taken"]
