"""This file is the words of cost accounting: items, levels, drivers, methods."""

from __future__ import annotations

from api.i18n import gettext as _


def item_names() -> dict[str, str]:
    """What the items of cost are called."""
    return {
        "staff": _("Staff"),
        "materials": _("Materials"),
        "drugs": _("Drugs"),
        "depreciation": _("Depreciation"),
        "amortisation": _("Amortisation"),
        "risk_fund": _("Medical risk fund"),
        "other": _("Other running cost"),
    }


def level_names() -> dict[int, str]:
    """What the levels of step-down are."""
    return {
        0: _("own cost"),
        1: _("1: administration"),
        2: _("2: support"),
        3: _("3: medical technology"),
    }


def driver_name(driver: str) -> str:
    """What is shared out by; a name of the hospital's own stays as it is."""
    return {
        "": "",
        "staff": _("people"),
        "workload": _("workload"),
        "revenue": _("revenue"),
        "ordered_revenue": _("revenue by who ordered"),
    }.get(driver, driver)
