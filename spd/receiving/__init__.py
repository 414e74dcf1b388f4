"""Goods in: delivery notes, and the scans that make what arrived accountable."""

from spd.receiving.again import OtherSupplier, TakenIn, take_in
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
from spd.receiving.aside import AsideResolved, PutAside, UnknownAside, resolve
from spd.receiving.cases import AnnouncedPackage, PackageWrong, SsccTaken, evenly, is_case_code, packages_of
from spd.receiving.cases import judge as judge_packages
from spd.receiving.cases import taken as taken_codes
from spd.receiving.closing import Difference, DifferenceUnexplained, close_delivery, differences
from spd.receiving.cold import Measured, NoTemperature, measure
from spd.receiving.deciding import AlreadyDecided, Decided, UnknownInspection, by_another, decide
from spd.receiving.inspecting import Inspected, NothingToHold, UnknownLine, inspect
from spd.receiving.models import Delivery, DeliveryLine, DeliveryPackage, DeliveryVersion
from spd.receiving.notes import (
    DeliveryClosed,
    LineState,
    UnknownDelivery,
    came_of,
    get_delivery,
    lines_received,
)
from spd.receiving.packages import (
    Arrived,
    Delivered,
    ExpiryMissing,
    LotMissing,
    NotOnNote,
    OverDelivered,
    PackageReceived,
    Quarantine,
    TemperatureMissing,
    TooNearExpiry,
    UnknownCode,
)
from spd.receiving.receive import Receipt, ReceivedItem, receive
from spd.receiving.records import (
    AsideKind,
    Inspection,
    InspectionReason,
    InspectionResult,
    ReceivingException,
    Resolution,
)

__all__ = [
    "AlreadyDecided",
    "Announced",
    "AnnouncedLine",
    "AnnouncedPackage",
    "Arrived",
    "AsideKind",
    "AsideResolved",
    "Decided",
    "Delivered",
    "Delivery",
    "DeliveryClosed",
    "DeliveryLine",
    "DeliveryPackage",
    "DeliveryVersion",
    "Difference",
    "DifferenceUnexplained",
    "ExpiryMissing",
    "Inspected",
    "Inspection",
    "InspectionReason",
    "InspectionResult",
    "LineState",
    "LotMissing",
    "Measured",
    "NoTemperature",
    "NotOnNote",
    "NoteKnown",
    "NoteReceived",
    "NothingToHold",
    "OtherSupplier",
    "OverDelivered",
    "PackageReceived",
    "PackageWrong",
    "PutAside",
    "Quarantine",
    "Receipt",
    "ReceivedItem",
    "ReceivingException",
    "Resolution",
    "SsccTaken",
    "TakenIn",
    "TemperatureMissing",
    "TooNearExpiry",
    "UnknownAside",
    "UnknownCode",
    "UnknownDelivery",
    "UnknownInspection",
    "UnknownLine",
    "amend",
    "announce",
    "by_another",
    "came_of",
    "close_delivery",
    "decide",
    "differences",
    "evenly",
    "find_same",
    "get_delivery",
    "inspect",
    "is_case_code",
    "judge_packages",
    "lines_received",
    "measure",
    "packages_of",
    "receive",
    "resolve",
    "take_in",
    "taken_codes",
    "was_amended",
]
