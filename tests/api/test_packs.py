"""Packs and labels over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from spd.core.transaction import transaction
from tests import build
from tests.api.asking import Caller, World, is_problem, label


@pytest.fixture
def keeper(embedded: World) -> Caller:
    return embedded.asking("storekeeper")


def bulk(world: World) -> str:
    with transaction(world.database) as session:
        return build.gauze(session, world.h)


def test_packs_are_made_each_with_a_code_of_its_own(embedded: World, keeper: Caller) -> None:
    told = keeper.post("/packs", {"sources": [bulk(embedded)], "quantity": 20})
    assert told.status_code == 201
    packs = told.get_json()["packs"]
    assert (len({pack["code"] for pack in packs}), told.get_json()["loose"]) == (2, 10)


def test_sent_again_with_their_key_packs_are_told_the_same_and_made_once(embedded: World, keeper: Caller) -> None:
    said = {"request_key": str(uuid4()), "sources": [bulk(embedded)], "quantity": 20, "count": 1}
    first = keeper.post("/packs", said).get_json()
    before = embedded.books()
    assert keeper.post("/packs", said).get_json() == first | {"repeated": True}
    assert embedded.books() == before
    keeper.refused("/packs", said | {"count": 2}, 409, "key-reused")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"quantity": 60}, 422, "not-enough"),
        ({"count": 3}, 422, "not-enough"),
        ({"sources": ["B000000000000"]}, 404, "unknown-item"),
        ({"sources": ["包"]}, 400, "unreadable"),
        ({"sources": []}, 422, "invalid"),
        ({"quantity": 0}, 422, "invalid"),
        ({"quantity": "20"}, 422, "invalid"),
        ({"price": "1"}, 422, "invalid"),
    ],
)
def test_packs_that_cannot_be_made_are_refused(
    embedded: World, keeper: Caller, said: dict[str, Any], status: int, code: str
) -> None:
    keeper.refused("/packs", {"sources": [bulk(embedded)], "quantity": 20} | said, status, code)


def test_two_lots_never_mix_in_a_pack(embedded: World, keeper: Caller) -> None:
    said = {"sources": [bulk(embedded), bulk(embedded)], "quantity": 60, "count": 1}
    keeper.refused("/packs", said, 422, "mixed-pack")


def test_what_has_a_code_of_its_own_is_not_packed(embedded: World, keeper: Caller) -> None:
    with transaction(embedded.database) as session:
        code = build.stents(session, embedded.h, at=embedded.h.store)[0]
    keeper.refused("/packs", {"sources": [label(code)], "quantity": 1}, 422, "not-packable")


def test_a_pack_is_not_packed_again(embedded: World, keeper: Caller) -> None:
    with transaction(embedded.database) as session:
        pack = build.packs(session, embedded.h, 1, at=embedded.h.store)[0]
    answer = keeper.post("/packs", {"sources": [pack], "quantity": 10})
    assert answer.status_code == 422


def test_a_nurse_makes_no_packs(embedded: World) -> None:
    embedded.asking("nurse").refused("/packs", {"sources": [bulk(embedded)], "quantity": 20}, 403, "not-allowed")


@pytest.mark.parametrize(
    ("format_", "media", "begins"),
    [
        ("pdf", "application/pdf", b"%PDF"), ("zpl", "text/plain", b"^XA"), ("svg", "image/svg+xml", b"<"),
        ("png", "image/png", b"\x89PNG"),
    ],
)  # fmt: skip
def test_a_label_is_printed_in_every_format(
    embedded: World, keeper: Caller, format_: str, media: str, begins: bytes
) -> None:
    wanted = [{"kind": "item", "code": bulk(embedded)}]
    answer = keeper.post("/labels", {"labels": wanted, "format": format_})
    assert (answer.status_code, answer.mimetype) == (200, media)
    assert answer.get_data().lstrip().startswith(begins)


def test_labels_of_what_is_not_there_are_refused(embedded: World, keeper: Caller) -> None:
    is_problem(keeper.get("/labels", code="NOBODY"), 404, "unknown-item")
    is_problem(keeper.get("/labels"), 422, "invalid")
    is_problem(keeper.get("/labels", code="X", size="9x9"), 422, "invalid")
    is_problem(keeper.post("/labels", {"labels": [{"code": "X"}] * 201}), 422, "invalid")
