"""This file is a use held against the table of rules, with what policies and a second person say to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Product
from spd.consumption.doubts import WHY_DOUBTFUL, DoubtfulPatient
from spd.core.errors import NotAllowed, Refusal
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.encounters import STANDS_FOR, Encounter, merged_into
from spd.ledger import Movement, MovementKind
from spd.licensing import at_use
from spd.places import Department, Location
from spd.policies import WardMode, wards
from spd.procedures import WANTED
from spd.staff import Role, Staff, find_person
from spd.stock import (
    AlreadyUsed,
    Caution,
    ForUse,
    holds,
    loaned,
    opened,
    operation_uses,
    prices,
    sooner,
    suits,
    use_happened,
    use_rules,
    ward_catalogue,
)
from spd.stock.holds import HoldReason
from spd.stock.use_findings import AtBedside, Registered
from spd.stock.use_refusals import AlreadyRecorded, ColdChainBroken
from spd.stock.use_rules import Found, Outcome

ALSO: tuple[Any, ...] = (
    at_use.STANDING, Product.attributes.label("attributes"),
    WANTED,
    wards.spoken(Product.id, Location.department_id), opened.OPEN_UNTIL, loaned.KEPT_FOR,
    loaned.STERILE, ward_catalogue.LISTED, sooner.SOONER, prices.PRICE_NOW, suits.ALERTS,
)  # fmt: skip
"""What the rules want to know besides, read with the item by its one statement."""


def mode_of(found: ForUse) -> WardMode:
    """How the ward whose stock it is uses it."""
    return wards.read(found.also[3])


class OverrideReason(StrEnum):
    """Why two people let pass what a rule stopped: chosen, never typed, so that no patient is named in it."""

    PLAN_CHANGED = "plan_changed"
    CHECKED = "checked"
    """Patient and item were checked by both; the record is behind."""
    NO_ALTERNATIVE = "no_alternative"
    EMERGENCY = "emergency"


class UnfitApprover(NotAllowed):
    """The second person is not of the ward."""

    code = "unfit-approver"
    error = "E15"
    say = {
        "zh": "第二人须为本科室护士或质控人员。请另一位同事刷工牌核对。",
        "en": "The second person is a nurse of the department, or of quality. Ask another colleague to scan the badge.",
    }


@dataclass(frozen=True, kw_only=True)
class Approval:
    """What a second person, proved by badge and password, lets pass: these rules, for this reason."""

    staff_id: int
    reason: OverrideReason
    rules: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Noted:
    """One finding that let the use pass, as it is kept."""

    rule: str
    outcome: str
    severity: int
    approved_by_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was found, none of which stops the use. `about` names by number what it was found at."""

    found: Sequence[Found]
    about: dict[str, Any]
    approval: Approval | None

    @property
    def cautions(self) -> list[Caution]:
        """What the person should know although the act is done."""
        told = [one.what for one in self.found if one.rule.outcome is not Outcome.NOTE]
        return [one for one in told if isinstance(one, Caution)] + [
            _as_caution(one) for one in told if isinstance(one, Refusal)
        ]

    def noted(self, taken_over: bool) -> tuple[Noted, ...]:
        """What is kept of it; `taken_over`: that it was another ward's stock."""
        kept = [self._note(one) for one in self.found]
        if taken_over:
            outcome, severity = use_rules.BESIDE["other-ward-stock"]
            kept.append(Noted(rule="other-ward-stock", outcome=outcome.value, severity=severity.value))
        return tuple(kept)

    def _note(self, one: Found) -> Noted:
        second = self.approval if one.rule.outcome is Outcome.OVERRIDE else None
        return Noted(
            rule=one.rule.code, outcome=one.rule.outcome.value, severity=one.rule.severity.value,
            approved_by_id=second.staff_id if second else None, reason=second.reason.value if second else "",
        )  # fmt: skip


def _as_caution(error: Refusal) -> Caution:
    return Caution(code=error.code, error=error.error, zh=error.sentence("zh"), en=error.sentence("en"))


@dataclass(frozen=True, kw_only=True)
class ToJudge:
    """A use to be judged. `against` is what stands against the person or the place, which no second person lifts."""

    occasion: Occasion
    found: ForUse
    quantity: int
    user_id: int | None
    against: Refusal | None = None
    approval: Approval | None = None
    departments: frozenset[int] | None = None
    """Those the person acts for; None is everywhere."""
    told_as: Callable[[Found], Found] | None = None
    """How what is found is taken where it is no use to be made now: what can be booked is, with all that is told."""


def judge(session: Session, asked: ToJudge) -> Judged:
    """What the rules find at a use that may go on. Raises: the refusals of the rules, SamePerson, UnfitApprover."""
    here, approval = _at_bedside(session, asked), asked.approval
    seen = use_rules.judge(here)
    if wanted := [one.rule.policy for one in seen if one.rule.policy]:  # asked only where it matters: rarely
        seen = use_rules.judge(here, policies.several(session, *wanted))
    if asked.told_as is not None:
        seen = [asked.told_as(one) for one in seen]
    about = _about(asked.found, _department(asked))
    stop = use_rules.first_stop(seen, approval.rules if approval else frozenset())
    if asked.against is not None and (stop is None or stop.rule.outcome is Outcome.OVERRIDE):
        asked.against.about = about
        raise asked.against
    if stop is not None:
        raise _refusal(session, asked, stop, seen, about)
    if approval is not None and any(one.rule.outcome is Outcome.OVERRIDE for one in seen):
        _refuse_unfit(session, asked.occasion, approval, asked.user_id)
    return Judged(found=seen, about=about, approval=approval)


def seen_of_whom(session: Session, asked: ToJudge) -> Judged:
    """What speaks against a use, which has happened, having been this patient's; nobody is asked."""
    stay = asked.found.stay
    early = stay is not None and asked.occasion.occurred_at < stay.admitted_at
    seen = use_happened.whose(use_rules.judge(_at_bedside(session, asked)), before=early)
    return Judged(found=seen, about=_about(asked.found, asked.user_id), approval=asked.approval)


def judge_whose(session: Session, asked: Sequence[ToJudge]) -> list[Judged]:
    """What speaks against these uses, which have happened, having been this patient's. All of them are looked at before
    a second person is asked, once for all. Raises: DoubtfulPatient, SamePerson, UnfitApprover."""
    judged = [seen_of_whom(session, one) for one in asked]
    against = {found.rule.code for one in judged for found in one.found if found.rule.outcome is Outcome.OVERRIDE}
    for one, told in zip(asked, judged, strict=True):
        passed = one.approval.rules if one.approval else frozenset()
        stop = use_rules.first_stop(told.found, passed)
        if stop is not None:
            raise _doubtful(one.found, stop, against, told.about)
        if one.approval is not None and against:
            _refuse_unfit(session, one.occasion, one.approval, one.user_id)
    return judged


def _doubtful(found: ForUse, stop: Found, against: set[str], about: dict[str, Any]) -> Refusal:
    assert isinstance(stop.what, Refusal), "what stops is a refusal"
    zh, en = WHY_DOUBTFUL[stop.rule.code]
    error = DoubtfulPatient(item=found.goods.item.code, why_zh=zh, why=en)
    error.about = about | {"rule": stop.rule.code, "outcome": stop.rule.outcome.value}
    error.facts["second_person"] = ",".join(sorted(against))
    return error


def _at_bedside(session: Session, asked: ToJudge) -> AtBedside:
    found, when = asked.found, asked.occasion
    merged = found.stay is not None and found.stay.merged_into_id is not None
    registered, attributes, planned, _mode, open_until, kept_for_id, sterile, listed, sooner_on, price, alerts = (
        found.also
    )
    if planned is not None and found.stay is not None:  # rarely: which plan it is costs a question of its own
        planned = operation_uses.plan_for(session, found.goods.item.id, found.stay.id)
    return AtBedside(
        goods=found.goods, quantity=asked.quantity, on=when.day, at=when.occurred_at, stay=found.stay,
        user_department_id=asked.user_id, registered=Registered(registered or 0),
        attributes=json.loads(attributes) if planned or alerts else {}, planned=json.loads(planned) if planned else {},
        open_until=open_until,
        merged_into=merged_into(session, found.stay, at=when.occurred_at) if merged and found.stay else "",
        kept_for_id=kept_for_id, sterile=sterile, listed=None if listed is None else bool(listed), sooner=sooner_on,
        price=price, alerts=frozenset((alerts or "").split()),
    )  # fmt: skip


def _department(asked: ToJudge) -> int | None:
    """Whose near miss it is: the user's, else the person's own department, else the patient's."""
    if asked.user_id is not None:
        return asked.user_id
    if asked.departments is not None and len(asked.departments) == 1:
        return min(asked.departments)
    return asked.found.stay.department_at(asked.occasion.occurred_at) if asked.found.stay else None


def _about(found: ForUse, user_id: int | None) -> dict[str, Any]:
    item = found.goods.item
    return {
        "item_id": item.id, "product_id": item.product_id, "location_id": item.location_id,
        "department_id": user_id, "encounter_id": found.stay.id if found.stay else None,
    }  # fmt: skip


def _refusal(session: Session, asked: ToJudge, stop: Found, seen: Sequence[Found], about: dict[str, Any]) -> Refusal:
    """The refusal, made as exact as the record allows; said with it is what a second person would have to let pass."""
    error, rule, found = stop.what, stop.rule, asked.found
    assert isinstance(error, Refusal), "what stops is a refusal"
    if rule.code == "already-used":
        error = _used_before(session, found, asked.departments)
    elif rule.code == "held" and _for_temperature(session, found):
        error = ColdChainBroken(item=found.goods.item.code)
    exact = error.code if error.code in use_rules.BESIDE else rule.code
    error.about = about | {"rule": exact, "outcome": rule.outcome.value}
    if rule.outcome is Outcome.OVERRIDE:
        error.facts["second_person"] = ",".join(one.rule.code for one in seen if one.rule.outcome is Outcome.OVERRIDE)
    return error


def _used_before(session: Session, found: ForUse, departments: frozenset[int] | None) -> Refusal:
    """When and where it was used; who it was is told to their own department. A use on the same patient, or of the
    department where there is none, is the very one that is on record."""
    code = found.goods.item.code
    query = (
        select(
            STANDS_FOR.label("stay"), Movement.occurred_at, Movement.department_id, Staff.name.label("who"),
            Department.name, Department.name_en,
        )
        .join(Staff, Staff.id == Movement.staff_id)
        .outerjoin(Department, Department.id == Movement.department_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .where(Movement.item_id == found.goods.item.id, Movement.kind == MovementKind.CONSUME)
        .order_by(Movement.sequence.desc())
        .limit(1)
    )  # fmt: skip
    use = session.execute(query).one_or_none()
    if use is None:
        return AlreadyUsed(item=code)
    mine = departments is None or use.department_id in departments
    zh, en = (use.who, use.who) if mine else (use.name or "-", use.name_en or use.name or "-")
    stay = found.stay
    same = use.stay == (None if stay is None else stay.merged_into_id or stay.id)
    said = {"item": code, "at": use.occurred_at, "by_zh": zh, "by": en}
    return AlreadyRecorded(**said) if same else AlreadyUsed(**said)


def _for_temperature(session: Session, found: ForUse) -> bool:
    return any(one.reason == HoldReason.TEMPERATURE for one in holds.open_holds(session, [found.goods.item.id]))


def _refuse_unfit(session: Session, when: Occasion, approval: Approval, department_id: int | None) -> None:
    """Raises: SamePerson, UnfitApprover."""
    refuse_same_person(when.staff_id, approval.staff_id)
    person = find_person(session.connection(), approval.staff_id)
    if person is not None and Role.QUALITY in person.roles:
        return
    if person is None or not person.roles & {Role.NURSE, Role.HEAD_NURSE}:
        raise UnfitApprover()
    mine = person.departments(Role.NURSE, Role.HEAD_NURSE)
    if mine is not None and department_id not in mine:
        raise UnfitApprover()
