"""Stories of counts among everything else: conserved per lot, exact in the book, whatever is counted and decided."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from spd import replenishment, stock
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.counting import Count, Reason
from spd.places import Location
from tests import build
from tests.counting.scene import Scene, scene

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["use", "carry", "count", "count", "miscount", "finish", "recount", "reverse", "second"]),
        st.integers(0, 11),
        st.integers(1, 60),
    ),
    min_size=4,
    max_size=18,
)


class Story:
    """A hospital, a count that is on, and what is really there of each thing."""

    def __init__(self, session: Session) -> None:
        h = build.hospital(session)
        self.s: Scene = scene(session, h)
        self.codes = [build.gauze(session, h, cases=2), *build.packs(session, h, 2, 25), *build.stents(session, h, 2)]
        self.places = {"STORE": h.store, "CARD-W": h.ward, "SURG-T": h.theatre}
        self.count: Count = self.s.plan(*self.places.values())
        for place in self.places.values():
            self.s.begin(self.count, place)
        self.uses: list[int] = []

    def place(self, code: str) -> Location:
        return self.places.get(stock.get_goods(self.s.session, code).location_code, self.s.h.store)

    def tell(self, name: str, pick: int, number: int) -> None:
        """One thing happens; what may not be is refused and leaves nothing behind."""
        code = self.codes[pick % len(self.codes)]
        act: dict[str, Callable[[], Any]] = {
            "use": lambda: self.use(code, number),
            "carry": lambda: self.carry(code, list(self.places)[pick % 3]),
            "count": lambda: self.s.see(self.count, self.place(code), code, self.s.quantity(code)),
            "miscount": lambda: self.s.see(self.count, self.place(code), code, number),
            "finish": lambda: self.s.finish(self.count),
            "recount": lambda: self.s.recount(self.count),
            "reverse": lambda: build.reverse(
                self.s.session, self.s.h, self.uses.pop(), occasion=self.s.occasion(self.s.h.nurse)
            ),
            "second": lambda: self.s.settle(self.count, Reason.FOUND if pick % 2 else Reason.LOST),
        }
        with suppress(Refusal, IndexError), self.s.session.begin_nested():
            act[name]()

    def carry(self, code: str, to: str) -> None:
        asked = replenishment.ToTransfer(occasion=self.s.occasion(self.s.h.nurse), items=[code], to=to)
        replenishment.transfer(self.s.session, asked)

    def use(self, code: str, number: int) -> None:
        occasion = self.s.occasion(self.s.h.nurse)
        used = build.use(
            self.s.session, self.s.h, code, quantity=min(number, self.s.quantity(code)), encounter=None,
            department="SURG" if self.place(code).code == "SURG-T" else "CARD", occasion=occasion,
        )  # fmt: skip
        self.uses.append(used.movement_id)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_through_any_story_with_counts_the_books_are_sound(
    kept_database: Callable[[str], Database], steps: list[tuple[str, int, int]]
) -> None:
    session = kept_database("sqlite").session()
    try:
        story = Story(session)
        for step in steps:
            story.tell(*step)
        assert build.problems(session) == []
        if story.count.state == "approved":
            for judged in story.s.judged(story.count):
                assert story.s.quantity(judged.subject) >= 0
    finally:
        session.rollback()
        session.close()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=STEPS)
def test_counted_as_it_is_nothing_ever_differs(
    kept_database: Callable[[str], Database], steps: list[tuple[str, int, int]]
) -> None:
    """Everything is used, carried, undone in any order, and all that is counted is counted as the ledger has it."""
    session = kept_database("sqlite").session()
    try:
        story = Story(session)
        for name, pick, number in steps:
            if name in ("use", "carry", "count"):
                story.tell(name, pick, number)
        for code in story.codes:
            if story.s.quantity(code):
                story.s.see(story.count, story.place(code), code, story.s.quantity(code))
        assert [one for one in story.s.finish(story.count) if one.difference] == []
    finally:
        session.rollback()
        session.close()
