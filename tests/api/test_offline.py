"""A device's queue over HTTP: every event once in any order, conflicts kept as disputes, gaps told, snapshots."""

from __future__ import annotations

import json
import random
import threading
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event as listening
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import queued, queued_known
from api.actor import _signer
from api.snapshots import key_of
from spd import counting, encounters, offline, recalls, replenishment
from spd.catalog import Lot
from spd.core.transaction import reading, transaction
from spd.counting import CountKind, CountPass
from spd.encounters import EventKind, Told
from spd.interceptions import Interception
from spd.ledger import Item, Movement, MovementKind
from spd.offline import DeviceEvent, Dispute, EventVerdict, Queued, digest
from spd.recalls import Meant
from spd.staff import Grant, Staff
from tests import build
from tests.api.asking import Caller, World, is_problem, label
from tests.api.conftest import Hands
from tests.offline.device import Device, sent
from tests.recalls import acting
from tests.replenishment.asked import policy


def nurse_of(world: World) -> Caller:
    return world.asking("nurse", world.h.cardiology)


def stents(world: World, number: int) -> list[str]:
    with transaction(world.database) as session:
        return build.stents(session, world.h, number)


def device_of(world: World, name: str = "PDA-1") -> Device:
    """A device with the nurse of the builders on, who may use things in cardiology."""
    with transaction(world.database) as session:
        held = select(Grant.id).where(Grant.staff_id == world.h.nurse.id)
        if session.scalar(held) is None:
            session.add(Grant(staff_id=world.h.nurse.id, role="nurse", department_id=world.h.cardiology.id))
    return Device(name, world.h.nurse.id)


def on(world: World) -> str:
    """The token of who is on, as a snapshot gives it."""
    with world.app.app_context():
        return str(_signer().dumps(world.h.nurse.id))


def bring(world: World, *events: Queued, device: str = "PDA-1", who: Caller | None = None) -> dict[str, Any]:
    actor = on(world)
    said = {"device": device, "ward": "CARD", "events": [sent(one, actor=actor) for one in events]}
    answer = (who or nurse_of(world)).send("/uses/batch", said)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def outcomes(told: dict[str, Any]) -> list[str]:
    return [one["verdict"] for one in told["verdicts"]]


def used(world: World) -> int:
    with reading(world.database) as session:
        query = select(func.count()).where(Movement.kind == MovementKind.CONSUME)
        return session.scalar(query) or 0


def test_a_queue_is_booked_by_whom_and_when_it_was_done(world: World, clock: Hands) -> None:
    device, codes = device_of(world), stents(world, 3)
    device.offset_ms = 90_000  # its clock is behind ours
    events = [device.use(label(code), encounter="W-1") for code in codes]
    clock.now += timedelta(hours=5)
    told = bring(world, *events)
    assert outcomes(told) == ["done"] * 3
    assert told["missing"] == []
    with reading(world.database) as session:
        rows = session.execute(
            select(Movement.staff_id, Movement.occurred_at, Movement.device).where(
                Movement.kind == MovementKind.CONSUME
            )
        ).all()
    assert {row.staff_id for row in rows} == {world.h.nurse.id}
    assert [row.occurred_at for row in rows] == [one.clock_at + timedelta(seconds=90) for one in events]
    assert {row.device for row in rows} == {"PDA-1"}


def test_repeated_and_reordered_batches_make_one_ledger(embedded: World) -> None:
    chance, device = random.Random(7), device_of(embedded)
    events = [device.use(label(code), encounter="W-1") for code in stents(embedded, 6)]
    events.append(device.use(events[0].payload["scan"], encounter="W-2"))  # somebody scans a used one again
    for _ in range(8):
        some = chance.sample(events, chance.randint(1, 7))
        bring(embedded, *some)
    bring(embedded, *chance.sample(events, 7))
    assert used(embedded) == 6
    with reading(embedded.database) as session:
        assert session.scalar(select(func.count()).select_from(DeviceEvent)) == 7
        assert session.scalars(select(Dispute.code)).all() == ["already-used"]
        order = session.scalars(select(DeviceEvent.sequence).join(EventVerdict).order_by(EventVerdict.id)).all()
    assert order == sorted(order)
    before = embedded.books()
    assert set(outcomes(bring(embedded, *reversed(events)))) == {"repeated"}
    assert embedded.books() == before


def behind_a_refusal(world: World) -> list[str]:
    """The verdicts on a batch whose second event is refused."""
    device, (one, other) = device_of(world), stents(world, 2)
    said = [device.use(label(code), encounter="W-1") for code in (one, one, other)]
    return outcomes(bring(world, *said))


def test_what_is_behind_a_refusal_is_judged_with_it(embedded: World) -> None:
    assert behind_a_refusal(embedded) == ["done", "refused", "done"]


def stop_at_the_first_refusal(
    session: Session, chain: offline.DeviceChain, at: datetime, *said: Any
) -> list[offline.DeviceEvent]:
    ready = offline.ready(session, chain, at, *said[:1])
    for event in ready:
        if error := queued._refusal_of(session, event, queued_known.known_of(session, ready), at):
            offline.dispute(session, event, error, at)
            chain.judged_through = event.sequence
            break
        offline.done(session, [event], at)
    return []


def test_a_batch_that_stops_at_its_first_refusal_is_found(embedded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault that the test before is for."""
    with monkeypatch.context() as planted:
        planted.setattr(queued, "judge_ready", stop_at_the_first_refusal)
        assert behind_a_refusal(embedded) == ["done", "refused", "waiting"]
    bring(embedded)


def test_two_devices_race_for_one_item(world: World) -> None:
    code = stents(world, 1)[0]
    devices = [device_of(world, f"PDA-{number}") for number in (1, 2)]
    events = [device.use(label(code), encounter=f"W-{number}") for number, device in enumerate(devices, 1)]
    told: list[str] = []

    def run(event: Queued) -> None:
        told.extend(outcomes(bring(world, event, device=event.device)))

    threads = [threading.Thread(target=run, args=(event,)) for event in events]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["done", "refused"]
    assert used(world) == 1
    with reading(world.database) as session:
        assert session.scalars(select(Dispute.state)).all() == ["open"]


@pytest.mark.parametrize(
    ("state", "code"),
    [("recalled", "recalled"), ("expired", "expired"), ("held", "held"), ("left", "encounter-closed")],
)
def test_what_the_rules_refuse_is_kept(embedded: World, state: str, code: str) -> None:
    device, item = device_of(embedded), stents(embedded, 1)[0]
    event = device.use(label(item), encounter="W-1")
    with transaction(embedded.database) as session:
        if state == "left":
            stay = session.get_one(type(embedded.h.stay), embedded.h.stay.id)
            stay.discharged_at = build.NOW - timedelta(hours=1)
        elif state == "held":
            build.hold(session, embedded.h, item)
        else:
            lot = session.get_one(Lot, session.scalars(select(Item.lot_id).where(Item.code == item)).one())
            lot.expires_on = date(2026, 2, 1) if state == "expired" else lot.expires_on
            lot.denied = json.dumps({"R-1": {"serials": [], "but": []}}) if state == "recalled" else ""
    told = bring(embedded, event)["verdicts"][0]
    assert (told["verdict"], told["code"]) == ("refused", code)
    assert told["detail"]
    assert used(embedded) == 0
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    (row,) = head.get("/disputes", state="open").get_json()["disputes"]
    assert (row["id"], row["scanned"], row["staff"]) == (told["dispute"], label(item), "nurse")


def test_a_gap_is_told_and_what_is_behind_it_waits_for_it(embedded: World, clock: Hands) -> None:
    device = device_of(embedded)
    one, two, three = (device.use(label(code), encounter="W-1") for code in stents(embedded, 3))
    told = bring(embedded, one, three)
    assert (outcomes(told), told["missing"]) == (["done", "waiting"], [2])
    clock.now += timedelta(minutes=1)
    assert outcomes(bring(embedded, three)) == ["waiting"]
    told = bring(embedded, two)
    assert (outcomes(told), told["missing"]) == (["done"], [])
    assert outcomes(bring(embedded, three)) == ["repeated"]
    assert used(embedded) == 3


def test_after_a_while_nobody_waits_for_what_is_missing(embedded: World, clock: Hands) -> None:
    device = device_of(embedded)
    one, two, three = (device.use(label(code), encounter="W-1") for code in stents(embedded, 3))
    bring(embedded, one, three)
    clock.now += timedelta(minutes=11)
    told = bring(embedded, three)
    assert (outcomes(told), told["missing"]) == (["done"], [2])
    assert outcomes(bring(embedded, two)) == ["done"]  # it came after all
    assert bring(embedded)["missing"] == []


def test_what_a_dead_device_left_waiting_is_judged_when_another_one_comes(embedded: World, clock: Hands) -> None:
    dead, other = device_of(embedded), device_of(embedded, "PDA-2")
    one, _lost, three = (dead.use(label(code), encounter="W-1") for code in stents(embedded, 3))
    assert outcomes(bring(embedded, one, three)) == ["done", "waiting"]
    clock.now += timedelta(minutes=9)
    bring(embedded, device="PDA-2")
    assert used(embedded) == 1
    clock.now += timedelta(minutes=2)
    bring(embedded, other.use(label(stents(embedded, 1)[0]), encounter="W-1"), device="PDA-2")
    assert used(embedded) == 3
    assert bring(embedded)["missing"] == [2]


def test_a_missing_event_is_called_lost_and_the_rest_is_judged_at_once(embedded: World) -> None:
    device = device_of(embedded)
    device.use(label(stents(embedded, 1)[0]))
    second = device.use(label(stents(embedded, 1)[0]), encounter="W-1")
    assert outcomes(bring(embedded, second)) == ["waiting"]
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    lost = {"device": "PDA-1", "sequence": 1, "reason": "the device was run over"}
    assert head.post("/device-gaps/lost", lost).status_code == 201
    assert used(embedded) == 1
    assert head.get("/device-gaps").get_json()["gaps"] == []
    is_problem(head.post("/device-gaps/lost", lost | {"sequence": 9}), 404, "unknown-gap")


def test_an_event_that_was_changed_on_the_way_is_not_booked(embedded: World) -> None:
    device, (mine, other) = device_of(embedded), stents(embedded, 2)
    forged = replace(device.use(label(mine), encounter="W-1"), payload={"scan": label(other), "encounter": "W-2"})
    assert digest(forged) != forged.hash
    told = bring(embedded, forged)["verdicts"][0]
    assert (told["verdict"], told["code"], told["flags"]) == ("refused", "chain-broken", ["chain"])
    assert used(embedded) == 0


def test_one_id_with_other_content_does_nothing(embedded: World) -> None:
    device, (mine, other) = device_of(embedded), stents(embedded, 2)
    first = device.use(label(mine), encounter="W-1")
    bring(embedded, first)
    said = replace(first, payload={"scan": label(other), "encounter": "W-1"})
    told = bring(embedded, replace(said, hash=digest(said)))["verdicts"][0]
    assert (told["verdict"], told["code"], told["dispute"]) == ("refused", "key-reused", None)
    assert used(embedded) == 1


def test_what_was_done_online_before_its_answer_was_lost_is_not_done_again(embedded: World) -> None:
    code = stents(embedded, 1)[0]
    with reading(embedded.database) as session:
        nurse = session.get_one(Staff, embedded.h.nurse.id)
    device = device_of(embedded)
    event = device.use(label(code), encounter="W-1")
    with transaction(embedded.database) as session:
        build.use(session, embedded.h, code, encounter="E-1", occasion=build.occasion(nurse, key=event.event_id))
    assert outcomes(bring(embedded, event)) == ["done"]
    assert used(embedded) == 1


def test_old_events_are_taken_and_flagged(embedded: World) -> None:
    device = device_of(embedded)
    device.now -= timedelta(hours=73)
    with transaction(embedded.database) as session:
        (code,) = build.packs(session, embedded.h, 1)
    event = device.use(code)
    told = bring(embedded, event)["verdicts"][0]
    assert (told["verdict"], told["flags"]) == ("done", ["late"])


def test_who_may_no_longer_do_it_is_asked_about(embedded: World) -> None:
    device = device_of(embedded)
    event = device.use(label(stents(embedded, 1)[0]), encounter="W-1")
    with transaction(embedded.database) as session:
        session.get_one(Staff, embedded.h.nurse.id).disabled = True
    told = bring(embedded, event)["verdicts"][0]
    assert (told["verdict"], told["code"]) == ("refused", "person-left")


def test_a_dispute_is_resolved_once_with_its_reason_by_its_own_ward(embedded: World) -> None:
    device, item = device_of(embedded), stents(embedded, 1)[0]
    bring(embedded, device.use(label(item), encounter="W-1"))
    number = bring(embedded, device.use(label(item), encounter="W-2"))["verdicts"][0]["dispute"]
    head = embedded.asking("head_nurse", embedded.h.cardiology)
    stranger = embedded.asking("head_nurse", embedded.h.surgery)
    said = {"request_key": str(uuid4()), "resolution": "wrong_scan", "reason": "scanned the empty box"}
    is_problem(stranger.post(f"/disputes/{number}/resolve", said), 404, "unknown-dispute")
    assert head.post(f"/disputes/{number}/own").get_json()["state"] == "open"
    first = head.post(f"/disputes/{number}/resolve", said)
    assert first.get_json() == {"id": number, "state": "resolved", "resolution": "wrong_scan"}
    assert head.post(f"/disputes/{number}/resolve", said).get_json() == first.get_json()
    is_problem(head.post(f"/disputes/{number}/resolve", said | {"request_key": str(uuid4())}), 409, "dispute-resolved")


def test_a_snapshot_says_what_is_there_and_nothing_that_can_be_read_of_patients(embedded: World) -> None:
    with transaction(embedded.database) as session:
        good, second, third, bad = build.packs(session, embedded.h, 4)
        build.hold(session, embedded.h, bad)
        merge = Told(message="M", kind=EventKind.MERGE, encounter="E-2", survivor="E-1", occurred_at=build.NOW)
        encounters.record(session, build.occasion(embedded.h.keeper), [merge])
    nurse = nurse_of(embedded)
    answer = nurse.get("/wards/CARD/snapshot")
    told = answer.get_json()
    salt = bytes.fromhex(told["salt"])
    assert [one["keys"] for one in told["patients"]] == [[key_of(salt, "W-1")], [key_of(salt, "E-1")]]
    assert told["gone"] == [key_of(salt, "W-2"), key_of(salt, "E-2")]
    text = json.dumps(told)
    assert good not in text
    assert "W-1" not in text
    assert "E-1" not in text
    assert [one["reason"] for one in told["denied"]] == ["held"]
    assert len(told["items"]) == 4
    device, (band, number) = device_of(embedded), [one["token"] for one in told["patients"]]
    events = [device.use(code, patient=of) for code, of in ((good, band), (second, number), (third, number))]
    assert outcomes(bring(embedded, *events)) == ["done"] * 3
    with reading(embedded.database) as session:  # which was scanned is kept, once for the scan of the number
        kept = session.execute(select(Interception.rule, Interception.outcome, Interception.severity, Item.code)
                               .join(Item, Item.id == Interception.item_id)).all()  # fmt: skip
    assert [tuple(one) for one in kept] == [("number-for-wristband", "warn", 2, second)]
    again = embedded.app.test_client().get(
        "/api/v1/wards/CARD/snapshot", headers=nurse.headers | {"If-None-Match": f'"{told["tag"]}"'}
    )
    assert again.status_code == 200  # something was used
    is_problem(embedded.asking("nurse", embedded.h.surgery).get("/wards/CARD/snapshot"), 403, "not-allowed")


def test_a_snapshot_tells_every_recall_in_force_whatever_the_ward_holds(embedded: World) -> None:
    with transaction(embedded.database) as session:
        elsewhere, spared = build.stents(session, embedded.h, 2, at=embedded.h.theatre)
        recall = acting.opened(session, embedded.h, Meant(product="STENT", lots="L1, R9..R11"))
        when = build.occasion(embedded.h.nurse)
        recalls.let_go(session, when, recall.code, [spared], "另一批次")
    told = nurse_of(embedded).get("/wards/CARD/snapshot").get_json()
    salt = bytes.fromhex(told["salt"])
    assert told["recalls"] == {
        "targets": [
            {
                "dis": [build.STENT_DI], "lots": [["L1", "L1"], ["R9", "R11"]], "serials": [],
                "produced": [None, None], "expires": [None, None],
            }
        ],
        "held": [key_of(salt, elsewhere)],
        "spared": [key_of(salt, spared)],
    }  # fmt: skip


def test_a_snapshot_is_sent_once_while_nothing_changes(embedded: World) -> None:
    nurse = nurse_of(embedded)
    tag = nurse.get("/wards/CARD/snapshot").headers["ETag"]
    client = embedded.app.test_client()
    again = client.get("/api/v1/wards/CARD/snapshot", headers=nurse.headers | {"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_ten_scans_are_one_transaction(embedded: World) -> None:
    device = device_of(embedded)
    events = [device.use(label(code), encounter="W-1") for code in stents(embedded, 20)]
    nurse, commits = nurse_of(embedded), []
    listening.listen(embedded.database.engine, "commit", commits.append)
    bring(embedded, *events, who=nurse)
    with reading(embedded.database) as session:
        assert session.scalar(select(func.count()).select_from(EventVerdict)) == 20
        assert session.scalar(select(func.count()).where(Item.state == "consumed")) == 20
    assert len(commits) == 2


def test_that_a_code_was_typed_is_kept_with_its_use(embedded: World) -> None:
    device, codes = device_of(embedded), stents(embedded, 2)
    typed = device.use(label(codes[0]), encounter="W-1", entered="keyed", reason="damaged")
    bring(embedded, typed, device.use(label(codes[1]), encounter="W-1", entered="scanned"))
    with reading(embedded.database) as session:
        devices = select(Item.code, Movement.device).join(Item, Item.id == Movement.item_id)
        told = session.execute(devices.where(Movement.kind == MovementKind.CONSUME)).all()
    assert {row.code: row.device for row in told} == {codes[0]: "PDA-1 keyed:damaged", codes[1]: "PDA-1"}


def test_a_dispute_is_of_the_ward_where_its_event_was_done(embedded: World) -> None:
    device, item = device_of(embedded), stents(embedded, 1)[0]
    with transaction(embedded.database) as session:
        session.add(Grant(staff_id=embedded.h.nurse.id, role="nurse", department_id=embedded.h.surgery.id))
    events = [device.use(label(item), encounter="W-1") for _ in range(3)]
    actor = on(embedded)
    said = [sent(one, actor=actor, ward=ward) for one, ward in zip(events, ("CARD", "CARD", "SURG"), strict=True)]
    both = embedded.asking("nurse", embedded.h.cardiology)
    with transaction(embedded.database) as session:
        mine = session.scalars(select(Grant).order_by(Grant.id.desc())).first()
        assert mine is not None
        session.add(Grant(staff_id=mine.staff_id, role="nurse", department_id=embedded.h.surgery.id))
    told = both.send("/uses/batch", {"device": "PDA-1", "ward": "CARD", "events": said}).get_json()
    assert outcomes(told) == ["done", "refused", "refused"]
    with reading(embedded.database) as session:
        wards = session.scalars(select(Dispute.department_id).order_by(Dispute.id)).all()
    assert wards == [embedded.h.cardiology.id, embedded.h.surgery.id]


def in_a_tote(world: World, number: int) -> tuple[str, list[str]]:
    """A tote on its way to the ward, and what is in it."""
    with transaction(world.database) as session:
        codes = build.packs(session, world.h, number, at=world.h.store)
        asked = replenishment.ToDispatch(occasion=build.occasion(world.h.keeper), items=codes, to="CARD-W")
        return replenishment.dispatch(session, asked).code, codes


def test_a_snapshot_tells_what_waits_at_the_ward_and_which_tote_takes_a_password(embedded: World) -> None:
    tote, codes = in_a_tote(embedded, 2)
    with transaction(embedded.database) as session:
        asked = counting.ToCount(
            occasion=build.occasion(embedded.h.keeper), kind=CountKind.LOCATION, locations=["CARD-W"], title="夜查"
        )
        count = counting.plan(session, asked).code
    nurse = nurse_of(embedded)
    told = nurse.get("/wards/CARD/snapshot").get_json()
    salt = bytes.fromhex(told["salt"])
    here = [key_of(salt, "CARD-W"), key_of(salt, "L-CARD")]
    assert [one["keys"] for one in told["places"]] == [here]
    assert [(one["code"], one["proof"], one["place"]["keys"]) for one in told["totes"]] == [(tote, False, here)]
    assert {one["key"] for one in told["totes"][0]["things"]} == {key_of(salt, code) for code in codes}
    assert [(one["code"], one["title"], one["places"][0]["keys"]) for one in told["counts"]] == [(count, "夜查", here)]
    with transaction(embedded.database) as session:
        policy(session, embedded.h, "sign.badge_value", 1)
    assert nurse.get("/wards/CARD/snapshot").get_json()["totes"][0]["proof"] is True
    bring(embedded, device_of(embedded).write("sign", dispatch=tote, location="CARD-W", items=codes[:1]))
    with reading(embedded.database) as session:  # whatever a device let pass, the server asks
        assert session.scalars(select(Dispute.code)).all() == ["pin-needed"]


def test_a_tote_is_signed_for_in_part_and_its_rest_is_missing(embedded: World) -> None:
    tote, codes = in_a_tote(embedded, 3)
    device = device_of(embedded)
    some = device.write("sign", dispatch=tote, location="L-CARD", items=codes[:2])
    rest = device.write("sign", dispatch=tote, location="L-CARD", missing=True)
    assert outcomes(bring(embedded, some, rest)) == ["done", "done"]
    assert outcomes(bring(embedded, some, rest)) == ["repeated", "repeated"]
    with reading(embedded.database) as session:
        query = select(Item.code, Item.state).where(Item.code.in_(codes))
        state = {row.code: row.state for row in session.execute(query)}
        assert [state[code] for code in codes] == ["available", "available", "in_transit"]
    trouble = embedded.asking("storekeeper").get("/dispatches/trouble").get_json()["items"]
    assert [(one["item"], one["why"]) for one in trouble] == [(codes[2], "missing")]


def test_a_place_where_nothing_lies_is_gone_over_too(embedded: World) -> None:
    with transaction(embedded.database) as session:
        policy(session, embedded.h, "count.custodian_may_count", "always")
        asked = counting.ToCount(
            occasion=build.occasion(embedded.h.keeper), kind=CountKind.LOCATION, locations=["CARD-W"]
        )
        count = counting.plan(session, asked).code
    told = bring(embedded, device_of(embedded).write("count", count=count, location="L-CARD"))
    assert outcomes(told) == ["done"], told
    with reading(embedded.database) as session:
        assert session.scalars(select(CountPass.location_id)).all() == [embedded.h.ward.id]
