"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)


def install(app: Flask) -> None:
    """Serve the pages."""
    from api.pages import (
        account,
        bedside,
        deliver,
        finance,
        finance_cases,
        finance_export,
        frame,
        home,
        hospital,
        imports,
        licence_forms,
        licence_overrides,
        licences,
        pack,
        products,
        receive,
        stock,
        tasks,
        test_card,
        trace,
    )

    for module in (
        account,
        home,
        receive,
        pack,
        deliver,
        bedside,
        stock,
        trace,
        finance,
        finance_cases,
        finance_export,
        test_card,
        products,
        hospital,
        licences,
        licence_forms,
        licence_overrides,
        imports,
        tasks,
    ):
        assert module  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    frame.install(app)
