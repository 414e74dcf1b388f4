"""Devices: registered, enrolled by a code that is good once, revoked; each step on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import signing_on
from spd.signing_on import CODE_MINUTES, CodeNotGood, DeviceRevoked, DeviceState, Said, UnknownEnrolled
from tests import build
from tests.build import NOW, Hospital

SAID = Said(code="PDA-1", name="心内手持", location="CARD-W")


def enrolled(session: Session, h: Hospital) -> str:
    signing_on.register(session, build.occasion(h.keeper), SAID)
    code = signing_on.new_code(session, build.occasion(h.keeper), "PDA-1")
    return signing_on.claim(session, code, at=NOW).secret


def test_a_code_makes_one_browser_the_device_once(session: Session, h: Hospital) -> None:
    signing_on.register(session, build.occasion(h.keeper), SAID)
    code = signing_on.new_code(session, build.occasion(h.keeper), "PDA-1")
    claimed = signing_on.claim(session, f" {code.lower()} ", at=NOW)
    found = signing_on.find_by_secret(session.connection(), claimed.secret)
    assert found is not None
    assert (found.code, found.state) == ("PDA-1", DeviceState.ENROLLED)
    with pytest.raises(CodeNotGood):
        signing_on.claim(session, code, at=NOW)


def test_a_code_is_good_for_a_while_and_another_ends_it(session: Session, h: Hospital) -> None:
    signing_on.register(session, build.occasion(h.keeper), SAID)
    first = signing_on.new_code(session, build.occasion(h.keeper), "PDA-1")
    second = signing_on.new_code(session, build.occasion(h.keeper), "PDA-1")
    with pytest.raises(CodeNotGood):
        signing_on.claim(session, first, at=NOW)
    with pytest.raises(CodeNotGood):
        signing_on.claim(session, second, at=NOW + timedelta(minutes=CODE_MINUTES, seconds=1))


def test_a_device_enrolled_anew_is_one_browser_still(session: Session, h: Hospital) -> None:
    before = enrolled(session, h)
    code = signing_on.new_code(session, build.occasion(h.keeper), "PDA-1")
    signing_on.claim(session, code, at=NOW)
    assert signing_on.find_by_secret(session.connection(), before) is None


def test_a_revoked_device_is_known_as_that_and_its_queue_too(session: Session, h: Hospital) -> None:
    secret = enrolled(session, h)
    row = signing_on.get_enrolled(session, "PDA-1")
    signing_on.seen(session, row.id, at=NOW, queue="WEB-1")
    assert signing_on.revoked_since(session, "WEB-1") is None
    when = build.occasion(h.keeper)
    for _ in range(2):  # asked twice with one key
        assert signing_on.revoke(session, when, "PDA-1", "lost").state == DeviceState.REVOKED
    found = signing_on.find_by_secret(session.connection(), secret)
    assert found is not None
    assert found.state == DeviceState.REVOKED
    assert signing_on.revoked_since(session, "WEB-1") == NOW
    with pytest.raises(DeviceRevoked):
        signing_on.revoke(session, build.occasion(h.keeper), "PDA-1", "again")
    steps = [(step.act, step.words) for step in signing_on.history(session, row.id)]
    assert steps == [
        ("registered", "心内手持 · CARD-W · handheld"), ("code", ""), ("enrolled", ""), ("revoked", "lost"),
    ]  # fmt: skip


def test_its_history_is_written_once(session: Session, h: Hospital) -> None:
    enrolled(session, h)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE device_steps SET words = 'never happened'"))


def test_there_is_no_code_for_what_is_not_registered(session: Session, h: Hospital) -> None:
    with pytest.raises(UnknownEnrolled):
        signing_on.new_code(session, build.occasion(h.keeper), "PDA-9")
