"""Photographs of labels: kept with the use of an implant, once, and told to no other department."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd.core.attachments import Attachment, Upload, WrongDocument
from spd.theatre import label_photos
from spd.theatre.implants import UnknownImplant, select_implants
from spd.theatre.label_photos import LabelPhoto, UnknownPhoto
from tests import build
from tests.build import Hospital

JPEG = Upload(name="label.jpg", content=b"\xff\xd8\xff\xe0 a label \xff\xd9")


def typed(session: Session, h: Hospital) -> int:
    """The use of an implant whose code was typed."""
    when = replace(build.occasion(h.nurse), device="PDA-1 keyed:damaged")
    return build.use(session, h, build.stents(session, h)[0], occasion=when).movement_id


def test_a_picture_is_kept_once_with_the_use_and_shown_in_the_log(session: Session, h: Hospital) -> None:
    use, when = typed(session, h), build.occasion(h.nurse)
    scanned = build.use(session, h, build.stents(session, h)[0]).movement_id
    query = select_implants().add_columns(label_photos.PHOTOS)
    before = {row.id: (row.typed, row.photos) for row in session.execute(query)}
    assert before == {use: (True, 0), scanned: (False, 0)}
    first = label_photos.add(session, when, use, JPEG)
    assert label_photos.add(session, when, use, JPEG) is first
    label_photos.add(session, build.occasion(h.nurse), use, JPEG)
    assert {row.id: row.photos for row in session.execute(query)} == {use: 2, scanned: 0}
    assert label_photos.get(session, first.id).content == JPEG.content
    assert label_photos.photos_of(session, [use])[use][0] == (first.id, first.added_at)


@pytest.mark.parametrize("content", [b"%PDF-1.7 a paper %%EOF", b"nothing"])
def test_what_is_no_picture_is_not_kept(session: Session, h: Hospital, content: bytes) -> None:
    with pytest.raises(WrongDocument):
        label_photos.add(session, build.occasion(h.nurse), typed(session, h), Upload(name="x.jpg", content=content))
    assert session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_only_an_implant_that_is_in_somebody_has_one(session: Session, h: Hospital) -> None:
    gauze = build.use(session, h, build.packs(session, h, 1)[0], encounter=None).movement_id
    undone = typed(session, h)
    build.reverse(session, h, undone)
    for movement in (gauze, undone, 10**6):
        with pytest.raises(UnknownImplant):
            label_photos.add(session, build.occasion(h.nurse), movement, JPEG)
    assert session.scalar(select(func.count()).select_from(LabelPhoto)) == 0


def test_another_department_neither_adds_nor_sees_one(session: Session, h: Hospital) -> None:
    use, others = typed(session, h), frozenset({h.surgery.id})
    with pytest.raises(UnknownImplant):
        label_photos.add(session, build.occasion(h.nurse), use, JPEG, departments=others)
    number = label_photos.add(session, build.occasion(h.nurse), use, JPEG, departments=frozenset({h.cardiology.id})).id
    with pytest.raises(UnknownPhoto):
        label_photos.get(session, number, departments=others)
