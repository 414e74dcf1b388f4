"""This file is what disposal refuses."""

from __future__ import annotations

from spd.core.errors import Conflict, NotFound, Refused


class UnknownDocument(NotFound):
    """No document has this number, or it is of a place that is not yours."""

    code = "unknown-disposal"
    say = {"zh": "没有单据 {document}。核对单号。", "en": "There is no document {document}. Check its number."}


class AlreadyDecided(Conflict):
    """Somebody has decided it."""

    code = "already-decided"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "单据 {document} 已处理 ({standing}), 不重复计。",
        "en": "Document {document} has been decided ({standing}). It is not counted again.",
    }


class AlreadyAsked(Conflict):
    """Another document asks for it."""

    code = "already-asked"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "此件 {item} 已在单据 {document} 中待处理。先处理该单据。",
        "en": "{item} is on document {document}, which waits. Decide on that first.",
    }


class MixedPlaces(Refused):
    """A document is of one place."""

    code = "mixed-places"
    error = "E20"
    say = {
        "zh": "{item} 账面在 {location}, 与其他物品不在同一货位。按货位分开填单。",
        "en": "{item} is at {location}, not with the others. Fill in one document for each place.",
    }


class MixedSuppliers(Refused):
    """A return is to one supplier."""

    code = "mixed-suppliers"
    say = {
        "zh": "{item} 来自另一供应商。按供应商分开填退货单。",
        "en": "{item} came from another supplier. Fill in one return for each supplier.",
    }


class WholeOnly(Refused):
    """Part of a sealed thing is no thing."""

    code = "whole-only"
    error = "E12"
    say = {
        "zh": "{item} 是整件, 不能只报一部分。填全部数量, 或先拆包。",
        "en": "{item} is sealed and goes whole. Ask for all of it, or unpack it first.",
    }


class UnpackFirst(Refused):
    """A supplier takes back what it sent, not what we made of it."""

    code = "unpack-first"
    error = "E12"
    say = {
        "zh": "{item} 是已开封的定数包, 供应商不收。先拆包, 再退散货。",
        "en": "{item} is an opened pack, which no supplier takes back. Unpack it, then return the loose goods.",
    }


class MovedOn(Conflict):
    """It is not where it was when the document was made."""

    code = "moved-on"
    error = "E16"
    say = {
        "zh": "此件 {item} 申请后已移动、使用或减少。驳回此单, 按现状重新申请。",
        "en": "{item} was moved, used or made less of since this was asked. Refuse it and ask again as things stand.",
    }


class NotAWriteOff(Refused):
    """Only what was written off can be found again."""

    code = "not-a-write-off"
    say = {
        "zh": "{item} 没有可冲销的报损记录。",
        "en": "{item} has no write-off that could be reversed.",
    }


class NotTheirs(Refused):
    """Somebody else asked for it, and the person does not decide."""

    code = "not-theirs"
    error = "E15"
    say = {
        "zh": "此单由他人申请, 您只能撤回自己的申请。请有审批权的同事处理。",
        "en": "Somebody else asked for this; you may take back only your own. Ask a colleague who decides.",
    }
