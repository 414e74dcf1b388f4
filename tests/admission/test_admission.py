"""Admission: a department asks, one assesses, another decides; only then may it be ordered."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import admission
from spd.admission import Admission, Assessed, DayMissing, Decided, Stage, UnknownAdmission, Wish, WrongStage
from spd.catalog import Product
from spd.catalog.admitted import NotAdmitted, may_be_ordered, refuse_unadmitted
from spd.core.separation import SamePerson
from spd.ledger import KeyReused
from spd.staff import Staff
from tests import build
from tests.build import TODAY, Hospital

WISH: dict[str, Any] = {
    "name": "可吸收缝线",
    "unit_price": Decimal("48.5"),
    "reason": "减少拆线",
    "expected_monthly": 120,
}
FOUND = Assessed(assessment="价格低于同类", product="SUTURE", base_unit="根", product_class="low_value")
YES = Decided(stage=Stage.ADMITTED, decision="同意")


def asked(session: Session, h: Hospital, **more: Any) -> Admission:
    return admission.ask(session, build.occasion(h.nurse), Wish(department=h.cardiology, **(WISH | more)))


@pytest.fixture
def chief(session: Session) -> Staff:
    staff = Staff(code="chief", name="主任")
    session.add(staff)
    session.flush()  # decides by number
    return staff


def product_of(session: Session, row: Admission) -> Product:
    return session.get_one(Product, row.product_id)


def test_what_is_admitted_may_be_ordered_and_not_before(session: Session, h: Hospital, chief: Staff) -> None:
    row = asked(session, h)
    admission.assess(session, build.occasion(h.keeper), row.id, FOUND)
    product = product_of(session, row)
    assert (product.name, product.initials, product.admission) == ("可吸收缝线", "KXSFX", "pending")
    with pytest.raises(NotAdmitted):
        refuse_unadmitted(product, on=TODAY)
    admission.decide(session, build.occasion(chief), row.id, YES)
    assert may_be_ordered(product, on=TODAY)


def test_who_asks_neither_assesses_nor_decides_and_who_assesses_does_not_decide(session: Session, h: Hospital) -> None:
    row = asked(session, h)
    with pytest.raises(SamePerson):
        admission.assess(session, build.occasion(h.nurse), row.id, FOUND)
    admission.assess(session, build.occasion(h.keeper), row.id, FOUND)
    for person in (h.nurse, h.keeper):
        with pytest.raises(SamePerson):
            admission.decide(session, build.occasion(person), row.id, YES)
    assert row.stage == Stage.ASSESSED


def test_a_permission_for_a_time_needs_its_last_day(session: Session, h: Hospital, chief: Staff) -> None:
    row = asked(session, h)
    admission.assess(session, build.occasion(h.keeper), row.id, FOUND)
    for until in (None, TODAY - timedelta(days=1)):
        with pytest.raises(DayMissing):
            decided = Decided(stage=Stage.TEMPORARY, decision="试用", until_on=until)
            admission.decide(session, build.occasion(chief), row.id, decided)
    decided = Decided(stage=Stage.TEMPORARY, decision="试用", until_on=TODAY)
    admission.decide(session, build.occasion(chief), row.id, decided)
    assert may_be_ordered(product_of(session, row), on=TODAY)
    assert not may_be_ordered(product_of(session, row), on=TODAY + timedelta(days=1))


def test_steps_come_in_their_order_and_once(session: Session, h: Hospital, chief: Staff) -> None:
    row = asked(session, h)
    with pytest.raises(WrongStage):
        admission.decide(session, build.occasion(chief), row.id, YES)
    admission.assess(session, build.occasion(h.keeper), row.id, FOUND)
    with pytest.raises(WrongStage):
        admission.assess(session, build.occasion(h.keeper), row.id, FOUND)
    admission.decide(session, build.occasion(chief), row.id, YES)
    with pytest.raises(WrongStage):
        admission.decide(session, build.occasion(chief), row.id, YES)
    with pytest.raises(UnknownAdmission):
        admission.assess(session, build.occasion(h.keeper), row.id + 99, FOUND)


@pytest.mark.parametrize(("stage", "until"), [(Stage.REFUSED, None), (Stage.TEMPORARY, TODAY)])
def test_a_decision_leaves_what_is_stocked_in_stock(
    session: Session, h: Hospital, chief: Staff, stage: Stage, until: date | None
) -> None:
    """A department asks for what others already use, and may not, or for a time: the others go on."""
    row = asked(session, h, name="纱布块")
    known = Assessed(assessment="已有", product="GAUZE", base_unit="盒", product_class="low_value")
    admission.assess(session, build.occasion(h.keeper), row.id, known)
    decided = Decided(stage=stage, decision="重复", until_on=until)
    admission.decide(session, build.occasion(chief), row.id, decided)
    assert may_be_ordered(product_of(session, row), on=TODAY + timedelta(days=1))


def test_asked_twice_with_one_key_is_asked_once(session: Session, h: Hospital) -> None:
    when = build.occasion(h.nurse)
    wish = Wish(department=h.cardiology, **WISH)
    assert admission.ask(session, when, wish).id == admission.ask(session, when, wish).id
    assert session.scalar(select(func.count()).select_from(Admission)) == 1
    with pytest.raises(KeyReused):
        admission.ask(session, when, Wish(department=h.cardiology, **(WISH | {"name": "另一品"})))
