"""A report as of an instant gives the figures of that instant for ever: stays, groups, weights, places, budgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from spd import costing, encounters
from spd.costing import CaseMethod, Dimension, Discharges, Filter, Payer, budgets, case_run, group_cases, standing
from spd.costing import groups as group_report
from spd.costing.budgets import Basis, LineSaid
from spd.costing.groups import GroupsAsked
from spd.encounters import Encounter, EncounterPast, EventKind, Told, get_encounter
from spd.ledger import EntryRow, Item, Posting
from tests import build
from tests.build import NOW, Hospital
from tests.costing.given import MONTH, march, told

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)
Late = Callable[[Session, Hospital, datetime], Any]


def event(session: Session, h: Hospital, kind: EventKind, at: datetime, **more: Any) -> None:
    said = {"encounter": "E-1", "occurred_at": NOW + HOUR} | more
    one = Told(message=f"{kind}{at}", kind=kind, **said)
    (verdict,) = encounters.record(session, build.occasion(h.keeper, at=at), [one])
    assert verdict.reason == ""


def used_late(session: Session, h: Hospital, at: datetime) -> None:
    left = select(Item.code).where(Item.kind == "pack", Item.state == "available").order_by(Item.id.desc())
    when = replace(build.occasion(h.nurse, at=at), occurred_at=NOW)
    build.use(session, h, session.scalars(left).first() or "", encounter="E-2", occasion=when)


def undone_late(session: Session, h: Hospital, at: datetime) -> None:
    mine = select(func.min(EntryRow.movement_id)).join(Posting, Posting.entry_id == EntryRow.id)
    first = session.scalars(mine.where(Posting.encounter_id == h.stay.id)).one()
    build.reverse(session, h, first or 0, occasion=build.occasion(h.nurse, at=at))


def approved(session: Session, h: Hospital, amount: int, at: datetime) -> None:
    made = budgets.draft(session, build.occasion(h.keeper, at=at), from_period=MONTH)
    lines = [
        LineSaid(department="CARD", basis=basis, amount=Decimal(amount)) for basis in (Basis.BED_DAY, Basis.REVENUE)
    ]
    budgets.set_lines(session, build.occasion(h.keeper, at=at), made.number, lines)
    budgets.approve(session, build.occasion(h.nurse, at=at), made.number)


def of_file(kind: str, text: str) -> Late:
    return lambda session, h, at: told(session, h, kind, text, at=at)


LATE: dict[str, Late] = {
    "a transfer": lambda session, h, at: event(session, h, EventKind.TRANSFER, at, encounter="E-2", department="SURG"),
    "a merge": lambda session, h, at: event(session, h, EventKind.MERGE, at, survivor="E-2"),
    "a discharge": lambda session, h, at: event(
        session, h, EventKind.DISCHARGE, at, encounter="E-2", occurred_at=NOW + 2 * HOUR
    ),
    "a stay": of_file(
        "encounters",
        "code,patient,department,admitted_at,discharged_at,drg_code\n"
        "E-3,P-3,SURG,2026-03-01 08:00,2026-03-02 08:00,FM19\n",
    ),
    "another group": of_file("encounters", "code,drg_code\nE-2,FM11\n"),
    "a weight": of_file(
        "drg-weights", "region,year,drg_code,name,weight\n示范,2026,FM19,支架,2.5\n示范,2026,FM11,其他,3\n"
    ),
    "a set": of_file(
        "payment-groups",
        "region,year,drg_code,name,weight,mean_fee\n示范,2026,FM19,支架,3,900\n示范,2026,FM11,其他,1,\n",
    ),
    "a grouping": of_file("groupings", "encounter,region,year,method,drg_code,status\nE-1,示范,2026,DRG,FM11,改组\n"),
    "a bill": of_file(
        "case-revenue", f"encounter,period,department,revenue_kind,amount\nE-1,{MONTH},CARD,service,700\n"
    ),
    "a rate": of_file("drg-rates", "region,year,rate\n示范,2026,12000\n"),
    "a department": of_file("departments", "code,name,campus,cost_class\nCARD,心血管内科,东院,clinical\n"),
    "bed-days": of_file("department-drivers", f"period,driver,department,amount\n{MONTH},bed_days,CARD,40\n"),
    "revenue": of_file(
        "department-revenue",
        f"period,department,ordered_by,setting,revenue_kind,amount\n{MONTH},CARD,CARD,inpatient,service,50000\n",
    ),
    "a budget": lambda session, h, at: approved(session, h, 7, at),
    "a product": of_file(
        "products",
        "code,name,name_en,specification,base_unit,product_class\nSTENT,药物支架,Stent II,3.5 × 18,个,low_value\n",
    ),
    "a product again": of_file("products", "code,name,base_unit,product_class\nSTENT,支架,个,reagent\n"),
    "a use": used_late,
    "a reversal": undone_late,
}


def figures(session: Session, at: datetime | None, run: case_run.CaseRun | None = None) -> dict[str, Any]:
    """All that reports of cost say, as of an instant or now; their parts are the whole."""
    month = march()
    said = Filter(period=MONTH, at=at)
    stays = costing.by_encounter(session, MONTH, at=at)
    split = costing.partition(session, MONTH, at=at)
    departments = costing.by_department(session, said)
    whole = sum((row.total for row in departments), Decimal(0))
    assert whole == costing.posted(session, said) == split.total
    assert sum((row.total for row in stays), Decimal(0)) + split.department_only == split.total
    asked = Discharges(since=month.since, until=month.until, year=2026, at=at)
    groups = costing.by_drg(session, asked)
    cases = {group.drg_code: costing.cases_of_drg(session, asked, group.drg_code) for group in groups}
    for group in groups:
        assert group.cases == len(cases[group.drg_code])
        assert group.total == sum((case.total for case in cases[group.drg_code]), Decimal(0))
    uses = {row.encounter: costing.of_encounter(session, get_encounter(session, row.encounter), at=at) for row in stays}
    assert all(row.total == sum((use.amount for use in uses[row.encounter]), Decimal(0)) for row in stays)
    its = case_run.lines_of(run, at) if run else None
    lines = session.execute(its.select.add_columns(its.stay.code, its.item, its.amount)) if its else ()
    payer = Payer(region="示范", year=2026)
    drgs = GroupsAsked(since=month.since, until=month.until, zone=month.zone, payer=payer, at=at)
    report, by_code = group_report.report(session, drgs), group_cases.by_code(session, drgs)
    assert report.cost == sum((group.total for group in groups), Decimal(0))
    assert report.cost == sum((case.cost for its in by_code.values() for case in its), Decimal(0))
    return {
        "report": (report.rows, report.ungrouped, report.payment),
        "by code": by_code,
        "departments": departments,
        "campuses": costing.by(session, said, Dimension.CAMPUS),
        "of a campus": costing.by_department(session, Filter(period=MONTH, campus="本部", at=at)),
        "products": costing.by_product(session, said),
        "lots": costing.by(session, said, Dimension.LOT),
        "book": [costing.stock_book(session, replace(said, product_class=one)) for one in (None, "high_value")],
        "of a department": costing.department_book(session, replace(said, department="CARD")),
        "of a class": costing.department_book(session, replace(said, department="CARD", product_class="high_value")),
        "by encounter": costing.by(session, said, Dimension.ENCOUNTER),
        "of an encounter": costing.by_product(session, Filter(period=MONTH, encounter="E-2", at=at)),
        "stays": stays,
        "split": split,
        "groups": groups,
        "cases": cases,
        "uses": uses,
        "budgets": standing.standings(session, MONTH, zone=ZONE, at=at),
        "monthly": standing.monthly_budget(session, said, zone=ZONE),
        "file": sorted((code, item, amount) for _id, code, item, amount in lines),
    }


@pytest.fixture
def busy(session: Session, h: Hospital) -> Hospital:
    """Two stays with uses, one of them out and grouped; a budget by bed-days and by revenue."""
    for code, stay in zip(build.stents(session, h, 3), ("E-1", "E-1", "E-2"), strict=True):
        build.use(session, h, code, encounter=stay)
    build.use(session, h, build.packs(session, h, 2)[0], encounter=None)
    h.stay.discharged_at = NOW + 2 * HOUR
    told(session, h, "department-drivers", f"period,driver,department,amount\n{MONTH},bed_days,SURG,3\n")
    approved(session, h, 5, NOW)
    told(session, h, "payment-groups", "region,year,drg_code,name,weight,mean_fee\n示范,2026,FM19,支架,2.35,\n")
    told(session, h, "payment-terms", "region,year,rate\n示范,2026,11800\n")
    bill = f"encounter,period,department,revenue_kind,amount\nE-1,{MONTH},CARD,service,9000\n"
    told(session, h, "case-revenue", bill)
    return h


def test_figures_as_of_an_instant_are_those_of_then_whatever_is_told_later(session: Session, busy: Hospital) -> None:
    run = case_run.run(
        session, build.occasion(busy.keeper), case_run.CaseAsked(month=march(), method=CaseMethod.MATERIALS)
    )
    seen = {NOW: figures(session, None, run)}
    told_later = list(LATE.values())
    for number in range(0, len(told_later), 4):
        at = NOW + (number // 4 + 1) * HOUR
        for late in told_later[number : number + 4]:
            late(session, busy, at)
        session.flush()
        seen[at] = figures(session, None, run)
        assert seen[at] != seen[at - HOUR]
    for at, then in seen.items():
        assert figures(session, at + HOUR / 2, run) == then, at


def test_a_stay_that_nobody_had_told_of_was_no_case_then(session: Session, busy: Hospital) -> None:
    LATE["a stay"](session, busy, NOW + HOUR)
    month = march()
    now, then = (
        costing.by_drg(session, Discharges(since=month.since, until=month.until, year=2026, at=at))
        for at in (None, NOW)
    )
    assert ([group.cases for group in now], [group.cases for group in then]) == ([2], [1])


def test_how_a_stay_stood_is_written_once(session: Session, busy: Hospital) -> None:
    LATE["another group"](session, busy, NOW + HOUR)
    past = session.scalars(select(EncounterPast)).one()
    stay = session.get_one(Encounter, past.record_id)
    assert (past.until_at, past.known, past.drg_code, stay.drg_code) == (NOW + HOUR, True, None, "FM11")
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(EncounterPast.__table__.delete())
