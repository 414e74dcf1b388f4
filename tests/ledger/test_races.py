"""Several at once, each in a transaction of its own: nothing is used twice, and each is told the right thing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.transaction import reading, transaction
from spd.ledger import verify
from tests import build
from tests.build import Hospital

CLIENTS = 6


def all_at_once(database: Database, act: Callable[[Session, int], Any], clients: int = CLIENTS) -> list[Any]:
    """What each client got: an answer, or a refusal."""
    ready = Barrier(clients)

    def one(number: int) -> Any:
        ready.wait()
        try:
            with transaction(database) as session:
                return act(session, number)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(one, range(clients)))


def prepared(database: Database, prepare: Callable[[Session, Hospital], Any]) -> tuple[Hospital, Any]:
    with transaction(database) as session:
        h = build.hospital(session)
        return h, prepare(session, h)


def sound(database: Database) -> bool:
    with reading(database) as session:
        return verify.problems(session) == []


def test_many_who_use_one_item_use_it_once(database: Database) -> None:
    h, codes = prepared(database, build.stents)
    answers = all_at_once(database, lambda session, _: build.use(session, h, codes[0]))
    told = Counter(answer.code if isinstance(answer, Refusal) else "used" for answer in answers)
    assert told["used"] == 1
    assert set(told) <= {"used", "moved", "already-recorded"}
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(ledger.Movement.kind == "consume")) == 1
    assert sound(database)


def test_one_who_sends_a_use_many_times_at_once_has_one_answer_on_asking_again(database: Database) -> None:
    h, codes = prepared(database, build.stents)
    occasion = build.occasion(h.nurse)

    def use(session: Session, _: int) -> Any:
        return build.use(session, h, codes[0], occasion=occasion)

    first = all_at_once(database, use)
    again = all_at_once(database, use)
    assert {answer.code for answer in first if isinstance(answer, Refusal)} <= {"racing", "already-recorded"}
    assert len({answer.movement_id for answer in [*first, *again] if not isinstance(answer, Refusal)}) == 1
    assert all(answer.repeated for answer in again)
    assert sound(database)


def test_many_who_take_from_one_bulk_take_no_more_than_there_is(database: Database) -> None:
    h, code = prepared(database, build.gauze)

    def take_ten(session: Session, _: int) -> Any:
        return build.use(session, h, code, encounter=None, department="CARD", quantity=10)

    taken = 0
    for _ in range(3):
        answers = all_at_once(database, take_ten)
        taken += sum(not isinstance(answer, Refusal) for answer in answers)
    with reading(database) as session:
        assert ledger.get_item_state(session, code).quantity == 50 - 10 * taken
    assert 3 <= taken <= 5
    assert sound(database)


def test_many_who_undo_one_use_undo_it_once(database: Database) -> None:
    h, use = prepared(database, lambda session, h: build.use(session, h, build.stents(session, h)[0]))
    answers = all_at_once(database, lambda session, _: build.reverse(session, h, use.movement_id))
    told = Counter(answer.code if isinstance(answer, Refusal) else "undone" for answer in answers)
    assert told["undone"] == 1
    assert set(told) <= {"undone", "moved", "already-reversed", "moved-since"}
    assert sound(database)


def test_two_who_move_the_same_items_in_opposite_order_do_not_wait_for_each_other_for_ever(database: Database) -> None:
    h, codes = prepared(database, lambda session, h: build.stents(session, h, 20))

    def carry(session: Session, number: int) -> Any:
        order = codes if number % 2 else codes[::-1]
        draft = ledger.Draft(session, build.occasion(h.nurse))
        for code in order:
            item = ledger.get_item_state(session, code)
            draft.move(
                item,
                ledger.Step(
                    kind=ledger.MovementKind.TRANSFER, quantity=1, state_after=item.state,
                    from_location_id=item.location_id, to_location_id=h.theatre.id if number % 2 else h.ward.id,
                    from_owner_id=item.owner_id, to_owner_id=item.owner_id,
                ),
            )  # fmt: skip
        return draft.write()

    answers = all_at_once(database, carry)
    assert any(isinstance(answer, list) for answer in answers)
    assert all(isinstance(answer, list | ledger.Moved) for answer in answers)
    assert sound(database)


def test_numbers_are_never_given_twice_though_acts_fail(database: Database) -> None:
    """What a failed act had taken is left unused, or used by another; no two rows share a number."""
    h, codes = prepared(database, lambda session, h: build.stents(session, h, 4))
    for number in range(12):
        with pytest.raises(ZeroDivisionError), transaction(database) as session:
            build.use(session, h, codes[number % 4])
            raise ZeroDivisionError
    for code in codes:
        with transaction(database) as session:
            build.use(session, h, code)
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(ledger.Movement.kind == "consume")) == 4
    assert sound(database)


def test_another_process_on_the_same_database_gets_other_numbers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    h, codes = prepared(database, lambda session, h: build.stents(session, h, 2))
    with transaction(database) as session:
        build.use(session, h, codes[0])
    monkeypatch.setattr("spd.ledger.numbering.os.getpid", lambda: -1)  # as a forked worker would see itself
    with transaction(database) as session:
        build.use(session, h, codes[1])
    assert sound(database)


def test_a_month_being_closed_waits_for_those_who_write_and_refuses_those_who_come_late(database: Database) -> None:
    h, codes = prepared(database, lambda session, h: build.stents(session, h, CLIENTS))
    april = build.NOW.replace(month=4)

    def close_or_use(session: Session, number: int) -> Any:
        if number == 0:
            return ledger.close_period(session, build.occasion(h.keeper, at=april), "2026-03")
        return build.use(session, h, codes[number])

    answers = all_at_once(database, close_or_use)
    assert isinstance(answers[0], ledger.PeriodStep)
    assert all(not isinstance(answer, Refusal) or answer.code == "period-closed" for answer in answers)
    assert sound(database)
