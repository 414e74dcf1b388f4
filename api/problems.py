"""This file is refusals and errors as answers: RFC 9457 problem+json for programs, a page for people."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from api.i18n import gettext as _
from api.i18n import short
from scanners import Unreadable
from spd.core.database import is_unavailable
from spd.core.errors import Refusal

MEDIA_TYPE = "application/problem+json"
_log = structlog.get_logger()


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """A refusal or error as this client takes it."""
    body = {
        "type": f"urn:spd:problem:{code}",
        "title": _(HTTPStatus(status).phrase),
        "status": status,
        "code": code,
        "detail": detail,
        "verdict": "stop",
        **more,
    }
    if not request.path.startswith("/api/") and "text/html" in request.headers.get("Accept", ""):
        response = Response(render_template("problem.html", problem=body), status, mimetype="text/html")
    else:
        response = Response(json.dumps(body, ensure_ascii=False, default=_plain), status, mimetype=MEDIA_TYPE)
    return response


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def refusal(error: Refusal) -> Response:
    """A refusal by a rule."""
    facts = {
        name: value if isinstance(value, int | str | Decimal) else str(value) for name, value in error.facts.items()
    }
    sentence = error.sentence(short())
    return problem(error.status, error.code, sentence, error=error.error, verdict=error.verdict, facts=facts)


def unreadable(error: Unreadable) -> Response:
    """A scan that is no code."""
    sentence = error.en if short() == "en" else error.zh
    return problem(400, "unreadable", sentence, error="E05", facts={"reason": error.code, "position": error.position})


def http(error: HTTPException) -> Response:
    """An error of HTTP itself; its headers (Allow, Retry-After) stay."""
    if error.response is not None and error.code is not None and error.code < 400:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    said = getattr(error, "data", None) or {}
    fields = said.get("messages")
    detail = _(error.description or HTTPStatus(status).phrase)
    if fields:
        detail = _("Some fields are missing or wrong: correct them and send it again.")
    code = "invalid" if fields else HTTPStatus(status).phrase.lower().replace(" ", "-")
    answer = problem(status, code, detail, **({"errors": fields} if fields else {}))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            answer.headers[name] = value
    return answer


def unavailable(error: OperationalError) -> Response:
    """The database cannot be reached, or is busy: nothing was done, the same request may be sent again."""
    if not is_unavailable(error):
        raise error
    _log.error("database unavailable", error=str(error.orig))
    answer = problem(503, "unavailable", _("The service is busy. Nothing was lost; it is sent again by itself."))
    answer.headers["Retry-After"] = "2"
    return answer


def bug(error: Exception) -> Response:
    """Ours: logged whole, told short."""
    _log.exception("bug", path=request.path, method=request.method)
    return problem(
        500, "error", _("Something went wrong on our side. Nothing was booked. Try again; tell the administrator.")
    )


def install(app: Flask) -> None:
    """Answer every refusal and error this way."""
    app.register_error_handler(Refusal, refusal)
    app.register_error_handler(Unreadable, unreadable)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(OperationalError, unavailable)
    if not app.testing:
        app.register_error_handler(Exception, bug)
