"""Whoever changes what was written once, with all rights on the database, is found out, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from spd.accounting import proof
from spd.core.clock import now
from spd.core.database import Database
from spd.core.transaction import transaction
from spd.ledger import (
    Entry,
    EntryRow,
    Item,
    Line,
    Movement,
    OutboxMessage,
    Posting,
    Request,
    Voucher,
    chain,
    close_period,
    enter,
)
from spd.ledger.verify import compare, problems, seal
from spd.ledger.verify.sealing import NotASeal
from spd.places import End
from spd.staff import Staff
from tests import build

TABLES = {"movements": Movement, "postings": Posting, "entries": EntryRow}


@pytest.fixture(scope="module")
def _written(new_database: Callable[[str], Database]) -> Callable[[str], Database]:
    """A database of a kind in which a day was, kept sound and without the guards of SQLite, which go only once."""
    made: dict[str, Database] = {}

    def of(kind: str) -> Database:
        if kind not in made:
            database = new_database(kind)
            with transaction(database) as session:
                _act(session)
                assert everything(session) == []
                if kind == "sqlite":
                    for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
                        session.execute(text(f"DROP TRIGGER {name}"))
            made[kind] = database
        return made[kind]

    return of


def _act(session: Session) -> None:
    """A day's acts."""
    h = build.hospital(session)
    for code in build.stents(session, h, 3)[:2]:
        used = build.use(session, h, code)
    build.reverse(session, h, used.movement_id)
    packs = build.packs(session, h, 3)
    build.use(session, h, packs[0], encounter=None)
    build.use(session, h, packs[1], encounter=None, quantity=5)
    lines = [
        Line(account=account, amount=Decimal(amount), product_id=None, product_class="", chargeable=False)
        for account, amount in (("1301", 5), ("2302.02", -5))
    ]
    paper = Voucher(
        kind="test", document_id=1, document="T-1", entry=Entry(event="invoice", period="2026-03", lines=lines)
    )
    enter(session, build.occasion(h.keeper), [paper])


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, _written: Callable[[str], Database]) -> Iterator[Session]:
    """The books of a day, then a hand that the database's own guards do not stop; rolled back."""
    begun = _written(request.param).session()
    _unguard(begun)
    yield begun
    begun.rollback()
    begun.close()


def everything(session: Session) -> list[Any]:
    """What `spd verify` would say."""
    session.expire_all()
    return [*problems(session), *proof.problems(session)]


def _unguard(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))


def _other(value: Any, column: Any) -> Any:
    """Another value that the column takes."""
    changed: dict[type, Any] = {
        bool: lambda: not value,
        int: lambda: value + 1,
        str: lambda: value + "x" if len(value) < (column.type.length or 99) else "x" + value[1:],
        bytes: lambda: bytes(32) if value != bytes(32) else b"\1" * 32,
        datetime: lambda: value + timedelta(seconds=1),
        date: lambda: value + timedelta(days=1),
        Decimal: lambda: value + Decimal("0.0001"),
        UUID: lambda: UUID(int=value.int ^ 1),
    }
    if value is None:
        return {"raw_scan": b"x", "entry_digest": bytes(32)}.get(column.name, 1)
    return changed[type(value)]()


def _foreign(session: Session, column: Any, value: Any) -> Any:
    """Another row of the table a column points to."""
    target = next(iter(column.foreign_keys)).column
    query = select(target).where(target != value) if value is not None else select(target)
    return session.scalars(query.order_by(target.desc()).limit(1)).first()


def _short(rows: list[Any], row: Any, name: str) -> bool:
    """Whether a chain or an entry is short, so that a row hung on it clashes with none of its own."""
    return sum(getattr(other, name) == getattr(row, name) for other in rows) <= 3


COLUMNS = [(table, column.name) for table, model in TABLES.items() for column in model.__table__.columns]


@pytest.mark.parametrize(("table", "name"), COLUMNS)
def test_a_changed_field_is_found(books: Session, table: str, name: str) -> None:
    model = TABLES[table]
    column = model.__table__.columns[name]
    rows = list(books.execute(select(model.__table__).order_by(model.__table__.c.id)))
    row = max(rows, key=lambda r: (getattr(r, "sequence", 0), getattr(r, "line", 0)))
    value = getattr(row, name)
    if (table, name) == ("entries", "document_entry_id"):  # of an entry that is a document's
        row = next(one for one in rows if one.document_entry_id is not None)
        value, changed = row.document_entry_id, row.document_entry_id + 100_000
    elif name in ("id", "sequence", "line"):
        changed = value + 100_000
    elif name == "movement_id":
        changed = books.scalar(select(Movement.id).where(Movement.entry_digest.is_(None)).order_by(Movement.id))
    elif name in ("item_id", "entry_id"):
        changed = next(getattr(r, name) for r in rows if getattr(r, name) != value and _short(rows, r, name))
    elif column.foreign_keys and name not in ("request_key", "account"):
        changed = _foreign(books, column, value)
    elif name == "account":
        changed = "1301"
    else:
        changed = _other(value, column)
    assert changed != value
    books.execute(update(model.__table__).where(model.__table__.c.id == row.id).values({name: changed}))
    found = everything(books)
    assert found, f"{table}.{name} changed from {value!r} to {changed!r} and nobody noticed"
    named = {str(row.id), str(getattr(row, "entry_id", "")), str(getattr(row, "item_id", "")), str(changed)}
    assert named & {problem.row for problem in found}, found


@pytest.mark.parametrize("name", [c.name for c in Item.__table__.columns if c.name != "id"])
def test_a_changed_item_is_found(books: Session, name: str) -> None:
    column = Item.__table__.columns[name]
    row = books.execute(select(Item.__table__).order_by(Item.id).limit(1)).one()
    value = getattr(row, name)
    changed = _foreign(books, column, value) if column.foreign_keys else _other(value, column)
    books.execute(update(Item.__table__).where(Item.id == row.id).values({name: changed}))
    assert str(row.id) in {
        problem.row for problem in everything(books) if problem.table in ("items", "movements")
    } or any(problem.check == "chains" for problem in everything(books))


def test_a_deleted_middle_movement_is_found(books: Session) -> None:
    movement = books.scalars(select(Movement).where(Movement.sequence == 2).order_by(Movement.id)).first()
    assert movement is not None
    item_id, movement_id = movement.item_id, movement.id
    books.execute(delete(Movement.__table__).where(Movement.__table__.c.id == movement_id))
    after = books.scalar(select(Movement.id).where(Movement.item_id == item_id, Movement.sequence == 3))
    assert ("movements", str(after)) in {(p.table, p.row) for p in everything(books)}


@pytest.mark.parametrize("table", ["postings", "entries", "requests"])
def test_a_deleted_row_is_found(books: Session, table: str) -> None:
    key = "key" if table == "requests" else "id"
    one = books.scalar(text(f"SELECT {key} FROM {table} ORDER BY {key} LIMIT 1"))
    if table != "postings" and books.get_bind().dialect.name == "sqlite":
        books.execute(text("PRAGMA defer_foreign_keys = ON"))
    books.execute(text(f"DELETE FROM {table} WHERE {key} = :one"), {"one": one})
    assert everything(books)


def test_a_whole_entry_deleted_with_its_postings_is_found(books: Session) -> None:
    entry = books.scalars(select(EntryRow).order_by(EntryRow.id)).first()
    assert entry is not None
    if books.get_bind().dialect.name == "sqlite":
        books.execute(text("PRAGMA defer_foreign_keys = ON"))
    books.execute(delete(Posting.__table__).where(Posting.__table__.c.entry_id == entry.id))
    books.execute(delete(EntryRow.__table__).where(EntryRow.__table__.c.id == entry.id))
    assert str(entry.movement_id) in {p.row for p in everything(books) if p.table == "movements"}


def test_a_forged_movement_is_found(books: Session) -> None:
    """Well-formed, hashed by our own rule, on a chain it does not belong to."""
    last = books.execute(select(Movement.__table__).order_by(Movement.__table__.c.id.desc()).limit(1)).one()._asdict()
    forged = last | {"id": last["id"] + 1, "sequence": last["sequence"] + 1, "line": 99, "reverses_id": None}
    forged["previous_hash"] = last["hash"]
    forged["hash"] = chain.movement_hash(forged)
    books.execute(insert(Movement.__table__).values(forged))
    found = {(p.table, p.row) for p in everything(books)}
    assert ("items", str(last["item_id"])) in found


def test_a_forged_entry_is_found(books: Session) -> None:
    """Money without goods: balanced, digested by our own rule, named by no movement."""
    movement = books.scalars(select(Movement).where(Movement.entry_digest.is_(None)).order_by(Movement.id)).first()
    assert movement is not None
    entry = {
        "id": 900_001, "movement_id": movement.id, "event": "use_ward", "period": "2026-03", "day_on": movement.day_on,
        "recorded_at": movement.recorded_at,
    }  # fmt: skip
    lines = [
        {
            "id": 900_000 + line, "entry_id": 900_001, "line": line, "account": account, "amount": Decimal(sign * 50),
            "period": "2026-03", "department_id": None, "party_id": None, "encounter_id": None, "product_id": 1,
            "product_class": "high_value", "chargeable": True,
        }
        for line, account, sign in ((1, "5001.01", 1), (2, "1302.02", -1))
    ]  # fmt: skip
    books.execute(insert(Posting.__table__), lines)
    books.execute(insert(EntryRow.__table__).values(entry | {"digest": chain.entry_digest(entry, lines)}))
    assert str(movement.id) in {p.row for p in everything(books) if p.table == "movements"}


def _rewrite_tail(session: Session, item_id: int) -> None:
    """History told anew, perfectly: another reason in the last movement, hashes and item to match."""
    last = session.execute(
        select(Movement.__table__)
        .where(Movement.__table__.c.item_id == item_id)
        .order_by(Movement.__table__.c.sequence.desc())
    ).first()
    assert last is not None
    told = last._asdict() | {"reason": "nothing happened here"}
    told["hash"] = chain.movement_hash(told)
    session.execute(update(Movement.__table__).where(Movement.__table__.c.id == told["id"]).values(told))
    session.execute(update(Item.__table__).where(Item.__table__.c.id == item_id).values(head=told["hash"]))


def test_only_the_seal_finds_a_tail_hashed_anew(books: Session) -> None:
    lines = list(seal(books, at=now()))
    item_id = books.scalar(select(Item.id).order_by(Item.id))
    assert item_id is not None
    _rewrite_tail(books, item_id)
    assert everything(books) == [], "without an outside anchor a perfect forgery is the truth"
    found = list(compare(books, lines))
    assert [problem.table for problem in found] == ["movements"]


def test_the_seal_finds_a_tail_that_was_cut(books: Session) -> None:
    lines = list(seal(books, at=now()))
    item = books.execute(
        select(Item.__table__).where(Item.kind == "unit", Item.state == "available").order_by(Item.id)
    ).first()
    assert item is not None
    chain_of = list(
        books.execute(
            select(Movement.__table__)
            .where(Movement.__table__.c.item_id == item.id)
            .order_by(Movement.__table__.c.sequence)
        )
    )
    cut, before = chain_of[-1], chain_of[-2]
    books.execute(delete(Movement.__table__).where(Movement.__table__.c.id == cut.id))
    back = {
        "version": before.sequence, "head": before.hash, "location_id": before.to_location_id,
        "state": before.state_after, "owner_id": before.to_owner_id,
    }  # fmt: skip
    books.execute(update(Item.__table__).where(Item.__table__.c.id == item.id).values(back))
    assert [problem.row for problem in compare(books, lines)] == [str(item.id)]


def test_a_seal_of_what_is_still_true_finds_nothing(books: Session) -> None:
    assert list(compare(books, list(seal(books, at=now())))) == []


def test_a_seal_that_was_changed_is_no_seal(books: Session) -> None:
    lines = list(seal(books, at=now()))
    lines[1] = lines[1].replace(" ", "  ", 1).replace("  ", " 1", 1)
    with pytest.raises(NotASeal):
        list(compare(books, lines))


def test_a_closed_month_that_moved_is_found(books: Session) -> None:
    session = books
    keeper = session.scalars(select(Staff).where(Staff.code == "keeper")).one()
    close_period(session, build.occasion(keeper, at=build.NOW + timedelta(days=40)), "2026-03")
    assert everything(session) == []
    session.execute(update(Posting.__table__).where(Posting.__table__.c.account == "5001.01").values(period="2026-04"))
    assert "closed months" in {problem.check for problem in everything(session)}


def test_a_message_in_the_outbox_belongs_to_a_movement(books: Session) -> None:
    """The outbox is sent from, so it may change; what it is about may not vanish."""
    message = books.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).first()
    assert message is not None
    assert books.get(Movement, message.movement_id) is not None
    assert books.scalar(select(Request.key).limit(1)) is not None


def test_expense_that_is_no_departments_is_found(books: Session) -> None:
    line = books.scalars(select(Posting).where(Posting.account == "5001.01").order_by(Posting.id).limit(1)).one()
    books.execute(update(Posting).where(Posting.id == line.id).values(department_id=None))
    assert ("cost", "postings", str(line.id)) in {(one.check, one.table, one.row) for one in proof.problems(books)}


def test_what_a_count_lost_costs_what_it_was_worth(books: Session) -> None:
    use = books.scalars(select(Movement).where(Movement.kind == "consume").order_by(Movement.id).limit(1)).one()
    books.execute(update(Movement).where(Movement.id == use.id).values(kind="adjust", to_location_id=End.LOSS))
    assert ("cost", str(use.id)) not in {(one.check, one.row) for one in proof.problems(books)}
    books.execute(update(Movement).where(Movement.id == use.id).values(quantity=Movement.quantity + 1))
    assert ("cost", str(use.id)) in {(one.check, one.row) for one in proof.problems(books)}
