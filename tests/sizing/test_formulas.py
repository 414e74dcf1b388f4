"""The formulas: the worked figures, whole packs with limits apart, and enough at the service level."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spd.sizing.formulas import (
    SLOW,
    Cover,
    Demand,
    Packs,
    Points,
    in_packs,
    points,
    poisson_quantile,
    smaller_pack,
)
from spd.sizing.service import ORDER, attention, matrix

WORKED = points(Demand(mean=18, deviation=6, days=90), Cover(lead_days=0.5, review_days=1, service=0.95))


def test_the_worked_example_comes_out() -> None:
    """Source: domain facts E3."""
    assert (round(WORKED.safety, 1), round(WORKED.reorder, 1), round(WORKED.order_up_to, 1)) == (12.1, 21.1, 39.1)
    assert WORKED.model == "normal"


def test_limits_that_come_to_the_same_are_told_apart() -> None:
    assert in_packs(WORKED, 20) == Packs(quantity=20, lower=1, upper=2, resolved=True)
    assert in_packs(WORKED, 10) == Packs(quantity=10, lower=3, upper=4, resolved=False)
    assert smaller_pack(WORKED, 20) == 10
    assert smaller_pack(WORKED, 10) is None


def test_the_lead_time_that_varies_is_covered() -> None:
    steady = points(Demand(mean=18, deviation=6, days=90), Cover(lead_days=2, review_days=1, service=0.95))
    varies = points(
        Demand(mean=18, deviation=6, days=90), Cover(lead_days=2, review_days=1, service=0.95, lead_deviation=1)
    )
    assert varies.safety == pytest.approx(1.6449 * math.sqrt(3 * 36 + 18**2), rel=1e-3)
    assert varies.order_up_to > steady.order_up_to


@pytest.mark.parametrize(
    ("expected", "service", "k"),
    [(0.0, 0.99, 0), (0.1, 0.9, 0), (0.1, 0.95, 1), (1.0, 0.95, 3), (3.0, 0.95, 6), (3.0, 0.99, 8), (10.0, 0.999, 21)],
)
def test_poisson_quantiles_are_those_of_the_tables(expected: float, service: float, k: int) -> None:
    assert poisson_quantile(expected, service) == k


def test_a_slow_mover_is_counted_in_packs() -> None:
    found = points(Demand(mean=0.1, deviation=0.3, days=90), Cover(lead_days=1, review_days=1, service=0.99))
    assert found.model == "poisson"
    packs = in_packs(found, 1)
    assert packs.lower < packs.upper == poisson_quantile(0.2, 0.99)


def test_what_is_vital_is_never_gone_and_what_nobody_wants_is_not_kept() -> None:
    nothing = Demand(mean=0, deviation=0, days=90)
    cover = Cover(lead_days=1, review_days=1, service=0.9)
    assert in_packs(points(nothing, cover, vital=True), 1).upper == 1
    assert in_packs(points(nothing, cover), 1) == Packs(quantity=1, lower=0, upper=0, resolved=False)


@given(
    mean=st.floats(0, 500), share=st.floats(0, 3), lead=st.floats(0.1, 14), review=st.floats(0.5, 14),
    service=st.floats(0.5, 0.999), pack=st.integers(1, 200), vital=st.booleans(),
)  # fmt: skip
def test_whatever_is_used_the_limits_stand_apart_and_cover_it(
    mean: float, share: float, lead: float, review: float, service: float, pack: int, vital: bool
) -> None:
    demand = Demand(mean=mean, deviation=mean * share, days=90)
    found = points(demand, Cover(lead_days=lead, review_days=review, service=service), pack_quantity=pack, vital=vital)
    packs = in_packs(found, pack)
    assert packs.upper * pack >= found.order_up_to - 1e-6
    assert 0 <= packs.lower < packs.upper or (packs.lower, packs.upper) == (0, 0)
    if found.model == "normal":
        assert packs.lower >= 1
        assert mean / pack >= SLOW


@given(st.floats(0.01, 30), st.floats(0.5, 0.9995))
def test_the_quantile_is_the_smallest_that_serves(expected: float, service: float) -> None:
    def at_most(k: int) -> float:
        return sum(math.exp(-expected) * expected**i / math.factorial(i) for i in range(k + 1))

    k = poisson_quantile(expected, service)
    assert at_most(k) >= service - 1e-9
    assert k == 0 or at_most(k - 1) < service + 1e-9


def test_service_levels_fall_from_vital_and_cheap_to_desirable_and_dear() -> None:
    levels = matrix([999, 995, 990, 980, 975, 970, 950, 925, 900])
    assert (levels["VC"], levels["EB"], levels["DA"]) == (0.999, 0.975, 0.9)
    assert [levels[cell] for cell in ORDER] == sorted(levels.values(), reverse=True)
    assert {(v, a): attention(v, a) for v in "VED" for a in "ABC"} == {
        ("V", "A"): 1, ("V", "B"): 1, ("V", "C"): 1, ("E", "A"): 1, ("D", "A"): 1, ("E", "B"): 2, ("D", "B"): 2,
        ("E", "C"): 2, ("D", "C"): 3,
    }  # fmt: skip


def test_points_of_nothing_are_nothing() -> None:
    assert in_packs(Points(safety=0, reorder=0, order_up_to=0, model="poisson"), 5).upper == 0
