"""This file is the connection to the database: one code path, SQLite embedded or PostgreSQL in production."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from psycopg import RawCursor, RawServerCursor
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

_COMPILED = 2000  # statements kept as SQL: more than the house has, so that none is compiled twice


class UnsafeDatabase(RuntimeError):
    """The database is set to forget work that was acknowledged; the message names the setting."""


class Database:
    """The engine and the sessions made from it. Doors hold one for the life of their process."""

    def __init__(self, url: str, *, pool_size: int = 10) -> None:
        self.url = make_url(url)
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = self._sqlite() if self.is_sqlite else self._postgresql(pool_size)
        self.glances = self.engine.execution_options(spd_reading=True) if self.is_sqlite else self._looks(pool_size)
        """Connections outside of any transaction, for one statement that only reads."""
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)

    def _sqlite(self) -> Engine:
        if self.url.database and self.url.database != ":memory:":
            Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(
            self.url,
            connect_args={"timeout": 30, "check_same_thread": False},
            pool_size=20,
            query_cache_size=_COMPILED,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgresql(self, pool_size: int) -> Engine:
        return _prepared(create_engine(self.url, query_cache_size=_COMPILED, **_pool(pool_size)))

    def _looks(self, pool_size: int) -> Engine:
        # Outside of any transaction there is nothing to roll back when a connection is given back.
        outside = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        return _prepared(create_engine(self.url, **outside, **_pool(pool_size)))

    def refuse_unsafe(self) -> None:
        """Refuse PostgreSQL settings that lose acknowledged work. Raises: UnsafeDatabase."""
        if self.is_sqlite:
            return
        with self.engine.connect() as connection:
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                if connection.exec_driver_sql(f"SHOW {setting}").scalar_one() == "off":
                    raise UnsafeDatabase(
                        f"PostgreSQL runs with {setting}=off: an answered scan could be lost. Set it to on."
                    )

    def session(self) -> Session:
        """A new session; only `core.transaction` begins and ends one."""
        return self.sessions()

    def dispose(self) -> None:
        """Close every connection."""
        self.glances.dispose()
        self.engine.dispose()


_addresses: WeakKeyDictionary[Engine, str] = WeakKeyDictionary()


def address_of(session: Session) -> str:
    """Which database a session speaks to, for what a process keeps of each; written out once, not at every scan."""
    engine = session.get_bind().engine
    known = _addresses.get(engine)
    if known is None:
        known = _addresses[engine] = str(engine.url)
    return known


def _pool(size: int) -> dict[str, Any]:
    """How connections of PostgreSQL are kept, and that statements have its own `$1`."""
    return {"pool_size": size, "max_overflow": size, "pool_recycle": 1800, "paramstyle": "numeric_dollar"}


def _prepared(engine: Engine) -> Engine:
    """The engine, whose driver sends statements as they are; it would else rewrite each of them every time."""

    def prepare(connection: Any, _record: Any) -> None:
        connection.cursor_factory, connection.server_cursor_factory = RawCursor, RawServerCursor

    event.listen(engine, "connect", prepare)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = (
        None  # we say BEGIN ourselves: the driver would begin too late for a reader turned writer
    )
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",  # without it INSERT OR REPLACE deletes a row behind its trigger's back
        "busy_timeout=30000",
        "cache_size=-65536",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={50 if options.get('spd_hasty', False) else 30000}")
    connection.exec_driver_sql("BEGIN" if options.get("spd_reading", False) else "BEGIN IMMEDIATE")


def is_unavailable(error: OperationalError) -> bool:
    """Whether the database could not be reached or was busy for too long; the same act may be sent again."""
    return error.connection_invalidated or "locked" in str(error.orig) or "connect" in str(error.orig)
