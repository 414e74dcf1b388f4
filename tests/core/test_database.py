"""The connection: start-up refuses a database that forgets, and an append-only row refuses to change."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from spd import ledger
from spd.bench.postgresql import Server
from spd.core.database import Database, UnsafeDatabase
from tests import build


def test_a_plain_postgresql_address_is_spoken_to_by_psycopg() -> None:
    assert Database("postgresql://db/spd").url.drivername == "postgresql+psycopg"


def test_postgresql_that_may_forget_an_answered_scan_is_refused(postgresql: Server) -> None:
    name = postgresql.create()
    database = Database(postgresql.url(name))
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database.dispose()
    with pytest.raises(UnsafeDatabase, match="synchronous_commit=off"):
        database.refuse_unsafe()
    database.dispose()
    postgresql.drop(name)


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 30000)]
)
def test_sqlite_is_set_to_remember(tmp_path: object, pragma: str, value: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/spd.db")
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == value
    database.dispose()


def test_a_reference_to_nothing_is_refused(session: Session) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), session.begin_nested():
        session.execute(text("INSERT INTO tokens (staff_id, name, digest, expires_at, revoked) "
                             "VALUES (999, 'x', 'x', '2026-01-01 00:00:00', false)"))  # fmt: skip
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE")) if session.get_bind().dialect.name != "sqlite" else None


def test_an_append_only_row_is_not_changed_through_the_session(session: Session) -> None:
    h = build.hospital(session)
    use = build.use(session, h, build.stents(session, h)[0])
    movement = ledger.get_movement(session, use.movement_id)
    movement.quantity = 2
    with pytest.raises(AssertionError, match="append-only"):
        session.flush()  # the guard looks here


def test_an_append_only_row_is_not_deleted_through_the_session(session: Session) -> None:
    h = build.hospital(session)
    use = build.use(session, h, build.stents(session, h)[0])
    session.delete(ledger.get_movement(session, use.movement_id))
    with pytest.raises(AssertionError, match="append-only"):
        session.flush()  # the guard looks here
