"""This file is the words of write-offs and returns."""

from __future__ import annotations

from api.i18n import gettext as _
from spd.disposal import Kind, Standing, Why

COLOURS = {Standing.ASKED: "caution", Standing.DONE: "ok", Standing.REFUSED: "quiet", Standing.WITHDRAWN: "quiet"}


def standings(kind: Kind) -> dict[str, str]:
    """How far a document is."""
    return {
        Standing.ASKED: _("waits for approval") if kind is Kind.WRITE_OFF else _("put aside"),
        Standing.DONE: _("written off") if kind is Kind.WRITE_OFF else _("signed out"),
        Standing.REFUSED: _("refused") if kind is Kind.WRITE_OFF else _("given up"),
        Standing.WITHDRAWN: _("taken back"),
    }


def reasons() -> dict[str, str]:
    """Why things leave."""
    return {
        Why.EXPIRED: _("expired"),
        Why.DAMAGED: _("damaged"),
        Why.LOST: _("lost"),
        Why.CONTAMINATED: _("contaminated"),
        Why.RECALL: _("recall"),
        Why.NEAR_EXPIRY: _("near expiry"),
        Why.QUALITY: _("quality problem"),
        Why.UNUSED: _("not needed"),
        Why.OTHER: _("other reason"),
    }
