"""This file is the places a person may choose from, and the one their work begins at."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from api import access
from api.i18n import gettext as _
from api.pages.scanned import named
from spd.places import INSIDE, End, Location, LocationKind


def kind_name(kind: str) -> str:
    """What kind of place it is."""
    return {
        LocationKind.STORE: _("store"),
        LocationKind.WARD: _("ward"),
        LocationKind.THEATRE: _("theatre"),
        LocationKind.TRANSIT: _("on its way"),
        LocationKind.SUPPLIER: _("supplier"),
        LocationKind.PROCESSING: _("processing"),
        LocationKind.PATIENT: _("patient"),
        LocationKind.LOSS: _("loss"),
        LocationKind.FOUND: _("found"),
    }[LocationKind(kind)]


def may_see(session: Session) -> list[Location]:
    """The places this request may see: its own departments' first, then stores that are nobody's."""
    mine = access.departments()
    query: Any = select(Location).where(Location.kind.in_(INSIDE), Location.id != End.TRANSIT, ~Location.retired)
    if mine is not None:
        query = query.where(or_(Location.department_id.in_(mine), Location.department_id.is_(None)))
    return list(session.scalars(query.order_by(Location.department_id.is_(None), Location.code)))


def stores(session: Session) -> list[Location]:
    """The stores goods are received into."""
    query = select(Location).where(Location.kind == LocationKind.STORE, ~Location.retired).order_by(Location.id)
    return list(session.scalars(query))


def named_place(place: Location) -> str:
    """A place as it stands in a list to choose from."""
    return f"{named(place.name, place.name_en)} · {kind_name(place.kind)}"
