"""Commitments: progress is what came in, within the days, from the supplier that won."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from spd import commitments
from spd.catalog import get_product
from spd.commitments import CommitmentKnown, PeriodBackwards, Promised, Standing
from tests import build
from tests.build import TODAY, Hospital

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def promised(
    session: Session, h: Hospital, product: str, quantity: int, days: tuple[date, date] = YEAR, number: str = "VBP-1"
) -> None:
    said = Promised(
        number=number, product=get_product(session, product), supplier=h.gauzes if product == "GAUZE" else h.stents,
        quantity=quantity, from_on=days[0], until_on=days[1],
    )  # fmt: skip
    commitments.promise(session, build.occasion(h.keeper), said)


def standing(session: Session, on: date = TODAY) -> Standing:
    (found,) = commitments.standings(session, on=on)
    return found


def test_progress_is_what_came_in_and_was_used(session: Session, h: Hospital) -> None:
    promised(session, h, "STENT", 10)
    codes = build.stents(session, h, 3)
    used = build.use(session, h, codes[0])
    build.use(session, h, codes[1])
    found = standing(session)
    assert (found.received, found.used, found.share) == (3, 2, Decimal("30.0"))
    build.reverse(session, h, used.movement_id)
    assert standing(session).used == 1


def test_packs_made_of_it_are_not_counted_again(session: Session, h: Hospital) -> None:
    promised(session, h, "GAUZE", 500)
    packs = build.packs(session, h, 2, 20)
    build.use(session, h, packs[0], encounter=None)
    assert (standing(session).received, standing(session).used) == (50, 20)


def test_what_came_outside_its_days_does_not_count(session: Session, h: Hospital) -> None:
    promised(session, h, "STENT", 10, (TODAY + timedelta(days=1), TODAY + timedelta(days=9)))
    build.stents(session, h, 2)
    assert standing(session, TODAY + timedelta(days=5)).received == 0
    assert standing(session, TODAY).due == 0


def test_what_another_supplier_brought_does_not_count(session: Session, h: Hospital) -> None:
    said = Promised(
        number="VBP-1", product=get_product(session, "STENT"), supplier=h.gauzes, quantity=5, from_on=YEAR[0],
        until_on=YEAR[1],
    )  # fmt: skip
    commitments.promise(session, build.occasion(h.keeper), said)
    build.stents(session, h, 2)
    assert standing(session).received == 0


def test_an_even_pace_says_who_is_behind(session: Session, h: Hospital) -> None:
    promised(session, h, "STENT", 365)
    assert (standing(session).due, standing(session).behind) == (61, 61)
    assert standing(session, date(2027, 6, 1)).due == 365
    build.stents(session, h, 2)
    assert standing(session).behind == 59
    assert [row.product for row in commitments.behind([standing(session)])] == ["STENT"]


def test_a_round_names_a_product_once_and_ends_after_it_begins(session: Session, h: Hospital) -> None:
    promised(session, h, "STENT", 10)
    with pytest.raises(CommitmentKnown):
        promised(session, h, "STENT", 20)
    with pytest.raises(PeriodBackwards):
        promised(session, h, "STENT", 20, (YEAR[1], YEAR[0]), "VBP-2")
