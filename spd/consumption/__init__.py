"""Using things: on an encounter or by a department, and undoing a use."""

from spd.consumption.by_whom import NotYours
from spd.consumption.judging import Approval, Noted, OverrideReason, UnfitApprover
from spd.consumption.record import Use, UseScanned, record_use
from spd.consumption.reverse import MovedSince, NotAUse, Reversal, ReversalAsked, reverse_use
from spd.consumption.whole_kit import KitUse, use_kit

__all__ = [
    "Approval",
    "KitUse",
    "MovedSince",
    "NotAUse",
    "NotYours",
    "Noted",
    "OverrideReason",
    "Reversal",
    "ReversalAsked",
    "UnfitApprover",
    "Use",
    "UseScanned",
    "record_use",
    "reverse_use",
    "use_kit",
]
