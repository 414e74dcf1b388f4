"""Money is exact decimals of at most four places."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spd.core.money import from_scaled, shown, to_cent, to_scaled

amounts = st.decimals(min_value=-(10**12), max_value=10**12, places=4)


@given(amounts)
def test_scaling_and_back_loses_nothing(amount: Decimal) -> None:
    assert from_scaled(to_scaled(amount)) == amount


@given(st.lists(amounts, max_size=20))
def test_the_sum_of_scaled_is_the_scaled_sum(parts: list[Decimal]) -> None:
    assert sum(map(to_scaled, parts)) == to_scaled(sum(parts, Decimal(0)))


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError, match="never a float"):
        to_scaled(0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("amount", ["0.00001", "3.14159", "-0.00005", "NaN"])
def test_digits_that_would_be_lost_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|NaN"):
        to_scaled(Decimal(amount))


@pytest.mark.parametrize(
    ("exact", "on_paper"),
    [
        ("0.005", "0.01"),
        ("0.0049", "0.00"),
        ("2.675", "2.68"),
        ("-0.005", "-0.01"),
        ("-2.6749", "-2.67"),
        ("1", "1.00"),
    ],
)
def test_documents_round_half_up_to_the_cent(exact: str, on_paper: str) -> None:
    assert str(to_cent(Decimal(exact))) == on_paper


@pytest.mark.parametrize(
    ("amount", "text"),
    [("8600", "8600.00"), ("3.5", "3.50"), ("0.3333", "0.3333"), ("-0.0001", "-0.0001"), ("1.230", "1.23"),
     ("1.2340", "1.234"), ("1E+3", "1000.00")],
)  # fmt: skip
def test_an_amount_is_written_with_two_decimals_and_more_only_where_needed(amount: str, text: str) -> None:
    assert shown(Decimal(amount)) == text


@given(amounts)
def test_what_is_shown_is_the_whole_amount(amount: Decimal) -> None:
    assert Decimal(shown(amount)) == amount
