"""The stock book: it adds up, its movements are its figures, and as of an instant it is what it was then."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from spd import costing, ledger
from spd.costing import Filter
from spd.ledger import CHANGES
from spd.places import UnknownDepartment
from tests import build
from tests.build import Hospital

MARCH = "2026-03"


def book(session: Session, **more: Any) -> list[tuple[str, dict[str, Decimal]]]:
    lines = costing.stock_book(session, Filter(period=MARCH, **more))
    assert all(line.left_over == 0 for line in lines)
    return [(line.key, {part: amount for part, amount in line.amounts.items() if amount}) for line in lines]


def test_as_of_an_instant_it_is_what_it_was_then_closed_or_not(session: Session, h: Hospital) -> None:
    told: list[tuple[datetime, Any, Any]] = []

    def note(at: datetime) -> None:
        by_product = costing.department_book(session, Filter(period=MARCH, department="CARD"))
        told.append((at, book(session), [(line.key, line.quantities) for line in by_product]))

    later = [build.NOW + timedelta(hours=hours) for hours in range(3)]
    stents, pack = build.stents(session, h, 2), build.packs(session, h, 2, 10)[0]
    build.carry(session, h, stents, h.ward)
    note(later[0])
    used = build.use(session, h, stents[0], occasion=build.occasion(h.nurse, at=later[1]))
    build.use(session, h, pack, encounter=None, occasion=build.occasion(h.nurse, at=later[1]))
    note(later[1])
    build.reverse(session, h, used.movement_id, occasion=build.occasion(h.nurse, at=later[2]))
    note(later[2])
    april = build.occasion(h.keeper, at=build.NOW.replace(month=4, day=2))
    ledger.close_period(session, april, MARCH)
    build.use(session, h, stents[1], occasion=build.occasion(h.nurse, at=april.recorded_at))
    for at, then, products in told:
        assert book(session, at=at) == then
        lines = costing.department_book(session, Filter(period=MARCH, department="CARD", at=at))
        assert [(line.key, line.quantities) for line in lines] == products
    assert book(session) == told[-1][1]  # what came after the closing is April's
    assert len({str(then) for _at, then, _products in told}) == 3


def test_the_movements_behind_a_figure_come_to_it(session: Session, h: Hospital) -> None:
    stents = build.stents(session, h, 2)
    build.carry(session, h, stents, h.ward)
    used = build.use(session, h, stents[0])
    build.reverse(session, h, used.movement_id)
    build.use(session, h, stents[1])
    said = Filter(period=MARCH, department="CARD", product="STENT")
    (line,) = [one for one in costing.department_book(session, said) if one.key == "STENT"]
    sides = costing.book_sides(session, said)
    rows = session.execute(sides.select.add_columns(sides.part, sides.quantity, sides.amount)).all()
    for part in CHANGES:
        mine = [row for row in rows if row[1] == part]
        assert sum(row[2] for row in mine) == line.quantity(part), part
        assert sum((row[3] for row in mine), Decimal(0)) == line.amount(part), part
    assert line.amount("used") == -8600
    hidden = costing.book_sides(session, Filter(period=MARCH, department="CARD", departments=frozenset([h.surgery.id])))
    assert session.execute(hidden.select).all() == []
    with pytest.raises(UnknownDepartment):
        costing.book_sides(session, Filter(period=MARCH, department="NONE"))
