"""This file is the only place that begins, commits or rolls back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from spd.core.database import Database


@contextmanager
def transaction(database: Database) -> Iterator[Session]:
    """One transaction for one request, command or job run: everything in it happens, or nothing does."""
    session = database.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def hasty(database: Database) -> Iterator[Session]:
    """One small write that would rather not happen than wait for others. Raises: OperationalError, where it must."""
    session = database.session()
    try:
        if database.is_sqlite:
            session.connection(execution_options={"spd_hasty": True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()


@contextmanager
def impatient(database: Database, *, milliseconds: int) -> Iterator[Session]:
    """One transaction that would rather not happen than wait longer for anybody's lock: what it does is done otherwise
    then. SQLite has one lock, for which whoever does it otherwise waits too. Raises: OperationalError."""
    with transaction(database) as session:
        if not database.is_sqlite:
            session.connection().exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds:d}")
        yield session


@contextmanager
def reading(database: Database) -> Iterator[Session]:
    """One snapshot to read from; nothing said in it is kept, and what was read can be told after it."""
    session = database.session()
    try:
        options = {"spd_reading": True} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        session.connection(execution_options=options)
        yield session
    finally:
        session.expunge_all()  # a rollback would make it forget what it read
        session.rollback()
        session.close()


@contextmanager
def glance(database: Database) -> Iterator[Connection]:
    """One look, by one statement, without a transaction around it: who asks, before anything is asked."""
    with database.glances.connect() as connection:
        yield connection
