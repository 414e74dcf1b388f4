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
        pack,
        products,
        receive,
        refill,
        refill_moves,
        refill_pick,
        refill_ward,
        refill_wave,
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
