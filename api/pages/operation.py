"""This file is the page of one operation: what became of everything, who signs, and what is to be done with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api import access, operating
from api.fields import Text
from api.here import person, read, settings, write
from api.i18n import gettext as _
from api.pages import bp, office, operation_paper, operations
from api.pages.operation_words import (
    COLOURS,
    event_names,
    next_steps,
    part_names,
    procedures_in_words,
    reason_of,
    side_names,
    standings,
)
from api.pages.scanned import named
from spd import theatre
from spd.core import clock
from spd.parties import HOSPITAL_ID, Party
from spd.theatre import OperationAct, OperationChanged, Part, Signed
from spd.theatre.overdue import is_late


class SignForm(Schema):
    """One signature."""

    part = fields.String(required=True, validate=validate.OneOf([one.value for one in Part]))
    badge = Text(load_default="", longest=80)
    pin = Text(required=True)


class EndForm(Schema):
    """Nothing more is said."""


class ReasonForm(Schema):
    """Why."""

    reason = Text(required=True)


class PeopleForm(Schema):
    """Who operates, and who circulates."""

    surgeon = Text(required=True, longest=80)
    nurse = Text(required=True, longest=80)


class PlanChangedForm(Schema):
    """Where and when it is; and of one procedure, on which side."""

    room = Text(required=True, longest=80)
    on = fields.Date(required=True)
    at = fields.Time(required=True)
    side = fields.String(load_default=None, validate=validate.OneOf(["", "left", "right", "both"]))


@bp.get("/theatre/operations/<path:code>")
def theatre_operation(code: str) -> str:
    """One operation: what became of everything, who signed, and what is to be done with it."""
    return _page(code, office.blank(), "")


def _page(code: str, form: office.Form, act: str) -> str:
    """`act`: the form that was sent; the others begin anew."""

    def ask(session: Session) -> str:
        found = operating.whole(session, code, access.departments())
        late = is_late(session, found["id"], clock.now())
        return render_template(
            "theatre_operation.html", operation=found, standings=standings(), colours=COLOURS, parts=part_names(),
            events=event_names(), reason_of=reason_of, procedures=procedures_in_words(found["procedures"]),
            form_of=lambda name: form if name == act else office.blank(_known(found, name)), sides=side_names(),
            rooms=operations.rooms(session), late=next_steps()[found["standing"]] if late else "",
            may=lambda endpoint: access.may_open(f"pages.{endpoint}", person()),
        )  # fmt: skip

    return read(ask)


def _known(found: dict[str, Any], act: str) -> dict[str, Any] | None:
    """What a form begins with."""
    if act == "people":
        return found
    if act != "plan":
        return None
    at = found["planned_at"].astimezone(settings().zone)
    side = found["procedures"][0]["side"] if len(found["procedures"]) == 1 else ""
    return {"room": found["room"], "on": at.date().isoformat(), "at": f"{at:%H:%M}", "side": side}


def _acted(
    code: str, act: str, schema: type[Schema], do: Callable[[office.Form], Any], told: str
) -> str | Answer:  # fmt: skip
    form = office.filled(schema)
    form.texts.pop("pin", None)
    if form.sent:
        with form.attempt():
            do(form)
            office.tell(told)
            return redirect(url_for("pages.theatre_operation", code=code))
    return _page(code, form, act)


def _act_of(form: office.Form, code: str) -> OperationAct:
    return OperationAct(
        occasion=form.occasion, operation=code, reason=form.said.get("reason", ""), departments=access.departments()
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/end")
def theatre_operation_end(code: str) -> str | Answer:
    """The operation is over."""
    return _acted(
        code, "end", EndForm,
        lambda form: write(form.occasion, lambda session: theatre.end(session, _act_of(form, code))[1]),
        _("The operation is over: surgeon and circulating nurse confirm what was used."),
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/cancel")
def theatre_operation_cancel(code: str) -> str | Answer:
    """The operation does not take place."""
    return _acted(
        code, "cancel", ReasonForm,
        lambda form: write(form.occasion, lambda session: theatre.cancel(session, _act_of(form, code))[1]),
        _("The operation is cancelled."),
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/reopen")
def theatre_operation_reopen(code: str) -> str | Answer:
    """The operation, or its confirmation, is opened again."""
    return _acted(
        code, "reopen", ReasonForm,
        lambda form: write(form.occasion, lambda session: theatre.resume(session, _act_of(form, code))[1]),
        _("It is open again, and both sign anew."),
    )  # fmt: skip


@bp.post("/theatre/operations/<path:code>/people")
def theatre_operation_people(code: str) -> str | Answer:
    """Somebody else operates or circulates."""

    def do(form: office.Form) -> bool:
        asked = OperationChanged(
            occasion=form.occasion, operation=code, surgeon=form.said["surgeon"], nurse=form.said["nurse"],
            departments=access.departments(),
        )  # fmt: skip
        return write(form.occasion, lambda session: theatre.change(session, asked)[1])

    return _acted(code, "people", PeopleForm, do, _("The people of the operation are changed."))


@bp.post("/theatre/operations/<path:code>/plan")
def theatre_operation_plan(code: str) -> str | Answer:
    """The operation is in another room, at another time, on the other side: until it begins."""

    def do(form: office.Form) -> bool:
        said, mine = form.said, access.departments()

        def act(session: Session) -> bool:
            listed = theatre.procedures_of(theatre.get_operation(session, code, departments=mine))
            one = len(listed) == 1 and said["side"] is not None and said["side"] != listed[0].side
            asked = OperationChanged(
                occasion=form.occasion, operation=code, room=said["room"], departments=mine,
                planned_at=datetime.combine(said["on"], said["at"], settings().zone),
                procedures=[replace(listed[0], side=said["side"])] if one else None,
            )  # fmt: skip
            return theatre.change(session, asked)[1]

        return write(form.occasion, act)

    return _acted(code, "plan", PlanChangedForm, do, _("The plan is changed."))


@bp.post("/theatre/operations/<path:code>/sign")
def theatre_operation_sign(code: str) -> str | Answer:
    """Surgeon or circulating nurse sign, by badge and password."""

    def do(form: office.Form) -> None:
        signed = Signed(
            occasion=form.occasion, operation=code, part=Part(form.said["part"]), staff_id=0,
            departments=access.departments(),
        )  # fmt: skip
        operating.sign(signed, form.said["badge"], form.said["pin"])

    return _acted(code, f"sign-{request.form.get('part', '')}", SignForm, do, _("Signed."))


@bp.get("/theatre/operations/<path:code>/record.pdf")
def theatre_operation_paper(code: str) -> Response:
    """What the operation used, on paper, with boxes to sign."""

    def ask(session: Session) -> bytes:
        found = operating.whole(session, code, access.departments())
        hospital = session.get_one(Party, HOSPITAL_ID)
        return operation_paper.pdf(found, named(hospital.name, hospital.name_en))

    return Response(read(ask), content_type="application/pdf")
