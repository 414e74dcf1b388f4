"""This file is /label-photos: pictures of labels that could not be scanned, kept with the use of an implant."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from api import access
from api.fields import Base64, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from spd.core.attachments import Upload
from spd.theatre import label_photos
from spd.theatre.label_photos import LabelPhoto

bp = Noun("label-photos", "Pictures of the labels of implants whose code was typed.")
_FILE = {"type": "string", "format": "binary"}
_FILES = {200: {"content": {media: {"schema": _FILE} for media in ("image/jpeg", "image/png")}}}


class LabelPhotoIn(Write):
    """A picture of the label of what a use took: JPG or PNG."""

    movement_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**62))
    name = Text(load_default="label.jpg")
    content = Base64(required=True, metadata={"format": "byte"})


class LabelPhotoOut(Schema):
    """A picture that is kept."""

    id = fields.Integer()
    movement_id = fields.Integer()
    added_at = fields.AwareDateTime()


@bp.post("")
@bp.arguments(LabelPhotoIn)
@bp.response(201, LabelPhotoOut)
def add(said: dict[str, Any]) -> LabelPhoto:
    """Keep a picture with the use of an implant. Safe to send again with the same key."""
    when, mine = occasion(said), access.departments()
    photo = Upload(name=said["name"], content=said["content"])
    return write(when, lambda session: label_photos.add(session, when, said["movement_id"], photo, departments=mine))


@bp.get("/<int:number>")
@bp.response(200, content_type="image/jpeg")
@bp.doc(responses=_FILES)
def show(number: int) -> Response:
    """The picture, as it was taken."""
    kept = read(lambda session: _kept(label_photos.get(session, number, departments=access.departments())))
    return Response(kept[0], mimetype=kept[1])


def _kept(photo: Any) -> tuple[bytes, str]:
    return photo.content, photo.media_type
