"""This file is what theatre refuses."""

from __future__ import annotations

from spd.core.errors import Conflict, Refused


class NotATheatre(Refused):
    """A loaner set goes to where it is used, not into a store."""

    code = "not-a-theatre"
    error = "E20"
    say = {
        "zh": "跟台器械只登记到手术室或病区, {location} 不是。选择使用地点。",
        "en": "A loaner set is brought to a theatre or a ward, and {location} is neither. Choose where it is used.",
    }


class LineIncomplete(Refused):
    """A thing of a set is told apart by lot or serial, and a serial is on one thing."""

    code = "loaner-line-incomplete"
    error = "E01"
    say = {
        "zh": "第 {line} 行 {product}: 须有批号; 有序列号的每行 1 件。补全后重试。",
        "en": "Line {line}, {product}: a lot is needed, and a serial is on one piece. Complete it and try again.",
    }


class ListedTwice(Refused):
    """Two lines of the list are the same thing."""

    code = "loaner-line-twice"
    error = "E03"
    say = {
        "zh": "第 {line} 行 {product} {what} 与前面的行重复。合并数量。",
        "en": "Line {line}, {product} {what}, is on the list before. Put the quantities together.",
    }


class SetEnded(Conflict):
    """The set is closed or withdrawn, or in already."""

    code = "loaner-set-ended"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "跟台器械包 {set} 状态为 {standing}, 不能重复此操作。",
        "en": "Loaner set {set} is {standing}: this was done, or cannot be done any more.",
    }


class CountDiffers(Refused):
    """What was counted is not what the list says."""

    code = "loaner-count-differs"
    error = "E07"
    verdict = "caution"
    say = {
        "zh": "清点与清单不符。缺: {missing}。多: {extra}。重新清点, 或与代表确认后按实数登记并写明原因。",
        "en": "The count is not what the list says. Missing: {missing}. Beside it: {extra}. Count again, or take in "
        "what is there, with a note, when the representative agrees.",
    }


class NothingCounted(Refused):
    """An empty count."""

    code = "nothing-counted"
    error = "E01"
    say = {"zh": "没有扫到物品。扫描器械包内物品。", "en": "Nothing was scanned. Scan what is in the set."}


class NotOfSet(Refused):
    """The thing is not of this set, or is no longer in the hospital's hands."""

    code = "not-of-loaner-set"
    error = "E02"
    say = {
        "zh": "{item} 不在器械包 {set} 的未结数量内 (不属于此包, 已用、已带出或多扫)。核对标签。",
        "en": "{item} is not among what is left of set {set}: another's, used, gone, or scanned too often. "
        "Check the label.",
    }


class KeptHere(Refused):
    """It waits on a document, is in a kit, or is on its way."""

    code = "loaner-kept"
    error = "E02"
    say = {
        "zh": "{item} 在报损单、套包或周转箱中, 不能带出。先处理该单据。",
        "en": "{item} is on a document, in a kit or in a tote and cannot leave. Settle that first.",
    }


class SetOfAnother(Refused):
    """The operation that the set is said to be for is another patient's."""

    code = "loaner-set-of-another"
    error = "E18"
    say = {
        "zh": "手术 {operation} 不是该患者的。核对手术单号和患者。",
        "en": "Operation {operation} is another patient's. Check its number and the patient.",
    }


class SetNotClosed(Refused):
    """Brought in is not used + brought out + lost."""

    code = "loaner-set-open"
    error = "E07"
    say = {
        "zh": "器械包 {set} 不能关闭: 尚缺 {count} 件未说明去向 ({missing})。扫描使用、清点带出, 或申请报损。",
        "en": "Set {set} cannot be closed: {count} not accounted for ({missing}). Scan the use, count it out, or ask "
        "for a write-off.",
    }


class WitnessMissing(Refused):
    """A count of a loaner set is made by two people."""

    code = "witness-missing"
    error = "E15"
    say = {
        "zh": "清点须两人: 第二人刷工牌并输入密码。",
        "en": "Two people count: a second one scans a badge and enters a password.",
    }
