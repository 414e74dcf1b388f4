"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)


def install(app: Flask) -> None:
    """Serve the pages."""
    from api.pages import account, office, scan_pages

    assert account
    assert office
    assert scan_pages
    app.register_blueprint(bp)
