"""Budgets: made by one, approved by another, never changed after; near their end wards are warned, over it stopped."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from spd import policies, replenishment
from spd.core.money import to_scaled
from spd.core.separation import SamePerson
from spd.costing import Filter, bed_days, budgets, measured, measures, standing, step_run
from spd.costing.budgets import Basis, BudgetApproved, DraftWaits, EmptyBudget, LineSaid
from spd.costing.measures import WorkloadTold
from spd.costing.standing import Stands
from spd.exchange import imports
from spd.exchange.imports.budget_lines import NoDraft
from spd.indicators.facts import by_department
from spd.replenishment import OverBudget, ToMakeWave
from tests import build
from tests.build import Hospital
from tests.costing.given import march, stepped_down, told
from tests.indicators.test_indicators import span
from tests.replenishment import asked

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = "2026-03"


def approved(session: Session, h: Hospital, *lines: LineSaid, from_period: str = MARCH) -> int:
    """The number of an approved version with these lines."""
    made = budgets.draft(session, build.occasion(h.keeper), from_period=from_period)
    budgets.set_lines(session, build.occasion(h.keeper), made.number, lines)
    return budgets.approve(session, build.occasion(h.nurse), made.number).number


def line(amount: Any, basis: Basis = Basis.MONTH, product_class: str = "", department: str = "CARD") -> LineSaid:
    return LineSaid(department=department, basis=basis, amount=Decimal(amount), product_class=product_class)


def stands(session: Session) -> list[tuple[Any, Any, Stands]]:
    return [(one.allowed, one.used, one.stands) for one in standing.standings(session, MARCH, zone=ZONE)]


@pytest.mark.parametrize(
    ("budget", "comes_to"),
    [("10751", Stands.FINE), ("10750", Stands.NEAR), ("8600", Stands.NEAR), ("8599.99", Stands.OVER)],
)
def test_from_eighty_per_cent_it_is_near_and_beyond_all_of_it_over(
    session: Session, h: Hospital, budget: str, comes_to: Stands
) -> None:
    build.use(session, h, build.stents(session, h)[0])  # 8,600 yuan
    approved(session, h, line(budget))
    assert stands(session) == [(Decimal(budget), Decimal(8600), comes_to)]


def test_a_quota_is_multiplied_by_what_it_is_for(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    approved(session, h, line("3000", Basis.BED_DAY), line("20", Basis.REVENUE, "high_value"))
    h.stay.admitted_at, h.stay.discharged_at = build.NOW, build.NOW + timedelta(days=3)
    h.other_stay.admitted_at, h.other_stay.discharged_at = build.NOW - timedelta(days=5), build.NOW
    h.other_stay.department_id = h.cardiology.id
    session.flush()
    (days, revenue) = standing.standings(session, MARCH, zone=ZONE)
    assert (days.measured, days.allowed) == (Decimal(4), Decimal(12000))  # three days, and the first of March
    assert (revenue.measured, revenue.allowed, revenue.stands) == (None, None, Stands.FINE)
    told = WorkloadTold(period=MARCH, department="CARD", measure=measures.REVENUE, amount=Decimal("33333.33"))
    measures.tell(session, build.occasion(h.keeper), [told])
    (_, revenue) = standing.standings(session, MARCH, zone=ZONE)
    assert (revenue.allowed, revenue.stands) == (Decimal("6666.67"), Stands.OVER)
    told = WorkloadTold(period=MARCH, department="CARD", measure=measures.BED_DAYS, amount=Decimal(2))
    measures.tell(session, build.occasion(h.keeper), [told])
    assert standing.standings(session, MARCH, zone=ZONE)[0].allowed == Decimal(6000)


def test_who_made_it_does_not_approve_it_and_approved_it_stays(session: Session, h: Hospital) -> None:
    made = budgets.draft(session, build.occasion(h.keeper), from_period=MARCH)
    with pytest.raises(EmptyBudget):
        budgets.approve(session, build.occasion(h.nurse), made.number)
    budgets.set_lines(session, build.occasion(h.keeper), made.number, [line(100)])
    with pytest.raises(SamePerson):
        budgets.approve(session, build.occasion(h.keeper), made.number)
    with pytest.raises(DraftWaits):
        budgets.draft(session, build.occasion(h.keeper), from_period="2026-04")
    budgets.approve(session, build.occasion(h.nurse), made.number)
    with pytest.raises(BudgetApproved):
        budgets.set_lines(session, build.occasion(h.keeper), made.number, [line(200)])
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE budget_lines SET amount = 1"))
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("DELETE FROM budget_lines"))


def test_a_new_version_begins_with_the_last_and_holds_from_its_month(session: Session, h: Hospital) -> None:
    approved(session, h, line(100), line(50, product_class="high_value"))
    made = budgets.draft(session, build.occasion(h.keeper), from_period="2026-05")
    assert len(budgets.lines_of(session, made)) == 2
    budgets.set_lines(session, build.occasion(h.keeper), made.number, [line(300), line(0, product_class="high_value")])
    budgets.approve(session, build.occasion(h.nurse), made.number)
    said = Filter(since="2026-04", period="2026-05")
    allowed = standing.monthly_budget(session, said, zone=ZONE)
    assert allowed == {"2026-04": {h.cardiology.id: Decimal(100)}, "2026-05": {h.cardiology.id: Decimal(300)}}


def test_asked_twice_with_one_key_there_is_one_draft(session: Session, h: Hospital) -> None:
    when = build.occasion(h.keeper)
    once = budgets.draft(session, when, from_period=MARCH)
    assert budgets.draft(session, when, from_period=MARCH).id == once.id


def test_refills_stop_over_budget_until_released_and_the_bedside_never(session: Session, h: Hospital) -> None:
    asked.level(session, h, lower=1, upper=2)
    asked.packs(session, h, 2)
    stents = build.stents(session, h, 2)
    build.use(session, h, stents[0])
    approved(session, h, line(100))
    stopped = {number: one.name for number, one in standing.blocked(session, MARCH, zone=ZONE).items()}
    assert stopped == {h.cardiology.id: "心内科"}

    def wave() -> Any:
        said = ToMakeWave(occasion=build.occasion(h.keeper), store=h.store.code, stopped=stopped)
        return replenishment.make_wave(session, said)

    with pytest.raises(OverBudget):
        wave()
    build.use(session, h, stents[1])  # the bedside goes on
    for _ in range(2):
        standing.release(session, build.occasion(h.nurse), period=MARCH, department="CARD", reason="急救")
    stopped = {number: one.name for number, one in standing.blocked(session, MARCH, zone=ZONE).items()}
    assert stopped == {}
    assert wave().code


def test_where_a_hospital_only_warns_nothing_stops(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    approved(session, h, line(100))
    policies.settle(session, build.occasion(h.keeper), "budget.refill", "warn", reason="试行")
    assert standing.blocked(session, MARCH, zone=ZONE) == {}
    assert stands(session)[0][2] is Stands.OVER


def test_lines_come_from_a_file_into_the_draft(session: Session, h: Hospital, tmp_path: Path) -> None:
    file = tmp_path / "budget.csv"
    file.write_text("科室,口径,类别,金额\nCARD,每月,,100.50\nCARD,每床日,高值,32\nSURG,month,,0.5\n", encoding="utf-8")
    table = imports.read_table("budgets", file)
    with pytest.raises(NoDraft):
        imports.import_table(session, "budgets", table, build.occasion(h.keeper))
    made = budgets.draft(session, build.occasion(h.keeper), from_period=MARCH)
    assert imports.import_table(session, "budgets", table, build.occasion(h.keeper)).created == 3
    again = imports.import_table(session, "budgets", table, build.occasion(h.keeper))
    assert (again.created, again.unchanged) == (0, 3)
    found = [(d.code, one.product_class, one.basis, one.amount) for one, d in budgets.lines_of(session, made)]
    assert found[0] == ("CARD", "high_value", "bed_day", Decimal(32))
    assert len(found) == 3


def test_workloads_come_from_a_file_and_the_later_figure_holds(session: Session, h: Hospital, tmp_path: Path) -> None:
    file = tmp_path / "work.csv"
    file.write_text("月份,科室,指标,金额\n2026-03,CARD,收入,1000\n2026-13,CARD,床日,5\n", encoding="utf-8")
    table = imports.read_table("workloads", file)
    report = imports.import_table(session, "workloads", table, build.occasion(h.keeper))
    assert [problem.row for problem in report.problems] == [3]
    file.write_text("月份,科室,指标,金额\n2026-03,CARD,收入,1000\n2026-03,CARD,床日,5\n", encoding="utf-8")
    imports.import_table(session, "workloads", imports.read_table("workloads", file), build.occasion(h.keeper))
    assert measures.revenue(session, MARCH) == {h.cardiology.id: Decimal(1000)}
    assert measures.bed_days(session, MARCH, zone=ZONE)[h.cardiology.id] == Decimal(5)


def test_budgets_step_down_and_indicators_ask_one_figure(session: Session, h: Hospital, tmp_path: Path) -> None:
    stepped = stepped_down(session, h)  # revenue told in detail: cardiology earned 42,600, the laboratory 1,500
    earned = {h.cardiology.id: Decimal(42600), h.lab.id: Decimal(1500)}
    assert stepped.period == MARCH
    assert measures.revenue(session, MARCH) == earned
    file = tmp_path / "work.csv"
    file.write_text("月份,科室,指标,金额\n2026-03,CARD,收入,1\n2026-03,SURG,收入,700\n", encoding="utf-8")
    report = imports.import_table(session, "workloads", imports.read_table("workloads", file), build.occasion(h.keeper))
    assert [(one.row, one.code) for one in report.problems] == [(2, "revenue-in-detail")]
    file.write_text("月份,科室,指标,金额\n2026-03,SURG,收入,700\n2026-03,SURG,床日,8\n", encoding="utf-8")
    imports.import_table(session, "workloads", imports.read_table("workloads", file), build.occasion(h.keeper))
    assert measures.revenue(session, MARCH) == earned | {h.surgery.id: Decimal(700)}
    counted = sum(bed_days.days_of_cases(session, march(), one_each=False)[h.cardiology.id].values())
    days = {h.surgery.id: Decimal(8), h.cardiology.id: Decimal(counted)}
    assert measures.bed_days(session, MARCH, zone=ZONE) == days
    told(session, h, "step-rules", f"month,level,department,driver\n{MARCH},1,,bed_days\n{MARCH},2,,revenue\n"
         f"{MARCH},3,,bed_days\n")  # fmt: skip
    again = step_run.run(session, build.occasion(h.keeper), MARCH, zone=ZONE)
    used = {(one.driver, one.target): one.weight for one in step_run.flows_of(session, again) if one.level}
    for department, weight in days.items():
        assert used["bed_days", department] == to_scaled(weight)
    facts = by_department(session, span())
    assert {who: of["bed_days"] for who, of in facts.items() if "bed_days" in of} == days


def test_what_a_quota_is_multiplied_by_opens_to_its_stays_and_earnings(session: Session, h: Hospital) -> None:
    said = Filter(period=MARCH)
    approved(session, h, line(5, Basis.BED_DAY), line(2, Basis.REVENUE))
    stays = measured.stays_behind(session, said, h.cardiology, zone=ZONE)
    assert [one.encounter for one in stays] == ["E-1", "E-2"]
    stepped_down(session, h)  # which tells revenue
    earned = measured.earned_behind(session, said, h.cardiology)
    found = {one.basis: one.measured for one in standing.standings(session, MARCH, zone=ZONE)}
    assert found == {"bed_day": sum(one.days for one in stays), "revenue_100": sum(one.amount for one in earned)}
    told(session, h, "department-drivers", f"period,driver,department,amount\n{MARCH},bed_days,CARD,40\n")
    assert [(one.encounter, one.days) for one in measured.stays_behind(session, said, h.cardiology, zone=ZONE)] == [
        ("", Decimal(40))
    ]
