"""This file is undoing a use on a page of scans: by one tap until it is posted onward, afterwards for a reason."""

from __future__ import annotations

from typing import Any

from api import access
from api.here import read, write
from api.i18n import gettext as _
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, told
from spd import consumption, stock


def reasons() -> list[tuple[str, str]]:
    """Why a use is reversed that was posted onward: to HIS, or to its supplier."""
    return [
        ("wrong-patient", _("booked on the wrong patient")),
        ("wrong-item", _("another thing was used")),
        ("not-used", _("not used after all")),
        ("twice", _("booked twice")),
    ]


def undo(said: Said, movement: int, state: dict[str, Any], *, why: str, url: str) -> tuple[Verdict, dict[str, Any]]:
    """The use undone; where it was posted onward the page asks for the reason first, and nothing is done yet.

    Raises: what `reverse_use` raises.
    """
    asked = consumption.ReversalAsked(
        occasion=said.occasion, movement_id=movement, reason=why, departments=access.departments(), at_once=True
    )
    try:
        return _reversed(asked, _("Undone"), url), state
    except consumption.PostedOnward as onward:
        settled = onward.facts.get("to") == "statement"
        title = _("It is on the supplier's statement already") if settled else _("HIS has the charge already")
        verdict: Verdict = {
            "class": "caution", "title": title, "what": _("Say why it is reversed."), "unlisted": True, "kept": True,
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
    return _reversed(asked, _("Reversed, with its reason on record"), url), state


def _reversed(asked: consumption.ReversalAsked, title: str, url: str) -> Verdict:
    undone = write(asked.occasion, lambda session: consumption.reverse_use(session, asked))
    goods = read(lambda session: stock.get_goods(session, undone.item))
    return told(title, named(goods.name, goods.name_en), struck=url)
