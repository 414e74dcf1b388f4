"""The load profile is a hospital: every reference leads somewhere, patients were there, quantities add up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from spd.bench import finance
from spd.bench.load_profile import Loaded, load
from spd.core.database import Database

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(new_database: Callable[[str], Database]) -> tuple[Database, Loaded]:
    """A tenth on hand, and a little used; every reference checked by the server."""
    database = new_database("postgresql")
    url = database.url.render_as_string(hide_password=False)
    return database, load(url, movements=40_000, on_hand=8_000, checked=True, money=True)


def ask(filled: tuple[Database, Loaded], query: str) -> Any:
    with filled[0].engine.connect() as connection:
        return connection.execute(text(query)).scalar_one()


def test_it_is_as_large_as_asked(filled: tuple[Database, Loaded]) -> None:
    loaded = filled[1]
    assert 38_000 < loaded.movements < 42_000
    assert 7_900 < loaded.on_hand < 8_100
    assert ask(filled, "SELECT count(*) FROM locations WHERE code LIKE 'LP-%'") == 400
    assert ask(filled, "SELECT count(*) FROM products WHERE code LIKE 'LP%'") == 15_000


def test_what_an_item_holds_is_what_its_movements_leave(filled: tuple[Database, Loaded]) -> None:
    differs = """
        SELECT count(*) FROM items JOIN (
            SELECT item_id, max(sequence) AS version,
                   sum(CASE WHEN from_location_id <= 5 THEN quantity WHEN to_location_id <= 5 THEN -quantity ELSE 0 END)
                   AS quantity
            FROM movements GROUP BY item_id) AS moved ON moved.item_id = items.id
        WHERE items.quantity <> moved.quantity OR items.version <> moved.version"""
    assert ask(filled, differs) == 0
    last = """
        SELECT count(*) FROM items JOIN movements m ON m.item_id = items.id AND m.sequence = items.version
        WHERE (items.location_id <> m.to_location_id AND items.state <> 'open') OR items.state <> m.state_after
           OR items.owner_id <> m.to_owner_id
           OR items.head <> m.hash"""
    assert ask(filled, last) == 0


def test_uses_are_on_patients_who_were_there(filled: tuple[Database, Loaded]) -> None:
    used = "FROM movements m LEFT JOIN encounters e ON e.id = m.encounter_id WHERE m.kind = 'consume'"
    assert ask(filled, f"SELECT count(*) {used}") > 10_000
    elsewhere = "e.department_id <> m.department_id OR m.occurred_at < e.admitted_at OR m.occurred_at > e.discharged_at"
    assert ask(filled, f"SELECT count(*) {used} AND (e.id IS NULL OR {elsewhere})") == 0


def test_every_use_has_its_entry(filled: tuple[Database, Loaded]) -> None:
    uses = ask(filled, "SELECT count(*) FROM movements WHERE kind = 'consume'")
    assert ask(filled, "SELECT count(*) FROM entries") == uses
    assert ask(filled, "SELECT sum(amount) FROM postings") == 0


def test_nothing_was_received_before_it_was_made(filled: tuple[Database, Loaded]) -> None:
    early = "SELECT count(*) FROM items JOIN lots ON lots.id = lot_id WHERE created_at < produced_on"
    assert ask(filled, early) == 0


def test_new_rows_follow(filled: tuple[Database, Loaded]) -> None:
    for table in ("items", "movements", "lots", "products", "encounters", "locations"):
        assert ask(filled, f"SELECT nextval('{table}_id_seq') > max(id) FROM {table}")


def test_finance_is_measured_over_it(filled: tuple[Database, Loaded]) -> None:
    """The last of these: it closes months. Its figures are for `make finance-load`; here the same rows count."""
    database, _ = filled
    url = database.url.render_as_string(hide_password=False)
    found = finance.measure(database, url, finance.furnish(database, url), seconds=0.3)
    assert [row.unit for row in found] == ["×", "ms", "ms", "ms", "s", "s", "%"]
    assert all(row.reached > 0 for row in found[:-1])
