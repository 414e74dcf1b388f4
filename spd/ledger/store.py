"""This file is the one place where rows of the ledger are written: one statement on PostgreSQL, a few on SQLite.

PostgreSQL takes all rows of an act as JSON in a single statement: the same prepared statement serves one scan and a
delivery of five thousand codes, at one round trip. SQLite runs in the process, where a few statements cost nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.core.money import to_scaled
from spd.ledger.item_state import ItemState
from spd.ledger.models import EntryRow, Item, Movement, OutboxMessage, Posting, Request
from spd.ledger.refusals import AlreadyReversed, CodeTaken, Moved, PeriodClosed, Racing

_MANY = 50  # rows from which on it pays to say once what they have in common
_HELD = ("quantity", "location_id", "owner_id", "state", "version", "head")


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Everything one act writes."""

    requests: Sequence[Mapping[str, Any]]
    born: Sequence[ItemState]
    touched: Sequence[tuple[ItemState, ItemState]]
    movements: Sequence[Mapping[str, Any]]
    entries: Sequence[Mapping[str, Any]]
    postings: Sequence[Mapping[str, Any]]
    messages: Sequence[Mapping[str, Any]]


def write(session: Session, rows: Rows) -> None:
    """Write the rows if every item is still as it was read. Raises: Racing, Moved, CodeTaken, AlreadyReversed."""
    insert_all = _write_at_once if session.get_bind().dialect.name == "postgresql" else _write_in_turn
    try:
        taken = insert_all(session, rows)
    except IntegrityError as error:
        raise _named(error, rows) from error
    if taken != len(rows.touched):
        raise Moved(item=", ".join(before.code for before, _ in rows.touched[:3]))


# Items and movements wait for the requests: who asks twice at once is told so, not that somebody else moved the item.
# The numbers of the items are said once more as an array: of a set of JSON the planner guesses a hundred rows, and
# would rather look through every item of a small hospital than for a hundred.
_AT_ONCE = text(
    """
    WITH asked AS (INSERT INTO requests SELECT * FROM json_populate_recordset(NULL::requests, :requests) RETURNING 1),
    taken AS (
        UPDATE items SET quantity = new.quantity, location_id = new.location_id, owner_id = new.owner_id,
                         state = new.state, version = new.version, head = new.head
        FROM json_to_recordset(:touched) AS new(id bigint, was integer, quantity bigint, location_id bigint,
                                                 owner_id bigint, state text, version integer, head bytea)
        WHERE items.id = new.id AND items.version = new.was AND items.id = ANY (CAST(:ids AS bigint[]))
        RETURNING items.id),
    born AS (INSERT INTO items
             SELECT new.* FROM (SELECT count(*) FROM asked) AS all_asked,
                 json_populate_recordset(json_populate_record(NULL::items, :born_alike), :born) AS new),
    moved AS (INSERT INTO movements
              SELECT new.* FROM (SELECT count(*) FROM asked) AS all_asked,
                  json_populate_recordset(json_populate_record(NULL::movements, :moved_alike), :movements) AS new),
    entered AS (INSERT INTO entries SELECT * FROM json_populate_recordset(NULL::entries, :entries)),
    posted AS (INSERT INTO postings SELECT * FROM json_populate_recordset(NULL::postings, :postings)),
    told AS (INSERT INTO outbox (topic, movement_id, payload, created_at, attempts)
             SELECT topic, movement_id, payload, created_at, 0
             FROM json_populate_recordset(NULL::outbox, :messages))
    SELECT count(*) FROM taken
    """
)


def _write_at_once(session: Session, rows: Rows) -> int:
    born_alike, born = _apart([vars(state) for state in rows.born])
    moved_alike, moved = _apart(rows.movements)
    values = {
        "born_alike": _ENCODER.encode(born_alike),
        "moved_alike": _ENCODER.encode(moved_alike),
        "requests": _json(rows.requests),
        "touched": _json(_touched_row(before, after) for before, after in rows.touched),
        "ids": f"{{{','.join(str(before.id) for before, _ in rows.touched)}}}",
        "born": _json(born),
        "movements": _json(moved),
        "entries": _json(rows.entries),
        "postings": _json(rows.postings),
        "messages": _json(rows.messages),
    }
    return int(session.connection().execute(_AT_ONCE, values).scalar_one())


def populate(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of a table of the ledger in one statement, however many there are. PostgreSQL."""
    statement = text(f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, :rows)")  # noqa: S608
    session.connection().execute(statement, {"rows": _json(rows)})


def _apart(rows: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    """What all rows have in common, said once, and each row's own: five thousand units differ in little but numbers."""
    if len(rows) < _MANY:
        return {}, rows
    alike = {name: value for name, value in rows[0].items() if all(row[name] is value for row in rows)}
    own = [name for name in rows[0] if name not in alike]
    return alike, [{name: row[name] for name in own} for row in rows]


_TAKE = (
    update(Item.__table__)  # type: ignore[arg-type]
    .where(Item.id == bindparam("was_id"), Item.version == bindparam("was_version"))
    .values({name: bindparam(name) for name in _HELD})
)
# Postings before their entry: the trigger that weighs an entry sees all its lines, and takes none after it.
_AFTERWARDS = tuple(
    (insert(table.__table__), part)  # type: ignore[arg-type]
    for table, part in (
        (Movement, "movements"),
        (Posting, "postings"),
        (EntryRow, "entries"),
        (OutboxMessage, "messages"),
    )
)
_ASKED = insert(Request.__table__)  # type: ignore[arg-type]
_BORN = insert(Item.__table__)  # type: ignore[arg-type]


def _write_in_turn(session: Session, rows: Rows) -> int:
    connection = session.connection()
    connection.execute(_ASKED, list(rows.requests))
    if rows.born:
        connection.execute(_BORN, [vars(state) for state in rows.born])
    taken = 0
    if rows.touched:
        values = [_touched_row(before, after) for before, after in rows.touched]
        taken = connection.execute(
            _TAKE, [{"was_id": row.pop("id"), "was_version": row.pop("was"), **row} for row in values]
        ).rowcount
        if taken != len(rows.touched):
            return taken
    for statement, part in _AFTERWARDS:
        if some := getattr(rows, part):
            connection.execute(statement, list(some))
    return taken


def _touched_row(before: ItemState, after: ItemState) -> dict[str, Any]:
    row = {name: getattr(after, name) for name in _HELD}
    return {"id": before.id, "was": before.version, **row}


def _json(rows: Iterable[Mapping[str, Any]]) -> str:
    some = list(rows)
    return _ENCODER.encode(some) if some else "[]"


_FORMS: dict[type, Callable[[Any], Any]] = {
    Decimal: to_scaled,
    datetime: datetime.isoformat,
    date: date.isoformat,
    bytes: lambda value: "\\x" + value.hex(),
    UUID: str,
}


def _written(value: Any) -> Any:
    """A value as PostgreSQL's JSON reader takes it for its column."""
    return _FORMS[type(value)](value)


_ENCODER = json.JSONEncoder(default=_written, ensure_ascii=False, separators=(",", ":"))


def _named(error: IntegrityError, rows: Rows) -> Exception:
    """The refusal behind a constraint; an error of ours stays an error."""
    said = str(error.orig)
    if any(name in said for name in ("pk_requests", "uq_movements_request", "requests.key", "movements.request_key")):
        return Racing()
    if "uq_items_code" in said or "items.code" in said:
        return CodeTaken(item=_code_in(said, rows))
    if "uq_movements_reverses" in said or "movements.reverses_id" in said:
        return AlreadyReversed()
    if "is closed" in said:
        return PeriodClosed(period=rows.entries[0]["period"])
    if "uq_movements_sequence" in said or "movements.item_id" in said:
        return Moved(item=", ".join(before.code for before, _ in rows.touched[:3]))
    return error


def _code_in(said: str, rows: Rows) -> str:
    """PostgreSQL names the code that was taken; SQLite does not, so there the codes of the act are named."""
    for state in rows.born:
        if f"({state.code})" in said:
            return state.code
    return ", ".join(state.code for state in rows.born[:3])
