"""A recall over a small load profile: all of it held, listed and tied, beside the bare statements of the same run."""

from __future__ import annotations

import pytest

from spd.bench import recall
from spd.bench.postgresql import NoServer, Server, find_binaries
from spd.core import schema
from spd.core.database import Database


@pytest.mark.slow
def test_a_wide_recall_is_right_and_measured_beside_bare_statements() -> None:
    try:
        server = Server(find_binaries())
    except NoServer as reason:
        pytest.skip(str(reason))
    server.start()
    try:
        url = server.url(server.create())
        fresh = Database(url)
        schema.upgrade(fresh)
        fresh.dispose()
        got = recall.measure(url, movements=10_000, on_hand=2_000, workers=2)
    finally:
        server.stop()
    assert 0 < got.held < got.matched
    assert 0 < got.patients <= got.uses
    assert got.ties
    assert got.drill_passed
    assert min(got.barely_seconds, got.ratio, got.preview_seconds, got.list_seconds) > 0
