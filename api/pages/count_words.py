"""This file is the words of stocktaking: kinds, steps, findings, reasons, rounds, tiers."""

from __future__ import annotations

from api.i18n import gettext as _
from spd.counting import CountKind, CountState, Finding, Reason, Round


def kinds() -> dict[str, str]:
    """What a count is of."""
    return {
        CountKind.FULL.value: _("full count"),
        CountKind.LOCATION.value: _("by place"),
        CountKind.CLASS.value: _("by product class"),
        CountKind.CALENDAR.value: _("by calendar"),
        CountKind.SPECIAL.value: _("special"),
    }


def states() -> dict[str, str]:
    """How far a count is."""
    return {
        CountState.PLANNED.value: _("planned"),
        CountState.COUNTING.value: _("being counted"),
        CountState.REVIEW.value: _("in review"),
        CountState.APPROVED.value: _("approved, adjusted"),
        CountState.CLOSED.value: _("closed"),
        CountState.CANCELLED.value: _("given up"),
    }


STATE_COLOURS = {
    CountState.PLANNED.value: "info",
    CountState.COUNTING.value: "queued",
    CountState.REVIEW.value: "caution",
    CountState.APPROVED.value: "ok",
}


def findings() -> dict[str, str]:
    """What was found."""
    return {
        Finding.OK.value: _("counted"),
        Finding.MISSING.value: _("not found"),
        Finding.RESERVED.value: _("reserved, not scanned"),
        Finding.DISAGREE.value: _("two numbers"),
        Finding.HELD.value: _("on hold"),
        Finding.EXPIRED.value: _("expired"),
        Finding.REFOUND.value: _("lost before, found"),
        Finding.ELSEWHERE.value: _("booked elsewhere"),
        Finding.MOVED.value: _("moved here"),
        Finding.IN_TRANSIT.value: _("not signed for"),
        Finding.USED.value: _("used, but here"),
        Finding.GONE.value: _("gone, but here"),
        Finding.UNKNOWN.value: _("unknown code"),
    }


FINDING_COLOURS = {
    Finding.OK.value: "quiet",
    Finding.MISSING.value: "stop",
    Finding.DISAGREE.value: "caution",
    Finding.USED.value: "stop",
    Finding.GONE.value: "stop",
    Finding.UNKNOWN.value: "stop",
    Finding.HELD.value: "caution",
    Finding.EXPIRED.value: "caution",
    Finding.ELSEWHERE.value: "caution",
    Finding.IN_TRANSIT.value: "caution",
    Finding.REFOUND.value: "info",
    Finding.MOVED.value: "info",
    Finding.RESERVED.value: "info",
}


def reasons() -> dict[str, str]:
    """Why something differs."""
    return {
        Reason.LOST.value: _("lost"),
        Reason.NOT_SCANNED.value: _("used, not scanned"),
        Reason.DAMAGED.value: _("damaged, thrown away"),
        Reason.BOOKED_WRONG.value: _("booked wrong before"),
        Reason.FOUND.value: _("found"),
        Reason.ELSEWHERE.value: _("is elsewhere: book nothing"),
        Reason.ON_ITS_WAY.value: _("is on its way: book nothing"),
        Reason.SETTLED.value: _("settled otherwise"),
        Reason.OTHER.value: _("other, see remark"),
    }


def exceptions() -> dict[str, str]:
    """Why a difference could not be booked."""
    return {"gone_since": _("too little is left since"), "on_its_way": _("on its way since")}


def rounds() -> dict[str, str]:
    """Whose counting."""
    return {
        Round.FIRST.value: _("first count"),
        Round.SECOND.value: _("second count"),
        Round.RECOUNT.value: _("counted again"),
    }


def tiers() -> dict[str, str]:
    """What of the calendar."""
    return {"daily": _("daily"), "A": _("A, monthly"), "B": _("B, quarterly"), "C": _("C, half-yearly")}
