"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)


def install(app: Flask) -> None:
    """Serve the pages."""
    from api.pages import (
        account,
        bedside,
        count,
        count_review,
        count_scan,
        count_sheet,
        deliver,
        finance,
        finance_cases,
        finance_export,
        frame,
        home,
        hospital,
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
        count,
        count_scan,
        count_review,
        count_sheet,
        stock,
        trace,
        finance,
        finance_cases,
        finance_export,
        test_card,
        products,
        hospital,
        tasks,
    ):
        assert module  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    frame.install(app)
