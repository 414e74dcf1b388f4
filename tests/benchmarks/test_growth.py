"""A scan over few movements and over more, on one server: both are timed, turn by turn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spd.bench import growth


@pytest.mark.slow
def test_a_scan_is_timed_in_both(new_url: Callable[[], str]) -> None:
    small, large = growth.measure(new_url, movements=6_000, small=3_000, on_hand=1_000, turns=1)
    assert 0 < small.movements < large.movements
    assert min(small.scan_ms, large.scan_ms) > 0
