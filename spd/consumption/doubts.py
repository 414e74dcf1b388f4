"""This file is what is said where a use that has happened does not fit the patient it is said to have been on."""

from __future__ import annotations

from spd.core.errors import Refused


class DoubtfulPatient(Refused):
    """What was used in an emergency does not fit the patient it is said to have been used on."""

    code = "doubtful-patient"
    error = "E18"
    say = {
        "zh": "{item} 与该患者不符: {why_zh}。核对所选行; 确为该患者使用的, 请第二人核对放行。",
        "en": "{item} does not fit this patient: {why}. Check the lines. If it is theirs, a second person says so.",
    }


WHY_DOUBTFUL = {
    "wrong-patient": ("为另一患者备用", "it was kept for another patient"),
    "wrong-side": ("侧别与手术计划不符", "its side is not the planned one"),
    "not-as-planned": ("与手术计划不符", "it is not as planned"),
}
