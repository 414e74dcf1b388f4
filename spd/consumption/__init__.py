"""Using things: on an encounter or by a department, and undoing a use."""

from spd.consumption.assigning import Assigned, AssignedBefore, AssignedLine, ToAssign, UnknownEmergencyUse, assign
from spd.consumption.by_whom import NotYours
from spd.consumption.doubts import DoubtfulPatient
from spd.consumption.drawing import DrawAsked, Drawn, NothingOpen, draw
from spd.consumption.emergency import (
    InEmergency,
    KitInEmergency,
    is_open,
    is_undone,
    of_the_ward,
    use_in_emergency,
    use_kit_in_emergency,
    waiting_in_emergency,
)
from spd.consumption.judging import Approval, Noted, OverrideReason, UnfitApprover
from spd.consumption.loose import Finished, NotOpen, NotToOpen, Opened, OpeningAsked, finish, open_pack
from spd.consumption.models import AssignReason, EmergencyAssignment, EmergencyUse
from spd.consumption.proof import problems
from spd.consumption.record import Use, UseScanned, record_use
from spd.consumption.reverse import (
    MovedSince,
    NotAUse,
    PostedOnward,
    Reversal,
    ReversalAsked,
    reverse_use,
    was_sent,
    was_settled,
)
from spd.consumption.several import record_several
from spd.consumption.whole_kit import KitUse, use_kit

__all__ = [
    "Approval",
    "AssignReason",
    "Assigned",
    "AssignedBefore",
    "AssignedLine",
    "DoubtfulPatient",
    "DrawAsked",
    "Drawn",
    "EmergencyAssignment",
    "EmergencyUse",
    "Finished",
    "InEmergency",
    "KitInEmergency",
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
    "PostedOnward",
    "Reversal",
    "ReversalAsked",
    "ToAssign",
    "UnfitApprover",
    "UnknownEmergencyUse",
    "Use",
    "UseScanned",
    "assign",
    "draw",
    "finish",
    "is_open",
    "is_undone",
    "of_the_ward",
    "open_pack",
    "problems",
    "record_several",
    "record_use",
    "reverse_use",
    "use_in_emergency",
    "use_kit",
    "use_kit_in_emergency",
    "waiting_in_emergency",
    "was_sent",
    "was_settled",
]
