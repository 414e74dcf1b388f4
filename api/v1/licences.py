"""This file is /licences: what suppliers, makers and products are permitted, and what ends."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api.fields import Base64, Page, Text, Write
from api.here import occasion, read, settings, write
from api.noun import Noun
from api.paging import paged
from spd import licensing
from spd.catalog import get_product
from spd.core import attachments, clock
from spd.core.attachments import Upload
from spd.licensing import Licence, LicenceKind, LicenceSeen
from spd.licensing.worklist import Giver, Grantee, Maker, Windows, ending, windows
from spd.parties import Party, get_party

bp = Noun("licences", "Licences of suppliers, makers and products; letting goods pass.")
KINDS = [str(kind) for kind in LicenceKind]
_FILE = {"type": "string", "format": "binary"}
_FILES = {200: {"content": {media: {"schema": _FILE} for media in ("application/pdf", "image/jpeg", "image/png")}}}


class LicenceDocumentIn(Schema):
    """A scanned document: PDF, JPG or PNG."""

    name = Text(required=True)
    content = Base64(required=True, metadata={"format": "byte"})


class LicenceIn(Write):
    """A licence as its paper states it; parties and products by their codes. A renewal names the row it renews."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    number = Text(required=True, longest=80)
    holder = Text(longest=80, metadata={"description": "Who holds it; of an authorisation, who gives it."})
    grantee = Text(longest=80)
    maker = Text(longest=80, metadata={"description": "Of an authorisation: whose goods; left out: everybody's."})
    products = fields.List(Text(longest=80), load_default=list, validate=validate.Length(0, 1000))
    device_classes = fields.String(load_default="", validate=validate.OneOf(["", "2", "3", "23"]))
    authority = Text(load_default="", shortest=0)
    valid_from_on = fields.Date(required=True)
    valid_to_on = fields.Date()
    note = Text(load_default="", shortest=0)
    renews = fields.Integer(strict=True, validate=validate.Range(1, 2**62))
    document = fields.Nested(LicenceDocumentIn)


class LicenceOut(Schema):
    """One version of a licence. state: expired, the days of the window it is in, coming, valid, or withdrawn."""

    id = fields.Integer()
    kind = fields.String()
    number = fields.String()
    holder = fields.String(allow_none=True)
    grantee = fields.String(allow_none=True)
    maker = fields.String(allow_none=True)
    device_classes = fields.String()
    authority = fields.String()
    valid_from_on = fields.Date()
    valid_to_on = fields.Date(allow_none=True)
    state = fields.String()
    document = fields.Boolean()


class LicencesOut(Schema):
    """A page of licences, each by its newest version."""

    licences = fields.List(fields.Nested(LicenceOut))
    next = fields.Integer(allow_none=True)


class LicencesAsked(Page):
    """Which licences."""

    kind = fields.String(validate=validate.OneOf(KINDS))
    state = Text(longest=24)
    holder = Text(longest=80)
    number = Text(longest=80)


@bp.get("")
@bp.arguments(LicencesAsked, location="query")
@bp.response(200, LicencesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Licences by their newest version: filter by kind, state, holder's code, number."""

    def ask(session: Session) -> list[dict[str, Any]]:
        seen = _seen(session)
        query = ending(seen).with_only_columns(Licence, Giver.code, Grantee.code, Maker.code)
        for name, column in (("kind", Licence.kind), ("number", Licence.number), ("holder", Giver.code)):
            if name in asked:
                query = query.where(column == asked[name])
        if "state" in asked:
            query = query.where(seen.state() == asked["state"])
        query = query.where(Licence.id > asked["after"]).order_by(Licence.id).limit(asked["limit"] + 1)
        return [_told(seen, *row) for row in session.execute(query)]

    return paged("licences", read(ask), asked["limit"], lambda row: int(row["id"]))


@bp.get("/<int:number>")
@bp.response(200, LicenceOut)
def show(number: int) -> dict[str, Any]:
    """One version of a licence."""
    return read(lambda session: _shown(session, licensing.get(session, number)))


@bp.get("/<int:number>/document")
@bp.response(200, content_type="application/pdf")
@bp.doc(responses=_FILES)
def document(number: int) -> Response:
    """Its scanned document, as it was uploaded."""

    def ask(session: Session) -> Response:
        kept = attachments.get(session, licensing.get(session, number).attachment_id or 0)
        return Response(kept.content, mimetype=kept.media_type)

    return read(ask)


@bp.post("")
@bp.arguments(LicenceIn)
@bp.response(201, LicenceOut)
def add(said: dict[str, Any]) -> dict[str, Any]:
    """Put a licence or its renewal on record. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        upload = Upload(**said["document"]) if "document" in said else None
        seen = _seen_of(session, said)
        return _shown(session, licensing.record(session, when, seen, document=upload, renews=said.get("renews")))

    return write(when, act)


def _seen(session: Session) -> Windows:
    return windows(session, on=clock.day_of(clock.now(), settings().zone))


def _seen_of(session: Session, said: dict[str, Any]) -> LicenceSeen:
    parties = {
        f"{ours}_id": get_party(session, said[name]).id
        for name, ours in (("holder", "party"), ("grantee", "grantee"), ("maker", "maker"))
        if name in said
    }
    return LicenceSeen(
        kind=LicenceKind(said["kind"]), number=said["number"], valid_from_on=said["valid_from_on"],
        valid_to_on=said.get("valid_to_on"), device_classes=said["device_classes"], authority=said["authority"],
        note=said["note"], product_ids=[get_product(session, code).id for code in said["products"]], **parties,
    )  # fmt: skip


def _told(
    seen: Windows, licence: Licence, holder: str | None, grantee: str | None, maker: str | None
) -> dict[str, Any]:
    names = ("id", "kind", "number", "device_classes", "authority", "valid_from_on", "valid_to_on")
    return {name: getattr(licence, name) for name in names} | {
        "holder": holder, "grantee": grantee, "maker": maker, "document": licence.attachment_id is not None,
        "state": seen.state_of(licence),
    }  # fmt: skip


def _shown(session: Session, licence: Licence) -> dict[str, Any]:
    numbers = (licence.party_id, licence.grantee_id, licence.maker_id)
    codes = {number: session.get_one(Party, number).code for number in numbers if number is not None}
    return _told(_seen(session), licence, *(codes.get(number or 0) for number in numbers))
