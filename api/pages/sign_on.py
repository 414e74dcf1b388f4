"""This file is coming on at a shared device by badge and PIN, locking it, and setting one's PIN."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from werkzeug.wrappers import Response

from api import badge, enrolled, identity, limits
from api.fields import Text
from api.here import database
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.account import next_page
from spd import signing_on
from spd.core.errors import NotAllowed, Refused
from spd.core.transaction import glance
from spd.staff import Staff

_GO_ON = ("/bedside", "/emergency", "/deliver")
"""Scan pages that say nothing of anybody: whoever comes on goes on there."""


class PinForm(Schema):
    """A PIN, twice, and the password that proves whose it is."""

    password = fields.String(required=True, validate=validate.Length(1, 200))
    pin = Text(required=True, longest=6)
    again = Text(required=True, longest=6)


class NotTheSame(Refused):
    """The PIN was typed differently the second time."""

    code = "pin-differs"
    say = {"zh": "两次输入的 PIN 不同。请重新输入。", "en": "The two PINs differ. Type both again."}


@bp.route("/sign-on", methods=["GET", "POST"])
def sign_on() -> str | Response | tuple[str, int]:
    """Badge and PIN in, somebody on: whoever was before is not."""
    device = enrolled.find()
    if device is None or not device.takes_pins:
        return redirect(url_for("pages.login", next=next_page()))
    if request.method == "GET":
        return _page()
    shown, pin = request.form.get("badge", "").strip()[:80], request.form.get("pin", "")
    if not shown or not pin:
        return _page(shown=shown)
    limits.refuse_too_many(shown)
    try:
        who = identity.check_pin(shown, pin)
    except NotAllowed as refused:
        if isinstance(refused, signing_on.WrongPin):
            limits.count_failure(shown)
        return _page(error=refused.sentence(short())), 403
    same = identity.was_on() == who.id
    identity.log_in(who)
    enrolled.touch()
    wanted = next_page()
    return redirect(wanted if same or urlsplit(wanted).path in _GO_ON else url_for("pages.home"))


def _page(*, shown: str = "", error: str = "") -> str:
    number, locked = identity.was_on(), ""
    if number is not None:
        with glance(database()) as db:
            locked = db.scalar(select(Staff.name).where(Staff.id == number)) or ""
    return render_template(
        "sign_on.html", next=next_page(), badge=shown, error=error, locked=locked, device=enrolled.find()
    )


@bp.post("/lock")
def lock() -> Response:
    """Nobody is on from now on; who was may go on where they were."""
    return redirect(url_for("pages.sign_on" if identity.lock() else "pages.login", next=next_page()))


@bp.route("/account/pin", methods=["GET", "POST"])
def account_pin() -> str | Response:
    """Set one's own PIN: with the password, which is how a forgotten one is set anew too."""
    form = office.filled(PinForm) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            if form.said["pin"] != form.said["again"]:
                raise NotTheSame()
            badge.settle_pin(form.said["password"], form.said["pin"], form.occasion)
            office.tell(_("The PIN holds from now on, at every shared device."))
            return redirect(url_for("pages.home"))
    form.texts = {}  # nothing secret is sent back
    return render_template("pin.html", form=form)
