"""This file is the limit that holding a recall is measured against: the same rows written by three bare statements."""

from __future__ import annotations

import time

from sqlalchemy import Connection, text

from spd.core.database import Database
from spd.ledger import Movement
from spd.places import OUTSIDE
from spd.recalls import Recall
from spd.stock.holds import HOLDABLE, HoldReason

_SAID = {
    "request_key": "(SELECT key FROM requests LIMIT 1)", "line": "1000000 + row_number() OVER ()",
    "sequence": "items.version + 1", "kind": "'hold'", "quantity": "items.quantity", "state_after": "'held'",
    "from_location_id": "items.location_id", "to_location_id": "items.location_id", "document": ":code",
    "from_owner_id": "items.owner_id", "to_owner_id": "items.owner_id", "previous_hash": "items.head",
    "encounter_id": "NULL", "reverses_id": "NULL", "entry_digest": "NULL",
}  # fmt: skip
"""A movement of a hold; what is not named here is as it was in the item's last movement."""


def hold_barely(database: Database, recall: Recall) -> float:
    """Seconds to hold all that a recall has matched, in one transaction that judges nothing; undone again."""
    with database.engine.connect() as connection:
        told = {"recall": recall.id, "code": recall.code, "states": list(HOLDABLE), "outside": [*OUTSIDE]}
        begun = time.perf_counter()
        for statement in (*_statements(), "SET CONSTRAINTS ALL IMMEDIATE"):
            _run(connection, statement, told)
        took = time.perf_counter() - begun
        connection.rollback()
    return took


def _statements() -> tuple[str, str, str]:
    there = (
        "FROM recall_items JOIN items ON items.id = recall_items.item_id WHERE recall_items.recall_id = :recall "
        "AND items.quantity > 0 AND items.state = ANY(:states) AND items.location_id <> ALL(:outside)"
    )
    names = [column.name for column in Movement.__table__.columns if column.name != "id"]
    values = ", ".join(_SAID.get(name, f"last.{name}") for name in names)
    last = "JOIN movements AS last ON last.item_id = items.id AND last.sequence = items.version"
    return (
        f"INSERT INTO movements ({', '.join(names)}) SELECT {values} {there.replace('WHERE', last + ' WHERE')}",
        "INSERT INTO holds (item_id, reason, reference, note, request_key, placed_at, placed_by_id, release_note) "
        f"SELECT items.id, '{HoldReason.RECALL}', :code, '', gen_random_uuid(), now(), recalls.drafted_by_id, '' "
        + there.replace("WHERE", "JOIN recalls ON recalls.id = recall_items.recall_id WHERE"),
        "UPDATE items SET state = 'held', version = version + 1 WHERE id IN (SELECT items.id " + there + ")",
    )


def _run(connection: Connection, statement: str, told: dict[str, object]) -> None:
    connection.execute(text(statement), {name: value for name, value in told.items() if f":{name}" in statement})
