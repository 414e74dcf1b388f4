"""This file is what the states, classes and steps of recalls are called, and their colours."""

from __future__ import annotations

from api.i18n import gettext as _

COLOURS = {"draft": "queued", "open": "stop", "closed": "ok", "withdrawn": "quiet", "discarded": "quiet"}
STEP_COLOURS = {"waiting": "stop", "contacted": "caution", "reviewed": "info", "resolved": "ok"}


def class_names() -> dict[str, str]:
    """What the classes mean."""
    return {"I": _("I · may kill or maim"), "II": _("II · may harm for a time"), "III": _("III · hardly harms")}


def state_names() -> dict[str, str]:
    """What the states are called."""
    return {
        "draft": _("not opened"),
        "open": _("in force"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
        "discarded": _("discarded"),
    }


def step_names() -> dict[str, str]:
    """What the steps in the care for a patient are called."""
    return {
        "waiting": _("not contacted"),
        "contacted": _("contacted"),
        "reviewed": _("reviewed"),
        "resolved": _("resolved"),
    }


def event_names() -> dict[str, str]:
    """What happened, in the words of the timeline."""
    return {
        "drafted": _("Notice written down"),
        "target_added": _("Target added"),
        "target_dropped": _("Target taken off"),
        "discarded": _("Discarded"),
        "opened": _("Opened: denied from now on"),
        "held": _("Everything held"),
        "listed": _("Patients listed"),
        "let_go": _("Released: not meant"),
        "explained": _("Missing units explained"),
        "closed": _("Closed"),
        "reopened": _("Opened again"),
        "withdrawn": _("Withdrawn by its issuer"),
    }
