"""This file is the words of closing: what may be open of a day, how days stand."""

from __future__ import annotations

from api.i18n import gettext as _


def remain_names() -> dict[str, str]:
    """What may be open of a day."""
    return {
        "totes": _("Totes not signed for"),
        "unscanned": _("Things that could not be scanned"),
        "disputes": _("Disputes of devices"),
        "charges": _("Charges that HIS has not taken"),
        "differences": _("Uses and charges that differ"),
        "counts": _("Counts not finished"),
    }


def day_names() -> dict[str, str]:
    """How a day stands."""
    return {
        "none": _("not due"),
        "open": _("not closed yet"),
        "missed": _("not closed in time"),
        "closed": _("day closed"),
        "remains": _("closed with something open"),
        "late": _("late arrivals"),
    }


DAY_COLOURS = {
    "none": "quiet", "open": "info", "missed": "stop", "closed": "ok", "remains": "caution", "late": "caution",
}  # fmt: skip
