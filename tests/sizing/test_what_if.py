"""What-if: days lived again by hand, and nothing lost on the way."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from spd.sizing.what_if import Lived, Rule, live


def test_days_lived_again_by_hand() -> None:
    # Full with 2; one used: 1 is at the lower limit, 1 is ordered and comes the next day.
    assert live([1, 1, 3, 0], Rule(lower=1, upper=2)) == Lived(
        days=4, wanted=5, missed=1, days_short=1, refills=3, average=Fraction(1 + 1 + 0 + 2, 4)
    )


def test_a_shelf_looked_at_seldom_runs_out() -> None:
    daily = live([1] * 14, Rule(lower=1, upper=3))
    weekly = live([1] * 14, Rule(lower=1, upper=3, review_days=7))
    assert (daily.missed, weekly.missed > 0) == (0, True)


def test_nothing_wanted_is_nothing_missed() -> None:
    assert live([], Rule(lower=1, upper=2)).fill == 1
    assert live([0] * 9, Rule(lower=1, upper=2)).average == 2


@given(
    st.lists(st.integers(0, 6), max_size=120),
    st.integers(0, 5),
    st.integers(1, 6),
    st.integers(0, 5),
    st.integers(1, 7),
)
def test_what_comes_and_goes_adds_up(wanted: list[int], lower: int, above: int, lead: int, review: int) -> None:
    rule = Rule(lower=lower, upper=lower + above, lead_days=lead, review_days=review)
    found = live(wanted, rule)
    assert 0 <= found.missed <= found.wanted == sum(wanted)
    assert 0 <= found.average <= rule.upper
    assert 0 <= found.fill <= 1
    more = live(wanted, Rule(lower=lower + 50, upper=lower + above + 250, lead_days=lead, review_days=review))
    assert more.missed <= found.missed


def test_an_upper_limit_of_nothing_is_never_refilled() -> None:
    ended = live([1, 0, 2], Rule(lower=0, upper=0))
    assert (ended.missed, ended.refills, ended.average) == (3, 0, 0)
