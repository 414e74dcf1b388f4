"""This file is the checks of the bedside as one table: what is looked at, in which order, and what follows from it.

Source: domain facts E1 (right patient, product, unit, time, place) and E5 (severity of what was caught).
A rule that blocks is never let through by anybody; one that asks for a second person is, with a reason, on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from spd.core.errors import Refusal
from spd.encounters import EncounterMerged, Stay, find_closed
from spd.ledger import ItemKind, ItemStateName
from spd.stock import use_refusals as no
from spd.stock.goods import Goods
from spd.stock.safety import (
    NEAR_DAYS,
    Caution,
    Check,
    find_expired,
    find_gone,
    find_held,
    find_recalled,
    find_short,
    find_unsigned,
    find_used,
    near_expiry,
)

SIDES = frozenset({"侧别", "侧", "side", "laterality"})
"""The attributes of a product that say for which side of the body it is."""
BOTH_SIDES = frozenset({"双侧", "both", "bilateral"})
_WARD = "ward"


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


class Severity(IntEnum):
    """How bad it might have been."""

    FATAL = 4
    SEVERE = 3
    MAJOR = 2
    MINOR = 1
    NONE = 0


class Registered(IntEnum):
    """Whether the product's certificate covers the day it was made: as the database answers."""

    MISSING = 0
    LAPSED = 1
    UNSURE = 2
    HOLDS = 3


@dataclass(frozen=True, kw_only=True)
class AtBedside:
    """All that the rules look at. What is not known is left empty, and then says nothing against the use."""

    goods: Goods
    quantity: int
    on: date
    at: datetime
    stay: Stay | None = None
    user_department_id: int | None = None
    registered: Registered = Registered.HOLDS
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What tells the product's variants apart."""
    planned: Mapping[str, str] = field(default_factory=dict)
    """What the planned procedure asks of them."""
    kept_for_id: int | None = None
    """The encounter it was drawn or kept for."""
    merged_into: str = ""
    """The encounter that this one was merged into."""
    listed: bool | None = None
    """Whether the ward's catalogue has the product."""
    open_until: date | None = None
    """The last day on which what was opened may be used."""


Finds = Callable[[AtBedside], Refusal | Caution | None]


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


def _goods(check: Check) -> Finds:
    return lambda here: check(here.goods, here.quantity, here.on)


def _wrong_patient(here: AtBedside) -> Refusal | None:
    if here.kept_for_id is None or here.stay is None:
        return None
    if here.kept_for_id in (here.stay.id, here.stay.merged_into_id):  # before a merge it was used on the merged stay
        return None
    return no.WrongPatient(item=here.goods.item.code)


def _merged(here: AtBedside) -> Refusal | None:
    return EncounterMerged(survivor=here.merged_into) if here.merged_into else None


def _closed(here: AtBedside) -> Refusal | None:
    return None if here.stay is None else find_closed(here.stay, at=here.at)


def _elsewhere(here: AtBedside) -> Refusal | None:
    if here.stay is None or here.user_department_id is None:
        return None
    elsewhere = of_another_ward(here.stay, {here.goods.location_kind}, {here.user_department_id}, at=here.at)
    return no.PatientElsewhere() if elsewhere else None


def of_another_ward(stay: Stay, kinds: AbstractSet[str], departments: AbstractSet[int], *, at: datetime) -> bool:
    """Whether it is an inpatient of another ward than of these departments.

    kinds: of the places they use from; theatres and stores use on everybody's patients.
    """
    theirs = stay.department_at(at)
    return stay.encounter_class == "inpatient" and bool(theirs) and kinds == {_WARD} and theirs not in departments


def differing(wanted: Mapping[str, str], is_: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(name, wanted, is) of the attributes that the plan and the product both name, and say otherwise."""
    return [
        (name, wanted[name], is_[name])
        for name in sorted(wanted.keys() & is_.keys())
        if wanted[name].casefold() != is_[name].casefold()
    ]


def _wrong_side(here: AtBedside) -> Refusal | None:
    for name, wanted, said in differing(here.planned, here.attributes):
        if name.casefold() in SIDES and wanted.casefold() not in BOTH_SIDES and said.casefold() not in BOTH_SIDES:
            return no.WrongSide(wanted=wanted, said=said)
    return None


def _wrong_size(here: AtBedside) -> Refusal | None:
    for name, wanted, said in differing(here.planned, here.attributes):
        if name.casefold() not in SIDES:
            return no.NotAsPlanned(name=name, wanted=wanted, said=said)
    return None


def _uncatalogued(here: AtBedside) -> Refusal | None:
    return no.NotInCatalogue(product=here.goods.product_code) if here.listed is False else None


def _unregistered(here: AtBedside) -> Refusal | None:
    return no.Unregistered() if here.registered is Registered.LAPSED else None


def _registered_unsure(here: AtBedside) -> Caution | None:
    if here.registered is not Registered.UNSURE:
        return None
    return Caution(
        code="registration-unsure", error="E11", zh="注册证已到期, 生产日期未知, 请核对标签",
        en="The registration has ended and the day of manufacture is not known: check the label",
    )  # fmt: skip


def _expired_implant(here: AtBedside) -> Refusal | None:
    return find_expired(here.goods, here.quantity, here.on) if here.goods.implant else None


def _open_too_long(here: AtBedside) -> Refusal | None:
    """An opened thing past its own last day. A pack that was put back sealed is no opened one."""
    item, until = here.goods.item, here.open_until
    opened = item.state == ItemStateName.OPEN or item.kind == ItemKind.BULK
    if until is None or not opened or here.on <= until:
        return None
    return no.OpenTooLong(item=item.code, until=until.isoformat())


def _near(here: AtBedside) -> Caution | None:
    found = near_expiry(here.goods.expires_on, on=here.on, near_days=NEAR_DAYS)
    return found[0] if found else None


def _rule(code: str, right: Right, outcome: Outcome, severity: Severity, finds: Finds, policy: str = "") -> Rule:
    return Rule(code=code, right=right, outcome=outcome, severity=severity, finds=finds, policy=policy)


_R, _O, _S = Right, Outcome, Severity

RULES: tuple[Rule, ...] = (
    _rule("wrong-patient", _R.PATIENT, _O.BLOCK, _S.FATAL, _wrong_patient),
    _rule("encounter-merged", _R.PATIENT, _O.BLOCK, _S.MAJOR, _merged),
    _rule("encounter-closed", _R.PATIENT, _O.BLOCK, _S.MAJOR, _closed),
    _rule("patient-elsewhere", _R.PATIENT, _O.OVERRIDE, _S.MAJOR, _elsewhere, "use.other_ward_patient"),
    _rule("wrong-side", _R.PRODUCT, _O.OVERRIDE, _S.FATAL, _wrong_side),
    _rule("not-as-planned", _R.PRODUCT, _O.OVERRIDE, _S.SEVERE, _wrong_size),
    _rule("not-in-catalogue", _R.PRODUCT, _O.OVERRIDE, _S.MAJOR, _uncatalogued, "use.uncatalogued"),
    _rule("unregistered", _R.PRODUCT, _O.OVERRIDE, _S.SEVERE, _unregistered, "use.unlicensed"),
    _rule("registration-unsure", _R.PRODUCT, _O.WARN, _S.MINOR, _registered_unsure),
    _rule("already-used", _R.UNIT, _O.BLOCK, _S.FATAL, _goods(find_used)),
    _rule("gone", _R.UNIT, _O.BLOCK, _S.MAJOR, _goods(find_gone)),
    _rule("recalled", _R.UNIT, _O.BLOCK, _S.FATAL, _goods(find_recalled)),
    _rule("held", _R.UNIT, _O.BLOCK, _S.MAJOR, _goods(find_held)),
    _rule("not-signed", _R.UNIT, _O.BLOCK, _S.MINOR, _goods(find_unsigned)),
    _rule("expired-implant", _R.TIME, _O.BLOCK, _S.FATAL, _expired_implant),
    _rule("expired", _R.TIME, _O.BLOCK, _S.SEVERE, _goods(find_expired)),
    _rule("open-too-long", _R.TIME, _O.BLOCK, _S.SEVERE, _open_too_long),
    _rule("near-expiry", _R.TIME, _O.WARN, _S.MINOR, _near),
    _rule("not-enough", _R.UNIT, _O.BLOCK, _S.NONE, _goods(find_short)),
)  # fmt: skip

BESIDE: Mapping[str, tuple[Outcome, Severity]] = {
    "already-recorded": (Outcome.BLOCK, Severity.NONE),
    "cold-chain-broken": (Outcome.BLOCK, Severity.MAJOR),
    "other-department": (Outcome.BLOCK, Severity.MINOR),
    "other-ward-stock": (Outcome.WARN, Severity.MINOR),
    "not-your-department": (Outcome.BLOCK, Severity.MINOR),
    "unknown-encounter": (Outcome.BLOCK, Severity.MAJOR),
    "chart-label": (Outcome.BLOCK, Severity.FATAL),
    "unknown-item": (Outcome.BLOCK, Severity.NONE),
}
"""What is found beside the table, before there is anything to judge or by who asks: its outcome and severity."""

_OF_RULES = {rule.code: (rule.outcome, rule.severity) for rule in RULES}


def weight(code: str) -> tuple[Outcome, Severity] | None:
    """What follows from a refusal with this code, and how bad it might have been; None where it is no near miss."""
    return BESIDE.get(code) or _OF_RULES.get(code)


NEVER = frozenset(
    {"wrong-patient", "already-used", "recalled", "expired-implant", "expired", "open-too-long", "held", "gone"}
)
"""What nobody may let pass, whatever a policy says."""


def judge(here: AtBedside, outcomes: Mapping[str, str] | None = None) -> list[Found]:
    """What the rules find, in their order. `outcomes` are the policies' answers by name."""
    return [
        Found(rule=settled(rule, outcomes or {}), what=what) for rule in RULES if (what := rule.finds(here)) is not None
    ]


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
