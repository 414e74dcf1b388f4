"""Whatever happens, in whatever order: the ledger agrees with a second opinion after every step.

It proves itself after every third.

A run is not random: the same code is tried with the same stories, so that red means a change.
`--hypothesis-profile=deep` tries new and longer ones, makes what it finds short and prints how to repeat it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from spd.core.database import Database
from tests.properties.machine import HospitalMachine

ROUND = settings(
    stateful_step_count=30, derandomize=True, deadline=None, print_blob=True, database=None,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate],
)  # fmt: skip
DEEP = settings(ROUND, max_examples=400, stateful_step_count=80, derandomize=False, phases=list(Phase))

DONE = ("Receipt", "PacksMade", "Sent", "Signed", "Transferred", "Use", "Reversal", "repeated", "closed")


def at_work_in(database: Database) -> type[HospitalMachine]:
    return type("Machine", (HospitalMachine,), {"database": database, "seen": Counter()})


@pytest.mark.parametrize(("kind", "stories"), [("sqlite", 16), ("postgresql", 8)])
def test_whatever_happens_the_books_are_right(kind: str, stories: int, new_database: Callable[[str], Database]) -> None:
    machine = at_work_in(new_database(kind))
    deep = settings.get_current_profile_name() == "deep"
    chosen = DEEP if deep else settings(ROUND, max_examples=stories)
    run_state_machine_as_test(machine, settings=chosen)
    print(sorted(machine.seen.items()))
    assert [name for name in DONE if not machine.seen[name]] == [], "the stories never came to these"
    assert len(machine.seen.keys() - set(DONE)) >= 10, "too few kinds of refusals: the stories were too tame"
