"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)
MODULES = (
    "account", "home", "receive", "pack", "deliver", "bedside", "stock", "trace", "finance", "finance_cases",
    "finance_export", "test_card", "products", "orders", "order_forms", "order_notes", "order_proposals",
    "supplier", "supplier_goods", "supplier_notes", "product_forms", "admissions", "commitments", "fixed", "hospital",
    "tasks",
)  # fmt: skip


def install(app: Flask) -> None:
    """Serve the pages."""
    for name in MODULES:
        import_module(f"api.pages.{name}")  # its routes are in the blueprint by being imported
    app.register_blueprint(bp)
    import_module("api.pages.frame").install(app)
