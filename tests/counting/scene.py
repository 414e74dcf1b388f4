"""This file is builders of stocktakes: a count planned, somebody who counts, somebody who decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import counting
from spd.core.occasion import Occasion
from spd.counting import Approved, Count, CountKind, Explained, Finding, Judged, Reason, Recorded
from spd.ledger import Item, Movement
from spd.places import Location
from spd.staff import Grant, Staff
from tests import build
from tests.build import Hospital

LATER = build.NOW + timedelta(hours=1)
"""When counts begin: the goods have lain there for an hour."""


@dataclass
class Scene:
    """A hospital with people who count; each act is a minute after the last."""

    session: Session
    h: Hospital
    checker: Staff
    second: Staff
    chief: Staff
    now: datetime = LATER

    def occasion(self, who: Staff, *, at: datetime | None = None, late: timedelta = timedelta(0)) -> Occasion:
        """The next act, a minute after the last; heard of so much later."""
        self.now += timedelta(minutes=1)
        happened = at or self.now
        act = build.occasion(who, at=happened + late)
        return Occasion(**(vars(act) | {"occurred_at": happened}))

    def plan(self, *places: Location, kind: CountKind = CountKind.LOCATION, **more: Any) -> Count:
        """A count of these places."""
        asked = counting.ToCount(
            occasion=self.occasion(self.chief), kind=kind, locations=[place.code for place in places], **more
        )
        return counting.plan(self.session, asked)

    def begin(self, count: Count, place: Location, who: Staff | None = None) -> None:
        """Somebody scans the label of a place."""
        said = counting.At(occasion=self.occasion(who or self.checker), count=count.code, location=place.code)
        counting.go_over(self.session, said)

    def see(
        self, count: Count, place: Location, item: str | Scan, quantity: int | None = None, *,
        who: Staff | None = None, at: datetime | None = None, late: timedelta = timedelta(0), **more: Any,
    ) -> Recorded:  # fmt: skip
        """Somebody scans a thing there, and keys in how many."""
        occasion = self.occasion(who or self.checker, at=at, late=late)
        said = counting.Seen(
            occasion=occasion, count=count.code, location=place.code, item=item, quantity=quantity, **more
        )
        return counting.record(self.session, said)

    def finish(self, count: Count, **more: Any) -> list[Judged]:
        """Counting is over; what differs."""
        counting.finish(self.session, self.occasion(self.checker), count.code, **more)
        return self.differences(count)

    def judged(self, count: Count) -> list[Judged]:
        return counting.judge(self.session, count, on=build.TODAY)

    def differences(self, count: Count) -> list[Judged]:
        return counting.to_settle(self.judged(count))

    def one(self, count: Count, code: str) -> Judged:
        return next(judged for judged in self.judged(count) if judged.subject == code)

    def explain(self, count: Count, subject: str, reason: Reason = Reason.LOST, note: str = "") -> None:
        said = [Explained(subject=subject, reason=reason, note=note)]
        counting.explain(self.session, self.occasion(self.chief), count.code, said)

    def recount(self, count: Count) -> None:
        """Whatever is to be counted again is, by another person and to the same end."""
        for judged in self.judged(count):
            if judged.recount:
                place = self.session.get_one(Location, judged.location_id)
                there = max(0, self.quantity(judged.subject) + judged.difference)
                self.see(count, place, judged.subject, there, who=self.second)

    def explain_all(self, count: Count, reason: Reason = Reason.LOST) -> None:
        for judged in self.differences(count):
            if judged.difference:
                self.explain(count, judged.subject, reason)

    def settle(self, count: Count, reason: Reason = Reason.LOST) -> Approved:
        """Differences are counted again, everything gets the reason, the chief approves."""
        self.recount(count)
        self.explain_all(count, reason)
        return self.approve(count)

    def approve(self, count: Count, who: Staff | None = None, **more: Any) -> Approved:
        asked = counting.ToApprove(occasion=self.occasion(who or self.chief), count=count.code, **more)
        return counting.approve(self.session, asked)

    def quantity(self, code: str) -> int:
        return self.session.scalars(select(Item.quantity).where(Item.code == code)).one()

    def last(self, code: str) -> Movement:
        query = select(Movement).join(Item, Item.id == Movement.item_id).where(Item.code == code)
        return self.session.scalars(query.order_by(Movement.sequence.desc()).limit(1)).one()


def scene(session: Session, h: Hospital) -> Scene:
    """Quality counts, finance counts a second time, the head of quality decides."""
    people = [
        Staff(code=code, name=name)
        for code, name in (("count-qa", "质控"), ("count-fin", "财务"), ("count-chief", "主任"))
    ]
    session.add_all(people)
    session.flush()  # their numbers go into the grants
    roles = ("quality", "finance", "quality")
    session.add_all(Grant(staff_id=one.id, role=role) for one, role in zip(people, roles, strict=True))
    session.flush()  # they are asked for by number
    return Scene(session, h, *people)


def counts_of(s: Scene, place: Location) -> dict[str, str]:
    """A count of a place at each step: planned, on, in review with a code nobody knows, approved."""
    codes = {"planned": s.plan(place).code}
    on = s.plan(place, products=["SCREW"])
    s.begin(on, place)
    review = s.plan(place, products=["SCREW"])
    line = s.see(review, place, "SOMETHING-ELSE")
    s.finish(review)
    approved = s.plan(place, products=["SCREW"])
    s.begin(approved, place)
    s.finish(approved)
    s.approve(approved)
    return codes | {
        "on": on.code, "review": review.code, "approved": approved.code, "unknown": f"?{line.line_id}",
    }  # fmt: skip


__all__ = ["LATER", "Finding", "Scene", "counts_of", "scene"]
