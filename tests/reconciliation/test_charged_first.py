"""Wards that charge first: a charge proposes the use, a scan confirms it, and HIS is told nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import consumption, encounters, policies, reconciliation
from spd.catalog import Product
from spd.consumption import OpeningAsked, Use, UseScanned
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.encounters import EventKind, Told
from spd.jobs.drawing import draw_charged
from spd.ledger import Movement, OutboxMessage, get_item_state
from spd.policies import ModeSaid, WardMode
from spd.reconciliation import ChargeUse, Confirming
from tests import build
from tests.build import NOW, Hospital
from tests.reconciliation.given import cases, keep, line, refund, run

STENT, GAUZE = 1, 2
EARLIER = NOW - timedelta(minutes=5)


def charge_first(session: Session, h: Hospital, product: int = STENT, **more: Any) -> None:
    mode = WardMode(charging="before_use", **more)
    asked = ModeSaid(product_id=product, department_id=h.cardiology.id, mode=mode)
    policies.settle_mode(session, build.occasion(h.keeper), asked)


def use(session: Session, h: Hospital, code: str, *, encounter: str = "E-1", **said: Any) -> Use:
    """As the door does it: claimed, used, linked."""
    confirming = Confirming()
    scanned = UseScanned(
        occasion=build.occasion(h.nurse), item=code, encounter=encounter, claim=confirming.claim, **said
    )
    done = consumption.record_use(session, scanned)
    confirming.link(session, scanned.occasion, [(done.item, done.movement_id)])
    return done


def left(session: Session, h: Hospital) -> list[tuple[str, int]]:
    return [(one.product, one.left) for one in reconciliation.proposed(session, h.stay.id)]


def told(session: Session) -> list[tuple[str, int]]:
    rows = session.execute(select(OutboxMessage.topic, OutboxMessage.payload).order_by(OutboxMessage.id))
    return [(topic, json.loads(payload)["quantity"]) for topic, payload in rows]


def test_a_charge_proposes_the_use_only_where_the_ward_charges_first(session: Session, h: Hospital) -> None:
    keep(session, h, line(h, quantity=2, at=EARLIER), line(h, encounter="E-2"), line(h, charge_code="OTHER"))
    assert left(session, h) == []
    charge_first(session, h)
    assert left(session, h) == [("STENT", 2)]


def test_a_scan_confirms_the_charge_and_his_is_told_nothing(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    keep(session, h, line(h, at=EARLIER))
    done = use(session, h, build.stents(session, h)[0])
    assert (done.charged, done.cautions, told(session), left(session, h)) == (1, (), [], [])
    run(session)
    (case,) = cases(session)
    assert (case.verdict, case.rule) == ("matched", "linked")
    assert build.problems(session) == []


def test_what_is_used_beyond_the_charge_is_told_to_be_charged(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    keep(session, h, line(h, at=EARLIER))
    first, second = build.stents(session, h, 2)
    use(session, h, first)
    more = use(session, h, second)
    assert (more.charged, [one.code for one in more.cautions]) == (0, ["not-charged-yet"])
    assert told(session) == [("charge", 1)]


def test_a_use_undone_opens_the_charge_again(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    keep(session, h, line(h, at=EARLIER))
    code = build.stents(session, h)[0]
    done = use(session, h, code)
    build.reverse(session, h, done.movement_id)
    assert (left(session, h), told(session)) == ([("STENT", 1)], [])
    again = use(session, h, code)
    assert again.charged == 1
    assert [one.ordinal for one in session.scalars(select(ChargeUse).order_by(ChargeUse.id))] == [1, 2]
    run(session)
    assert build.problems(session) == []


def test_what_was_refunded_proposes_nothing(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    first = line(h, at=EARLIER)
    keep(session, h, first, refund(first, charged_at=NOW))
    assert left(session, h) == []


def test_the_charge_of_the_very_piece_is_confirmed_by_that_piece(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    mine, other = build.stents(session, h, 2)
    keep(session, h, line(h, at=EARLIER, item=mine))
    assert use(session, h, other).charged == 0
    assert use(session, h, mine).charged == 1


def test_in_other_wards_the_use_comes_first_as_ever(session: Session, h: Hospital) -> None:
    keep(session, h, line(h, at=EARLIER))
    done = use(session, h, build.stents(session, h)[0])
    assert (done.charged, told(session)) == (0, [("charge", 1)])


def test_a_charge_under_a_number_that_was_merged_is_the_survivors(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    keep(session, h, line(h, encounter="E-2", at=EARLIER))
    merge = Told(message="M", kind=EventKind.MERGE, encounter="E-2", survivor="E-1", occurred_at=EARLIER)
    encounters.record(session, build.occasion(h.keeper), [merge])
    assert left(session, h) == [("STENT", 1)]
    assert use(session, h, build.stents(session, h)[0]).charged == 1
    run(session)
    assert [(case.verdict, case.rule) for case in cases(session)] == [("matched", "linked")]


def test_a_line_confirmed_beyond_what_it_charged_is_found(session: Session, h: Hospital) -> None:
    charge_first(session, h)
    keep(session, h, line(h, at=EARLIER))
    used = [use(session, h, code) for code in build.stents(session, h, 2)]
    known = session.scalars(select(ChargeUse)).one()
    values = {"charge_line_id": known.charge_line_id, "quantity": 1, "linked_at": NOW}
    session.add(ChargeUse(ordinal=2, movement_id=used[1].movement_id, **values))
    session.flush()
    assert "is confirmed by more than it charged" in {one.says for one in reconciliation.problems(session)}


def test_charges_draw_down_what_is_open_once_something_is(new_database: Callable[[str], Database]) -> None:
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        session.execute(update(Product).where(Product.id == GAUZE).values(chargeable=True))
        charge_first(session, h, GAUZE, opening="loose")
        code = build.packs(session, h, 1)[0]
        keep(session, h, replace(line(h, at=EARLIER), charge_code="HIS-GAUZE", quantity=3))
    zone = ZoneInfo("Asia/Shanghai")
    assert draw_charged(database, now=lambda: NOW, zone=zone) == 0
    with transaction(database) as session:
        consumption.open_pack(session, OpeningAsked(occasion=build.occasion(h.nurse), item=code))
    assert draw_charged(database, now=lambda: NOW, zone=zone) == 1
    assert draw_charged(database, now=lambda: NOW, zone=zone) == 0
    with reading(database) as session:
        assert get_item_state(session, code).quantity == 17
        assert session.scalars(select(OutboxMessage.id)).all() == []
        (drawn,) = session.scalars(select(Movement).where(Movement.reason == "drawn"))
        assert (drawn.quantity, drawn.encounter_id) == (3, h.stay.id)
        assert build.problems(session) == []
    database.dispose()
