"""Differences left as they are stay so with whoever left them, whatever is used later; unless it belongs to them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from spd import reconciliation
from spd.catalog import Product
from spd.reconciliation import CaseAct, Charged, Resolution
from tests import build
from tests.build import NOW, Hospital
from tests.reconciliation.given import LATER, begin, cases, keep, line, refund, run

HOUR, TWO_DAYS = timedelta(hours=1), timedelta(days=2)


def gauze(h: Hospital, quantity: int, **said: Any) -> Charged:
    return line(h, charge_code="HIS-GAUZE", quantity=quantity, unit_price="3.5", **said)


def left(session: Session, h: Hospital) -> tuple[int, Charged, list[str]]:
    """Twenty used and fifteen charged, waived: the case, the charge, and packs to use."""
    begin(session, h)
    session.execute(update(Product).where(Product.code == "GAUZE").values(chargeable=True))
    packs = build.packs(session, h, 3)
    build.use(session, h, packs[0])
    keep(session, h, charge := gauze(h, 15))
    run(session)
    (case,) = cases(session)
    act = CaseAct(occasion=build.occasion(h.keeper), case=case.id, resolution=Resolution.WAIVED, reason="agreed")
    reconciliation.resolve(session, act)
    return case.id, charge, packs[1:]


def later(session: Session, h: Hospital, code: str, **said: Any) -> Any:
    return build.use(session, h, code, occasion=build.occasion(h.nurse, at=NOW + TWO_DAYS), **said)


def stand(session: Session) -> list[tuple[str, Decimal, str]]:
    return [(case.verdict, case.charged - case.used, case.resolution) for case in cases(session)]


@pytest.mark.parametrize("again", [False, True])
def test_what_is_used_later_is_a_difference_of_its_own(session: Session, h: Hospital, again: bool) -> None:
    number, _, packs = left(session, h)
    later(session, h, packs[0])
    run(session, LATER + HOUR, again=again)
    assert stand(session) == [
        ("quantity", Decimal("-17.5"), "waived"), ("used_not_charged", Decimal(-70), ""),
    ]  # fmt: skip
    assert number in {case.id for case in cases(session)}
    assert [act.reason for act in reconciliation.acts_of(session, number)] == ["agreed"]
    keep(session, h, gauze(h, 20, at=NOW + 2 * TWO_DAYS))
    run(session, LATER + 2 * HOUR)
    assert stand(session) == [("late", Decimal(0), ""), ("quantity", Decimal("-17.5"), "waived")]


def test_what_makes_it_even_belongs_to_it(session: Session, h: Hospital) -> None:
    left(session, h)
    keep(session, h, gauze(h, 5, at=NOW + TWO_DAYS))
    run(session, LATER + HOUR)
    assert stand(session) == [("late", Decimal(0), "")]


def test_a_refund_of_its_charge_opens_it(session: Session, h: Hospital) -> None:
    number, charge, packs = left(session, h)
    later(session, h, packs[0])
    keep(session, h, refund(charge, charged_at=LATER))
    run(session, LATER + HOUR)
    assert number not in {case.id for case in cases(session)}
    assert sum(amount for _, amount, _ in stand(session)) == -140


@pytest.mark.parametrize("double", [False, True])
def test_a_refund_that_names_no_line_takes_back_the_latest_charge(session: Session, h: Hospital, double: bool) -> None:
    begin(session, h)
    build.use(session, h, build.stents(session, h)[0])
    back = line(h, quantity=-1, amount=Decimal(-8600), at=NOW + timedelta(minutes=2))
    keep(session, h, line(h), back)
    run(session)
    assert [one[:2] for one in stand(session)] == [("matched", 0), ("used_not_charged", -8600)]
    if double:
        keep(session, h, line(h, at=NOW + timedelta(minutes=1)))
        run(session, LATER + timedelta(hours=1))
        assert [one[:2] for one in stand(session)] == [("matched", 0), ("matched", 0)]
