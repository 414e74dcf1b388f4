"""Indicators: the worked figures in both variants, each fact from where it is kept, and peers with their median."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from spd import costing, disposal, indicators, ledger
from spd.core.kept_figures import FiguresNotKept
from spd.disposal import Asked, Decision, Found, Kind, ToDispose, Why
from spd.encounters import Encounter
from spd.indicators import INDICATORS, Span, figure, months
from spd.indicators.report import median
from spd.ledger import Span as Months
from spd.ledger import flows
from spd.replenishment.models import RefillRequest
from tests import build
from tests.build import Hospital
from tests.costing.given import cases_costed, march, stepped_down, told
from tests.reconciliation import given as charges
from tests.replenishment import asked

BY_CODE = {one.code: one for one in INDICATORS}


def span() -> Span:
    month = march()
    return Span(
        period=month.period,
        since=month.since,
        until=month.until,
        first_on=date(2026, 3, 1),
        last_on=date(2026, 3, 31),
        zone=month.zone,
    )


def value(code: str, **facts: str) -> Decimal | None:
    return figure(BY_CODE[code], {name: Decimal(amount) for name, amount in facts.items()}).value


def test_practice_differs_and_both_ways_are_there() -> None:
    """Source: domain facts C4: 2.46e8 / (16e8 − 4.2e8) × 100 is 20.85; 3e8 / 16e8 is 18.75 %."""
    hospital = {"material_cost": "2.46e8", "medical_revenue": "16e8", "all_revenue": "16e8", "drug_revenue": "4.2e8"}
    assert value("per_100_without_drugs", **hospital) == Decimal("20.85")
    assert value("per_100", **hospital) == Decimal("15.38")
    assert value("material_share", material_revenue="3e8", medical_revenue="16e8") == Decimal("18.75")
    assert value("material_cost_share", material_cost="2.46e8", all_revenue="16e8") == Decimal("15.38")


def test_what_nobody_told_is_no_value_and_never_a_zero() -> None:
    assert value("per_bed", material_cost="100") is None
    assert value("per_bed", beds="3") is None
    assert value("per_bed", material_cost="100", beds="0") is None
    assert value("per_100_without_drugs", material_cost="1", medical_revenue="100") == 1  # no drug was sold
    assert value("per_100_without_drugs", material_cost="1", medical_revenue="100", drug_revenue="100") is None
    assert value("turns", used_own="50", stock_mean="200") == Decimal("0.25")
    assert value("days_on_hand", used_own="50", stock_days="6200") == 124


def test_every_indicator_names_what_it_divides_by() -> None:
    assert len(BY_CODE) == len(INDICATORS) >= 20
    assert all(one.numerator and one.denominator and one.unit in ("percent", "yuan", "times", "days")
               for one in INDICATORS)  # fmt: skip


@pytest.fixture
def told_all(session: Session, h: Hospital) -> Hospital:
    """A month with something of every fact."""
    stents = build.stents(session, h, 2)
    build.use(session, h, stents[0])
    undone = build.use(session, h, stents[1])
    build.reverse(session, h, undone.movement_id)
    build.use(session, h, build.packs(session, h, 1, 10)[0], encounter=None)
    stepped_down(session, h)
    cases_costed(session, h)
    told(
        session,
        h,
        "department-drivers",
        "period,driver,department,amount\n2026-03,beds,CARD,40\n2026-03,bed_days,CARD,1000\n",
    )
    asked.level(session, h, lower=3, upper=5)
    charges.keep(session, h, charges.line(h), charges.line(h, charge_code="HIS-SCREW", quantity=2))
    charges.run(session, at=build.NOW)
    return h  # fmt: skip


def test_each_fact_is_what_it_is_where_it_is_kept(session: Session, told_all: Hospital) -> None:
    figures = {one.indicator.code: one for one in indicators.of_group(session, span())}
    cost = sum(row.total for row in costing.by_department(session, costing.Filter(period="2026-03")))
    assert figures["per_bed"].numerator == cost == Decimal(8635)
    assert figures["turns"].numerator == figures["days_on_hand"].denominator == 35  # the stent was its consignor's
    assert figures["material_share"].value == Decimal("39.91")  # 17,600 of 44,100
    assert figures["monitored_share"].value == Decimal("48.86")  # 8,600 of 17,600
    assert figures["per_bed_day"].value == Decimal("8.64")
    assert figures["per_bed"].value == Decimal("215.88")
    assert figures["per_case"].value == cost
    assert figures["trace_completeness"].value == 100
    assert (figures["trace_completeness"].numerator, figures["trace_completeness"].denominator) == (1, 1)
    assert figures["charge_match"].value is not None
    assert figures["bed_day_revenue"].numerator == 43100 - 4000 - 17600
    book = costing.stock_book(session, costing.Filter(period="2026-03"))
    of_stores = flows.of_stores(session, Months(first="2026-03", last="2026-03"))["closing"]
    ends = sum((one.amount("opening") + one.amount("closing") for one in book), of_stores)
    assert figures["turns_held"].denominator == ends / 2
    assert (
        figures["turns_held"].numerator
        == figures["days_held"].denominator
        == -sum((one.amount("used") for one in book), Decimal(0))
    )
    assert figures["days_held"].numerator == ends / 2 * span().days
    of_ward = {one.group for one in indicators.peers(session, span(), BY_CODE["turns_held"]).rows}
    assert "CARD" in of_ward
    assert figures["expiry_loss"].value is None
    assert figures["recall_close"].value is None


def test_every_figure_opens_to_what_it_counts(session: Session, told_all: Hospital) -> None:
    session.add(
        RefillRequest(
            location_id=told_all.ward.id, product_id=2, pack_quantity=20, packs=3, delivered=70, asked_at=build.NOW
        )
    )
    session.flush()  # the facts ask for it
    seen = 0
    for one in indicators.of_group(session, span(), "department", "CARD"):
        for terms, amount in ((one.indicator.numerator, one.numerator), (one.indicator.denominator, one.denominator)):
            if indicators.opens(terms) and amount is not None:
                rows = indicators.rows_behind(session, span(), terms, "department", "CARD")
                assert sum((row.amount for row in rows), Decimal(0)) == amount, (one.indicator.code, terms)
                seen += 1
    assert seen > 20


def written_off(session: Session, h: Hospital, *codes: str) -> None:
    """These are written off as expired."""
    asked_for = [Asked(item=code) for code in codes]
    asks = ToDispose(occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=asked_for, reason=Why.EXPIRED)
    document = disposal.ask(session, asks)[0].code
    disposal.approve(session, Decision(occasion=build.occasion(h.nurse), document=document))


def test_what_is_no_departments_is_the_hospitals_all_the_same(session: Session, h: Hospital) -> None:
    build.use(session, h, build.packs(session, h, 5, 10)[0])
    store = build.packs(session, h, 5, 10, at=h.store)
    written_off(session, h, *store[:2])
    whole = {one.indicator.code: one for one in indicators.of_group(session, span())}
    assert (whole["expiry_loss"].numerator, whole["expiry_loss"].value) == (70, Decimal("57.14"))  # of 122.50
    assert whole["turns_held"].numerator == 35
    assert whole["turns_held"].denominator == (4 + 3) * 35 / Decimal(2)  # nothing lay there when the month began
    ward = {one.indicator.code: one for one in indicators.of_group(session, span(), "department", "CARD")}
    assert (ward["expiry_loss"].numerator, ward["turns_held"].denominator) == (None, 4 * 35 / Decimal(2))
    lists = behind(session, span())
    assert {row[1] for row in lists["turns_held denominator"]} == {"CARD", ""}
    assert [(row[1], row[5]) for row in lists["turns numerator"]] == [("CARD", 35)]
    assert indicators.rows_behind(session, span(), ("used_own",), "department", "CARD") == []
    indicators.keep(session, build.occasion(h.keeper), span())
    build.packs(session, h, 1, 10, at=h.store)
    assert list(whole.values()) == indicators.of_group(session, replace(span(), at=build.NOW))
    assert behind(session, replace(span(), at=build.NOW)) == lists


def test_a_sum_of_revenue_counts_where_nothing_is_told_in_detail(session: Session, h: Hospital) -> None:
    build.use(session, h, build.packs(session, h, 5, 10)[0])
    told(session, h, "workloads", "month,department,measure,amount\n2026-03,CARD,revenue,10000\n")
    figures = {one.indicator.code: one for one in indicators.of_group(session, span())}
    assert (figures["per_100"].value, figures["material_cost_share"].value) == (Decimal("0.35"), Decimal("0.35"))
    assert figures["per_100_without_drugs"].value is None  # nobody told what of it was drugs
    assert len(behind(session, span())["per_100 denominator"]) == 1
    stepped_down(session, h)  # which tells it in detail
    figures = {one.indicator.code: one for one in indicators.of_group(session, span())}
    assert figures["per_100"].denominator == figures["material_share"].denominator


def test_what_is_found_again_is_no_loss_by_expiry(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 5, 10)
    written_off(session, h, *packs[:2])
    (loss,) = [one for one in indicators.of_group(session, span()) if one.indicator.code == "expiry_loss"]
    assert (loss.numerator, loss.denominator) == (70, 3 * 35 / Decimal(2))
    disposal.find_again(session, Found(occasion=build.occasion(h.keeper), item=packs[0], note="in the next drawer"))
    (loss,) = [one for one in indicators.of_group(session, span()) if one.indicator.code == "expiry_loss"]
    assert (loss.numerator, loss.denominator) == (35, 4 * 35 / Decimal(2))
    assert len(behind(session, span())["expiry_loss numerator"]) == 1


def test_what_the_stores_had_in_a_closed_month_is_summed_once(
    session: Session, h: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.packs(session, h, 5, 10, at=h.store)
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=40)), "2026-03")
    indicators.keep(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=41)), span())
    then = months.stores(session, "2026-03")
    assert then == {"received": 175, "closing": 175}
    build.packs(session, h, 5, 10, at=h.store)
    assert flows.of_stores(session, Months(first="2026-03", last="2026-03")) == then
    monkeypatch.setattr(flows, "of_stores", None)
    assert months.stores(session, "2026-03") == then


def test_several_months_are_summed_and_of_beds_the_mean_is_taken(session: Session, told_all: Hospital) -> None:
    told(
        session,
        told_all,
        "department-drivers",
        "period,driver,department,amount\n2026-02,beds,CARD,60\n2026-02,bed_days,CARD,500\n",
    )
    told(session, told_all, "department-costs", "period,department,cost_item,amount\n2026-02,CARD,materials,1365\n")
    february = replace(span(), period="2026-02", first_on=date(2026, 2, 1), last_on=date(2026, 2, 28))
    both = replace(span(), first="2026-02", first_on=date(2026, 2, 1))
    figures = {one.indicator.code: one for one in indicators.of_group(session, both)}
    assert (figures["per_bed"].numerator, figures["per_bed"].denominator) == (10000, 50)
    assert (figures["per_bed_day"].denominator, figures["per_bed_day"].value) == (1500, Decimal("6.67"))
    assert figures["days_on_hand"].numerator == figures["turns"].denominator * both.days
    shown = indicators.trend(session, [february, span()], BY_CODE["per_bed_day"])
    assert [(month, one.value) for month, one in shown] == [("2026-02", Decimal("2.73")), ("2026-03", Decimal("8.64"))]
    no_day = indicators.trend(session, [replace(february, period="2026-01")], BY_CODE["per_bed_day"])
    assert no_day[0][1].value is None


def test_a_stay_that_was_cancelled_is_no_case(session: Session, told_all: Hospital) -> None:
    before = indicators.of_group(session, span())
    session.execute(update(Encounter).where(Encounter.code == "E-OUT").values(cancelled=True))
    after = indicators.of_group(session, span())
    cases = [{one.indicator.code: one.denominator for one in figures}["per_case"] for figures in (before, after)]
    assert cases == [1, None]


def test_departments_add_up_to_the_hospital_and_stand_among_their_peers(session: Session, told_all: Hospital) -> None:
    whole = indicators.of_group(session, span())
    for by in ("campus", "cost_class", "department"):
        for one in whole:
            if one.indicator.hospital or one.value is None:
                continue
            groups = indicators.peers(session, span(), one.indicator, by).rows
            assert sum(row.figure.denominator or 0 for row in groups) <= (one.denominator or 0)
    found = indicators.peers(session, span(), BY_CODE["material_share"])
    assert [(row.group, row.figure.value) for row in found.rows] == [("CARD", Decimal("40.46"))]  # 17,600 of 43,500
    assert found.median == Decimal("40.46")
    (card,) = [one for one in indicators.of_group(session, span(), "department", "CARD")
               if one.indicator.code == "material_share"]  # fmt: skip
    assert card.value == Decimal("40.46")


def test_the_median_is_the_middle() -> None:
    assert median([]) is None
    assert median([Decimal(3), Decimal(1), Decimal(2)]) == 2
    assert median([Decimal(4), Decimal(1)]) == Decimal("2.5")


def behind(session: Session, of: Any) -> dict[str, list[tuple[Any, ...]]]:
    """What every side of every indicator counts that has a list: each comes to its side."""
    found = {}
    for one in indicators.of_group(session, of):
        for side in ("numerator", "denominator"):
            terms = getattr(one.indicator, side)
            if indicators.opens(terms):
                rows = indicators.rows_behind(session, of, terms, "hospital", "")
                assert sum(row.amount for row in rows) == (getattr(one, side) or 0)
                found[f"{one.indicator.code} {side}"] = [
                    (row.fact, row.department, row.day, row.name, row.code, row.amount) for row in rows
                ]
    return found


def test_figures_that_were_kept_are_the_same_whatever_is_told_anew(session: Session, told_all: Hospital) -> None:
    then = indicators.of_group(session, span())
    peers = indicators.peers(session, span(), BY_CODE["per_bed"])
    lists = behind(session, span())
    indicators.keep(session, build.occasion(told_all.keeper), span())
    told(session, told_all, "department-drivers", "period,driver,department,amount\n2026-03,beds,CARD,80\n")
    build.use(session, told_all, build.stents(session, told_all)[0])
    classes = indicators.peers(session, span(), BY_CODE["per_bed"], "cost_class")
    text = "code,name,cost_class\nCARD,心血管内科,medical_technology\n"
    told(session, told_all, "departments", text, at=build.NOW + timedelta(hours=1))
    kept = replace(span(), at=build.NOW)
    assert indicators.peers(session, kept, BY_CODE["per_bed"], "cost_class").rows[0].group == "clinical"
    assert indicators.peers(session, span(), BY_CODE["per_bed"], "cost_class") != classes
    assert indicators.of_group(session, span()) != then
    assert indicators.of_group(session, kept) == then
    assert indicators.peers(session, kept, BY_CODE["per_bed"]) == peers
    assert behind(session, kept) == lists != behind(session, span())
    with pytest.raises(FiguresNotKept):
        indicators.of_group(session, replace(span(), at=build.NOW - timedelta(hours=1)))
