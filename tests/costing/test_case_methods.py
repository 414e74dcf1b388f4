"""Ways to cost a case and to pay it: the worked figures, and every whole its parts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spd.core.money import from_scaled, to_cent, to_scaled
from spd.costing import case_methods, payment
from spd.costing.case_methods import CaseItem, Costed
from spd.costing.payment import Band, Terms

BONES, BED, THEATRE, LAB = 1, 2, 3, 4
PATIENT, OTHERS = 9, 10


def units(yuan: str) -> int:
    return to_scaled(Decimal(yuan))


def cost_of(costed: Costed, case: int) -> Decimal:
    return from_scaled(sum(amount for (who, _), amount in costed.lines.items() if who == case))


def test_top_down_is_the_worked_patient() -> None:
    """Source: domain facts C2: 4,278,333.33 less 1,200,000 over 2,600 bed-days; 9 days, 18,500 and 2,100."""
    traced = {
        PATIENT: {CaseItem.CHARGEABLE: units("18500"), CaseItem.DRUGS: units("2100")},
        OTHERS: {CaseItem.CHARGEABLE: units("1181500")},
    }
    full = {BONES: units("4278333.33") + units("2100")}  # the example leaves drugs out of the department's cost
    within = {BONES: units("18500") + units("2100") + units("1181500")}
    costed = case_methods.top_down(full, within, traced, {BONES: {PATIENT: 9, OTHERS: 2591}})
    assert to_cent(cost_of(costed, PATIENT)) == Decimal("31255.77")
    per_day = from_scaled(costed.lines[PATIENT, CaseItem.DEPARTMENT.value]) / 9
    assert to_cent(per_day) == Decimal("1183.97")
    assert (costed.assigned, costed.unassigned) == (full[BONES], 0)


def test_cost_to_charge_is_the_worked_patient() -> None:
    """Source: domain facts C2: bed 1,800 × 1.40, operation 6,500 × 0.80, laboratory 2,400 × 0.65, 2,100, 18,500."""
    costed = case_methods.cost_to_charge(
        cost={BED: units("1400000"), THEATRE: units("800000"), LAB: units("650000")},
        revenue={BED: units("1000000"), THEATRE: units("1000000"), LAB: units("1000000")},
        billed={BED: {PATIENT: units("1800")}, THEATRE: {PATIENT: units("6500")}, LAB: {PATIENT: units("2400")}},
        traced={PATIENT: {CaseItem.DRUGS: units("2100"), CaseItem.CHARGEABLE: units("18500")}},
    )
    assert cost_of(costed, PATIENT) == Decimal(29880)
    assert costed.assigned + costed.unassigned == units("2850000") + units("20600")


def test_bottom_up_is_services_at_unit_cost_with_drugs_and_consumables() -> None:
    costed = case_methods.bottom_up(
        {PATIENT: [(9, units("120.5")), (1, units("3200.3333"))]},
        {PATIENT: {CaseItem.DRUGS: units("2100"), CaseItem.CHARGEABLE: units("18500"),
                   CaseItem.OTHER_MATERIALS: units("7")}},
    )  # fmt: skip
    assert cost_of(costed, PATIENT) == Decimal("24884.8333")  # what is not chargeable is in the unit costs


def test_what_has_no_case_stays_and_is_named() -> None:
    costed = case_methods.materials({}, {LAB: 500, BED: -3}, {BED: {PATIENT: 1}})
    assert costed.rests == {(LAB, "no_case"): 500}
    assert costed.lines == {(PATIENT, "shared_materials"): -3}
    drugs = {PATIENT: {CaseItem.DRUGS: 15}}
    for costed in (
        case_methods.top_down({BONES: 10}, {BONES: 15}, drugs, {BONES: {PATIENT: 1}}),
        case_methods.cost_to_charge({BONES: -5}, {BONES: 100}, {BONES: {PATIENT: 100}}, drugs),
    ):
        assert (costed.rests, costed.assigned) == ({(BONES, "overtraced"): -5}, 15)


def test_a_case_that_was_given_back_more_than_billed_takes_cost_off_in_the_same_ratio() -> None:
    """Billed 1,000 and 250 given back to another case: 600 of cost over 750 are 0.80."""
    costed = case_methods.cost_to_charge({BED: 600}, {BED: 750}, {BED: {PATIENT: 1000, OTHERS: -250}}, {})
    assert costed.lines == {(PATIENT, "department"): 800, (OTHERS, "department"): -200}
    assert costed.rests == {}


few, cases = st.integers(1, 6), st.integers(100, 110)


@settings(max_examples=80, deadline=None, phases=[Phase.generate])
@given(
    full=st.dictionaries(few, st.integers(0, 10**10)),
    traced=st.dictionaries(cases, st.dictionaries(st.sampled_from(list(CaseItem)), st.integers(0, 10**8))),
    days=st.dictionaries(few, st.dictionaries(cases, st.integers(0, 99))),
    revenue=st.dictionaries(few, st.integers(0, 10**9)),
)  # fmt: skip
def test_assigned_and_unassigned_are_the_whole(
    full: dict[int, int],
    traced: dict[int, dict[CaseItem, int]],
    days: dict[int, dict[int, int]],
    revenue: dict[int, int],
) -> None:
    home = {case: 1 + case % 6 for case in traced}
    direct = (CaseItem.DRUGS, CaseItem.CHARGEABLE)
    lies = sum(of.get(item, 0) for of in traced.values() for item in direct)
    within: dict[int, int] = {}
    for case, of in traced.items():
        within[home[case]] = within.get(home[case], 0) + sum(of.get(item, 0) for item in direct)
    down = case_methods.top_down(full, within, traced, days)
    assert down.assigned + down.unassigned == sum(full.values())
    ratio = case_methods.cost_to_charge(full, revenue, days, traced)
    assert ratio.assigned + ratio.unassigned == sum(full.values()) + lies
    alone = case_methods.materials(traced, full, days)
    used = sum(of.get(item, 0) for of in traced.values() for item in (CaseItem.CHARGEABLE, CaseItem.OTHER_MATERIALS))
    assert alone.assigned + alone.unassigned == sum(full.values()) + used


def test_a_case_is_paid_its_weight_and_case_mix_is_the_mean_weight() -> None:
    """Source: domain facts C3."""
    assert payment.base_payment(Decimal("2.35"), Terms(rate=Decimal(11800))) == Decimal(27730)
    assert payment.base_payment(Decimal("2.35"), Terms(rate=Decimal(11800))) - 29880 == -2150
    mix = [(Decimal("2.35"), 10), (Decimal("0.8"), 50), (Decimal("1.2"), 20)]
    assert payment.case_mix(mix) == Decimal("1.0938")  # 87.5 / 80 = 1.09375
    assert payment.case_mix([]) is None


DIP = Band(weight_from=Decimal(0), low_below=Decimal("0.5"), high_above=Decimal(2), low_pays="ratio",
           high_pays="ratio_excess")  # fmt: skip


@pytest.mark.parametrize(
    ("fee", "points"),
    [("5000", "416.67"), ("30000", "1500.00"), ("12000", "1000"), ("6000", "1000"), ("24000", "1000")],
)
def test_dip_points_follow_the_fee_beyond_half_and_twice(fee: str, points: str) -> None:
    """Source: domain facts C3: mean 12,000, 1,000 points; at a yuan a point, payment is points."""
    assert payment.payment(Decimal(1000), Decimal(fee), Decimal(12000), DIP) == Decimal(points)


def test_what_an_outlier_is_paid_is_what_its_band_says() -> None:
    mean, base = Decimal("1499.62"), Decimal(1600)
    live = Band(
        weight_from=Decimal(0), low_below=Decimal("0.4"), high_above=Decimal(3), low_pays="fee", high_pays="excess"
    )
    assert (live.low_below * mean, live.high_above * mean) == (Decimal("599.848"), Decimal("4498.86"))
    assert payment.payment(base, Decimal(599), mean, live) == 599
    assert payment.payment(base, Decimal(600), mean, live) == base
    assert payment.payment(base, Decimal("4998.86"), mean, live) == base + 500
    assert payment.payment(base, Decimal(599), None, live) == base
    other = Band(
        weight_from=Decimal(2), low_below=Decimal("0.3"), high_above=Decimal("2.5"), low_pays="full", high_pays="full"
    )
    bands = [live, other]
    assert payment.band_of(bands, Decimal("1.9999")) == live
    assert payment.band_of(bands, Decimal(2)) == bands[1]
    assert payment.band_of(bands, None) is None
