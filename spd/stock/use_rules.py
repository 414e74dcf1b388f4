"""This file is the checks of the bedside as one table: what is looked at, in which order, and what follows from it.

Source: domain facts E1 (right patient, product, unit, time, place) and E5 (severity of what was caught).
A rule that blocks is never let through by anybody; one that asks for a second person is, with a reason, on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from spd.core.errors import Refusal
from spd.stock import use_findings as find
from spd.stock.safety import (
    Caution,
    find_expired,
    find_gone,
    find_held,
    find_recalled,
    find_short,
    find_unsigned,
    find_used,
)
from spd.stock.use_findings import AtBedside, Finds


class Right(StrEnum):
    """What a check is about, in the order in which they are made."""

    PATIENT = "patient"
    PRODUCT = "product"
    UNIT = "unit"
    TIME = "time"
    PLACE = "place"


class Outcome(StrEnum):
    """What follows where a rule has found something."""

    BLOCK = "block"
    OVERRIDE = "override"
    """Not done, unless a second person lets it pass."""
    WARN = "warn"
    NOTE = "note"
    """Kept for whoever looks at what was caught; whoever scans is not bothered with it."""
    OK = "ok"
    """Nothing: the hospital does not ask."""


class Severity(IntEnum):
    """How bad it might have been."""

    FATAL = 4
    SEVERE = 3
    MAJOR = 2
    MINOR = 1
    NONE = 0


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One check. `policy` names the hospital's policy that says what follows; else `outcome` does."""

    code: str
    right: Right
    outcome: Outcome
    severity: Severity
    finds: Finds
    policy: str = ""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a rule has found: the refusal of the use, or the caution."""

    rule: Rule
    what: Refusal | Caution


def _rule(code: str, right: Right, outcome: Outcome, severity: Severity, finds: Finds, policy: str = "") -> Rule:
    return Rule(code=code, right=right, outcome=outcome, severity=severity, finds=finds, policy=policy)


_R, _O, _S = Right, Outcome, Severity

RULES: tuple[Rule, ...] = (
    _rule("wrong-patient", _R.PATIENT, _O.BLOCK, _S.FATAL, find.wrong_patient),
    _rule("encounter-merged", _R.PATIENT, _O.BLOCK, _S.MAJOR, find.merged),
    _rule("encounter-closed", _R.PATIENT, _O.BLOCK, _S.MAJOR, find.closed),
    _rule("patient-elsewhere", _R.PATIENT, _O.OVERRIDE, _S.MAJOR, find.elsewhere, "use.other_ward_patient"),
    _rule("wrong-side", _R.PRODUCT, _O.OVERRIDE, _S.FATAL, find.wrong_side),
    _rule("not-as-planned", _R.PRODUCT, _O.OVERRIDE, _S.SEVERE, find.wrong_size),
    _rule("not-in-catalogue", _R.PRODUCT, _O.OVERRIDE, _S.MAJOR, find.uncatalogued, "use.uncatalogued"),
    _rule("unregistered", _R.PRODUCT, _O.OVERRIDE, _S.SEVERE, find.unregistered, "use.unlicensed"),
    _rule("registration-unsure", _R.PRODUCT, _O.WARN, _S.MINOR, find.registered_unsure),
    _rule("latex-conflict", _R.PRODUCT, _O.OVERRIDE, _S.SEVERE, find.latex, "use.latex"),
    _rule("mri-conflict", _R.PRODUCT, _O.OVERRIDE, _S.SEVERE, find.magnet, "use.mri"),
    _rule("price-mismatch", _R.PRODUCT, _O.NOTE, _S.MINOR, find.price_differs, "use.price_mismatch"),
    _rule("already-used", _R.UNIT, _O.BLOCK, _S.FATAL, find.goods(find_used)),
    _rule("gone", _R.UNIT, _O.BLOCK, _S.MAJOR, find.goods(find_gone)),
    _rule("recalled", _R.UNIT, _O.BLOCK, _S.FATAL, find.goods(find_recalled)),
    _rule("held", _R.UNIT, _O.BLOCK, _S.MAJOR, find.goods(find_held)),
    _rule("not-signed", _R.UNIT, _O.BLOCK, _S.MINOR, find.goods(find_unsigned)),
    _rule("expired-implant", _R.TIME, _O.BLOCK, _S.FATAL, find.expired_implant),
    _rule("expired", _R.TIME, _O.BLOCK, _S.SEVERE, find.goods(find_expired)),
    _rule("open-too-long", _R.TIME, _O.BLOCK, _S.SEVERE, find.open_too_long),
    _rule("sterility-lost", _R.TIME, _O.BLOCK, _S.SEVERE, find.sterility_lost),
    _rule("not-sterilised", _R.TIME, _O.OVERRIDE, _S.SEVERE, find.not_sterilised, "use.unsterilised"),
    _rule("fefo-breach", _R.TIME, _O.WARN, _S.MINOR, find.later_first, "use.fefo"),
    _rule("near-expiry", _R.TIME, _O.WARN, _S.MINOR, find.near),
    _rule("not-enough", _R.UNIT, _O.BLOCK, _S.NONE, find.goods(find_short)),
)  # fmt: skip

BESIDE: Mapping[str, tuple[Outcome, Severity]] = {
    "already-recorded": (Outcome.BLOCK, Severity.NONE),
    "cold-chain-broken": (Outcome.BLOCK, Severity.MAJOR),
    "other-department": (Outcome.BLOCK, Severity.MINOR),
    "other-ward-stock": (Outcome.WARN, Severity.MINOR),
    "not-your-department": (Outcome.BLOCK, Severity.MINOR),
    "unknown-encounter": (Outcome.BLOCK, Severity.MAJOR),
    "chart-label": (Outcome.BLOCK, Severity.FATAL),
    "number-for-wristband": (Outcome.WARN, Severity.MAJOR),
    "nothing-planned": (Outcome.BLOCK, Severity.MAJOR),
    "unknown-item": (Outcome.BLOCK, Severity.NONE),
}
"""What is found beside the table, before there is anything to judge or by who asks: its outcome and severity."""

_OF_RULES = {rule.code: (rule.outcome, rule.severity) for rule in RULES}


def weight(code: str) -> tuple[Outcome, Severity] | None:
    """What follows from a refusal with this code, and how bad it might have been; None where it is no near miss."""
    return BESIDE.get(code) or _OF_RULES.get(code)


NEVER = frozenset(
    ("wrong-patient", "already-used", "recalled", "expired-implant", "expired", "open-too-long", "sterility-lost",
     "held", "gone")
)  # fmt: skip
"""What nobody may let pass, whatever a policy says."""


def judge(here: AtBedside, outcomes: Mapping[str, str] | None = None) -> list[Found]:
    """What the rules find, in their order. `outcomes` are the policies' answers by name."""
    found = [
        Found(rule=settled(rule, outcomes or {}), what=what) for rule in RULES if (what := rule.finds(here)) is not None
    ]
    return [one for one in found if one.rule.outcome is not Outcome.OK]


def settled(rule: Rule, outcomes: Mapping[str, str]) -> Rule:
    """The rule with the hospital's own outcome, where a policy gives one."""
    said = outcomes.get(rule.policy, "") if rule.policy else ""
    if not said or said == rule.outcome:
        return rule
    return _rule(rule.code, rule.right, Outcome(said), rule.severity, rule.finds, rule.policy)


def first_stop(found: Iterable[Found], passed: frozenset[str] = frozenset()) -> Found | None:
    """What stops the use: the first that blocks, else the first that no second person has let pass."""
    asked = None
    for one in found:
        if one.rule.outcome is Outcome.BLOCK:
            return one
        if asked is None and one.rule.outcome is Outcome.OVERRIDE and one.rule.code not in passed:
            asked = one
    return asked
