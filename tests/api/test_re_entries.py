"""Paper: booked as of when it happened, asked about where it may be booked already, disputed where it cannot be."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from spd import encounters, offline, policies
from spd.catalog import Lot
from spd.core.transaction import reading, transaction
from spd.encounters import EventKind, Told
from spd.interceptions import Interception
from spd.ledger import Item, Movement
from spd.offline import Dispute
from tests import build
from tests.api.asking import Caller, World, is_problem, label
from tests.api.test_offline import stents
from tests.packing.test_moving_kits import sealed, send, sign

AT = build.NOW - timedelta(hours=5)


def nurse_of(world: World) -> Caller:
    return world.asking("nurse", world.h.cardiology)


def head_of(world: World) -> Caller:
    return world.asking("head_nurse", world.h.cardiology)


def line(item: str, *, at: datetime = AT, **more: Any) -> dict[str, Any]:
    said = {
        "sheet": "CARD-1", "department": "CARD", "used_by": "nurse", "used_at": at.isoformat(), "scan": label(item),
        "encounter": "W-1",
    } | more  # fmt: skip
    return {name: value for name, value in said.items() if value is not None}


def entered(world: World, item: str, **more: Any) -> dict[str, Any]:
    answer = nurse_of(world).post("/re-entries", line(item, **more))
    assert answer.status_code == 201, answer.get_json()
    told: dict[str, Any] = answer.get_json()
    if told["outcome"] == "first":  # a costly thing: somebody else enters it too
        told = head_of(world).post("/re-entries", line(item, **more)).get_json()
    return told


def test_a_line_is_booked_as_of_when_it_happened_by_who_used_it(world: World) -> None:
    (item,) = stents(world, 1)
    told = entered(world, item)
    assert told["outcome"] == "booked"
    with reading(world.database) as session:
        use = session.get_one(Movement, told["movement_id"])
        assert (use.occurred_at, use.recorded_at, use.staff_id) == (AT, build.NOW, world.h.nurse.id)
        assert (use.document, use.reason, use.encounter_id) == ("CARD-1", "downtime", world.h.stay.id)
    first, row = nurse_of(world).get("/re-entries").get_json()["entries"]
    assert (first["outcome"], first["movement_id"]) == ("first", None)
    assert (row["used_by"], row["encounter"], row["outcome"]) == ("nurse", "E-1", "booked")
    assert row["entered_by"] != "nurse"
    assert world.asking("nurse", world.h.surgery).get("/re-entries").get_json()["entries"] == []


def test_a_kit_is_entered_by_its_label_and_all_that_was_in_it_is_booked(embedded: World) -> None:
    with transaction(embedded.database) as session:
        kit = sealed(session, embedded.h)
        sign(session, embedded.h, send(session, embedded.h, kit.code).code)
    told = entered(embedded, kit.code, scan=kit.code, quantity=3)
    assert told["outcome"] == "booked"
    with reading(embedded.database) as session:
        used = session.execute(
            select(Item.code, Movement.document, Movement.reason, Movement.occurred_at)
            .join(Item, Item.id == Movement.item_id)
            .where(Movement.kind == "consume")
        ).all()
    assert sorted(row.code for row in used) == sorted(kit.items)
    assert {tuple(row)[1:] for row in used} == {(kit.code, "downtime", AT)}
    nurse_of(embedded).refused("/re-entries", line(kit.code, scan=kit.code), 409, "perhaps-entered")


def test_sent_again_with_its_key_it_is_one_line(embedded: World) -> None:
    (item,) = stents(embedded, 1)
    said = line(item) | {"request_key": "0192f0c4-0000-7000-8000-000000000001"}
    nurse = nurse_of(embedded)
    first, again = (nurse.send("/re-entries", said).get_json() for _ in range(2))
    assert first == again


def test_what_a_rule_would_have_stopped_is_booked_and_kept(embedded: World) -> None:
    (item,) = stents(embedded, 1)
    with transaction(embedded.database) as session:
        session.execute(update(Lot).values(expires_on=(AT - timedelta(days=9)).date()))
    told = entered(embedded, item)
    assert (told["outcome"], told["rule"]) == ("warned", "expired-implant")
    with reading(embedded.database) as session:
        kept = session.execute(select(Interception.rule, Interception.outcome, Interception.severity)).all()
    assert ("expired-implant", "warn", 4) in [tuple(one) for one in kept]


def test_what_somebody_has_scanned_too_is_asked_about(embedded: World) -> None:
    (item,) = stents(embedded, 1)
    with transaction(embedded.database) as session:
        use = build.use(session, embedded.h, item)
    nurse = nurse_of(embedded)
    nurse.refused("/re-entries", line(item), 409, "perhaps-entered")
    with transaction(embedded.database) as session:
        merge = Told(message="M", kind=EventKind.MERGE, encounter="E-1", survivor="E-2", occurred_at=build.NOW)
        encounters.record(session, build.occasion(embedded.h.keeper), [merge])
    nurse.refused("/re-entries", line(item, encounter="W-2"), 409, "perhaps-entered")
    told = nurse.post("/re-entries", line(item, like="same")).get_json()
    assert (told["outcome"], told["movement_id"]) == ("duplicate", use.movement_id)


def test_a_thing_used_on_somebody_else_is_a_dispute_and_both_are_kept(embedded: World) -> None:
    (item,) = stents(embedded, 1)
    with transaction(embedded.database) as session:
        build.use(session, embedded.h, item)
    told = entered(embedded, item, encounter="W-2")
    assert (told["outcome"], told["rule"], told["movement_id"]) == ("dispute", "already-used", None)
    with reading(embedded.database) as session:
        assert session.scalars(select(Dispute.code)).all() == ["already-used"]


def test_what_the_person_at_the_desk_can_correct_is_refused(embedded: World) -> None:
    (item,) = stents(embedded, 1)
    nurse, hour = nurse_of(embedded), timedelta(hours=1)
    nurse.refused("/re-entries", line(item, at=build.NOW + hour), 422, "reentry-time")
    nurse.refused("/re-entries", line(item, at=build.NOW - 73 * hour), 422, "reentry-time")
    nurse.refused("/re-entries", line(item, used_by="nobody"), 404, "unknown-staff")
    nurse.refused("/re-entries", line(item, encounter="W-9"), 404, "unknown-encounter")
    nurse.refused("/re-entries", line(item, department="SURG"), 403, "not-your-department")
    with transaction(embedded.database) as session:
        session.merge(embedded.h.stay).admitted_at = build.NOW - hour
    nurse.refused("/re-entries", line(item), 422, "encounter-closed")


def test_a_queue_brings_no_paper(embedded: World) -> None:
    said = {"device": "PDA-1", "events": [{
        "event_id": "0192f0c4-0000-7000-8000-000000000001", "sequence": 1, "kind": "paper", "payload": {},
        "clock_at": AT.isoformat(), "previous": "0" * 64, "hash": "0" * 64,
    }]}  # fmt: skip
    is_problem(nurse_of(embedded).send("/uses/batch", said), 422, "invalid")


def test_a_costly_thing_is_booked_by_the_second_who_enters_the_same(embedded: World) -> None:
    (item,) = stents(embedded, 1)
    nurse, head = nurse_of(embedded), head_of(embedded)
    assert nurse.post("/re-entries", line(item)).get_json()["outcome"] == "first"
    nurse.refused("/re-entries", line(item), 422, "entered-by-you")
    differing = head.refused("/re-entries", line(item, encounter="W-2"), 409, "entries-differ")
    assert differing["facts"]["what"] == "patient"
    mine = head.post("/re-entries", line(item, encounter="W-2", mine=True)).get_json()
    assert (mine["outcome"], mine["movement_id"]) == ("first", None)
    head.refused("/re-entries", line(item, encounter="W-2", at=AT), 422, "entered-by-you")
    done = nurse.post("/re-entries", line(item, encounter="W-2")).get_json()
    assert done["outcome"] == "booked"
    with reading(embedded.database) as session:
        assert session.get_one(Movement, done["movement_id"]).encounter_id == embedded.h.other_stay.id
        assert offline.waiting_for_another(session, None) == 0
        assert build.problems(session) == []


def test_what_is_cheap_is_entered_once_unless_the_hospital_says_otherwise(embedded: World) -> None:
    with transaction(embedded.database) as session:
        packs = build.packs(session, embedded.h, 2, 10)
    nurse = nurse_of(embedded)
    assert nurse.post("/re-entries", line(packs[0], encounter=None)).get_json()["outcome"] == "booked"
    with transaction(embedded.database) as session:
        policies.settle(session, build.occasion(embedded.h.keeper), "reentry.double", "all")
    told = nurse.post("/re-entries", line(packs[1], encounter=None, like="another")).get_json()
    assert told["outcome"] == "first"
