"""Groups of payers: versions, seven schemes of real lists with their cases, payment, outliers, and identities."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import costing
from spd.core.clock import first_instant
from spd.core.kept_figures import KeptFigures
from spd.costing import (
    CaseMethod,
    Month,
    Payer,
    PaymentGroup,
    case_run,
    group_cases,
    group_sets,
    groups,
    kept_groups,
    proof,
)
from spd.costing.case_models import CaseLine, StayCost
from spd.costing.group_costs import CostBy, cost_by, uncosted
from spd.costing.groups import GroupsAsked
from spd.encounters import Encounter
from spd.exchange.imports import import_table
from spd.exchange.tables import read
from tests import build
from tests.build import Hospital
from tests.costing.given import told

SHARED = Path(__file__).parents[3] / "shared" / "data" / "cn_catalogue"
ZONE = ZoneInfo("Asia/Shanghai")
SINCE, UNTIL = (first_instant(date(2026, month, 1), ZONE) for month in (3, 4))
MARCH = Month(period="2026-03", since=SINCE, until=UNTIL, zone=ZONE)
CITY = Payer(region="示范", year=2026)


def asked(payer: Payer = CITY, **more: Any) -> GroupsAsked:
    return GroupsAsked(since=SINCE, until=UNTIL, zone=ZONE, payer=payer, **more)


def discharged(session: Session, *stays_: Encounter) -> None:
    for stay in stays_:
        stay.discharged_at = build.NOW + timedelta(days=2)
    session.flush()


@pytest.fixture
def city(session: Session, h: Hospital) -> Hospital:
    """A busy month whose cases are out, with a payer's groups, terms, outliers and standards."""
    told(
        session,
        h,
        "payment-groups",
        "region,year,drg_code,name,weight,mean_fee\n示范,2026,FM19,支架植入,2.35,30000\n示范,2026,FM1A,其他,0.8,\n",
    )
    told(session, h, "payment-terms", "region,year,rate,coefficient\n示范,2026,11800,\n")
    told(
        session, h, "outlier-rules", "region,year,low_below,high_above,low_pays,high_pays\n示范,2026,0.4,3,fee,excess\n"
    )
    told(session, h, "group-standards", "region,year,drg_code,standard\n示范,2026,FM19,8000\n")
    stents = build.stents(session, h, 4)
    build.use(session, h, stents[0])
    build.use(session, h, stents[1], encounter=h.other_stay.code)
    for pack in build.packs(session, h, 2):
        build.use(session, h, pack, encounter=None)
    discharged(session, h.stay, h.other_stay)
    return h  # fmt: skip


def test_a_group_is_weighed_paid_and_held_against_its_standard(session: Session, city: Hospital) -> None:
    found = groups.report(session, asked())
    by = {row.code: row for row in found.rows}
    assert set(by) == {"FM19", ""}
    assert (by["FM19"].payment, by["FM19"].margin) == (Decimal(27730), Decimal(27730 - 8600))
    assert (by["FM19"].standard, by["FM19"].deviation) == (Decimal(8000), Decimal(600))
    assert (found.cases, found.cost, found.ungrouped, found.case_mix) == (2, Decimal(17200), 1, Decimal("2.35"))
    (case,) = group_cases.cases_in(session, asked(), "FM19")
    assert (case.encounter, case.cost, case.payment, case.deviation) == ("E-1", 8600, 27730, 600)
    for method, deviates in (
        ("materials", True),
        ("top_down", False),
    ):  # standards are of consumables, not of full cost
        by_method = asked(cost=CostBy(method=method, runs=(), months=()))
        (row,) = [one for one in groups.report(session, by_method).rows if one.code == "FM19"]
        (case,) = group_cases.cases_in(session, by_method, "FM19")
        assert (row.deviation is not None, case.deviation is not None, row.standard is not None) == (deviates,) * 3


@pytest.mark.parametrize(
    ("fee", "low", "high", "pays"),
    [("11999", 1, 0, "11999"), ("12000", 0, 0, "27730"), ("90000", 0, 0, "27730"), ("90000.01", 0, 1, "27730.01")],
)
def test_an_outlier_is_told_and_paid_as_its_band_says(
    session: Session, city: Hospital, fee: str, low: int, high: int, pays: str
) -> None:
    told(
        session,
        city,
        "case-revenue",
        f"encounter,period,department,revenue_kind,amount\nE-1,2026-03,CARD,service,{fee}\n",
    )
    row = next(row for row in groups.report(session, asked()).rows if row.code == "FM19")
    assert (row.low, row.high, row.payment) == (low, high, Decimal(pays))
    (case,) = group_cases.cases_in(session, asked(), "FM19")
    assert (case.payment, case.outlier) == (Decimal(pays), "low" if low else "high" if high else "")  # fmt: skip


def test_a_grouping_counts_before_what_his_said_and_none_is_the_ungrouped(session: Session, city: Hospital) -> None:
    told(
        session,
        city,
        "groupings",
        "encounter,region,year,method,drg_code,status\nE-1,示范,2026,DRG,*QY,歧义组\nE-2,示范,2026,drg,FM1A,分组成功\n",
    )
    by = {row.code: row for row in groups.report(session, asked()).rows}
    assert (by["FM1A"].cases, by["FM1A"].payment, by[""].cases) == (1, Decimal(9440), 1)
    (case,) = group_cases.cases_in(session, asked(), "")
    assert (case.said, case.status) == ("*QY", "歧义组")  # fmt: skip


def test_a_file_is_a_version_and_an_old_one_still_gives_its_figures(session: Session, city: Hospital) -> None:
    told(session, city, "payment-groups", "region,year,drg_code,name,weight\n示范,2026,FM19,支架植入,2.5\n")

    def pays(**more: int) -> Decimal | None:
        return next(row.payment for row in groups.report(session, asked(**more)).rows if row.code == "FM19")

    assert (pays(), pays(version=2), pays(version=1)) == (Decimal(29500), Decimal(29500), Decimal(27730))
    with pytest.raises(costing.UnknownCostTable):
        groups.report(session, asked(version=9))


def test_codes_and_rules_that_cannot_be_are_refused_where_they_stand(session: Session, h: Hospital) -> None:
    def wrong(kind: str, text: str) -> list[tuple[int, str]]:
        report = import_table(session, kind, read(text.encode(), file="t.csv"), build.occasion(h.keeper))
        return [(one.row, one.column) for one in report.problems]

    lines = (
        "region,year,method,drg_code,name\nA,2026,,AA,x\nA,2026,,AA1234,x\nA,2026,dip,I63.9:99.10,x\nA,2026,,AA1,x\n"
    )
    assert wrong("payment-groups", lines) == [(2, "drg_code"), (3, "drg_code")]
    known = "region,year,drg_code,name,weight\nA,2026,GZ13,x,1\nA,2026,NB19,x,1\nA,2026,GD13,x,1\nA,2026,AD19A,x,1\n"
    assert wrong("payment-groups", known) == []
    assert wrong("outlier-rules", "region,year,low_below,high_above\nA,2026,3,0.4\n") == [(2, "high_above")]


@pytest.mark.skipif(not SHARED.exists(), reason="the lists are not part of the project")
def test_seven_schemes_come_in_as_versions_and_cost_the_sample_cases_with_nothing_lost(
    session: Session, h: Hospital
) -> None:
    """Real group lists of seven places, and 474 grouped cases of one of them."""
    text = (SHARED / "drg_groups.csv").read_text(encoding="utf-8")
    told(session, h, "payment-groups", text)
    found = group_sets.payers(session)
    there = csv.DictReader(text.splitlines())
    counts: dict[str, int] = {}
    for row in there:
        counts[row["scheme"]] = counts.get(row["scheme"], 0) + 1
    assert len(found) == len(counts) == 7
    sizes = {f"{payer.region}_{payer.year}": group_sets.sets_of(session, payer).groups for payer in found}
    kept = {name.removesuffix("_1900"): table.rows for name, table in sizes.items() if table is not None}
    assert kept == counts
    assert session.scalar(select(func.count()).select_from(PaymentGroup)) == 5092
    cases = list(csv.DictReader((SHARED / "drg_cases_chs11.csv").read_text(encoding="utf-8").splitlines()))
    _admit(session, h, cases)
    lines = "\n".join(f"{case['case_id']},chs_drg_11,1900,drg,{case['drg']},{case['group_status']}" for case in cases)
    told(session, h, "groupings", f"encounter,region,year,method,drg_code,status\n{lines}\n")
    for payer in found:
        report = groups.report(session, asked(payer))
        assert (report.cases, report.cost) == (len(cases), _whole(session, cases))
        if payer.region == "chs_drg_11":
            failed = sum(case["group_status"] != "分组成功" for case in cases)
            assert report.ungrouped == failed == 12
            assert {row.code for row in report.rows} - {""} == {case["drg"] for case in cases} - {"0000"}


def _admit(session: Session, h: Hospital, cases: list[dict[str, str]]) -> None:
    """The sample cases as stays that are over, each with cost the ledger has summed up."""
    rows = [
        {
            "code": case["case_id"], "patient": case["case_id"], "patient_name": "*", "encounter_class": "inpatient",
            "department_id": h.cardiology.id, "admitted_at": SINCE, "bed": "",
            "discharged_at": SINCE + timedelta(days=1),
        }
        for case in cases
    ]  # fmt: skip
    session.execute(insert(Encounter), rows)
    numbers = dict(session.execute(select(Encounter.code, Encounter.id)).all())
    session.execute(
        insert(StayCost),
        [
            {"encounter_id": numbers[case["case_id"]], "period": "2026-03", "department_id": h.cardiology.id,
             "chargeable": True, "amount": Decimal(int(case["los_days"]) * 100 + 1) / 100}
            for case in cases
        ],
    )  # fmt: skip


def _whole(session: Session, cases: list[dict[str, str]]) -> Decimal:
    return sum((Decimal(int(case["los_days"]) * 100 + 1) / 100 for case in cases), Decimal(0))


def test_a_report_that_was_kept_is_the_same_whatever_is_told_anew(session: Session, city: Hospital) -> None:
    first, cases = groups.report(session, asked()), group_cases.cases_in(session, asked(), "FM19")
    kept = kept_groups.keep(session, build.occasion(city.keeper), asked())
    assert kept_groups.keep(session, build.occasion(city.keeper), asked()).id == kept.id  # nothing was different
    told(session, city, "payment-groups", "region,year,drg_code,name,weight\n示范,2026,FM19,支架植入,2.5\n")
    told(session, city, "groupings", "encounter,region,year,method,drg_code,status\nE-1,示范,2026,DRG,*QY,歧义组\n")
    assert groups.report(session, asked()).ungrouped == 2
    then = kept_groups.report(session, asked(), build.NOW)
    assert (then.rows, then.payment, then.cost, then.ungrouped) == (first.rows, first.payment, first.cost, 1)
    assert (then.sets.terms, then.case_mix) == (first.sets.terms, first.case_mix)
    assert then.sets.groups is not None
    assert first.sets.groups is not None
    assert (then.sets.groups.version, then.sets.groups.rows) == (1, first.sets.groups.rows)
    assert kept_groups.cases_in(session, asked(), "FM19", build.NOW) == cases
    again = kept_groups.keep(session, build.occasion(city.keeper, at=build.NOW + timedelta(hours=1)), asked())
    assert again.version == 2
    assert kept_groups.report(session, asked(), build.NOW).rows == first.rows
    between = kept_groups.report(session, asked(), build.NOW + timedelta(minutes=1))  # what was told since counts
    assert between.ungrouped == 2
    before = kept_groups.report(session, asked(), build.NOW - timedelta(hours=1))  # nobody had told of any set
    assert (before.sets.groups, before.ungrouped, before.cost) == (None, before.cases, 0)


def test_kept_figures_that_were_tampered_with_are_found(session: Session, city: Hospital) -> None:
    kept = kept_groups.keep(session, build.occasion(city.keeper), asked())
    assert proof.problems(session) == []
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(update(KeptFigures).values(figures="{}"))
    forged = kept.figures.replace('"cost": {"decimal": "8600', '"cost": {"decimal": "8601', 1)
    assert forged != kept.figures
    made = {"report": "groups", "asked": kept.asked, "made_at": build.NOW, "made_by_id": city.keeper.id}
    made |= {"request_key": kept.request_key, "figures": forged}
    session.execute(insert(KeptFigures).values(version=2, digest=kept.digest, **made))
    assert [one.says for one in proof.problems(session)] == ["is not what was kept"]
    digest = hashlib.sha256(forged.encode()).digest()
    session.execute(insert(KeptFigures).values(version=3, digest=digest, **made))
    assert any("its cases" in one.says for one in proof.problems(session))


def test_a_long_stay_costs_what_every_month_it_lay_in_found(session: Session, city: Hospital) -> None:
    """The month of discharge alone would pay a whole case and cost it half."""
    march = case_run.CaseAsked(month=MARCH, method=CaseMethod.MATERIALS)
    case_run.run(session, build.occasion(city.keeper), march)
    later = Month(period="2026-04", since=UNTIL, until=first_instant(date(2026, 5, 1), ZONE), zone=ZONE)
    city.stay.discharged_at = later.since + timedelta(days=3)
    use = build.occasion(city.nurse, at=later.since + timedelta(days=1))
    build.use(session, city, build.packs(session, city, 1)[0], occasion=use)
    case_run.run(session, build.occasion(city.keeper, at=later.until), replace(march, month=later))
    for since in (later.since, SINCE):
        of_april = GroupsAsked(
            since=since, until=later.until, zone=ZONE, payer=CITY, cost=cost_by(session, "materials", "2026-04")
        )
        (case,) = group_cases.cases_in(session, of_april, "FM19")
        lines = select(func.sum(CaseLine.amount)).where(CaseLine.encounter_id == city.stay.id)
        assert case.cost == session.scalar(lines) > 8600
    before = cost_by(session, "materials", "2026-03", build.NOW)
    assert before is not None
    assert cost_by(session, "materials", "2026-04", build.NOW) == before
    assert cost_by(session, "materials", "2026-02") is None
    assert cost_by(session, "top_down", "2026-04") is None
    cases = groups.cases_asked(of_april)
    assert uncosted(session, cases, before, "2026-04", ZONE) == ["2026-02", "2026-04"]


def test_what_is_undone_when_a_case_is_long_out_is_taken_off_its_cost(session: Session, h: Hospital) -> None:
    used = build.use(session, h, build.stents(session, h)[0])
    discharged(session, h.stay)
    march = case_run.CaseAsked(month=MARCH, method=CaseMethod.MATERIALS)
    case_run.run(session, build.occasion(h.keeper), march)
    later = Month(period="2026-04", since=UNTIL, until=first_instant(date(2026, 5, 1), ZONE), zone=ZONE)
    build.reverse(session, h, used.movement_id, occasion=build.occasion(h.nurse, at=later.since + timedelta(days=1)))
    case_run.run(session, build.occasion(h.keeper, at=later.until), replace(march, month=later))
    costs = [
        groups.report(session, asked(cost=cost_by(session, "materials", "2026-03", at), at=at)).cost
        for at in (None, build.NOW)
    ]
    assert (costs, groups.report(session, asked()).cost) == ([0, 8600], 0)


def test_a_case_is_grouped_and_paid_by_the_sets_of_the_year_it_was_discharged_in(session: Session, h: Hospital) -> None:
    lines = "示范,2025,FM19,支架,2,10000\n示范,2026,FM19,支架植入,3,20000\n"
    told(session, h, "payment-groups", f"region,year,drg_code,name,weight,mean_fee\n{lines}")
    told(session, h, "payment-terms", "region,year,rate,coefficient\n示范,2025,10000,\n示范,2026,11000,\n")
    told(session, h, "group-standards", "region,year,drg_code,standard\n示范,2025,FM19,8000\n示范,2026,FM19,9000\n")
    lines = "示范,2025,0.4,3,fee,excess\n示范,2026,0.4,3,fee,excess\n"
    told(session, h, "outlier-rules", f"region,year,low_below,high_above,low_pays,high_pays\n{lines}")
    lines = "E-1,2025-12,CARD,service,35000\nE-2,2026-01,CARD,service,35000\n"
    told(session, h, "case-revenue", f"encounter,period,department,revenue_kind,amount\n{lines}")
    new_year = first_instant(date(2026, 1, 1), ZONE)
    h.stay.discharged_at, h.other_stay.discharged_at = new_year - timedelta(minutes=1), new_year
    session.flush()
    lines = "E-1,示范,2025,drg,FM19,\nE-2,示范,2026,drg,FM19,\n"
    told(session, h, "groupings", f"encounter,region,year,method,drg_code,status\n{lines}")
    for payer in (CITY, replace(CITY, year=2025)):
        span = replace(asked(payer), since=new_year - timedelta(days=300))
        found = groups.report(session, span)
        (row,) = found.rows
        # the one of 2025 is billed more than three times the mean of its year: 5,000 above that limit
        assert (row.name, row.cases, row.high, row.weight) == ("支架植入", 2, 1, Decimal("2.5"))
        assert (row.payment, row.standard, found.case_mix) == (20000 + 5000 + 33000, 8500, Decimal("2.5"))
        cases = {case.encounter: case.payment for case in group_cases.cases_in(session, span, "FM19")}
        assert cases == {"E-1": 25000, "E-2": 33000}
        assert [one.payer.year for one in found.earlier] == [2025]
        kept = kept_groups.keep(session, build.occasion(h.keeper), span)
        then = kept_groups.report(session, span, kept.made_at)
        assert (then.rows, then.case_mix, then.sets.terms) == (found.rows, found.case_mix, found.sets.terms)
        assert [(one.payer.year, one.sets.terms) for one in then.earlier] == [(2025, found.earlier[0].sets.terms)]
    assert [one.year for one in group_sets.payers_in(session, 2025)] == [2025]
    assert [one.year for one in group_sets.payers_in(session, 2024)] == [2026, 2025]
    what_if = groups.report(session, replace(asked(replace(CITY, year=2025)), since=new_year, version=1))
    assert [row.weight for row in what_if.rows] == [None]  # nobody grouped it by the sets of 2025
