"""This file is the refusals of queues and disputes."""

from __future__ import annotations

from spd.core.errors import Conflict, NotAllowed, NotFound, Refused


class ChainBroken(Refused):
    """The event does not say what its device hashed, or does not stand on the event before it."""

    code = "chain-broken"
    say = {
        "zh": "设备 {device} 第 {sequence} 条记录与其链不符, 未入账。请核对实物后处理。",
        "en": "Event {sequence} of device {device} does not fit its chain and is not booked. "
        "Check what was done, then resolve it.",
    }


class PersonLeft(NotAllowed):
    """Who was on may no longer do this."""

    code = "person-left"
    say = {
        "zh": "操作人已无此权限, 离线记录未入账。由护士长核对后处理。",
        "en": "Who was on may no longer do this; the event is not booked. The head nurse checks it.",
    }


class Unclear(Refused):
    """The event says less than its act needs, or something that cannot be read."""

    code = "event-unclear"
    say = {
        "zh": "离线记录内容不全或无法识别 ({what})。请核对实物后处理。",
        "en": "The event cannot be read or lacks something ({what}). Check what was done, then resolve it.",
    }


class UnknownDispute(NotFound):
    """No such dispute, or not one of yours."""

    code = "unknown-dispute"
    say = {"zh": "没有此条争议 {number}。刷新列表。", "en": "There is no dispute {number} here. Reload the list."}


class UnknownGap(NotFound):
    """No such missing number, or it has come."""

    code = "unknown-gap"
    say = {
        "zh": "设备 {device} 没有缺失的第 {sequence} 条。刷新列表。",
        "en": "Number {sequence} of device {device} is not missing. Reload the list.",
    }


class DisputeResolved(Conflict):
    """Somebody has resolved it already."""

    code = "dispute-resolved"
    error = "E03"
    verdict = "repeat"
    say = {"zh": "此条争议已处理, 不重复计。", "en": "This dispute was resolved already. It is not counted again."}
