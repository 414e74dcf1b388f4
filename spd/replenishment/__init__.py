"""Distribution: things sent to a ward, signed for there, and moved within the house."""

from spd.replenishment.deliver import (
    AlreadyDelivered,
    MixedOrigin,
    NothingToSign,
    Sent,
    Signed,
    ToDispatch,
    ToSign,
    UnknownDispatch,
    WrongWard,
    dispatch,
    find_dispatch,
    get_dispatch,
    sign,
)
from spd.replenishment.models import Dispatch
from spd.replenishment.transfer import ToTransfer, Transferred, transfer

__all__ = [
    "AlreadyDelivered",
    "Dispatch",
    "MixedOrigin",
    "NothingToSign",
    "Sent",
    "Signed",
    "ToDispatch",
    "ToSign",
    "ToTransfer",
    "Transferred",
    "UnknownDispatch",
    "WrongWard",
    "dispatch",
    "find_dispatch",
    "get_dispatch",
    "sign",
    "transfer",
]
