"""This file is undoing a use on a page of scans: by one tap until HIS has its charge, afterwards for a reason."""

from __future__ import annotations

from typing import Any

from api import access
from api.here import read, write
from api.i18n import gettext as _
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, told
from spd import consumption, stock


def reasons() -> list[tuple[str, str]]:
    """Why a use is reversed that HIS has charged already."""
    return [
        ("wrong-patient", _("booked on the wrong patient")),
        ("wrong-item", _("another thing was used")),
        ("not-used", _("not used after all")),
        ("twice", _("booked twice")),
    ]


def undo(said: Said, movement: int, state: dict[str, Any], *, why: str, url: str) -> tuple[Verdict, dict[str, Any]]:
    """The use undone; where HIS has its charge the page asks for the reason first, and nothing is done yet.

    Raises: what `reverse_use` raises.
    """
    asked = consumption.ReversalAsked(
        occasion=said.occasion, movement_id=movement, reason=why, departments=access.departments(), at_once=True
    )
    try:
        return _reversed(asked, _("Undone"), url), state
    except consumption.PostedOnward:
        verdict: Verdict = {
            "class": "caution", "title": _("HIS has the charge already"), "what": _("Say why it is reversed."),
            "unlisted": True, "kept": True,
        }  # fmt: skip
        return verdict, state | {"reverse": str(movement)}


def reverse(said: Said, state: dict[str, Any], *, url: str) -> tuple[Verdict, dict[str, Any]]:
    """The use that the page asked about, reversed for the reason chosen. Raises: what `reverse_use` raises."""
    movement, why = state.get("reverse", ""), dict(reasons()).get(said.text("reason"), "")
    state = {name: state[name] for name in state if name != "reverse"}
    if not movement.isdecimal() or not why:
        return told(_("Not reversed"), _("Choose one of the reasons.")), state
    asked = consumption.ReversalAsked(
        occasion=said.occasion, movement_id=int(movement), reason=why, departments=access.departments()
    )
    return _reversed(asked, _("Reversed; HIS is told to credit it"), url), state


def _reversed(asked: consumption.ReversalAsked, title: str, url: str) -> Verdict:
    undone = write(asked.occasion, lambda session: consumption.reverse_use(session, asked))
    goods = read(lambda session: stock.get_goods(session, undone.item))
    return told(title, named(goods.name, goods.name_en), struck=url)
