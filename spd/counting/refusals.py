"""This file is what stocktaking refuses."""

from __future__ import annotations

from spd.core.errors import Conflict, NotAllowed, NotFound, Refused


class UnknownCount(NotFound):
    """There is no such count."""

    code = "unknown-count"
    error = "E01"
    say = {"zh": "没有盘点单 {count}。核对编号。", "en": "There is no count {count}. Check its number."}


class NothingToCount(Refused):
    """A count is of places, and where it says so of products."""

    code = "nothing-to-count"
    say = {
        "zh": "盘点范围为空: 没有选出{what}。先选定范围。",
        "en": "There is nothing to count: no {what} chosen. Choose them first.",
    }


class WrongStep(Conflict):
    """The count is past that step, or not there yet."""

    code = "wrong-step"
    say = {
        "zh": "盘点单 {count} 处于“{state}”, 不能这样做。刷新页面查看当前进度。",
        "en": "Count {count} is at “{state}”: this cannot be done now. Reload to see how far it is.",
    }


class NotInCount(Refused):
    """The place is not part of the count."""

    code = "not-in-count"
    error = "E14"
    say = {
        "zh": "{location} 不在本次盘点范围内。扫描范围内的货位。",
        "en": "{location} is not part of this count. Scan a place that is.",
    }


class ProductNotInCount(Refused):
    """The product is not part of the count."""

    code = "product-not-in-count"
    verdict = "caution"
    say = {
        "zh": "{name} 不在本次盘点范围内, 未计。继续盘点下一件。",
        "en": "{name} is not part of this count and is not counted. Go on with the next.",
    }


class ScanPlaceFirst(Refused):
    """Things are counted at a place."""

    code = "scan-place-first"
    verdict = "repeat"
    say = {"zh": "请先扫描货位。再扫描物品。", "en": "Scan the place first. Then what lies there."}


class QuantityNeeded(Refused):
    """What is loose is counted, not just seen."""

    code = "quantity-needed"
    verdict = "repeat"
    say = {
        "zh": "{name} 是散货或已拆包。点数后输入数量。",
        "en": "{name} is loose, or in an opened pack. Count it and key in how many.",
    }


class SeveralHere(Refused):
    """One label, and things of several owners or prices here that it could be on."""

    code = "several-here"
    error = "E01"
    say = {
        "zh": "此处有货权或价格不同的多份 {name}。逐一扫描院内码分别点数。",
        "en": "{name} lies here under several owners or prices. Scan the house label of each and count it apart.",
    }


class CustodianCounts(NotAllowed):
    """Who keeps the goods does not count them."""

    code = "custodian-counts"
    error = "E15"
    say = {
        "zh": "保管人不能盘点自己保管的 {location}。请其他岗位的同事盘点。",
        "en": "Whoever keeps {location} may not count it. Ask a colleague of another duty.",
    }


class SecondCounter(NotAllowed):
    """A second count is by a second person."""

    code = "second-counter"
    error = "E15"
    say = {
        "zh": "复盘须由另一人完成: 您已盘点过。请另一位同事盘点。",
        "en": "A second count is by another person: you have counted this. Ask a colleague.",
    }


class PlacesLeft(Refused):
    """Some places of the count have not been gone over."""

    code = "places-left"
    say = {
        "zh": "还有 {number} 个货位未盘完 ({places})。盘完, 或确认本次不盘。",
        "en": "{number} places are not counted yet ({places}). Count them, or say that they are left out.",
    }


class RecountOpen(Refused):
    """Some differences are to be counted again first."""

    code = "recount-open"
    say = {
        "zh": "还有 {number} 项差异须复盘。复盘后再审批。",
        "en": "{number} differences are to be counted again first.",
    }


class Unexplained(Refused):
    """A difference is booked with its reason, an exception ends with what became of it."""

    code = "unexplained-difference"
    say = {
        "zh": "还有 {number} 项未说明原因。逐项填写原因。",
        "en": "{number} lines have no reason yet. Give each its reason.",
    }


class UnknownSubject(NotFound):
    """The count has no such difference."""

    code = "unknown-difference"
    say = {
        "zh": "本次盘点没有差异 {subject}。刷新页面后重试。",
        "en": "This count has no difference {subject}. Reload and try again.",
    }


class BadReason(Refused):
    """The reason is none of the list, or needs words."""

    code = "bad-reason"
    say = {
        "zh": "原因 {reason} 不可用。从列表选择; 选“其他”须写明。",
        "en": "The reason {reason} cannot be taken. Choose one of the list; “other” needs words.",
    }


class ReviewChanged(Conflict):
    """The figures are no longer those that were looked at."""

    code = "review-changed"
    say = {
        "zh": "差异已有变化 (有迟到的记录)。刷新页面核对后再审批。",
        "en": "The differences have changed: something was heard of late. Reload, look again, then approve.",
    }
