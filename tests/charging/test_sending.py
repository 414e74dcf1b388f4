"""Charges reach HIS once in effect, however it behaves; what does not get through is with people, and no use waits."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from spd import charging, policies
from spd.charging import MessageAct, MessageGone, MessageUnderWay, OutboxEvent, UnknownMessage, WhyGiveUp
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.jobs import charging as sender
from spd.jobs.charging import FileDrop, Webhook
from spd.ledger import OutboxMessage
from tests import build
from tests.build import NOW, Hospital
from tests.charging.his import SECRET, His, serving


class Ward:
    """A hospital whose uses are charged, a clock that is set by hand, and the way to HIS."""

    def __init__(self, database: Database, way: Any) -> None:
        self.database, self.way, self.at = database, way, NOW
        with transaction(database) as session:
            self.h: Hospital = build.hospital(session)
            self.stents = iter(build.stents(session, self.h, 12))

    def use(self) -> int:
        """A use, from which a charge waits."""
        with transaction(self.database) as session:
            return build.use(session, self.h, next(self.stents)).movement_id

    def send(self, later: timedelta = timedelta()) -> int:
        """The job, once, so much later."""
        self.at += later
        return sender.send_waiting(self.database, self.way, now=lambda: self.at)

    def rows(self) -> list[OutboxMessage]:
        with reading(self.database) as session:
            assert charging.problems(session) == []
            return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))

    def states(self) -> list[str]:
        with reading(self.database) as session:
            return list(session.scalars(select(charging.state_of()).order_by(OutboxMessage.id)))

    def act(self, message: int, reason: str = "", **said: Any) -> MessageAct:
        return MessageAct(occasion=build.occasion(self.h.keeper, at=self.at, **said), message=message, reason=reason)


@pytest.fixture
def his() -> Iterator[His]:
    with serving() as server:
        yield server


@pytest.fixture
def ward(database: Database, his: His) -> Ward:
    return Ward(database, Webhook(url=his.url, secret=SECRET, timeout_seconds=1))


HOUR = timedelta(hours=1)


def test_a_charge_is_sent_once_and_signed(ward: Ward, his: His) -> None:
    ward.use()
    assert ward.send() == 1
    assert ward.send(HOUR) == 0
    (said,) = his.heard
    assert (said["topic"], said["quantity"], said["encounter"], said["charge_code"], said["amount"]) == (
        "charge", 1, "E-1", "HIS-STENT", "8600.00",
    )  # fmt: skip
    assert his.forged == 0
    assert ward.states() == ["sent"]


def test_a_reversal_names_its_charge_and_goes_after_it(ward: Ward, his: His) -> None:
    used = ward.use()
    with transaction(ward.database) as session:
        build.reverse(session, ward.h, used)
    his.answers = [500, 200]
    assert ward.send() == 0
    assert [said["topic"] for said in his.heard] == ["charge"]
    assert ward.send(HOUR) == 2
    charge, credit = (his.heard[1], his.heard[2])
    assert (charge["topic"], credit["topic"], credit["credits"]) == ("charge", "credit", charge["id"])
    assert ward.states() == ["sent", "sent"]


def test_what_fails_is_tried_again_after_a_longer_and_longer_while(ward: Ward, his: His) -> None:
    ward.use()
    his.answers = [500, 503, 200]
    ward.send()
    assert ward.send(timedelta(seconds=9)) == 0
    assert len(his.heard) == 1
    ward.send(timedelta(seconds=1))
    assert len(his.heard) == 2
    assert ward.send(timedelta(seconds=19)) == 0
    assert len(his.heard) == 2
    assert ward.send(timedelta(seconds=1)) == 1
    with reading(ward.database) as session:
        assert list(session.scalars(select(OutboxEvent.kind).order_by(OutboxEvent.id))) == ["failed", "failed", "sent"]


def test_what_is_taken_but_not_answered_is_sent_again_and_taken_once(ward: Ward, his: His) -> None:
    """The answer is lost, so nobody knows: it is sent again under its id, and HIS says that it has it."""
    ward.use()
    his.answers = ["drop", 409]
    ward.send()
    assert ward.states() == ["waiting"]
    assert ward.send(HOUR) == 1
    assert (len(his.heard), len(his.taken)) == (2, 1)
    assert his.heard[0] == his.heard[1]
    assert ward.states() == ["sent"]


def test_an_answer_too_many_is_not_taken_for_the_next_message(ward: Ward, his: His) -> None:
    ward.use()
    ward.use()
    his.answers = ["twice", 500, 200]
    assert ward.send() == 1
    assert ward.states() == ["sent", "waiting"]


def test_an_answer_for_another_message_counts_for_none(ward: Ward, his: His) -> None:
    ward.use()
    his.answers = ["wrong", 200]
    assert ward.send() == 0
    assert ward.states() == ["waiting"]
    assert ward.rows()[0].trouble == "answered for another"


def test_a_redirect_is_not_followed(ward: Ward, his: His) -> None:
    ward.use()
    his.answers = [302, 200]
    assert ward.send() == 0
    assert len(his.heard) == 1


def test_while_his_hangs_a_use_is_as_quick_as_ever(ward: Ward, his: His) -> None:
    ward.use()
    his.answers = ["hang", 200]
    thread = threading.Thread(target=ward.send)
    thread.start()
    assert his.hanging.wait(3)
    ward.use()  # on SQLite it would wait for any transaction that is open
    assert thread.is_alive()
    with transaction(ward.database) as session, pytest.raises(MessageUnderWay):
        charging.give_up(session, ward.act(1, "no"))
    his.released.set()
    thread.join()
    ward.send(HOUR)
    assert ward.states() == ["sent", "sent"]


def test_a_timeout_is_a_failure_and_not_an_end(ward: Ward, his: His) -> None:
    ward.way = Webhook(url=his.url, secret=SECRET, timeout_seconds=0.05)  # type: ignore[arg-type]
    ward.use()
    his.answers = ["hang", 200]
    assert ward.send() == 0
    assert (ward.rows()[0].trouble or "").startswith("TimeoutError")
    assert ward.send(HOUR) == 1


def test_what_is_refused_is_with_people_at_once_and_the_rest_goes_on(ward: Ward, his: His) -> None:
    for _ in range(3):
        ward.use()
    his.answers = [200, 422, 200]
    assert ward.send() == 2
    assert ward.states() == ["sent", "dead", "sent"]
    assert ward.send(10 * HOUR) == 0
    dead = ward.rows()[1]
    with transaction(ward.database) as session:
        charging.resend(session, act := ward.act(dead.id))
        assert charging.resend(session, act).id == dead.id
    assert ward.send() == 1
    assert ward.states() == ["sent", "sent", "sent"]
    with transaction(ward.database) as session, pytest.raises(MessageGone):
        charging.resend(session, ward.act(dead.id))


def test_one_that_his_always_fails_over_ends_with_people_and_stops_nobody(ward: Ward, his: His) -> None:
    with transaction(ward.database) as session:
        policies.settle(session, build.occasion(ward.h.keeper), "charge.attempts", 3)
    ward.use()
    for _ in range(3):
        his.answers = [500, 200]
        ward.use()
        assert ward.send(2 * HOUR) == 1
    assert ward.states() == ["dead", "sent", "sent", "sent"]


def test_an_outage_opens_the_breaker_and_costs_no_message_its_life(ward: Ward, his: His) -> None:
    for _ in range(8):
        ward.use()
    his.answers = [503]
    ward.send()
    assert len(his.heard) == 5  # then it opens
    for _ in range(30):
        ward.send(timedelta(minutes=11))
    heard = len(his.heard)
    assert 30 <= heard - 5 <= 31  # one probe each time
    assert set(ward.states()) == {"waiting"}
    assert max(row.attempts for row in ward.rows()) == 1
    his.answers = [200]
    ward.send(timedelta(minutes=11))
    ward.send(HOUR)
    assert ward.states() == ["sent"] * 8
    assert len(his.taken) == 8


def test_nobody_at_the_address_is_an_outage(database: Database) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ward = Ward(database, Webhook(url=f"http://127.0.0.1:{port}/", secret=SECRET, timeout_seconds=1))
    ward.use()
    assert ward.send() == 0
    assert "Refused" in (ward.rows()[0].trouble or "")


def test_giving_up_takes_the_credit_with_it_and_wants_a_reason(ward: Ward, his: His) -> None:
    used = ward.use()
    his.answers = [400, 200]
    ward.send()
    with transaction(ward.database) as session:
        build.reverse(session, ward.h, used)
    with transaction(ward.database) as session:
        with pytest.raises(WhyGiveUp):
            charging.give_up(session, ward.act(ward.rows()[0].id))
        charging.give_up(session, ward.act(ward.rows()[0].id, "billed by hand"))
        with pytest.raises(UnknownMessage):
            charging.give_up(session, ward.act(999, "no such"))
    assert ward.states() == ["given_up", "given_up"]
    assert ward.send(10 * HOUR) == 0
    assert len(his.heard) == 1


def test_what_a_dead_worker_had_claimed_is_sent_by_another(ward: Ward, his: His) -> None:
    ward.use()
    with transaction(ward.database) as session:
        assert charging.claim_next(session, at=NOW) is not None
    assert ward.send() == 0
    assert ward.send(timedelta(minutes=3)) == 1


def test_a_folder_takes_whole_files_under_their_own_names(database: Database, tmp_path: Path) -> None:
    ward = Ward(database, FileDrop(folder=tmp_path / "out"))
    ward.use()
    assert ward.send() == 0  # the folder is not there
    (tmp_path / "out").mkdir()
    assert ward.send(HOUR) == 1
    (file,) = (tmp_path / "out").iterdir()
    said = json.loads(file.read_text(encoding="utf-8"))
    assert said["topic"] == "charge"
    assert said["id"] in file.name
    assert uuid.UUID(said["id"]).version == 7


def test_only_what_is_configured_is_spoken_to() -> None:
    assert sender.way(Settings()) is None
    told = {"SPD_CHARGE_URL": "https://his.invalid/in", "SPD_CHARGE_SECRET": SECRET}
    assert sender.way(Settings.from_environ(told)) == Webhook(url="https://his.invalid/in", secret=SECRET)
    assert sender.way(Settings.from_environ({"SPD_CHARGE_FOLDER": "out"})) == FileDrop(folder=Path("out"))


def test_the_job_matches_what_came(database: Database) -> None:
    assert sender.reconcile(database, now=lambda: datetime.now(NOW.tzinfo)).facts == 0
