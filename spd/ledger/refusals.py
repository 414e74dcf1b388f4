"""This file is what the ledger refuses."""

from __future__ import annotations

from spd.core.errors import Conflict, NotFound


class UnknownItem(NotFound):
    """No item has this code."""

    code = "unknown-item"
    error = "E01"
    say = {
        "zh": "不认识此码 {item}。换扫另一个码, 或点“扫不了”。",
        "en": "Code {item} is not recognised. Scan the other code, or tap Unable to scan.",
    }


class UnknownMovement(NotFound):
    """There is no such movement."""

    code = "unknown-movement"
    say = {"zh": "找不到流转记录 {movement}。", "en": "There is no movement {movement}."}


class Moved(Conflict):
    """Somebody else moved or used the item between the reading and the writing."""

    code = "moved"
    error = "E16"
    say = {
        "zh": "此件 {item} 刚被他人移动或使用。重扫以查看最新状态。",
        "en": "Somebody else has just moved or used {item}. Scan it again to see where it is.",
    }


class CodeTaken(Conflict):
    """The code is already on another item, or was: a code is never used twice."""

    code = "code-taken"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "编码 {item} 已登记, 不可重复使用。如为实物重码, 放入待验区并通知库房主管。",
        "en": "Code {item} is already registered. If two things carry it, quarantine both and tell the store.",
    }


class AlreadyReversed(Conflict):
    """The movement has been undone before."""

    code = "already-reversed"
    error = "E03"
    verdict = "repeat"
    say = {"zh": "此记录已冲销, 不重复计。", "en": "This has already been reversed. It is not counted again."}


class KeyReused(Conflict):
    """The request key was used before for something else."""

    code = "key-reused"
    say = {
        "zh": "请求编号 {key} 已用于另一内容。用新的编号重新提交。",
        "en": "Request key {key} was used before with other content. Send this again under a new key.",
    }


class Racing(Conflict):
    """The same request is being answered at this moment; asked again, it gets that answer."""

    code = "racing"
    say = {"zh": "同一请求正在处理, 请稍候重试。", "en": "This same request is being answered just now. Ask again."}


class PeriodClosed(Conflict):
    """The month is closed, or was closed while this was written; sent again it goes to the open month."""

    code = "period-closed"
    say = {
        "zh": "会计期 {period} 已结账。重新提交, 将计入当前开放期。",
        "en": "Period {period} is closed. Send it again: it goes to the open period.",
    }
