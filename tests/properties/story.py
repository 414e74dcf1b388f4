"""This file is a story of a hospital: acts one after another, each expected to be done or to be refused."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from sqlalchemy.orm import Session

from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.occasion import Occasion
from spd.core.transaction import transaction
from tests import build
from tests.properties.books import WARDS, Thing

PLACES = ("STORE", *WARDS)
HIGH_VALUE = ("STENT", "SCREW")
CHARGEABLE = ("STENT", "SCREW", "REAGENT")
LOTS = {"L1": date(2028, 9, 30), "L2": build.TODAY + timedelta(days=12)}
picks = st.integers(0, 239)


class Story(RuleBasedStateMachine):
    """The hospital and the second opinion. `open_the_hospital` is for whoever knows what acts there are."""

    database: ClassVar[Database]
    seen: ClassVar[Counter[str]]
    """What was done and what was refused, over all stories."""

    session: ClassVar[Session]
    morning: ClassVar[dict[str, Any] | None] = None
    """The hospital as every story finds it: opened once and kept; each story's own doings are rolled back."""

    @initialize()
    def begin(self) -> None:
        kind = type(self)
        if kind.morning is None:
            with transaction(self.database) as kind.session:
                self.open_the_hospital()
            kind.morning = dict(vars(self))
        kind.session = self.database.session()
        for name in ("h", "now", "serials"):
            setattr(self, name, kind.morning[name])
        for name in ("books", "notes"):
            setattr(self, name, copy.deepcopy(kind.morning[name]))
        for name in ("totes", "uses", "acts"):
            setattr(self, name, list(kind.morning[name]))

    def teardown(self) -> None:
        if hasattr(type(self), "session"):
            self.session.rollback()
            self.session.close()

    def occasion(self, *, late: timedelta = timedelta(0)) -> Occasion:
        """The next act, a minute after the last; heard of late where it is said."""
        self.now += timedelta(minutes=1)
        return replace(build.occasion(self.h.nurse, at=self.now - late), recorded_at=self.now)

    def act(self, occasion: Occasion, do: Callable[[Occasion], Any], refusal: str | None) -> Any:
        """The answer; None where it is refused, which must be for the reason expected."""
        try:
            with self.session.begin_nested():
                answer = do(occasion)
        except Refusal as refused:
            assert all(refused.sentence(language) for language in ("zh", "en"))
            assert refused.code == refusal, f"refused as {refused}, {refusal} was expected"
            self.seen[refused.code] += 1
            return None
        assert refusal is None, f"done, though {refusal} was expected"
        self.seen[type(answer).__name__] += 1
        self.acts.append((occasion, do, answer))
        return answer

    def pick(self, number: int, fit: Callable[[Thing], bool] | None = None) -> Thing:
        """One of the things, as a rule one that is fit; one in six is any, so that everything is also tried in vain."""
        things = list(self.books.things.values())
        fitting = [thing for thing in things if (fit or self.usable)(thing)]
        among = fitting if fitting and number % 6 else things
        return among[number // 6 % len(among)]

    def some(self, numbers: Sequence[int], fit: Callable[[Thing], bool] | None = None) -> list[Thing]:
        """Several of the things, as a rule from where the first one is."""
        first = self.pick(numbers[0], fit)

        def beside(thing: Thing) -> bool:
            return (fit or self.usable)(thing) and thing.place == first.place

        return list({thing.code: thing for thing in (first, *(self.pick(n, beside) for n in numbers[1:]))}.values())

    def usable(self, thing: Thing) -> bool:
        return thing.state in ("available", "open")

    def at_hand(self, thing: Thing) -> bool:
        """Whether it lies on a ward, to be used."""
        return thing.place in WARDS and thing.state in ("available", "open")
