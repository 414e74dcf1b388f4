"""This file is limits: how often somebody may fail to log in before they must wait.

Only failures count: a ward behind one address logs in as often as it likes. Each server process counts for itself, so
that a server of two lets through twice as many, still far too few to guess a password.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

PERSON_FROM_ONE_PLACE = "10 per 5 minutes"
PERSON_FROM_ANYWHERE = "50 per hour"
PLACE = "100 per 5 minutes"


def install(app: Flask) -> None:
    """Limit logging in. After `pages`, whose route it is."""
    limiter = Limiter(_place, storage_uri="memory://", strategy="moving-window", headers_enabled=True)
    limiter.init_app(app)
    view: Any = app.view_functions["pages.login"]
    for limit, key in ((PERSON_FROM_ONE_PLACE, _person_and_place), (PERSON_FROM_ANYWHERE, _person), (PLACE, _place)):
        view = limiter.limit(limit, key_func=key, methods=["POST"], deduct_when=_failed)(view)
    app.view_functions["pages.login"] = view


def _place() -> str:
    return get_remote_address()


def _person() -> str:
    return request.form.get("code", "").strip().casefold()[:80]


def _person_and_place() -> str:
    return f"{_place()} {_person()}"


def _failed(response: Response) -> bool:
    return response.status_code == 403
