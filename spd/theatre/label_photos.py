"""This file is photographs of labels: kept with a use whose code could not be scanned, so that it shows what it said.

Source: domain facts E1 (an implant: carrier and parsed code, and a picture of the label where it was typed).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKey, Uuid, and_, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog import Product
from spd.core import attachments
from spd.core.attachments import Attachment, Upload, WrongDocument
from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant
from spd.core.errors import NotFound
from spd.core.occasion import KEYED, Occasion
from spd.encounters import Encounter
from spd.ledger import Movement
from spd.theatre.implants import implant_of


class LabelPhoto(AppendOnly, Base):
    """One photograph of the label of what was used. A better one is another; none is ever changed."""

    __tablename__ = "label_photos"

    id: Mapped[Id]
    movement_id: Mapped[int] = mapped_column(ForeignKey("movements.id"), index=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"))
    added_at: Mapped[Instant]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)


class UnknownPhoto(NotFound):
    """There is no such photograph here."""

    code = "unknown-label-photo"
    say = {
        "zh": "没有此标签照片, 或不属于本科室。刷新页面后重试。",
        "en": "There is no such photograph of a label here. Reload the page and try again.",
    }


_COUNTED = (
    select(func.count(LabelPhoto.id)).where(LabelPhoto.movement_id == Movement.id).correlate(Movement).scalar_subquery()
)
PHOTOS: Any = _COUNTED.label("photos")
"""How many pictures of its label are kept with a use."""


def wanted() -> ColumnElement[bool]:
    """Whether a use, read with its product, is of an implant whose code was typed and whose label nobody has shown."""
    return and_(Product.implant, Movement.device.like(KEYED), Movement.encounter_id.is_not(None), _COUNTED == 0)


def add(
    session: Session, occasion: Occasion, movement: int, photo: Upload, *, departments: frozenset[int] | None = None
) -> LabelPhoto:
    """The photograph, kept with the use of an implant; sent again under its key, the first.

    Raises: UnknownImplant, DocumentTooLarge, WrongDocument.
    """
    done = session.scalars(select(LabelPhoto).where(LabelPhoto.request_key == occasion.request_key)).one_or_none()
    if done is not None:
        return done
    implant_of(session, movement, departments=departments)
    if attachments.media_type_of(photo.content) not in ("image/jpeg", "image/png"):
        raise WrongDocument(file=attachments.plain_name(photo.name))
    kept = attachments.keep(session, photo, at=occasion.recorded_at, by_id=occasion.staff_id)
    row = LabelPhoto(
        movement_id=movement, attachment_id=kept.id, added_at=occasion.recorded_at, added_by_id=occasion.staff_id,
        request_key=occasion.request_key,
    )  # fmt: skip
    session.add(row)
    session.flush()  # its number is told
    return row


def photos_of(session: Session, movements: list[int]) -> dict[int, list[tuple[int, datetime]]]:
    """The photographs of these uses, by the use: number and when each was added, the oldest first."""
    found: dict[int, list[tuple[int, datetime]]] = {}
    query = select(LabelPhoto).where(LabelPhoto.movement_id.in_(movements)).order_by(LabelPhoto.id)
    for row in session.scalars(query):
        found.setdefault(row.movement_id, []).append((row.id, row.added_at))
    return found


def get(session: Session, number: int, *, departments: frozenset[int] | None = None) -> Attachment:
    """The photograph with this number. Raises: UnknownPhoto."""
    query = (
        select(LabelPhoto.attachment_id)
        .join(Movement, Movement.id == LabelPhoto.movement_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .where(LabelPhoto.id == number)
    )
    if departments is not None:
        query = query.where(Movement.department_id.in_(departments) | Encounter.department_id.in_(departments))
    found = session.scalar(query)
    if found is None:
        raise UnknownPhoto()
    return attachments.get(session, found)
