"""A recall over a small load profile: all of it held, listed and tied, beside the bare statements of the same run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spd.bench import recall


@pytest.mark.slow
def test_a_wide_recall_is_right_and_measured_beside_bare_statements(new_url: Callable[[], str]) -> None:
    got = recall.measure(new_url(), movements=10_000, on_hand=2_000, workers=2)
    assert 0 < got.held < got.matched
    assert 0 < got.patients <= got.uses
    assert got.ties
    assert got.drill_passed
    assert min(got.barely_seconds, got.ratio, got.preview_seconds, got.list_seconds) > 0
