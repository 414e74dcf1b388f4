"""Distribution: things sent to a ward, signed for there, and moved within the house."""

from spd.replenishment.deliver import MixedOrigin, Sent, ToDispatch, dispatch
from spd.replenishment.models import Dispatch
from spd.replenishment.signing import AlreadyDelivered, NothingToSign, NotYourWard, Signed, ToSign, WrongWard, sign
from spd.replenishment.totes import UnknownDispatch, find_dispatch, get_dispatch, waiting_in
from spd.replenishment.transfer import ToTransfer, Transferred, transfer

__all__ = [
    "AlreadyDelivered",
    "Dispatch",
    "MixedOrigin",
    "NotYourWard",
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
    "waiting_in",
]
