"""Pages for people: rendered here, made quick by a few small scripts of our own."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask

bp = Blueprint("pages", __name__)

MODULES = (
    "account",
    "sign_on",
    "devices",
    "home",
    "receive",
    "pack",
    "deliver",
    "bedside",
    "emergency",
    "reentry",
    "patients",
    "loose",
    "stays",
    "theatre",
    "theatre_implants",
    "operations",
    "operation",
    "operation_scan",
    "count",
    "count_scan",
    "count_review",
    "count_sheet",
    "stock",
    "stock_worklists",
    "stock_search",
    "stock_held",
    "stock_disposals",
    "safety",
    "safety_unscanned",
    "disputes",
    "offline",
    "days",
    "trace",
    "finance",
    "finance_stock",
    "finance_budgets",
    "closing",
    "proofs",
    "charge_rejects",
    "accounts",
    "chart",
    "donations",
    "finance_reports",
    "finance_cases",
    "finance_export",
    "step_down",
    "case_costs",
    "groups",
    "indicators",
    "reviews",
    "charges",
    "charge_cases",
    "charge_messages",
    "test_card",
    "products",
    "product_forms",
    "agreements",
    "admissions",
    "commitments",
    "fixed",
    "fixed_proposals",
    "packing",
    "kits",
    "print_jobs",
    "binding",
    "trace_codes",
    "orders",
    "order_forms",
    "order_notes",
    "order_proposals",
    "supplier",
    "supplier_goods",
    "supplier_notes",
    "statements",
    "invoices",
    "invoice_forms",
    "payables",
    "payment",
    "journal",
    "bay_lists",
    "commands",
    "recalls",
    "recall",
    "recall_forms",
    "recall_patients",
    "hospital",
    "licences",
    "licence_forms",
    "licence_overrides",
    "imports",
    "tasks",
    "refill",
    "refill_wave",
    "refill_pick",
    "refill_ward",
    "refill_moves",
)
"""The files of pages, in the order of the day; their routes are in the blueprint by being imported."""


def install(app: Flask) -> None:
    """Serve the pages."""
    for name in MODULES:
        import_module(f"api.pages.{name}")
    from api.pages import frame

    app.register_blueprint(bp)
    frame.install(app)
