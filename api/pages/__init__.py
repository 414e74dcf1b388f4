"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)


def install(app: Flask) -> None:
    """Serve the pages."""
    from api.pages import (
        account,
        admissions,
        bedside,
        commitments,
        deliver,
        finance,
        finance_cases,
        finance_export,
        frame,
        home,
        hospital,
        pack,
        product_forms,
        products,
        recall,
        recall_forms,
        recall_patients,
        recalls,
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
        product_forms,
        admissions,
        commitments,
        recalls,
        recall,
        recall_forms,
        recall_patients,
        hospital,
        tasks,
    ):
        assert module  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    frame.install(app)
