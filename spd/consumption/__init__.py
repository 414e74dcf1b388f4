"""Using things: on an encounter or by a department, and undoing a use."""

from spd.consumption.record import NotYours, Use, UseScanned, record_use
from spd.consumption.reverse import MovedSince, NotAUse, Reversal, ReversalAsked, reverse_use

__all__ = [
    "MovedSince",
    "NotAUse",
    "NotYours",
    "Reversal",
    "ReversalAsked",
    "Use",
    "UseScanned",
    "record_use",
    "reverse_use",
]
