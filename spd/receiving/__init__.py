"""Goods in: delivery notes, and the scans that make what arrived accountable."""

from spd.receiving.models import Delivery, DeliveryLine, DeliveryPackage, DeliveryVersion
from spd.receiving.notes import (
    Announced,
    AnnouncedLine,
    DeliveryClosed,
    Difference,
    LineState,
    UnknownDelivery,
    announce,
    close_delivery,
    find_same,
    get_delivery,
    lines_received,
)
from spd.receiving.packages import Arrived, Delivered, LotMissing, NotOnNote, OverDelivered, UnknownCode
from spd.receiving.receive import Receipt, ReceivedItem, receive

__all__ = [
    "Announced",
    "AnnouncedLine",
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
    "OverDelivered",
    "Receipt",
    "ReceivedItem",
    "UnknownCode",
    "UnknownDelivery",
    "announce",
    "close_delivery",
    "find_same",
    "get_delivery",
    "lines_received",
    "receive",
]
