"""This file is the pages of shared devices: the list, a device with its history, enrolling one, revoking one."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from marshmallow import fields, validate
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, enrolled, limits
from api.fields import Text, Write
from api.here import person, read, write, write_plain
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages import device_words as words
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from scanners.labels import symbols
from spd import signing_on
from spd.core import clock
from spd.core.errors import Refusal
from spd.devices import Device, tests_of
from spd.offline import DeviceEvent, DeviceGap, Dispute
from spd.places import Department, Location
from spd.signing_on import DeviceProfile, EnrolledDevice, Said, SignOn
from spd.staff import Staff


class DeviceForm(Write):
    """A device as its administrator names it."""

    code = Text(required=True, longest=80)
    name = Text(required=True)
    location = Text()
    profile = fields.String(required=True, validate=validate.OneOf([one.value for one in DeviceProfile]))


class RevokeForm(Write):
    """Why it is revoked."""

    reason = Text(required=True)


class CodeForm(Write):
    """Another one-time code."""


def _tabs(current: str) -> list[dict[str, Any]]:
    return [
        {"text": _("Devices"), "href": url_for("pages.devices"), "current": current == "devices"},
        {"text": _("Who came on"), "href": url_for("pages.devices_people"), "current": current == "people"},
    ]


def _rows() -> Select[Any]:
    query: Select[Any] = select(EnrolledDevice.id.label("id"))
    return (
        query.add_columns(Device.code.label("code"))
        .join(Device, Device.id == EnrolledDevice.device_id)
        .outerjoin(Location, Location.id == EnrolledDevice.location_id)
        .outerjoin(Department, Department.id == Location.department_id)
    )


@bp.get("/devices")
def devices() -> str | Response:
    """Every shared device: where it is, whether people may come on at it, when it was last heard of."""
    one = EnrolledDevice
    columns = (
        Column("code", _("Device"), Device.code, kind="code", href=_to_one),
        Column("name", _("Name"), Device.name, href=_to_one),
        Column("place", _("Place"), named_column(Location)),
        Column("department", _("Department"), named_column(Department)),
        Column("profile", _("Kind"), one.profile, show=words.profile_names()),
        Column("state", _("State"), one.state, kind="pill", show=words.state_names(), colour=words.colour),
        Column("seen_at", _("Last heard of"), one.seen_at, kind="instant"),
        Column("passed_at", _("Passed the test card"), Device.passed_at, kind="instant"),
        Column("revoked_at", _("Revoked at"), one.revoked_at, kind="instant"),
    )
    listing = Listing(
        name="devices",
        base=_rows(),
        columns=columns,
        filters=(
            Words("q", _("Search"), lambda text: Device.code.icontains(text, autoescape=True)
                  | Device.name.icontains(text, autoescape=True)),
            Choice("state", _("State"), list(words.state_names().items()), lambda value: one.state == value),
            Choice("profile", _("Kind"), list(words.profile_names().items()), lambda value: one.profile == value),
        ),
        order="code",
        tie=one.id,
    )  # fmt: skip
    may = access.may_open("pages.devices_new", person())
    new = {"text": _("New device"), "href": url_for("pages.devices_new"), "kind": "primary", "icon": "plus"}
    return listed(
        listing, title=_("Devices"), tabs=_tabs("devices"), empty=_("No device is enrolled yet"),
        hint=_("Register one, and open its code on the device."), actions=[new] if may else [],
    )  # fmt: skip


def _to_one(row: Any) -> str:
    return url_for("pages.devices_one", code=row.code)


@bp.get("/devices/people")
def devices_people() -> str | Response:
    """Who came on where, locked, left, and tried in vain."""
    one = SignOn
    base = (
        select(one.id.label("id"), Device.code.label("code"))
        .join(Staff, Staff.id == one.staff_id)
        .outerjoin(EnrolledDevice, EnrolledDevice.id == one.enrolled_id)
        .outerjoin(Device, Device.id == EnrolledDevice.device_id)
    )
    columns = (
        Column("at", _("When"), one.at, kind="instant"),
        Column("staff", _("Person"), Staff.code, kind="code"),
        Column("act", _("What"), one.act, show=words.act_names()),
        Column("device", _("Device"), Device.code, kind="code", href=lambda row: _to_one(row) if row.code else None),
    )
    listing = Listing(
        name="sign-ons",
        base=base,
        columns=columns,
        filters=(
            Words("q", _("Search"), lambda text: Staff.code.icontains(text, autoescape=True)
                  | Device.code.icontains(text, autoescape=True)),
            Choice("act", _("What"), list(words.act_names().items()), lambda value: one.act == value),
        ),
        order="-at",
        tie=one.id.desc(),
    )  # fmt: skip
    return listed(listing, title=_("Who came on"), tabs=_tabs("people"), empty=_("Nobody has come on by badge yet"))


@bp.route("/devices/new", methods=["GET", "POST"])
def devices_new() -> str | Response:
    """Register a device; the page that follows shows its one-time code."""
    form = office.filled(DeviceForm) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            when, said = form.occasion, form.said
            device = Said(
                code=said["code"], name=said["name"], location=said.get("location"),
                profile=DeviceProfile(said["profile"]),
            )  # fmt: skip
            write(when, lambda session: signing_on.register(session, when, device))
            return redirect(url_for("pages.devices_one", code=said["code"]))
    return render_template(
        "device_new.html", form=form, profiles=list(words.profile_names().items()), places=read(_places)
    )


def _places(session: Session) -> list[tuple[str, str]]:
    query = select(Location.code, named_column(Location)).where(~Location.retired, Location.label != "")
    named = [(str(code), f"{name} · {code}") for code, name in session.execute(query.order_by(Location.code))]
    return [("", "–"), *named]


@bp.get("/devices/<path:code>")
def devices_one(code: str) -> str:
    """One device: what it is, what its queue holds, its history, who came on."""
    return _one(code, office.blank())


@bp.post("/devices/code/<path:code>")
def devices_code(code: str) -> str | Response:
    """A one-time code, shown this once; an earlier one ends."""
    form = office.filled(CodeForm)
    made = ""
    if form.sent:
        with form.attempt():
            when = form.occasion
            made = write(when, lambda session: signing_on.new_code(session, when, code))
    return _one(code, office.blank() if made else form, made)


@bp.post("/devices/revoke/<path:code>")
def devices_revoke(code: str) -> str | Response:
    """Nobody comes on at it any more; who is on is off at the next request."""
    form = office.filled(RevokeForm)
    if form.sent:
        with form.attempt():
            when, reason = form.occasion, form.said["reason"]
            write(when, lambda session: signing_on.revoke(session, when, code, reason))
            office.tell(_("Revoked: whoever is on at it is off at the next request."))
            return redirect(url_for("pages.devices_one", code=code))
    return _one(code, form)


def _one(code: str, form: office.Form, made: str = "") -> str:
    def ask(session: Session) -> dict[str, Any]:
        row = signing_on.get_enrolled(session, code)
        device = session.get_one(Device, row.device_id)
        place = session.get(Location, row.location_id) if row.location_id else None
        steps = [(step, _name(session, step.staff_id)) for step in signing_on.history(session, row.id)]
        people = session.execute(
            select(SignOn.act, SignOn.at, Staff.code).join(Staff, Staff.id == SignOn.staff_id)
            .where(SignOn.enrolled_id == row.id).order_by(SignOn.id.desc()).limit(20)
        ).all()  # fmt: skip
        return {"one": row, "device": device, "place": place, "steps": steps, "people": people,
                "tests": tests_of(session, device, limit=5), "queue": _queue(session, row)}  # fmt: skip

    url = url_for("pages.enrol", code=made, _external=True) if made else ""
    return render_template(
        "device.html", form=form, made=made, made_url=url, symbol=_symbol(url) if made else None,
        minutes=signing_on.CODE_MINUTES, acts=words.act_names(), steps_said=words.step_names(),
        states=words.state_names(), profiles=words.profile_names(), state_colour=words.colour,
        may_enrol=access.may_open("pages.devices_code", person()),
        may_revoke=access.may_open("pages.devices_revoke", person()), **read(ask),
    )  # fmt: skip


def _name(session: Session, number: int | None) -> str:
    return session.get_one(Staff, number).code if number is not None else ""


def _queue(session: Session, row: EnrolledDevice) -> dict[str, Any] | None:
    """What has come of the device's queue, and what is missing of it or disputed."""
    if not row.queue:
        return None
    mine = DeviceEvent.device == row.queue
    came, last = session.execute(select(func.count(), func.max(DeviceEvent.received_at)).where(mine)).one()
    gaps = select(func.count()).where(DeviceGap.device == row.queue, DeviceGap.closed_at.is_(None))
    disputed = select(func.count()).where(
        Dispute.state == "open", Dispute.event_id.in_(select(DeviceEvent.id).where(mine))
    )
    return {
        "name": row.queue, "came": came, "last": last, "missing": session.scalar(gaps),
        "disputes": session.scalar(disputed),
    }  # fmt: skip


def _symbol(text: str) -> dict[str, Any]:
    """A QR code as a picture: the path of its modules, one unit each, and its size with the light around it."""
    made = symbols.symbol("qr", text)
    dark = [(x, y) for y, row in enumerate(made.rows) for x, is_dark in enumerate(row) if is_dark]
    path = "".join(f"M{x + made.quiet} {y + made.quiet}h1v1h-1z" for x, y in dark)
    return {"path": path, "size": made.across + 2 * made.quiet}


@bp.route("/enrol", methods=["GET", "POST"])
def enrol() -> str | Response | tuple[str, int]:
    """This browser becomes a device, by the one-time code that its administrator shows."""
    typed = request.values.get("code", "").strip()[:40]
    if request.method == "GET":
        return render_template("enrol.html", code=typed, error="")
    limits.refuse_too_many("enrolment")
    try:
        claimed = write_plain(lambda session: signing_on.claim(session, typed, at=clock.now()))
    except Refusal as refused:
        limits.count_failure("enrolment")
        return render_template("enrol.html", code=typed, error=refused.sentence(short())), 422
    return enrolled.keep(make_response(redirect(url_for("pages.sign_on"))), claimed)


@bp.get("/revoked")
def revoked() -> str:
    """What to do with a device that is revoked: save what it holds, hand it in."""
    return render_template("revoked.html", device=enrolled.find())
