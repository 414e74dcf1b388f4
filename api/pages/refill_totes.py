"""This file is the list of totes: what left, where it is, who signed for it and when."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import viewing
from api.here import read
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.refill import own_places, tabs
from api.pages.scanned import named
from spd.places import Location
from spd.replenishment.models import Dispatch
from spd.replenishment.tote_rows import BACK, PARTLY, SIGNED, WAITS, totes_statement


@bp.get("/refill/totes")
def refill_totes() -> str | Response:
    """Every tote to the places this reader sees, the newest first."""
    states = {
        WAITS: _("on its way"),
        PARTLY: _("signed for in part"),
        SIGNED: _("signed for"),
        BACK: _("came back"),
    }
    colours = {WAITS: "queued", PARTLY: "caution", SIGNED: "ok", BACK: "quiet"}
    rows = totes_statement().subquery("shown")
    c = rows.c
    listing = Listing(
        name="totes",
        base=select(Dispatch.id.label("id")).join(rows, c.number == Dispatch.id).where(own_places(c.to_location_id)),
        columns=(
            Column("code", _("Tote"), c.code, kind="code", href=_address),
            Column("state", _("State"), c.state, kind="pill", show=states, colour=colours.get),
            Column("to", _("To"), _name(c.to_name, c.to_name_en)),
            Column("waiting", _("Not signed for"), c.waiting, kind="quantity"),
            Column("items", _("Items"), c["items"], kind="quantity"),
            Column("sent_at", _("Sent"), c.sent_at, kind="instant"),
            Column("sent_by", _("Sent by"), c.sent_by),
            Column("signed_at", _("Signed"), c.signed_at, kind="instant"),
            Column("signed_by", _("Signed by"), c.signed_by),
            Column("origin", _("From store"), _name(c.from_name, c.from_name_en)),
            Column("seal", _("Seal"), c.seal, kind="code"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: or_(*(
                column.icontains(words, autoescape=True)
                for column in (c.code, c.seal, c.to_name, c.to_name_en, c.sent_by, c.signed_by)
            ))),
            Choice("state", _("State"), list(states.items()), lambda value: c.state == value),
            Choice("place", _("To"), read(_places), lambda value: c.to_location_id == int(value)),
            DayFrom("since", _("Since"), lambda day: c.sent_at >= viewing.morning(day)),
        ),
        order="-sent_at",
        tie=Dispatch.id.desc(),
    )  # fmt: skip
    return listed(
        listing,
        title=_("Totes"),
        tabs=tabs(),
        empty=_("No tote has left yet"),
        hint=_("A tote appears here when it is sealed or sent."),
    )


def _name(name: Any, name_en: Any) -> Any:
    return func.coalesce(func.nullif(name_en, ""), name) if short() == "en" else name


def _places(session: Session) -> list[tuple[str, str]]:
    """The places totes went to, of those this reader sees."""
    went = select(Dispatch.to_location_id)
    query = select(Location).where(Location.id.in_(went), own_places(Location.id)).order_by(Location.code)
    return [(str(place.id), named(place.name, place.name_en)) for place in session.scalars(query)]


def _address(row: Any) -> str:
    return url_for("pages.refill_tote", code=row.code)
