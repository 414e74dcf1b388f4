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


def driver_names() -> dict[str, str]:
    """By what cost on no case is shared."""
    return {
        "bed_days": _("bed-days"),
        "cases": _("cases"),
        "direct_cost": _("chargeable consumables"),
        "revenue": _("what was billed"),
    }


def method_names() -> dict[str, str]:
    """What the ways to cost a case are called."""
    return {
        "materials": _("Consumables alone"),
        "top_down": _("Top-down: department cost by a driver"),
        "cost_to_charge": _("Cost to charge"),
        "bottom_up": _("Bottom-up: services at unit cost"),
    }


def case_item_names() -> dict[str, str]:
    """What the items of a case's cost are called."""
    return {
        "chargeable_materials": _("Chargeable consumables"),
        "other_materials": _("Consumables not charged, used on the case"),
        "shared_materials": _("Share of consumables used on nobody"),
        "drugs": _("Drugs"),
        "department": _("Share of department cost"),
        "services": _("Services"),
    }


def why_names() -> dict[str, str]:
    """Why cost came on no case."""
    return {
        "no_case": _("no case has any of the driver"),
        "no_department": _("lost in the central store"),
        "overtraced": _("more lies on its cases than it cost: an import is missing"),
        "other_revenue": _("billed to others than these cases"),
        "variance": _("beside unit costs"),
    }


def outlier_names() -> dict[str, str]:
    """How a case lies to the mean of its group."""
    return {"": _("normal"), "low": _("low outlier"), "high": _("high outlier")}


def revenue_names() -> dict[str, str]:
    """What revenue is for."""
    return {
        "drug": _("Drugs"), "material": _("Materials"), "monitored_material": _("High-value materials monitored"),
        "laboratory": _("Laboratory"), "examination": _("Examinations"), "service": _("Medical services"),
        "other": _("Other"),
    }  # fmt: skip


def setting_names() -> dict[str, str]:
    """Where patients were."""
    return {"inpatient": _("inpatient"), "outpatient": _("outpatient")}


def table_names() -> dict[str, str]:
    """What the tables that costing and payment stand on are called."""
    return {
        "groups": _("DRG and DIP groups of payers"), "terms": _("What payers pay"), "outliers": _("Rules of outliers"),
        "standards": _("Standard consumables of groups"), "step_rules": _("Rules of step-down"),
        "unit_costs": _("Unit costs of services"),
    }  # fmt: skip


def input_names() -> dict[str, str]:
    """What other systems tell of a month."""
    return {
        "costs": _("Other costs of departments"), "revenue": _("Revenue of departments"),
        "drivers": _("Drivers of departments"),
    }  # fmt: skip


def stay_class_names() -> dict[str, str]:
    """What kinds of stays there are."""
    return {**setting_names(), "emergency": _("emergency")}
