"""This file is what people do to a recall on its pages: write the notice, open it, let go, explain, close, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from api import recalling
from api.fields import Text
from api.here import read, settings, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.recall import page
from api.pages.recall_words import class_names
from api.pages.recalls import address
from spd import recalls
from spd.core import clock
from spd.core.occasion import Occasion
from spd.recalls import RecallClass

_CODES = validate.Length(0, 4000)


class TargetForm(Schema):
    """Goods that a notice means."""

    product = Text(required=True)
    lots = fields.String(load_default="", validate=_CODES)
    serials = fields.String(load_default="", validate=_CODES)
    produced_from_on = fields.Date(load_default=None)
    produced_to_on = fields.Date(load_default=None)
    expires_from_on = fields.Date(load_default=None)
    expires_to_on = fields.Date(load_default=None)


class NoticeForm(TargetForm):
    """A notice with its first target."""

    number = Text(required=True, longest=80)
    recall_class = fields.String(required=True, validate=validate.OneOf([str(one) for one in RecallClass]))
    issuer = Text(required=True)
    reason = Text(required=True, longest=2000)
    notice_on = fields.Date(required=True)


class ReasonForm(Schema):
    """An act with its reason."""

    reason = Text(required=True)


class ReleaseForm(ReasonForm):
    """Items that are not meant, by line or comma."""

    items = Text(required=True, longest=8000)


class ExplainForm(Schema):
    """What cannot be found."""

    quantity = fields.Integer(required=True, validate=validate.Range(0, 2**40))
    reason = Text(required=True)


class LineForm(Schema):
    """One target."""

    line = fields.Integer(required=True)


class PlainForm(Schema):
    """An act that says nothing more."""


@bp.route("/recalls/new", methods=["GET", "POST"], endpoint="recalls_new")
def new() -> str | Response:
    """Write a notice down."""
    today = clock.day_of(clock.now(), settings().zone).isoformat()
    form = office.filled(NoticeForm) if request.method == "POST" else office.blank({"notice_on": today})
    if form.sent:
        with form.attempt():
            notice = _notice(form)
            code = write(form.occasion, lambda session: recalls.draft(session, notice).code)
            recalling.count_if_long(form.occasion, code)
            return redirect(address(code))
    return render_template("recall_new.html", form=form, classes=list(class_names().items()))


def _notice(form: office.Form) -> recalls.Notice:
    said = dict(form.said)
    own = {name: said.pop(name) for name in ("number", "recall_class", "issuer", "reason", "notice_on")}
    return recalls.Notice(occasion=form.occasion, targets=[recalls.Meant(**said)], **own)


Did = tuple[str, str | None]
"""What to tell, and where to go on."""


def _written(form: office.Form, act: Callable[[Session, Occasion], Any], told: str) -> Did:
    write(form.occasion, lambda session: act(session, form.occasion))
    return told, None


def _add(form: office.Form, code: str) -> Did:
    meant = recalls.Meant(**form.said)
    return _targeted(form, code, lambda s, when: recalls.add_target(s, when, code, meant), _("The target is added."))


def _drop(form: office.Form, code: str) -> Did:
    line = form.said["line"]
    act = lambda s, when: recalls.drop_target(s, when, code, line)  # noqa: E731
    return _targeted(form, code, act, _("The target is taken off."))


def _targeted(form: office.Form, code: str, act: Callable[[Session, Occasion], Any], told: str) -> Did:
    """Another target, another count."""
    did = _written(form, act, told)
    recalling.count_if_long(form.occasion, code)
    return did


def _count(form: office.Form, code: str) -> Did:
    recalling.count(form.occasion, code)
    return _("Counting what it would touch."), None


def _discard(form: office.Form, code: str) -> Did:
    told = _("The notice is discarded; nothing was held.")
    return _written(form, lambda s, when: recalls.discard(s, when, code), told)[0], url_for("pages.recalls")


def _open(form: office.Form, code: str) -> Did:
    recalling.open_recall(form.occasion, code)
    return _("In force: nothing of it can be used from now on. Everything is being held."), None


def _hold(form: office.Form, code: str) -> Did:
    recalling.hold_again(form.occasion, code)
    return _("Looking once more for what is not held."), None


def _release(form: office.Form, code: str) -> Did:
    items = [item for item in form.said["items"].replace(",", "\n").split() if item]
    reason = form.said["reason"]
    act = lambda s, when: recalls.let_go(s, when, code, items, reason)  # noqa: E731
    return _written(form, act, _("Released: these are not meant."))


def _explain(form: office.Form, code: str) -> Did:
    quantity, note = form.said["quantity"], form.said["reason"]
    act = lambda s, when: recalls.explain(s, when, code, quantity, note)  # noqa: E731
    return _written(form, act, _("It is noted."))


def _close(form: office.Form, code: str) -> Did:
    return _written(form, lambda s, when: recalls.close(s, when, code), _("The recall is closed."))


def _reopen(form: office.Form, code: str) -> Did:
    reason = form.said["reason"]
    return _written(form, lambda s, when: recalls.reopen(s, when, code, reason), _("The recall is open again."))


def _withdraw(form: office.Form, code: str) -> Did:
    recalling.withdraw(form.occasion, code, form.said["reason"])
    return _("Withdrawn: everything it held is being released."), None


_ACTS: dict[str, tuple[type[Schema], Callable[[office.Form, str], Did]]] = {
    "target": (TargetForm, _add),
    "drop": (LineForm, _drop),
    "count": (PlainForm, _count),
    "discard": (PlainForm, _discard),
    "open": (PlainForm, _open),
    "hold": (PlainForm, _hold),
    "release": (ReleaseForm, _release),
    "explain": (ExplainForm, _explain),
}
_DECISIONS: dict[str, tuple[type[Schema], Callable[[office.Form, str], Did]]] = {
    "close": (PlainForm, _close),
    "reopen": (ReasonForm, _reopen),
    "withdraw": (ReasonForm, _withdraw),
}


@bp.post("/recalls/<code>/act", endpoint="recalls_act")
def act(code: str) -> str | Response:
    """Something done to a recall."""
    return _done(code, _ACTS)


@bp.post("/recalls/<code>/decide", endpoint="recalls_decide")
def decide(code: str) -> str | Response:
    """Something decided about a recall."""
    return _done(code, _DECISIONS)


def _done(code: str, known: dict[str, tuple[type[Schema], Callable[[office.Form, str], Did]]]) -> str | Response:
    name = request.form.get("act", "")
    if name not in known:
        raise BadRequest
    schema, function = known[name]
    form = office.filled(schema)
    if form.sent:
        with form.attempt():
            told, onward = function(form, code)
            office.tell(told)
            return redirect(onward or address(code, tab=request.args.get("tab") or None))
    return read(lambda session: page(session, code, form, about=name))
