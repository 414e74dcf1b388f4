"""This file is the demo's bedside of the last days: what was caught there, whose patient nobody knew, what HIS has."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select, update

from spd import charging, consumption, interceptions
from spd.catalog import Product
from spd.charging import OutboxEvent
from spd.consumption import Approval, AssignReason, OverrideReason, ToAssign, UseScanned
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.demo.world import Place, Stay, World
from spd.interceptions import Caught
from spd.ledger import Item, ItemStateName, Movement, MovementKind, OutboxMessage
from spd.places import Location
from spd.stock import use_rules

_TAKES = timedelta(seconds=20)
"""How long HIS takes to have a message."""


def happen(world: World) -> None:
    """All of it, in the order in which it is looked at."""
    _caught(world)
    _emergencies(world)
    _told_his(world)


def _caught(world: World) -> None:
    """Near misses of the last days: used before, on hold, another ward's, a patient who left; one let pass by two."""
    wards = [place for place in world.places if place.department in world.stays and place.beds]
    for number, place in enumerate(wards):
        at = world.at(world.today - timedelta(days=1 + number % 9), 10 + number % 5, 5 * number % 60)
        stays = world.stays_open(place.department, at)
        gone = [stay for stay in world.stays[place.department] if stay.discharged_at and stay.discharged_at < at]
        if not stays:
            continue
        if number % 3 == 0:
            _again(world, place, stays[0], at)
        if number % 3 == 1 and gone:
            _scan(world, place, _lying(world, place, at)[:1], gone[-1], at)
        if number % 3 == 2:
            other = wards[number - 1]
            _scan(world, place, _lying(world, other, at)[:1], None, at, mine=place.department_id)
        _scan(world, place, _held(world, place)[:1], stays[-1], at + timedelta(minutes=7))
    _let_pass(world, wards)


def _again(world: World, place: Place, stay: Stay, at: datetime) -> None:
    """What was used before, scanned on another patient; and on the same one, which is no alarm."""
    query = (
        select(Item.code)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.kind == MovementKind.CONSUME))
        .where(Movement.department_id == place.department_id, Movement.encounter_id.is_not(None))
        .where(Item.state == ItemStateName.CONSUMED)
        .order_by(Movement.id.desc())
    )
    _scan(world, place, list(world.session.scalars(query.limit(1))), stay, at)


def _let_pass(world: World, wards: list[Place]) -> None:
    """A patient of another ward, let pass by a second person after both had checked."""
    at = world.now - timedelta(hours=5)
    place, other = wards[0], wards[1]
    stays, there = world.stays_open(other.department, at), _lying(world, place, at)[-1:]
    _scan(world, place, there, stays[0] if stays else None, at)
    rules = frozenset({"patient-elsewhere"})
    second = Approval(staff_id=world.staff["quality"], reason=OverrideReason.CHECKED, rules=rules)
    _scan(world, place, there, stays[0] if stays else None, at + timedelta(minutes=2), second=second)


def _lying(world: World, place: Place, before: datetime) -> list[str]:
    """Sealed things of a place that patients pay for, and that nobody has moved since."""
    later = select(Movement.id).where(Movement.item_id == Item.id, Movement.recorded_at >= before).exists()
    query = (
        select(Item.code)
        .join(Location, Location.id == Item.location_id)
        .join(Product, Product.id == Item.product_id)
        .where(Location.code == place.location, Item.state == ItemStateName.AVAILABLE, Item.quantity > 1)
        .where(Product.chargeable, ~later)
        .order_by(Item.id)
    )
    return list(world.session.scalars(query))


def _held(world: World, place: Place) -> list[str]:
    query = (
        select(Item.code)
        .join(Location, Location.id == Item.location_id)
        .where(Location.code == place.location, Item.state == ItemStateName.HELD, Item.quantity > 0)
    )
    return list(world.session.scalars(query.order_by(Item.id)))


def _scan(
    world: World, place: Place, items: list[str], stay: Stay | None, at: datetime, *, mine: int | None = None,
    second: Approval | None = None,
) -> None:  # fmt: skip
    """A scan at the bedside, with what it caught."""
    for code in items:
        when = _occasion(world, place, at)
        use = UseScanned(
            occasion=when, item=code, encounter=stay.code if stay else None, quantity=1, raw_scan=code.encode(),
            departments=None if mine is None else frozenset({mine}), approval=second,
        )  # fmt: skip
        try:
            done = consumption.record_use(world.session, use)
        except Refusal as error:
            _keep(world, when, error)
        else:
            interceptions.note(world.session, when, done.noted, done.about, movement_id=done.movement_id)


def _keep(world: World, when: Occasion, error: Refusal) -> None:
    rule = str(error.about.get("rule", error.code))
    weight = use_rules.weight(rule)
    if weight is not None:
        outcome = str(error.about.get("outcome", weight[0].value))
        caught = Caught(rule=rule, outcome=outcome, severity=weight[1].value, about=error.about)
        interceptions.keep(world.session, when, caught)


def _occasion(world: World, place: Place, at: datetime) -> Occasion:
    return world.occasion(place.nurse_id, at, f"pda-{place.department.lower()}")


def _emergencies(world: World) -> None:
    """Three unknown patients: one known since, one of this morning, one for too long."""
    for place in world.places:
        if place.profile != "emergency":
            continue
        for tag, hours, known in (("A", 29, True), ("B", 27, False), ("C", 2, False)):
            at = world.now - timedelta(hours=hours)
            numbers = [_in_emergency(world, place, code, tag, at) for code in _lying(world, place, at)[:2]]
            stays = world.stays_open(place.department, at)
            if known and stays and numbers:
                told = ToAssign(
                    occasion=_occasion(world, place, at + timedelta(hours=1)), encounter=stays[0].code,
                    uses=[one for one in numbers if one is not None], reason=AssignReason.IDENTIFIED,
                )  # fmt: skip
                consumption.assign(world.session, told)


def _in_emergency(world: World, place: Place, code: str, tag: str, at: datetime) -> int | None:
    use = UseScanned(occasion=_occasion(world, place, at), item=code, quantity=2, raw_scan=code.encode())
    return consumption.use_in_emergency(world.session, use, tag).number


def _told_his(world: World) -> None:
    """HIS has what is older than an hour; one message it has refused, for people to look at."""
    until = world.now - timedelta(hours=1)
    query = (
        select(OutboxMessage.id, OutboxMessage.created_at, OutboxMessage.topic)
        .where(OutboxMessage.topic.in_(charging.TOPICS), OutboxMessage.created_at < until)
        .order_by(OutboxMessage.id)
    )
    rows = world.session.execute(query).all()
    refused = next((row for row in reversed(rows) if row.topic == "charge" and not _credited(world, row.id)), None)
    sent = [row for row in rows if refused is None or row.id != refused.id]
    events = [{"message_id": row.id, "at": row.created_at + _TAKES, "kind": "sent", "detail": ""} for row in sent]
    for start in range(0, len(events), 1000):
        world.session.execute(insert(OutboxEvent), events[start : start + 1000])
    world.session.execute(
        update(OutboxMessage),
        [{"id": row.id, "sent_at": row.created_at + _TAKES, "attempts": 1} for row in sent],
    )
    if refused is not None:
        why, at = "HIS: 收费项目已停用", refused.created_at + _TAKES
        world.session.execute(
            insert(OutboxEvent), [{"message_id": refused.id, "at": at, "kind": "refused", "detail": why}]
        )
        dead = {"dead_at": at, "attempts": 1, "trouble": why}
        world.session.execute(update(OutboxMessage).where(OutboxMessage.id == refused.id).values(dead))


def _credited(world: World, message: int) -> bool:
    undone = (
        select(Movement.id)
        .join(OutboxMessage, OutboxMessage.movement_id == Movement.reverses_id)
        .where(OutboxMessage.id == message)
    )
    return world.session.scalar(undone.limit(1)) is not None
