"""This file is the words of closing: what may be open of a day, how days stand."""

from __future__ import annotations

from api.i18n import gettext as _
from spd.ledger.calendar import MONTH_END


def remain_names() -> dict[str, str]:
    """What may be open of a day."""
    return {
        "totes": _("Totes not signed for"),
        "unscanned": _("Things that could not be scanned"),
        "disputes": _("Disputes of devices"),
        "charges": _("Charges that HIS has not taken"),
        "differences": _("Uses and charges that differ"),
        "counts": _("Counts not finished"),
        "emergencies": _("Emergency uses of nobody yet"),
        "paper": _("Costly lines on paper that one person entered"),
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


def month_names() -> dict[str, str]:
    """How a month stands."""
    return {
        "future": _("to come"),
        "open": _("not locked"),
        "closed": _("locked"),
        "asked": _("opening asked for"),
        "reopened": _("open for a time"),
    }


MONTH_COLOURS = {"future": "quiet", "open": "info", "closed": "ok", "asked": "caution", "reopened": "stop"}


def check_names() -> dict[str, str]:
    """What is looked at before a month is locked."""
    return {
        "days": _("Days that wards have not signed"),
        "disputes": _("Disputes of devices"),
        "charges": _("Charges that HIS has not taken"),
        "unkept": _("Charges of HIS not kept, or never sent"),
        "differences": _("Uses and charges that differ"),
        "statements": _("Suppliers without an approved statement"),
        "invoices": _("Lines of invoices not matched"),
        "accruals": _("Suppliers owed without an invoice (accrued)"),
        "step_down": _("Step-down not made of the month as it stands"),
        "proof": _("Proof of the ledger: problems, or too old"),
    }


def check_states() -> dict[str, str]:
    """How a line of the list stands."""
    return {"done": _("done"), "open": _("to do"), "waived": _("let through"), "told": _("told only")}


CHECK_COLOURS = {"done": "ok", "open": "stop", "waived": "caution", "told": "info"}


def rule_names() -> dict[str, str]:
    """What an open line does to the lock."""
    return {"block": _("stops the lock"), "wave": _("let through with a reason"), "tell": _("told only")}


def step_names() -> dict[str, str]:
    """What happens to a month."""
    return {
        "closed": _("locked"),
        "asked": _("opening asked for"),
        "refused": _("opening refused"),
        "withdrawn": _("question taken back"),
        "reopened": _("month opened again"),
    }


def calendar_names() -> dict[str, str]:
    """How a closing calendar stands."""
    return {"over": _("held before"), "holds": _("in force"), "to_come": _("not yet in force")}


CALENDAR_COLOURS = {"over": "quiet", "holds": "ok", "to_come": "info"}


def last_day_name(day: int) -> str:
    """On which day months end."""
    if day == MONTH_END:
        return _("the last day of the month")
    return _("day %(day)s") % {"day": day}
