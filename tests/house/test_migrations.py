"""The database's shape: up, down and up again on both databases, and the same as the models."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError

from spd import policies
from spd.catalog import products_at
from spd.catalog.changes import ProductChange
from spd.core import pasts, schema
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.models import metadata
from spd.parties import PartyChange, party_told_of
from spd.places import DepartmentPast
from spd.reviewing import ReviewAct, UsageReview
from spd.settlement.invoices import InvoiceVariance
from spd.staff import Staff
from tests import build
from tests.settlement import bills


def shape(database: Database) -> dict[str, Any]:
    """Tables, columns, indexes, constraints and triggers, as the database tells them."""
    seen = inspect(database.engine)
    tables = {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)],
            sorted(str(index["name"]) for index in seen.get_indexes(table)),
            sorted(str(one["name"]) for one in seen.get_unique_constraints(table)),
            sorted(str(one["name"]) for one in seen.get_foreign_keys(table)),
        )
        for table in sorted(seen.get_table_names())
    }
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
        if database.is_sqlite
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    )
    with database.engine.connect() as connection:
        return {"tables": tables, "triggers": list(connection.execute(text(query)).scalars())}


def test_the_newest_migration_is_the_models(database: Database) -> None:
    schema.check(database)
    assert schema.is_current(database)


def test_up_down_and_up_again_comes_to_the_same(database: Database) -> None:
    before = shape(database)
    assert len(before["triggers"]) > 6
    schema.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    assert not schema.is_current(database)
    schema.upgrade(database)
    assert shape(database) == before
    schema.check(database)


def test_a_migrated_database_is_ready_for_a_hospital(database: Database) -> None:
    schema.downgrade(database, "base")
    schema.upgrade(database)
    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.stents(session, h)[0])
    with reading(database) as session:
        assert build.problems(session) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_tolerance_of_counts_becomes_that_of_every_class(
    kind: str, new_database: Callable[[str], Database]
) -> None:
    database = new_database(kind)
    schema.downgrade(database, "20261125_imports")
    with transaction(database) as session:
        chief = Staff(code="chief", name="主任", badge="S-CHIEF")
        session.add(chief)
        session.flush()  # its number goes into the values
        values = {"set_at": build.NOW, "set_by_id": chief.id, "reason": "评审"}
        for version, value in ((1, "5"), (2, "7")):
            row = policies.PolicyValue(name="count.tolerance_permille", version=version, value=value, **values)
            session.add(row)
    schema.upgrade(database)
    with reading(database) as session:
        assert [policies.get(session, f"count.tolerance_{name}_permille") for name in "abc"] == [7, 7, 7]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_is_on_record_of_products_becomes_their_past(kind: str, new_database: Callable[[str], Database]) -> None:
    database = new_database(kind)
    hours = [build.NOW + timedelta(hours=number) for number in range(4)]
    with transaction(database) as session:
        h = build.hospital(session)
        changed = [
            (hours[0], "code", "", "STENT"), (hours[1], "name", "支架", "药物支架"), (hours[1], "ved", "E", "V"),
            (hours[2], "chargeable", "False", "True"), (hours[2], "name", "药物支架", "冠脉支架"),
            (hours[3], "implant", "False", "True"),
        ]  # fmt: skip
        keys = {at: uuid4() for at in hours}
        for at, attribute, before, after in changed:
            said = {"attribute": attribute, "before": before, "after": after, "request_key": keys[at]}
            session.add(ProductChange(product_id=1, changed_at=at, staff_id=h.keeper.id, **said))
            session.flush()  # they are numbered in this order
        said = {"attribute": "name", "before": "旧公司", "after": h.stents.name, "request_key": uuid4()}
        session.add(PartyChange(party_id=h.stents.id, changed_at=hours[1], staff_id=h.keeper.id, **said))
        supplier, new = h.stents.id, h.stents.name
    schema.downgrade(database, "20261127_sterility")
    schema.upgrade(database)
    with reading(database) as session:
        seen = [
            session.execute(select(of.name, of.chargeable, of.implant).where(of.id == 1)).one()
            for of in map(products_at, hours)
        ]
        assert seen == [
            ("支架", False, False), ("药物支架", False, False), ("冠脉支架", True, False), ("冠脉支架", True, True)
        ]  # fmt: skip
        assert [party_told_of(session, supplier, at).name for at in hours[:2]] == ["旧公司", new]
        assert build.problems(session) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_differences_of_price_are_told_the_class_they_were_posted_in(
    kind: str, new_database: Callable[[str], Database]
) -> None:
    database = new_database(kind)
    query = select(InvoiceVariance.on_hand, InvoiceVariance.cost_class, InvoiceVariance.amount)
    with transaction(database) as session:
        h = build.hospital(session)
        build.use(session, h, build.packs(session, h, 1, 20)[0], encounter=None)
        entered = bills.entered(session, "SUP-GAUZE", bills.line("GAUZE", 50, "4"))
        bills.booked(session, bills.matched(session, entered), reason="x")
        stood = pasts.values(DepartmentPast, h.cardiology)
        h.cardiology.cost_class = "administrative"
        pasts.keep(session, DepartmentPast, [(h.cardiology, stood)], at=build.NOW + timedelta(hours=1))
        was = session.execute(query.order_by(InvoiceVariance.id)).all()
    assert [row.cost_class for row in was if not row.on_hand] == ["clinical"]
    schema.downgrade(database, "20261127_told_before")
    schema.upgrade(database)
    with reading(database) as session:
        assert session.execute(query.order_by(InvoiceVariance.id)).all() == was


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_reviews_stay_with_what_was_said_to_them_where_a_case_stands_there_twice(
    kind: str, new_database: Callable[[str], Database]
) -> None:
    database = new_database(kind)
    with transaction(database) as session:
        build.hospital(session)
        for number, group in enumerate(("FM19", "FM11", "FM19")):
            subject, of = ("product", "2") if number == 2 else ("case", "E-1")
            review = UsageReview(
                period="2026-03", payer="示范|2026|drg", subject=subject, group_code=group, apart=group, of=of, cases=1,
                peers=9, value=9, median=1, deviation=1, why="high", found_at=build.NOW,
            )  # fmt: skip
            session.add(review)
            session.flush()  # they are numbered in this order
        session.add(
            ReviewAct(
                review_id=1, verdict="reasonable", note="x", staff_id=1, done_at=build.NOW, request_key=uuid4(),
                content=b"x" * 32,
            )
        )  # fmt: skip
    schema.downgrade(database, "20261127_as_posted")
    schema.upgrade(database)
    with reading(database) as session:
        rows = session.execute(select(UsageReview.group_code, UsageReview.apart).order_by(UsageReview.id)).all()
        assert rows == [("FM19", ""), ("FM11", "FM11"), ("FM19", "FM19")]
        assert session.scalars(select(ReviewAct.review_id)).all() == [1]
    with pytest.raises(DBAPIError), transaction(database) as session:
        session.execute(text("DELETE FROM review_acts"))


def test_migrating_what_is_current_changes_nothing(database: Database) -> None:
    before = shape(database)
    schema.upgrade(database)
    assert shape(database) == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_empty_database_is_not_current(kind: str, new_database: Callable[[str], Database]) -> None:
    database = new_database(kind)
    schema.downgrade(database, "base")
    assert not schema.is_current(database)


def test_every_table_has_a_name_for_each_of_its_constraints() -> None:
    nameless = [
        f"{table.name}: {constraint}"
        for table in metadata.tables.values()
        for constraint in table.constraints
        if not constraint.name
    ]
    assert nameless == []
