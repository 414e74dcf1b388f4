"""This file is the words of queues: what was done, what became of it, what a dispute turned out to be."""

from __future__ import annotations

from api.i18n import gettext as _
from api.pages.safety_words import rule_names
from spd.offline import EventKind, Resolution


def kind_names() -> dict[str, str]:
    """What was done at the device."""
    return {
        EventKind.USE: _("Use"),
        EventKind.SIGN: _("Signature at the ward"),
        EventKind.COUNT: _("Count line"),
        EventKind.PAPER: _("Use on paper"),
        EventKind.EMERGENCY: _("Use in an emergency"),
        EventKind.UNABLE: _("Could not be scanned"),
        EventKind.CAUGHT: _("Stopped by the device"),
    }


def state_names() -> dict[str, str]:
    """The states of a dispute."""
    return {"open": _("to be looked at"), "resolved": _("resolved")}


def resolution_names() -> dict[str, str]:
    """What it was."""
    return {
        Resolution.BOOKED: _("It happened, and is booked by hand now"),
        Resolution.ENTERED_ELSEWHERE: _("It was entered elsewhere already"),
        Resolution.WRONG_SCAN: _("The wrong thing was scanned"),
        Resolution.HAPPENED_SO: _("It happened so; nothing can be booked"),
    }


def act_names() -> dict[str, str]:
    """What happened to a dispute."""
    return {"opened": _("Came from the device"), "taken": _("Looked after"), **resolution_names()}


def reason_names() -> dict[str, str]:
    """Why it was refused, in few words."""
    return {
        **rule_names(),
        "chain-broken": _("does not fit the device's chain"),
        "person-left": _("person may no longer do it"),
        "event-unclear": _("cannot be read"),
        "device-unfit": _("by a scanner that has not passed the test card"),
        "device-revoked": _("done after the device was revoked"),
    }
