"""This file is the words of imports: kinds, states, columns, and what a row changes, as a person reads them."""

from __future__ import annotations

import json

from flask import url_for

from api.i18n import gettext as _
from api.i18n import short
from spd.exchange.imports import headers


def title(column: str) -> str:
    """What a column of ours is called."""
    return headers.title(column, english=short() == "en")


def changes(text: str) -> str:
    """The fields of a row as a person reads them: name: before → after."""
    said = [(title(column), before, after) for column, before, after in json.loads(text)]
    return "; ".join(f"{name}: {before} → {after}" if before else f"{name}: {after}" for name, before, after in said)


def problems(text: str) -> str:
    """What is wrong with a row."""
    return " ".join(en if short() == "en" else zh for _column, zh, en in json.loads(text))


COLOURS = {
    "applied": "ok", "previewed": "info", "refused": "stop", "uploaded": "queued", "created": "ok",
    "changed": "caution",
}  # fmt: skip


def states() -> dict[str, str]:
    """How far a file is."""
    return {
        "uploaded": _("uploaded"), "previewed": _("previewed"), "refused": _("refused"), "applied": _("applied"),
    }  # fmt: skip


def outcomes() -> dict[str, str]:
    """What becomes of a row."""
    return {"created": _("new"), "changed": _("changed"), "refused": _("refused")}


def kind_names() -> dict[str, str]:
    """What can be imported, in the order of a beginning."""
    return {
        "suppliers": _("Suppliers and makers"), "products": _("Products"), "licences": _("Licences"),
        "prices": _("Prices"), "agreements": _("Agreements with suppliers"),
        "opening-stock": _("Opening stock"), "departments": _("Departments"),
        "locations": _("Locations"), "mappings": _("Device identifiers and codes"), "trace-codes": _("Trace codes"),
        "deliveries": _("Delivery notes"), "encounters": _("Encounters"),
        "encounter-events": _("Events of stays"), "operations": _("Operations"), "drg-weights": _("DRG weights"),
        "drg-rates": _("DRG rates"), "charges": _("HIS charges"), "invoices": _("Invoices"),
        "supplier-terms": _("Payment terms of suppliers"),
        "department-costs": _("Other costs of departments"),
        "department-revenue": _("Revenue of departments"), "department-drivers": _("Drivers of departments"),
        "step-rules": _("Rules of step-down"), "payment-groups": _("DRG and DIP groups of payers"),
        "payment-terms": _("What payers pay"), "outlier-rules": _("Rules of outliers"),
        "group-standards": _("Standard consumables of groups"), "groupings": _("Groups of cases"),
        "case-revenue": _("Bills of cases"), "case-services": _("Services of cases"),
        "case-physicians": _("Physicians of cases"),
        "service-unit-costs": _("Unit costs of services"),
        "budgets": _("Budgets"), "workloads": _("Bed-days and revenue"),
    }  # fmt: skip


def crumbs(last: str) -> list[tuple[str, str | None]]:
    """The way back to the list."""
    return [(_("Imports"), url_for("pages.imports_listed")), (last, None)]
