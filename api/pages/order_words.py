"""This file is the words of orders: states, answers, steps, and why something is proposed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from api.i18n import gettext as _
from api.i18n import quantity

STATE_COLOURS = {
    "draft": "quiet", "submitted": "caution", "approved": "info", "refused": "stop", "sent": "info",
    "partly_delivered": "queued", "delivered": "ok", "closed": "quiet", "cancelled": "quiet",
}  # fmt: skip
ANSWER_COLOURS = {"": "quiet", "accepted": "ok", "changed": "caution", "declined": "stop"}


def state_names() -> dict[str, str]:
    """What an order is shown as."""
    return {
        "draft": _("draft"),
        "submitted": _("waits for approval"),
        "approved": _("approved"),
        "refused": _("refused"),
        "sent": _("sent"),
        "partly_delivered": _("partly delivered"),
        "delivered": _("delivered"),
        "closed": _("closed"),
        "cancelled": _("cancelled"),
    }


def answer_names() -> dict[str, str]:
    """What the supplier said."""
    return {
        "": _("no answer yet"),
        "accepted": _("accepted"),
        "changed": _("less or later"),
        "declined": _("declined"),
    }


def step_names() -> dict[str, str]:
    """What was done with an order."""
    return {
        "place": _("placed"),
        "submit": _("sent for approval"),
        "waive": _("needs no approval"),
        "approve": _("approved"),
        "refuse": _("refused"),
        "send": _("sent to the supplier"),
        "accept": _("accepted by the supplier"),
        "decline": _("declined by the supplier"),
        "amend": _("amended"),
        "close": _("closed"),
        "cancel": _("cancelled"),
    }


def problem_names() -> dict[str, str]:
    """Why a proposal cannot be ordered."""
    return {
        "no_price": _("no supplier has a price"),
        "not_admitted": _("not admitted"),
        "unlicensed": _("a licence does not hold"),
    }


def basis_names() -> dict[str, str]:
    """Where the level of a proposal comes from."""
    return {"fixed": _("fixed quantity"), "use": _("mean use"), "demand": _("wards are short")}


def mode_names() -> dict[str, str]:
    """When goods are settled."""
    return {"on_receipt": _("on receipt"), "on_issue": _("on issue"), "on_use": _("on use")}


def why(figures: Mapping[str, Any]) -> str:
    """The figures behind a proposal in one sentence; empty where there are none."""
    if not figures:
        return ""
    said = [
        _("available %(number)s") % {"number": quantity(int(figures["available"]))},
        _("on order %(number)s") % {"number": quantity(int(figures["on_order"]))},
    ]
    if figures["demand"]:
        said.append(_("wards short of %(number)s") % {"number": quantity(int(figures["demand"]))})
    if figures["basis"] == "fixed":
        said.append(_("fixed quantity %(lower)s to %(upper)s") % _limits(figures))
    elif figures["basis"] == "use":
        said.append(_("%(mean)s a day, %(days)s days to come") % _pace(figures))
        said.append(_("order at %(lower)s up to %(upper)s") % _limits(figures))
    if int(figures["order_multiple"]) > 1:
        said.append(_("in packagings of %(number)s") % {"number": quantity(int(figures["order_multiple"]))})
    return " · ".join(said)


def why_kept(reason: str) -> str:
    """The same from what was kept with a line."""
    return why(json.loads(reason))


def _limits(figures: Mapping[str, Any]) -> dict[str, str]:
    return {"lower": quantity(int(figures["reorder_at"])), "upper": quantity(int(figures["up_to"]))}


def _pace(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {"mean": figures["mean_daily"], "days": figures["lead_days"]}
