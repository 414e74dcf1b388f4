"""This file is refusals and errors as answers: RFC 9457 problem+json for programs, a page for people."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from api.here import settings
from api.i18n import gettext as _
from api.i18n import short
from scanners import Unreadable
from spd.core.database import is_unavailable
from spd.core.errors import Refusal

MEDIA_TYPE = "application/problem+json"

SAY = {
    "bad-request": {
        "zh": "请求无法读取。核对内容后重新发送。",
        "en": "The request could not be read. Correct it and send it again.",
    },
    "csrf-token": {
        "zh": "页面已过期。刷新页面后重试。",
        "en": "This page is out of date. Reload it and try again.",
    },
    "unauthorized": {
        "zh": "未登录或登录已失效。请登录后重试, 数据未丢失。",
        "en": "You are not logged in, or no longer. Log in and try again; nothing was lost.",
    },
    "forbidden": {"zh": "您无权执行此操作。", "en": "You may not do this."},
    "not-found": {"zh": "没有此地址。核对后重试。", "en": "There is nothing at this address. Check it and try again."},
    "method-not-allowed": {
        "zh": "此地址不能这样打开。请返回首页重新进入; 程序请看响应头 Allow。",
        "en": "This cannot be opened this way. Start again from the first page; programs find what it takes in Allow.",
    },
    "request-entity-too-large": {
        "zh": "内容过大。分成几次发送。",
        "en": "This is too much at once. Send it in parts.",
    },
    "unsupported-media-type": {"zh": "仅接受 JSON。", "en": "Only JSON is taken here."},
    "invalid": {
        "zh": "有字段缺失或有误。更正后重新发送。",
        "en": "Some fields are missing or wrong. Correct them and send it again.",
    },
    "too-many-requests": {
        "zh": "尝试次数过多。请稍候再试。",
        "en": "Too many attempts. Wait a while, then try again.",
    },
    "unavailable": {
        "zh": "系统繁忙。数据未丢失, 将自动重发。",
        "en": "The service is busy. Nothing was lost; it is sent again by itself.",
    },
    "error": {
        "zh": "系统出错, 未记账。请重试, 并告知管理员。",
        "en": "Something went wrong on our side. Nothing was booked. Try again; tell the administrator.",
    },
}
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
        name: value if isinstance(value, int | str | Decimal) else _plain(value) for name, value in error.facts.items()
    }
    sentence = error.sentence(short(), settings().zone)
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
    if isinstance(error, CSRFError):
        code = "csrf-token"
    elif fields and status == 422:
        code = "invalid"
    else:
        code = HTTPStatus(status).phrase.lower().replace(" ", "-")
    answer = problem(status, code, _sentence(status, code), **({"errors": fields} if fields else {}))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="spd"'
    return answer


def _sentence(status: int, code: str) -> str:
    """What to tell the person of an error of HTTP."""
    said = SAY.get(code) or SAY.get(HTTPStatus(status).phrase.lower().replace(" ", "-"))
    return said[short()] if said else _(HTTPStatus(status).phrase)


def unavailable(error: OperationalError) -> Response:
    """The database cannot be reached, or is busy: nothing was done, the same request may be sent again."""
    if not is_unavailable(error):
        raise error
    _log.error("database unavailable", error=str(error.orig))
    answer = problem(503, "unavailable", SAY["unavailable"][short()])
    answer.headers["Retry-After"] = "2"
    return answer


def unstorable(error: DataError | OverflowError) -> Response:
    """A value that no column holds: a NUL, a number of thirty digits. Nothing was done."""
    _log.warning("unstorable value", path=request.path, error=type(error).__name__)
    return problem(400, "bad-request", SAY["bad-request"][short()])


def bug(error: Exception) -> Response:
    """Ours: logged whole, told short."""
    _log.exception("bug", path=request.path, method=request.method)
    return problem(500, "error", SAY["error"][short()])


def install(app: Flask) -> None:
    """Answer every refusal and error this way."""
    app.register_error_handler(Refusal, refusal)
    app.register_error_handler(Unreadable, unreadable)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(OperationalError, unavailable)
    app.register_error_handler(DataError, unstorable)
    app.register_error_handler(OverflowError, unstorable)
    if not app.testing:
        app.register_error_handler(Exception, bug)
