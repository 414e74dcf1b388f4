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
        refill,
        refill_moves,
        refill_pick,
        refill_ward,
        refill_wave,
        stock,
        stock_disposals,
        stock_held,
        stock_search,
        stock_worklists,
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
        refill,
        refill_wave,
        refill_pick,
        refill_ward,
        refill_moves,
    ):
        assert module  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    frame.install(app)
