"""This file is what the rules say to a use that has happened: nothing of it can be prevented any more, only told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spd.stock.use_rules import Found, Outcome

NOT_BOOKABLE = frozenset({"encounter-merged", "encounter-closed", "already-used", "gone", "not-signed", "not-enough"})
"""What stops a use that has happened too: there is nothing to take, or nobody to take it for."""


def as_happened(found: Found) -> Found:
    """What a rule finds at a use that has happened: told and kept, where it can be booked at all."""
    if found.rule.code in NOT_BOOKABLE:
        return found
    return replace(found, rule=replace(found.rule, outcome=Outcome.WARN))


OF_WHOM = frozenset({"wrong-patient", "patient-elsewhere", "wrong-side", "not-as-planned"})
"""What says that a thing was used on somebody else than is told: looked at where that is told afterwards."""


def whose(found: Sequence[Found], *, before: bool) -> list[Found]:
    """What speaks against a use having been this patient's. Nothing can be prevented any more but a wrong line: what
    would have stopped it asks for a second person, where a patient lay `before` they came here says nothing."""
    told = [one for one in found if one.rule.code in OF_WHOM and not (before and one.rule.code == "patient-elsewhere")]
    outcomes = {"patient-elsewhere": Outcome.WARN}
    return [
        replace(one, rule=replace(one.rule, outcome=outcomes.get(one.rule.code, Outcome.OVERRIDE), policy=""))
        for one in told
    ]
