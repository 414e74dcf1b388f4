"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)

MODULES = (
    "account",
    "home",
    "receive",
    "pack",
    "deliver",
    "bedside",
    "stock",
    "stock_worklists",
    "stock_search",
    "stock_held",
    "stock_disposals",
    "trace",
    "finance",
    "finance_cases",
    "finance_export",
    "test_card",
    "products",
    "product_forms",
    "admissions",
    "commitments",
    "fixed",
    "packing",
    "kits",
    "hospital",
    "licences",
    "licence_forms",
    "licence_overrides",
    "imports",
    "tasks",
)
"""Files of pages: their routes are in the blueprint by being imported."""


def install(app: Flask) -> None:
    """Serve the pages."""
    for name in MODULES:
        import_module(f"api.pages.{name}")
    app.register_blueprint(bp)
    import_module("api.pages.frame").install(app)
