"""Agreements with suppliers: a version from a day on, earlier ones kept; proposals to order follow them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import ordering
from spd.catalog import Agreement, agreements_in_force, get_product
from spd.catalog.agreeing import (
    AgreementBackwards,
    AgreementInThePast,
    AgreementKnown,
    AgreementSaid,
    agree,
    state,
)
from spd.exchange.imports import columns_of, import_table
from spd.exchange.imports.headers import guess
from spd.exchange.tables import read
from tests import build
from tests.build import TODAY, Hospital
from tests.exchange.test_imports import _import, _told, _wrong
from tests.ordering import given as o
from tests.ordering.test_proposals import fix, proposed

LATER = TODAY + timedelta(days=10)


def said(h: Hospital, on: date = TODAY, **more: object) -> AgreementSaid:
    return AgreementSaid(supplier_id=h.gauzes.id, supplier=h.gauzes.name, valid_from_on=on, **more)  # type: ignore[arg-type]


def agreed(session: Session, h: Hospital, terms: AgreementSaid) -> Agreement:
    return agree(session, build.occasion(h.keeper), get_product(session, "GAUZE"), terms)


def states(session: Session, on: date) -> list[str]:
    return list(session.scalars(select(state(on)).select_from(Agreement).order_by(Agreement.valid_from_on)))


def test_a_new_agreement_stands_beside_the_old_one(session: Session, h: Hospital) -> None:
    first = agreed(session, h, said(h, lead_days=5, min_order_quantity=100))
    second = agreed(session, h, said(h, LATER, lead_days=2, order_multiple=50))
    assert agreed(session, h, said(h, LATER, lead_days=2, order_multiple=50)).id == second.id
    key = (h.gauzes.id, first.product_id)
    assert [agreements_in_force(session, on=day)[key].lead_days for day in (TODAY, LATER)] == [5, 2]
    assert (first.set_by_id, first.min_order_quantity) == (h.keeper.id, 100)
    assert [states(session, day) for day in (TODAY, LATER)] == [["in_force", "coming"], ["replaced", "in_force"]]


def test_what_ends_gives_way_to_what_held_before(session: Session, h: Hospital) -> None:
    agreed(session, h, said(h, lead_days=5))
    agreed(session, h, said(h, LATER, valid_to_on=LATER + timedelta(days=1), lead_days=2))
    after = LATER + timedelta(days=2)
    assert states(session, after) == ["in_force", "ended"]
    assert [one.lead_days for one in agreements_in_force(session, on=after).values()] == [5]


def test_the_past_is_not_rewritten(session: Session, h: Hospital) -> None:
    agreed(session, h, said(h, lead_days=5))
    for terms, refusal in (
        (said(h, lead_days=6), AgreementKnown),
        (said(h, TODAY - timedelta(days=1)), AgreementInThePast),
        (said(h, LATER, valid_to_on=TODAY), AgreementBackwards),
    ):
        with pytest.raises(refusal):
            agreed(session, h, terms)
    assert session.scalars(select(Agreement.lead_days)).all() == [5]


def test_order_proposals_follow_the_version_of_the_day(session: Session, h: Hospital) -> None:
    b = o.buying(session, h)
    fix(session, b, h.store, "GAUZE", 1, 100, 310)
    plain = proposed(session)
    assert plain is not None
    assert (plain.quantity, plain.lead_days) == (350, 7)
    agreed(session, h, said(h, lead_days=3, min_order_quantity=400, order_multiple=120))
    agreed(session, h, said(h, LATER, lead_days=1, min_order_quantity=1, order_multiple=90))
    found = proposed(session)
    assert found is not None
    assert (found.quantity, found.lead_days, found.wanted_on) == (480, 3, TODAY + timedelta(days=3))
    later = next(one for one in ordering.propose(session, on=LATER) if one.product == "GAUZE")
    assert (later.quantity, later.lead_days) == (360, 1)


HEADS = "product,supplier,valid_from_on,valid_to_on,agreement,lead_days,min_order_quantity,order_multiple\n"


def test_agreements_come_from_a_file(session: Session, h: Hospital) -> None:
    row = "GAUZE,SUP-GAUZE,2026/1/1,,HT-7,4,100,50\n"
    assert _told(_import(session, h, "agreements", HEADS + row)) == (1, 0, 0)
    assert _told(_import(session, h, "agreements", HEADS + row)) == (0, 0, 1)
    chinese = "品规,供应商,生效日期,到货天数\nGAUZE,SUP-GAUZE,2026-04-01,2\n"
    table = read(chinese.encode(), file="t.csv")
    table = table.renamed(guess(table.columns, columns_of("agreements")))
    assert _told(import_table(session, "agreements", table, build.occasion(h.keeper))) == (1, 0, 0)
    kept = session.execute(
        select(Agreement.number, Agreement.lead_days, Agreement.min_order_quantity, Agreement.set_by_id)
        .order_by(Agreement.valid_from_on)
    ).all()  # fmt: skip
    assert [tuple(one) for one in kept] == [("HT-7", 4, 100, h.keeper.id), ("", 2, 1, h.keeper.id)]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("GAUZE,SUP-GAUZE,2026-01-01,,HT-7,9,100,50", (2, "lead_days", "agreement-known")),
        ("GAUZE,SUP-GAUZE,2026-05-01,2026-04-01,,,,", (2, "valid_to_on", "bad-value")),
        ("GAUZE,SUP-GAUZE,2026-05-01,,,,0,", (2, "min_order_quantity", "bad-value")),
        ("GAUZE,SUP-GAUZE,2026-05-01,,,400,,", (2, "lead_days", "bad-value")),
        ("GAUZE,NOBODY,2026-05-01,,,,,", (2, "supplier", "unknown-reference")),
    ],
)
def test_a_row_that_cannot_be_is_named(session: Session, h: Hospital, row: str, wrong: tuple[int, str, str]) -> None:
    _import(session, h, "agreements", HEADS + "GAUZE,SUP-GAUZE,2026-01-01,,HT-7,4,100,50\n")
    assert _wrong(_import(session, h, "agreements", HEADS + row + "\n")) == [wrong]


def test_saying_it_again_with_another_key_is_still_the_same(session: Session, h: Hospital) -> None:
    terms = said(h, lead_days=5)
    first = agreed(session, h, terms)
    assert agreed(session, h, replace(terms, supplier="另一写法")).id == first.id
