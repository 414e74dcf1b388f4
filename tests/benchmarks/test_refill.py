"""Refill over a small load profile: the list, a wave first expired first, picks; its figures are for the command."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spd.bench import load_profile, refill


@pytest.mark.slow
def test_a_large_hospitals_list_and_wave_are_right_and_measured(new_url: Callable[[], str]) -> None:
    url = new_url()
    load_profile.load(url, movements=20_000, on_hand=4_000)
    refill.furnish(url, every=44, kept=22)
    got = refill.measure(url, rounds=1, picks=5)
    assert got.places == 396
    assert got.lines == got.levels // 44
    assert got.packs == got.lines * 3
    assert min(got.proposal, got.plain, got.wave, got.pick_p50) > 0
