"""A scan over few movements and over more, on one server: both are timed, turn by turn."""

from __future__ import annotations

import pytest

from spd.bench import growth
from spd.bench.postgresql import NoServer, Server, find_binaries


@pytest.mark.slow
def test_a_scan_is_timed_in_both() -> None:
    try:
        server = Server(find_binaries())
    except NoServer as reason:
        pytest.skip(str(reason))
    server.start()
    try:
        small, large = growth.measure(server, movements=20_000, small=5_000, on_hand=2_000, turns=1)
    finally:
        server.stop()
    assert 0 < small.movements < large.movements
    assert min(small.scan_ms, large.scan_ms) > 0
