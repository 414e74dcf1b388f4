"""This file is versions of the chart and the rules: a draft, its accounts and lines, comparing two, activating one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd.accounting.checking import KINDS, Finding, faults
from spd.accounting.later import RECEIVABLE
from spd.accounting.models import ChartAccount, PostingRule, RuleVersion
from spd.accounting.rules import Rules, said_by, version_for
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.once import read_again
from spd.core.separation import refuse_same_person
from spd.ledger import Account, Racing, calendar_for, period_of, posting_period


class UnknownVersion(NotFound):
    """There is no such version."""

    code = "unknown-rule-version"
    say = {"zh": "没有记账规则版本 {number}。", "en": "There is no version {number} of the posting rules."}


class NotADraft(Conflict):
    """A version that holds is not changed, and there is one draft at a time."""

    code = "not-a-rule-draft"
    say = {
        "zh": "版本 {number} 不是草稿, 不能修改。请另建新版本。",
        "en": "Version {number} is no draft and is not changed. Begin a new version.",
    }


class DraftThere(Conflict):
    """There is a draft already."""

    code = "rule-draft-there"
    say = {"zh": "已有草稿版本 {number}。", "en": "There is a draft already: version {number}."}


class BadAccount(Refused):
    """An account has a code, a name and one of the kinds; the kind of one that was ever used stays."""

    code = "bad-account"
    say = {"zh": "科目 {account} 的类别不能为 {kind}。", "en": "Account {account} cannot be of kind {kind}."}


class HasFaults(Refused):
    """The version is not sound."""

    code = "rule-version-has-faults"
    say = {
        "zh": "版本 {number} 有 {count} 处问题, 不能启用。请先检查并修正。",
        "en": "Version {number} has {count} faults and cannot be activated. Check it and put them right.",
    }


class NotToCome(Refused):
    """A version holds from a month to come, after those of versions that are active."""

    code = "rule-version-not-to-come"
    say = {
        "zh": "新版本须自以后某月起执行, 最早 {first}。",
        "en": "A version holds from a month to come: {first} at the earliest.",
    }


@dataclass(frozen=True, kw_only=True)
class AccountSaid:
    """An account as it is to be."""

    code: str
    name: str
    name_en: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class LineSaid:
    """One line of an event as it is to be."""

    line: int
    account: str
    sign: int
    cost_class: str = ""
    names_department: bool = False
    names_supplier: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """What differs between two versions: an account or an event, as it was and as it is; empty where it was not."""

    what: str
    key: str
    before: str
    after: str


def versions(session: Session) -> Sequence[RuleVersion]:
    """All versions, the newest first."""
    return session.scalars(select(RuleVersion).order_by(RuleVersion.number.desc())).all()


def standing(session: Session, period: str) -> dict[int, str]:
    """How each version stands in a month, by its number: draft, coming, holds or replaced."""
    now = version_for(session, period)
    found = {}
    for one in versions(session):
        if one.active_at is None:
            found[one.number] = "draft"
        elif one.number == now:
            found[one.number] = "holds"
        else:
            found[one.number] = "coming" if (one.from_period or "") > period else "replaced"
    return found


def get_version(session: Session, number: int) -> RuleVersion:
    """The version with this number. Raises: UnknownVersion."""
    row = session.get(RuleVersion, number)
    if row is None:
        raise UnknownVersion(number=number)
    return row


def chart_of(session: Session, number: int) -> Sequence[ChartAccount]:
    """The accounts of a version, by code; that of what people owe is in every chart."""
    query = select(ChartAccount).where(ChartAccount.version == number).order_by(ChartAccount.code)
    found = list(session.scalars(query))
    code, name, name_en, kind = RECEIVABLE
    if code not in {one.code for one in found}:
        found.append(ChartAccount(version=number, code=code, name=name, name_en=name_en, kind=kind))
    return sorted(found, key=lambda one: one.code)


def draft(session: Session, occasion: Occasion, *, note: str) -> RuleVersion:
    """A draft with the accounts and lines of the version activated last. Raises: DraftThere, Racing."""
    done = session.scalars(select(RuleVersion).where(RuleVersion.request_key == occasion.request_key)).one_or_none()
    if done is not None:
        return done
    there = session.scalar(select(RuleVersion.number).where(RuleVersion.active_at.is_(None)))
    if there is not None:
        raise DraftThere(number=there)
    base = version_for(session)
    number = (session.scalar(select(func.max(RuleVersion.number))) or 0) + 1
    row = RuleVersion(
        number=number, based_on=base, note=note, made_at=occasion.recorded_at, made_by_id=occasion.staff_id,
        request_key=occasion.request_key,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()  # two who begin at once: one is told so
    except IntegrityError as error:
        raise Racing() from error
    accounts = [
        {"version": number, "code": one.code, "name": one.name, "name_en": one.name_en, "kind": one.kind}
        for one in chart_of(session, base)
    ]
    session.execute(insert(ChartAccount), accounts)
    lines = [
        {"event": event, "version": number, **vars(rule)}
        for event, rules in said_by(session, base).items()
        for rule in rules
    ]
    session.execute(insert(PostingRule), lines)
    return row


def _get_draft(session: Session, number: int) -> RuleVersion:
    row = get_version(session, number)
    if row.active_at is not None:
        raise NotADraft(number=number)
    return row


def discard(session: Session, number: int) -> None:
    """The draft is given up. Raises: UnknownVersion, NotADraft."""
    row = _get_draft(session, number)
    session.execute(delete(PostingRule).where(PostingRule.version == number))
    session.execute(delete(ChartAccount).where(ChartAccount.version == number))
    session.delete(row)
    session.flush()  # its number is free again


def set_account(session: Session, number: int, said: AccountSaid) -> None:
    """The account of a draft, new or with another name. Raises: UnknownVersion, NotADraft, BadAccount."""
    _get_draft(session, number)
    used = session.get(Account, said.code)
    if said.kind not in KINDS or (used is not None and used.kind != said.kind):
        raise BadAccount(account=said.code, kind=said.kind)
    drop_account(session, number, said.code)
    session.execute(insert(ChartAccount).values(version=number, **vars(said)))


def drop_account(session: Session, number: int, code: str) -> None:
    """The account is not in the draft any more. Raises: UnknownVersion, NotADraft."""
    _get_draft(session, number)
    session.execute(delete(ChartAccount).where(ChartAccount.version == number, ChartAccount.code == code))


def set_lines(session: Session, number: int, event: str, lines: Sequence[LineSaid]) -> None:
    """The lines of one event of a draft, all of them. Raises: UnknownVersion, NotADraft."""
    _get_draft(session, number)
    session.execute(delete(PostingRule).where(PostingRule.version == number, PostingRule.event == event))
    if lines:
        session.execute(insert(PostingRule), [{"version": number, "event": event, **vars(one)} for one in lines])


def check(session: Session, number: int) -> list[Finding]:
    """What is wrong with a version, against the one it began with. Raises: UnknownVersion."""
    row = get_version(session, number)
    kinds = {one.code: one.kind for one in chart_of(session, number)}
    rules = said_by(session, number)
    began = rules if row.based_on in (None, number) else said_by(session, row.based_on)
    return faults(rules, kinds, began)


def compare(session: Session, before: int, after: int) -> list[Change]:
    """What differs between two versions, accounts first. Raises: UnknownVersion."""
    for number in (before, after):
        get_version(session, number)
    accounts = [_accounts(session, number) for number in (before, after)]
    events = [{event: _worded(rules, event) for event in rules} for rules in _both(session, before, after)]
    return [*_changes("account", *accounts), *_changes("event", *events)]


def _both(session: Session, *numbers: int) -> list[Rules]:
    return [said_by(session, number) for number in numbers]


def _accounts(session: Session, number: int) -> dict[str, str]:
    return {one.code: f"{one.name} / {one.name_en} ({one.kind})" for one in chart_of(session, number)}


def _worded(rules: Rules, event: str) -> str:
    return "; ".join(
        f"{'Dr' if rule.sign > 0 else 'Cr'} {rule.account}{f' [{rule.cost_class}]' if rule.cost_class else ''}"
        for rule in rules[event]
    )


def _changes(what: str, before: dict[str, str], after: dict[str, str]) -> list[Change]:
    return [
        Change(what=what, key=key, before=before.get(key, ""), after=after.get(key, ""))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]


def first_month(session: Session, occasion: Occasion) -> str:
    """The earliest month a version may hold from: open, to come, and after the months of all that are active."""
    soon = occasion.day + timedelta(days=1)  # clocks of devices may be a little ahead
    calendar = calendar_for(session, soon)
    last = max(period_of(soon, calendar), posting_period(session, soon))
    newest = session.scalar(select(func.max(RuleVersion.from_period)).where(RuleVersion.active_at.is_not(None)))
    year, month = int(max(last, newest or "")[:4]), int(max(last, newest or "")[5:])
    return f"{year + month // 12:04d}-{month % 12 + 1:02d}"


def activate(session: Session, occasion: Occasion, number: int, *, from_period: str) -> RuleVersion:
    """The version holds from the first day of a month to come; another than who made it says so.

    What was posted before keeps the version of its month. Asked again by the same person, the same.

    Raises: UnknownVersion, NotADraft, SamePerson, HasFaults, NotToCome.
    """
    row = get_version(session, number)
    if row.active_at is not None:
        if (row.active_by_id, row.from_period) == (occasion.staff_id, from_period):
            return row
        raise NotADraft(number=number)
    refuse_same_person(row.made_by_id, occasion.staff_id)
    if found := check(session, number):
        raise HasFaults(number=number, count=len(found))
    first = first_month(session, occasion)
    if from_period < first:
        raise NotToCome(first=first)
    known = set(session.scalars(select(Account.code)))
    new = [one for one in chart_of(session, number) if one.code not in known]
    session.add_all([Account(code=one.code, name=one.name, name_en=one.name_en, kind=one.kind) for one in new])
    session.flush()  # the accounts are there before anything is posted to them
    session.execute(
        update(RuleVersion)
        .where(RuleVersion.number == number, RuleVersion.active_at.is_(None))
        .values(from_period=from_period, active_at=occasion.recorded_at, active_by_id=occasion.staff_id)
    )
    session.refresh(row)
    read_again(session)
    return row
