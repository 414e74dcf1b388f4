"""The list of totes says of each how far it is, and who sent it and signed for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import replenishment
from spd.replenishment.tote_rows import signed_lines, totes_statement
from tests import build
from tests.build import Hospital
from tests.replenishment.test_deliver import send, sign


def rows(session: Session) -> dict[str, Any]:
    """The totes by code."""
    shown = totes_statement().subquery()
    return {row.code: row for row in session.execute(select(*shown.c))}


def test_a_tote_is_on_its_way_then_signed_for_in_part_then_signed_for(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, 3, at=h.store)
    code = send(session, h, codes).code
    told = rows(session)[code]
    assert (told.state, told.waiting, told.signed, told.sent_by) == ("waits", 3, 0, "库管")
    sign(session, h, code, codes[:1])
    told = rows(session)[code]
    assert (told.state, told.waiting, told.signed, told.signed_at) == ("partly", 2, 1, build.NOW)
    sign(session, h, code, codes[1:])
    told = rows(session)[code]
    assert (told.state, told.waiting, told.signed, told.signed_by) == ("signed", 0, 3, h.nurse.name)
    assert [one.code for one in signed_lines(session, code)] == codes
    assert {(one.quantity, one.signed_by) for one in signed_lines(session, code)} == {(20, h.nurse.name)}


def test_a_tote_that_was_brought_back_unsigned_waits_for_nobody(session: Session, h: Hospital) -> None:
    codes = build.packs(session, h, at=h.store)
    code = send(session, h, codes).code
    replenishment.bring_back(
        session, replenishment.ToBringBack(occasion=build.occasion(h.keeper), items=codes, to="STORE")
    )
    told = rows(session)[code]
    assert (told.state, told.waiting, told.signed, told.signed_by) == ("back", 0, 0, None)
