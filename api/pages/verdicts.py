"""This file is verdicts: the one answer to a scan, in the words of the person at the scanner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from api.here import settings
from api.i18n import gettext as _
from api.i18n import short
from scanners import Unreadable
from spd.consumption import KitUse, Use
from spd.core.errors import Refusal

Verdict = dict[str, Any]
_SENTENCES = re.compile(r"(?<=[。!?])|(?<=\.) +(?=[A-Z])")


class Known(Protocol):
    """A caution: something to know that did not stop the act."""

    @property
    def error(self) -> str:
        """Row of the error table."""
        ...

    @property
    def zh(self) -> str:
        """The sentence in Chinese."""
        ...

    @property
    def en(self) -> str:
        """The sentence in English."""
        ...


def done(title: str, what: str = "", *, cautions: Sequence[Known] = (), **more: Any) -> Verdict:
    """Booked; as a caution where there is something to know."""
    if not cautions:
        return {"class": "ok", "title": title, "what": what, **more}
    known = "; ".join(one.en if short() == "en" else one.zh for one in cautions)
    return {
        "class": "caution",
        "code": cautions[0].error,
        "title": title,
        "what": known,
        "why": what,
        "note": known,
        **more,
    }


def checked_of(use: Use | KitUse) -> str:
    """What the scan did for the patient; of a registration that is not on record nothing is claimed."""
    return _("expiry, recall and registration checked") if use.registered else _("expiry and recall checked")


def refused(error: Refusal | Unreadable, what: str = "") -> Verdict:
    """Not booked: what is wrong, what it is about, what to do."""
    if isinstance(error, Unreadable):
        kind, code, sentence = "stop", "E05", error.en if short() == "en" else error.zh
    else:
        kind, code, sentence = error.verdict, error.error, error.sentence(short(), settings().zone)
    title, *rest = (part.strip() for part in _SENTENCES.split(sentence) if part and part.strip())
    return {"class": kind, "code": code, "title": title.rstrip("。"), "what": what, "do": " ".join(rest)}


def stop(code: str, title: str, do: str = "", **more: Any) -> Verdict:
    """Not booked, and latched until somebody has seen it."""
    return {"class": "stop", "code": code, "title": title, "do": do, **more}


def told(title: str, what: str = "", **more: Any) -> Verdict:
    """Heard, and nothing booked by it: a note, a place, a patient."""
    return {"class": "ok", "title": title, "what": what, "unlisted": True, **more}
