"""This file is forms of the office: filled in, sent, refused with every word kept; without scripts.

    @bp.route("/orders/new", methods=["GET", "POST"])
    def order_new() -> str | Response:
        form = office.filled(OrderForm) if request.method == "POST" else office.blank()
        if form.sent:
            with form.attempt():
                order = write(form.occasion, lambda session: ordering.place(session, form.occasion, **form.said))
                office.tell(_("Order %(code)s is placed.") % {"code": order.code})
                return redirect(url_for("pages.order", code=order.code))
        return render_template("order_new.html", form=form)

A template writes `{{ ui.office_form_top(form) }}` first in its <form> (token, key of the act, what was
refused), and fields with `form.value("name")` and `form.error("name")`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask import flash, request
from marshmallow import Schema, ValidationError

from api.here import occasion, settings
from api.i18n import gettext as _
from api.i18n import short
from api.pages.wanted import wanted
from scanners import Unreadable
from spd.core import clock
from spd.core.errors import Refusal
from spd.core.ids import request_key
from spd.core.occasion import Occasion


@dataclass
class Form:
    """A form as it was filled in: its texts, what they say, what is wrong with them."""

    texts: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    refusal: str = ""
    sent: bool = False
    """Whether it was sent and every field can be read."""
    key: str = ""

    @cached_property
    def occasion(self) -> Occasion:
        """The occasion of the act it asks for. Raises: ClockSkewed, RequestKeyMalformed."""
        return occasion({"request_key": self.key})

    def value(self, name: str, default: Any = "") -> Any:
        """What stands in a field."""
        return self.texts.get(name, default)

    def error(self, name: str) -> str | None:
        """What is wrong with a field."""
        return self.errors.get(name)

    @property
    def summary(self) -> dict[str, str]:
        """Every sentence about what was sent, by field."""
        return self.errors | ({"form": self.refusal} if self.refusal else {})

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Do what was asked; a refusal is told on the form, which keeps every word."""
        try:
            yield
        except (Refusal, Unreadable) as error:
            self.refusal = sentence(error)


def blank(values: Mapping[str, Any] | None = None) -> Form:
    """A form not yet sent, with what is to stand in it."""
    return Form(texts=dict(values or {}), key=str(request_key(clock.now())))


def filled(schema: type[Schema] | Schema) -> Form:
    """The form this request sends. Fields left empty are as if not there; lists come from fields of one name."""
    form = request.form
    one = schema if isinstance(schema, Schema) else schema()
    texts: dict[str, Any] = {}
    for name in form:
        many = [value.strip() for value in form.getlist(name)]
        texts[name] = many if getattr(one.fields.get(name), "inner", None) is not None else many[-1]
    key = texts.get("request_key") or str(request_key(clock.now()))
    data = {
        name: value for name, value in texts.items() if name in one.fields and name != "request_key" and value != ""
    }
    try:
        return Form(texts=texts, said=one.load(data), sent=True, key=key)
    except ValidationError as wrong:
        return Form(texts=texts, errors=_words(wrong.messages_dict, one), key=key)


def _words(messages: Mapping[str, Any], schema: Schema) -> dict[str, str]:
    """Marshmallow's messages in the reader's language: what is needed there."""
    known = {"Missing data for required field.": _("This is needed.")}
    return {str(name): known.get(_first(said)) or wanted(schema.fields.get(name)) for name, said in messages.items()}


def _first(said: Any) -> str:
    while isinstance(said, list | dict):
        said = next(iter(said.values() if isinstance(said, dict) else said), "")
    return str(said)


def sentence(error: Refusal | Unreadable) -> str:
    """A refusal in the reader's language."""
    if isinstance(error, Unreadable):
        return error.en if short() == "en" else error.zh
    return error.sentence(short(), settings().zone)


def tell(text: str, kind: str = "ok") -> None:
    """Say something on the next page: ok, caution, stop or info."""
    flash(text, kind)
