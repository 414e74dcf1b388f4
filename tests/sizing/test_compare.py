"""What-if in the house: real days lived again with levels of any origin, over as many days as are asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import sizing
from spd.catalog import Product
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import BadLevel, Level, ToSettle
from tests import build
from tests.build import NOW, TODAY, Hospital


def level(session: Session, h: Hospital, lower: int, upper: int, quantity: int = 20) -> Level:
    product_id = session.scalars(select(Product.id).where(Product.code == "GAUZE")).one()
    return Level(location_id=h.ward.id, product_id=product_id, pack_quantity=quantity, lower=lower, upper=upper)


def used(session: Session, h: Hospital, *days_ago: int) -> None:
    """A pack of twenty used on each of these days."""
    for code, ago in zip(build.packs(session, h, len(days_ago)), days_ago, strict=True):
        when = build.occasion(h.nurse, at=NOW - timedelta(days=ago))
        build.use(session, h, code, encounter=None, departments=frozenset({h.cardiology.id}), occasion=when)


def test_a_level_is_tried_beside_what_holds(session: Session, h: Hospital) -> None:
    used(session, h, 3, 2, 2, 0)
    asked = ToSettle(
        occasion=build.occasion(h.nurse), levels=[level(session, h, 0, 1)], asked_by_id=h.keeper.id
    )  # fmt: skip
    fixed_quantities.settle(session, asked)
    [tried] = sizing.try_levels(session, [level(session, h, 1, 3)], on=TODAY, days=7)
    assert tried.before is not None
    assert (tried.before.wanted, tried.before.missed, tried.before.days_short) == (4, 1, 1)
    assert (tried.after.wanted, tried.after.missed, tried.after.days) == (4, 0, 7)
    assert tried.after.average > tried.before.average


def test_the_days_lived_again_are_those_asked_for(session: Session, h: Hospital) -> None:
    used(session, h, 20, 2)
    for days, wanted in ((7, 1), (30, 2)):
        [tried] = sizing.try_levels(session, [level(session, h, 0, 1)], on=TODAY, days=days)
        assert (tried.before, tried.after.wanted, tried.after.days) == (None, wanted, days)


def test_a_smaller_pack_is_opened_more_often(session: Session, h: Hospital) -> None:
    used(session, h, 2)
    tried = sizing.try_levels(
        session, [level(session, h, 1, 4, 20), level(session, h, 1, 4, 10)], on=TODAY, days=7
    )  # fmt: skip
    assert [one.after.wanted for one in tried] == [1, 2]


def test_limits_that_make_no_sense_are_not_tried(session: Session, h: Hospital) -> None:
    with pytest.raises(BadLevel):
        sizing.try_levels(session, [level(session, h, 3, 2)], on=TODAY, days=7)
