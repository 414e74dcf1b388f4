"""This file is the page of the hospital's policies: each with its value, what it means, and who set it."""

from __future__ import annotations

import json
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from api import reading
from api.access import may_open
from api.fields import Text
from api.here import person, read, settings, write_plain
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from spd import policies
from spd.core.addresses import domains_of, refuse_foreign
from spd.staff import Role


class PolicyForm(Schema):
    """One policy with another value."""

    policy = Text(required=True)
    value = Text(load_default="", shortest=0, longest=2000)
    reason = fields.String(load_default="", validate=validate.Length(0, 200))


@bp.route("/hospital", methods=["GET"])
def hospital() -> str:
    """Every policy in force."""
    return _page(office.blank())


@bp.post("/hospital")
def hospital_settle() -> str | Response:
    """A policy is given another value."""
    form = office.filled(PolicyForm)
    if form.sent:
        with form.attempt():
            value = _value(form.said["value"])
            _refuse_foreign(form.said["policy"], value)
            made = write_plain(
                lambda session: policies.settle(
                    session, form.occasion, form.said["policy"], value, reason=form.said["reason"]
                )
            )
            reading.forget()
            office.tell(_("The policy holds from now on.") if made else _("It was so before."))
            return redirect(url_for("pages.hospital"))
    return _page(form)


def _page(form: office.Form) -> str:
    rows = read(policies.in_force)
    may = bool(person().roles & {Role.SYSTEM_ADMIN, Role.QUALITY, Role.FINANCE}) and request.endpoint is not None
    return render_template(
        "hospital.html", rows=rows, form=form, may_settle=may, meaning=_meaning, written=_written,
        may_import=may_open("pages.imports_listed", person()), may_modes=may_open("pages.loose_modes", person()),
    )  # fmt: skip


def _refuse_foreign(name: str, value: Any) -> None:
    """Refuse to mail to somebody who is not of the hospital. Raises: BadRecipient."""
    if isinstance(value, str) and any(policy.name == name and policy.addresses for policy in policies.DECLARED):
        refuse_foreign(value.split(), domains_of(settings().mail_domains))


def _meaning(policy: policies.Policy) -> str:
    return policy.en if short() == "en" else policy.zh


def _written(value: Any) -> str:
    """A value as people write it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    if value == "":
        return "–"
    return str(value)


def _value(text: str) -> Any:
    """What people wrote, as the policy's value; what cannot be read is judged as it is."""
    if text in (_("yes"), "yes", "true"):
        return True
    if text in (_("no"), "no", "false"):
        return False
    try:
        return json.loads(f"[{text}]") if "," in text else json.loads(text)
    except ValueError:
        return text
