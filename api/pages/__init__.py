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
        binding,
        commitments,
        deliver,
        finance,
        finance_cases,
        finance_export,
        fixed,
        frame,
        home,
        hospital,
        kits,
        pack,
        packing,
        product_forms,
        products,
        receive,
        stock,
        stock_disposals,
        stock_held,
        stock_search,
        stock_worklists,
        tasks,
        test_card,
        trace,
        trace_codes,
    )

    for module in (
        account,
        home,
        receive,
        pack,
        deliver,
        bedside,
        stock,
        stock_worklists,
        stock_search,
        stock_held,
        stock_disposals,
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
        packing,
        kits,
        hospital,
        tasks,
        binding,
        trace_codes,
    ):
        assert module  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    frame.install(app)
