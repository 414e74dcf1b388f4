"""Things that leave the hospital other than by use: written off, or back to their supplier."""

from spd.disposal.deciding import Decided, Decision, get_document, lines_of
from spd.disposal.drawing import Asked, ToDispose
from spd.disposal.found import Found, FoundAgain, find_again
from spd.disposal.going_back import cancel, prepare, sign_out
from spd.disposal.listing import select_documents
from spd.disposal.models import Disposal, DisposalLine, Kind, Standing, Why
from spd.disposal.refusals import (
    AlreadyAsked,
    AlreadyDecided,
    MixedPlaces,
    MixedSuppliers,
    MovedOn,
    NotAWriteOff,
    NotTheirs,
    UnknownDocument,
    UnpackFirst,
    WholeOnly,
)
from spd.disposal.write_off import approve, ask, refuse

__all__ = [
    "AlreadyAsked",
    "AlreadyDecided",
    "Asked",
    "Decided",
    "Decision",
    "Disposal",
    "DisposalLine",
    "Found",
    "FoundAgain",
    "Kind",
    "MixedPlaces",
    "MixedSuppliers",
    "MovedOn",
    "NotAWriteOff",
    "NotTheirs",
    "Standing",
    "ToDispose",
    "UnknownDocument",
    "UnpackFirst",
    "WholeOnly",
    "Why",
    "approve",
    "ask",
    "cancel",
    "find_again",
    "get_document",
    "lines_of",
    "prepare",
    "refuse",
    "select_documents",
    "sign_out",
]
