"""Trace codes: a case brings in its boxes; what comes in or is sold twice raises an alarm; a return resets."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core.database import Database
from spd.core.transaction import transaction
from spd.exchange.imports import import_table
from spd.exchange.tables import read
from spd.ledger import KeyReused
from spd.trace_codes import (
    Act,
    Answer,
    Done,
    TraceCode,
    UnknownAlarm,
    act,
    open_alarms,
    resolve,
    sold_under,
    what_holds,
)
from tests import build
from tests.build import Hospital

CASE, BOX, OTHER = "81000000000000000001", "81000000000000000010", "81000000000000000011"
PIECES = [f"8100000000000000010{n}" for n in range(4)]
TABLE = (
    "code,parent\n"
    + f"{BOX},{CASE}\n{OTHER},{CASE}\n{CASE},\n"
    + "".join(f"{piece},{BOX if n < 2 else OTHER}\n" for n, piece in enumerate(PIECES))
)


@pytest.fixture
def packed(session: Session, h: Hospital) -> Hospital:
    report = import_table(session, "trace-codes", read(TABLE.encode(), file="t.csv"), build.occasion(h.keeper))
    assert (report.created, report.problems) == (7, ())
    return h


def did(session: Session, h: Hospital, what: Act, code: str) -> Answer:
    return act(session, build.occasion(h.keeper), Done(codes=(code,), act=what, reference="N-1"))


def test_a_case_holds_its_boxes_and_their_pieces(session: Session, packed: Hospital) -> None:
    assert set(what_holds(session, CASE)) == {BOX, OTHER, *PIECES}
    assert what_holds(session, PIECES[0]) == []


def test_a_case_that_comes_in_brings_all_that_is_in_it(session: Session, packed: Hospital) -> None:
    assert did(session, packed, Act.ARRIVE, CASE) == Answer(pieces=7, alarms=())
    assert did(session, packed, Act.SELL, PIECES[0]).alarms == ()


def test_the_same_code_coming_in_twice_raises_an_alarm(session: Session, packed: Hospital) -> None:
    did(session, packed, Act.ARRIVE, CASE)
    assert did(session, packed, Act.ARRIVE, PIECES[1]).alarms == ((PIECES[1], "came-in-twice"),)
    assert [(alarm.code, event.reference) for alarm, event in open_alarms(session)] == [(PIECES[1], "N-1")]


def test_a_code_sold_twice_raises_an_alarm_and_a_return_resets_it(session: Session, packed: Hospital) -> None:
    did(session, packed, Act.ARRIVE, CASE)
    assert did(session, packed, Act.SELL, PIECES[2]).alarms == ()
    assert did(session, packed, Act.SELL, PIECES[2]).alarms == ((PIECES[2], "sold-twice"),)
    assert did(session, packed, Act.RETURN, PIECES[2]).alarms == ()
    assert did(session, packed, Act.SELL, PIECES[2]).alarms == ()


def test_a_sold_piece_that_comes_in_again_raises_an_alarm(session: Session, packed: Hospital) -> None:
    did(session, packed, Act.ARRIVE, PIECES[0])
    did(session, packed, Act.SELL, PIECES[0])
    assert did(session, packed, Act.ARRIVE, BOX).alarms == ((PIECES[0], "came-in-after-sale"),)


def test_what_was_sent_back_may_come_in_again(session: Session, packed: Hospital) -> None:
    did(session, packed, Act.ARRIVE, BOX)
    assert did(session, packed, Act.SEND_BACK, BOX).alarms == ()
    assert did(session, packed, Act.ARRIVE, BOX).alarms == ()


def test_what_never_came_in_cannot_be_sold_unnoticed(session: Session, packed: Hospital) -> None:
    assert did(session, packed, Act.SELL, "89999999999999999999").alarms == (("89999999999999999999", "never-came-in"),)
    assert did(session, packed, Act.SELL, PIECES[0]).alarms == ((PIECES[0], "never-came-in"),)


def test_a_code_of_no_table_is_known_from_its_first_arrival(session: Session, h: Hospital) -> None:
    assert did(session, h, Act.ARRIVE, PIECES[0]).alarms == ()
    assert did(session, h, Act.ARRIVE, PIECES[0]).alarms == ((PIECES[0], "came-in-twice"),)


def test_asked_again_under_its_key_the_first_answer_is_given(session: Session, packed: Hospital) -> None:
    did(session, packed, Act.ARRIVE, CASE)
    once = build.occasion(packed.keeper)
    done = Done(codes=(PIECES[0],), act=Act.ARRIVE)
    first = act(session, once, done)
    assert act(session, once, done) == Answer(pieces=1, alarms=first.alarms, repeated=True)
    assert len(open_alarms(session)) == 1
    with pytest.raises(KeyReused):
        act(session, once, Done(codes=(PIECES[1],), act=Act.ARRIVE))


def test_several_codes_of_one_act_each_move_on_under_its_key(session: Session, packed: Hospital) -> None:
    once = build.occasion(packed.keeper)
    done = Done(codes=(PIECES[0], PIECES[2]), act=Act.ARRIVE)
    assert act(session, once, done) == Answer(pieces=2, alarms=())
    assert act(session, once, done) == Answer(pieces=2, alarms=(), repeated=True)
    sale = build.occasion(packed.keeper)
    act(session, sale, Done(codes=(PIECES[0],), act=Act.SELL))
    assert sold_under(session, sale.request_key) == (PIECES[0],)
    assert sold_under(session, once.request_key) == ()


def test_an_alarm_is_answered_once_with_what_it_was(session: Session, packed: Hospital) -> None:
    did(session, packed, Act.SELL, PIECES[0])
    ((alarm, _),) = open_alarms(session)
    resolve(session, build.occasion(packed.keeper), alarm.id, note="supplier's table was late")
    assert open_alarms(session) == []
    with pytest.raises(UnknownAlarm):
        resolve(session, build.occasion(packed.keeper), alarm.id, note="again")


@pytest.mark.parametrize(("row", "column"), [("123,", "code"), (f"{CASE},12", "parent")])
def test_what_is_no_trace_code_is_told_by_row(session: Session, h: Hospital, row: str, column: str) -> None:
    table = read(f"code,parent\n{row}\n".encode(), file="t.csv")
    report = import_table(session, "trace-codes", table, build.occasion(h.keeper))
    assert [(problem.row, problem.column) for problem in report.problems] == [(2, column)]
    assert session.scalar(select(TraceCode.id)) is None


def test_of_two_who_sell_one_piece_at_once_one_is_told(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        keeper = h.keeper
        act(session, build.occasion(keeper), Done(codes=(PIECES[0],), act=Act.ARRIVE))
    told: list[Answer] = []

    def sell() -> None:
        with transaction(database) as session:
            told.append(act(session, build.occasion(keeper), Done(codes=(PIECES[0],), act=Act.SELL)))

    sellers = [threading.Thread(target=sell) for _ in range(2)]
    for seller in sellers:
        seller.start()
    for seller in sellers:
        seller.join()
    assert sorted(answer.alarms for answer in told) == [(), ((PIECES[0], "sold-twice"),)]
