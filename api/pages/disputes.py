"""This file is disputes as the head nurse works through them: what happened at a device and the rules refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import fields, validate
from sqlalchemy import Select, case, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from api import access, queued
from api.fields import Text, Whole, Write
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages import offline_words as words
from api.pages.listing import Choice, Column, DayFrom, Listing, listed
from api.pages.safety import tabs
from api.pages.scanned import named_column
from spd import offline
from spd.core import clock
from spd.offline import DeviceEvent, DeviceGap, Dispute, EventVerdict, Resolution, UnknownDispute
from spd.places import Department
from spd.staff import Staff

_owner = aliased(Staff)


class DisputeOwnForm(Write):
    """Who looks after it."""


class DisputeResolveForm(Write):
    """What it was."""

    resolution = fields.String(required=True, validate=validate.OneOf([one.value for one in Resolution]))
    reason = Text(required=True)


class LostForm(Write):
    """It will not come."""

    device = Text(required=True, longest=80)
    sequence = Whole(required=True)
    reason = Text(required=True)


def _done_until(day: date) -> Any:
    """Whether it was done on a day or before."""
    return DeviceEvent.occurred_at < clock.first_instant(day + timedelta(days=1), settings().zone)


@bp.get("/safety/disputes")
def disputes() -> str | Response:
    """What happened at devices and was refused, the oldest first."""
    one = Dispute
    now = clock.now()
    opened = case((one.state == "open", one.opened_at))
    columns = (
        Column("opened_at", _("Came in at"), one.opened_at, kind="instant", href=_to_one),
        Column("code", _("Why"), one.code, show=lambda code: words.reason_names().get(code, code), href=_to_one),
        Column("kind", _("What"), one.kind, show=words.kind_names()),
        Column("scanned", _("What was scanned"), one.scanned),
        Column("department", _("Department"), named_column(Department)),
        Column("occurred_at", _("Done at"), DeviceEvent.occurred_at, kind="instant"),
        Column("staff", _("Person"), Staff.code, kind="code"),
        Column("owner", _("Looked after by"), _owner.code, kind="code"),
        Column("age", _("Days open"), opened, show=lambda at: str((now - at).days)),
        Column("state", _("State"), one.state, kind="pill", show=words.state_names(), colour=_colour),
        Column("resolution", _("What it turned out to be"), one.resolution, show=words.resolution_names()),
    )
    listing = Listing(
        name="disputes",
        base=_rows(),
        columns=columns,
        filters=(
            Choice("state", _("State"), list(words.state_names().items()), lambda value: one.state == value),
            Choice("kind", _("What"), list(words.kind_names().items()), lambda value: one.kind == value),
            DayFrom("until", _("Until"), _done_until),
        ),
        order="opened_at",
        tie=one.id,
    )
    return listed(
        listing, title=_("Disputes"), tabs=tabs("disputes"), empty=_("Everything that devices brought was booked")
    )


def _shown() -> list[Any]:
    return [
        Dispute.opened_at, Dispute.code, Dispute.kind, Dispute.scanned, Dispute.state, Dispute.resolution,
        DeviceEvent.occurred_at, Staff.code.label("staff"), _owner.code.label("owner"),
        named_column(Department).label("department"),
    ]  # fmt: skip


def _rows() -> Select[Any]:
    query = (
        select(Dispute.id.label("id"))
        .join(DeviceEvent, DeviceEvent.id == Dispute.event_id)
        .join(Staff, Staff.id == DeviceEvent.staff_id)
        .outerjoin(_owner, _owner.id == Dispute.owner_id)
        .outerjoin(Department, Department.id == Dispute.department_id)
    )
    mine = access.departments()
    return query if mine is None else query.where(Dispute.department_id.in_(mine))


def _to_one(row: Any) -> str:
    return url_for("pages.dispute", number=row.id)


def _colour(state: str) -> str:
    return "ok" if state == "resolved" else "caution"


@bp.get("/safety/disputes/<int:number>")
def dispute(number: int) -> str:
    """One dispute with its history."""
    return _one(number, office.blank())


@bp.post("/safety/disputes/<int:number>/own")
def dispute_own(number: int) -> str | Response:
    """Look after it."""
    form = office.filled(DisputeOwnForm)
    if form.sent:
        with form.attempt():
            when, mine = form.occasion, access.departments()
            write(when, lambda session: offline.own(session, when, number, mine))
            return redirect(url_for("pages.dispute", number=number))
    return _one(number, form)


@bp.post("/safety/disputes/<int:number>")
def dispute_resolve(number: int) -> str | Response:
    """Say what it was, and why."""
    form = office.filled(DisputeResolveForm)
    if form.sent:
        with form.attempt():
            when, mine = form.occasion, access.departments()
            what, reason = Resolution(form.said["resolution"]), form.said["reason"]
            write(
                when, lambda session: offline.resolve(session, when, number, what, reason=reason, departments=mine)
            )  # fmt: skip
            office.tell(_("Resolved."))
            return redirect(url_for("pages.disputes", state="open"))
    return _one(number, form)


def _one(number: int, form: office.Form) -> str:
    query = _rows().where(Dispute.id == number).add_columns(
        *_shown(), DeviceEvent.device, DeviceEvent.sequence, DeviceEvent.received_at, DeviceEvent.flags,
        (EventVerdict.sentence_en if short() == "en" else EventVerdict.sentence_zh).label("sentence"),
    ).join(EventVerdict, EventVerdict.event_id == DeviceEvent.id)  # fmt: skip
    row = read(lambda session: session.execute(query).one_or_none())
    if row is None:
        raise UnknownDispute(number=number)
    steps = read(
        lambda session: [
            (step, session.get_one(Staff, step.staff_id).code) for step in offline.history(session, number)
        ]
    )
    return render_template(
        "dispute.html", one=row, form=form, steps=steps, acts=words.act_names(), kinds=words.kind_names(),
        reason=words.reason_names().get(row.code, row.code), states=words.state_names(), state_colour=_colour,
        resolutions=list(words.resolution_names().items()),
        may_resolve=row.state == "open" and access.may_open("pages.dispute_resolve", person()),
    )  # fmt: skip


@bp.get("/safety/gaps")
def device_gaps() -> str | Response:
    """Events that devices numbered and that have not come."""
    return _gaps(office.blank())


@bp.post("/safety/gaps")
def device_gap_lost() -> str | Response:
    """It will not come, and why; what waited for it is judged at once."""
    form = office.filled(LostForm)
    if form.sent:
        with form.attempt():
            when, said = form.occasion, form.said
            write(
                when,
                lambda session: offline.call_lost(session, when, said["device"], said["sequence"], said["reason"]),
            )
            queued.judge_waiting(said["device"], when.recorded_at)
            office.tell(_("Given up; what waited for it is judged."))
            return redirect(url_for("pages.device_gaps"))
    return _gaps(form)


def _gaps(form: office.Form) -> str:
    query = select(DeviceGap).where(DeviceGap.closed_at.is_(None)).order_by(DeviceGap.device, DeviceGap.sequence)
    return render_template(
        "device_gaps.html", form=form, gaps=read(lambda session: session.scalars(query.limit(500)).all()),
        tabs=tabs("gaps"), may_lose=access.may_open("pages.device_gap_lost", person()),
    )  # fmt: skip
