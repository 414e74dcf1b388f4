"""This file is the words of indicators: what each is called, and the facts it is made of."""

from __future__ import annotations

from api.i18n import gettext as _
from spd.indicators import Indicator


def indicator_names() -> dict[str, str]:
    """What indicators are called; where practice differs the name says by what it divides."""
    return {
        "material_share": _("Material share (revenue ÷ revenue)"),
        "material_cost_share": _("Material share (cost ÷ revenue)"),
        "per_100_without_drugs": _("Materials per ¥100 of revenue without drugs"),
        "per_100": _("Materials per ¥100 of revenue, drugs included"),
        "monitored_share": _("Share of monitored high-value materials"),
        "drug_share": _("Drug share"),
        "service_share": _("Share of medical service revenue"),
        "bed_day_revenue": _("Revenue a bed-day without drugs and materials"),
        "turns": _("Stock turns in the month"),
        "days_on_hand": _("Days on hand"),
        "turns_held": _("Stock turns, consigned goods included"),
        "days_held": _("Days on hand, consigned goods included"),
        "fill_rate": _("Fill rate of refills"),
        "shelf_accuracy": _("Accounts agree with shelves"),
        "expiry_loss": _("Loss by expiry, of what lies there"),
        "trace_completeness": _("Complete trace of serials"),
        "charge_match": _("Charges and uses agree by themselves"),
        "recall_close": _("Recalls closed"),
        "per_bed": _("Materials a bed"),
        "per_bed_day": _("Materials a bed-day"),
        "per_capita": _("Materials a member of staff"),
        "per_case": _("Materials a discharged case"),
    }


def fact_names() -> dict[str, str]:
    """What facts are called."""
    return {
        "all_revenue": _("medical revenue, told in detail or in one sum"),
        "medical_revenue": _("medical revenue"),
        "drug_revenue": _("drug revenue"),
        "material_revenue": _("material revenue"),
        "monitored_revenue": _("monitored high-value material revenue"),
        "test_revenue": _("laboratory and examination revenue"),
        "inpatient_revenue": _("inpatient revenue"),
        "inpatient_drugs": _("inpatient drugs"),
        "inpatient_materials": _("inpatient materials"),
        "material_cost": _("cost of materials"),
        "bed_days": _("bed-days"),
        "beds": _("beds"),
        "staff": _("staff"),
        "discharges": _("discharged inpatients"),
        "used_own": _("used of our own goods"),
        "stock_mean": _("mean own stock"),
        "stock_days": _("mean own stock × days"),
        "held_used": _("used of what lies there, by the stock book"),
        "held_mean": _("mean of what lies there"),
        "held_days": _("mean of what lies there × days"),
        "wanted": _("units asked for"),
        "filled": _("units delivered"),
        "counted_shelves": _("shelves and products counted"),
        "matched_shelves": _("of those that agreed"),
        "expired_value": _("written off as expired"),
        "serials_used": _("serials used"),
        "serials_traced": _("of those with receipt, lot and patient"),
        "charges_and_uses": _("charges and uses"),
        "charges_settled": _("of those that agree"),
        "recalls_opened": _("recalls opened"),
        "recalls_closed": _("of those closed"),
    }


def made_of(names: tuple[str, ...]) -> str:
    """A sum of facts as it is read."""
    known = fact_names()
    told = "".join(f" − {known[name[1:]]}" if name.startswith("-") else f" + {known[name]}" for name in names)
    told = told.removeprefix(" + ")
    return told[:1].upper() + told[1:]


def unit_of(indicator: Indicator) -> str:
    """What a value is counted in."""
    return {"percent": "%", "yuan": _("yuan"), "times": _("times"), "days": _("days")}[indicator.unit]


def peer_names() -> dict[str, str]:
    """By what departments are put together."""
    return {
        "hospital": _("Hospital"),
        "campus": _("Campus"),
        "cost_class": _("Cost class"),
        "department": _("Department"),
    }
