"""This file is the base of all tables, with names for every constraint, and the guard of append-only rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData, event
from sqlalchemy.orm import DeclarativeBase, Session, UOWTransaction


class Base(DeclarativeBase):
    """A table. Constraints have names, so that a refusal by the database can be told apart."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class AppendOnly:
    """Rows are written once. The database's triggers refuse changes; this guard refuses them earlier, by name."""


@event.listens_for(Session, "before_flush")
def _refuse_changes(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for row in session.dirty:
        assert not (isinstance(row, AppendOnly) and session.is_modified(row)), f"{row!r} is append-only"
    for row in session.deleted:
        assert not isinstance(row, AppendOnly), f"{row!r} is append-only"
