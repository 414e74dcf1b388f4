"""Goods in: delivery notes, and the scans that make what arrived accountable."""

from spd.receiving.announce import (
    Announced,
    AnnouncedLine,
    NoteKnown,
    NoteReceived,
    amend,
    announce,
    find_same,
    was_amended,
)
from spd.receiving.cases import AnnouncedPackage, PackageWrong, SsccTaken, packages_of
from spd.receiving.models import Delivery, DeliveryLine, DeliveryPackage, DeliveryVersion
from spd.receiving.notes import (
    DeliveryClosed,
    Difference,
    LineState,
    UnknownDelivery,
    came_of,
    close_delivery,
    get_delivery,
    lines_received,
)
from spd.receiving.packages import Arrived, Delivered, LotMissing, NotOnNote, OverDelivered, UnknownCode
from spd.receiving.receive import Receipt, ReceivedItem, receive

__all__ = [
    "Announced",
    "AnnouncedLine",
    "AnnouncedPackage",
    "Arrived",
    "Delivered",
    "Delivery",
    "DeliveryClosed",
    "DeliveryLine",
    "DeliveryPackage",
    "DeliveryVersion",
    "Difference",
    "LineState",
    "LotMissing",
    "NotOnNote",
    "NoteKnown",
    "NoteReceived",
    "OverDelivered",
    "PackageWrong",
    "Receipt",
    "ReceivedItem",
    "SsccTaken",
    "UnknownCode",
    "UnknownDelivery",
    "amend",
    "announce",
    "came_of",
    "close_delivery",
    "find_same",
    "get_delivery",
    "lines_received",
    "packages_of",
    "receive",
    "was_amended",
]
