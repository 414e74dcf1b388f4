"""Every request sent twice, and in two orders: the same goods, the same money, the same answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api import create_app
from scanners import own
from spd.accounting import proof
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.encounters import Encounter
from spd.ledger import EntryRow, Item, Movement, OutboxMessage, Posting, Request, verify
from spd.parties import Party
from spd.places import Department, Location
from spd.staff import Grant, Role, Token
from tests import build
from tests.api.asking import digest
from tests.faults.serving import TOKEN, scanned

STENTS = 6
CASE = f"]C101{build.GAUZE_CASE_DI}10G1"
Said = tuple[str, dict[str, Any]]
# What is asked may need an earlier answer: the code of a pack, the seal of a tote, the number of a use.
Asked = Callable[[dict[str, Any]], Said]


def day(answers: dict[str, Any]) -> dict[str, Asked]:
    """A day of the house, by the name of each request: received, packed, sent, signed for, used, undone."""
    stents = [scanned(f"{build.STENT_DI}.R{number}") for number in range(STENTS)]
    asked: dict[str, Asked] = {
        "note of stents": lambda a: ("/deliveries", {
            "code": "N-S", "supplier": "SUP-STENT", "lines": [{"product": "STENT", "quantity": STENTS}]}),
        "note of gauze": lambda a: ("/deliveries", {
            "code": "N-G", "supplier": "SUP-GAUZE", "lines": [{"product": "GAUZE", "quantity": 100}]}),
        "gauze": lambda a: ("/receipts", {
            "delivery": "N-G", "location": "STORE", "arrivals": [{"scan": CASE, "count": 2}]}),
        "packs": lambda a: ("/packs", {"sources": [a["gauze"]["items"][0]["code"]], "quantity": 20, "count": 4}),
        "tote": lambda a: ("/dispatches", {"items": [p["code"] for p in a["packs"]["packs"]], "to": "CARD-W"}),
        "part signed": lambda a: (f"/dispatches/{a['tote']['code']}/sign", {
            "location": "CARD-W", "items": [p["code"] for p in a["packs"]["packs"][:3]]}),
    }  # fmt: skip
    for number, scan in enumerate(stents):
        asked[f"stent {number}"] = lambda a, scan=scan: (
            "/receipts", {"delivery": "N-S", "location": "CARD-W", "arrivals": [{"scan": scan}]},
        )  # fmt: skip
        asked[f"use {number}"] = lambda a, scan=scan, number=number: (
            "/uses", {"scan": scan, "encounter": f"W-{1 + number % 2}"},
        )  # fmt: skip
    for number in (1, 3):
        asked[f"undo {number}"] = lambda a, number=number: (
            "/reversals", {"movement_id": a[f"use {number}"]["movement_id"], "reason": "扫错"},
        )  # fmt: skip
    for number in range(3):
        asked[f"pack {number}"] = lambda a, number=number: (
            "/uses", {"scan": a["part signed"]["items"][number], "department": "CARD"},
        )  # fmt: skip
    asked["used again"] = lambda a: (
        "/uses", {"scan": stents[1], "encounter": "W-1"} if "undo 1" in a else {"scan": ""},
    )  # fmt: skip
    return asked


def lived(app: Flask, names: list[str], *, twice: int) -> dict[str, Any]:
    """The answers, each request sent until it is answered with 2xx, and then `twice` more times."""
    answers: dict[str, Any] = {}
    asked, open_ = day(answers), list(names)
    for _ in range(len(names)):
        still = []
        for name in open_:
            try:
                path, body = asked[name](answers)
            except KeyError:  # it needs an answer that is not there yet
                still.append(name)
                continue
            key = str(UUID(int=names_in_order().index(name) + 1))
            first = _ask(app, path, body | {"request_key": key})
            if first.status_code not in (200, 201):
                still.append(name)
                continue
            answers[name] = first.get_json()
            for _ in range(twice):
                assert_same(first.get_json(), _ask(app, path, body | {"request_key": key}).get_json())
        open_ = still
        if not open_:
            break
    assert open_ == []
    for name in reversed(names):  # and all of it once more, the last first
        path, body = asked[name](answers)
        key = str(UUID(int=names_in_order().index(name) + 1))
        assert_same(answers[name], _ask(app, path, body | {"request_key": key}).get_json())
    return answers


def names_in_order() -> list[str]:
    return list(day({}))


def assert_same(first: dict[str, Any], again: dict[str, Any]) -> None:
    """An answer told again differs in nothing but saying so; of a note, what has come of it since is told too."""
    told = {"repeated", "lines", "closed_at"} if "lines" in first else {"repeated"}
    assert {k: v for k, v in first.items() if k not in told} == {k: v for k, v in again.items() if k not in told}
    assert again["repeated"] is True


def _ask(app: Flask, path: str, body: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return app.test_client().post(f"/api/v1{path}", json=body, headers=headers)


def prepared(database: Database) -> Flask:
    with transaction(database) as session:
        furnished(session)
    return create_app(Settings(database_url="sqlite://", secret_key="signs nothing here"), database)


def furnished(session: Session) -> build.Hospital:
    """A hospital whose keeper may do everything, with a token."""
    h = build.hospital(session)
    until = build.NOW + timedelta(days=1)
    session.add(Token(staff_id=h.keeper.id, name="device", digest=digest(TOKEN), expires_at=until))
    session.add_all(Grant(staff_id=h.keeper.id, role=role) for role in Role if role != "storekeeper")
    return h


def told(database: Database) -> dict[str, Any]:
    """The ledger, without the numbers that only say who came first."""
    origin, target = aliased(Location), aliased(Location)
    with reading(database) as session:
        problems = [*verify.problems(session), *proof.problems(session)]
        items = select(
            Item.code, Item.kind, Item.state, Item.quantity, Location.code, Party.code, Item.unit_price
        ).join(Location, Location.id == Item.location_id).join(Party, Party.id == Item.owner_id)  # fmt: skip
        moved = (
            select(
                Movement.request_key,
                Movement.line,
                Movement.kind,
                Movement.quantity,
                Item.code,
                origin.code,
                target.code,
            )
            .join(Item, Item.id == Movement.item_id)
            .join(origin, origin.id == Movement.from_location_id)
            .join(target, target.id == Movement.to_location_id)
        )
        whose = (EntryRow.event, Posting.account, Department.code, Party.code, Encounter.code, Posting.product_id)
        posted = (
            select(*whose, func.sum(Posting.amount), func.count())
            .join(EntryRow, EntryRow.id == Posting.entry_id)
            .outerjoin(Department, Department.id == Posting.department_id)
            .outerjoin(Party, Party.id == Posting.party_id)
            .outerjoin(Encounter, Encounter.id == Posting.encounter_id)
            .group_by(*whose)
        )
        counted = {
            table.__tablename__: session.scalar(select(func.count()).select_from(table))
            for table in (Request, Item, Movement, EntryRow, Posting, OutboxMessage)
        }
        lists = {
            name: sorted(_named(row) for row in session.execute(query))
            for name, query in (("items", items), ("movements", moved), ("postings", posted))
        }
    return {"problems": problems, "rows": counted, **lists}


def _named(row: Any) -> str:
    """A row as text; amounts without their trailing zeros, a bulk without the code that its line's number made."""
    texts = ("bulk" if own.is_own(str(one)) and str(one)[0] == "B" else one for one in row)
    return " ".join(str(one.normalize()) if isinstance(one, Decimal) else str(one) for one in texts)


@pytest.fixture
def in_order(new_database: Callable[[str], Database], at_noon: None) -> dict[str, Any]:
    """The ledger of the day as it was lived, each request once."""
    database = new_database("sqlite")
    lived(prepared(database), names_in_order(), twice=0)
    ledger = told(database)
    database.dispose()
    return ledger


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)


def test_every_request_sent_three_times_leaves_the_same_ledger(database: Database, in_order: dict[str, Any]) -> None:
    lived(prepared(database), names_in_order(), twice=2)
    assert told(database) == in_order
    assert in_order["problems"] == []
    assert len(in_order["movements"]) > 30


def test_keys_that_are_forgotten_are_found(
    new_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch, at_noon: None
) -> None:
    """The fault that these tests are for: what was asked before is asked of the rules anew."""
    monkeypatch.setattr("spd.ledger.find_done", lambda *_: None)
    with pytest.raises(AssertionError):
        lived(prepared(new_database("sqlite")), ["stent 0", "use 0"], twice=1)


@pytest.mark.parametrize("seed", [1, 2])
def test_requests_that_arrive_in_another_order_leave_the_same_ledger(
    database: Database, in_order: dict[str, Any], seed: int
) -> None:
    names = names_in_order()
    random.Random(seed).shuffle(names)
    lived(prepared(database), names, twice=1)
    assert told(database) == in_order
