"""This file is the pages of label photographs: taking one where a code was typed, and looking at it."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from marshmallow import Schema
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api import access
from api.here import read, write
from api.i18n import gettext as _
from api.pages import bp, office
from spd.core.attachments import Attachment, Upload
from spd.theatre import label_photos
from spd.theatre.implants import implant_of


class PhotoForm(Schema):
    """A photograph; the file itself comes beside the fields."""


@bp.get("/theatre/implants/<int:number>/label")
def label_photo_new(number: int) -> str:
    """Taking a picture of the label of an implant."""
    return _page(number, office.blank())


@bp.post("/theatre/implants/<int:number>/label")
def label_photo_add(number: int) -> str | Answer:
    """The picture is kept with the use."""
    form, sent = office.filled(PhotoForm), request.files.get("photo")
    if sent is None or not sent.filename:
        form.errors["photo"] = _("Take or choose a picture of the label.")
    else:
        with form.attempt():
            photo, when, mine = Upload(name=sent.filename, content=sent.read()), form.occasion, access.departments()
            write(when, lambda session: label_photos.add(session, when, number, photo, departments=mine))
            office.tell(_("The picture is kept with the use."))
            return redirect(url_for("pages.theatre_implant", number=number))
    return _page(number, form)


def _page(number: int, form: office.Form) -> str:
    mine = access.departments()

    def ask(session: Session) -> str:
        row = implant_of(session, number, departments=mine)
        photos = label_photos.photos_of(session, [number]).get(number, [])
        return render_template("label_photo.html", row=row, photos=photos, form=form)

    return read(ask)


@bp.get("/theatre/labels/<int:number>")
def label_photo(number: int) -> Response:
    """The picture itself."""

    def ask(session: Session) -> Response:
        kept: Attachment = label_photos.get(session, number, departments=access.departments())
        return Response(kept.content, mimetype=kept.media_type)

    return read(ask)
