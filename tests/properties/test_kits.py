"""Whatever is done with kits and what is in them, a kit's things are where the kit is, or they are in none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import consumption, packing, replenishment
from spd.core.errors import Conflict, NotFound, Refused
from spd.ledger import ItemStateName, Movement, MovementKind, get_item_state
from spd.places import Location
from spd.replenishment import trouble
from spd.replenishment.models import Dispatch
from spd.stock import kits
from spd.stock.holds import HoldReason, Why, open_holds, place, release
from tests import build
from tests.build import Hospital
from tests.packing.kitting import recipe, things
from tests.properties.test_refill import QUIET, Kept, in_a_hospital

ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["seal", "send", "send", "send piece", "sign", "sign piece", "carry", "carry piece", "back", "back",
             "back piece", "hold", "release", "open", "apart", "use kit", "use piece", "undo"]
        ),
        st.integers(0, 5),
        st.integers(0, 2),
    ),
    min_size=12,
    max_size=24,
)  # fmt: skip


class Story:
    """Two kits and loose things of the same kinds, and people who scan whatever they like."""

    def __init__(self, session: Session, h: Hospital) -> None:
        self.session, self.h, self.recipe = session, h, recipe(session, h)
        self.loose = [things(session, h) for _ in range(2)]
        self.pieces = [code for pair in self.loose for code in pair]
        self.kits: list[str] = []
        self.at = build.NOW

    def act(self, act: str, number: int, to: int) -> None:
        """One act, a minute after the last; what the rules refuse is not done."""
        self.at += timedelta(minutes=1)
        with suppress(Refused, Conflict, NotFound), self.session.begin_nested():
            getattr(self, "_" + act.split(maxsplit=1)[0])(number, self._place(to), self._said(act, number))
            self.session.flush()

    def _place(self, to: int) -> Location:
        return (self.h.store, self.h.ward, self.h.theatre)[to]

    def _said(self, act: str, number: int) -> str:
        said = self.pieces if act.endswith("piece") or act in ("hold", "release") else self.kits or self.pieces
        return said[number % len(said)]

    def _seal(self, number: int, _to: Location, _said: str) -> None:
        asked = packing.KitAsked(
            occasion=build.occasion(self.h.keeper, at=self.at), recipe=self.recipe, items=self.loose[number % 2]
        )
        self.kits.append(packing.assemble(self.session, asked).code)

    def _send(self, _number: int, to: Location, said: str) -> None:
        when = build.occasion(self.h.keeper, at=self.at)
        replenishment.dispatch(self.session, replenishment.ToDispatch(occasion=when, items=[said], to=to.code))

    def _sign(self, number: int, _to: Location, said: str) -> None:
        totes = list(self.session.scalars(select(Dispatch).order_by(Dispatch.id.desc())))
        tote = totes[number % len(totes)] if totes else None
        if tote is None:
            return
        place = self.session.get_one(Location, tote.to_location_id)
        signing = replenishment.ToSign(
            occasion=build.occasion(self.h.nurse, at=self.at), dispatch=tote.code, location=place.code,
            items=[said] if number % 2 else (),
        )  # fmt: skip
        replenishment.sign(self.session, signing)

    def _carry(self, _number: int, to: Location, said: str) -> None:
        when = build.occasion(self.h.nurse, at=self.at)
        replenishment.transfer(self.session, replenishment.ToTransfer(occasion=when, items=[said], to=to.code))

    def _back(self, _number: int, _to: Location, said: str) -> None:
        when = build.occasion(self.h.keeper, at=self.at)
        asked = replenishment.ToBringBack(occasion=when, items=[said], to=self.h.store.code)
        replenishment.bring_back(self.session, asked)

    def _hold(self, _number: int, _to: Location, said: str) -> None:
        item = get_item_state(self.session, said)
        place(self.session, build.occasion(self.h.keeper, at=self.at), [item], Why(reason=HoldReason.OTHER))

    def _release(self, _number: int, _to: Location, said: str) -> None:
        held = open_holds(self.session, [get_item_state(self.session, said).id])
        release(self.session, build.occasion(self.h.keeper, at=self.at), held, note="ok")

    def _open(self, _number: int, _to: Location, said: str) -> None:
        packing.end(self.session, build.occasion(self.h.keeper, at=self.at), said, opened=True)

    def _apart(self, _number: int, _to: Location, said: str) -> None:
        packing.end(self.session, build.occasion(self.h.keeper, at=self.at), said, opened=False)

    def _use(self, _number: int, _to: Location, said: str) -> None:
        when = build.occasion(self.h.nurse, at=self.at)
        scanned = consumption.UseScanned(occasion=when, item=said, encounter=self.h.stay.code)
        if said in self.kits:
            consumption.use_kit(self.session, scanned)
        else:
            consumption.record_use(self.session, scanned)

    def _undo(self, number: int, _to: Location, _said: str) -> None:
        used = list(self.session.scalars(select(Movement.id).where(Movement.kind == MovementKind.CONSUME)))
        if not used:
            return
        asked = consumption.ReversalAsked(
            occasion=build.occasion(self.h.nurse, at=self.at), movement_id=used[number % len(used)], reason="mis-scan"
        )
        consumption.reverse_use(self.session, asked)


def told_by(acts: list[tuple[str, int, int]]) -> Callable[[Session, Hospital], None]:
    """A story that begins with a sealed kit, and the proof at its end."""

    def told(session: Session, h: Hospital) -> None:
        story = Story(session, h)
        story.act("seal", 0, 0)
        for act, number, to in acts:
            story.act(act, number, to)
        assert build.problems(session) == []

    return told


@settings(QUIET, max_examples=12, phases=[Phase.generate])
@given(acts=ACTS)
def test_whatever_happens_a_kits_things_are_where_the_kit_is(
    kept_hospital: Kept, acts: list[tuple[str, int, int]]
) -> None:
    in_a_hospital(kept_hospital, told_by(acts))


@pytest.mark.parametrize("fault", ["a part of it goes by itself", "what comes back is free"])
def test_the_stories_find_a_planted_fault(kept_hospital: Kept, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    if fault == "a part of it goes by itself":
        monkeypatch.setattr(kits, "refuse_parts", lambda *_said: None)
    else:
        real = trouble._back
        monkeypatch.setattr(
            trouble, "_back", lambda one, place, _state, entry: real(one, place, ItemStateName.AVAILABLE, entry)
        )

    @settings(QUIET, max_examples=500, phases=[Phase.generate], database=None)  # it ends with the first that finds it
    @given(acts=ACTS)
    def stories(acts: list[tuple[str, int, int]]) -> None:
        in_a_hospital(kept_hospital, told_by(acts))

    with pytest.raises(AssertionError):
        stories()
