"""This file is what other systems tell of a month, for tests: read from CSV as a hospital's file is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd.costing import StepDown, step_run
from spd.exchange.imports import ImportReport, columns_of, import_table
from spd.exchange.imports.headers import guess
from spd.exchange.tables import read
from tests import build
from tests.build import Hospital

MONTH = "2026-03"


def told(session: Session, h: Hospital, kind: str, text: str) -> ImportReport:
    """A file imported; whatever is wrong with it fails the test."""
    table = read(text.encode(), file=f"{kind}.csv")
    table = table.renamed(guess(table.columns, columns_of(kind)))
    report = import_table(session, kind, table, build.occasion(h.keeper))
    assert report.problems == ()
    return report


def stepped_down(session: Session, h: Hospital) -> StepDown:
    """A month of the builders' hospital: the logistics' people and the laboratory's work passed to the wards."""
    told(
        session,
        h,
        "department-costs",
        f"""period,department,cost_item,amount
{MONTH},LOGI,staff,1000.01
{MONTH},LAB,staff,2000
{MONTH},LAB,depreciation,300.10
{MONTH},CARD,staff,5000
{MONTH},SURG,staff,7000
""",
    )
    told(
        session,
        h,
        "department-drivers",
        f"""period,driver,department,amount
{MONTH},staff,LAB,4
{MONTH},staff,CARD,9
{MONTH},staff,SURG,10
""",
    )
    told(
        session,
        h,
        "department-revenue",
        f"""period,department,ordered_by,setting,revenue_kind,amount
{MONTH},LAB,CARD,inpatient,laboratory,900
{MONTH},LAB,SURG,inpatient,laboratory,600
{MONTH},CARD,CARD,inpatient,service,20000
{MONTH},CARD,CARD,inpatient,material,9000
{MONTH},CARD,CARD,inpatient,monitored_material,8600
{MONTH},CARD,CARD,inpatient,drug,4000
{MONTH},CARD,CARD,outpatient,drug,1000
""",
    )
    return step_run.run(session, build.occasion(h.keeper), MONTH)
