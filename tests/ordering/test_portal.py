"""What a supplier may know: its own goods, uses and money, and nothing of a patient, a department or a stranger."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.ledger import Item, Movement
from spd.ordering import portal
from tests import build
from tests.build import Hospital


@pytest.fixture
def mine(h: Hospital) -> frozenset[int]:
    return frozenset({h.stents.id})


@pytest.fixture
def strangers(h: Hospital) -> frozenset[int]:
    return frozenset({h.gauzes.id})


def test_goods_on_consignment_are_those_not_yet_used(
    session: Session, h: Hospital, mine: frozenset[int], strangers: frozenset[int]
) -> None:
    stents = build.stents(session, h, 3)
    build.gauze(session, h)  # owned at once: nobody's consignment
    build.use(session, h, stents[0])
    told = session.execute(portal.consigned(mine).add_columns(Item.code)).scalars().all()
    assert sorted(told) == sorted(stents[1:])
    assert session.execute(portal.consigned(strangers).add_columns(Item.code)).all() == []
    assert session.execute(portal.consigned(frozenset()).add_columns(Item.code)).all() == []


def test_what_was_used_and_undone_comes_to_nothing(session: Session, h: Hospital, mine: frozenset[int]) -> None:
    stents = build.stents(session, h, 2)
    used = build.use(session, h, stents[0])
    build.use(session, h, stents[1])
    build.reverse(session, h, used.movement_id)
    query = portal.used(mine).add_columns(func.sum(portal.signed_quantity()), func.sum(portal.signed_amount()))
    assert tuple(session.execute(query).one()) == (1, Decimal(8600))


def test_what_is_owed_is_what_arose_less_what_was_undone(
    session: Session, h: Hospital, mine: frozenset[int], strangers: frozenset[int]
) -> None:
    stents = build.stents(session, h, 2)
    used = build.use(session, h, stents[0])
    build.use(session, h, stents[1])
    build.reverse(session, h, used.movement_id)
    build.gauze(session, h, 1)
    (month,) = portal.owed_by_month(session, mine)
    assert (month.arose, month.undone, month.net, month.owed) == (17200, 8600, 8600, 8600)
    lines = session.execute(portal.owed(mine).add_columns(portal.owed_amount().label("amount"))).scalars().all()
    assert sum(lines) == month.owed
    (theirs,) = portal.owed_by_month(session, strangers)
    assert theirs.owed == 175
    assert portal.owed_by_month(session, frozenset()) == []
    assert build.problems(session) == []


def test_the_day_in_figures(session: Session, h: Hospital, mine: frozenset[int]) -> None:
    stents = build.stents(session, h, 3)
    build.use(session, h, stents[0])
    build.note(session, h, h.stents, ("STENT", 1))
    told = portal.standing(session, mine, on=build.TODAY)
    assert (told.consigned, told.consigned_value, told.used_amount, told.owed) == (2, 17200, 8600, 8600)
    assert (told.to_answer, told.open_orders, told.open_notes) == (0, 0, 2)


def test_no_statement_of_a_supplier_reads_a_patient_a_department_or_a_person(h: Hospital) -> None:
    for query in (portal.consigned({1}), portal.used({1}), portal.owed({1})):
        said = str(query.add_columns(select(1).scalar_subquery()))
        for table in ("encounters", "departments", "staff"):
            assert table not in said
    assert Movement.encounter_id is not None  # what is left out is there to be left out
