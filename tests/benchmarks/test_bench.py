"""The benchmark runs, small: its figures are for `make bench`, here it counts that the books are right after it."""

from __future__ import annotations

import pytest

from spd.bench import Findings, run
from spd.bench.postgresql import NoServer


@pytest.fixture(scope="module")
def found() -> Findings:
    """One small run."""
    try:
        return run(lambda _line: None, scans=96, movements=2000, workers=1)
    except NoServer as reason:
        pytest.skip(str(reason))


def test_the_books_are_right_after_it(found: Findings) -> None:
    assert found.problems == 0


def test_every_promise_is_measured_beside_its_limit(found: Findings) -> None:
    assert [target.what for target in found.targets] == [
        "2 processes: record_use / driver's call",
        "one hot ward / sixty wards",
        "HTTP, 16 clients: scans per second",
        "HTTP, 16 clients / bare endpoint, 16 clients",
        "HTTP, 40 clients without pause: p99 in ms",
        "HTTP, 40 clients without pause: p99 / bare endpoint's",
        "HTTP, 40 clients, 150 scans a second: p99 in ms",
        "HTTP p99 / bare endpoint's p99",
        "HTTP, 16 clients / limit, 16 clients",
        "queues of 4 devices drained: scans / limit, 16 clients",
        "receive 5,000 units: seconds",
        "receive 5,000 units / raw COPY",
        "month's roll-up / plain SQL",
    ]
    assert all(row.per_second > 0 and row.p50 <= row.p95 <= row.p99 for row in found.rows)


def test_it_can_be_told_to_a_program(found: Findings) -> None:
    assert {"measured", "targets", "problems"} == found.as_json().keys()
