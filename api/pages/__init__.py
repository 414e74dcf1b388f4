"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)


def install(app: Flask) -> None:
    """Serve the pages."""
    from api.pages import (
        account,
        admissions,
        bay_lists,
        bedside,
        commands,
        commitments,
        deliver,
        finance,
        finance_cases,
        finance_export,
        fixed,
        frame,
        home,
        hospital,
        pack,
        product_forms,
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
        bay_lists,
        commands,
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
        product_forms,
        admissions,
        commitments,
        fixed,
        hospital,
        tasks,
    ):
        assert module  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    frame.install(app)
