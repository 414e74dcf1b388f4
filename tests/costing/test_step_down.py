"""Step-down: the worked example to the cent, nothing lost at any level, a run kept as it was, and refusals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd.costing import CostInput, StepCell, apportion, proof, step_run, step_sheet
from spd.costing.step_down import LEVELS, Basis, NoDriver, balances, step_down
from spd.exchange.imports import import_table
from spd.exchange.tables import read
from spd.ledger import KeyReused
from spd.places import CostClass, Department
from tests import build
from tests.build import Hospital
from tests.costing.given import told

C = CostClass
MONTH = "2026-02"
PEOPLE = {"XZ": C.ADMINISTRATIVE, "XD": C.AUXILIARY, "JY": C.TECHNOLOGY, "SS": C.TECHNOLOGY, "XN": C.CLINICAL,
          "GK": C.CLINICAL}  # fmt: skip
# Source: domain facts C1: own cost of six departments by staff, materials, depreciation and other.
OWN = """期间,科室,成本项目,金额
2026/2,XZ,人员经费,400000
2026-02,XZ,卫生材料费,5000
2026-02,XZ,固定资产折旧费,30000
2026-02,XZ,其他运行费用,65000
2026-02,XD,人员经费,120000
2026-02,XD,卫生材料费,60000
2026-02,XD,固定资产折旧费,40000
2026-02,XD,其他运行费用,30000
2026-02,JY,人员经费,300000
2026-02,JY,卫生材料费,400000
2026-02,JY,固定资产折旧费,150000
2026-02,JY,其他运行费用,50000
2026-02,SS,人员经费,350000
2026-02,SS,卫生材料费,500000
2026-02,SS,固定资产折旧费,250000
2026-02,SS,其他运行费用,100000
2026-02,XN,人员经费,800000
2026-02,XN,卫生材料费,900000
2026-02,XN,固定资产折旧费,200000
2026-02,XN,其他运行费用,100000
2026-02,GK,人员经费,700000
2026-02,GK,卫生材料费,1500000
2026-02,GK,固定资产折旧费,150000
2026-02,GK,其他运行费用,150000
"""
DRIVERS = """period,driver,department,amount
2026-02,staff,XD,20
2026-02,staff,JY,40
2026-02,staff,SS,50
2026-02,staff,XN,90
2026-02,staff,GK,100
2026-02,packs,JY,500
2026-02,packs,SS,6000
2026-02,packs,XN,1500
2026-02,packs,GK,2000
"""
REVENUE = """period,department,ordered_by,setting,revenue_kind,amount
2026-02,JY,XN,住院,化验收入,900000
2026-02,JY,GK,住院,化验收入,600000
2026-02,SS,XN,住院,医疗服务收入,400000
2026-02,SS,GK,住院,医疗服务收入,1600000
"""
RULES = "period,level,driver,department\n2026-01,1,staff,\n2026-01,2,packs,XD\n2026-01,3,ordered_revenue,\n"


@pytest.fixture
def example(session: Session, h: Hospital) -> dict[str, int]:
    """The example's departments, with what the month's files say of them: code to number."""
    rows = [Department(code=code, name=code, cost_class=kind) for code, kind in PEOPLE.items()]
    session.add_all(rows)
    session.flush()
    for kind, text in (("department-costs", OWN), ("department-drivers", DRIVERS),
                       ("department-revenue", REVENUE), ("step-rules", RULES)):  # fmt: skip
        told(session, h, kind, text)
    return {row.code: row.id for row in rows}


def test_the_worked_example_comes_out_to_the_cent(session: Session, h: Hospital, example: dict[str, int]) -> None:
    made = step_run.run(session, build.occasion(h.keeper), MONTH)
    assert (made.total, made.posted, made.imported) == (Decimal(7350000), 0, Decimal(7350000))
    full = step_sheet.full_costs(session, made)
    assert full == {
        example["XN"]: {"staff": Decimal("1259333.33"), "materials": Decimal("1260166.67"),
                        "depreciation": Decimal("365000.00"), "other": Decimal("187166.67")},
        example["GK"]: {"staff": Decimal("1410666.67"), "materials": Decimal("2104833.33"),
                        "depreciation": Decimal("455000.00"), "other": Decimal("307833.33")},
    }  # fmt: skip
    assert [sum(of.values()) for of in full.values()] == [Decimal("3071666.67"), Decimal("4278333.33")]
    after = balances(step_run.flows_of(session, made), 1)
    level_1 = {code: sum(cents for (_, who), cents in after.items() if who == example[code]) for code in PEOPLE}
    assert level_1 == {"XZ": 0, "XD": 28333333, "JY": 96666667, "SS": 128333333, "XN": 215000000, "GK": 266666667}
    after = balances(step_run.flows_of(session, made), 2)
    level_2 = {code: sum(cents for (_, who), cents in after.items() if who == example[code]) for code in PEOPLE}
    exact = {"XZ": 0, "XD": 0, "JY": 98083333, "SS": 145333333, "XN": 219250000, "GK": 272333333}
    assert all(abs(level_2[code] - cents) <= 1 for code, cents in exact.items()), level_2
    assert sum(level_2.values()) == 735000000 == sum(exact.values()) + 1  # rounded one by one a cent is lost


def test_the_sheet_says_where_every_cent_went(session: Session, h: Hospital, example: dict[str, int]) -> None:
    made = step_run.run(session, build.occasion(h.keeper), MONTH)
    for item in (None, "staff", "materials", "depreciation", "other"):
        sheet = step_sheet.matrix(session, made, item)
        assert sheet.difference == 0
        assert [one.code for one in sheet.sources] == ["XZ", "XD", "JY", "SS"]
        passed = {row.department.id: row.passed for row in sheet.rows}
        for source in sheet.sources:
            assert sum(row.received.get(source.id, Decimal(0)) for row in sheet.rows) == passed[source.id]
    staff = step_sheet.matrix(session, made, "staff")
    assert {row.department.code: row.received.get(example["XZ"]) for row in staff.rows}["GK"] == Decimal("133333.33")
    assert proof.problems(session) == []


def test_the_sheet_of_a_run_has_departments_as_they_were_then(
    session: Session, h: Hospital, example: dict[str, int]
) -> None:
    made = step_run.run(session, build.occasion(h.keeper), MONTH)

    def shown() -> list[tuple[object, ...]]:
        sheet = step_sheet.matrix(session, made)
        assert sheet.difference == 0
        return [(one.department.name, one.department.cost_class, one.own, one.final) for one in sheet.rows]

    then = shown()
    text = "code,name,cost_class\nXD,消毒供应中心,clinical\nGK,骨科,administrative\n"
    told(session, h, "departments", text, at=build.NOW + timedelta(hours=1))
    assert shown() == then
    query, source, _target = step_sheet.select_cells(made)
    assert "骨科" not in session.scalars(query.with_only_columns(source.name)).all()


def test_the_same_again_is_the_same_run_and_a_change_makes_the_next(
    session: Session, h: Hospital, example: dict[str, int]
) -> None:
    first = build.occasion(h.keeper)
    made = step_run.run(session, first, MONTH)
    assert step_run.run(session, first, MONTH).id == made.id
    assert step_run.run(session, build.occasion(h.keeper), MONTH).id == made.id
    told(session, h, "department-costs", "period,department,cost_item,amount\n2026-02,XZ,staff,400000.01\n")
    again = step_run.run(session, build.occasion(h.keeper), MONTH)
    assert (again.version, again.total) == (2, Decimal("7350000.01"))
    assert step_sheet.matrix(session, step_run.get(session, MONTH, 1)).own == Decimal(7350000)
    with pytest.raises(KeyReused):
        step_run.run(session, build.occasion(h.keeper, key=first.request_key), MONTH)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(StepCell.__table__.update().values(amount=Decimal(1)))


def test_what_the_ledger_holds_is_part_of_it_and_rounded_once(session: Session, h: Hospital) -> None:
    note = build.note(session, h, h.gauzes, ("REAGENT", 100))
    code = build.receive(session, h, note, build.scan(build.REAGENT_DI, lot="R1"))[0]
    build.move_to(session, h, [code], h.ward)
    build.use(session, h, code, quantity=32)
    made = step_run.run(session, build.occasion(h.keeper), "2026-03")
    assert (made.posted, made.total) == (32 * Decimal("0.3333"), Decimal("10.67"))


def test_cost_that_nothing_shares_out_is_told_by_department_and_driver(
    session: Session, h: Hospital, example: dict[str, int]
) -> None:
    told(session, h, "step-rules", RULES.replace("packs", "metres"))
    with pytest.raises(NoDriver) as refused:
        step_run.run(session, build.occasion(h.keeper), MONTH)
    assert (refused.value.facts["department"], refused.value.facts["driver"]) == ("XD", "metres")
    with pytest.raises(step_run.NothingToStepDown):
        step_run.run(session, build.occasion(h.keeper), "1999-01")


def test_rules_hold_from_their_month_on_and_an_old_version_stays(session: Session, h: Hospital) -> None:
    told(session, h, "step-rules", RULES.replace(",XD", ",LAB"))
    again = import_table(
        session, "step-rules", read(RULES.replace(",XD", ",LAB").encode(), file="r.csv"), build.occasion(h.keeper)
    )
    assert (again.created, again.unchanged) == (0, 3)
    told(session, h, "step-rules", RULES.replace(",XD", ",LAB").replace("packs", "metres"))
    kind = step_run.TableKind.STEP_RULES
    assert step_run.in_force(session, kind, "2025-12") is None
    now = step_run.in_force(session, kind, "2026-07")
    assert now is not None
    assert (now.version, step_run.rules_of(session, now)[2, h.lab.id]) == (2, "metres")


def test_a_row_that_cannot_be_is_told_where_it_stands(session: Session, h: Hospital) -> None:
    def wrong(kind: str, text: str) -> list[tuple[int, str, str]]:
        report = import_table(session, kind, read(text.encode(), file="t.csv"), build.occasion(h.keeper))
        assert not report.written
        return [(one.row, one.column, one.code) for one in report.problems]

    assert wrong(
        "department-costs",
        "period,department,cost_item,amount\n2026-13,CARD,staff,1\n2026-03,NO,staff,1\n2026-03,CARD,air,1\n"
        "2026-03,CARD,staff,-1\n2026-03,CARD,staff,1\n2026-03,CARD,staff,2\n",
    ) == [
        (2, "period", "bad-value"), (3, "department", "unknown-reference"), (4, "cost_item", "bad-value"),
        (5, "amount", "bad-value"), (7, "period", "duplicate-rows"),
    ]  # fmt: skip
    assert session.scalar(select(CostInput.id)) is None
    assert wrong("step-rules", "period,level,driver\n2026-01,4,staff\n2026-01,1,\n2026-01,2,x\n2026-01,2,y\n") == [
        (2, "level", "bad-value"), (3, "driver", "missing-value"), (5, "driver", "duplicate-rows"),
    ]  # fmt: skip


departments = st.dictionaries(st.integers(1, 9), st.sampled_from(list(CostClass)), min_size=2)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(classes=departments, data=st.data())
def test_every_item_is_kept_to_the_cent_at_every_level(classes: dict[int, CostClass], data: st.DataObject) -> None:
    classes = classes | {10: CostClass.CLINICAL}
    keys = st.tuples(st.sampled_from(["staff", "materials"]), st.sampled_from(sorted(classes)))
    own = data.draw(st.dictionaries(keys, st.integers(-(10**9), 10**12)))

    def basis_of(level: int, source: int, takers: frozenset[int]) -> Basis:
        weights = {who: data.draw(st.integers(0, 10**6)) for who in sorted(takers)} | {10: 1}
        return Basis(driver="any", weights=weights)

    flows = step_down(own, classes, basis_of)
    for level in range(4):
        held = balances(flows, level)
        for item in ("staff", "materials"):
            whole = sum(cents for (of, _), cents in own.items() if of == item)
            assert sum(cents for (of, _), cents in held.items() if of == item) == whole
    emptied = {giving for giving, _ in LEVELS.values()}
    assert not any(cents for (_, who), cents in balances(flows).items() if classes[who] in emptied)


@settings(max_examples=100, deadline=None, phases=[Phase.generate])
@given(whole=st.integers(-(10**12), 10**12), weights=st.lists(st.integers(0, 10**9), max_size=9))
def test_parts_are_the_whole_and_no_part_is_a_unit_off(whole: int, weights: list[int]) -> None:
    parts = apportion(whole, dict(enumerate(weights)))
    total = sum(weights)
    if total == 0:
        assert parts == {}
        return
    assert sum(parts.values()) == whole
    assert all(abs(parts[who] * total - whole * weight) < total for who, weight in enumerate(weights))
