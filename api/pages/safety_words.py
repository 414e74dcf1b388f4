"""This file is the words of safety: rules, outcomes, what became of it, why it could not be scanned."""

from __future__ import annotations

from api.i18n import gettext as _
from spd.unscanned import UnableReason

OUTCOME_COLOURS = {"block": "stop", "override": "caution", "warn": "info", "note": "quiet"}


def rule_names() -> dict[str, str]:
    """The rules of the bedside."""
    return {
        "wrong-patient": _("kept for another patient"),
        "encounter-merged": _("encounter merged"),
        "encounter-closed": _("patient not here"),
        "patient-elsewhere": _("patient of another ward"),
        "wrong-side": _("wrong side"),
        "not-as-planned": _("not as planned"),
        "not-in-catalogue": _("not in the ward's catalogue"),
        "unregistered": _("registration did not hold"),
        "registration-unsure": _("registration ended, day of manufacture unknown"),
        "latex-conflict": _("latex and an allergy"),
        "mri-conflict": _("unsafe near a magnet"),
        "price-mismatch": _("not at the price in force"),
        "already-used": _("used before"),
        "already-recorded": _("scanned again"),
        "gone": _("no longer in stock"),
        "recalled": _("recalled"),
        "held": _("on hold"),
        "cold-chain-broken": _("cold chain broken"),
        "not-signed": _("not signed for"),
        "expired-implant": _("expired implant"),
        "expired": _("expired"),
        "open-too-long": _("open for too long"),
        "sterility-lost": _("not sterile any more"),
        "not-sterilised": _("no sterilisation on record"),
        "fefo-breach": _("not the first to expire"),
        "near-expiry": _("near expiry"),
        "not-enough": _("not enough"),
        "other-department": _("stock of another department"),
        "other-ward-stock": _("another ward's stock, moved over"),
        "not-your-department": _("person of another department"),
        "unknown-encounter": _("unknown wristband"),
        "chart-label": _("chart label in place of the wristband"),
        "number-for-wristband": _("number of the stay in place of the wristband"),
        "nothing-planned": _("wristband of another operation"),
        "unknown-item": _("unknown code"),
    }


def outcome_names() -> dict[str, str]:
    """What followed."""
    return {"block": _("stopped"), "override": _("second person"), "warn": _("warned"), "note": _("noted")}


def fate_names() -> dict[str, str]:
    """What became of it."""
    return {
        "overridden": _("let pass by two"),
        "undone": _("undone since"),
        "went_on": _("used all the same"),
        "other_patient": _("used on another patient"),
        "used_after": _("the same one used later that day"),
        "replaced": _("another one used"),
        "left": _("nothing used"),
        "untraced": _("not known"),
    }


def severity_names() -> dict[int, str]:
    """How bad it might have been."""
    return {4: _("4 fatal"), 3: _("3 severe"), 2: _("2 major"), 1: _("1 minor"), 0: _("0 none")}


def why_names() -> dict[str, str]:
    """Why two people let it pass."""
    return {
        "checked": _("patient and item checked by both"),
        "plan_changed": _("the plan was changed"),
        "no_alternative": _("there is no other"),
        "emergency": _("emergency"),
        "": "",
    }


def unable_names() -> dict[str, str]:
    """Why it could not be scanned."""
    return {
        UnableReason.DAMAGED: _("Label damaged"),
        UnableReason.MISSING: _("No label"),
        UnableReason.SCANNER: _("Scanner does not work"),
        UnableReason.UNKNOWN: _("Not in the system"),
        UnableReason.UNREACHABLE: _("Out of reach or isolation"),
        UnableReason.EMERGENCY: _("Emergency"),
    }
