"""This file is operations in words: how far they are, what happened to them, who signs, which side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.i18n import gettext as _
from spd.theatre import OperationStanding, Part

COLOURS = {
    OperationStanding.PLANNED: "queued", OperationStanding.OPEN: "info", OperationStanding.ENDED: "caution",
    OperationStanding.CONFIRMED: "ok",
}  # fmt: skip


def standings() -> dict[str, str]:
    """How far an operation is."""
    return {
        OperationStanding.PLANNED: _("on the plan"),
        OperationStanding.OPEN: _("under way"),
        OperationStanding.ENDED: _("to be confirmed"),
        OperationStanding.CONFIRMED: _("confirmed"),
        OperationStanding.CANCELLED: _("cancelled"),
    }


def event_names() -> dict[str, str]:
    """What happened."""
    return {
        "planned": _("on the plan"), "changed": _("changed"), "opened": _("begun"), "ended": _("at an end"),
        "reopened": _("opened again"), "signed": _("signed"), "confirmed": _("confirmed"),
        "cancelled": _("cancelled"), "overdue": _("not finished in time"), "kept": _("left in the room"),
    }  # fmt: skip


def next_steps() -> dict[str, str]:
    """What ends the waiting of an operation that was not finished in time."""
    return {
        OperationStanding.PLANNED: _("Begin it by scan; or bring back what was drawn and cancel it."),
        OperationStanding.OPEN: _("End it, so that it can be signed for and another can begin in the room."),
        OperationStanding.ENDED: _("Bring back what is still out; then both sign for what was used."),
    }


def part_names() -> dict[str, str]:
    """Who confirms."""
    return {Part.SURGEON: _("Surgeon"), Part.NURSE: _("Circulating nurse")}


def side_names() -> dict[str, str]:
    """Which side."""
    return {"": _("no side"), "left": _("left side"), "right": _("right side"), "both": _("both sides")}


def modes() -> dict[str, tuple[str, str]]:
    """What a scan does at an operation: the word on its button, and what it asks for."""
    return {
        "use": (_("Use"), _("Scan what is used on the patient.")),
        "draw": (_("Draw"), _("Scan what is fetched for the operation.")),
        "back": (_("Bring back"), _("Scan what was not used: it goes back where it came from.")),
        "stay": (_("Stays here"), _("Scan what was not used and stays in the room.")),
        "spoilt": (_("Spoilt"), _("Scan what was spoilt: a write-off is asked for.")),
        "lost": (_("Cannot be found"), _("Enter the code of what cannot be found: a write-off is asked for.")),
    }


def reason_of(event: Mapping[str, Any]) -> str:
    """Why something happened, in words where it is one of ours."""
    known = {
        "used-later": _("something was used later"),
        "carried-away": _("something was carried away"),
        **part_names(),
    }
    said: str = event["reason"]
    return known.get(said, said)


def procedures_in_words(procedures: Iterable[Mapping[str, Any]]) -> str:
    """What is planned, with its sides."""
    sides = side_names()
    return "; ".join(f"{one['name']} ({sides[one['side']]})" if one["side"] else str(one["name"]) for one in procedures)
