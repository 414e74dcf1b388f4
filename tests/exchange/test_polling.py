"""A view of HIS is polled in half-open spans: each line once, late ones found again, what cannot be kept on a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, select, text

from spd import reconciliation
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.exchange import polling
from spd.reconciliation import ChargeLine, ChargeReject
from tests import build

HERE = timedelta(hours=8)


@dataclass
class His:
    """HIS's database with its view, and a clock."""

    engine: Engine
    settings: Settings
    now: datetime

    def bills(self, number: str, at: datetime, *, department: str = "CARD", quantity: int = 1, of: str = "") -> None:
        """A line at an instant; the view says it in the hospital's own time."""
        with self.engine.begin() as connection:
            connection.execute(
                text("INSERT INTO v_charges VALUES (:number, 'E-1', :department, 'HIS-STENT', :quantity, 1, :at, :of)"),
                {"number": number, "department": department, "quantity": quantity, "of": of,
                 "at": (at + HERE).strftime("%Y-%m-%d %H:%M:%S.%f")},
            )  # fmt: skip

    def polled(self, database: Database, after: timedelta = timedelta(0), *, late: bool = False) -> tuple[int, int]:
        """(new, rejected) of a poll so much later."""
        self.now += after
        poll = polling.poll_late if late else polling.poll
        brought = poll(database, self.settings, now=lambda: self.now)
        return sum(one.new for one in brought), sum(one.rejected for one in brought)


@pytest.fixture
def his(tmp_path: Path) -> Iterator[His]:
    engine = create_engine(f"sqlite:///{tmp_path}/his.db")
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE v_charges (收费明细号 TEXT, 住院号 TEXT, 执行科室 TEXT, 收费项目编码 TEXT, "
                 "收费数量 INTEGER, 收费单价 NUMERIC, 收费时间 TIMESTAMP, 退费原明细号 TEXT)")
        )  # fmt: skip
    said = Settings(charge_view_url=str(engine.url), charge_view="v_charges", charge_view_time="收费时间")
    yield His(engine, said, build.NOW)
    engine.dispose()


def lines(database: Database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(ChargeLine.number).order_by(ChargeLine.number)))


def test_a_view_is_polled_span_by_span(database: Database, his: His) -> None:
    with transaction(database) as session:
        build.hospital(session)
    settled = build.NOW - polling.SETTLES
    his.bills("1", settled - timedelta(hours=1))
    his.bills("2", settled)  # the span goes up to here, without it
    assert his.polled(database) == (1, 0)
    assert his.polled(database, timedelta(minutes=5)) == (1, 0)
    assert his.polled(database) == (0, 0)  # read again, nothing is kept twice
    his.bills("3", settled - timedelta(hours=8))  # late, and older than what is read again
    assert his.polled(database, timedelta(hours=13)) == (0, 0)
    assert his.polled(database, late=True) == (1, 0)
    assert lines(database) == ["1", "2", "3"]
    with reading(database) as session:
        assert reconciliation.gaps(session) == []


def test_what_cannot_be_kept_stops_nothing(database: Database, his: His) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        keeper = h.keeper.id
    at = build.NOW - timedelta(minutes=10)
    his.bills("1", at)
    his.bills("2", at, department="NEW")
    his.bills("3", at, quantity=-1, of="1")
    assert his.polled(database) == (2, 1)
    with his.engine.begin() as connection:  # HIS rewrites what it has shown: a drift
        connection.execute(text("UPDATE v_charges SET 收费数量 = 2 WHERE 收费明细号 = '1'"))
    assert his.polled(database, timedelta(minutes=5)) == (0, 2)
    with transaction(database) as session:
        session.execute(text("UPDATE departments SET code = 'NEW' WHERE code = 'SURG'"))
    assert his.polled(database, timedelta(minutes=5)) == (1, 1)
    with transaction(database) as session:
        found = {one.number: one for one in session.scalars(select(ChargeReject))}
        assert (found["2"].code, found["2"].how) == ("unknown-reference", "kept")
        assert (found["1"].code, found["1"].how, found["1"].settled_at) == ("charge-changed", "", None)
        when = replace(build.occasion(h.keeper), staff_id=keeper)
        for _ in range(2):
            reconciliation.set_aside(session, when, found["1"].id, reason="HIS refunds it")
        with pytest.raises(reconciliation.RejectSettled):
            reconciliation.set_aside(session, when, found["2"].id, reason="x")
    assert his.polled(database) == (0, 1)
    with reading(database) as session:
        assert session.scalars(select(ChargeReject.how).order_by(ChargeReject.number)).all() == ["aside", "kept"]


def test_a_view_that_does_not_answer_is_asked_again(database: Database, his: His) -> None:
    with transaction(database) as session:
        build.hospital(session)
    his.bills("1", build.NOW - timedelta(hours=1))
    away = replace(his.settings, charge_view="v_gone")
    assert polling.poll(database, away, now=lambda: his.now) == []
    assert his.polled(database) == (1, 0)
