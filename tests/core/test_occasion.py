"""An occasion: the digest of what was said, and clocks that are wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spd.core.ids import request_key
from spd.core.occasion import ClockSkewed, digest_of, refuse_skewed

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
AHEAD, LATE = timedelta(minutes=5), timedelta(hours=72)


def test_the_order_of_fields_does_not_matter_to_the_digest() -> None:
    assert digest_of({"item": "P1", "quantity": 2}) == digest_of({"quantity": 2, "item": "P1"})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"quantity": 1}, {"quantity": 2}),
        ({"quantity": 1}, {"quantity": "1"}),
        ({"item": "P1"}, {"code": "P1"}),
        ({"items": ["P1", "P2"]}, {"items": ["P2", "P1"]}),
        ({"item": "P1"}, {"item": "P1", "quantity": None}),
        ("纱布", "紗布"),
    ],
)
def test_other_content_has_another_digest(one: object, other: object) -> None:
    assert digest_of(one) != digest_of(other)


def test_a_digest_is_32_bytes_of_any_plain_content() -> None:
    assert len(digest_of({"at": NOW, "price": Decimal("0.10"), "name": "冠脉支架"})) == 32


@given(st.dictionaries(st.text(), st.integers()))
def test_the_same_said_twice_has_the_same_digest(said: dict[str, int]) -> None:
    assert digest_of(said) == digest_of(dict(reversed(said.items())))


@pytest.mark.parametrize("off", [timedelta(0), AHEAD, -LATE, timedelta(seconds=299), -timedelta(hours=71)])
def test_a_clock_within_its_bounds_passes(off: timedelta) -> None:
    refuse_skewed(NOW + off, NOW, ahead=AHEAD, late=LATE)


@pytest.mark.parametrize(
    "off", [AHEAD + timedelta(seconds=1), -LATE - timedelta(seconds=1), timedelta(days=3650), -timedelta(days=3650)]
)
def test_a_clock_out_of_bounds_is_refused_and_both_times_are_named(off: timedelta) -> None:
    with pytest.raises(ClockSkewed) as refused:
        refuse_skewed(NOW + off, NOW, ahead=AHEAD, late=LATE)
    assert refused.value.facts == {"claimed": (NOW + off).isoformat(), "server": NOW.isoformat()}


def test_request_keys_are_version_7_and_follow_time() -> None:
    keys = [request_key(NOW + timedelta(milliseconds=n)) for n in range(100)]
    assert keys == sorted(keys)
    assert {(key.version, key.variant) for key in keys} == {(7, "specified in RFC 4122")}


def test_request_keys_of_one_moment_differ() -> None:
    assert len({request_key(NOW) for _ in range(1000)}) == 1000


def test_a_request_key_tells_when_it_was_made() -> None:
    assert request_key(NOW).int >> 80 == int(NOW.timestamp() * 1000)
