"""Using things: on an encounter or by a department, and undoing a use."""

from spd.consumption.by_whom import NotYours
from spd.consumption.drawing import DrawAsked, Drawn, NothingOpen, draw
from spd.consumption.judging import Approval, Noted, OverrideReason, UnfitApprover
from spd.consumption.loose import Finished, NotOpen, NotToOpen, Opened, OpeningAsked, finish, open_pack
from spd.consumption.record import Use, UseScanned, record_use
from spd.consumption.reverse import MovedSince, NotAUse, Reversal, ReversalAsked, reverse_use
from spd.consumption.several import record_several
from spd.consumption.whole_kit import KitUse, use_kit

__all__ = [
    "Approval",
    "DrawAsked",
    "Drawn",
    "Finished",
    "KitUse",
    "MovedSince",
    "NotAUse",
    "NotOpen",
    "NotToOpen",
    "NotYours",
    "Noted",
    "NothingOpen",
    "Opened",
    "OpeningAsked",
    "OverrideReason",
    "Reversal",
    "ReversalAsked",
    "UnfitApprover",
    "Use",
    "UseScanned",
    "draw",
    "finish",
    "open_pack",
    "record_several",
    "record_use",
    "reverse_use",
    "use_kit",
]
