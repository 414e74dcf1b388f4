"""The one place that commits: all of a request or none of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.parties import Party
from tests import build


def test_what_is_said_in_a_transaction_is_there_afterwards(database: Database) -> None:
    with transaction(database) as session:
        session.add(Party(code="SUP-1", kind="supplier", name="一"))
    with reading(database) as session:
        assert session.scalar(select(Party.name).where(Party.code == "SUP-1")) == "一"


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), transaction(database) as session:
        build.hospital(session)
        raise ZeroDivisionError
    with reading(database) as session:
        assert session.scalars(select(Party.code)).all() == ["HOSPITAL"]


def test_a_reading_keeps_nothing(database: Database) -> None:
    with reading(database) as session:
        session.add(Party(code="SUP-1", kind="supplier", name="一"))
        session.flush()  # it was really sent
    with reading(database) as session:
        assert session.scalar(select(Party.id).where(Party.code == "SUP-1")) is None


def test_a_reading_sees_one_moment(database: Database) -> None:
    with reading(database) as session:
        before = session.scalars(select(Party.code)).all()
        with transaction(database) as other:
            other.add(Party(code="SUP-1", kind="supplier", name="一"))
        assert session.scalars(select(Party.code)).all() == before


def test_the_database_of_the_tests_keeps_its_promises(database: Database) -> None:
    database.refuse_unsafe()
