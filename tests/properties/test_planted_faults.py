"""The machine finds what is wrong: each fault planted here, one at a time, makes it fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import text

from spd import accounting
from spd.accounting import Event
from spd.consumption import reverse
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.ledger import draft, store
from tests.properties.test_ledger_machine import ROUND, at_work_in

HUNT = settings(ROUND, max_examples=60, stateful_step_count=40, phases=[Phase.generate], report_multiple_bugs=False)


def never_ask_what_was_done(*_: Any) -> None:
    return None


def take_without_taking(item: Any, step: Any, head: bytes) -> Any:
    after = AFTER(item, step, head)
    return replace(after, quantity=item.quantity) if step.kind == "consume" and after.quantity else after


def post_the_other_way_round(rules: Any, event: Event, goods: Any, *, period: str) -> Any:
    turned = replace(goods, amount=-goods.amount) if event == Event.USE_WARD else goods
    return ENTRY_FOR(rules, event, turned, period=period)


def forget_the_owner(*said: Any, recalled: bool) -> Any:
    return replace(STEP_BACK(*said, recalled=recalled), to_owner_id=1)


AFTER, ENTRY_FOR, STEP_BACK = draft._after, accounting.entry_for, reverse.step_back

FAULTS: list[tuple[str, Callable[..., Any]]] = [
    ("spd.ledger.find_done", never_ask_what_was_done),
    ("spd.ledger.draft._after", take_without_taking),
    ("spd.accounting.entry_for", post_the_other_way_round),
    ("spd.consumption.reverse.step_back", forget_the_owner),
    ("spd.replenishment.money.passes_title", lambda *_: False),
]


@pytest.mark.parametrize(("place", "fault"), FAULTS, ids=[place for place, _ in FAULTS])
def test_a_planted_fault_is_found(
    place: str, fault: Callable[..., Any], new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, fault)
    with pytest.raises((AssertionError, Refusal)):  # of ours, or a refusal where none is due
        run_state_machine_as_test(at_work_in(new_database("sqlite")), settings=HUNT)


@pytest.mark.parametrize("second_guard", [True, False])
def test_a_stale_reading_is_written_only_where_both_guards_are_gone(
    second_guard: bool, new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The update asks for the version that was read; and should it not, a movement's sequence is still unique."""
    blind = store._AT_ONCE.text.replace("AND items.version = new.was", "")
    assert blind != store._AT_ONCE.text
    monkeypatch.setattr(store, "_AT_ONCE", text(blind))
    database = new_database("postgresql")
    if second_guard:
        run_state_machine_as_test(at_work_in(database), settings=settings(HUNT, max_examples=2))
        return
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE movements DROP CONSTRAINT uq_movements_sequence")
    with pytest.raises(AssertionError, match="a stale reading was written"):
        run_state_machine_as_test(at_work_in(database), settings=HUNT)
