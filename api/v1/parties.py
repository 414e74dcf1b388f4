"""This file is the writing of /suppliers, and /manufacturers: whom the hospital has to do with."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.fields import Text, Write
from api.here import occasion, read, write_plain
from api.noun import Noun
from api.v1.reference import PlaceOut, suppliers
from spd.parties import Party, PartyKind, PartySaid, UnknownParty, add_party, change_party, find_party

manufacturers = Noun("manufacturers", "Who makes.")


class PartyAdded(Write):
    """A supplier or manufacturer as it is added."""

    code = Text(required=True, longest=80)
    name = Text(required=True, longest=200)
    name_en = Text(load_default="", longest=200, shortest=0)


class PartyChanged(Write):
    """What is to be different; what is left out stays."""

    name = Text(longest=200)
    name_en = Text(longest=200, shortest=0)
    retired = fields.Boolean()


class PartyKept(PlaceOut):
    """A supplier or manufacturer as it is now."""

    retired = fields.Boolean()


class PartiesOut(Schema):
    """One organisation, as lists tell it."""

    code = fields.String()
    name = fields.String()
    name_en = fields.String()


@manufacturers.get("")
@manufacturers.response(200, PartiesOut(many=True))
def listing() -> list[Party]:
    """The manufacturers, by code."""
    query = select(Party).where(Party.kind == PartyKind.MANUFACTURER, ~Party.retired).order_by(Party.code)
    return read(lambda session: list(session.scalars(query)))


@suppliers.post("", endpoint="add")
@suppliers.arguments(PartyAdded)
@suppliers.response(201, PartyKept)
def supplier_add(said: dict[str, Any]) -> Party:
    """Add a supplier."""
    return _added(said, PartyKind.SUPPLIER)


@suppliers.patch("/<path:code>", endpoint="change")
@suppliers.arguments(PartyChanged)
@suppliers.response(200, PartyKept)
def supplier_change(said: dict[str, Any], code: str) -> Party:
    """Rename or retire a supplier; what it was is kept. Nothing is deleted."""
    return _changed(said, code, PartyKind.SUPPLIER)


@manufacturers.post("", endpoint="add")
@manufacturers.arguments(PartyAdded)
@manufacturers.response(201, PartyKept)
def manufacturer_add(said: dict[str, Any]) -> Party:
    """Add a manufacturer."""
    return _added(said, PartyKind.MANUFACTURER)


@manufacturers.patch("/<path:code>", endpoint="change")
@manufacturers.arguments(PartyChanged)
@manufacturers.response(200, PartyKept)
def manufacturer_change(said: dict[str, Any], code: str) -> Party:
    """Rename or retire a manufacturer; what it was is kept. Nothing is deleted."""
    return _changed(said, code, PartyKind.MANUFACTURER)


def _added(said: dict[str, Any], kind: PartyKind) -> Party:
    when, party = occasion(said), PartySaid(name=said["name"], name_en=said["name_en"])
    return write_plain(lambda session: add_party(session, when, said["code"], kind, party))


def _changed(said: dict[str, Any], code: str, kind: PartyKind) -> Party:
    when = occasion(said)

    def act(session: Session) -> Party:
        party = find_party(session, code)
        if party is None or party.kind != kind:
            raise UnknownParty(party=code)
        now = {name: said.get(name, getattr(party, name)) for name in ("name", "name_en", "retired")}
        change_party(session, when, code, PartySaid(**now))
        return party

    return write_plain(act)
