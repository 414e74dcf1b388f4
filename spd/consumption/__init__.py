"""Using things: on an encounter or by a department, and undoing a use."""

from spd.consumption.record import NotYours, Use, UseScanned, record_use
from spd.consumption.reverse import MovedSince, NotAUse, Reversal, ReversalAsked, reverse_use
from spd.consumption.whole_kit import KitUse, use_kit

__all__ = [
    "KitUse",
    "MovedSince",
    "NotAUse",
    "NotYours",
    "Reversal",
    "ReversalAsked",
    "Use",
    "UseScanned",
    "record_use",
    "reverse_use",
    "use_kit",
]
