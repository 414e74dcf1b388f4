"""Stories of everything that may happen to goods: of each lot, what came is what is there and what became of the rest.

What came and went is told from what the people said and were answered; the ledger is only asked what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import disposal, packing, replenishment
from spd.catalog import Lot
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.counting import Reason
from spd.disposal import Asked, Decision, Found, Kind, ToDispose, Why
from spd.ledger import Item, ItemKind, ItemState, ItemStateName, get_item_state
from spd.places import Location
from tests import build
from tests.counting.scene import scene

ACTS = (
    "receive", "pack", "unpack", "carry", "send", "use", "undo", "hold", "give_back", "write_off", "find_again",
    "count",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(ACTS), st.integers(0, 59), st.integers(1, 40)), min_size=10, max_size=26
)  # fmt: skip


class Story:
    """A hospital at work, and of each lot what came in and what went, as people said it."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self, session: Session) -> None:
        self.session = session
        self.h = h = build.hospital(session)
        self.s = scene(session, h)
        self.places = {"STORE": h.store, "CARD-W": h.ward, "SURG-T": h.theatre}
        self.came: Counter[str] = Counter()
        self.went: Counter[str] = Counter()
        self.uses: list[tuple[int, str, int]] = []
        self.lost: dict[str, tuple[str, int]] = {}
        for cases in (1, 2):
            self.receive(0, cases)
        build.packs(session, h, 2, 25)
        build.packs(session, h, 3, 10, at=h.store)
        self.came.update(self.there() - self.came)
        self.receive(1, 1)

    # What there is

    def there(self) -> Counter[str]:
        """How much of each lot the ledger has in the hospital."""
        query = select(Lot.code, func.sum(Item.quantity)).join(Item, Item.lot_id == Lot.id).group_by(Lot.code)
        return Counter({lot: int(much) for lot, much in self.session.execute(query) if much})

    def pick(self, number: int, *kinds: ItemKind) -> ItemState:
        """One of the things; of these kinds where they are named."""
        query = select(Item.code).where(Item.quantity > 0).order_by(Item.id)
        codes = self.session.scalars(query.where(Item.kind.in_(kinds)) if kinds else query).all()
        return get_item_state(self.session, codes[number % len(codes)])

    def lot(self, item: ItemState) -> str:
        return self.session.get_one(Lot, item.lot_id).code

    def place(self, item: ItemState) -> Location:
        return self.session.get_one(Location, item.location_id)

    def tell(self, act: str, pick: int, number: int) -> None:
        """One thing is tried; what may not be is refused and leaves nothing behind."""
        came, went = self.came.copy(), self.went.copy()
        try:
            with self.session.begin_nested():
                getattr(self, act)(pick, number)
        except (Refusal, IndexError, KeyError, ZeroDivisionError):  # or nothing of the kind is there
            self.came, self.went = came, went
        else:
            self.seen[act] += 1

    # What may happen

    def receive(self, pick: int, number: int) -> None:
        if pick % 2:
            code = build.stents(self.session, self.h, 1, at=self.h.store)[0]
            self.came[self.lot(get_item_state(self.session, code))] += 1
        else:
            code = build.gauze(self.session, self.h, cases=1 + number % 3)
            self.came[self.lot(get_item_state(self.session, code))] += 50 * (1 + number % 3)

    def pack(self, pick: int, number: int) -> None:
        bulk = self.pick(pick, ItemKind.BULK)
        asked = packing.PacksAsked(
            occasion=build.occasion(self.h.keeper), sources=[bulk.code], quantity=number, count=1 + pick % 2
        )
        packing.make_packs(self.session, asked)

    def unpack(self, pick: int, number: int) -> None:
        """As a rule one that lies in the store, where alone it may be done."""
        packs = [self.pick(pick + n, ItemKind.PACK) for n in range(4)]
        pack = next((one for one in packs if one.location_id == self.h.store.id), packs[0])
        packing.unpack(self.session, packing.ToUnpack(occasion=build.occasion(self.h.keeper), items=[pack.code]))

    def carry(self, pick: int, number: int) -> None:
        build.carry(self.session, self.h, [self.pick(pick).code], list(self.places.values())[number % 3])

    def send(self, pick: int, number: int) -> None:
        """To a ward in a tote, which is signed for as a rule and sometimes stays on its way."""
        to = (self.h.ward, self.h.theatre)[number % 2]
        asked = replenishment.ToDispatch(
            occasion=build.occasion(self.h.keeper), items=[self.pick(pick).code], to=to.code
        )
        sent = replenishment.dispatch(self.session, asked)
        if number % 5:
            signing = build.occasion(self.h.nurse)
            replenishment.sign(
                self.session, replenishment.ToSign(occasion=signing, dispatch=sent.code, location=to.code)
            )

    def use(self, pick: int, number: int) -> None:
        item = self.pick(pick)
        quantity = None if item.kind == ItemKind.UNIT else min(number, item.quantity)
        department = {"CARD-W": "CARD", "SURG-T": "SURG"}.get(self.place(item).code, "LOGI")
        used = build.use(self.session, self.h, item.code, quantity=quantity, encounter=None, department=department)
        assert item.state in (ItemStateName.AVAILABLE, ItemStateName.OPEN), f"{item.state} and used"
        self.went[self.lot(item)] += used.quantity
        self.uses.append((used.movement_id, self.lot(item), used.quantity))

    def undo(self, pick: int, number: int) -> None:
        movement, lot, quantity = self.uses[pick % len(self.uses)]
        build.reverse(self.session, self.h, movement)
        self.went[lot] -= quantity

    def hold(self, pick: int, number: int) -> None:
        item = self.pick(pick)
        turned = {ItemStateName.AVAILABLE: "held", ItemStateName.HELD: "available"}[ItemStateName(item.state)]
        build.hold(self.session, self.h, item.code, turned)

    def give_back(self, pick: int, number: int) -> None:
        """Put aside to go back to its supplier, and as a rule gone."""
        item = self.pick(pick)
        quantity = min(number, item.quantity) if item.kind == ItemKind.BULK else None
        lines = [Asked(item=item.code, quantity=quantity)]
        when = build.occasion(self.h.keeper)
        asked = ToDispose(occasion=when, kind=Kind.RETURN, lines=lines, reason=Why.UNUSED)
        document = disposal.prepare(self.session, asked)[0].code
        decision = Decision(occasion=build.occasion(self.h.keeper), document=document, note="司机")
        if number % 4 == 0:
            disposal.cancel(self.session, decision)
        else:
            disposal.sign_out(self.session, decision)
            self.went[self.lot(item)] += quantity or item.quantity

    def write_off(self, pick: int, number: int) -> None:
        """Asked by one, and approved or refused by another; a person may owe for it."""
        item = self.pick(pick)
        quantity = min(number, item.quantity) if item.kind == ItemKind.BULK else None
        lines = [Asked(item=item.code, quantity=quantity)]
        when = build.occasion(self.h.keeper)
        asked = ToDispose(occasion=when, kind=Kind.WRITE_OFF, lines=lines, reason=Why.LOST)
        document = disposal.ask(self.session, asked)[0].code
        owes = self.h.keeper.code if pick % 2 else ""
        decision = Decision(occasion=build.occasion(self.h.nurse), document=document, note="同意", charged_to=owes)
        if number % 4 == 0:
            disposal.refuse(self.session, decision)
        else:
            disposal.approve(self.session, decision)
            self.went[self.lot(item)] += quantity or item.quantity
            self.lost[item.code] = (self.lot(item), quantity or item.quantity)

    def find_again(self, pick: int, number: int) -> None:
        code = list(self.lost)[pick % len(self.lost)]
        found = disposal.find_again(
            self.session, Found(occasion=build.occasion(self.h.keeper), item=code, note="在抽屉里")
        )
        lot, quantity = self.lost.pop(code)
        assert found.quantity == quantity
        self.went[lot] -= quantity

    def count(self, pick: int, number: int) -> None:
        """A place counted with all that is there, one heap of it otherwise than the ledger has it."""
        heap = self.pick(pick, ItemKind.BULK)
        place = self.place(heap)
        here = select(Item.code, Item.quantity).where(Item.location_id == place.id, Item.quantity > 0)
        count = self.s.plan(place)
        self.s.begin(count, place)
        for code, quantity in self.session.execute(here.order_by(Item.id)).all():
            self.s.see(count, place, code, number if code == heap.code else quantity)
        self.s.finish(count)
        self.s.recount(count)
        self.s.explain_all(count, Reason.FOUND if number > heap.quantity else Reason.LOST)
        self.s.approve(count, charged_to=self.h.nurse.code if pick % 2 else "")
        self.went[self.lot(heap)] += heap.quantity - number


@settings(max_examples=7, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(steps=STEPS)
def test_of_each_lot_what_came_is_there_or_its_going_was_told(
    kept_database: Callable[[str], Database], steps: list[tuple[str, int, int]]
) -> None:
    session = kept_database("sqlite").session()
    try:
        story = Story(session)
        for step in steps:
            story.tell(*step)
        left = {lot: story.came[lot] - story.went[lot] for lot in {**story.came, **story.went}}
        assert dict(story.there()) == {lot: much for lot, much in left.items() if much}
        assert build.problems(session) == []
    finally:
        session.rollback()
        session.close()


def test_every_act_was_told_in_some_story() -> None:
    """Run after the stories: what is never done is never tested."""
    if not Story.seen:
        pytest.skip("the stories are not among the tests of this run")
    assert set(Story.seen) == set(ACTS), f"never done: {set(ACTS) - set(Story.seen)}"
