"""This file is labels that a page prints into a file: each print counted, and a reprint says so and why it was made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Response, request
from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest

from api.fields import Text
from api.headers import name_file
from api.here import occasion, read, write
from api.i18n import gettext as _
from api.pages import bp, printing
from api.v1.labels import rendered
from scanners.labels import Label
from spd import labelling
from spd.core import clock
from spd.core.ids import request_key

AT_ONCE = 200  # labels of one file
SHEET = "a4-24"


class PrintForm(Schema):
    """As what, and why again; `code` where the page prints items."""

    as_ = fields.String(data_key="as", load_default="pdf", validate=validate.OneOf(["pdf", "sheet", "zpl"]))
    reason = Text(load_default="", shortest=0)
    code = fields.List(Text(longest=80), load_default=list, validate=validate.Length(0, AT_ONCE))
    csrf_token = fields.String()


def reasons() -> list[str]:
    """Why a label is printed again, as people say it."""
    return [_("Label damaged"), _("Printer jammed"), _("Label lost"), _("Print not readable"), _("Other reason")]


def printed_before(codes: Sequence[str]) -> bool:
    """Whether printing these now is a reprint of one at least."""
    return bool(codes) and read(lambda session: labelling.any_printed(session, list(codes)))


@bp.post("/labels")
def print_labels() -> Response:
    """The labels of these items."""
    said = _said()
    return printed(lambda session: printing.of_items(session, said["code"]))


def printed(ask: Callable[[Session], Sequence[Label]], *, size: str = "60x40", sheet: str = SHEET) -> Response:
    """These labels as the file that the form asks for, each print counted.

    Every press of the button is a print of its own: two labels of one thing must be told apart by what they say.
    Raises: BadRequest, ReasonMissing, LabelTooSmall, and what asking raises.
    """
    said = _said()
    when = occasion({"request_key": request_key(clock.now())})
    how: dict[str, Any] = {"format": "zpl" if said["as_"] == "zpl" else "pdf", "size": size}
    if said["as_"] == "sheet":
        how["size"] = sheet

    def act(session: Session) -> Response:
        wanted = labelling.count_prints(
            session, when, ask(session), medium=how["format"], reason=said["reason"].strip()
        )
        return rendered(wanted, how)

    answer = write(when, act)
    name = f"labels.{how['format']}"
    name_file(answer, name, shown=said["as_"] != "zpl")
    return answer


def _said() -> dict[str, Any]:
    form: dict[str, Any] = request.form.to_dict()
    if "code" in form:
        form["code"] = request.form.getlist("code")
    try:
        said: dict[str, Any] = PrintForm().load(form)
    except ValidationError as wrong:
        error = BadRequest()
        error.data = {"messages": wrong.messages}  # type: ignore[attr-defined]
        raise error from None
    return said
