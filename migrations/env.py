"""This file is how Alembic runs our migrations: on a connection it is given, or on SPD_DATABASE_URL."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import BigInteger, Connection, DateTime
from sqlalchemy.types import TypeDecorator

from spd.core.columns import Scaled, UtcDateTime


def render_item(kind: str, item: Any, _autogen: Any) -> Any:
    """Our own column types as plain SQLAlchemy ones, so that migrations stand without our code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Scaled):
        return "sa.BigInteger()"
    return False


def compare_type(_context: Any, _inspected: Any, _metadata: Any, inspected: Any, declared: Any) -> bool | None:
    """Whether a column's type has changed: ours are compared by what they are kept as."""
    if isinstance(declared, TypeDecorator):
        kept = BigInteger if isinstance(declared, Scaled) else DateTime
        return not isinstance(inspected, kept)
    return None


def run(connection: Connection) -> None:
    """Run what was asked for on this connection."""
    from spd.models import metadata

    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        compare_type=compare_type,
        render_as_batch=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
