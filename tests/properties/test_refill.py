"""Whatever lies there and whoever asks: first expired goes first, a product is listed once, never above its limit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import replenishment
from spd.catalog import Lot
from spd.core.database import Database
from spd.core.errors import Conflict, Refused
from spd.ledger import Item, ItemStateName, get_item_state
from spd.places import End
from spd.replenishment.models import WavePick
from spd.stock import fixed_quantities
from tests import build
from tests.build import Hospital
from tests.replenishment import asked

DAYS = st.one_of(st.none(), st.integers(0, 6).map(lambda n: build.TODAY + timedelta(days=30 * n)))
SHELF = st.lists(st.tuples(DAYS, st.integers(1, 3)), max_size=5)
LEVELS = st.tuples(st.integers(0, 2), st.integers(1, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))
QUIET = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


Kept = Callable[[str], tuple[Database, Hospital]]


def in_a_hospital(kept: Kept, told: Callable[[Session, Hospital], None]) -> None:
    database, there = kept("sqlite")
    session = database.session()
    try:
        told(session, build.found(session, there))
    finally:
        session.rollback()
        session.close()


def shelved(session: Session, h: Hospital, shelf: list[tuple[date | None, int]]) -> list[str]:
    return [code for day, number in shelf for code in asked.packs(session, h, number, expires=day)]


def days(session: Session, codes: list[str]) -> list[date]:
    query = select(Lot.expires_on).join(Item, Item.lot_id == Lot.id).where(Item.code.in_(codes))
    return [day or date.max for day in session.scalars(query)]


@QUIET
@given(shelf=SHELF, ward=LEVELS, theatre=LEVELS, used=st.integers(0, 3))
def test_no_later_expiry_is_proposed_while_an_earlier_usable_one_is_left(
    kept_hospital: Kept, shelf: Any, ward: Any, theatre: Any, used: int
) -> None:
    def told(session: Session, h: Hospital) -> None:
        for code in asked.packs(session, h, used, at=h.theatre) if used else []:
            build.use(session, h, code, encounter=None)
        codes = shelved(session, h, shelf)
        asked.level(session, h, lower=ward[0], upper=ward[1])
        asked.level(session, h, h.theatre, lower=theatre[0], upper=theatre[1])
        made = asked.wave(session, h)
        query = select(Item.code).join(WavePick, WavePick.item_id == Item.id)
        chosen = list(session.scalars(query.where(WavePick.wave_id == made.id)))
        left = [code for code in codes if code not in chosen]
        assert len(chosen) == len(set(chosen)) == min(len(codes), ward[1] + theatre[1])
        if chosen and left:
            assert max(days(session, chosen)) <= min(days(session, left))

    in_a_hospital(kept_hospital, told)


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["use", "ask", "card", "wave", "pick", "seal", "sign", "finish", "pack", "hold"]),
        st.integers(0, 7),
    ),
    max_size=25,
)


@QUIET
@given(acts=ACTS, limits=LEVELS)
def test_whatever_happens_a_product_is_listed_once_and_never_above_its_limit(
    kept_hospital: Kept, acts: list[tuple[str, int]], limits: tuple[int, int]
) -> None:
    def told(session: Session, h: Hospital) -> None:
        asked.level(session, h, lower=limits[0], upper=limits[1])
        story = Story(session, h)
        for act, number in acts:
            try:
                with session.begin_nested():
                    getattr(story, act)(number)
            except (Refused, Conflict):
                pass
            story.judge(limits[1])
        assert build.problems(session) == []

    in_a_hospital(kept_hospital, told)


class Story:
    """A ward that uses, asks, and is brought things, in any order."""

    def __init__(self, session: Session, h: Hospital) -> None:
        self.session, self.h = session, h
        self.made = 0
        levels = fixed_quantities.in_force(session)
        self.bin = replenishment.make_cards(session, build.occasion(h.keeper), levels)[0].code
        self.pack(4)

    def items(self, *states: str) -> list[str]:
        query = select(Item.code).where(Item.kind == "pack", Item.state.in_(states)).order_by(Item.id)
        return list(self.session.scalars(query))

    def pack(self, number: int) -> None:
        self.made += number + 1
        asked.packs(self.session, self.h, number + 1, expires=build.TODAY + timedelta(days=number * 10))

    def use(self, number: int) -> None:
        here = [code for code in self.items("available") if self.at(code) == self.h.ward.id]
        for code in here[number : number + 1]:
            build.use(self.session, self.h, code, encounter=None)

    def at(self, code: str) -> int:
        return get_item_state(self.session, code).location_id

    def hold(self, number: int) -> None:
        for code in self.items("available", "reserved", "in_transit")[number : number + 1]:
            build.hold(self.session, self.h, code)

    def ask(self, number: int) -> None:
        said = replenishment.ToAsk(
            occasion=build.occasion(self.h.nurse), location="CARD-W", product="GAUZE", packs=number + 1
        )  # fmt: skip
        replenishment.ask(self.session, said)

    def card(self, _number: int) -> None:
        replenishment.scan_card(self.session, build.occasion(self.h.nurse), self.bin)

    def wave(self, _number: int) -> None:
        asked.wave(self.session, self.h)

    def open_wave(self) -> replenishment.Wave | None:
        query = select(replenishment.Wave).where(replenishment.Wave.finished_at.is_(None))
        return self.session.scalars(query.limit(1)).first()

    def pick(self, number: int) -> None:
        made, free = self.open_wave(), self.items("available")
        if made is not None and free:
            asked.pick(self.session, self.h, made, free[number % len(free)])

    def seal(self, _number: int) -> None:
        if (made := self.open_wave()) is not None:
            asked.seal(self.session, self.h, asked.tote_of(self.session, made, self.h.ward))

    def sign(self, number: int) -> None:
        totes = list(self.session.scalars(select(replenishment.Dispatch.code).order_by(replenishment.Dispatch.id)))
        if totes:
            asked.sign(self.session, self.h, totes[number % len(totes)])

    def finish(self, _number: int) -> None:
        if (made := self.open_wave()) is not None:
            replenishment.finish(self.session, build.occasion(self.h.keeper), made)

    def judge(self, upper: int) -> None:
        needs = asked.needs(self.session)
        assert max(Counter((one.location_id, one.product_id) for one in needs).values(), default=1) == 1
        assert all(0 < one.need <= upper for one in needs)
        states = self.session.execute(select(Item.state, Item.location_id, Item.quantity).where(Item.kind == "pack"))
        rows = list(states)
        assert len(rows) == self.made
        transit = {state for state, place, _ in rows if place == End.TRANSIT}
        assert transit <= {ItemStateName.IN_TRANSIT, ItemStateName.HELD}
        assert all(quantity == (0 if state == ItemStateName.CONSUMED else 10) for state, _, quantity in rows)


@QUIET
@given(shelf=SHELF, later=SHELF, ward=LEVELS, tries=st.lists(st.integers(0, 20), min_size=1, max_size=8))
def test_under_block_no_pick_takes_a_later_expiry_while_an_earlier_usable_one_is_there(
    kept_hospital: Kept, shelf: Any, later: Any, ward: Any, tries: list[int]
) -> None:
    def told(session: Session, h: Hospital) -> None:
        asked.policy(session, h, "refill.fefo", "block")
        codes = shelved(session, h, shelf)
        asked.level(session, h, lower=ward[0], upper=ward[1])
        if not codes:
            return
        made = asked.wave(session, h)
        codes += shelved(session, h, later)  # came in after the wave was made, some of it to be used first
        for number in tries:
            code = codes[number % len(codes)]
            free = [one for one in unpromised(session, codes) if one != code]
            sooner = [day for day in days(session, free) if day < days(session, [code])[0]]
            try:
                asked.pick(session, h, made, code)
            except replenishment.FefoBreach:
                assert min(days(session, still(session, codes, code))) < days(session, [code])[0]
            except (Refused, Conflict):
                continue
            else:
                assert not sooner

    in_a_hospital(kept_hospital, told)


def still(session: Session, codes: list[str], but: str) -> list[str]:
    """The packs that lie in the store, without one."""
    there = select(Item.code).where(Item.code.in_(codes), Item.code != but, Item.state == ItemStateName.AVAILABLE)
    return list(session.scalars(there))


def unpromised(session: Session, codes: list[str]) -> list[str]:
    """The packs that can be picked, and that no pick of a wave is going to take."""
    kept = select(WavePick.item_id).where(WavePick.item_id.is_not(None), WavePick.picked_at.is_(None))
    taken = select(WavePick.picked_item_id).where(WavePick.picked_item_id.is_not(None))
    free = select(Item.code).where(Item.code.in_(codes), Item.id.not_in(kept), Item.id.not_in(taken))
    return list(session.scalars(free.where(Item.state == ItemStateName.AVAILABLE)))
