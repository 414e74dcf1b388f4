"""This file is the demo's stocktakes: one decided and closed, one in review, one being counted, and what is due."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import counting, policies
from spd.counting import Count, CountKind, Explained, Reason
from spd.demo.world import World
from spd.ledger import Item
from spd.places import Location
from spd.stock import abc


def take_stock(world: World) -> None:
    """The counts of the last days, each with a little to see; and the classes of the calendar."""
    abc.classify(world.session, on=world.today, shares_permille=policies.get(world.session, "count.abc_permille"))
    closed = _counted(world, "RESP-K", world.now - timedelta(minutes=25), loose=-2)
    _decide(world, closed, world.now - timedelta(minutes=14))
    _counted(world, "ORMA-K", world.now - timedelta(minutes=11), leave=1)
    _begun(world, "GENS-K", world.now - timedelta(minutes=3))


def _plan(world: World, place: str, at: datetime) -> Count:
    occasion = world.occasion(world.staff["quality"], at, "desk-quality")
    asked = counting.ToCount(occasion=occasion, kind=CountKind.LOCATION, locations=[place])
    return counting.plan(world.session, asked)


def _counted(world: World, place: str, at: datetime, *, loose: int = 0, leave: int = 0) -> Count:
    """A place counted by the accountant: loose goods off by a little once, the last few things not found."""
    count = _plan(world, place, at)
    begun = world.occasion(world.staff["finance"], at + timedelta(seconds=20), "pda-finance")
    counting.go_over(world.session, counting.At(occasion=begun, count=count.code, location=place))
    things = _things(world.session, place)
    off = loose
    for number, item in enumerate(things[: len(things) - leave]):
        is_loose = item.kind == "bulk" or item.state == "open"
        quantity = max(0, item.quantity + off) if is_loose else None
        off = 0 if is_loose else off
        _see(world, count, place, item.code, quantity, at + timedelta(seconds=30 + 5 * number))
    finished = at + timedelta(minutes=10)
    counting.finish(world.session, world.occasion(world.staff["finance"], finished, "pda-finance"), count.code)
    return count


def _see(world: World, count: Count, place: str, item: str, quantity: int | None, at: datetime) -> None:
    occasion = world.occasion(world.staff["finance"], at, "pda-finance")
    seen = counting.Seen(occasion=occasion, count=count.code, location=place, item=item, quantity=quantity)
    counting.record(world.session, seen)


def _decide(world: World, count: Count, at: datetime) -> None:
    """Counted again by the storekeeper to the same end, explained and approved by quality."""
    session, day = world.session, at.astimezone(world.zone).date()
    for number, judged in enumerate(counting.judge(session, count, on=day)):
        if judged.recount:
            place = session.get_one(Location, judged.location_id).code
            now = session.scalars(select(Item.quantity).where(Item.code == judged.subject)).one()
            again = world.occasion(world.staff["keeper"], at + timedelta(seconds=5 * number), "pda-keeper")
            there = max(0, now + judged.difference)
            counting.record(
                session,
                counting.Seen(occasion=again, count=count.code, location=place, item=judged.subject, quantity=there),
            )
    later = at + timedelta(minutes=2)
    off = [one.subject for one in counting.judge(session, count, on=day) if one.difference]
    quality = world.staff["quality"]
    if off:
        said = [Explained(subject=one, reason=Reason.NOT_SCANNED) for one in off]
        counting.explain(session, world.occasion(quality, later, "desk-quality"), count.code, said)
    asked = counting.ToApprove(occasion=world.occasion(quality, later, "desk-quality"), count=count.code)
    counting.approve(session, asked)
    counting.close(session, world.occasion(quality, later, "desk-quality"), count.code)


def _begun(world: World, place: str, at: datetime) -> None:
    count = _plan(world, place, at)
    for number, item in enumerate(_things(world.session, place)[:4]):
        is_loose = item.kind == "bulk" or item.state == "open"
        quantity = item.quantity if is_loose else None
        _see(world, count, place, item.code, quantity, at + timedelta(seconds=20 + 20 * number))


def _things(session: Session, place: str) -> list[Item]:
    """What lies at a place by the book, in the order of its shelves."""
    query = select(Item).join(Location, Location.id == Item.location_id).where(Location.code == place)
    return list(session.scalars(query.where(Item.quantity > 0).order_by(Item.product_id, Item.id)))
