"""How many packs a location holds: asked by one, approved by another; of its versions the newest approved holds."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from spd.core.separation import SamePerson
from spd.ledger import KeyReused
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import BadLevel, FixedQuantity, Level, Superseded, ToSettle, UnknownFixedQuantity
from tests import build
from tests.build import Hospital

STENT, GAUZE = 1, 2


def level(h: Hospital, lower: int = 1, upper: int = 4, *, product: int = GAUZE, pack: int = 20) -> Level:
    return Level(location_id=h.ward.id, product_id=product, pack_quantity=pack, lower=lower, upper=upper)


def settle(session: Session, h: Hospital, *levels: Level, **said: object) -> list[FixedQuantity]:
    said.setdefault("occasion", build.occasion(h.keeper))
    asked = ToSettle(levels=levels, asked_by_id=h.nurse.id, reason="trial", **said)  # type: ignore[arg-type]
    return fixed_quantities.settle(session, asked)


def limits(session: Session) -> list[tuple[int, int, int]]:
    return [(row.product_id, row.lower, row.upper) for row in fixed_quantities.in_force(session)]


def test_the_newest_version_holds_and_the_older_one_stays_on_record(session: Session, h: Hospital) -> None:
    settle(session, h, level(h, 1, 4), level(h, 0, 2, product=STENT, pack=1))
    settle(session, h, level(h, 2, 6))
    assert limits(session) == [(STENT, 0, 2), (GAUZE, 2, 6)]
    kept = session.scalars(select(FixedQuantity).where(FixedQuantity.product_id == GAUZE).order_by(FixedQuantity.id))
    assert [(row.version, row.upper, row.set_by_id, row.approved_by_id) for row in kept] == [
        (1, 4, h.nurse.id, h.keeper.id),
        (2, 6, h.nurse.id, h.keeper.id),
    ]


def test_what_holds_is_found_by_place_and_product(session: Session, h: Hospital) -> None:
    settle(session, h, level(h))
    found = fixed_quantities.at(session, h.ward.id, GAUZE)
    assert found is not None
    assert (found.pack_quantity, found.lower, found.upper, found.reason) == (20, 1, 4, "trial")
    assert fixed_quantities.at(session, h.ward.id, STENT) is None
    assert len(fixed_quantities.in_force(session, {h.ward.id})) == 1
    assert fixed_quantities.in_force(session, {h.theatre.id}) == []


def test_an_upper_limit_of_nothing_ends_it(session: Session, h: Hospital) -> None:
    settle(session, h, level(h))
    settle(session, h, level(h, 0, 0))
    assert limits(session) == []
    assert fixed_quantities.at(session, h.ward.id, GAUZE) is None


@pytest.mark.parametrize(("lower", "upper", "pack"), [(4, 4, 20), (5, 4, 20), (-1, 4, 20), (1, 4, 0), (1, 0, 20)])
def test_limits_that_make_no_sense_are_refused(
    session: Session, h: Hospital, lower: int, upper: int, pack: int
) -> None:
    with pytest.raises(BadLevel):
        settle(session, h, level(h, lower, upper, pack=pack))
    assert limits(session) == []


def test_who_asks_does_not_approve(session: Session, h: Hospital) -> None:
    with pytest.raises(SamePerson):
        settle(session, h, level(h), occasion=build.occasion(h.nurse))
    (asked,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level(h)])
    with pytest.raises(SamePerson):
        fixed_quantities.decide(session, build.occasion(h.nurse), asked.id, approve=True)
    assert limits(session) == []


def test_asked_again_with_one_key_it_is_settled_once(session: Session, h: Hospital) -> None:
    once = build.occasion(h.keeper, said="once")
    first = settle(session, h, level(h), occasion=once)
    again = settle(session, h, level(h), occasion=once)
    assert [row.id for row in again] == [row.id for row in first]
    other = build.occasion(h.keeper, key=once.request_key, said="other")
    with pytest.raises(KeyReused):
        settle(session, h, level(h, 2, 9), occasion=other)


def test_a_proposal_holds_once_another_person_approves_it(session: Session, h: Hospital) -> None:
    settle(session, h, level(h, 1, 4))
    (asked,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level(h, 3, 8)], reason="more beds")
    assert limits(session) == [(GAUZE, 1, 4)]
    assert [row.id for row in fixed_quantities.proposed(session)] == [asked.id]
    held = fixed_quantities.decide(session, build.occasion(h.keeper), asked.id, approve=True)
    assert (held.version, held.set_by_id, held.approved_by_id, held.reason) == (3, h.nurse.id, h.keeper.id, "more beds")
    assert limits(session) == [(GAUZE, 3, 8)]
    assert fixed_quantities.proposed(session) == []


@pytest.mark.parametrize("before", [True, False])
def test_a_proposal_declined_leaves_what_held(session: Session, h: Hospital, before: bool) -> None:
    if before:
        settle(session, h, level(h, 1, 4))
    held = limits(session)
    (asked,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level(h, 3, 8)])
    fixed_quantities.decide(session, build.occasion(h.keeper), asked.id, approve=False)
    assert limits(session) == held
    assert fixed_quantities.proposed(session) == []


def test_a_proposal_that_was_replaced_is_not_decided(session: Session, h: Hospital) -> None:
    (first,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level(h, 3, 8)])
    (second,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level(h, 2, 5)])
    with pytest.raises(Superseded):
        fixed_quantities.decide(session, build.occasion(h.keeper), first.id, approve=True)
    decision = build.occasion(h.keeper, said="yes")
    held = fixed_quantities.decide(session, decision, second.id, approve=True)
    assert fixed_quantities.decide(session, decision, second.id, approve=True).id == held.id
    with pytest.raises(UnknownFixedQuantity):
        fixed_quantities.decide(session, build.occasion(h.keeper), 999_999, approve=True)


def test_the_database_refuses_to_change_a_version(session: Session, h: Hospital) -> None:
    settle(session, h, level(h))
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("UPDATE fixed_quantities SET upper = 99"))
