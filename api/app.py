"""This file is the application, put together in the order a request meets its parts."""

from __future__ import annotations

from typing import Any

from flask import Flask

from api import (
    access,
    background,
    documentation,
    headers,
    health,
    i18n,
    identity,
    importing,
    intercepted,
    limits,
    logs,
    pages,
    problems,
    reporting,
    static_files,
    v1,
)
from spd.core.database import Database
from spd.core.reports import Turns
from spd.core.settings import Settings


def create_app(settings: Settings, database: Database | None = None) -> Flask:
    """The application for one database. Raises: UnsafeDatabase, BadSetting."""
    app = Flask("api", static_folder=None, template_folder="templates")
    app.config.update(_config(settings))
    app.extensions["spd.settings"] = settings
    app.extensions["spd.database"] = database or Database(settings.database_url, pool_size=int(settings.threads) + 2)
    app.extensions["spd.database"].refuse_unsafe()
    app.extensions["spd.report_turns"] = Turns(int(settings.threads) // 2)
    if settings.report_url:
        app.extensions["spd.replica"] = Database(settings.report_url, pool_size=int(settings.threads))
    logs.install()
    headers.install(app)
    static_files.install(app)
    i18n.install(app)
    problems.install(app)
    identity.install(app)
    intercepted.install(app)
    access.install(app)
    health.install(app)
    v1.install(app)
    documentation.install(app)
    pages.install(app)
    background.install(app)
    importing.install()
    reporting.install()
    limits.install(app)
    access.refuse_undeclared(app)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.signing_key(),
        "SESSION_COOKIE_NAME": "spd",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies == "yes",
        "MAX_CONTENT_LENGTH": 16 * 1024 * 1024,
        "MAX_FORM_PARTS": 1000,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,
        "JSON_AS_ASCII": False,
        "API_TITLE": "SPD",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
    }
