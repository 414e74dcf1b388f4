"""This file is what the rules say where less is prevented: to a use that has happened, to a pack only opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spd.core.errors import Refusal
from spd.stock.safety import Caution
from spd.stock.use_rules import Found, Outcome

NOT_BOOKABLE = frozenset({"encounter-merged", "encounter-closed", "already-used", "gone", "not-signed", "not-enough"})
"""What stops a use that has happened too: there is nothing to take, or nobody to take it for."""


def as_happened(found: Found) -> Found:
    """What a rule finds at a use that has happened: told and kept, where it can be booked at all."""
    if found.rule.code in NOT_BOOKABLE or found.rule.outcome is Outcome.NOTE:
        return found
    return _as(Outcome.WARN, found)


def as_opened(found: Found) -> Found:
    """What a rule finds at a pack that is opened and not used yet: what two may let pass is only told by now."""
    if found.rule.outcome is not Outcome.OVERRIDE:
        return found
    return replace(found, rule=replace(found.rule, outcome=Outcome.WARN, policy=""))


SOMEBODY_ELSES = frozenset({"wrong-patient", "wrong-side", "not-as-planned"})
"""What says that a thing was used on somebody else than is told."""
OF_WHOM = SOMEBODY_ELSES | {"patient-elsewhere", "latex-conflict", "mri-conflict"}
"""What hangs on the patient: looked at where it is told afterwards whose a use was."""


def whose(found: Sequence[Found], *, before: bool) -> list[Found]:
    """What speaks against a use having been this patient's. Nothing can be prevented any more but a wrong line: that
    asks for a second person. What the patient must not get they have got: it is told and kept. Where a patient lay
    `before` they came here says nothing."""
    told = [one for one in found if one.rule.code in OF_WHOM and not (before and one.rule.code == "patient-elsewhere")]
    return [_as(Outcome.OVERRIDE if one.rule.code in SOMEBODY_ELSES else Outcome.WARN, one) for one in told]


IN_THE_PATIENT = {
    "latex-conflict": (
        "患者对乳胶过敏, 已用的 {product} 含乳胶。立即告知医生, 观察过敏反应。",
        "The patient is allergic to latex, and {product} has latex. It is in use: tell a doctor, watch for reactions.",
    ),
    "mri-conflict": (
        "患者需做磁共振, 已用的 {product} 标示不可进入磁场。立即告知医生和磁共振室。",
        "The patient needs an MRI, and {product} is unsafe there. It is in use: tell a doctor and the MRI room.",
    ),
}
"""What is to be done where a patient has got what they must not get, by rule: zh, en."""


def _as(outcome: Outcome, found: Found) -> Found:
    what = found.what
    if isinstance(what, Refusal) and (said := IN_THE_PATIENT.get(found.rule.code)):
        zh, en = (words.format_map(what.facts) for words in said)
        what = Caution(code=what.code, error=what.error, zh=zh, en=en)
    return replace(found, what=what, rule=replace(found.rule, outcome=outcome, policy=""))
