"""This file is the worklist of events of stays that could not be applied: what was told, why it waits, setting aside.

It names no patient: who runs the interface need not know who they are.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response

from api import access
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.patients import kind_names
from spd import encounters
from spd.encounters import REASONS, EncounterEvent, EncounterEventTrouble, UnknownTrouble


class SetAsideForm(Schema):
    """Why nobody waits for it any more."""

    reason = fields.String(required=True, validate=validate.Length(1, 200))


def reason_names() -> dict[str, str]:
    """Why an event waits."""
    return {code: words[short() == "en"] for code, words in REASONS.items()}


def _waits() -> Any:
    return EncounterEventTrouble.set_aside_at.is_(None)


def _about() -> Any:
    """The stay that an event is about; of a merge of patients, the number that goes."""
    return func.coalesce(func.nullif(EncounterEvent.encounter, ""), EncounterEvent.patient)


def _rows() -> Select[Any]:
    return (
        select(EncounterEvent.id.label("number"))
        .join(EncounterEventTrouble, EncounterEventTrouble.event_id == EncounterEvent.id)
        .where(EncounterEventTrouble.ended_at.is_(None))
    )


@bp.get("/stays")
def stays() -> str | Response:
    """Events that could not be applied, the longest waiting first."""
    event, trouble = EncounterEvent, EncounterEventTrouble
    states = [("waits", _("waits")), ("aside", _("set aside"))]
    listing = Listing(
        name="encounter-events",
        base=_rows(),
        columns=(
            Column("since_at", _("Waits since"), trouble.since_at, kind="instant", href=_to_one),
            Column("kind", _("Event"), event.kind, show=kind_names()),
            Column("encounter", _("Encounter or patient"), _about(), kind="code"),
            Column("reason", _("Why"), trouble.reason, show=reason_names()),
            Column("occurred_at", _("Happened at"), event.occurred_at, kind="instant"),
            Column("source", _("Sender"), event.source),
            Column("message", _("Message"), event.message, kind="code"),
            Column("set_aside_reason", _("Set aside because"), trouble.set_aside_reason),
        ),
        filters=(
            Choice("state", _("State"), states, lambda value: _waits() if value == "waits" else ~_waits()),
            Choice("reason", _("Why"), list(reason_names().items()), lambda value: trouble.reason == value),
            Words("q", _("Encounter or message"), lambda words: (_about() == words) | (event.message == words)),
        ),
        order="since_at",
        tie=event.id,
    )
    return listed(
        listing, title=_("Events of stays"), empty=_("Every event could be applied"),
        hint=_("What cannot be applied yet waits here, and is applied as soon as later events make sense of it."),
    )  # fmt: skip


def _to_one(row: Any) -> str:
    return url_for("pages.stays_one", number=row.number)


@bp.get("/stays/<int:number>")
def stays_one(number: int) -> str:
    """One of them."""
    return _one(number, office.blank())


@bp.post("/stays/<int:number>")
def stays_set_aside(number: int) -> str | Response:
    """Nobody waits for it any more, with the reason."""
    form = office.filled(SetAsideForm)
    if form.sent:
        with form.attempt():
            when, reason = form.occasion, form.said["reason"]
            write(when, lambda session: encounters.set_aside(session, when, number, reason=reason))
            office.tell(_("Set aside."))
            return redirect(url_for("pages.stays", state="waits"))
    return _one(number, form)


def _one(number: int, form: office.Form) -> str:
    columns = [column for column in EncounterEvent.__table__.columns if column.name not in ("id", "patient_name")]
    trouble = EncounterEventTrouble
    query = _rows().where(EncounterEvent.id == number).add_columns(
        *columns, trouble.reason, trouble.since_at, trouble.set_aside_at, trouble.set_aside_reason
    )  # fmt: skip
    row = read(lambda session: session.execute(query).one_or_none())
    if row is None:
        raise UnknownTrouble(number=number)
    return render_template(
        "stays_one.html", one=row, form=form, kind=kind_names()[row.kind], reason=reason_names()[row.reason],
        may_set_aside=access.may_open("pages.stays_set_aside", person()),
    )  # fmt: skip
