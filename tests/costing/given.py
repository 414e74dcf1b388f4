"""This file is what other systems tell of a month, for tests: read from CSV as a hospital's file is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import reviewing
from spd.core.clock import first_instant
from spd.costing import CaseMethod, Month, Payer, StepDown, case_run, step_run
from spd.encounters import Encounter
from spd.exchange.imports import ImportReport, columns_of, import_table
from spd.exchange.imports.headers import guess
from spd.exchange.tables import read
from spd.reviewing import LookedAt, UsageReview
from tests import build
from tests.build import Hospital

MONTH, ONE_HOUR = "2026-03", timedelta(hours=1)


def told(session: Session, h: Hospital, kind: str, text: str, *, at: datetime = build.NOW) -> ImportReport:
    """A file imported; whatever is wrong with it fails the test."""
    table = read(text.encode(), file=f"{kind}.csv")
    table = table.renamed(guess(table.columns, columns_of(kind)))
    report = import_table(session, kind, table, build.occasion(h.keeper, at=at))
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


def march() -> Month:
    """The month of the builders' hospital."""
    zone = ZoneInfo("Asia/Shanghai")
    since, until = (first_instant(date(2026, month, 1), zone) for month in (3, 4))
    return Month(period=MONTH, since=since, until=until, zone=zone)


def reviewed(session: Session, h: Hospital) -> int:
    """The month looked at: the stay that is out is a special case. Its number on the worklist."""
    month = march()
    at = LookedAt(
        period=MONTH, payer=Payer(region="示范", year=2026), since=month.since, until=month.until,
        peers_since=month.since - timedelta(days=330), zone=month.zone,
    )  # fmt: skip
    reviewing.look(session, build.occasion(h.keeper), at)
    return session.scalars(select(UsageReview.id)).one()


def cases_costed(session: Session, h: Hospital, *methods: CaseMethod) -> None:
    """A stay that is out, grouped, billed and paid for; the month's cases costed by these methods."""
    gone = Encounter(
        code="E-OUT", patient="P-OUT", patient_name="张*三", encounter_class="inpatient", drg_code="FM19",
        department_id=h.cardiology.id, admitted_at=build.NOW - timedelta(days=2), discharged_at=build.NOW - ONE_HOUR,
    )  # fmt: skip
    session.add(gone)
    session.flush()  # files name it
    told(
        session,
        h,
        "payment-groups",
        "region,year,drg_code,name,weight,mean_fee\n示范,2026,FM19,支架植入,2.35,30000\n示范,2026,FM11,其他,3,\n",
    )
    told(session, h, "payment-terms", "region,year,rate,coefficient\n示范,2026,11800,1.02\n")
    told(
        session, h, "outlier-rules", "region,year,low_below,high_above,low_pays,high_pays\n示范,2026,0.4,3,fee,excess\n"
    )
    told(session, h, "group-standards", "region,year,drg_code,standard\n示范,2026,FM19,8000\n")
    told(
        session,
        h,
        "case-revenue",
        f"encounter,period,department,revenue_kind,amount\nE-OUT,{MONTH},CARD,service,9000\n"
        f"E-OUT,{MONTH},LAB,laboratory,300\nE-OUT,{MONTH},CARD,drug,210\n",
    )
    for method in methods:
        asked = case_run.CaseAsked(month=march(), method=method)
        case_run.run(session, build.occasion(h.keeper), asked)  # fmt: skip
