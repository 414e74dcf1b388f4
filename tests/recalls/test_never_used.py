"""Whatever is done after a recall is opened, nothing it means is used, sent, packed or received."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import packing, recalls, replenishment
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.ledger import Item, Movement, MovementKind
from spd.places import Location
from spd.recalls import Meant, Recall
from spd.replenishment.models import Dispatch
from tests import build
from tests.build import GAUZE_CASE_DI, STENT_DI, Hospital
from tests.recalls import acting

ACTS = ("receive", "receive_gauze", "pack", "use", "use_part", "dispatch", "sign", "carry", "reverse", "hold", "finish")
Act = tuple[str, int]


def stories() -> st.SearchStrategy[tuple[list[Act], list[Act]]]:
    """Acts before a recall is opened, and acts after it."""
    acts = st.tuples(st.sampled_from(ACTS[:9]), st.integers(0, 30))
    return st.tuples(
        st.lists(acts, min_size=4, max_size=12),
        st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 30)), min_size=4, max_size=20),
    )


class Story:
    """A hospital in which acts are tried, by chance; what is refused is refused."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.h: Hospital = build.hospital(session)
        self.serial = 0
        self.recall: Recall | None = None

    def attempt(self, act: Act) -> None:
        with suppress(Refusal, IndexError), self.session.begin_nested():
            getattr(self, act[0])(act[1])

    def _item(self, number: int) -> str:
        return list(self.session.scalars(select(Item.code).order_by(Item.id)))[number]

    def _place(self, number: int) -> Location:
        return (self.h.store, self.h.ward, self.h.theatre)[number % 3]

    def _arrive(self, product: str, scan: Scan, quantity: int) -> None:
        supplier = self.h.stents if product == "STENT" else self.h.gauzes
        note = build.note(self.session, self.h, supplier, (product, quantity))
        build.receive(self.session, self.h, note, scan)

    def receive(self, number: int) -> None:
        self.serial += 1
        self._arrive("STENT", build.scan(STENT_DI, lot=f"L{number % 3}", serial=f"S{self.serial}"), 1)

    def receive_gauze(self, number: int) -> None:
        self._arrive("GAUZE", build.scan(GAUZE_CASE_DI, lot=f"G{number % 2}"), 50)

    def pack(self, number: int) -> None:
        asked = packing.PacksAsked(occasion=build.occasion(self.h.keeper), sources=[self._item(number)], quantity=20)
        packing.make_packs(self.session, asked)

    def use(self, number: int) -> None:
        build.use(self.session, self.h, self._item(number))

    def use_part(self, number: int) -> None:
        build.use(self.session, self.h, self._item(number), quantity=1)

    def dispatch(self, number: int) -> None:
        to = self._place(number).code
        asked = replenishment.ToDispatch(occasion=build.occasion(self.h.keeper), items=[self._item(number)], to=to)
        replenishment.dispatch(self.session, asked)

    def sign(self, number: int) -> None:
        totes = list(self.session.scalars(select(Dispatch).order_by(Dispatch.id)))
        place = self.session.get_one(Location, totes[number % len(totes)].to_location_id) if totes else self.h.ward
        code = totes[number % len(totes)].code if totes else "none"
        replenishment.sign(
            self.session,
            replenishment.ToSign(occasion=build.occasion(self.h.nurse), dispatch=code, location=place.code),
        )

    def carry(self, number: int) -> None:
        build.carry(self.session, self.h, [self._item(number)], self._place(number + 1))

    def reverse(self, number: int) -> None:
        uses = list(self.session.scalars(select(Movement.id).where(Movement.kind == MovementKind.CONSUME)))
        build.reverse(self.session, self.h, uses[number])

    def hold(self, number: int) -> None:
        """Only some of what is left is held: the work goes part by part."""
        assert self.recall is not None
        left = recalls.unheld(self.session, self.recall)[: number % 4]
        if left:
            recalls.hold(self.session, build.occasion(self.h.keeper), self.recall, left)

    def finish(self, _number: int) -> None:
        assert self.recall is not None
        acting.hold_all(self.session, self.h, self.recall)

    def moved(self) -> dict[str, int]:
        """What was used, sent, packed or received so far of what the recall means, by kind of movement."""
        assert self.recall is not None
        recalls.match(self.session, self.recall, at=build.NOW)
        listed = recalls.listed(self.recall)
        query = (
            select(Movement.kind, func.count())
            .join(listed, listed.c.item_id == Movement.item_id)
            .where(Movement.kind.in_(("consume", "dispatch", "pack", "receive")))
            .group_by(Movement.kind)
        )
        return dict(self.session.execute(query).all())


MEANT: list[Callable[[], list[Meant]]] = [
    lambda: [Meant(product="STENT", lots="L1..L2")],
    lambda: [Meant(product="STENT", serials="S1..S4"), Meant(product="GAUZE", lots="G0")],
    lambda: [Meant(product="GAUZE"), Meant(product="STENT", lots="L0")],
]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories(), which=st.integers(0, 2))
def test_no_story_reaches_use_of_what_is_recalled(
    kept_database: Callable[[str], Database], story: tuple[list[Act], list[Act]], which: int
) -> None:
    session = kept_database("sqlite").session()
    try:
        told = Story(session)
        before, after = story
        for act in before:
            told.attempt(act)
        told.recall = acting.opened(session, told.h, *MEANT[which](), hold=False)
        stood = told.moved()
        for act in after:
            told.attempt(act)
            assert told.moved() == stood, act
        acting.hold_all(session, told.h, told.recall)
        assert [one.ties for one in recalls.tie_out(session, told.recall)] == [True] * len(MEANT[which]())
        assert build.problems(session) == []
    finally:
        session.rollback()
        session.close()


def test_the_acts_of_the_stories_can_do_harm(session: Session) -> None:
    """So that the property cannot hold for want of anything done."""
    told = Story(session)
    for act in [("receive", 1), ("receive_gauze", 0), ("pack", 1), ("dispatch", 1), ("sign", 0), ("use_part", 1)]:
        told.attempt(act)
    kinds = set(session.scalars(select(Movement.kind)))
    assert {"receive", "dispatch", "deliver", "consume", "pack"} <= kinds
