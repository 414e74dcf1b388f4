"""This file is health: is the process up, and could it answer."""

from __future__ import annotations

from flask import Blueprint, Flask
from sqlalchemy.exc import SQLAlchemyError

from api.here import database
from spd.core import schema

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """The process is up."""
    return {"status": "ok"}


@bp.get("/readyz")
def readyz() -> tuple[dict[str, str], int]:
    """The database is reachable and its migrations are current; 503 with what is missing where not."""
    try:
        current = schema.is_current(database())
    except SQLAlchemyError:
        return {"status": "database unreachable"}, 503
    return ({"status": "ready"}, 200) if current else ({"status": "migrations pending: run spd db upgrade"}, 503)


def install(app: Flask) -> None:
    """Serve health."""
    app.register_blueprint(bp)
