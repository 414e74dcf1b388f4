"""Constants of a query as part of its text: single ones and lists, and never what a word could break out of."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam, create_engine, select
from sqlalchemy.orm import Session

from spd.core.constants import Often, written_in
from spd.ledger import ItemStateName
from spd.places import Location, LocationKind
from tests.build import Hospital

ASKED = (
    select(Location.code)
    .where(Location.kind.in_((LocationKind.WARD, LocationKind.THEATRE)), Location.id > 0)
    .where(Location.code != bindparam("but"))
)


def test_numbers_and_words_are_written_in_and_what_was_named_is_sent(session: Session, h: Hospital) -> None:
    query = written_in(ASKED)
    text = str(query.compile(session.get_bind()))
    assert "IN ('ward', 'theatre')" in text
    assert "id > 0" in text
    assert list(query.compile(session.get_bind()).params) == ["but"]
    asked = {"but": h.ward.code}
    assert session.scalars(query, asked).all() == session.scalars(ASKED, asked).all() == [h.theatre.code]


@pytest.mark.parametrize("word", ["o'clock", "100%", ":name", "back\\slash"])
def test_a_word_that_could_break_out_is_sent(session: Session, word: str) -> None:
    query = written_in(select(Location.id).where(Location.code.in_(("A", word)), Location.name == word))
    assert word not in str(query.compile(session.get_bind()))
    assert session.scalars(query).all() == []


def test_no_list_is_left_as_it_is(session: Session) -> None:
    none: tuple[ItemStateName, ...] = ()
    assert session.scalars(written_in(select(Location.id).where(Location.kind.in_(none)))).all() == []


def test_a_query_that_is_asked_often_finds_what_it_would_find_asked_once(session: Session, h: Hospital) -> None:
    often, there = Often(written_in(ASKED)), session.connection()
    asked = [{"but": h.ward.code}, {"but": h.theatre.code}, {"but": h.ward.code}]
    found = [often.ask(there, values).scalars().all() for values in asked]
    assert found == [session.scalars(ASKED, values).all() for values in asked]
    assert found[0] == found[2] == [h.theatre.code]


def test_each_database_has_a_form_of_its_own(session: Session, h: Hospital) -> None:
    often = Often(written_in(ASKED))
    assert often.ask(session.connection(), {"but": h.ward.code}).scalars().all() == [h.theatre.code]
    other = create_engine("sqlite://", paramstyle="qmark")
    with other.connect() as there:
        Location.__table__.create(there)  # type: ignore[attr-defined]
        assert often.ask(there, {"but": h.ward.code}).all() == []
    assert often.ask(session.connection(), {"but": h.theatre.code}).scalars().all() == [h.ward.code]
