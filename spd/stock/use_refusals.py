"""This file is the refusals of the bedside that are about patient and plan; those about the thing are in safety."""

from __future__ import annotations

from spd.core.errors import Refused
from spd.stock.safety import AlreadyUsed, Held


class WrongPatient(Refused):
    """The item is kept for another patient."""

    code = "wrong-patient"
    error = "E16"
    say = {
        "zh": "此件 {item} 为另一患者备用, 禁用。核对腕带, 换一件。",
        "en": "{item} is kept for another patient. Do not use it. Check the wristband and take another.",
    }


class PatientElsewhere(Refused):
    """The patient is registered on another ward."""

    code = "patient-elsewhere"
    error = "E18"
    say = {
        "zh": "患者账面在其他病区 (已转科)。核对腕带; 确在此处的, 请第二人核对放行。",
        "en": "The patient is registered on another ward. Check the wristband; a second person may pass it.",
    }


class WrongSide(Refused):
    """The product is for the other side of the body."""

    code = "wrong-side"
    error = "E18"
    say = {
        "zh": "侧别不符: 计划 {wanted}, 此件 {said}。换一件; 计划已变更的, 请第二人核对放行。",
        "en": "Wrong side: {wanted} is planned, this is {said}. Take another, or a second person passes it.",
    }


class NotAsPlanned(Refused):
    """The product's size or type is not the planned one."""

    code = "not-as-planned"
    error = "E18"
    say = {
        "zh": "与手术计划不符: {name} 计划 {wanted}, 此件 {said}。换一件; 计划已变更的, 请第二人核对放行。",
        "en": "Not as planned: {name} {wanted} is planned, this is {said}. Take another, or a second person passes it.",
    }


class NotInCatalogue(Refused):
    """The ward holds things by fixed quantities, and not this."""

    code = "not-in-catalogue"
    error = "E17"
    say = {
        "zh": "品规 {product} 不在本科室目录 (无定数)。核对是否拿错; 确需使用的, 请第二人核对放行。",
        "en": "{product} is not in the ward's catalogue. Check that it is the right one; a second person may pass it.",
    }


class Unregistered(Refused):
    """The certificate did not cover the day it was made."""

    code = "unregistered"
    error = "E11"
    say = {
        "zh": "注册证在生产日无效。换一件并通知库房; 无替代品的, 请第二人核对放行。",
        "en": "It was made while not registered. Take another and tell the store, or a second person passes it.",
    }


class OpenTooLong(Refused):
    """It was opened too long ago."""

    code = "open-too-long"
    error = "E06"
    say = {
        "zh": "此件 {item} 开封后只能用到 {until}, 不可使用。放入报损箱, 换一件。",
        "en": "{item} was to be used until {until} once opened. Do not use it. Write it off and take another.",
    }


class SterilityLost(Refused):
    """The set it belongs to is sterile no more."""

    code = "sterility-lost"
    error = "E06"
    say = {
        "zh": "{item} 所属器械包{why_zh}, 不可使用。送消毒供应中心重新灭菌, 换一件。",
        "en": "{item} is {why}. Do not use it. Send its set to be sterilised again and take another.",
    }


class NotSterilised(Refused):
    """Nobody said that the set it belongs to was sterilised."""

    code = "not-sterilised"
    error = "E18"
    say = {
        "zh": "{item} 所属跟台器械包无灭菌记录。核对灭菌标签, 补登灭菌批号; 未灭菌不可使用。",
        "en": "No sterilisation is on record for the set of {item}. Check its label and enter the lot; do not use it "
        "unsterilised.",
    }


class LatexConflict(Refused):
    """The patient is allergic to latex, and it has latex in it."""

    code = "latex-conflict"
    error = "E18"
    say = {
        "zh": "患者对乳胶过敏, {product} 含乳胶。换不含乳胶的; 无替代品的, 请第二人核对放行。",
        "en": "The patient is allergic to latex, and {product} has latex. Take another, or a second person passes it.",
    }


class MriConflict(Refused):
    """The patient is to be near a magnet, and it must not be."""

    code = "mri-conflict"
    error = "E18"
    say = {
        "zh": "患者需做磁共振, {product} 标示不可进入磁场。换可兼容的; 确需使用的, 请第二人核对放行。",
        "en": "The patient needs an MRI, and {product} is unsafe there. Take another, or a second person passes it.",
    }


class SoonerHere(Refused):
    """Another of the same product lies in the ward that ends sooner."""

    code = "sooner-here"
    error = "E07"
    say = {
        "zh": "本科室还有更早到期的同品规 ({sooner}), 此件 {expires_on}。先用早到期的。",
        "en": "The ward has one that expires sooner ({sooner}); this one expires {expires_on}. Use that one first.",
    }


class PriceMismatch(Refused):
    """It came at another price than its supplier asks today."""

    code = "price-mismatch"
    error = "E19"
    say = {
        "zh": "此件进价 {paid} 与现行价 {price} 不同, 请核对收费。",
        "en": "It came at {paid}, and the price in force is {price}: check what the patient is charged.",
    }


class AlreadyRecorded(AlreadyUsed):
    """This very use is on record."""

    code = "already-recorded"
    error = "E03"
    verdict = "repeat"
    say = {
        "zh": "此件 {item} 已为该患者记录, 不重复计。",
        "en": "{item} is on record for this patient. It is not counted again.",
    }
    say_then = {
        "zh": "此件 {item} 已于 {at} 为该患者记录 ({by_zh}), 不重复计。",
        "en": "{item} was recorded for this patient at {at} ({by}). It is not counted again.",
    }


class ColdChainBroken(Held):
    """It is on hold for its temperature."""

    code = "cold-chain-broken"
    say = {
        "zh": "此件 {item} 冷链中断已冻结, 禁用。放入隔离区并通知库房。",
        "en": "The cold chain of {item} was broken: it is on hold. Put it in quarantine and tell the store.",
    }
