"""What else a queue brings: kits, uses in emergencies, what could not be scanned; and charges that came first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event as listening
from sqlalchemy import func, select, update

from scanners import Profile
from spd import devices, interceptions, offline
from spd.catalog import Lot
from spd.consumption import EmergencyUse
from spd.core.transaction import reading, transaction
from spd.devices import Device as Scanner
from spd.interceptions import Interception, report
from spd.ledger import Item, Movement, MovementKind, OutboxMessage
from spd.offline import DeviceChain, Dispute, Queued
from spd.reconciliation import ChargeUse
from spd.unscanned import Unscanned
from tests import build
from tests.api.asking import World, label
from tests.api.conftest import Hands
from tests.api.test_offline import bring, device_of, nurse_of, outcomes, stents
from tests.packing import kitting
from tests.packing.test_moving_kits import sealed, send, sign
from tests.reconciliation.given import keep, line
from tests.reconciliation.test_charged_first import charge_first


def rows(world: World, *what: Any, **by: Any) -> list[Any]:
    with reading(world.database) as session:
        return list(session.execute(select(*what)).all())


def test_what_was_used_in_an_emergency_without_network_is_on_the_list_of_the_ward(world: World, clock: Hands) -> None:
    device, codes = device_of(world), stents(world, 2)
    events = [device.write("emergency", scan=label(code), tag=tag) for code, tag in zip(codes, "AB", strict=True)]
    again = device.write("emergency", scan=label(codes[0]), tag="C")
    clock.now += timedelta(hours=3)
    assert outcomes(bring(world, *events, again)) == ["done", "done", "refused"]
    assert outcomes(bring(world, *events, again)) == ["repeated"] * 3
    listed = nurse_of(world).get("/emergency-uses", state="open").get_json()["uses"]
    assert [(one["tag"], one["state"]) for one in listed] == [("A", "open"), ("B", "open")]
    with reading(world.database) as session:
        due = session.execute(select(EmergencyUse.used_at, EmergencyUse.due_at).order_by(EmergencyUse.id)).all()
        assert [tuple(row) for row in due] == [(one.clock_at, one.clock_at + timedelta(hours=24)) for one in events]
        assert session.scalars(select(Dispute.code)).all() == ["already-recorded"]


def test_what_came_through_online_before_its_answer_was_lost_is_on_the_list_once(embedded: World) -> None:
    device, code = device_of(embedded), stents(embedded, 1)[0]
    event = device.write("emergency", scan=label(code), tag="A")
    nurse = nurse_of(embedded)
    said = {"scan": label(code), "tag": "A", "request_key": str(event.event_id)}
    assert nurse.send("/emergency-uses", said).status_code == 201
    bring(embedded, event, who=nurse)
    assert len(nurse.get("/emergency-uses").get_json()["uses"]) == 1


def test_a_tap_without_network_is_a_report_of_its_ward_and_gains_the_item(embedded: World) -> None:
    device, code = device_of(embedded), stents(embedded, 1)[0]
    tap = device.write("unable", reason="damaged", page="bedside")
    typed = device.write("unable", reason="damaged", page="bedside", code=label(code), report=str(tap.event_id))
    other = device.write("unable", reason="scanner", page="bedside", code="W-1")
    assert outcomes(bring(embedded, tap, typed, other)) == ["done"] * 3
    assert outcomes(bring(embedded, other, tap)) == ["repeated"] * 2
    found = rows(embedded, Unscanned.reason, Unscanned.role, Unscanned.department_id, Unscanned.item_id)
    item = rows(embedded, Item.id.label("id"), Item.code)
    number = next(row.id for row in item if row.code == code)
    ward = embedded.h.cardiology.id
    assert found == [("damaged", "storekeeper", ward, number), ("scanner", "system_admin", ward, None)]


def test_a_tap_is_of_the_ward_where_the_device_is(embedded: World) -> None:
    nurse = nurse_of(embedded)
    assert nurse.post("/unscanned", {"reason": "missing", "ward": "SURG"}).status_code == 201
    keeper = embedded.asking("storekeeper")
    assert keeper.post("/unscanned", {"reason": "missing", "ward": "SURG"}).status_code == 201
    assert keeper.post("/unscanned", {"reason": "missing"}).status_code == 201
    assert keeper.post("/unscanned", {"reason": "missing", "code": "\ud800"}).status_code == 422
    wards = [row.department_id for row in rows(embedded, Unscanned.department_id)]
    assert wards == [embedded.h.cardiology.id, embedded.h.surgery.id, None]


def test_a_kit_used_without_network_is_opened_and_charged_thing_by_thing(embedded: World) -> None:
    device = device_of(embedded)
    with transaction(embedded.database) as session:
        kit = sealed(session, embedded.h)
        sign(session, embedded.h, send(session, embedded.h, kit.code).code)
    event = device.use(kit.code, encounter="W-1")
    assert outcomes(bring(embedded, event)) == ["done"]
    assert outcomes(bring(embedded, event)) == ["repeated"]
    with reading(embedded.database) as session:
        used = session.scalars(
            select(Item.code).join(Movement, Movement.item_id == Item.id).where(Movement.kind == MovementKind.CONSUME)
        )
        assert sorted(used) == sorted(kit.items)


def test_a_kit_in_which_a_rule_finds_two_things_holds_up_no_queue(embedded: World) -> None:
    device, h, events = device_of(embedded), embedded.h, []
    with transaction(embedded.database) as session:
        recipe, soon = kitting.of_stents(session, h), build.TODAY.replace(day=20)
        for kind in ("A", "B"):
            labels = [build.scan(build.STENT_DI, lot="SOON", serial=f"{kind}{n}", expires_on=soon) for n in (1, 2)]
            codes = build.receive(session, h, build.note(session, h, h.stents, ("STENT", 2), code=f"N-{kind}"), *labels)
            kit = kitting.assemble(session, h, recipe, codes)
            build.move_to(session, h, list(kit.items), h.ward)
            urgent = kind == "A"
            events.append(
                device.write("emergency", scan=kit.code, tag="A") if urgent else device.use(kit.code, encounter="W-1")
            )
    assert outcomes(bring(embedded, *events)) == ["done", "done"]
    found = rows(embedded, Interception.rule, Interception.movement_id)
    assert [row.rule for row in found] == ["near-expiry"] * 4
    assert len({row.movement_id for row in found}) == 4


def test_what_a_device_stopped_by_itself_is_kept_as_caught_and_books_nothing(embedded: World, clock: Hands) -> None:
    device, (one, other) = device_of(embedded), stents(embedded, 2)
    events = [
        device.write("caught", scan=label(one), rule="expired", encounter="W-1"),
        device.write("caught", scan=label(other), rule="latex-conflict", patient="no token"),
        device.write("caught", scan="NO-SUCH-THING", rule="recalled"),
        device.use(label(other), encounter="W-1"),
    ]
    clock.now += timedelta(hours=1)
    assert outcomes(bring(embedded, *events)) == ["done"] * 4
    assert outcomes(bring(embedded, *events)) == ["repeated"] * 4
    kept = [Interception.rule, Interception.outcome, Interception.severity, Item.code, Interception.encounter_id]
    with reading(embedded.database) as session:
        query = select(*kept).outerjoin(Item, Item.id == Interception.item_id).order_by(Interception.id)
        found = [tuple(row) for row in session.execute(query)]
        fates = session.scalars(select(report.fate()).select_from(Interception).order_by(Interception.id)).all()
    assert fates == ["replaced", "used_after", "untraced"]
    assert found == [
        ("expired-implant", "block", 4, one, embedded.h.stay.id), ("latex-conflict", "override", 3, other, None),
        ("recalled", "block", 4, None, None),
    ]  # fmt: skip
    assert used_codes(embedded) == [other]


def test_what_the_database_does_not_take_is_a_dispute_and_holds_up_nobody(world: World) -> None:
    device, (one, other) = device_of(world), stents(world, 2)
    events = device.use(label(one), encounter="W-1"), device.use(label(other), encounter="W-1")
    with transaction(world.database) as session:
        session.execute(update(Lot).values(expires_on=build.TODAY + timedelta(days=9)))
        when = replace(build.occasion(world.h.nurse), request_key=events[0].event_id)
        interceptions.keep(
            session, when, interceptions.Caught(rule="near-expiry", outcome="warn", severity=1, about={})
        )
    told = bring(world, *events)["verdicts"]
    assert [(row["verdict"], row["code"]) for row in told] == [("refused", "event-unclear"), ("done", "")]
    assert used_codes(world) == [other]


def test_half_a_character_is_a_dispute_and_holds_up_nobody(embedded: World) -> None:
    device, code = device_of(embedded), stents(embedded, 1)[0]
    events = device.use("\ud800" + label(code), encounter="W-1"), device.use(label(code), encounter="W-1")
    told = bring(embedded, *events)["verdicts"]
    assert [(one["verdict"], one["code"]) for one in told] == [("refused", "event-unclear"), ("done", "")]
    assert [row.scanned for row in rows(embedded, Dispute.scanned)] == ["\ufffd" + label(code)]


def test_a_kit_opened_in_an_emergency_without_network_is_on_the_list_thing_by_thing(embedded: World) -> None:
    device = device_of(embedded)
    with transaction(embedded.database) as session:
        kit = sealed(session, embedded.h)
        sign(session, embedded.h, send(session, embedded.h, kit.code).code)
    event = device.write("emergency", scan=kit.code, tag="B")
    assert outcomes(bring(embedded, event)) == ["done"]
    assert outcomes(bring(embedded, event)) == ["repeated"]
    assert sorted(used_codes(embedded)) == sorted(kit.items)
    query = select(Item.code, EmergencyUse.tag).join(Movement, Movement.id == EmergencyUse.movement_id)
    with reading(embedded.database) as session:
        listed = session.execute(query.join(Item, Item.id == Movement.item_id)).all()
    assert listed
    assert {row.tag for row in listed} == {"B"}
    assert {row.code for row in listed} <= set(kit.items)


def charged_twice(world: World, *, first: int) -> tuple[list[str], int, int]:
    """Verdicts on two uses of what HIS charged `first` of before; how many it is told to charge, how many confirmed."""
    device, codes = device_of(world), stents(world, 2)
    with transaction(world.database) as session:
        charge_first(session, world.h)
        keep(session, world.h, line(world.h, quantity=first, at=build.NOW - timedelta(minutes=5)))
    events: list[Queued] = [device.use(label(code), encounter="W-1") for code in codes]
    verdicts = outcomes(bring(world, *events))
    with reading(world.database) as session:
        told = session.scalar(select(func.count()).where(OutboxMessage.topic == "charge")) or 0
        linked = session.scalar(select(func.coalesce(func.sum(ChargeUse.quantity), 0))) or 0
    return verdicts, told, linked


def test_a_ward_that_charges_first_is_not_charged_again_for_what_comes_later(embedded: World) -> None:
    assert charged_twice(embedded, first=1) == (["done", "done"], 1, 1)


def test_a_code_is_read_by_the_habits_of_the_scanner_that_read_it(embedded: World) -> None:
    device, (one, other, third) = device_of(embedded), stents(embedded, 3)
    with transaction(embedded.database) as session:
        for name in ("GUN-1", "GUN-2"):
            devices.settle(session, Profile(name=name, separators=("|",), prefix="~"))
        session.execute(update(Scanner).where(Scanner.code == "GUN-1").values(passed_at=build.NOW))
    events = [
        device.use("~" + label(code).replace("\x1d", "|"), encounter="W-1", **scanner)
        for code, scanner in ((one, {"scanner": "GUN-1"}), (other, {}), (third, {"scanner": "GUN-2"}))
    ]
    told = bring(embedded, *events)["verdicts"]
    assert [row["verdict"] for row in told] == ["done", "refused", "refused"]
    assert told[2]["code"] == "device-unfit"  # it has not passed the test card
    assert used_codes(embedded) == [one]


def used_codes(world: World) -> list[str]:
    query = select(Item.code).join(Movement, Movement.item_id == Item.id)
    with reading(world.database) as session:
        return list(session.scalars(query.where(Movement.kind == MovementKind.CONSUME)))


def test_a_batch_asks_no_more_of_a_device_that_has_served_for_long(embedded: World) -> None:
    device, nurse = device_of(embedded), nurse_of(embedded)

    def asked() -> int:
        events, said = [device.use(label(code), encounter="W-1") for code in stents(embedded, 10)], list[str]()

        def note(*about: Any) -> None:
            said.append(about[2])

        listening.listen(embedded.database.engine, "before_cursor_execute", note)
        assert set(outcomes(bring(embedded, *events, who=nurse))) == {"done"}
        listening.remove(embedded.database.engine, "before_cursor_execute", note)
        return sum("device_events" in one and one.lstrip().startswith("SELECT") for one in said)

    assert [asked() for _ in range(3)] == [1, 1, 1]  # what waits behind a gap, of all devices
    with reading(embedded.database) as session:
        assert offline.problems(session) == []
        assert session.scalar(select(DeviceChain.judged_through)) == 30


def test_an_event_that_was_passed_over_is_found(embedded: World) -> None:
    device = device_of(embedded)
    one, _, three = (device.use(label(code), encounter="W-1") for code in stents(embedded, 3))
    assert outcomes(bring(embedded, one, three)) == ["done", "waiting"]
    with reading(embedded.database) as session:
        assert offline.problems(session) == []
    with transaction(embedded.database) as session:
        session.execute(update(DeviceChain).values(judged_through=3))
    with reading(embedded.database) as session:
        (problem,) = offline.problems(session)
    assert "judged beyond it" in problem.says
    with transaction(embedded.database) as session:
        session.execute(update(DeviceChain).values(judged_through=1))
