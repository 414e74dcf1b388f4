"""Policies: a default, a hospital's own value from then on, nothing that cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import policies
from spd.policies import BadPolicy, PolicyValue, UnknownPolicy
from tests import build
from tests.build import Hospital


def test_what_nobody_has_set_is_the_default(session: Session, h: Hospital) -> None:
    assert policies.get(session, "expiry.receipt_days") == 180
    assert all(version == 0 for _, _, version in policies.in_force(session))


def test_a_value_holds_from_then_on_and_the_earlier_ones_stay(session: Session, h: Hospital) -> None:
    for days in (200, 150):
        policies.settle(session, build.occasion(h.keeper), "expiry.receipt_days", days, reason="评审")
    assert policies.get(session, "expiry.receipt_days") == 150
    kept = session.execute(select(PolicyValue.version, PolicyValue.value).order_by(PolicyValue.version)).all()
    assert [tuple(row) for row in kept] == [(1, "200"), (2, "150")]
    assert [(value, version) for policy, value, version in policies.in_force(session) if version] == [(150, 2)]


def test_the_same_value_again_makes_no_version(session: Session, h: Hospital) -> None:
    assert policies.settle(session, build.occasion(h.keeper), "expiry.receipt_days", 180) is None
    assert policies.settle(session, build.occasion(h.keeper), "expiry.receipt_days", 90) is not None
    assert policies.settle(session, build.occasion(h.keeper), "expiry.receipt_days", 90) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("expiry.receipt_days", "180"),
        ("expiry.receipt_days", -1),
        ("expiry.receipt_days", True),
        ("expiry.receipt_days", 1.5),
        ("expiry.levels", [30, 90, 180]),
        ("expiry.levels", [180, 90]),
        ("expiry.levels", [180, 90, "30"]),
        ("licence.override", "anybody"),
        ("write_off.approval", 1),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(session: Session, h: Hospital, name: str, value: Any) -> None:
    before = policies.get(session, name)
    with pytest.raises(BadPolicy):
        policies.settle(session, build.occasion(h.keeper), name, value)
    assert policies.get(session, name) == before


def test_a_policy_nobody_knows_is_refused(session: Session, h: Hospital) -> None:
    with pytest.raises(UnknownPolicy):
        policies.settle(session, build.occasion(h.keeper), "expiry.nonsense", 1)


def test_every_default_is_a_value_the_policy_may_take() -> None:
    for policy in policies.DECLARED:
        policies.refuse_bad(policy, policy.default)
    assert len({policy.name for policy in policies.DECLARED}) == len(policies.DECLARED)


def test_an_unchanging_row_says_so(session: Session, h: Hospital) -> None:
    row = policies.settle(session, build.occasion(h.keeper), "expiry.receipt_days", 90)
    assert row is not None
    row.value = "1"
    with pytest.raises((AssertionError, DBAPIError)):
        session.flush()
