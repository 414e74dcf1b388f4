"""Ranges of lots and serials are read as people write them and counted as people count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spd.stock.ranges import BadRange, order, ranges_of, within, written


def test_b9_comes_before_b10() -> None:
    assert within("B10", [("B9", "B11")])
    assert not within("B8", [("B9", "B11")])
    assert not within("B100", [("B9", "B11")])


def test_capitals_do_not_matter() -> None:
    assert within("b2510a", [("B2510A", "B2510A")])


def test_a_list_is_read_by_line_and_comma_and_ranges_by_dots() -> None:
    said = ranges_of("B1, B2\nB5..B9；C1 ~ C3、D7")
    assert said == [("B1", "B1"), ("B2", "B2"), ("B5", "B9"), ("C1", "C3"), ("D7", "D7")]
    assert written(said) == "B1, B2, B5..B9, C1..C3, D7"


def test_a_code_with_a_dash_is_one_code() -> None:
    assert ranges_of("2025-11-A") == [("2025-11-A", "2025-11-A")]


@pytest.mark.parametrize("said", ["B9..B1", "..B1", "B1..", "B1..B2..B3"])
def test_a_range_backwards_or_without_an_end_is_refused(said: str) -> None:
    with pytest.raises(BadRange):
        ranges_of(said)


def test_nothing_is_in_no_range_and_no_code_in_any() -> None:
    assert ranges_of(" \n, ") == []
    assert not within("B1", [])
    assert not within("", [("A", "Z")])


@given(first=st.integers(0, 10**6), count=st.integers(0, 1000), other=st.integers(0, 2 * 10**6))
def test_a_range_of_numbers_holds_the_numbers_between(first: int, count: int, other: int) -> None:
    said = [(f"SN{first}", f"SN{first + count}")]
    assert within(f"SN{other}", said) == (first <= other <= first + count)
    assert within(f"SN{other:08d}", said) == (first <= other <= first + count)


@given(st.text("AB019-", min_size=1, max_size=8), st.text("AB019-", min_size=1, max_size=8))
def test_codes_are_in_one_order(one: str, other: str) -> None:
    assert (order(one) < order(other)) + (order(one) > order(other)) + (order(one) == order(other)) == 1
