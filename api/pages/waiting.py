"""This file is things scanned before their wristband: each is held for a minute, and all are booked when it comes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from api.i18n import gettext as _
from api.pages.verdicts import Verdict, stop
from scanners import Scan

HOLD = timedelta(seconds=60)  # a thing scanned before its wristband waits this long
MOST = 20
_NAMES = ("scan", "at", "name")

Waiting = dict[str, str]


def waiting(state: dict[str, Any], at: datetime) -> list[Waiting]:
    """What a page says it holds, as far as its minute is not over: the scan, when it was, what it is called."""
    told = state.get("held")
    if not isinstance(told, list):
        return []
    held = [
        {name: str(one[name])[:4000] for name in _NAMES}
        for one in told[:MOST]
        if isinstance(one, dict) and one.keys() >= set(_NAMES)
    ]
    return [one for one in held if _is_fresh(one, at)]


def nobody(state: dict[str, Any]) -> dict[str, Any]:
    """What is left of a page where somebody else's wristband may have been scanned: what waits for one."""
    return {"held": state["held"]} if "held" in state else {}


def _is_fresh(one: Waiting, at: datetime) -> bool:
    try:
        return at - datetime.fromisoformat(one["at"]) <= HOLD
    except (ValueError, TypeError):
        return False


def hold(
    state: dict[str, Any], scan: Scan, name: str, at: datetime, *, several: bool
) -> tuple[Verdict, dict[str, Any]]:
    """One more thing held; of what is not one of a kind, `several` may be."""
    before = waiting(state, at)
    if not several:  # scanned again it waits anew
        before = [one for one in before if one["scan"] != scan.raw]
    if len(before) >= MOST:
        return stop("E04", _("Too many items without a wristband"), _("Scan the wristband, then this item.")), state
    verdict = {
        "class": "repeat",
        "code": "E04",
        "word": _("On hold until the wristband"),
        "title": _("Scan the wristband – item held"),
        "what": name,
        "hold": {"scan": scan.raw, "until": (at + HOLD).isoformat(), "several": several},
        "unlisted": True,
    }
    return verdict, {"held": [*before, {"scan": scan.raw, "at": at.isoformat(), "name": name}]}
